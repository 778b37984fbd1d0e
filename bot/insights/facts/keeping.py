"""Writes facts and words where they are kept, and how far the counting has come; the transaction is the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Json
from bot.insights.facts.computing import Computed
from bot.storage.inserts import insert_into
from bot.storage.insight_tables import conversation_facts, conversation_words, insight_marks
from bot.storage.tables import conversations

MARK = "facts"
_f = conversation_facts.c


class Listener(Protocol):
    """Whoever has something to do whenever facts were made anew."""

    def digested(self, connection: Connection, rows: Sequence[Json]) -> None:
        """Facts of these conversations are written, in this transaction. The same may come again."""
        ...


def keep(connection: Connection, computed: Sequence[Computed], listeners: Sequence[Listener] = ()) -> int:
    """Write facts and words, and tell the listeners; how many conversations these are.

    What somebody else has made of a later look stays.
    """
    fresh = _not_outdated(connection, sorted(computed, key=lambda one: str(one.row["conversation_id"])))
    if not fresh:
        return 0
    rows = [one.row for one in fresh]
    connection.execute(_upsert_facts(connection), rows)
    _keep_words(connection, fresh)
    for listener in listeners:
        listener.digested(connection, rows)
    return len(rows)


def read_mark(connection: Connection) -> datetime | None:
    """Up to when everything is counted; None where nothing is."""
    return connection.execute(sa.select(insight_marks.c.at).where(insight_marks.c.name == MARK)).scalar()


def set_mark(connection: Connection, at: datetime) -> None:
    """Note up to when everything is counted; never back."""
    mark = insert_into(connection, insight_marks).values(name=MARK, at=at)
    connection.execute(
        mark.on_conflict_do_update(
            index_elements=[insight_marks.c.name],
            set_={"at": mark.excluded.at},
            where=insight_marks.c.at <= mark.excluded.at,
        )
    )


def _not_outdated(connection: Connection, computed: Sequence[Computed]) -> list[Computed]:
    """What is still so: neither has somebody made it of a later look, nor was it emptied since it was looked at."""
    ids = [one.row["conversation_id"] for one in computed]
    emptied = _emptied(connection, ids)
    # Locked, in order: of two that write the same at once the second sees what the first wrote.
    known = (
        sa.select(_f.conversation_id, _f.computed_at).where(_f.conversation_id.in_(ids)).order_by(_f.conversation_id)
    )
    written = {row.conversation_id: row.computed_at for row in connection.execute(known.with_for_update())}
    return [
        one
        for one in computed
        if ((at := written.get(one.row["conversation_id"])) is None or at <= one.row["computed_at"])
        and (one.words is None or one.row["conversation_id"] not in emptied)
    ]


def _emptied(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of which nothing that was said is kept. Whoever erases waits until what we write can be deleted."""
    told = sa.select(conversations.c.id, conversations.c.emptied_at).where(conversations.c.id.in_(ids))
    rows = connection.execute(told.order_by(conversations.c.id).with_for_update(read=True))
    return {row.id for row in rows if row.emptied_at is not None}


def _upsert_facts(connection: Connection) -> Any:
    insert = insert_into(connection, conversation_facts)
    return insert.on_conflict_do_update(
        index_elements=[_f.conversation_id],
        set_={column.name: insert.excluded[column.name] for column in _f if not column.primary_key},
        where=_f.computed_at <= insert.excluded.computed_at,
    )


def _keep_words(connection: Connection, computed: Sequence[Computed]) -> None:
    without = [one.row["conversation_id"] for one in computed if not one.words]
    if without:
        connection.execute(sa.delete(conversation_words).where(conversation_words.c.conversation_id.in_(without)))
    rows = [
        {"conversation_id": one.row["conversation_id"], "words": one.words, "hidden": one.hidden}
        for one in computed
        if one.words
    ]
    if not rows:
        return
    insert: Any = insert_into(connection, conversation_words)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[conversation_words.c.conversation_id],
            set_={"words": insert.excluded.words, "hidden": insert.excluded.hidden},
            where=sa.or_(
                conversation_words.c.words != insert.excluded.words,
                conversation_words.c.hidden.is_distinct_from(insert.excluded.hidden),
            ),
        ),
        rows,
    )
