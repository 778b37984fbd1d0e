"""Two processes that handle the same updates on PostgreSQL: each update has one effect."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.storage.channel_tables import link_tokens, links
from bot.storage.database import Database
from bot.storage.tables import conversations, messages
from tests.conftest import empty
from tests.support.telegram_in import WayIn, way_in
from tests.support.telegram_updates import edited, in_group, membership, sent, tapped, typed

pytestmark = pytest.mark.postgres


@pytest.fixture
def both(shared_postgres: str, clock) -> Iterator[list[WayIn]]:
    """Two ways in, each with connections of its own."""
    databases = [Database(shared_postgres) for _ in range(2)]
    numbers = itertools.count(1)
    yield [way_in(database, clock, lambda: f"{next(numbers):032x}", instance=str(database)) for database in databases]
    empty(databases[0])
    for database in databases:
        database.close()


async def handle_at_once(both: list[WayIn]) -> None:
    await asyncio.gather(*(one.handles() for one in both))
    await asyncio.gather(*(one.handles() for one in both))


async def test_each_text_is_stored_once(both) -> None:
    updates = [typed(n, f"{n}", number=n, sender=100 + n % 9) for n in range(1, 201)]
    await asyncio.gather(*(one.inbox.store(updates) for one in both))
    await handle_at_once(both)
    assert sorted(map(int, await both[0].stored_texts())) == list(range(1, 201))
    assert set((await both[0].outcomes()).values()) == {"text"}


async def test_whatever_it_is_happens_once(both) -> None:
    updates = []
    for n in range(0, 300, 10):
        customer = 100 + n
        updates += [
            typed(n + 1, "one", number=1, sender=customer),
            edited(n + 2, "two", number=1, sender=customer),
            tapped(n + 3, "unknown", sender=customer),
            sent(n + 4, number=2, sender=customer, location={"latitude": 1, "longitude": 2}),
            typed(n + 5, "x" * 5000, number=3, sender=customer),
            in_group(n + 6, "/help", group=-100 - n),
            membership(n + 7, "kicked", sender=customer),
        ]
    await both[0].inbox.store(updates)
    await handle_at_once(both)
    outcomes = await both[0].outcomes()
    expected = {1: "text", 2: "edit", 3: "refused", 4: "media", 5: "declined", 6: "group", 7: "blocked"}
    assert outcomes == {n + kind: outcome for n in range(0, 300, 10) for kind, outcome in expected.items()}
    own = await both[0].rows(sa.select(messages.c.id).where(messages.c.author_kind == "customer"))
    assert len(own) == 60
    assert len(await both[0].told()) == 60
    assert len(await both[0].rows(sa.select(conversations.c.id))) == 30


async def test_a_link_is_followed_once(both) -> None:
    tokens = [(await both[0].conversations.open_link("web", f"v{n}", "telegram", "en"))[0] for n in range(12)]
    await both[0].inbox.store([tapped(n + 1, f"link:{token}", sender=100 + n) for n, token in enumerate(tokens)])
    await handle_at_once(both)
    assert set((await both[0].outcomes()).values()) <= {"command", "linked"}
    assert len(await both[0].rows(sa.select(links.c.id))) == 12
    assert await both[0].rows(sa.select(link_tokens.c.id).where(link_tokens.c.used_at.is_(None))) == []
    notices = await both[0].rows(sa.select(messages.c.id).where(messages.c.response == "utter_app_linked_only"))
    assert len(notices) == 12
    assert await both[0].told() == []
