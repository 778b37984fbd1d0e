"""What comes next for a request: only what is missing is asked, and what the rules do not allow is not offered."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.orders.changes import (
    CancelOrder,
    Change,
    ChangeDefaultAddress,
    ChangeOrderAddress,
    ChangeOrderItems,
    ChangeOrderPayment,
    ChangePhone,
    ExchangeItems,
    Refusal,
    Replacement,
    ReturnItems,
)
from bot.orders.policy import RefundTo, ShopPolicy
from bot.self_service.deciding import Kind, Step, mark_of, next_step
from bot.self_service.request import Request, Slot, Task
from bot.self_service.world import World
from tests.support.asked_shop import (
    CANCELLED,
    CARD,
    CHANGED,
    DELIVERED,
    EXCHANGING,
    GIFT,
    HOME,
    JO,
    NEW,
    PAYPAL,
    PENDING,
    POUCH,
    PROCESSED,
    RETURNING,
    SAMS,
    SECOND,
    SHIPPED,
    only,
    request,
    world,
)

CANCEL = request(Task.CANCEL, PENDING, reason="no longer needed")
BACK = request(Task.RETURN, DELIVERED, picked=(0,))


def step(asked: Request, shop: World | None = None) -> Step:
    return next_step(asked, shop or world())


def offered(asked: Request, shop: World | None = None) -> list[str]:
    return [choice.value for choice in step(asked, shop).choices]


# -- asking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "slot", "topic", "choices"),
    [
        (request(Task.CANCEL), Slot.ORDER, "", [PENDING, SECOND]),
        (request(Task.RETURN, candidates=(DELIVERED, POUCH)), Slot.ORDER, "", [DELIVERED, POUCH]),
        (request(Task.CANCEL, PENDING), Slot.REASON, "", ["no longer needed", "ordered by mistake"]),
        (request(Task.ADDRESS, PENDING), Slot.ADDRESS, "", [DELIVERED]),
        (request(Task.ADDRESS, PENDING, partial=HOME), Slot.ADDRESS, "partial", []),
        (request(Task.PAYMENT, PENDING), Slot.PAYMENT, "new", [PAYPAL]),
        (request(Task.RETURN, DELIVERED), Slot.ITEMS, "", ["mug-moss", "lamp-sage", "mug-moss", "all"]),
        (request(Task.RETURN, DELIVERED, picked=(0,), picking=True), Slot.ITEMS, "others", None),
        (request(Task.RETURN, DELIVERED, unsure=(0, 1)), Slot.ITEMS, "unsure", ["mug-moss", "lamp-sage"]),
        (BACK, Slot.PAYMENT, "refund", [CARD, GIFT]),
        (request(Task.SWAP, PENDING), Slot.ITEMS, "", ["lamp-sand", "kettle-small", "all"]),
        (request(Task.SWAP, PENDING, picked=(0,)), Slot.VARIANT, "", ["lamp-sage"]),
        (request(Task.SWAP, SECOND, hints={0: "mug-dusk"}), Slot.VARIANT, "", ["mug-dusk"]),
        (request(Task.SWAP, PENDING, picked=(0,), wanted={0: "lamp-sage"}), Slot.PAYMENT, "difference", [CARD, PAYPAL]),
        (request(Task.SWAP, PENDING, picked=(1,), wanted={1: "kettle-large"}), Slot.PAYMENT, "difference", None),
        (request(Task.PROFILE), Slot.WHAT, "profile", ["address", "phone", "other"]),
        (request(Task.PROFILE, what="phone"), Slot.PHONE, "", []),
        (request(Task.PROFILE, what="address"), Slot.ADDRESS, "", [DELIVERED]),
        (request(Task.PROBLEM, PENDING), Slot.WHAT, "problem", ["missing", "wrong", "damaged", "late"]),
        (request(Task.PROBLEM, DELIVERED, what="damaged"), Slot.ITEMS, "", None),
        (
            request(Task.PROBLEM, DELIVERED, what="damaged", picked=(1,)),
            Slot.REMEDY,
            "",
            ["exchange_items", "return_items", "case"],
        ),
        (request(Task.PROBLEM, PENDING, what="wrong", picked=(1,)), Slot.REMEDY, "", ["exchange_items", "case"]),
    ],
)
def test_what_is_missing_is_asked_with_what_can_be_chosen(
    asked: Request, slot: Slot, topic: str, choices: list[str] | None
) -> None:
    found = step(asked)
    assert (found.kind, found.slot, found.topic) == (Kind.ASK, slot, topic)
    assert choices is None or offered(asked) == choices


def test_a_gift_card_is_offered_only_where_it_covers_the_difference() -> None:
    covered = request(Task.SWAP, PENDING, picked=(1,), wanted={1: "kettle-large"})
    assert offered(covered) == [CARD, PAYPAL, GIFT]
    assert GIFT not in offered(request(Task.SWAP, PENDING, picked=(0,), wanted={0: "lamp-sage"}))


def test_an_order_of_one_thing_needs_no_question_which() -> None:
    assert step(request(Task.SWAP, SECOND)).slot is Slot.VARIANT


def test_the_only_order_that_allows_it_is_taken() -> None:
    assert step(request(Task.CANCEL), world(only(PENDING, SHIPPED))).request.number == PENDING


def test_what_is_unsure_and_chosen_already_is_not_asked() -> None:
    assert step(request(Task.RETURN, DELIVERED, picked=(0, 1), unsure=(0, 1))).slot is Slot.PAYMENT


def test_places_that_the_order_has_not_are_no_answer() -> None:
    assert step(request(Task.RETURN, DELIVERED, picked=(7,), unsure=(8,), wanted={9: "x"})).slot is Slot.ITEMS


# -- summing up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "change"),
    [
        (CANCEL, CancelOrder(PENDING, "no longer needed")),
        (request(Task.ADDRESS, PENDING, address=NEW), ChangeOrderAddress(PENDING, NEW)),
        (request(Task.PAYMENT, PENDING, payment=PAYPAL), ChangeOrderPayment(PENDING, PAYPAL)),
        (replace(BACK, picked=(0, 2), payment=CARD), ReturnItems(DELIVERED, ("mug-moss", "mug-moss"), CARD)),
        (
            request(Task.SWAP, PENDING, picked=(0,), wanted={0: "lamp-sage"}, payment=CARD),
            ChangeOrderItems(PENDING, (Replacement("lamp-sand", "lamp-sage"),), CARD),
        ),
        (
            request(Task.SWAP, DELIVERED, picked=(0, 2), wanted={0: "mug-dusk", 2: "mug-chalk"}, payment=GIFT),
            ExchangeItems(DELIVERED, (Replacement("mug-moss", "mug-dusk"), Replacement("mug-moss", "mug-chalk")), GIFT),
        ),
        (request(Task.PROFILE, what="phone", phone="0201234567"), ChangePhone("0201234567")),
        (request(Task.PROFILE, what="address", address=NEW), ChangeDefaultAddress(NEW)),
    ],
)
def test_a_request_with_everything_is_summed_up(asked: Request, change: Change) -> None:
    found = step(asked)
    assert (found.kind, found.slot) == (Kind.SUMMARY, Slot.CONFIRMATION)
    assert found.plan is not None
    assert found.plan.change == change
    assert [choice.value for choice in found.choices] == ["yes", "no"]


def test_the_only_way_to_be_paid_back_is_taken_without_a_question() -> None:
    found = step(BACK, world(policy=ShopPolicy(refund_to=RefundTo.ORIGINAL)))
    assert found.kind is Kind.SUMMARY
    assert found.request.payment == CARD


def test_a_summary_has_the_same_mark_as_long_as_nothing_in_it_is_different() -> None:
    marks = [
        mark_of(found.plan)
        for asked in (CANCEL, CANCEL, replace(CANCEL, reason="ordered by mistake"), replace(CANCEL, number=SECOND))
        if (found := step(asked)).plan
    ]
    assert marks[0] == marks[1]
    assert len(set(marks)) == 3


def test_a_price_that_has_changed_makes_another_summary() -> None:
    asked = request(Task.SWAP, PENDING, picked=(0,), wanted={0: "lamp-sage"}, payment=CARD)
    dearer = world()
    lamp = dearer.products["lamp"]
    versions = tuple(replace(version, price=version.price + 1) for version in lamp.variants)
    dearer = replace(dearer, products={**dearer.products, "lamp": replace(lamp, variants=versions)})
    before, after = step(asked).plan, step(asked, dearer).plan
    assert before
    assert after
    assert mark_of(before) != mark_of(after)
    assert after.difference == Decimal("8.50")


# -- what the rules do not allow -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (request(Task.ADDRESS, SHIPPED), Refusal.NOT_PENDING),
        (request(Task.PAYMENT, CHANGED), Refusal.ALREADY_CHANGED),
        (request(Task.SWAP, PROCESSED), Refusal.NOT_PENDING),
        (request(Task.SWAP, EXCHANGING), Refusal.ALREADY_REQUESTED),
        (request(Task.RETURN, RETURNING), Refusal.ALREADY_REQUESTED),
        (request(Task.RETURN, SHIPPED), Refusal.NOT_DELIVERED),
        (request(Task.CANCEL, CANCELLED), Refusal.NOT_PENDING),
        (request(Task.CANCEL, SAMS), Refusal.UNKNOWN_ORDER),
        (request(Task.CANCEL, "#W0000000"), Refusal.UNKNOWN_ORDER),
        (request(Task.ADDRESS, PENDING, address=HOME), Refusal.SAME_ADDRESS),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(asked: Request, refusal: Refusal) -> None:
    found = step(asked)
    assert found.kind is Kind.REFUSED
    assert found.about["reason"].refusal is refusal  # type: ignore[attr-defined]  # a Reason


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        (request(Task.CANCEL, DELIVERED), "return_items"),
        (request(Task.RETURN, PENDING), "cancel_order"),
        (request(Task.CANCEL, PENDING, picked=(0,)), "whole_order"),
    ],
)
def test_the_nearest_thing_that_is_possible_is_offered_instead(asked: Request, nearest: str) -> None:
    found = step(asked)
    assert (found.kind, found.topic) == (Kind.OFFER, nearest)


def test_all_things_of_an_order_are_the_whole_order() -> None:
    assert step(request(Task.CANCEL, PENDING, picked=(0, 1))).slot is Slot.REASON


@pytest.mark.parametrize(
    ("asked", "shop", "topic"),
    [
        (request(Task.CANCEL), world(()), "no_orders"),
        (request(Task.CANCEL), world(only(SHIPPED, PROCESSED)), "none_eligible"),
        (request(Task.SWAP, POUCH), world(), "no_versions"),
        (
            request(Task.PAYMENT, PENDING),
            world(customer=replace(JO, payment_methods=JO.payment_methods[:1])),
            "no_payment",
        ),
        (request(Task.PROFILE, what="other"), world(), "profile_by_person"),
    ],
)
def test_what_nothing_fits_is_told(asked: Request, shop: World, topic: str) -> None:
    found = step(asked, shop)
    assert (found.kind, found.topic) == (Kind.REFUSED, topic)


def test_with_one_order_it_is_told_why_that_one_does_not_allow_it() -> None:
    found = step(request(Task.ADDRESS), world(only(SHIPPED)))
    assert (found.kind, found.about["number"]) == (Kind.REFUSED, SHIPPED)


@pytest.mark.parametrize(
    ("asked", "refusal", "slot"),
    [
        (replace(BACK, payment=PAYPAL), Refusal.REFUND_TARGET, Slot.PAYMENT),
        (replace(BACK, payment="nobodys"), Refusal.UNKNOWN_PAYMENT, Slot.PAYMENT),
        (request(Task.PAYMENT, PENDING, payment=GIFT), Refusal.GIFT_CARD_TOO_LOW, Slot.PAYMENT),
        (request(Task.PAYMENT, PENDING, payment=CARD), Refusal.SAME_PAYMENT, Slot.PAYMENT),
        (replace(CANCEL, reason="too expensive"), Refusal.REASON, Slot.REASON),
        *(
            (request(Task.SWAP, PENDING, picked=(0,), wanted={0: new}, payment=CARD), refusal, Slot.VARIANT)
            for new, refusal in (
                ("lamp-ink", Refusal.NOT_AVAILABLE),
                ("lamp-sand", Refusal.SAME_ITEM),
                ("kettle-large", Refusal.OTHER_PRODUCT),
                ("spoon", Refusal.UNKNOWN_ITEM),
            )
        ),
        (
            request(Task.SWAP, PENDING, picked=(0,), wanted={0: "lamp-sage"}, payment=GIFT),
            Refusal.GIFT_CARD_TOO_LOW,
            Slot.PAYMENT,
        ),
        (
            request(Task.ADDRESS, PENDING, address=replace(NEW, city="")),
            Refusal.NOTHING_GIVEN,
            Slot.ADDRESS,
        ),
    ],
)
def test_an_answer_that_the_rules_do_not_allow_is_told_and_asked_for_again(
    asked: Request, refusal: Refusal, slot: Slot
) -> None:
    found = step(asked)
    assert (found.kind, found.slot) == (Kind.ASK, slot)
    assert [reason.refusal for reason in found.notes] == [refusal]


# -- order problems --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        (request(Task.PROBLEM, SHIPPED, what="late"), "late"),
        (request(Task.PROBLEM, DELIVERED, what="missing", picked=(0,)), "missing"),
        (request(Task.PROBLEM, DELIVERED, what="wrong", picked=(0,), remedy="case"), "wrong"),
        (request(Task.PROBLEM, RETURNING, what="damaged"), "damaged"),
    ],
)
def test_what_cannot_be_solved_at_once_becomes_a_case(asked: Request, topic: str) -> None:
    found = step(asked)
    assert (found.kind, found.topic) == (Kind.CASE, topic)


@pytest.mark.parametrize("values", [{"what": "dance"}, {"remedy": "dance"}, {"picked": (0, 1, 2, 3)}])
@pytest.mark.parametrize("task", [Task.CANCEL, Task.RETURN, Task.SWAP, Task.PAYMENT, Task.ADDRESS])
def test_values_of_no_use_to_a_task_do_not_stop_it(task: Task, values: dict[str, Any]) -> None:
    number = DELIVERED if task is Task.RETURN else PENDING
    assert step(request(task, number, **values)).kind in (Kind.ASK, Kind.SUMMARY)
