"""Updates are stored once, and kept as long as they may come again."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import orjson
import pytest
import sqlalchemy as sa

from bot.storage.channel_tables import telegram_updates
from channels.telegram.inbox import NO_CHAT, HandledElsewhere, Inbox, number_of, storable
from tests.support.plans import plans_of
from tests.support.telegram_updates import BOT_ID, ODD, broken, one_of_each, typed


@pytest.fixture
def inbox(database, clock) -> Inbox:
    return Inbox(database, BOT_ID, clock)


async def numbers(inbox: Inbox) -> list[int]:
    return [stored.update_id for stored in await inbox.waiting()]


async def test_what_comes_twice_is_stored_once(inbox) -> None:
    assert await inbox.store([typed(7, "a"), typed(5, "b"), typed(7, "a")]) == 2
    assert await inbox.store([typed(5, "b"), typed(6, "c")]) == 1
    assert await numbers(inbox) == [5, 6, 7]


async def test_what_is_stored_at_once_is_stored_once(inbox) -> None:
    new = await asyncio.gather(*(inbox.store([typed(n, "x") for n in range(20)]) for _ in range(6)))
    assert sum(new) == 20
    assert len(await numbers(inbox)) == 20


async def test_two_bots_have_numbers_of_their_own(database, clock, inbox) -> None:
    other = Inbox(database, BOT_ID + 1, clock)
    await inbox.store([typed(1, "a")])
    assert await other.store([typed(1, "b")]) == 1
    assert len(await numbers(inbox)) == len(await numbers(other)) == 1


@pytest.mark.parametrize("number", [None, "5", 5.0, True, -1, 2**63 - 1, 2**63, 10**30, [], {}])
async def test_what_has_no_number_is_left_out_and_the_rest_stored(inbox, number) -> None:
    assert await inbox.store([{"update_id": number, "message": {}}, typed(1, "a"), "x", None, []]) == 1
    assert await numbers(inbox) == [1]


async def test_the_largest_number_that_fits_is_stored(inbox) -> None:
    assert await inbox.store([typed(2**63 - 2, "a")]) == 1


async def test_any_broken_update_can_be_stored_and_read_back(inbox) -> None:
    chance = random.Random(11)
    raws = [broken(raw, chance) for raw in one_of_each() * 20]
    raws += [{"update_id": 0, "x": odd, "nested": [{"y": odd}]} for odd in ODD]
    for number, raw in enumerate(raws):
        raw["update_id"] = number
    for start in range(0, len(raws), 100):
        await inbox.store(raws[start : start + 100])
    assert len(await inbox.waiting(most=1000)) == len(raws)


def deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("levels", [10, 250, 400, 5000])
async def test_any_depth_can_be_stored(inbox, levels) -> None:
    assert await inbox.store([{"update_id": 1, "x": deep(levels)}]) == 1


def test_what_no_database_takes_is_replaced() -> None:
    raw = {"text": "a\0b\ud800", "n": 10**30, "\0k": ["\udc00", 1.5, None, True]}
    assert storable(raw) == {"text": "ab?", "n": None, "k": ["?", 1.5, None, True]}
    assert orjson.dumps(storable(raw))


def test_a_zero_that_is_only_spelled_out_stays() -> None:
    assert storable({"text": "\\u0000"}) == {"text": "\\u0000"}


async def test_a_handled_update_keeps_no_words(inbox, database, clock) -> None:
    await inbox.store([typed(1, "secret")])
    (stored,) = await inbox.waiting()
    await database.write(lambda c: inbox.mark_handled(c, stored, "text", clock()))
    assert await inbox.waiting() == []
    row = await database.read(lambda c: c.execute(sa.select(telegram_updates)).one())
    assert (row.body, row.outcome) == (None, "text")


async def test_an_update_is_handled_once_only(inbox, database, clock) -> None:
    await inbox.store([typed(1, "a")])
    (stored,) = await inbox.waiting()
    await database.write(lambda c: inbox.mark_handled(c, stored, "text", clock()))
    with pytest.raises(HandledElsewhere):
        await database.write(lambda c: inbox.mark_handled(c, stored, "text", clock()))


async def test_who_read_an_update_before_it_was_tried_again_handles_nothing(inbox, database, clock) -> None:
    await inbox.store([typed(1, "a")])
    (stored,) = await inbox.waiting()
    later = await database.write(lambda c: inbox.note_try(c, stored))
    with pytest.raises(HandledElsewhere):
        await database.write(lambda c: inbox.mark_handled(c, stored, "text", clock()))
    await database.write(lambda c: inbox.mark_handled(c, later, "text", clock()))


async def test_old_updates_are_forgotten_once_they_are_handled(inbox, database, clock) -> None:
    await inbox.store([typed(1, "a"), typed(2, "b")])
    (first, _) = await inbox.waiting()
    await database.write(lambda c: inbox.mark_handled(c, first, "text", clock()))
    clock.forward(days=5)
    assert await inbox.purge() == 0
    clock.forward(days=2)
    assert await inbox.purge() == 1
    assert await numbers(inbox) == [2]
    # A bot that heard nothing for a week may be given an old number again: it is a new update.
    assert await inbox.store([typed(1, "c")]) == 1


async def test_the_longest_waiting_chats_come_first_and_those_held_or_put_off_not_at_all(inbox, clock) -> None:
    await inbox.store([typed(n, "x", sender=sender) for n, sender in enumerate([7, 7, 9, 8, 9, 6, 8], 1)])
    await inbox.store([{"update_id": 8, "poll": {}}, {"update_id": 9, "poll": {}}])
    await inbox.postpone(3, timedelta(seconds=5))
    assert await inbox.due_chats(but=[], most=9) == [7, 8, 6, NO_CHAT]
    assert await inbox.due_chats(but=[7, NO_CHAT], most=1) == [8]
    assert [stored.update_id for stored in await inbox.waiting(chat=9)] == [3, 5]
    clock.forward(seconds=5)
    assert await inbox.due_chats(but=[7], most=2) == [9, 8]


async def test_what_waits_is_found_by_its_index_among_very_many_that_are_handled(inbox, database, clock) -> None:
    fixed = {"bot_id": BOT_ID, "attempts": 0, "received_at": clock(), "next_at": clock()}
    handled = [
        {**fixed, "update_id": n, "chat_id": n % 50, "handled_at": clock(), "outcome": "text"} for n in range(5000)
    ]
    await database.write(lambda connection: connection.execute(sa.insert(telegram_updates), handled))
    await inbox.store([typed(n, "x", sender=n % 7) for n in range(5000, 5100)])
    for work in (lambda: inbox.due_chats(but=[1, 2], most=8), lambda: inbox.waiting(chat=3)):
        (plan,) = await plans_of(database, work)
        assert "ix_telegram_updates_unhandled" in plan


@pytest.mark.parametrize("raw", [None, 1, "x", [], {}, {"update_id": "1"}])
def test_no_number_is_made_up(raw) -> None:
    assert number_of(raw) is None
