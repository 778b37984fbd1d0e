"""Telegram's limits as the sandbox counts them."""

from __future__ import annotations

import pytest

from tests.telegram.limits import IN_FLIGHT, TOLERANCE, Limits, Pacer
from tests.telegram.refusals import Refused

START = 1000.0


def refused_after(pacer: Pacer, at: float, *, chat: int = 1, group: bool = False) -> int | None:
    """What `retry_after` says, or None where the message went out."""
    try:
        pacer.send(chat, group=group, now=START + at)
    except Refused as refusal:
        return refusal.parameters["retry_after"]
    return None


def edit_refused_after(pacer: Pacer, at: float, message: int = 1) -> int | None:
    try:
        pacer.edit(1, message, now=START + at)
    except Refused as refusal:
        return refusal.parameters["retry_after"]
    return None


def test_one_message_a_second_goes_to_a_chat() -> None:
    pacer = Pacer(Limits())
    assert [refused_after(pacer, at) for at in (0, 1, 2.0)] == [None, None, None]
    assert refused_after(pacer, 2.5) == 1


def test_a_clock_may_be_a_little_ahead() -> None:
    pacer = Pacer(Limits())
    assert [refused_after(pacer, at) for at in (0, 1 - TOLERANCE)] == [None, None]


def test_chats_do_not_wait_for_each_other() -> None:
    pacer = Pacer(Limits())
    assert [refused_after(pacer, 0.01 * chat, chat=chat) for chat in range(10)] == [None] * 10


def test_a_penalty_holds_until_it_has_run_out() -> None:
    pacer = Pacer(Limits())
    assert refused_after(pacer, 0) is None
    assert refused_after(pacer, 0.5) == 1  # until 1.5
    assert refused_after(pacer, 1.2) == 1
    assert refused_after(pacer, 1.5) is None


def test_only_who_was_told_and_had_time_to_hear_it_ignores_a_penalty() -> None:
    pacer = Pacer(Limits())
    refused = [refused_after(pacer, at) for at in (0, 0.5, 0.5 + IN_FLIGHT / 2, 0.9)]
    assert (refused, pacer.ignored_retry_after) == ([None, 1, 1, 1], 1)


def test_twenty_messages_a_minute_go_to_a_group() -> None:
    pacer = Pacer(Limits())
    assert [refused_after(pacer, 1.0 * n, chat=-5, group=True) for n in range(20)] == [None] * 20
    assert refused_after(pacer, 20, chat=-5, group=True) == 40
    assert refused_after(pacer, 60, chat=-5, group=True) is None


def test_thirty_messages_and_edits_a_second_go_out_in_all() -> None:
    pacer = Pacer(Limits())
    assert [refused_after(pacer, 0.01 * chat, chat=chat) for chat in range(15)] == [None] * 15
    assert [edit_refused_after(pacer, 0.2, message) for message in range(15)] == [None] * 15
    assert refused_after(pacer, 0.3, chat=99) == 1
    assert refused_after(pacer, 0.4, chat=98) == 1  # the penalty is the bot's
    assert refused_after(pacer, 1.3, chat=98) is None


def test_edits_do_not_use_up_the_chats_messages() -> None:
    pacer = Pacer(Limits())
    assert edit_refused_after(pacer, 0) is None
    assert refused_after(pacer, 0.1) is None


def test_one_message_is_edited_once_a_second() -> None:
    pacer = Pacer(Limits())
    assert edit_refused_after(pacer, 0) is None
    assert edit_refused_after(pacer, 0.1, message=2) is None
    assert edit_refused_after(pacer, 0.5) == 1


@pytest.mark.parametrize(("scale", "second"), [(0.1, 0.1), (2.0, 2.0)])
def test_limits_can_be_quicker_or_slower(scale: float, second: float) -> None:
    pacer = Pacer(Limits(scale=scale))
    assert refused_after(pacer, 0) is None
    assert refused_after(pacer, 0.5 * second) == 1
    assert refused_after(pacer, 1.5 * second) is None


def test_limits_can_be_off() -> None:
    pacer = Pacer(Limits.off())
    assert [refused_after(pacer, 0) for _ in range(100)] == [None] * 100


def test_a_penalty_on_demand_closes_a_chat_even_without_limits() -> None:
    pacer = Pacer(Limits.off())
    pacer.punish(1, None, 3, now=START)
    assert refused_after(pacer, 1) == 2
    assert refused_after(pacer, 1, chat=2) is None
    assert edit_refused_after(pacer, 1) is None
    assert refused_after(pacer, 3) is None


def test_a_penalty_on_demand_closes_one_message_to_edits() -> None:
    pacer = Pacer(Limits())
    pacer.punish(1, 7, 2, now=START)
    assert edit_refused_after(pacer, 0.5, message=7) == 2
    assert edit_refused_after(pacer, 0.5, message=8) is None


def test_a_new_penalty_on_demand_counts_who_ignored_the_last_one() -> None:
    pacer = Pacer(Limits())
    for at in (0, 0.5, 1.5):
        pacer.punish(1, None, 1, now=START + at)
    assert pacer.ignored_retry_after == 1
