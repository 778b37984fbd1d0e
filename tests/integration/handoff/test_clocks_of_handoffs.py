"""The clocks of a handoff while it goes on: they start, stand still, go on, and what came late stays written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.handoff import owning
from bot.handoff.sla import mark_near
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.staffed_house import TIMES, House


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> House:
    """At ten o'clock of a Monday; people are there from eight to six."""
    clock.now = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    return House(database, clock, new_id)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


async def held(house: House) -> None:
    """Ada has the customer's conversation."""
    house.adds("ada")
    await house.asks("c1")
    await house.does(owning.claim, "c1", "ada")


async def test_a_request_starts_the_first_and_the_last_clock(house: House) -> None:
    await held(house)
    handoff = house.handoff("c1")
    assert handoff.waiting_since == at("02T10:00")
    assert (handoff.first_reply_due, handoff.next_reply_due) == (at("02T10:05"), None)
    assert handoff.resolution_due == at("02T18:00")
    house.clock.now = at("02T10:02")
    await house.writes("c1", "hello?")
    assert house.handoff("c1").waiting_since == at("02T10:00"), "who writes again does not begin to wait anew"
    assert house.handoff("c1").first_reply_due == at("02T10:05")


async def test_an_answer_stops_the_clock_and_the_time_to_the_end_stands_still(house: House) -> None:
    await held(house)
    house.clock.now = at("02T10:04")
    await house.answers("c1", "ada")
    handoff = house.handoff("c1")
    assert handoff.first_reply_at == at("02T10:04")
    assert (handoff.waiting_since, handoff.resolution_due) == (None, None)
    assert handoff.resolution_left == timedelta(hours=7, minutes=56).total_seconds()
    assert TIMES.clock_of(handoff, house.clock()) is None


async def test_the_customers_next_word_starts_the_next_clock_and_the_end_goes_on_with_what_was_left(
    house: House,
) -> None:
    await held(house)
    house.clock.now = at("02T10:04")
    await house.answers("c1", "ada")
    house.clock.now = at("02T17:50")
    await house.writes("c1", "and the blue one?")
    handoff = house.handoff("c1")
    assert handoff.next_reply_due == at("03T08:05"), "ten minutes today and five tomorrow"
    assert handoff.resolution_due == at("03T15:46")
    assert (handoff.resolution_left, handoff.first_reply_due) == (None, at("02T10:05"))
    clock = TIMES.clock_of(handoff, at("02T20:00"))
    assert clock is not None
    assert (clock.kind, clock.seconds_left, clock.state) == ("next_reply", 300, "ok")


async def test_what_comes_late_is_written_down_though_nobody_looked(house: House) -> None:
    await held(house)
    house.clock.now = at("02T10:30")
    await house.answers("c1", "ada")
    assert house.handoff("c1").first_reply_breached_at == at("02T10:05")
    await house.writes("c1")
    house.clock.now = at("02T11:30")
    await house.answers("c1", "ada")
    await house.writes("c1")
    house.clock.now = at("02T12:30")
    await house.answers("c1", "ada")
    assert house.handoff("c1").next_reply_breached_at == at("02T10:45"), "the first time"


async def test_what_is_overdue_when_it_ends_is_written_down(house: House) -> None:
    await held(house)
    house.clock.now = at("02T19:00")
    await house.does(owning.resolve, "c1", "ada")
    handoff = house.handoff("c1")
    assert (handoff.first_reply_breached_at, handoff.resolution_breached_at) == (at("02T10:05"), at("02T18:00"))


async def test_what_is_put_off_stands_still_until_it_is_taken_up(house: House) -> None:
    await held(house)
    house.clock.now = at("02T10:04")
    await house.answers("c1", "ada")
    await house.does(owning.snooze, "c1", "ada", at("05T09:00"))
    house.clock.now = at("04T12:00")
    await house.writes("c1", "any news?")
    handoff = house.handoff("c1")
    assert handoff.snoozed_until is None
    assert handoff.resolution_due == at("05T09:56")
    await house.answers("c1", "ada")
    await house.does(owning.snooze, "c1", "ada", at("05T09:00"))
    await house.does(owning.snooze, "c1", "ada", None)
    assert house.handoff("c1").resolution_due is None, "the customer has their answer"


async def test_putting_off_who_waits_for_an_answer_stops_only_the_time_to_the_end(house: House) -> None:
    await held(house)
    house.clock.now = at("02T10:01")
    await house.does(owning.snooze, "c1", "ada", at("02T12:00"))
    handoff = house.handoff("c1")
    assert (handoff.waiting_since, handoff.first_reply_due) == (at("02T10:00"), at("02T10:05"))
    assert handoff.resolution_due is None
    house.clock.now = at("02T11:01")
    await house.does(owning.snooze, "c1", "ada", None)
    assert house.handoff("c1").resolution_due == at("03T09:00")


async def test_what_was_put_off_and_is_given_to_another_runs_on(house: House) -> None:
    await held(house)
    house.adds("ben")
    house.clock.now = at("02T10:01")
    await house.does(owning.snooze, "c1", "ada", at("02T12:00"))
    house.clock.now = at("02T11:01")
    house.lives("ben")
    await house.does(owning.transfer, "c1", "ada", to_agent=house.agent("ben"))
    handoff = house.handoff("c1")
    assert (handoff.snoozed_until, handoff.resolution_due) == (None, at("03T09:00"))


async def test_an_end_that_was_overdue_stays_so_when_the_clock_goes_on(house: House) -> None:
    await held(house)
    house.clock.now = at("03T09:00")  # an hour of business time late
    await house.answers("c1", "ada")
    assert house.handoff("c1").resolution_left == -3600
    house.clock.now = at("03T11:00")
    await house.writes("c1")
    handoff = house.handoff("c1")
    assert handoff.resolution_due == at("03T10:00")
    assert handoff.resolution_breached_at == at("02T18:00")


async def test_back_in_the_queue_the_clocks_run_on(house: House) -> None:
    await held(house)
    house.clock.now = at("02T10:03")
    await house.service.change(
        lambda unit: owning.release(unit, house.ids["c1"], by=house.agent("ada"), why="released")
    )
    handoff = house.handoff("c1")
    assert (handoff.state, handoff.first_reply_due, handoff.waiting_since) == ("queued", at("02T10:05"), at("02T10:00"))


async def test_marking_twice_is_no_news(house: House) -> None:
    await held(house)
    handoff_id = house.handoff("c1").id
    news = []
    for moment in ("02T10:03", "02T10:04", "02T10:04", "02T10:05", "02T11:00", "02T17:30"):
        house.clock.now = at(moment)
        news.append(await house.service.transact(lambda unit: mark_near(unit, handoff_id, TIMES)))
    assert news == [False, True, False, True, False, False]
    await house.does(owning.resolve, "c1", "ada")
    house.clock.now = at("04T12:00")
    assert await house.service.transact(lambda unit: mark_near(unit, handoff_id, TIMES)) is False


async def test_each_late_reply_is_written_down_once_whoever_notices_it(house: House) -> None:
    await held(house)
    await house.answers("c1", "ada")
    handoff_id = house.handoff("c1").id
    news = []
    for asked, looked in (("02T10:30", "02T10:50"), ("02T12:00", "02T12:20"), ("02T13:00", None)):
        house.clock.now = at(asked)
        await house.writes("c1")
        for moment in (looked, looked) if looked else ():
            house.clock.now = at(moment)
            news.append(await house.service.transact(lambda unit: mark_near(unit, handoff_id, TIMES)))
        house.clock.forward(hours=1)
        await house.answers("c1", "ada")
    assert news == [True, False, True, False]
    late = [event for event in house.all_events("c1") if event.kind == "breached"]
    assert [event.at for event in late] == [at("02T10:45"), at("02T12:15"), at("02T13:15")]
    assert [event.details for event in late] == [{"kind": "next_reply"}] * 3


async def test_a_late_reply_that_is_never_given_is_written_down_at_the_end(house: House) -> None:
    await held(house)
    await house.answers("c1", "ada")
    for asked in ("02T10:30", "02T12:00"):
        house.clock.now = at(asked)
        await house.writes("c1")
        house.clock.forward(minutes=40)
        if asked == "02T10:30":
            await house.answers("c1", "ada")
    await house.does(owning.resolve, "c1", "ada")
    assert [event.at for event in house.all_events("c1") if event.kind == "breached"] == [
        at("02T10:45"),
        at("02T12:15"),
    ]
