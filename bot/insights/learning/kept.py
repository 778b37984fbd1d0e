"""Conversations that were made tests of: read, redacted, written into the project and kept in the database."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.insights.learning.redacting import Redaction
from bot.insights.learning.runs import Run
from bot.insights.learning.story import Line, NoTest, story_of
from bot.privacy.emptying import words_are_deleted
from bot.storage.inserts import insert_into
from bot.storage.insight_tables import conversation_facts, kept_tests
from bot.storage.shop_tables import shop_customers
from bot.storage.tables import agents, conversations, customers, messages, turns

FOLDER = "tests/dialogues/from_conversations"
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Told:
    """All that a test needs of a conversation."""

    id: str
    lines: tuple[Line, ...]
    names: tuple[str, ...]
    language: str
    topic: str
    day: str
    release: str | None

    @property
    def name(self) -> str:
        """Of the file, without its ending; Rasa takes for a test what begins so."""
        return f"test_{self.topic}_{self.id[:8]}"


def read_conversation(connection: Connection, conversation_id: str) -> Told | None:
    """A conversation as far as a test of it goes; None where there is none.

    Raises:
        NoTest: nothing of what was said is kept.
    """
    c, f = conversations.c, conversation_facts.c
    wanted = (
        sa.select(c.id, c.locale, c.emptied_at, c.created_at, f.topic, f.day, f.release)
        .add_columns(customers.c.name, customers.c.shop_customer_id)
        .join(customers, customers.c.id == c.customer_id)
        .outerjoin(conversation_facts, f.conversation_id == c.id)
        .where(c.id == conversation_id)
    )
    row = connection.execute(wanted).first()
    if row is None:
        return None
    if row.emptied_at is not None:
        raise NoTest("Nothing of what was said in this conversation is kept any more.")
    names = [row.name] if row.name else []
    if row.shop_customer_id:
        shop = sa.select(shop_customers).where(shop_customers.c.id == row.shop_customer_id)
        names += _names(connection.execute(shop).mappings().first() or {})
    return Told(
        id=row.id,
        lines=tuple(_lines(connection, conversation_id)),
        names=tuple(names),
        language=row.locale.replace("_", "-").split("-")[0].lower(),
        topic=row.topic or "unknown",
        day=row.day or row.created_at.date().isoformat(),
        release=row.release,
    )


def _names(shop: Mapping[Any, Any]) -> list[str]:
    return [str(shop[key]) for key in ("name", "first_name", "last_name") if shop.get(key)]


def _lines(connection: Connection, conversation_id: str) -> list[Line]:
    m, t = messages.c, turns.c
    wanted = (
        sa.select(m.author_kind, m.kind, m.text, m.expects, m.response, t.understanding, t.events)
        .outerjoin(turns, t.message_id == m.id)
        .where(m.conversation_id == conversation_id)
        .order_by(m.seq)
    )
    return [Line(*row) for row in connection.execute(wanted)]


def content_of(told: Told, order_number: str, forms: tuple[str, ...]) -> str:
    """The file of a conversation.

    Raises:
        NoTest: with a sentence.
    """
    about = [
        f"Made of a conversation of {told.day}; all that tells who the customer was is replaced.",
        *([f"It was held with release {told.release}."] if told.release else []),
        "What the assistant did then is what is expected: correct it where that was wrong.",
    ]
    topic = told.topic.replace("_", " ")
    return story_of(
        f"{topic}, conversation {told.id[:8]}",
        told.lines,
        Redaction(told.names, order_number),
        language=told.language,
        forms=forms,
        about=about,
    )


def written(root: Path, name: str, content: str) -> str | None:
    """Write the file; its path within the project, or None where that cannot be written."""
    folder = root / FOLDER
    if not folder.parent.is_dir():
        return None
    try:
        folder.mkdir(exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=folder, prefix=".new-")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(content)
        os.chmod(beside, 0o644)
        os.replace(beside, folder / f"{name}.yml")
    except OSError:
        return None
    return f"{FOLDER}/{name}.yml"


def known_test(connection: Connection, conversation_id: str) -> Row[Any] | None:
    """The test that was made of a conversation before."""
    return connection.execute(_TESTS.where(kept_tests.c.conversation_id == conversation_id)).first()


def keep_test(
    connection: Connection, told: Told, content: str, path: str | None, *, id: str, agent_id: str, now: datetime
) -> bool:
    """Keep a test, unless somebody has made one of that conversation meanwhile; whether it is new.

    Raises:
        NoTest: what was said was deleted meanwhile.
    """
    if words_are_deleted(connection, told.id):
        raise NoTest("Nothing of what was said in this conversation is kept any more.")
    values = {
        "id": id,
        "conversation_id": told.id,
        "name": told.name,
        "content": content,
        "path": path,
        "agent_id": agent_id,
        "created_at": now,
    }
    insert = insert_into(connection, kept_tests).values(**values)
    done = insert.on_conflict_do_nothing(index_elements=[kept_tests.c.conversation_id]).returning(kept_tests.c.id)
    return connection.execute(done).first() is not None


_TESTS = sa.select(kept_tests, agents.c.name.label("by_name")).join(agents, agents.c.id == kept_tests.c.agent_id)


def all_tests(connection: Connection) -> list[Row[Any]]:
    """The tests, the newest first."""
    ordered = _TESTS.order_by(kept_tests.c.created_at.desc(), kept_tests.c.id.desc())
    return list(connection.execute(ordered.limit(MOST_SHOWN)).all())


def test_by_id(connection: Connection, id: str) -> Row[Any] | None:
    """One test."""
    return connection.execute(_TESTS.where(kept_tests.c.id == id)).first()


def remove_test(connection: Connection, id: str) -> None:
    """Forget a test; its file stays, which is the project's."""
    connection.execute(sa.delete(kept_tests).where(kept_tests.c.id == id))


def last_results(runs: list[Run]) -> dict[str, tuple[Run, Mapping[str, Any]]]:
    """By a test's name, the result in the latest run that had it.

    Args:
        runs: the newest first.
    """
    found: dict[str, tuple[Run, Mapping[str, Any]]] = {}
    for run in runs:
        for result in run.results:
            found.setdefault(Path(str(result.get("file", ""))).stem, (run, result))
    return found
