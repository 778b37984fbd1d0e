"""What a conversation is about: a name of the few that reports group by, out of what was understood in it."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

UNKNOWN, SMALLTALK, OUT_OF_SCOPE, PERSON = "unknown", "smalltalk", "out_of_scope", "person"

# Named as the files of data/nlu are; an intent that is only an answer to a question (yes, a number) has none.
_INTENTS = {
    "account": ("account_access", "account_create", "account_delete", "newsletter"),
    "cancel_order": ("cancel_order",),
    "change_order": ("change_order_address", "change_order_items", "change_order_payment"),
    "distress": ("distress", "complaint"),
    "my_orders": ("list_orders",),
    "my_profile": ("view_profile", "update_profile"),
    "order_facts": ("order_contents", "order_total", "order_destination"),
    "order_problem": ("order_problem",),
    "payment": ("invoice", "payment_problem", "payment_question"),
    "policy": ("policy_question",),
    "products": ("product_question", "place_order"),
    "promotions": ("promo_code", "membership", "review"),
    "returns": ("return_items", "exchange_items", "refund_status"),
    "shipping": ("shipping_question",),
    "site": ("site_problem",),
    "track_order": ("track_order", "another_order"),
    PERSON: ("human",),
    OUT_OF_SCOPE: ("out_of_scope",),
    SMALLTALK: ("greet", "thanks", "goodbye", "help", "bot_challenge", "smalltalk", "insult", "change_language"),
}
TOPICS: tuple[str, ...] = (*_INTENTS, UNKNOWN)
_TOPICS = MappingProxyType({intent: topic for topic, intents in _INTENTS.items() for intent in intents})
# What hides nothing else, the weakest last: whoever greets and cancels an order came to cancel an order.
_WEAK = (PERSON, OUT_OF_SCOPE, SMALLTALK, UNKNOWN)
_SAYS_NOTHING = frozenset({OUT_OF_SCOPE, SMALLTALK, UNKNOWN, PERSON})


def topic_of(intent: str | None) -> str:
    """The topic of one intent; `unknown` where it is none of ours, or only answers a question."""
    return _TOPICS.get((intent or "").split("/")[0], UNKNOWN)


def topic_of_all(intents: Iterable[str | None]) -> str:
    """The topic of a conversation, out of what was understood in it, in order.

    That which most of its messages were about; of as many the first. Asking for a person, what is none of the shop's
    business and small talk count only where there is nothing else, in that order.
    """
    counts: dict[str, int] = {}
    for intent in intents:
        topic = topic_of(intent)
        counts[topic] = counts.get(topic, 0) + 1
    real = {topic: count for topic, count in counts.items() if topic not in _WEAK}
    if real:
        return max(real, key=lambda topic: real[topic])  # of as many the first: dictionaries keep the order
    return next((topic for topic in _WEAK if topic in counts), UNKNOWN)


def says_something(topic: str) -> bool:
    """Whether two conversations of that topic are about the same: not where nobody knows what either was about."""
    return topic not in _SAYS_NOTHING
