"""Which messages are understood together, and for how long an answer is held back."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.conversations.bursts import MOST_CHARACTERS, MOST_MESSAGES, Bursts, Quiet, pending_turn
from bot.conversations.models import PendingTurn, Standing, TurnResult, Waiting

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STANDING = Standing("c", "u", "i", "en", 3, [], "bot", "open")
BURSTS = Bursts(timedelta(seconds=0.9), timedelta(seconds=4))
NOT_TOLD, NOT_SINCE = None, math.inf


def typed(*texts: str) -> list[Waiting]:
    return [
        Waiting(f"m{n}", f"x:{n}", "web", n, text, None, NOW + timedelta(seconds=n)) for n, text in enumerate(texts, 1)
    ]


def turn(*texts: str) -> PendingTurn:
    return pending_turn(STANDING, typed(*texts))


def understood_as(intent: str) -> TurnResult:
    return TurnResult([], [], (), {"intent": {"name": intent}}, None, 1.0, 0.0)


def test_texts_that_wait_together_are_one_turn_of_the_last_of_them() -> None:
    found = turn("hi", "where is my order", "it is late")
    assert found.text == "hi\nwhere is my order\nit is late"
    assert (found.message_id, found.external_id, found.seq) == ("m3", "x:3", 3)
    assert found.message_ids == ("m1", "m2", "m3")
    assert found.external_ids == ("x:1", "x:2", "x:3")
    assert found.received_at == NOW + timedelta(seconds=1)
    assert found.key == "m1"


def test_one_message_is_its_own_turn() -> None:
    found = turn("hi")
    assert (found.text, found.message_id, found.key, found.earlier) == ("hi", "m1", "m1", ())


def test_a_choice_ends_the_run_and_is_a_turn_of_its_own() -> None:
    waiting = typed("hi", "Yes", "really")
    waiting[1] = replace(waiting[1], payload="/affirm")
    assert pending_turn(STANDING, waiting).message_ids == ("m1",)
    chosen = pending_turn(STANDING, waiting[1:])
    assert (chosen.message_ids, chosen.payload) == (("m2",), "/affirm")


def test_texts_of_another_channel_wait_for_their_own_turn() -> None:
    waiting = typed("hi", "there")
    waiting[1] = replace(waiting[1], channel="telegram")
    assert pending_turn(STANDING, waiting).message_ids == ("m1",)


def test_a_turn_has_not_too_many_messages() -> None:
    assert len(turn(*["word"] * 20).message_ids) == MOST_MESSAGES


def test_a_turn_is_not_too_long_unless_its_first_message_is() -> None:
    half = "x" * (MOST_CHARACTERS // 2)
    assert len(turn(half, half, "more").message_ids) == 2
    assert len(turn("x" * (MOST_CHARACTERS + 1), "more").message_ids) == 1


@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope", "greet", "has_question", "return_items"])
def test_what_may_be_only_the_beginning_may_be_held(intent: str) -> None:
    assert BURSTS.may_hold(turn("um"), understood_as(intent))


@pytest.mark.parametrize("intent", ["track_order", "inform", "human", "affirm", "goodbye", "resend_code"])
def test_a_wish_or_a_fact_is_answered_at_once(intent: str) -> None:
    assert not BURSTS.may_hold(turn("um"), understood_as(intent))


@pytest.mark.parametrize("text", ["it is W1234567", "ann@example.com", "hi\n12"])
def test_what_may_hold_a_number_or_an_address_is_never_thrown_away(text: str) -> None:
    assert not BURSTS.may_hold(turn(*text.split("\n")), understood_as("nlu_fallback"))


def test_several_wishes_are_never_thrown_away_whatever_the_first_is() -> None:
    heard = [{"event": "user"}, {"event": "bot"}]
    assert BURSTS.may_hold(turn("um"), replace(understood_as("greet"), events=heard))
    assert not BURSTS.may_hold(turn("um"), replace(understood_as("greet"), events=[*heard, {"event": "user"}]))


def test_a_choice_is_answered_at_once() -> None:
    chosen = replace(turn("Hello"), payload="/greet")
    assert not BURSTS.may_hold(chosen, understood_as("greet"))


def test_nothing_is_held_where_holding_is_off_or_no_more_fits() -> None:
    assert not replace(BURSTS, quiet=timedelta(0)).may_hold(turn("um"), understood_as("nlu_fallback"))
    assert not BURSTS.may_hold(turn(*["um"] * MOST_MESSAGES), understood_as("nlu_fallback"))


def test_a_turn_without_understanding_is_answered_at_once() -> None:
    assert not BURSTS.may_hold(turn("um"), replace(understood_as("x"), understanding=None))


@pytest.mark.parametrize(
    ("intent", "waited", "held", "typing", "expected"),
    [
        ("nlu_fallback", 0.0, 0.0, NOT_TOLD, 0.9),
        ("nlu_fallback", 0.0, 0.5, NOT_TOLD, 0.4),
        ("nlu_fallback", 0.0, 0.5, NOT_SINCE, 0.4),
        ("nlu_fallback", 0.0, 0.5, 0.2, 2.3),
        ("nlu_fallback", 0.0, 3.0, 0.1, 1.0),  # not for ever
        ("nlu_fallback", 9.0, 0.0, 0.1, -5.0),  # after an outage they have waited long enough
        ("greet", 0.0, 0.0, NOT_TOLD, 0.0),  # a program says hello and waits
        ("greet", 0.0, 0.0, NOT_SINCE, 0.9),
        ("greet", 0.0, 0.3, 0.3, 2.2),
        ("return_items", 0.0, 0.0, NOT_TOLD, 0.0),
        ("return_items", 0.0, 0.0, NOT_SINCE, 0.0),
        ("return_items", 0.0, 0.3, 0.3, 2.2),
    ],
)
def test_an_answer_is_held_for_so_long(
    intent: str, waited: float, held: float, typing: float | None, expected: float
) -> None:
    assert BURSTS.pause(turn("um"), understood_as(intent), waited, Quiet(held, typing)) == pytest.approx(expected)


@pytest.mark.parametrize(("typing", "expected"), [(NOT_TOLD, 0.0), (NOT_SINCE, 0.9), (0.5, 2.0)])
def test_somebody_who_writes_in_pieces_is_given_time_after_what_sounds_whole(typing: float, expected: float) -> None:
    found = BURSTS.pause(turn("how long does", "a refund"), understood_as("refund_status"), 0.0, Quiet(0.0, typing))
    assert found == pytest.approx(expected)
