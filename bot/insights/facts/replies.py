"""What one reply of ours means for the account of a conversation, by its name in the domain; reads no words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

TO_A_PERSON, PERSON_ANSWERED, FAILED, NOT_UNDERSTOOD = "to a person", "a person answered", "failed", "not understood"
OFFERED, UNANSWERED, ARTICLE, HELPED, NOT_HELPED = "offered a person", "no article", "article", "helped", "did not help"
_ASKS_HELPED = "utter_article_helped"

# In this order, by the beginnings of names. What is said beside the matter: it neither answers nor asks.
_COURTESY = (
    *("utter_greet", "utter_help", "utter_bot_challenge", "utter_youre_welcome", "utter_goodbye", "utter_done_now"),
    *("utter_affirm", "utter_deny", "utter_has_question", "utter_wait", "utter_smalltalk", "utter_insult"),
    *("utter_email_noted", "utter_postcode_noted", "utter_why_details", "utter_next_wish", "utter_language_"),
    _ASKS_HELPED,
)
_PERSON = (
    *("utter_callback_", "utter_handoff_", "utter_promise_", "utter_distress_handoff", "utter_app_callback_"),
    *("utter_app_promise_here", "utter_app_handoff_queued", "utter_request_case_"),
)
_FAILED = (
    *("utter_action_failed", "utter_app_turn_failed", "utter_request_shop_away", "utter_request_outcome_unknown"),
    *("utter_request_not_resent", "utter_handoff_failed"),
)
_FALLBACK = ("utter_guess", "utter_default", "utter_something_else", "utter_number_unreadable")
_OF_FALLBACK = "not_understood"  # anywhere in the name
_STEPS = (
    ("utter_article_helpful", HELPED),
    ("utter_article_not_helpful", NOT_HELPED),
    ("utter_article_same", UNANSWERED),
    ("utter_article", ARTICLE),
    ("utter_unanswered", UNANSWERED),
    ("utter_product_fact_unknown", UNANSWERED),
    ("utter_out_of_scope", "out of scope"),
    ("utter_offer_person", OFFERED),
    ("utter_complaint", OFFERED),
    ("utter_not_helped", OFFERED),
    ("utter_distress", OFFERED),
    ("utter_wish_", OFFERED),
    ("utter_locked", "locked"),
    ("utter_not_verified", "not verified"),
    ("utter_no_code_open", "not verified"),
    ("utter_request_refused", "refused"),
    ("utter_request_declined", "declined"),
    ("utter_request_dropped", "dropped"),
    ("utter_stopped", "dropped"),
    ("utter_order_which", "told how to order"),
    ("utter_order_product", "told how to order"),
    ("utter_order_back", "told how to order"),
    ("utter_orders", "showed orders"),
    ("utter_one_order", "showed orders"),
    ("utter_no_orders", "showed orders"),
    ("utter_order_", "showed order"),
    ("utter_order", "told how to order"),
    ("utter_profile", "showed profile"),
    ("utter_products", "showed products"),
    ("utter_product_", "showed products"),
)
# After these nothing was answered.
_OPEN = frozenset({UNANSWERED, OFFERED, NOT_HELPED, "out of scope", "locked", "not verified"})
_DONE, _SUMMARY, _OFFER = "utter_request_done_", "utter_request_summary_", "utter_request_offer_"
_AT_ONCE = "_at_once"
_OUTSIDE = frozenset({"rating", "comment"})  # of the survey, not of the conversation


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reply means.

    Attributes:
        step: what happened, as reports group it; None where there is nothing to say.
        courtesy: it is beside the matter.
        leaves_open: who leaves now leaves with nothing, or with a question of ours unanswered.
        fallback: nothing certain was understood.
        failed: something that should have been done was not.
        asks_helped: it asks whether an answer helped.
    """

    step: str | None = None
    courtesy: bool = False
    leaves_open: bool = False
    fallback: bool = False
    failed: bool = False
    asks_helped: bool = False


@lru_cache(maxsize=4096)
def meaning_of(response: str | None, expects: str | None) -> Meaning:
    """What is meant by the reply of that name, which asks for that."""
    name = response or ""
    fallback = _OF_FALLBACK in name or name.startswith(_FALLBACK)
    failed = name.startswith(_FAILED)
    if name.startswith(_PERSON):
        return Meaning(TO_A_PERSON, fallback=fallback, failed=failed)
    if failed:
        return Meaning(FAILED, leaves_open=True, failed=True)
    if fallback:
        return Meaning(NOT_UNDERSTOOD, leaves_open=True, fallback=True)
    if name.startswith(_COURTESY):
        return Meaning(courtesy=True, asks_helped=name.startswith(_ASKS_HELPED))
    if name.startswith(_DONE):
        return Meaning(f"did {_words(name.removeprefix(_DONE).removesuffix(_AT_ONCE))}")
    for beginning, step in _STEPS:
        if name.startswith(beginning):
            return Meaning(step, courtesy=step == HELPED, leaves_open=step in _OPEN)
    if name.startswith((_SUMMARY, _OFFER)):
        return Meaning("asked for confirmation", leaves_open=True)
    if expects and expects not in _OUTSIDE:
        what = "details" if expects == "text" else _words(expects)
        return Meaning(f"asked for {what}", leaves_open=True)
    return Meaning()


def _words(name: str) -> str:
    return name.replace("_", " ")
