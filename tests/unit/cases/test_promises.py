"""By when a person answers: a moment one can say, and how it is said in each language."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases.hours import BusinessHours
from bot.cases.promises import Promises
from bot.orders.formatting import Formatting
from tests.support.core import weekday_promises

LONDON = ZoneInfo("Europe/London")
PROMISES = weekday_promises()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-23T09:00", "2026-11-23T17:00"),
        ("2026-11-23T09:07", "2026-11-23T17:30"),
        ("2026-11-23T10:07:30.5", "2026-11-24T10:00"),
        ("2026-11-22T12:00", "2026-11-23T17:00"),
    ],
)
def test_a_promise_is_a_full_or_half_hour_of_the_clock(now: str, due: str) -> None:
    assert PROMISES.promise(local(now)) == local(due)


def test_a_call_back_has_hours_of_its_own() -> None:
    assert PROMISES.call_back(local("2026-11-23T16:10")) == local("2026-11-24T10:00")


@given(st.integers(0, 7 * 24 * 60))
def test_it_is_never_later_than_people_go_home(minutes: int) -> None:
    odd = Promises(
        BusinessHours.parse("Mon-Fri 08:45-17:10, Sat 10:00-11:55", "Europe/London"),
        case_hours=3.3,
        call_back_hours=1,
        formatting=Formatting("en-GB", "GBP", "Europe/London"),
    )
    due = odd.promise(local("2026-11-16T00:00") + timedelta(minutes=minutes)).astimezone(LONDON)
    clock = (due.hour, due.minute)
    assert (8, 45) < clock <= (17, 10)
    assert clock <= (11, 55) or due.weekday() < 5
    assert due.minute in (0, 30) or clock in ((17, 10), (11, 55))


@pytest.mark.parametrize(
    ("language", "due", "words"),
    [
        ("en", "2026-11-23T17:30", "by 17:30 today"),
        ("en", "2026-11-24T12:00", "by noon on Tuesday"),
        ("en", "2026-11-30T12:30", "by 12:30 on Monday 30 November"),
        ("de", "2026-11-23T17:30", "spätestens heute um 17:30 Uhr"),
        ("de", "2026-11-24T12:00", "spätestens am Dienstag um 12 Uhr"),
        ("es", "2026-11-23T17:30", "a más tardar hoy a las 17:30"),
        ("es", "2026-11-24T12:00", "a más tardar el martes a las 12 del mediodía"),
        ("fr", "2026-11-23T17:30", "au plus tard aujourd'hui à 17:30"),
        ("fr", "2026-11-30T12:00", "au plus tard lundi 30 novembre à midi"),
    ],
)
def test_it_is_said_in_the_customers_language_and_the_shops_time(language: str, due: str, words: str) -> None:
    assert PROMISES.words(local(due), local("2026-11-23T10:00"), language) == words
