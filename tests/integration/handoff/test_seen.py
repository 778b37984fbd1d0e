"""Whether people are there, as seen a moment ago."""

from __future__ import annotations

from bot.handoff.seen import PeopleSeen
from tests.support.handed_over import House


async def test_people_are_seen_from_the_next_look_on(house: House) -> None:
    seen = PeopleSeen(house.database, house.there, ("en", "de"), house.clock)
    assert not seen("en")  # before the first look
    await seen.look()
    assert seen("en")
    assert seen("de")
    house.there.on = False
    assert seen("en")
    await seen.look()
    assert not seen("en")


async def test_of_a_language_that_nobody_asked_for_nothing_is_seen(house: House) -> None:
    seen = PeopleSeen(house.database, house.there, ("en",), house.clock)
    await seen.look()
    assert not seen("fr")
