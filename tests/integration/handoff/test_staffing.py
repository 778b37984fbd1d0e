"""Whether somebody answers just now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.staff.models import Presence, Role
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.staffed_house import STAFFING, House


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> House:
    return House(database, clock, new_id)


def live(house: House, language: str = "en") -> bool:
    return house.database.read_now(lambda connection: STAFFING.live(connection, house.clock(), language))


def test_somebody_has_to_be_online_and_their_desk_alive(house: House) -> None:
    assert not live(house)
    house.adds("ada")
    assert live(house)
    house.clock.forward(seconds=60)
    assert live(house)
    house.clock.forward(seconds=1)
    assert not live(house)
    assert not STAFFING.answers(house.agent("ada"), house.clock())
    house.lives("ada")
    assert live(house)
    house.chooses("ada", Presence.AWAY)
    assert not live(house)


def test_who_only_reads_and_who_is_disabled_answers_nobody(house: House) -> None:
    house.adds("cleo", role=Role.ANALYST)
    house.adds("dan")
    house.disables("dan")
    assert not live(house)


def test_another_language_is_answered_where_nobody_speaks_it(house: House) -> None:
    house.adds("ada", languages=("en",))
    assert live(house, "de")


def test_outside_of_business_hours_nobody_is_there_however_long_they_stay(house: House) -> None:
    house.clock.now = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
    house.adds("ada")
    assert not live(house)
    assert STAFFING.next_opening(house.clock()) == datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
