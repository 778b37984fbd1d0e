"""Two processes on one PostgreSQL: what one commits, the other hears of and can show."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from bot.conversations.remote_changes import RemoteChanges
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules
from bot.storage.database import Database
from tests.conftest import empty
from tests.support.core import Heard, Visitor, case_book, plain_phrases

pytestmark = pytest.mark.postgres


@pytest.fixture
async def pair(shared_postgres: str, clock, new_id):  # type: ignore[no-untyped-def]
    """Two services with databases of their own on one server; the second one's ears."""
    databases = [Database(shared_postgres) for _ in range(2)]
    one, other = (
        Conversations(
            database,
            plain_phrases(),
            Rules(),
            case_book(database, new_id),
            clock=clock,
            new_id=new_id,
            effect_handlers={},
            instance=name,
        )
        for database, name in zip(databases, ("one", "other"), strict=True)
    )
    heard = Heard()
    other.subscribe(heard)
    listening = asyncio.create_task(RemoteChanges(other, shared_postgres).run())
    await asyncio.sleep(0.5)
    yield one, other, heard
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    empty(databases[0])
    for database in databases:
        database.close()


async def test_a_change_of_one_process_is_heard_by_the_other_and_can_be_read_there(pair) -> None:
    one, other, heard = pair
    receipt = await Visitor(one, "carla").types("hello")
    for _ in range(100):
        if heard.changes:
            break
        await asyncio.sleep(0.05)
    (change,) = heard.changes
    assert (change.conversation_id, change.opened, change.messages) == (receipt.conversation_id, True, ())
    assert [m.text for m in await other.messages_after(receipt.conversation_id, 0)] == ["hello"]


async def test_a_process_does_not_hear_its_own_changes_twice(pair) -> None:
    _, other, heard = pair
    await Visitor(other, "dora").types("hello")
    await asyncio.sleep(0.5)
    assert len(heard.changes) == 1
    assert heard.changes[0].messages
