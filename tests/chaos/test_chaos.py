"""The short chaos run: 40 kills over 400 messages, and not one message lost or answered twice."""

import os

import pytest

from tests.chaos.__main__ import run, table, verdict, write


@pytest.mark.chaos
def test_forty_kills_over_four_hundred_messages_lose_nothing() -> None:
    outcome = run(
        kills=40,
        messages=400,
        customers=20,
        seed=int(os.environ.get("CHAOS_SEED", "1")),
        postgres="",
        say=print,
    )
    write(outcome)
    print(table(outcome.counts))
    assert not outcome.breaches, verdict(outcome.breaches)
