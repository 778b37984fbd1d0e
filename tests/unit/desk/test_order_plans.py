"""A plan as agents see it, and as customers are told of it, in their language."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.conversations.phrases import Phrases, load_domain
from bot.desk.order_plans import Row, sentence_of, summary_of
from bot.languages.languages import shipped_languages
from bot.orders.changes import CancelOrder, Change, ChangeOrderAddress, ExchangeItems, Replacement, ReturnItems
from bot.orders.formatting import Formatting
from bot.orders.models import Address, OrderStatus, Variant
from bot.orders.policy import ShopPolicy
from bot.orders.rules import plan
from bot.settings import ROOT
from tests.unit.desk.test_order_forms import ADA, MUG, NOW, an_order

FORMATTING = Formatting("en-GB", "GBP", "Europe/London")
ELSEWHERE = Address("9 Mill Lane", "", "Leeds", "", "LS2 9JT", "GB")
TALL = Variant("tall", {"color": "white", "size": "tall"}, Decimal(15), available=True)
MUGS = replace(MUG, variants=(*MUG.variants, TALL))
SWAP = ExchangeItems("#W1", (Replacement("white", "tall"),), "card")


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    return Phrases(load_domain(ROOT / "domain.yml")["responses"], shipped_languages(), "en-GB")


def test_a_cancellation_says_what_comes_back_and_where() -> None:
    found = plan(CancelOrder("#W1", "no longer needed"), ADA, an_order(), [MUGS], ShopPolicy(), NOW)
    summary = summary_of(found, an_order(), ADA, [MUGS], FORMATTING)
    assert summary.moves == (("refund", "£24.00", "Visa ending in 3333"),)
    assert (summary.reason, summary.status, summary.later) == ("no longer needed", "Cancelled", False)
    assert summary.rows == (Row("Mug", "white", "£12.00"), Row("Mug", "white", "£12.00"))


def test_an_exchange_says_what_takes_the_place_and_what_it_costs() -> None:
    order = an_order(OrderStatus.DELIVERED)
    found = plan(SWAP, ADA, order, [MUGS], ShopPolicy(), NOW)
    summary = summary_of(found, order, ADA, [MUGS], FORMATTING)
    assert summary.rows == (Row("Mug", "white", "£12.00", "white, tall", "£15.00"),)
    assert (summary.difference, summary.costs_more, summary.method) == ("£3.00", True, "Visa ending in 3333")


def test_a_return_brings_money_back_later() -> None:
    order = an_order(OrderStatus.DELIVERED)
    found = plan(ReturnItems("#W1", ("white",), "gift"), ADA, order, [MUGS], ShopPolicy(), NOW)
    summary = summary_of(found, order, ADA, [MUGS], FORMATTING)
    assert (summary.refund, summary.later, summary.method) == ("£12.00", True, "Gift card, £20.00 left")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (CancelOrder("#W1", "no longer needed"), OrderStatus.PENDING),
        (ChangeOrderAddress("#W1", ELSEWHERE), OrderStatus.PENDING),
        (ReturnItems("#W1", ("white",), "card"), OrderStatus.DELIVERED),
        (SWAP, OrderStatus.DELIVERED),
    ],
)
@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_the_sentence_for_the_customer_is_whole_in_every_language(
    phrases: Phrases, change: Change, status: OrderStatus, language: str
) -> None:
    found = plan(change, ADA, an_order(status), [MUGS], ShopPolicy(), NOW)
    said = sentence_of(found, ADA, ShopPolicy(), phrases, FORMATTING.in_language(language))
    assert "#W1" in said
    assert "{" not in said


def test_a_domain_without_the_sentence_costs_nothing(phrases: Phrases) -> None:
    plain = Phrases(
        {name: [{"text": name}] for name in load_domain(ROOT / "domain.yml")["responses"] if "_app_" in name}
    )
    found = plan(CancelOrder("#W1", "no longer needed"), ADA, an_order(), [MUGS], ShopPolicy(), NOW)
    assert sentence_of(found, ADA, ShopPolicy(), plain, FORMATTING) == ""
