"""A migrated database of each kind, a conversation core on it, and a file of tombstones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.conversations.service import Conversations
from bot.privacy.tombstones import Tombstones
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.conftest import Clock
from tests.support.canaries import core_on


@pytest.fixture
def migrated(database_url: str) -> Iterator[Database]:
    migrate(database_url)
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def core(migrated: Database, clock: Clock, new_id: Callable[[], str]) -> Conversations:
    return core_on(migrated, clock, new_id)


@pytest.fixture
def tombstones(tmp_path: Path, clock: Clock) -> Tombstones:
    return Tombstones(tmp_path / "data" / "tombstones.jsonl", clock)
