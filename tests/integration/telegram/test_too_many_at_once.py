"""How much one customer may send on Telegram: as fast as anybody writes, and more is met with a sentence."""

from __future__ import annotations

import pytest

from tests.support.telegram_in import WayIn, way_in
from tests.support.telegram_updates import sent, tapped, typed


@pytest.fixture
def hurried(database, clock, new_id) -> WayIn:
    return way_in(database, clock, new_id, most_at_once=3)


async def test_who_sends_more_than_anybody_writes_hears_so_once_a_minute(hurried, clock) -> None:
    def at(n: int, **content: object) -> dict:
        return sent(n, n, date=int(clock().timestamp()), **content)

    await hurried.takes(*(at(n, text=f"message {n}") for n in (1, 2)), at(3, sticker={"file_id": "S"}))
    await hurried.takes(
        at(4, text="four"), at(5, text="/help"), at(6, sticker={"file_id": "S"}), typed(7, "x", sender=43)
    )
    assert (await hurried.outcomes()) == {
        1: "text",
        2: "text",
        3: "media",
        7: "text",
        **dict.fromkeys((4, 5, 6), "too_fast"),
    }
    assert await hurried.told() == ["utter_app_too_fast"]
    clock.forward(seconds=2)
    await hurried.takes(*(at(n, text=f"message {n}") for n in (8, 9, 10)))
    assert [(await hurried.outcomes())[n] for n in (8, 9, 10)] == ["text", "text", "too_fast"]
    clock.forward(seconds=60)
    await hurried.takes(*(at(n, text=f"message {n}") for n in range(11, 16)))
    assert await hurried.told() == ["utter_app_too_fast"] * 2


async def test_a_tap_too_many_stops_turning(hurried) -> None:
    await hurried.takes(*(typed(n, f"message {n}", number=n) for n in (1, 2, 3)), tapped(4, "c" * 32))
    assert (await hurried.outcomes())[4] == "too_fast"
    assert len(hurried.client.answers()) == 1


async def test_what_was_written_over_an_hour_is_taken_when_it_comes_all_at_once(hurried, clock) -> None:
    now = int(clock().timestamp())
    await hurried.takes(*(sent(n, n, text=f"message {n}", date=now - 3600 + 60 * n) for n in range(1, 21)))
    assert set((await hurried.outcomes()).values()) == {"text"}
