"""One fact of the order shown last."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from actions.order_facts import ActionOrderContents, ActionOrderDestination, ActionOrderTotal
from bot.customers.verification import Access, Level
from bot.orders.models import OrderStatus

NUMBER = "#W1000001"


@pytest.fixture
def shown(stage: Any) -> Any:
    stage.slots = {"current_order": NUMBER}
    stage.verification.now = Access(Level.MATCHED, order_numbers=frozenset({NUMBER}))
    return stage


@pytest.mark.parametrize(
    ("action", "response", "words"),
    [
        (ActionOrderContents, "utter_order_contents", {"items": "Alder desk lamp (sage)"}),
        (ActionOrderTotal, "utter_order_total_free_delivery", {"total": "£68.00"}),
        (ActionOrderDestination, "utter_order_destination", {"address": "14 Larch Grove, London, N1 5QT"}),
    ],
)
async def test_the_fact_asked_for_is_told_in_a_sentence(
    shown: Any, action: Any, response: str, words: dict[str, str]
) -> None:
    told = await shown.run(action, "how much was it", "order_total")
    assert told.responses == [response]
    assert words.items() <= told.messages[0].items()
    assert told.cards == []


async def test_the_delivery_is_named_where_it_costs_something(shown: Any) -> None:
    shown.shop.orders[NUMBER] = replace(shown.shop.orders[NUMBER], delivery_fee=Decimal("3.95"))
    told = await shown.run(ActionOrderTotal, "how much was it", "order_total")
    assert (told.responses, told.messages[0]["delivery"]) == (["utter_order_total"], "£3.95")


async def test_what_was_delivered_went_somewhere(shown: Any) -> None:
    shown.shop.orders[NUMBER] = replace(shown.shop.orders[NUMBER], status=OrderStatus.DELIVERED)
    told = await shown.run(ActionOrderDestination, "where did it go", "order_destination")
    assert told.responses == ["utter_order_destination_delivered"]


async def test_asked_again_it_is_told_in_other_words(shown: Any) -> None:
    shown.slots["said"] = ["utter_order_contents"]
    told = await shown.run(ActionOrderContents, "what's in it?", "order_contents")
    assert told.responses == ["utter_order_contents_again"]


@pytest.mark.parametrize("text", ["what did i order", "what's in W1000002"])
async def test_an_order_that_may_not_be_seen_is_opened_first(stage: Any, text: str) -> None:
    told = await stage.run(ActionOrderContents, text, "order_contents")
    assert (told.responses, told.next_action) == ([], "track_order_form")


async def test_while_an_order_is_being_looked_for_the_question_is_put_again(shown: Any) -> None:
    shown.form = "track_order_form"
    told = await shown.run(ActionOrderTotal, "how much was it", "order_total")
    assert (told.responses, told.slots) == ([], {"problem": None})
