"""The shop's rules as the settings have them."""

from __future__ import annotations

import pytest

from bot.orders.policy import RefundTo, ShopPolicy, shop_policy
from bot.settings import SettingsError, load_settings


def test_by_default_everything_is_offered_and_something_may_go_back_for_thirty_days() -> None:
    assert shop_policy(load_settings(demo=True)) == ShopPolicy(return_days=30, exchange_days=30)


def test_each_rule_is_a_setting() -> None:
    settings = load_settings(
        demo=True,
        self_service="cancel_order, return_items",
        cancel_reasons="found it cheaper, too late",
        change_items_once=False,
        refund_to="original",
        return_days=14,
        exchange_days=0,
        refund_days="3-5",
    )
    assert shop_policy(settings) == ShopPolicy(
        cancel_reasons=("found it cheaper", "too late"),
        changing_address=False,
        changing_items=False,
        changing_payment=False,
        exchanging=False,
        changing_details=False,
        change_items_once=False,
        refund_to=RefundTo.ORIGINAL,
        return_days=14,
        refund_days=(3, 5),
    )


def test_nothing_at_all_may_be_offered() -> None:
    assert not shop_policy(load_settings(demo=True, self_service="")).cancelling


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("self_service", "cancel_order,fly"),
        ("cancel_reasons", ""),
        ("refund_to", "somebody"),
        ("return_days", "-1"),
        ("refund_days", "a week"),
    ],
)
def test_a_rule_that_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"BELLHOP_{name.upper()}: "):
        load_settings(demo=True, **{name: value})
