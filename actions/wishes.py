"""What each question and wish is about, and which of them a person has to carry out as yet; no action.

A wish that gets a way of its own leaves three places: its line here, its name in `data/rules/articles.yml`, and its
`utter_wish_…` in the domain.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """One intent that articles have something to say about.

    `topics` are those of the articles that come first; none says that any may. `by_person`: a person has to do it.
    """

    topics: tuple[str, ...]
    by_person: bool = False


QUESTIONS = {
    "shipping_question": Wish(("shipping",)),
    "payment_question": Wish(("payment", "gift_cards", "invoices", "promotions")),
    "policy_question": Wish(
        ("returns", "refunds", "exchanges", "cancellation", "changes", "warranty", "privacy", "contact", "ordering")
    ),
    "promo_code": Wish(("promotions", "gift_cards")),
    "membership": Wish(("membership",)),
    "review": Wish(("reviews",)),
    "account_create": Wish(("account",)),
}
WISHES = {
    "refund_status": Wish(("refunds",), by_person=True),
    "account_access": Wish(("account",), by_person=True),
    "account_delete": Wish(("account", "privacy"), by_person=True),
    "newsletter": Wish(("privacy", "account"), by_person=True),
    "invoice": Wish(("invoices",), by_person=True),
    "payment_problem": Wish(("payment",), by_person=True),
    "site_problem": Wish(("site",), by_person=True),
}


def wish_of(intent: str | None) -> Wish:
    """What an intent is about; one that is not listed may be about anything."""
    return (QUESTIONS | WISHES).get(intent or "", Wish(()))
