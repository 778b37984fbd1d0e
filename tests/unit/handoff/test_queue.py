"""Places in the queue: who is before whom, and whether the estimates are of any use, tried in simulated queues."""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from bot.handoff.models import Place
from bot.handoff.queue import RECENT, Pace, estimate
from bot.handoff.routing import Room, WaitingFor

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PACE = Pace(conversation_seconds=600, taken_after_seconds=20)


def waits(name: str, minute: float, language: str = "en", priority: int = 0, team: str | None = None) -> WaitingFor:
    return WaitingFor(name, language, START + timedelta(minutes=minute), priority, team)


def positions(queue: list[WaitingFor], rooms: list[Room]) -> dict[str, int]:
    return {name: place.position for name, place in estimate(queue, rooms, PACE).items()}


def test_priority_stands_first_and_then_who_asked_first() -> None:
    queue = [waits("late", 2), waits("early", 1), waits("returned", 3, priority=1)]
    assert positions(queue, [Room("a", 1, 1)]) == {"returned": 1, "early": 2, "late": 3}


def test_only_those_stand_before_somebody_who_may_go_to_the_same_people() -> None:
    german, english = Room("g", 2, 2, ("de",)), Room("e", 2, 2, ("en",))
    queue = [waits("d1", 1, "de"), waits("d2", 2, "de"), waits("e1", 3, "en"), waits("f1", 4, "fr")]
    # Nobody answers in French, so both do: whoever waits for either of them is before.
    assert positions(queue, [german, english]) == {"d1": 1, "d2": 2, "e1": 1, "f1": 4}


def test_who_waits_for_people_that_are_not_there_is_in_nobodys_way() -> None:
    queue = [waits("refund", 1, team="refunds"), waits("other", 2)]
    places = estimate(queue, [Room("a", 1, 1)], PACE)
    assert places == {"refund": Place(1, None), "other": Place(1, 600)}


def test_with_nobody_there_one_stands_where_one_came_and_nothing_is_estimated() -> None:
    assert estimate([waits("a", 1), waits("b", 2)], [], PACE) == {"a": Place(1, None), "b": Place(2, None)}


def test_nothing_is_estimated_without_a_history() -> None:
    assert estimate([waits("a", 1)], [Room("a", 1, 1)], None) == {"a": Place(1, None)}


@pytest.mark.parametrize(
    ("rooms", "etas"),
    [
        ([Room("a", 1, 1)], [600, 1200, 1800]),
        ([Room("a", 4, 4)], [150, 300, 450]),
        ([Room("a", 2, 2), Room("b", 2, 1)], [20, 150, 300]),  # one place is free: as long as it took of late
        ([Room("a", 2, 3)], [400, 600, 800]),  # who has more than fits finishes one more first
    ],
)
def test_the_wait_is_the_conversations_before_at_the_pace_of_those_places(rooms: list[Room], etas: list[int]) -> None:
    places = estimate([waits(str(number), number) for number in range(3)], rooms, PACE)
    assert [place.eta_seconds for place in places.values()] == etas


def exponential(chance: random.Random) -> float:
    return chance.expovariate(1 / 480)


def lognormal(chance: random.Random) -> float:
    return chance.lognormvariate(math.log(420), 0.8)


def with_some_that_lie_open(chance: random.Random) -> float:
    """One in twenty-five is finished the next day only; the agent has a place less meanwhile."""
    return chance.expovariate(1 / 480) if chance.random() > 0.04 else 3600.0 * 2


@pytest.mark.parametrize("times_of_service", [exponential, lognormal])
@pytest.mark.parametrize(("agents", "capacity"), [(1, 1), (2, 3), (5, 4)])
def test_estimates_in_a_simulated_queue_are_about_right(
    times_of_service: Callable[[random.Random], float], agents: int, capacity: int
) -> None:
    told, waited = _simulated(times_of_service, agents, capacity, seed=7)
    assert len(told) > 300
    assert 0.75 < sum(told) / sum(waited) < 1.33, "in the middle"
    within_factor_two = sum(1 for one, other in zip(told, waited, strict=True) if other / 2 <= one <= other * 2)
    assert within_factor_two / len(told) > 0.6


def test_conversations_that_lie_open_for_long_spoil_no_estimate() -> None:
    told, waited = _simulated(with_some_that_lie_open, 4, 4, seed=11)
    assert 0.5 < median(told) / median(waited) < 2


def _simulated(
    times_of_service: Callable[[random.Random], float], agents: int, capacity: int, seed: int
) -> tuple[list[float], list[float]]:
    """What customers were told when they came, and how long they then waited; those who had to wait."""
    chance, slots = random.Random(seed), agents * capacity
    sample = [times_of_service(chance) for _ in range(5000)]
    busy: list[float] = []  # when each place in use becomes free
    queue: deque[tuple[float, int]] = deque()
    held: deque[float] = deque(maxlen=RECENT)
    ends: list[tuple[float, float]] = []
    told, waited = [], []
    arrives = 0.0

    def take_until(moment: float) -> None:
        while queue and (len(busy) < slots or busy[0] <= moment):
            free = heapq.heappop(busy) if len(busy) >= slots else queue[0][0]
            came, eta = queue.popleft()
            _start(max(free, came))
            told.append(float(eta))
            waited.append(max(free - came, 0.0))
        while busy and busy[0] <= moment:
            heapq.heappop(busy)
        while ends and ends[0][0] <= moment:
            held.append(heapq.heappop(ends)[1])

    def _start(moment: float) -> None:
        length = times_of_service(chance)
        heapq.heappush(busy, moment + length)
        heapq.heappush(ends, (moment + length, length))

    # A little more comes than can be done, in waves, so that queues build up and go.
    every = sum(sample) / len(sample) / slots
    for number in range(1500):
        wave = 0.7 if number % 300 < 150 else 1.5
        arrives += chance.expovariate(1 / (every * wave))
        take_until(arrives)
        if len(busy) < slots:
            _start(arrives)
            continue
        pace = Pace(median(held) / math.log(2), 0) if len(held) >= 20 else None
        line = [waits(f"{place:05}", place) for place in range(len(queue) + 1)]
        rooms = [Room(f"a{agent}", capacity, capacity) for agent in range(agents)]
        eta = estimate(line, rooms, pace)[f"{len(queue):05}"].eta_seconds
        queue.append((arrives, eta or 0))
    pairs = [(one, other) for one, other in zip(told, waited, strict=True) if one]
    return [one for one, _ in pairs], [other for _, other in pairs]
