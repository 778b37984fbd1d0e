"""The services of a lone action server (`python -m rasa_sdk --actions actions`): a demo shop of its own, not kept."""

from __future__ import annotations

import functools
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from actions.services import Services, build_services
from bot.knowledge.answers import Articles
from bot.knowledge.encoding import NoEncoder, VectorCache
from bot.knowledge.library import Library
from bot.orders.demo import seed_demo_shop
from bot.orders.opening import open_shop
from bot.settings import ROOT, load_settings
from bot.storage.database import Database
from bot.storage.tables import metadata


@functools.cache
def development_services() -> Services:
    """A freshly seeded demo shop in a temporary database; made on the first call, then the same for all actions."""
    folder = Path(tempfile.mkdtemp(prefix="bellhop-actions-"))
    database = Database(f"sqlite:///{folder / 'shop.db'}")
    metadata.create_all(database.engine)
    # A lone action server has no conversations to refer to.
    sa.event.listen(database.engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
    database.engine.dispose()
    now = datetime.now(UTC)
    database.write_now(lambda connection: seed_demo_shop(connection, now, ROOT / "data" / "shop"))
    settings = load_settings(demo=True)
    # No engine that knows us: articles are found by their words.
    library = Library(ROOT / "data" / "articles")
    articles = Articles(library, NoEncoder(), VectorCache(folder), settings.base_url)
    return build_services(
        settings,
        database,
        open_shop(settings, database),
        articles,
        key=uuid.uuid4().bytes,
        clock=lambda: datetime.now(UTC),
        new_id=lambda: uuid.uuid4().hex,
    )
