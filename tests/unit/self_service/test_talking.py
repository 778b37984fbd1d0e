"""One message within the requests of a conversation: answers, corrections, yes and no, back, and what is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.orders.changes import Reason, Refusal
from bot.self_service.deciding import Kind, next_step
from bot.self_service.request import Request, Slot, Task, begun
from bot.self_service.talking import Outcome, answer, asking, choose, go_back, note_of, opened, still_holds
from tests.support.asked_shop import (
    CARD,
    DELIVERED,
    GIFT,
    NEW,
    PAYPAL,
    PENDING,
    SECOND,
    SHIPPED,
    WORK,
    only,
    request,
    world,
)

WORLD = world()


def asked(request_: Request) -> Request:
    """The request with its next question put."""
    return asking(next_step(request_, WORLD))


CANCEL = asked(request(Task.CANCEL, PENDING, reason="no longer needed"))
BACK = asked(request(Task.RETURN, DELIVERED, picked=(0,), payment=CARD))
SWAP = asked(request(Task.SWAP, SECOND, picked=(0,), wanted={0: "mug-moss"}, payment=PAYPAL))
OTHER = request(Task.ADDRESS, SECOND)


def topics(outcome: Outcome) -> list[str]:
    return [note.topic for note in outcome.notes]


# -- yes and no ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["yes", "Yes, please go ahead", "do it", f"yes, cancel {PENDING}"])
def test_a_clear_yes_to_the_summary_has_it_done(text: str) -> None:
    assert answer([CANCEL], text, WORLD).act


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("yes no", "unclear_yes"),
        ("yes but wait", "unclear_yes"),
        ("I think so", "unclear_yes"),
        ("maybe", "unclear_yes"),
    ],
)
def test_half_a_yes_does_nothing(text: str, note: str) -> None:
    outcome = answer([CANCEL], text, WORLD)
    assert not outcome.act
    assert topics(outcome) == [note]
    assert outcome.requests == (CANCEL,)


@pytest.mark.parametrize(
    ("before", "text", "changed"),
    [
        (BACK, "yes, but to my gift card", {"payment": GIFT}),
        (BACK, "yes, and the lamp too", {"picked": (0, 1)}),
        (CANCEL, "yes, it was ordered by mistake", {"reason": "ordered by mistake"}),
    ],
)
def test_a_yes_with_a_correction_is_no_yes_to_the_old_summary(
    before: Request, text: str, changed: dict[str, object]
) -> None:
    outcome = answer([before], text, WORLD)
    assert not outcome.act
    assert {name: getattr(outcome.requests[0], name) for name in changed} == changed
    assert asked(outcome.requests[0]).summary != before.summary


def test_a_button_of_a_summary_that_has_changed_does_nothing() -> None:
    corrected = asked(answer([BACK], "to my gift card", WORLD).requests[0])
    outcome = choose([corrected], Slot.CONFIRMATION, f"yes:{BACK.summary}", None, WORLD)
    assert not outcome.act
    assert topics(outcome) == ["stale_yes"]
    assert choose([corrected], Slot.CONFIRMATION, f"yes:{corrected.summary}", None, WORLD).act


@pytest.mark.parametrize("value", ["yes", "yes:", "yes:None", "yes:0000"])
@pytest.mark.parametrize("before", [CANCEL, replace(CANCEL, summary=None), request(Task.CANCEL, PENDING)])
def test_a_yes_to_no_summary_that_was_shown_does_nothing(before: Request, value: str) -> None:
    assert not choose([before], Slot.CONFIRMATION, value, None, WORLD).act


@pytest.mark.parametrize("how", ["typed", "button"])
def test_declining_twice_drops_the_request_and_goes_on_with_the_other(how: str) -> None:
    def decline(requests: tuple[Request, ...]) -> Outcome:
        if how == "typed":
            return answer(requests, "no", WORLD)
        return choose(requests, Slot.CONFIRMATION, f"no:{CANCEL.summary}", None, WORLD)

    once = decline((CANCEL, OTHER))
    assert once.requests[0].declined
    assert once.dropped is None
    twice = decline(once.requests)
    assert twice.requests == (OTHER,)
    assert twice.dropped == once.requests[0]


@pytest.mark.parametrize("how", ["typed", "button"])
def test_a_correction_after_a_no_is_a_new_summary(how: str) -> None:
    declined = answer([BACK], "no", WORLD).requests
    typed = answer(declined, "to my gift card", WORLD)
    outcome = typed if how == "typed" else choose(declined, Slot.PAYMENT, GIFT, None, WORLD)
    assert not outcome.requests[0].declined
    assert outcome.requests[0].payment == GIFT


def test_a_summary_holds_only_while_the_shop_would_do_the_same() -> None:
    assert still_holds(CANCEL, WORLD)
    moved_on = tuple(replace(order, status=only(SHIPPED)[0].status) for order in only(PENDING))
    assert still_holds(CANCEL, world(moved_on)) is None
    assert still_holds(replace(CANCEL, reason="ordered by mistake"), WORLD) is None


# -- offers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "task"),
    [
        (request(Task.CANCEL, DELIVERED, reason="no longer needed"), Task.RETURN),
        (request(Task.RETURN, PENDING, picked=(0,), payment=CARD), Task.CANCEL),
    ],
)
def test_what_was_offered_instead_is_gone_on_with(before: Request, task: Task) -> None:
    outcome = answer([asked(before)], "yes", WORLD)
    taken = outcome.requests[0]
    assert not outcome.act
    assert (taken.task, taken.offer, taken.reason, taken.payment) == (task, None, None, None)
    assert next_step(taken, WORLD).kind in (Kind.ASK, Kind.SUMMARY)


def test_the_whole_order_may_be_cancelled_in_place_of_one_thing() -> None:
    outcome = answer([asked(request(Task.CANCEL, PENDING, picked=(0,)))], "yes", WORLD)
    assert next_step(outcome.requests[0], WORLD).slot is Slot.REASON


def test_an_offer_that_is_declined_is_over_at_once() -> None:
    outcome = answer([asked(request(Task.CANCEL, DELIVERED)), OTHER], "no thanks", WORLD)
    assert outcome.requests == (OTHER,)
    assert outcome.dropped is not None


# -- buttons ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "slot", "value", "place", "after"),
    [
        (request(Task.CANCEL), Slot.ORDER, SECOND, None, {"number": SECOND}),
        (CANCEL, Slot.ORDER, SECOND, None, {"number": SECOND, "reason": "no longer needed", "summary": None}),
        (CANCEL, Slot.REASON, "ordered by mistake", None, {"reason": "ordered by mistake"}),
        (BACK, Slot.PAYMENT, GIFT, None, {"payment": GIFT}),
        (SWAP, Slot.VARIANT, "mug-dusk", 0, {"wanted": {0: "mug-dusk"}}),
        (request(Task.ADDRESS, PENDING), Slot.ADDRESS, DELIVERED, None, {"address": WORK}),
        (request(Task.ADDRESS, PENDING), Slot.ADDRESS, "nowhere", None, {"address": None}),
        (request(Task.PROFILE), Slot.WHAT, "phone", None, {"what": "phone"}),
        (request(Task.RETURN, DELIVERED), Slot.ITEMS, "all", None, {"picked": (0, 1, 2), "picking": False}),
        (request(Task.RETURN, DELIVERED), Slot.ITEMS, "mug-moss", None, {"picked": (0,), "picking": True}),
        (request(Task.RETURN, DELIVERED, picked=(0,)), Slot.ITEMS, "mug-moss", None, {"picked": (0, 2)}),
        (request(Task.RETURN, DELIVERED, picked=(0, 2)), Slot.ITEMS, "mug-moss", None, {"picked": (0, 2)}),
        (request(Task.RETURN, DELIVERED, picked=(0,), picking=True), Slot.ITEMS, "done", None, {"picking": False}),
        (request(Task.RETURN, DELIVERED, unsure=(0, 1)), Slot.ITEMS, "lamp-sage", None, {"picked": (1,), "unsure": ()}),
    ],
)
def test_a_button_answers_its_question_or_corrects_an_earlier_answer(
    before: Request, slot: str, value: str, place: int | None, after: dict[str, object]
) -> None:
    chosen = choose([before], slot, value, place, WORLD).requests[0]
    assert {name: getattr(chosen, name) for name in after} == after


@pytest.mark.parametrize(
    ("before", "slot", "value", "place"),
    [
        (CANCEL, "dance", "x", None),
        (CANCEL, "", "", None),
        (SWAP, Slot.VARIANT, "mug-dusk", None),
        (request(Task.PROBLEM, DELIVERED), Slot.WHAT, "dance", None),
        (CANCEL, Slot.WHAT, "phone", None),
        (BACK, Slot.ITEMS, "spoon", None),
    ],
)
def test_a_button_that_was_never_shown_changes_nothing(
    before: Request, slot: str, value: str, place: int | None
) -> None:
    assert choose([before], slot, value, place, WORLD).requests == (before,)


@pytest.mark.parametrize(
    ("remedy", "task", "kept"),
    [("exchange_items", Task.SWAP, (1,)), ("return_items", Task.RETURN, (1,)), ("case", Task.PROBLEM, (1,))],
)
def test_a_problem_becomes_what_solves_it_with_the_same_things(remedy: str, task: Task, kept: tuple[int, ...]) -> None:
    problem = asked(request(Task.PROBLEM, DELIVERED, what="damaged", picked=kept))
    chosen = choose([problem], Slot.REMEDY, remedy, None, WORLD).requests[0]
    assert (chosen.task, chosen.picked) == (task, kept)


# -- answers and back ------------------------------------------------------------------------------------------------


def test_things_are_picked_one_by_one_until_the_customer_says_that_is_all() -> None:
    first = asked(choose([request(Task.RETURN, DELIVERED)], Slot.ITEMS, "mug-moss", None, WORLD).requests[0])
    assert first.asked == Slot.ITEMS
    done = answer([first], "that's all", WORLD).requests[0]
    assert (done.picked, done.picking) == ((0,), False)
    assert asked(done).asked == Slot.PAYMENT


@pytest.mark.parametrize("text", ["what is your return policy?", "hello", "hm"])
def test_what_is_about_something_else_is_no_answer(text: str) -> None:
    before = asked(request(Task.CANCEL, PENDING))
    outcome = answer([before], text, WORLD)
    assert not outcome.answered
    assert outcome.requests == (before,)


def test_going_back_undoes_one_answer_after_the_other() -> None:
    at = asked(request(Task.RETURN))
    for slot, value in ((Slot.ORDER, DELIVERED), (Slot.ITEMS, "all"), (Slot.PAYMENT, CARD)):
        at = asked(choose([at], slot, value, None, WORLD).requests[0])
    assert at.asked == Slot.CONFIRMATION
    questions = []
    while (outcome := go_back([at])).answered:
        at = asked(outcome.requests[0])
        questions.append(at.asked)
    assert questions == [Slot.PAYMENT, Slot.ITEMS, Slot.ORDER]
    assert (at.number, at.picked, at.payment, at.summary) == (None, (), None, None)


@pytest.mark.parametrize(
    ("before", "slot", "after"),
    [
        (SWAP, Slot.VARIANT, {"wanted": {}}),
        (CANCEL, Slot.REASON, {"reason": None}),
        (request(Task.ADDRESS, PENDING, address=NEW), Slot.ADDRESS, {"address": None}),
        (request(Task.PROFILE, what="phone"), Slot.WHAT, {"what": None}),
    ],
)
def test_going_back_forgets_the_last_answer_and_the_summary(
    before: Request, slot: Slot, after: dict[str, object]
) -> None:
    undone = go_back([before.answered(slot)]).requests[0]
    assert {name: getattr(undone, name) for name in after} == after
    assert undone.summary is None


def test_there_is_nothing_before_the_first_question() -> None:
    assert not go_back([request(Task.CANCEL)]).answered


# -- beginning -------------------------------------------------------------------------------------------------------


def test_what_began_a_request_is_heard_once_it_is_known_who_says_it() -> None:
    fresh = begun(Task.CANCEL, "m1").hears(f"cancel {PENDING} and {SECOND}, ordered by mistake")
    outcome = opened([fresh, OTHER], WORLD)
    assert [one.number for one in outcome.requests] == [PENDING, SECOND, OTHER.number]
    assert outcome.requests[0].reason == "ordered by mistake"
    second = opened(outcome.requests[1:], WORLD).requests[0]
    assert second.reason == "ordered by mistake"


def test_a_request_is_heard_only_once() -> None:
    first = opened([begun(Task.CANCEL, "m1").hears(f"cancel {PENDING}")], WORLD).requests
    assert opened(first, WORLD).requests == first


def test_the_order_that_was_spoken_of_last_is_meant() -> None:
    fresh = begun(Task.CANCEL, "m1").hears("cancel it")
    assert opened([fresh], world(at_hand=SECOND)).requests[0].number == SECOND
    assert opened([fresh], world(at_hand=SHIPPED)).requests[0].number is None


def test_a_note_names_the_order_it_is_about() -> None:
    note = note_of(Reason(Refusal.NOT_PENDING, {"status": "shipped"}), CANCEL)
    assert note.topic == "not_allowed_not_pending"
    assert note.about["number"] == PENDING
