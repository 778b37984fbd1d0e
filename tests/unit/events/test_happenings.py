"""What happened to a conversation, out of what is stored around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.events.courier import FIRST_PAUSE, LONGEST_PAUSE, MOST_ATTEMPTS
from bot.events.happenings import _OF_FACTS, Around, happenings
from bot.events.receiver import seconds_of
from bot.storage.insight_tables import conversation_facts

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
FACTS = {column.name: None for column in conversation_facts.c} | {"conversation_id": "c1", "customer_id": "p1"}
SURVEY = {
    "id": "s1",
    "about": "bot",
    "score": None,
    "comment": "my number is 020 7946 0991",
    "changes": 0,
    "asked_at": NOW,
    "answered_at": None,
    "closes_at": NOW + timedelta(days=3),
}


def kinds(facts: dict, around: Around) -> list[str]:
    return [one.kind for one in happenings(facts, around)]


def test_nothing_has_happened_to_a_conversation_that_goes_on() -> None:
    assert kinds(FACTS, Around()) == []


@pytest.mark.parametrize("state", ["due", "asked", "exempt"])
def test_a_survey_that_is_open_is_no_news(state) -> None:
    assert kinds(FACTS, Around(SURVEY | {"state": state})) == []


def test_each_change_of_a_score_is_something_new() -> None:
    answered = SURVEY | {"state": "answered", "score": 4, "answered_at": NOW}
    keys = [next(happenings(FACTS, Around(answered | {"changes": number}))).key for number in (0, 0, 1)]
    assert keys[0] == keys[1] != keys[2]


def test_a_survey_that_cannot_reach_anybody_any_more_is_told_before_its_time() -> None:
    (event,) = happenings(FACTS, Around(SURVEY | {"state": "undeliverable"}))
    assert event.body("e1", NOW)["at"] == "2026-03-31T12:00:00.000+00:00"
    assert event.at == SURVEY["closes_at"]


def test_no_body_has_a_comment() -> None:
    answered = SURVEY | {"state": "answered", "score": 1, "answered_at": NOW}
    (event,) = happenings(FACTS, Around(answered))
    assert "7946" not in str(event.body("e1", NOW))


def test_bodies_have_no_fact_that_is_words() -> None:
    assert set(_OF_FACTS) <= {column.name for column in conversation_facts.c}


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0", 0.0),
        ("-3", 0.0),
        ("99999999", 3600.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("Tue, 31 Mar 2026 12:01:00 GMT", 60.0),
        ("Tue, 31 Mar 2026 11:00:00 GMT", 0.0),
        ("Tue, 31 Mar 2026 12:01:00 -0000", 60.0),
    ],
)
def test_what_a_receiver_asks_for_is_understood(asked, seconds) -> None:
    assert seconds_of(asked, NOW) == seconds


def test_the_pauses_make_a_day() -> None:
    pauses = [min(FIRST_PAUSE * 2**number, LONGEST_PAUSE) for number in range(MOST_ATTEMPTS - 1)]
    assert 22 * 3600 < sum(pauses) < 26 * 3600
