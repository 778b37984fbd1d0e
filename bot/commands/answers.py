"""Which of a shop's standard answers each intent stands for: the one table by which understanding is measured."""

from __future__ import annotations

OUT_OF_SCOPE = "out_of_scope"
ASKS_BACK = "nlu_fallback"

# The same name on both sides for most: intents are named after what customers want.
SAME = (
    "track_order",
    "list_orders",
    "cancel_order",
    "change_order_address",
    "change_order_items",
    "change_order_payment",
    "return_items",
    "exchange_items",
    "refund_status",
    "order_problem",
    "view_profile",
    "update_profile",
    "account_access",
    "account_create",
    "account_delete",
    "newsletter",
    "invoice",
    "payment_problem",
    "payment_question",
    "shipping_question",
    "policy_question",
    "product_question",
    "place_order",
    "promo_code",
    "membership",
    "review",
    "complaint",
    "human",
    "site_problem",
    "greet",
    "goodbye",
    "thanks",
    "affirm",
    "deny",
    "bot_challenge",
    OUT_OF_SCOPE,
)

ANSWERS: dict[str, str] = {
    **{name: name for name in SAME},
    "another_order": "track_order",
    "order_contents": "track_order",  # facts of one order, all from its card
    "order_total": "track_order",
    "order_destination": "track_order",
    "resend_code": "account_access",  # a code that does not come is a way not to get in
    "help": "greet",  # "what can you do?" and "I have a question" are openings, answered with what there is
    "has_question": "greet",
    "stop": "deny",  # both say: not this
    "insult": "complaint",  # both are met with calm and a person
    "not_helped": "complaint",
    "smalltalk": OUT_OF_SCOPE,  # answered with a smile, claimed as no business of the shop
    ASKS_BACK: OUT_OF_SCOPE,  # asks back instead of answering: a refusal
}


# What only goes on with a conversation answers nothing by itself; given to a line that wants an answer it is wrong.
WITHOUT_ANSWER = frozenset(
    {
        "inform",
        "cannot_provide",
        "explain",
        "distress",
        "wait",
        "change_language",
        "something_else",
        "choose",
        "go_back",
        "resume",
        "article_helpful",
        "article_not_helpful",
    }
)


def answer_of(intent: str | None) -> str:
    """The answer that `intent` leads to; one without an answer (see `WITHOUT_ANSWER`) counts as none of them."""
    return ANSWERS.get(intent or ASKS_BACK, intent or OUT_OF_SCOPE)
