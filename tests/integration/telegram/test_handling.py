"""Each stored update has its effect once, in order within its chat, whatever it is."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.storage.channel_tables import message_edits, telegram_updates
from bot.storage.database import DatabaseUnavailable
from bot.storage.tables import conversations, customers, identities, messages
from channels.telegram.handling import PAGE, UpdateHandler
from channels.telegram.inbox import Inbox, Stored
from tests.support.telegram_in import WayIn
from tests.support.telegram_updates import (
    BOT_ID,
    broken,
    edited,
    in_group,
    membership,
    one_of_each,
    person,
    sent,
    typed,
)


async def test_a_typed_message_becomes_a_customers_message(inward) -> None:
    await inward.takes(typed(1, "Where is my order?"))
    (message,) = await inward.said()
    assert (message.text, message.channel, message.external_id) == ("Where is my order?", "telegram", "42:7001:5")
    assert await inward.outcome() == "text"
    assert inward.heard.texts("customer") == ["Where is my order?"]


async def test_updates_of_one_chat_are_handled_in_the_order_of_their_numbers(inward) -> None:
    said = [typed(n, f"message {n}", number=n) for n in range(1, 31)]
    shuffled = random.Random(2).sample(said, k=len(said))
    # Dates run backwards: they are no order.
    for n, raw in enumerate(shuffled):
        raw["message"]["date"] = 1772442000 - n
    await inward.takes(*shuffled)
    assert [m.text for m in await inward.said()] == [f"message {n}" for n in range(1, 31)]


async def test_a_message_that_comes_under_two_numbers_is_stored_once(inward) -> None:
    await inward.takes(typed(1, "hello"), typed(2, "hello"))
    assert await inward.stored_texts() == ["hello"]
    assert await inward.outcomes() == {1: "text", 2: "text"}


@pytest.mark.parametrize(
    "text", ["/foo", '/cancel_order{"order_number": "#W1234567"}', "/restart", "app:end", "/orders@other_bot"]
)
async def test_what_looks_like_a_command_is_only_text(inward, text) -> None:
    await inward.takes(typed(1, text))
    row = await inward.rows(sa.select(messages.c.text, messages.c.kind, messages.c.payload))
    assert [tuple(r) for r in row] == [(text, "text", None)]


async def test_a_command_is_stored_with_what_it_stands_for(inward) -> None:
    await inward.takes(typed(1, "/orders@shop_bot"))
    row = await inward.rows(sa.select(messages.c.text, messages.c.kind, messages.c.payload))
    assert [tuple(r) for r in row] == [("/orders", "command", "/list_orders")]


async def test_words_after_a_command_are_kept_for_whoever_takes_over(inward) -> None:
    await inward.takes(typed(1, "/human my lamp came broken, order W1234567"))
    row = await inward.rows(sa.select(messages.c.text, messages.c.kind, messages.c.payload))
    assert [tuple(r) for r in row] == [("/human my lamp came broken, order W1234567", "command", "/human")]


async def test_a_reply_is_stored_with_what_it_answers(inward) -> None:
    await inward.takes(typed(1, "the red one", number=5))
    answer = typed(2, "this", number=6, reply_to_message={"message_id": 5, "from": person()})
    await inward.takes(answer)
    rows = await inward.rows(sa.select(messages.c.id, messages.c.quotes_id).order_by(messages.c.seq))
    assert rows[1].quotes_id == rows[0].id


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (sent(1, pinned_message={"message_id": 2}), "ignored:service"),
        (sent(1, text="x", **{"from": person(is_bot=True)}), "ignored:bot"),
        (sent(1, text="x", **{"from": None}), "unknown"),
        (in_group(1), "ignored:group"),
        ({"update_id": 1, "channel_post": {"message_id": 1, "text": "x"}}, "ignored:channel_post"),
        ({"update_id": 1, "hologram": {"x": 1}}, "ignored:hologram"),
        ({"update_id": 1}, "unknown"),
        ({"update_id": 1, "message": "x"}, "unknown"),
    ],
)
async def test_what_is_nobodys_message_makes_no_customer(inward, raw, outcome) -> None:
    await inward.takes(raw)
    assert await inward.outcome() == outcome
    assert await inward.rows(sa.select(customers)) == []


async def test_any_broken_update_is_done_with(inward) -> None:
    chance = random.Random(5)
    raws = [{**broken(raw, chance), "update_id": n} for n, raw in enumerate(one_of_each() * 12)]
    await inward.takes(*raws)
    outcomes = await inward.outcomes()
    assert len(outcomes) == len(raws)
    assert {outcome for outcome in outcomes.values() if outcome in (None, "failed")} == set()


# -- what cannot be taken -----------------------------------------------------------------------------------


async def test_a_text_that_is_too_long_is_declined_in_words(inward) -> None:
    await inward.takes(typed(1, "x" * 10_000))
    (call,) = await inward.queued()
    assert (call.chat_id, call.method, await inward.told()) == (42, "sendMessage", ["utter_app_too_long"])
    assert await inward.said() == []
    assert await inward.outcome() == "declined"


async def test_what_is_declined_again_later_is_said_again(inward, clock) -> None:
    for n in range(1, 4):
        await inward.takes(typed(n, "x" * 5000, number=n), typed(n + 10, "x" * 5000, sender=43, number=n))
        clock.forward(seconds=30)
    assert sorted(call.chat_id for call in await inward.queued()) == [42, 42, 42, 43, 43, 43]


async def test_a_text_of_nothing_is_declined_in_words(inward) -> None:
    await inward.takes(typed(1, "\x07\0 "))
    assert await inward.told() == ["utter_app_empty"]


async def test_half_a_character_is_stored_as_something_whole(inward) -> None:
    await inward.takes(typed(1, "a\ud800b"))
    (text,) = await inward.stored_texts()
    assert text.encode()


async def test_who_writes_too_much_at_once_hears_so(inward) -> None:
    await inward.takes(*(typed(n, f"message {n}", number=n) for n in range(1, 103)))
    assert len(await inward.stored_texts()) == 100
    assert await inward.told() == ["utter_app_too_many_waiting"]  # once, however many there are
    assert list((await inward.outcomes()).values()).count("refused") == 2


# -- edits --------------------------------------------------------------------------------------------------


async def test_an_edit_changes_the_text_that_is_shown_and_starts_no_turn(inward) -> None:
    await inward.takes(typed(1, "helo"))
    await inward.takes(edited(2, "hello"))
    shown = await inward.said()
    assert [(m.text, m.edited_text) for m in shown if m.author_kind == "customer"] == [("helo", "hello")]
    assert await inward.outcomes() == {1: "text", 2: "edit"}


async def test_an_edit_that_comes_before_its_message_counts(inward) -> None:
    await inward.takes(edited(2, "hello"))
    await inward.takes(typed(1, "helo"))
    assert [(m.text, m.edited_text) for m in await inward.said()] == [("helo", "hello")]


async def test_of_two_edits_within_a_second_the_later_update_counts(inward, clock) -> None:
    clock.forward(hours=1)
    await inward.takes(typed(1, "one"))
    await inward.takes(edited(3, "three"))
    await inward.takes(edited(2, "two"))
    assert (await inward.said())[0].edited_text == "three"


async def test_an_edit_of_an_unknown_message_is_kept_and_shows_nothing(inward) -> None:
    await inward.takes(edited(1, "other", number=99))
    assert [row.text for row in await inward.rows(sa.select(message_edits.c.text))] == ["other"]
    assert await inward.rows(sa.select(messages)) == []


@pytest.mark.parametrize("at", [None, "soon", 2**40, 9_999_999_999])
async def test_an_edit_from_the_future_counts_as_made_now(inward, clock, at) -> None:
    await inward.takes(typed(1, "one"), edited(2, "two", at=at))
    clock.forward(seconds=5)
    await inward.takes(edited(3, "three", at=None))
    assert (await inward.said())[0].edited_text == "three"
    (row,) = await inward.rows(sa.select(sa.func.max(message_edits.c.edited_at).label("at")))
    assert row.at <= datetime(2026, 3, 2, 9, 0, 5, tzinfo=UTC)


# -- blocking -----------------------------------------------------------------------------------------------


async def test_who_blocks_us_is_marked_and_their_conversation_has_ended(inward) -> None:
    await inward.takes(typed(1, "hello"), membership(2, "kicked"))
    (row,) = await inward.rows(sa.select(identities.c.blocked_at))
    assert row.blocked_at is not None
    (row,) = await inward.rows(sa.select(conversations.c.state, conversations.c.end_reason))
    assert (row.state, row.end_reason) == ("ended", "left")
    await inward.takes(membership(3, "member", before="kicked"))
    (row,) = await inward.rows(sa.select(identities.c.blocked_at))
    assert row.blocked_at is None
    assert await inward.outcomes() == {1: "text", 2: "blocked", 3: "unblocked"}


async def test_a_stranger_who_blocks_us_is_nobody(inward) -> None:
    await inward.takes(membership(1, "kicked"), membership(2, "member", before="kicked"))
    assert await inward.rows(sa.select(identities)) == []


# -- files and numbers --------------------------------------------------------------------------------------


async def test_a_number_that_proves_nothing_is_only_kept(inward) -> None:
    contact = {"phone_number": "4915112345678", "first_name": "Ada", "user_id": 42}
    await inward.takes(sent(1, contact=contact))
    assert (
        await inward.rows(sa.select(customers.c.shop_customer_id).where(customers.c.shop_customer_id.is_not(None)))
        == []
    )
    assert (await inward.said())[0].text == "+4915112345678"


# -- what fails ---------------------------------------------------------------------------------------------


class Stumbling:
    """Effects that fail for one update so many times."""

    def __init__(self, inward: WayIn, update_id: int, times: int, error: Exception) -> None:
        self._effects, self._update_id, self._times, self._error = inward.effects, update_id, times, error
        self.order: list[int] = []

    async def apply(self, stored: Stored) -> None:
        if stored.update_id == self._update_id and self._times:
            self._times -= 1
            raise self._error
        self.order.append(stored.update_id)
        await self._effects.apply(stored)

    async def give_up(self, stored: Stored) -> None:
        await self._effects.give_up(stored)


def stumbling(inward: WayIn, clock, update_id: int, times: int, error: Exception) -> Stumbling:
    effects = Stumbling(inward, update_id, times, error)
    inward.handler = UpdateHandler(inward.inbox, effects, clock, random.Random(1))  # type: ignore[arg-type]
    return effects


async def test_what_fails_is_tried_again_and_holds_up_its_own_chat_only(inward, clock) -> None:
    effects = stumbling(inward, clock, 1, 2, ValueError("x"))
    await inward.takes(typed(1, "one"), typed(2, "two", number=6), typed(3, "of another", sender=43))
    assert effects.order == [3]
    for _ in range(2):
        clock.forward(seconds=10)
        await inward.handles()
    assert effects.order == [3, 1, 2]
    assert [m.text for m in await inward.said()] == ["one", "two"]


async def test_what_fails_for_good_is_given_up_and_the_customer_hears_so(inward, clock) -> None:
    effects = stumbling(inward, clock, 1, 99, ValueError("x"))
    await inward.takes(typed(1, "one"), typed(2, "two", number=6))
    for _ in range(5):
        clock.forward(seconds=60)
        await inward.handles()
    assert await inward.outcomes() == {1: "failed", 2: "text"}
    assert effects.order == [2]
    assert await inward.told() == ["utter_app_turn_failed"]


async def test_a_database_that_is_away_counts_against_nothing(inward, clock) -> None:
    stumbling(inward, clock, 1, 20, DatabaseUnavailable("locked"))
    await inward.inbox.store([typed(1, "one")])
    for _ in range(30):
        await inward.handles()
    assert [m.text for m in await inward.said()] == ["one"]
    (row,) = await inward.rows(sa.select(telegram_updates.c.attempts))
    assert row.attempts == 0


async def test_many_chats_side_by_side_lose_nothing(inward) -> None:
    updates = [typed(n, f"{n}", number=n, sender=100 + n % 25) for n in range(1, 301)]
    await inward.takes(*updates)
    assert sorted(map(int, await inward.stored_texts())) == list(range(1, 301))
    for chat in range(25):
        own = [int(m.text) for m in await inward.said(str(100 + chat))]
        assert own == sorted(own)


async def until_stored(inward: WayIn, texts: int) -> None:
    async with asyncio.timeout(5):
        while len(await inward.stored_texts()) < texts:  # noqa: ASYNC110  # a database has no event
            await asyncio.sleep(0.02)


async def test_a_running_handler_takes_what_arrives(inward) -> None:
    running = asyncio.create_task(inward.handler.run())
    for n in range(1, 6):
        await inward.inbox.store([typed(n, f"{n}", number=n)])
        await asyncio.sleep(0.02)
    await until_stored(inward, 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_another_process_stored_is_found(inward, database, clock) -> None:
    running = asyncio.create_task(inward.handler.run())
    await asyncio.sleep(0.1)
    await Inbox(database, BOT_ID, clock).store([typed(1, "hello")])
    await until_stored(inward, 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_two_handlers_of_one_process_give_each_update_one_effect(inward, clock) -> None:
    other = UpdateHandler(inward.inbox, inward.effects, clock, random.Random(9))
    await inward.inbox.store([typed(n, f"{n}", number=n, sender=100 + n % 7) for n in range(1, 81)])
    await asyncio.gather(inward.handler.handle_due(), other.handle_due())
    assert sorted(map(int, await inward.stored_texts())) == list(range(1, 81))
    assert set((await inward.outcomes()).values()) == {"text"}


class Slow:
    """Effects that take their time, once begun."""

    def __init__(self, inward: WayIn) -> None:
        self._effects = inward.effects
        self.begun = asyncio.Event()

    async def apply(self, stored: Stored) -> None:
        self.begun.set()
        await asyncio.sleep(0.2)
        await self._effects.apply(stored)


async def test_who_stops_tells_of_what_was_begun_and_begins_nothing_more(inward, clock) -> None:
    slow = Slow(inward)
    handler = UpdateHandler(inward.inbox, slow, clock, random.Random(1))  # type: ignore[arg-type]
    await inward.inbox.store([typed(1, "one"), typed(2, "two", number=6)])
    running = asyncio.create_task(handler.run())
    await slow.begun.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert inward.heard.texts("customer") == ["one"]
    assert await inward.outcomes() == {1: "text", 2: None}


async def test_a_chat_with_very_much_to_say_is_not_read_again_at_every_look(inward, database) -> None:
    await inward.inbox.store([typed(n, f"{n}", number=n) for n in range(1, 301)])
    await inward.inbox.store([typed(n, f"{n}", number=n, sender=43 + n % 5) for n in range(301, 331)])
    read = 0

    def count(connection, cursor, statement, *others) -> None:
        nonlocal read
        read += "body" in statement and statement.startswith("SELECT")

    sa.event.listen(database.engine, "before_cursor_execute", count)
    await inward.handles()
    sa.event.remove(database.engine, "before_cursor_execute", count)
    assert set((await inward.outcomes()).values()) == {"text", "refused"}
    assert read <= 300 / PAGE + 5 + 6  # each page once, and a look or two of each chat that finds nothing new
