"""A request survives the slot that keeps it, and whatever else is in that slot does no harm."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.self_service.request import Request, Task, begun, requests_in
from tests.support.asked_shop import HOME, WORK

FULL = Request(
    "r1",
    Task.SWAP,
    number="#W1000000",
    candidates=("#W1000000", "#W1000001"),
    picked=(0, 2),
    unsure=(1,),
    picking=True,
    wanted={0: "mug-dusk"},
    hints={2: "mug-dusk mug-chalk"},
    payment="credit-1",
    reason="no longer needed",
    address=HOME,
    partial=WORK,
    phone="02079460000",
    what="wrong",
    remedy="exchange_items",
    whole=True,
    asked="variant",
    about=0,
    trail=("order_number", "items"),
    summary="a1b2",
    sent=True,
    offer="return_items",
    declined=True,
    opened=True,
    heard=("I'd like another mug",),
    story=("Hello", "it's about a mug"),
)


@pytest.mark.parametrize("request_", [FULL, Request("r2", Task.CANCEL), Request("r3", Task.SWAP, about=0, picked=(0,))])
def test_a_request_is_the_same_after_the_slot_has_kept_it(request_: Request) -> None:
    kept = json.loads(json.dumps([request_.to_json()]))
    assert requests_in(kept) == (request_,)


def test_what_is_not_set_takes_no_room_in_the_slot() -> None:
    assert Request("r2", Task.CANCEL).to_json() == {"id": "r2", "task": "cancel_order"}


GOOD: dict[str, Any] = {"id": "r1", "task": "cancel_order"}
NO_TASKS: tuple[Any, ...] = ("dance", None, 3, [])
NO_TEXTS: tuple[Any, ...] = (5, [], {"a": 1})
NO_PLACE: tuple[Any, ...] = ("x", -1, [])
NO_PLACES: tuple[Any, ...] = (5, ["a"], [-1], [True], [[0]])


@pytest.mark.parametrize(
    "kept",
    [
        *(None, 7, "cancel_order", [], {}, [None], [7], ["x"], [[]], [[["id", "r1"]]], [{}], [{"id": "r1"}]),
        *([{**GOOD, "task": task}] for task in NO_TASKS),
        *([{**GOOD, "of_tomorrow": 1}], [{**GOOD, "id": 5}], [{"task": "cancel_order"}]),
        *([{**GOOD, name: value}] for name in ("number", "payment", "reason", "asked") for value in NO_TEXTS),
        *([{**GOOD, name: value}] for name in ("picked", "unsure") for value in NO_PLACES),
        *([{**GOOD, name: value}] for name in ("wanted", "hints") for value in (5, [0], {"a": "b"}, {"0": 1})),
        *([{**GOOD, name: value}] for name in ("candidates", "trail", "heard") for value in (5, [5], [["x"]])),
        *([{**GOOD, "address": value}] for value in ("London", {"line1": "1 Hill"}, {"planet": "Mars"}, [1])),
        *([{**GOOD, "about": value}] for value in NO_PLACE),
    ],
    ids=repr,
)
def test_what_is_no_request_is_passed_over(kept: Any) -> None:
    assert [found for found in requests_in(kept) if found != Request("r1", Task.CANCEL)] == []


def test_a_request_beside_something_unreadable_is_kept() -> None:
    assert requests_in([{"task": "dance"}, GOOD]) == (Request("r1", Task.CANCEL),)


def test_two_requests_of_one_message_have_ids_of_their_own() -> None:
    ids = [begun(Task.CANCEL, "0190f3f6-5a3e-7000-8000-abcdefabcdef", place).id for place in range(2)]
    assert ids == ["abcdefabcdef-0", "abcdefabcdef-1"]


def test_only_the_latest_texts_are_kept_and_none_without_end() -> None:
    request = Request("r1", Task.CANCEL)
    for place in range(20):
        request = request.hears(f"{place} " + "x" * 9000)
    assert [text.split()[0] for text in request.heard] == ["14", "15", "16", "17", "18", "19"]
    assert max(map(len, request.heard)) == 2000


def test_a_question_that_is_answered_twice_is_gone_back_to_once() -> None:
    request = Request("r1", Task.CANCEL).answered("order_number").answered("reason").answered("order_number")
    assert request.trail == ("reason", "order_number")


def test_places_that_the_order_has_no_more_are_forgotten() -> None:
    kept = FULL.within(1)
    assert (kept.picked, kept.unsure, kept.wanted, kept.hints, kept.about) == ((0,), (), {0: "mug-dusk"}, {}, 0)
    assert FULL.within(3) == FULL
