"""The clocks of a handoff: what is due when, in business time, and which of them is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cases.hours import BusinessHours
from bot.handoff.sla import KINDS, SlaClock, Times

HOURS = BusinessHours.parse("Mon-Fri 09:00-12:00 13:00-17:00", "UTC")
TIMES = Times(timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=8), 75, HOURS)


@dataclass(frozen=True)
class Clocked:
    """The part of a handoff that clocks are read from."""

    state: str = "held"
    first_reply_at: datetime | None = None
    waiting_since: datetime | None = None
    first_reply_due: datetime | None = None
    next_reply_due: datetime | None = None
    resolution_due: datetime | None = None


def on(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


ASKED = Clocked("queued", None, on("23T11:58"), on("23T13:03"), None, on("24T13:58"))
ANSWERED = replace(ASKED, state="held", first_reply_at=on("23T11:59"), waiting_since=None)
WROTE_AGAIN = replace(ANSWERED, waiting_since=on("23T14:00"), next_reply_due=on("23T14:15"))


@pytest.mark.parametrize(
    ("kind", "since", "due"),
    [
        ("first_reply", "23T11:58", "23T13:03"),  # two minutes before lunch, and three after it
        ("first_reply", "23T16:58", "24T09:03"),
        ("next_reply", "27T16:50", "30T09:05"),  # over a weekend
        ("resolution", "23T13:00", "24T14:00"),
    ],
)
def test_due_moments_are_in_business_time(kind: str, since: str, due: str) -> None:
    assert TIMES.due(kind, on(since)) == on(due)  # type: ignore[arg-type]  # one of KINDS


@pytest.mark.parametrize(
    ("handoff", "now", "kind", "left", "state"),
    [
        (ASKED, "23T11:58", "first_reply", 300, "ok"),
        (ASKED, "23T12:30", "first_reply", 180, "ok"),  # lunch takes nothing away
        (ASKED, "23T13:02", "first_reply", 60, "warning"),
        (ASKED, "23T13:03", "first_reply", 0, "breached"),
        (ASKED, "23T14:03", "first_reply", -3600, "breached"),
        (ANSWERED, "23T14:00", "resolution", (3 + 3) * 3600 + 58 * 60, "ok"),
        (ANSWERED, "24T11:30", "resolution", 88 * 60, "warning"),
        (WROTE_AGAIN, "23T14:05", "next_reply", 600, "ok"),
        (WROTE_AGAIN, "23T14:12", "next_reply", 180, "warning"),
        (replace(WROTE_AGAIN, resolution_due=on("23T14:06")), "23T14:05", "resolution", 60, "warning"),
        # What is overdue anyway does not hide who waits now.
        (replace(WROTE_AGAIN, resolution_due=on("23T14:01")), "23T14:05", "next_reply", 600, "ok"),
    ],
)
def test_the_clock_that_asks_first_is_shown(handoff: Clocked, now: str, kind: str, left: float, state: str) -> None:
    clock = TIMES.clock_of(handoff, on(now))
    assert clock is not None
    assert (clock.kind, clock.seconds_left, clock.state) == (kind, left, state)


@pytest.mark.parametrize(
    "handoff",
    [
        Clocked(),
        replace(WROTE_AGAIN, state="closed"),
        replace(ANSWERED, resolution_due=None),  # it stands still: the customer has what they need
    ],
)
def test_no_clock_runs_where_nobody_waits(handoff: Clocked) -> None:
    assert TIMES.clock_of(handoff, on("23T14:05")) is None


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 60 * 24 * 9), st.integers(0, 60 * 24 * 3), st.sampled_from(KINDS), st.integers(1, 99))
def test_a_warning_comes_before_its_breach_and_goes_on_until_then(
    asked: int, later: int, kind: str, percent: int
) -> None:
    times = Times(timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=8), percent, HOURS)
    since = on("21T00:00") + timedelta(minutes=asked)
    due = times.due(kind, since)  # type: ignore[arg-type]
    waiting = Clocked("held", None if kind == "first_reply" else since, since if kind != "resolution" else None)
    handoff = replace(waiting, **{f"{kind}_due": due})  # type: ignore[arg-type]
    now = since + timedelta(minutes=later)
    clock = times.clock_of(handoff, now)
    warns = times.warns_at(kind, due)  # type: ignore[arg-type]
    assert since <= warns < due
    assert isinstance(clock, SlaClock)
    assert (clock.state == "breached") is (now >= due)
    assert (clock.state == "ok") is (now < warns)
    assert clock.seconds_left == HOURS.business_seconds(now, due)
