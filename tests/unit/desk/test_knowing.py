"""How well a customer is known to an agent, from what was proven in the conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.customers.verification import Level
from bot.desk.knowing import Known, Proven
from tests.unit.desk.test_order_forms import an_order

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def proof(level: Level, customer: str = "ada", order: str | None = None, *, minutes: float = 10) -> Proven:
    method = "postcode" if order else "one_time_code"
    return Proven(level, method, order, customer, NOW - timedelta(hours=1), NOW + timedelta(minutes=minutes))


def known(*proofs: Proven) -> Known:
    return Known(proofs, NOW)


def test_nothing_proven_shows_nothing() -> None:
    nobody = known()
    assert (nobody.level, nobody.best, nobody.customer_id, nobody.is_sure) == (
        Level.ANONYMOUS,
        Level.ANONYMOUS,
        None,
        False,
    )
    assert not nobody.may_see(an_order())


def test_verified_shows_all_their_orders_and_nobody_elses() -> None:
    ada = known(proof(Level.VERIFIED))
    assert ada.is_sure
    assert ada.may_see(an_order())
    tom = known(proof(Level.VERIFIED, "tom"))
    assert not tom.may_see(an_order())


def test_matched_shows_the_order_that_was_opened_alone() -> None:
    matched = known(proof(Level.MATCHED, order="#W1"))
    assert (matched.level, matched.customer_id, matched.is_sure) == (Level.MATCHED, "ada", False)
    assert matched.may_see(an_order())
    assert not known(proof(Level.MATCHED, order="#W2")).may_see(an_order())


def test_what_ran_out_is_still_seen_and_no_longer_sure() -> None:
    before = known(proof(Level.VERIFIED, minutes=-1))
    assert (before.level, before.best, before.is_sure) == (Level.ANONYMOUS, Level.VERIFIED, False)
    assert before.may_see(an_order())


def test_of_two_proofs_the_one_that_holds_tells_most() -> None:
    holds, over = proof(Level.VERIFIED, "tom"), proof(Level.VERIFIED, "ada", minutes=-5)
    assert known(over, holds).telling == holds
    assert known(proof(Level.MATCHED, order="#W1"), over).telling == over
