"""Telegram's limits are kept whatever the network does, and nobody waits for somebody else's rest."""

from __future__ import annotations

import heapq
import math
import random
from collections import defaultdict

import pytest

from channels.telegram.pacing import Lane, Limits, Pacing


class Seconds:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def pacing(seconds: Seconds) -> Pacing:
    return Pacing(seconds)


def calls(pacing: Pacing, *identities: str, lane: Lane = Lane.MESSAGES) -> None:
    for identity in identities:
        assert begins(pacing, identity, lane)
        pacing.ended(identity, lane)


def begins(pacing: Pacing, identity: str, lane: Lane = Lane.MESSAGES) -> bool:
    return pacing.reserve(1) == 1 and pacing.begin(identity, lane)


def test_a_chat_rests_for_a_second_after_a_message_has_arrived(pacing: Pacing, seconds: Seconds) -> None:
    assert begins(pacing, "ann")
    seconds.now += 0.4
    pacing.ended("ann")
    seconds.now += 0.9
    assert pacing.resting() == {"ann"}
    seconds.now += 0.11
    assert pacing.resting() == set()


def test_a_chat_whose_call_has_no_answer_yet_rests(pacing: Pacing, seconds: Seconds) -> None:
    assert begins(pacing, "ann")
    seconds.now += 20
    assert pacing.resting() == {"ann"}


def test_a_call_that_nobody_ended_is_forgotten_in_the_end(pacing: Pacing, seconds: Seconds) -> None:
    assert begins(pacing, "ann")
    seconds.now += 61
    assert pacing.resting() == set()
    assert pacing.free() == 28


def test_edits_and_messages_do_not_hold_each_other_up(pacing: Pacing) -> None:
    calls(pacing, "ann", lane=Lane.EDITS)
    assert pacing.resting(Lane.MESSAGES) == set()
    assert pacing.resting(Lane.EDITS) == {"ann"}


def test_edits_and_messages_count_together_overall(pacing: Pacing, seconds: Seconds) -> None:
    calls(pacing, *(f"chat {number}" for number in range(20)))
    calls(pacing, *(f"chat {number}" for number in range(8)), lane=Lane.EDITS)
    assert pacing.free() == 0
    assert pacing.wait() == pytest.approx(1.0)
    seconds.now += 1
    assert pacing.free() == 28


def test_running_calls_are_not_free(pacing: Pacing, seconds: Seconds) -> None:
    for number in range(28):
        assert begins(pacing, f"chat {number}")
    seconds.now += 5
    assert pacing.free() == 0


def test_a_chat_that_telegram_wants_left_alone_rests_and_the_others_do_not(pacing: Pacing, seconds: Seconds) -> None:
    pacing.pause("ann", 7)
    pacing.pause("ann", 3)
    assert pacing.resting() == pacing.resting(Lane.EDITS) == {"ann"}
    assert pacing.free() == 28
    assert pacing.wait() == pytest.approx(7)
    seconds.now += 7
    assert pacing.resting() == set()


def test_a_group_hears_twenty_messages_a_minute(pacing: Pacing, seconds: Seconds) -> None:
    for _ in range(20):
        assert "-100" not in pacing.resting()
        calls(pacing, "-100")
        seconds.now += 1
    assert pacing.resting() == {"-100"}
    assert pacing.resting(Lane.EDITS) == set()
    assert pacing.wait() == pytest.approx(40)
    seconds.now += 40
    assert pacing.resting() == set()


def test_without_calls_there_is_nothing_to_wait_for(pacing: Pacing) -> None:
    assert pacing.wait() == math.inf
    assert pacing.free() == 28


def test_what_one_carrier_sets_aside_no_other_can_begin(pacing: Pacing) -> None:
    assert pacing.reserve(20) == 20
    assert pacing.reserve(20) == 8
    assert pacing.reserve(20) == pacing.free() == 0
    assert pacing.wait() == 0  # it is not for long
    pacing.give_back(15)
    assert pacing.reserve(20) == 15


def test_a_call_does_not_begin_where_another_was_quicker_with_its_chat(pacing: Pacing, seconds: Seconds) -> None:
    assert pacing.reserve(3) == 3
    assert pacing.begin("ann")
    assert not pacing.begin("ann")
    assert pacing.begin("ann", Lane.EDITS)
    assert pacing.free() == 26
    pacing.ended("ann")
    seconds.now += 1
    assert begins(pacing, "ann")


def test_no_more_is_set_aside_than_is_asked_for(pacing: Pacing) -> None:
    assert pacing.reserve(0) == pacing.reserve(-3) == 0
    assert pacing.free() == 28


def test_a_quicker_server_is_sent_to_more_quickly(seconds: Seconds) -> None:
    pacing = Pacing(seconds, Limits(scale=0.1))
    calls(pacing, "ann")
    seconds.now += 0.1
    assert pacing.resting() == set()


@pytest.mark.parametrize("slowest", [0.0, 0.2, 3.0])
def test_a_hundred_chats_with_twenty_messages_each_keep_the_limits_and_get_on_alike(slowest: float) -> None:
    chance, seconds = random.Random(3), Seconds()
    pacing = Pacing(seconds)
    chats = [f"chat {number}" for number in range(95)] + [f"-{number}" for number in range(5)]
    left = dict.fromkeys(chats, 20)
    arrivals: dict[str, list[float]] = defaultdict(list)
    ends: list[tuple[float, str]] = []
    while any(left.values()) or ends:
        while ends and ends[0][0] <= seconds.now:
            pacing.ended(heapq.heappop(ends)[1])
        resting, running = pacing.resting(), {chat for _, chat in ends}
        ready = [chat for chat in chats if left[chat] and chat not in resting and chat not in running]
        for chat in sorted(ready, key=lambda chat: len(arrivals[chat]))[: pacing.free()]:
            assert begins(pacing, chat)
            takes = chance.random() * slowest
            arrivals[chat].append(seconds.now + takes * chance.random())
            heapq.heappush(ends, (seconds.now + takes, chat))
            left[chat] -= 1
        soonest = min(pacing.wait(), ends[0][0] - seconds.now if ends else math.inf)
        seconds.now += max(soonest, 0.001) if math.isfinite(soonest) else 1.0
    assert all(len(arrivals[chat]) == 20 for chat in chats)
    for chat in chats:
        assert most_within(arrivals[chat], 1.0) == 1
        assert not chat.startswith("-") or most_within(arrivals[chat], 60.0) <= 20
    assert most_within([at for found in arrivals.values() for at in found], 1.0) <= 28
    tenth = sorted(found[9] for found in arrivals.values())
    assert tenth[-1] - tenth[0] <= 5 + 2 * slowest


def most_within(moments: list[float], span: float) -> int:
    """The most of them in any span of that length."""
    ordered, first, most = sorted(moments), 0, 0
    for last, at in enumerate(ordered):
        while ordered[first] <= at - span + 1e-6:
            first += 1
        most = max(most, last - first + 1)
    return most
