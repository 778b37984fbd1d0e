"""What a customer says is taken into the request that is at hand: several facts at once, in everyday words."""

from __future__ import annotations

import pytest

from bot.self_service.hearing import hear, hear_again, moved_to
from bot.self_service.request import Request, Slot, Task
from tests.support.asked_shop import (
    CARD,
    DELIVERED,
    GIFT,
    HOME,
    NEW,
    PAYPAL,
    PENDING,
    POUCH,
    SAMS,
    SECOND,
    WORK,
    request,
    world,
)


def heard(asked: Request, text: str) -> Request:
    return hear(asked, text, world()).request


def notes(asked: Request, text: str) -> list[str]:
    return [note.topic for note in hear(asked, text, world()).notes]


# -- which order -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "text", "number"),
    [
        (Task.CANCEL, f"cancel {PENDING}", PENDING),
        (Task.CANCEL, "cancel w1000009 please", SECOND),
        (Task.CANCEL, "cancel the order with the kettle", PENDING),
        (Task.CANCEL, "cancel my latest order", PENDING),
        (Task.RETURN, "I want to send the pouch back", POUCH),
        (Task.RETURN, "return the mugs and the lamp", DELIVERED),
        (Task.SWAP, "a bigger kettle instead of mine", PENDING),
        (Task.CANCEL, "cancel my order", None),
    ],
)
def test_the_order_is_found_by_number_or_by_what_is_in_it(task: Task, text: str, number: str | None) -> None:
    assert heard(request(task), text).number == number


@pytest.mark.parametrize("number", [SAMS, "#W0000000"])
def test_another_customers_order_is_as_unknown_as_one_that_does_not_exist(number: str) -> None:
    found = hear(request(Task.CANCEL), f"cancel {number}", world())
    assert found.request.number is None
    assert [(note.topic, note.about) for note in found.notes] == [("unknown_order", {"number": number})]


@pytest.mark.parametrize(
    "text",
    [
        f"cancel {PENDING} and {SECOND}, I ordered them by mistake",
        "cancel both my pending orders, ordered by mistake",
    ],
)
def test_several_orders_are_as_many_requests(text: str) -> None:
    found = hear(request(Task.CANCEL), text, world())
    assert [found.request.number, *(other.number for other in found.more)] == [PENDING, SECOND]
    assert found.request.reason == "ordered by mistake"
    assert len({found.request.id, *(other.id for other in found.more)}) == 2


def test_what_was_said_for_several_orders_holds_for_each() -> None:
    text = f"cancel {PENDING} and {SECOND}, I ordered them by mistake"
    (other,) = hear(request(Task.CANCEL), text, world()).more
    assert hear_again(other, world()).reason == "ordered by mistake"


def test_another_number_at_a_question_corrects_the_order() -> None:
    asked = request(Task.CANCEL, PENDING, reason="no longer needed", picked=(0, 1), summary="m")
    found = heard(asked, f"sorry, I mean {SECOND}")
    assert (found.number, found.picked, found.summary) == (SECOND, (), None)


def test_another_number_with_also_is_a_further_request() -> None:
    found = hear(request(Task.CANCEL, PENDING, asked=Slot.CONFIRMATION), f"and also {SECOND}", world())
    assert found.request.number == PENDING
    assert [other.number for other in found.more] == [SECOND]


def test_what_hangs_on_an_order_does_not_move_to_another() -> None:
    asked = request(Task.SWAP, PENDING, picked=(0,), wanted={0: "lamp-sage"}, hints={1: "x"}, payment=CARD)
    moved = moved_to(asked, DELIVERED)
    assert (moved.number, moved.picked, moved.wanted, moved.hints) == (DELIVERED, (), {}, {})
    assert moved.payment == CARD


# -- which things ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        ("the lamp", (1,)),
        ("the mug", (0,)),
        ("both mugs", (0, 2)),
        ("a mug and the lamp", (0, 1)),
        ("all of it", (0, 1, 2)),
        ("everything except the lamp", (0, 2)),
        ("lamp-sage", (1,)),
        ("hello", ()),
    ],
)
def test_things_are_picked_by_what_they_are_called(text: str, picked: tuple[int, ...]) -> None:
    asked = request(Task.RETURN, DELIVERED, asked=Slot.ITEMS)
    assert heard(asked, text).picked == picked


def test_a_thing_named_at_the_summary_is_added() -> None:
    asked = request(Task.RETURN, DELIVERED, picked=(0,), asked=Slot.CONFIRMATION)
    assert heard(asked, "and the lamp").picked == (0, 1)


def test_only_this_one_at_the_summary_replaces_the_others() -> None:
    asked = request(Task.RETURN, DELIVERED, picked=(0, 1), asked=Slot.CONFIRMATION)
    assert heard(asked, "only the lamp").picked == (1,)


def test_what_is_left_out_is_no_longer_picked_and_has_no_version() -> None:
    asked = request(
        Task.SWAP, DELIVERED, picked=(0, 1), wanted={0: "mug-dusk", 1: "lamp-sand"}, asked=Slot.CONFIRMATION
    )
    found = heard(asked, "not the lamp")
    assert (found.picked, dict(found.wanted)) == ((0,), {0: "mug-dusk"})


# -- which versions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "text", "wanted"),
    [
        (request(Task.SWAP, PENDING), "swap the kettle for the large one", {1: "kettle-large"}),
        (request(Task.SWAP, PENDING, picked=(1,), asked=Slot.VARIANT, about=1), "the bigger one", {1: "kettle-large"}),
        (request(Task.SWAP, PENDING, picked=(0,), asked=Slot.VARIANT, about=0), "sage", {0: "lamp-sage"}),
        (request(Task.SWAP, PENDING, picked=(0,), asked=Slot.VARIANT, about=0), "lamp-sage", {0: "lamp-sage"}),
        (
            request(Task.SWAP, PENDING),
            "change the lamp to sage and the kettle to the large one",
            {0: "lamp-sage", 1: "kettle-large"},
        ),
    ],
)
def test_versions_are_understood_in_words(asked: Request, text: str, wanted: dict[int, str]) -> None:
    assert dict(heard(asked, text).wanted) == wanted


def test_a_version_said_at_the_summary_corrects_the_earlier_one() -> None:
    asked = request(Task.SWAP, SECOND, picked=(0,), wanted={0: "mug-moss"}, asked=Slot.CONFIRMATION)
    assert dict(heard(asked, "no, make it dusk").wanted) == {0: "mug-dusk"}


@pytest.mark.parametrize(
    ("text", "note"), [("in purple please", "no_such_version"), ("the ink one", "version_sold_out")]
)
def test_a_version_that_cannot_be_had_is_told(text: str, note: str) -> None:
    asked = request(Task.SWAP, PENDING, picked=(0,), asked=Slot.VARIANT, about=0)
    assert notes(asked, text) == [note]
    assert dict(heard(asked, text).wanted) == {}


# -- how, why, where -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "payment"),
    [
        ("to my gift card", GIFT),
        ("paypal please", PAYPAL),
        ("the visa", CARD),
        ("the way I paid", CARD),
        ("not sure", None),
    ],
)
def test_payment_methods_are_understood_in_words(text: str, payment: str | None) -> None:
    assert heard(request(Task.RETURN, DELIVERED, picked=(0,), asked=Slot.PAYMENT), text).payment == payment


@pytest.mark.parametrize(
    ("text", "reason", "told"),
    [
        ("I don't need it any more", "no longer needed", []),
        ("it was by accident", "ordered by mistake", []),
        ("too expensive", None, ["reason_not_accepted"]),
        ("hm", None, []),
    ],
)
def test_reasons_are_those_of_the_shop(text: str, reason: str | None, told: list[str]) -> None:
    asked = request(Task.CANCEL, PENDING, asked=Slot.REASON)
    assert heard(asked, text).reason == reason
    assert notes(asked, text) == told


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("3 Hill Road, York YO1 7HH", NEW),
        ("my Leeds address", WORK),
        (f"the same as order {DELIVERED}", WORK),
    ],
)
def test_an_address_is_read_from_one_line_or_taken_from_another_order(text: str, address: object) -> None:
    found = heard(request(Task.ADDRESS, PENDING, asked=Slot.ADDRESS), text)
    assert (found.number, found.address) == (PENDING, address)


def test_half_an_address_is_kept_until_the_rest_comes() -> None:
    half = heard(request(Task.ADDRESS, PENDING, asked=Slot.ADDRESS), "3 Hill Road, York")
    assert half.address is None
    assert half.partial is not None
    assert heard(half, "YO1 7HH").address == NEW


@pytest.mark.parametrize(
    ("text", "what", "phone"),
    [
        ("I have a new phone number: 020 7946 0958", "phone", "02079460958"),
        ("I moved", "address", None),
        ("my surname has changed", "other", None),
        ("something is different", None, None),
    ],
)
def test_what_of_a_profile_is_to_be_changed(text: str, what: str | None, phone: str | None) -> None:
    found = heard(request(Task.PROFILE), text)
    assert (found.what, found.phone) == (what, phone)


@pytest.mark.parametrize(
    ("text", "what"),
    [("the lamp is broken", "damaged"), ("a mug is missing", "missing"), ("it never arrived", "late"), ("hm", None)],
)
def test_what_went_wrong_with_an_order(text: str, what: str | None) -> None:
    assert heard(request(Task.PROBLEM, DELIVERED), text).what == what


# -- nothing in it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " ", "hello", "😀", "?" * 3000, "<script>", "\x00", "12" * 500])
@pytest.mark.parametrize("task", list(Task))
def test_a_text_without_a_fact_changes_nothing(task: Task, text: str) -> None:
    asked = request(task, None if task is Task.PROFILE else DELIVERED)
    found = hear(asked, text, world())
    assert found.request == asked
    assert not found.more


@pytest.mark.parametrize("values", [{"picked": (9,)}, {"about": 9, "asked": Slot.VARIANT}, {"wanted": {9: "x"}}])
def test_places_that_the_order_has_not_are_heard_for_none(values: dict[str, object]) -> None:
    assert heard(request(Task.SWAP, PENDING, **values), "the large one").picked == ()


def test_what_was_answered_since_outlives_hearing_again() -> None:
    asked = request(Task.CANCEL, PENDING, heard=("cancel it, I don't need it any more",), asked=Slot.CONFIRMATION)
    found = hear_again(asked, world())
    assert (found.number, found.asked, found.reason) == (PENDING, Slot.CONFIRMATION, "no longer needed")
    assert HOME not in (found.address, found.partial)
