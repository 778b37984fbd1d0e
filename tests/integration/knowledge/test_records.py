"""What articles did is stored with the turn that did it, on both databases, and counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.models import PendingTurn, Reply
from bot.conversations.service import Conversations
from bot.conversations.unit import Rules, Unit
from bot.conversations.worker import Patience, TurnWorker, WakesWorker
from bot.insights.articles import ArticleUse, read_article_report
from bot.knowledge.records import EFFECTS, feedback, record, shown, unanswered
from bot.storage.article_tables import article_showings
from bot.storage.database import Database
from bot.telemetry import Metrics
from tests.conftest import Clock
from tests.support.core import FakeEngine, NobodyWatches, Visitor, case_book, plain_phrases

pytestmark = pytest.mark.integration


def handler(unit: Unit, turn: PendingTurn, effect: Mapping[str, Any]) -> None:
    of_turn = {"conversation_id": turn.conversation_id, "message_id": turn.message_id}
    record(unit.connection, effect, row_id=unit.new_id(), now=unit.now, **of_turn)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def ann(
    database: Database, engine: FakeEngine, clock: Clock, new_id: Callable[[], str]
) -> AsyncIterator[Visitor]:
    service = Conversations(
        database,
        plain_phrases(),
        Rules(),
        case_book(database, new_id),
        clock=clock,
        new_id=new_id,
        effect_handlers=dict.fromkeys(EFFECTS, handler),
        instance="one",
    )
    patience = Patience(timedelta(seconds=5), timedelta(seconds=9), scan_every=0.05)
    worker = TurnWorker(service, engine, Metrics(), NobodyWatches(), clock=clock, chance=_Even(), patience=patience)
    service.subscribe(WakesWorker(worker))
    running = asyncio.create_task(worker.run())
    yield Visitor(service, "ann")
    await worker.stop(1)
    running.cancel()


class _Even:
    def random(self) -> float:
        return 0.5


async def says(ann: Visitor, engine: FakeEngine, database: Database, text: str, *effects: dict[str, Any]) -> None:
    """One turn that returns these effects, until it is stored."""
    engine.scripted[text] = [(Reply(text="…", custom={"effects": list(effects)}),)]
    before = len(engine.turns)
    await ann.types(text)
    async with asyncio.timeout(5):
        while len(engine.turns) == before or await database.read(_unhandled):  # noqa: ASYNC110  # no event for it
            await asyncio.sleep(0.01)


def _unhandled(connection: sa.Connection) -> int:
    query = "SELECT count(*) FROM messages WHERE author_kind = 'customer' AND handled_at IS NULL"
    return int(connection.execute(sa.text(query)).scalar_one())


async def test_what_was_shown_is_counted(ann: Visitor, engine: FakeEngine, database: Database) -> None:
    await says(ann, engine, database, "one", shown("returns", "en", "What it costs"))
    await says(ann, engine, database, "two", shown("returns", "de", None), shown("payment", "en", None))
    report = await database.read(read_article_report)
    assert report.articles == (ArticleUse("returns", 2, 0, 0), ArticleUse("payment", 1, 0, 0))


async def test_a_word_counts_for_what_was_shown_last(
    ann: Visitor, engine: FakeEngine, database: Database, clock: Clock
) -> None:
    await says(ann, engine, database, "one", shown("returns", "en", None))
    clock.forward(seconds=9)
    await says(ann, engine, database, "two", shown("payment", "en", None))
    await says(ann, engine, database, "yes", feedback(helpful=True))
    report = await database.read(read_article_report)
    assert report.articles == (ArticleUse("payment", 1, 1, 0), ArticleUse("returns", 1, 0, 0))


async def test_a_change_of_mind_replaces_the_first_word(ann: Visitor, engine: FakeEngine, database: Database) -> None:
    await says(ann, engine, database, "one", shown("returns", "en", None))
    await says(ann, engine, database, "yes", feedback(helpful=True))
    await says(ann, engine, database, "no", feedback(helpful=False))
    report = await database.read(read_article_report)
    assert report.articles == (ArticleUse("returns", 1, 0, 1),)


async def test_a_word_on_nothing_is_no_error(ann: Visitor, engine: FakeEngine, database: Database) -> None:
    await says(ann, engine, database, "yes", feedback(helpful=True))
    assert (await database.read(read_article_report)).articles == ()


async def test_a_question_in_vain_is_kept_with_its_conversation(
    ann: Visitor, engine: FakeEngine, database: Database
) -> None:
    await says(ann, engine, database, "to the moon?", unanswered("to the moon?", "en", "shipping_question"))
    (gap,) = (await database.read(read_article_report)).gaps
    assert (gap.text, gap.language, gap.intent) == ("to the moon?", "en", "shipping_question")
    rows = await database.read(lambda connection: connection.execute(sa.text("SELECT id FROM conversations")).all())
    assert [row.id for row in rows] == [gap.conversation_id]


async def test_a_turn_that_is_not_stored_shows_nothing(ann: Visitor, engine: FakeEngine, database: Database) -> None:
    broken = {"type": "article_feedback"}  # without its word
    await says(ann, engine, database, "one", shown("returns", "en", None), broken)
    rows = await database.read(lambda connection: connection.execute(sa.select(article_showings)).all())
    assert rows == []
