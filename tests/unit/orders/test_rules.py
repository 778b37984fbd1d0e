"""What a shop allows, rule by rule, and what it plans to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.orders.changes import (
    KINDS,
    CancelOrder,
    Change,
    ChangeDefaultAddress,
    ChangeOrderAddress,
    ChangeOrderItems,
    ChangeOrderPayment,
    ChangePhone,
    ExchangeItems,
    Plan,
    Reason,
    Refusal,
    Replacement,
    ReturnItems,
    Transfer,
    kind_of,
)
from bot.orders.models import CustomerProfile, Order, OrderStatus, Shipment
from bot.orders.policy import RefundTo, ShopPolicy
from bot.orders.rules import open_payments, plan, refund_targets, refusal_for
from bot.orders.shop import Refused
from tests.support.ruled_orders import CARD, GIFT, HOME, NOW, NUMBER, PAYPAL, PRODUCTS, WORK, jo, order

PENDING, DELIVERED = order(OrderStatus.PENDING), order(OrderStatus.DELIVERED)
CHANGED = order(OrderStatus.PENDING_CHANGED)
ORDERED = {
    "cancel_order": CancelOrder(NUMBER, "no longer needed"),
    "change_order_address": ChangeOrderAddress(NUMBER, WORK),
    "change_order_items": ChangeOrderItems(NUMBER, (Replacement("lamp-sand", "lamp-sage"),), CARD),
    "change_order_payment": ChangeOrderPayment(NUMBER, PAYPAL),
    "return_items": ReturnItems(NUMBER, ("lamp-sand",), CARD),
    "exchange_items": ExchangeItems(NUMBER, (Replacement("lamp-sand", "lamp-sage"),), CARD),
}
OF_PENDING = [kind for kind in ORDERED if kind in KINDS and not kind.endswith("e_items") and kind != "return_items"]
OF_DELIVERED = ["return_items", "exchange_items"]


def planned(
    change: Change, order: Order | None, policy: ShopPolicy | None = None, customer: CustomerProfile | None = None
) -> Plan:
    return plan(change, customer or jo(), order, PRODUCTS, policy or ShopPolicy(), NOW)


def refused(
    change: Change, order: Order | None, policy: ShopPolicy | None = None, customer: CustomerProfile | None = None
) -> Reason:
    with pytest.raises(Refused) as caught:
        planned(change, order, policy, customer)
    return caught.value.reason


def swap(*pairs: tuple[str, str], method: str = CARD) -> ChangeOrderItems:
    return ChangeOrderItems(NUMBER, tuple(Replacement(*pair) for pair in pairs), method)


# -- cancelling -----------------------------------------------------------------------------------------------------


def test_cancelling_gives_back_what_was_paid_to_where_it_came_from() -> None:
    done = planned(ORDERED["cancel_order"], PENDING)
    assert done.status_after == "cancelled"
    assert done.transfers == (Transfer("refund", Decimal("96.35"), CARD),)
    assert (done.refund, done.refund_to_gift_card) == (Decimal("96.35"), False)


def test_an_order_paid_with_a_gift_card_is_refunded_at_once() -> None:
    assert planned(ORDERED["cancel_order"], order(OrderStatus.PENDING, ("payment", "96.35", GIFT))).refund_to_gift_card


def test_each_of_several_payments_is_given_back() -> None:
    several = order(OrderStatus.PENDING, ("payment", "50.00", GIFT), ("payment", "46.35", CARD))
    done = planned(ORDERED["cancel_order"], several)
    assert done.transfers == (Transfer("refund", Decimal("50.00"), GIFT), Transfer("refund", Decimal("46.35"), CARD))
    assert (done.refund, done.refund_to_gift_card) == (Decimal("96.35"), False)


def test_what_went_back_already_is_not_given_back_twice() -> None:
    moved = order(
        OrderStatus.PENDING, ("payment", "96.35", CARD), ("payment", "96.35", PAYPAL), ("refund", "96.35", CARD)
    )
    done = planned(ORDERED["cancel_order"], moved)
    assert done.transfers == (Transfer("refund", Decimal("96.35"), PAYPAL),)


def test_a_refund_to_something_that_had_not_paid_counts_against_what_did() -> None:
    less = order(OrderStatus.PENDING, ("payment", "96.35", CARD), ("refund", "6.35", GIFT))
    assert open_payments(less) == ((CARD, Decimal("90.00")),)


@pytest.mark.parametrize("reason", ["too expensive", "", "No Longer Needed"])
def test_only_the_reasons_of_the_shop_are_accepted(reason: str) -> None:
    assert refused(CancelOrder(NUMBER, reason), PENDING).refusal is Refusal.REASON
    ours = ShopPolicy(cancel_reasons=(reason,))
    assert planned(CancelOrder(NUMBER, reason), PENDING, ours).status_after == "cancelled"


# -- which orders ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ORDERED)
@pytest.mark.parametrize("status", OrderStatus)
def test_a_change_fits_pending_or_delivered_orders_only_and_all_that_is_asked_agrees(
    kind: str, status: OrderStatus
) -> None:
    some = order(status)
    fits = OrderStatus.PENDING if kind in OF_PENDING else OrderStatus.DELIVERED
    reason = refusal_for(kind, some, ShopPolicy(), NOW)
    if status is fits:
        assert reason is None
        planned(ORDERED[kind], some)
    else:
        assert refused(ORDERED[kind], some) == reason


@pytest.mark.parametrize("kind", OF_PENDING)
def test_an_order_with_other_items_is_closed_unless_the_shop_says_otherwise(kind: str) -> None:
    assert refused(ORDERED[kind], CHANGED).refusal is Refusal.ALREADY_CHANGED
    planned(ORDERED[kind], CHANGED, ShopPolicy(change_items_once=False))


@pytest.mark.parametrize("kind", OF_DELIVERED)
@pytest.mark.parametrize("status", [OrderStatus.RETURN_REQUESTED, OrderStatus.EXCHANGE_REQUESTED])
def test_what_goes_back_once_does_not_go_back_again(kind: str, status: OrderStatus) -> None:
    assert refused(ORDERED[kind], order(status)) == Reason(Refusal.ALREADY_REQUESTED, {"status": status.value})


@pytest.mark.parametrize("kind", ORDERED)
def test_a_wrong_status_is_said(kind: str) -> None:
    wanted = Refusal.NOT_PENDING if kind in OF_PENDING else Refusal.NOT_DELIVERED
    assert refused(ORDERED[kind], order(OrderStatus.SHIPPED)) == Reason(wanted, {"status": "shipped"})


@pytest.mark.parametrize("kind", ORDERED)
def test_an_order_of_somebody_else_is_refused_like_none(kind: str) -> None:
    others = replace(PENDING, customer_id="tunde")
    assert refused(ORDERED[kind], others) == refused(ORDERED[kind], None) == Reason(Refusal.UNKNOWN_ORDER)


@pytest.mark.parametrize(
    ("kind", "switch"),
    [
        ("cancel_order", "cancelling"),
        ("change_order_address", "changing_address"),
        ("change_order_items", "changing_items"),
        ("change_order_payment", "changing_payment"),
        ("return_items", "returning"),
        ("exchange_items", "exchanging"),
    ],
)
def test_each_kind_can_be_switched_off(kind: str, switch: str) -> None:
    some = PENDING if kind in OF_PENDING else DELIVERED
    assert refused(ORDERED[kind], some, ShopPolicy(**{switch: False})).refusal is Refusal.NOT_OFFERED


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="change_phone"):
        refusal_for("change_phone", PENDING, ShopPolicy(), NOW)


@pytest.mark.parametrize(("kind", "days"), [("return_items", "return_days"), ("exchange_items", "exchange_days")])
def test_days_are_counted_from_the_delivery(kind: str, days: str) -> None:
    policy = ShopPolicy(**{days: 30})

    def delivered(**ago: float) -> Order:
        parcel = Shipment("1", "DPD", "x", delivered_at=NOW - timedelta(**ago))
        return replace(DELIVERED, shipments=(parcel,))

    assert refusal_for(kind, delivered(days=30, hours=23), policy, NOW) is None
    assert refusal_for(kind, delivered(days=31), policy, NOW) == Reason(Refusal.TOO_LATE, {"days": "30"})
    assert refusal_for(kind, delivered(days=900), ShopPolicy(), NOW) is None
    assert refusal_for(kind, DELIVERED, policy, NOW) is None  # nobody knows when


# -- address --------------------------------------------------------------------------------------------------------


def test_an_order_goes_elsewhere_and_stays_pending() -> None:
    done = planned(ORDERED["change_order_address"], PENDING)
    assert (done.status_after, done.transfers) == ("pending", ())


def test_the_address_it_has_already_is_none_to_change_to() -> None:
    assert refused(ChangeOrderAddress(NUMBER, HOME), PENDING).refusal is Refusal.SAME_ADDRESS


def test_an_address_with_parts_missing_names_them() -> None:
    half = replace(WORK, city=" ", postcode="")
    assert refused(ChangeOrderAddress(NUMBER, half), PENDING) == Reason(
        Refusal.NOTHING_GIVEN, {"missing": "city, postcode"}
    )


# -- payment --------------------------------------------------------------------------------------------------------


def test_another_payment_takes_the_whole_and_gives_the_old_back() -> None:
    done = planned(ORDERED["change_order_payment"], PENDING)
    assert done.status_after == "pending"
    assert done.transfers == (
        Transfer("payment", Decimal("96.35"), PAYPAL),
        Transfer("refund", Decimal("96.35"), CARD),
    )
    assert done.refund == Decimal("96.35")


@pytest.mark.parametrize(("method", "refusal"), [(CARD, Refusal.SAME_PAYMENT), ("credit-9", Refusal.UNKNOWN_PAYMENT)])
def test_only_another_payment_of_the_customers_own_will_do(method: str, refusal: Refusal) -> None:
    assert refused(ChangeOrderPayment(NUMBER, method), PENDING).refusal is refusal


def test_a_gift_card_must_cover_the_whole() -> None:
    change = ChangeOrderPayment(NUMBER, GIFT)
    assert refused(change, PENDING, customer=jo("96.34")) == Reason(
        Refusal.GIFT_CARD_TOO_LOW, {"balance": "96.34", "needed": "96.35"}
    )
    assert planned(change, PENDING, customer=jo("96.35")).transfers[0].payment_method_id == GIFT


def test_of_several_payments_all_others_go_back() -> None:
    several = order(OrderStatus.PENDING, ("payment", "50.00", GIFT), ("payment", "46.35", CARD))
    done = planned(ChangeOrderPayment(NUMBER, CARD), several)
    assert done.transfers == (Transfer("payment", Decimal("50.00"), CARD), Transfer("refund", Decimal("50.00"), GIFT))
    assert done.refund_to_gift_card


def test_what_nobody_has_paid_cannot_be_paid_otherwise() -> None:
    unpaid = replace(PENDING, payments=())
    assert refused(ChangeOrderPayment(NUMBER, PAYPAL), unpaid).refusal is Refusal.NOT_OFFERED


# -- items ----------------------------------------------------------------------------------------------------------


def test_dearer_variants_are_paid_for() -> None:
    done = planned(swap(("lamp-sand", "lamp-sage")), PENDING)
    assert done.status_after == "pending (items modified)"
    assert done.transfers == (Transfer("payment", Decimal("7.50"), CARD),)
    assert (done.difference, done.refund) == (Decimal("7.50"), Decimal(0))


def test_cheaper_variants_give_money_back() -> None:
    done = planned(swap(("mug-moss", "mug-dusk"), ("mug-moss", "mug-dusk"), method=GIFT), PENDING)
    assert done.transfers == (Transfer("refund", Decimal("4.40"), GIFT),)
    assert (done.difference, done.refund, done.refund_to_gift_card) == (Decimal("-4.40"), Decimal("4.40"), True)


def test_variants_of_the_same_price_move_no_money() -> None:
    done = planned(swap(("mug-moss", "mug-chalk")), PENDING)
    assert (done.transfers, done.difference, done.refund) == ((), Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([], Reason(Refusal.NOTHING_GIVEN)),
        ([("mug-dusk", "mug-moss")], Reason(Refusal.ITEM_NOT_IN_ORDER, {"item_id": "mug-dusk"})),
        ([("lamp-sand", "lamp-sage")] * 2, Reason(Refusal.ITEM_NOT_IN_ORDER, {"item_id": "lamp-sand"})),
        ([("lamp-sand", "lamp-gold")], Reason(Refusal.UNKNOWN_ITEM, {"item_id": "lamp-gold"})),
        (
            [("lamp-sand", "mug-dusk")],
            Reason(Refusal.OTHER_PRODUCT, {"item_id": "lamp-sand", "new_item_id": "mug-dusk"}),
        ),
        ([("lamp-sand", "lamp-sand")], Reason(Refusal.SAME_ITEM, {"item_id": "lamp-sand"})),
        ([("lamp-sand", "lamp-ink")], Reason(Refusal.NOT_AVAILABLE, {"item_id": "lamp-ink"})),
        ([("mug-moss", "mug-dusk"), ("lamp-sand", "lamp-ink")], Reason(Refusal.NOT_AVAILABLE, {"item_id": "lamp-ink"})),
    ],
)
def test_what_cannot_be_swapped_is_told_apart(pairs: list[tuple[str, str]], reason: Reason) -> None:
    change = swap(*pairs)
    assert refused(change, PENDING) == reason
    assert refused(ExchangeItems(NUMBER, change.replacements, CARD), DELIVERED) == reason


@pytest.mark.parametrize("balance", ["7.49", "0.00"])
def test_a_gift_card_must_cover_the_difference(balance: str) -> None:
    wanted = Reason(Refusal.GIFT_CARD_TOO_LOW, {"balance": balance, "needed": "7.50"})
    change = swap(("lamp-sand", "lamp-sage"), method=GIFT)
    assert refused(change, PENDING, customer=jo(balance)) == wanted
    assert refused(ExchangeItems(NUMBER, change.replacements, GIFT), DELIVERED, customer=jo(balance)) == wanted


def test_an_empty_gift_card_can_take_a_refund() -> None:
    assert planned(swap(("mug-moss", "mug-dusk"), method=GIFT), PENDING, customer=jo("0.00")).refund == Decimal("2.20")


def test_a_strange_payment_cannot_take_a_difference() -> None:
    assert refused(swap(("mug-moss", "mug-chalk"), method="gift-9"), PENDING).refusal is Refusal.UNKNOWN_PAYMENT


# -- returns and exchanges ------------------------------------------------------------------------------------------


def test_a_return_moves_no_money_yet_and_tells_what_will_come_back() -> None:
    done = planned(ReturnItems(NUMBER, ("mug-moss", "mug-moss"), CARD), DELIVERED)
    assert (done.status_after, done.transfers) == ("return requested", ())
    assert (done.refund, done.refund_to_gift_card) == (Decimal("24.40"), False)


@pytest.mark.parametrize(
    ("refund_to", "allowed"),
    [
        (RefundTo.ORIGINAL, [CARD]),
        (RefundTo.ORIGINAL_OR_GIFT_CARD, [CARD, GIFT]),
        (RefundTo.ANY, [CARD, PAYPAL, GIFT]),
    ],
)
def test_the_money_of_a_return_goes_where_the_shop_says(refund_to: RefundTo, allowed: list[str]) -> None:
    policy = ShopPolicy(refund_to=refund_to)
    assert [method.id for method in refund_targets(jo(), DELIVERED, policy)] == allowed
    for method in (CARD, PAYPAL, GIFT):
        change = ReturnItems(NUMBER, ("lamp-sand",), method)
        if method in allowed:
            assert planned(change, DELIVERED, policy).refund_to_gift_card is (method == GIFT)
        else:
            assert refused(change, DELIVERED, policy).refusal is Refusal.REFUND_TARGET


@pytest.mark.parametrize(
    ("item_ids", "reason"),
    [
        ((), Reason(Refusal.NOTHING_GIVEN)),
        (("mug-moss",) * 3, Reason(Refusal.ITEM_NOT_IN_ORDER, {"item_id": "mug-moss"})),
        (("lamp-gold",), Reason(Refusal.ITEM_NOT_IN_ORDER, {"item_id": "lamp-gold"})),
    ],
)
def test_only_what_was_ordered_can_go_back(item_ids: tuple[str, ...], reason: Reason) -> None:
    assert refused(ReturnItems(NUMBER, item_ids, CARD), DELIVERED) == reason


def test_an_exchange_may_be_settled_with_any_payment_of_the_customer() -> None:
    done = planned(ExchangeItems(NUMBER, (Replacement("lamp-sand", "lamp-sage"),), PAYPAL), DELIVERED)
    assert (done.status_after, done.transfers, done.difference) == ("exchange requested", (), Decimal("7.50"))
    cheaper = planned(ExchangeItems(NUMBER, (Replacement("mug-moss", "mug-dusk"),), GIFT), DELIVERED)
    assert (cheaper.difference, cheaper.refund, cheaper.refund_to_gift_card) == (
        Decimal("-2.20"),
        Decimal("2.20"),
        True,
    )


# -- profile --------------------------------------------------------------------------------------------------------


def test_the_profile_can_be_changed_where_the_shop_lets_it() -> None:
    assert planned(ChangeDefaultAddress(WORK), None) == Plan(ChangeDefaultAddress(WORK))
    assert planned(ChangePhone("07700 900115"), None).status_after is None
    assert refused(ChangeDefaultAddress(HOME), None).refusal is Refusal.SAME_ADDRESS
    closed = ShopPolicy(changing_details=False)
    assert refused(ChangePhone("07700 900115"), None, closed).refusal is Refusal.NOT_OFFERED


@pytest.mark.parametrize("phone", ["", "none", "1" * 41])
def test_what_is_no_telephone_number_is_not_kept(phone: str) -> None:
    assert refused(ChangePhone(phone), None).refusal is Refusal.NOTHING_GIVEN


def test_nobody_has_no_profile() -> None:
    with pytest.raises(Refused) as caught:
        plan(ChangeDefaultAddress(WORK), None, None, (), ShopPolicy(), NOW)
    assert caught.value.reason == Reason(Refusal.UNKNOWN_CUSTOMER)


def test_every_kind_has_a_name() -> None:
    assert all(kind_of(change) == name for name, change in ORDERED.items())
    assert set(ORDERED) | {"change_default_address", "change_phone"} == set(KINDS)
