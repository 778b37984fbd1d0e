"""Which sentence tells how far an order is, and how its card looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from actions.cards import order_card, order_summary_card
from actions.order_news import order_news
from bot.orders.models import Order, OrderStatus, Shipment

TODAY = date(2026, 3, 5)
SHIPPED = Shipment("1", "DPD", "15994459265543", "https://track.example/1", expected_on=date(2026, 3, 5))


@pytest.mark.parametrize(
    ("status", "arrival", "response"),
    [
        (OrderStatus.PENDING, date(2026, 3, 6), "utter_order_pending"),
        (OrderStatus.PENDING, None, "utter_order_pending_no_date"),
        (OrderStatus.PENDING, date(2026, 3, 4), "utter_order_overdue"),
        (OrderStatus.PROCESSED, date(2026, 3, 5), "utter_order_processed"),
        (OrderStatus.PROCESSED, None, "utter_order_processed_no_date"),
        (OrderStatus.PROCESSED, date(2026, 3, 4), "utter_order_overdue"),
        (OrderStatus.SHIPPED, date(2026, 3, 5), "utter_order_shipped"),
        (OrderStatus.SHIPPED, None, "utter_order_shipped_no_date"),
        (OrderStatus.SHIPPED, date(2026, 3, 4), "utter_order_late"),
        (OrderStatus.DELIVERED, None, "utter_order_delivered_no_date"),
        (OrderStatus.CANCELLED, date(2026, 3, 4), "utter_order_cancelled"),
        (OrderStatus.RETURN_REQUESTED, None, "utter_order_return_requested"),
        (OrderStatus.EXCHANGE_REQUESTED, None, "utter_order_exchange_requested"),
        (OrderStatus.PENDING_CHANGED, date(2026, 3, 6), "utter_order_pending_items_modified"),
        (OrderStatus.PENDING_CHANGED, None, "utter_order_pending_items_modified_no_date"),
        (OrderStatus.PENDING_CHANGED, date(2026, 3, 4), "utter_order_overdue"),
    ],
)
def test_each_status_has_its_sentence(
    make_order: Callable[..., Order], services: Any, status: OrderStatus, arrival: date | None, response: str
) -> None:
    order = replace(make_order("#W1000001", status=status), expected_on=arrival)
    assert order_news(order, services.formatting, TODAY).response == response


def test_a_delivered_order_says_when(make_order: Callable[..., Order], services: Any) -> None:
    parcel = replace(SHIPPED, delivered_at=datetime(2026, 3, 3, 11, tzinfo=UTC))
    order = replace(make_order("#W1000001", status=OrderStatus.DELIVERED), shipments=(parcel,))
    news = order_news(order, services.formatting, TODAY)
    assert (news.response, news.words["delivered"]) == ("utter_order_delivered", "Tuesday 3 March")


def test_two_carriers_are_both_named(make_order: Callable[..., Order], services: Any) -> None:
    parcels = (SHIPPED, replace(SHIPPED, id="2", carrier="Royal Mail"), replace(SHIPPED, id="3"))
    order = replace(make_order("#W1000001", status=OrderStatus.SHIPPED), shipments=parcels)
    assert order_news(order, services.formatting, TODAY).words["carrier"] == "DPD and Royal Mail"


def test_a_carrier_that_the_shop_does_not_know_is_not_named(make_order: Callable[..., Order], services: Any) -> None:
    parcel = replace(SHIPPED, carrier="")
    order = replace(make_order("#W1000001", status=OrderStatus.SHIPPED), shipments=(parcel,))
    assert order_news(order, services.formatting, TODAY).words["carrier"] == "our carrier"
    assert "Carrier" not in [field["label"] for field in order_card(order, services.formatting)["fields"]]


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_has_a_badge(make_order: Callable[..., Order], services: Any, status: OrderStatus) -> None:
    for language in ("en", "de", "es", "fr"):
        badge = order_card(make_order("#W1000001", status=status), services.formatting.in_language(language))["badge"]
        assert badge["text"] not in ("", status.value)


def test_the_card_of_an_order_has_status_tracking_day_items_and_total(
    make_order: Callable[..., Order], services: Any
) -> None:
    order = replace(
        make_order("#W1000001", status=OrderStatus.SHIPPED), shipments=(SHIPPED,), delivery_fee=Decimal("3.95")
    )
    card = order_card(order, services.formatting)
    fields = {field["label"]: (field["value"], field["href"]) for field in card["fields"]}
    assert card["badge"] == {"text": "On its way", "tone": "info"}
    assert fields["Tracking"] == ("15994459265543", "https://track.example/1")
    assert fields["Expected by"] == ("Thursday 5 March", None)
    assert fields["Delivery address"] == ("14 Larch Grove, London, N1 5QT", None)
    assert fields["Delivery"] == ("£3.95", None)
    assert card["items"] == [{"title": "Alder desk lamp", "detail": "colour: sage", "price": "£68.00", "image": None}]
    assert card["total"] == "£71.95"


def test_a_cancelled_orders_card_expects_nothing(make_order: Callable[..., Order], services: Any) -> None:
    card = order_card(make_order("#W1000001", status=OrderStatus.CANCELLED), services.formatting)
    assert "Expected by" not in [field["label"] for field in card["fields"]]


def test_the_short_card_names_the_first_item_and_counts_the_rest(
    make_order: Callable[..., Order], services: Any
) -> None:
    order = make_order("#W1000001")
    card = order_summary_card(replace(order, items=order.items * 3), services.formatting)
    assert {"label": "Items", "value": "Alder desk lamp and 2 more", "href": None} in card["fields"]
    assert card["items"] == []
