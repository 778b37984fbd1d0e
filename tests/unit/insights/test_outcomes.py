"""How conversations come out: always one of five, and which."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.insights.facts.outcomes import OUTCOMES, Ended, outcome_of

ends = st.builds(
    Ended,
    came_back=st.booleans(),
    to_people=st.booleans(),
    score=st.none() | st.integers(1, 5),
    said_so=st.booleans(),
    asked=st.booleans(),
    answered=st.booleans(),
    left_open=st.booleans(),
)


@given(ends)
def test_every_end_has_exactly_one_outcome(ended: Ended) -> None:
    assert OUTCOMES.count(outcome_of(ended)) == 1


@given(ends)
def test_whoever_came_back_was_not_helped_whatever_they_said(ended: Ended) -> None:
    assert outcome_of(replace(ended, came_back=True)) == "reopened"


@given(ends)
def test_people_come_before_what_the_bot_did(ended: Ended) -> None:
    assert outcome_of(replace(ended, came_back=False, to_people=True)) == "handed_off"


@given(ends)
def test_nothing_is_confirmed_without_a_word_of_the_customers(ended: Ended) -> None:
    said_nothing = replace(ended, score=None, said_so=False)
    assert outcome_of(said_nothing) != "confirmed"


@given(ends)
def test_a_rating_is_the_last_word_and_nothing_is_assumed_beside_it(ended: Ended) -> None:
    rated = replace(ended, came_back=False, to_people=False, score=ended.score or 3)
    assert outcome_of(rated) == ("confirmed" if (rated.score or 0) >= 4 else "abandoned")


@pytest.mark.parametrize(
    ("ended", "outcome"),
    [
        (Ended(), "assumed"),
        (Ended(said_so=True), "confirmed"),
        (Ended(said_so=True, score=2), "abandoned"),
        (Ended(left_open=True, score=5), "confirmed"),
        (Ended(left_open=True), "abandoned"),
        (Ended(answered=False), "abandoned"),
        (Ended(asked=False), "abandoned"),
        (Ended(asked=False, said_so=True), "abandoned"),
        (Ended(said_so=True, left_open=True), "confirmed"),
    ],
)
def test_what_counts_as_what(ended: Ended, outcome: str) -> None:
    assert outcome_of(ended) == outcome
