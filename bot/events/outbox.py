"""What waits to be told, as rows: put in once, taken out in order, kept for a while; sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Json
from bot.storage.inserts import insert_into
from bot.storage.insight_tables import event_outbox as outbox
from bot.storage.insight_tables import insight_marks

# After they were told, and as long as a rating can be given: what is no longer kept would be told again, were it not
# for TOLD_WITHIN being less than that.
KEPT = timedelta(days=7)
TOLD_WITHIN = timedelta(days=6)
FAILED_KEPT = timedelta(days=30)
GONE = "event_stream_gone"  # the mark that the receiver said so (410)
FAILING = "event_stream_failing"  # the mark that what was sent last did not arrive


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that is to be sent now; `attempts` counts this one too."""

    id: str
    kind: str
    body: Json
    attempts: int


def put(connection: Connection, rows: Sequence[Json]) -> None:
    """Put events in, but those that are there already."""
    if rows:
        insert = insert_into(connection, outbox).on_conflict_do_nothing(index_elements=[outbox.c.key])
        connection.execute(insert, list(rows))


def known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys that are in."""
    return set(connection.execute(sa.select(outbox.c.key).where(outbox.c.key.in_(keys))).scalars())


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether something may be there to be sent now."""
    due = sa.select(outbox.c.id).where(outbox.c.state == "waiting", outbox.c.next_at <= now).limit(1)
    return connection.execute(due).first() is not None


def take(connection: Connection, now: datetime, most: int) -> list[Waiting]:
    """The next events to be sent, at most one of a conversation; they count as being sent from now on."""
    before = outbox.alias("before")
    earlier = sa.exists().where(
        before.c.conversation_id == outbox.c.conversation_id,
        before.c.state.in_(("waiting", "sending")),
        sa.tuple_(before.c.created_at, before.c.id) < sa.tuple_(outbox.c.created_at, outbox.c.id),
    )
    due = (
        sa.select(outbox)
        .where(outbox.c.state == "waiting", outbox.c.next_at <= now, ~earlier)
        .order_by(outbox.c.next_at, outbox.c.created_at)
        .limit(most)
    )
    found = [Waiting(row.id, row.kind, row.body, row.attempts + 1) for row in connection.execute(due)]
    _change(connection, [one.id for one in found], state="sending", attempts=outbox.c.attempts + 1)
    return found


def told(connection: Connection, event_id: str, now: datetime) -> None:
    """It has arrived."""
    _change(connection, [event_id], state="done", done_at=now, error=None)
    connection.execute(sa.delete(insight_marks).where(insight_marks.c.name == FAILING))


def put_off(connection: Connection, event_id: str, error: str, next_at: datetime) -> None:
    """It has not arrived, and is sent again then; unless its customer was erased meanwhile, and nothing is in it."""
    _change(connection, [event_id], outbox.c.state == "sending", state="waiting", error=error, next_at=next_at)


def given_up(connection: Connection, event_id: str, error: str, now: datetime) -> None:
    """It has not arrived, and is not sent again."""
    _change(connection, [event_id], outbox.c.state != "done", state="failed", error=error, done_at=now)


def give_up_all(connection: Connection, error: str, now: datetime) -> None:
    """Nothing of what waits is sent."""
    unsent = outbox.c.state.in_(("waiting", "sending"))
    connection.execute(sa.update(outbox).where(unsent).values(state="failed", error=error, done_at=now))


def put_back(connection: Connection) -> int:
    """Let what a process was sending when it ended be sent again; how many those were."""
    again = sa.update(outbox).where(outbox.c.state == "sending").values(state="waiting").returning(outbox.c.id)
    return len(connection.execute(again).all())


def purge(connection: Connection, now: datetime, survey_window: timedelta) -> None:
    """Forget what was told, or given up, long enough ago."""
    for state, kept in (("done", KEPT), ("failed", FAILED_KEPT)):
        kept += survey_window
        connection.execute(sa.delete(outbox).where(outbox.c.state == state, outbox.c.done_at < now - kept))


def counts(connection: Connection) -> dict[str, int]:
    """Events by state."""
    counted = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
    return {row[0]: row[1] for row in connection.execute(counted)}


def last_errors(connection: Connection, most: int = 5) -> list[tuple[str, int]]:
    """What stood in the way of those that have not arrived, the most frequent first."""
    number = sa.func.count().label("number")
    counted = sa.select(outbox.c.error, number).where(outbox.c.error.is_not(None), outbox.c.state != "done")
    ordered = counted.group_by(outbox.c.error).order_by(number.desc(), outbox.c.error).limit(most)
    return [(row.error, row.number) for row in connection.execute(ordered)]


def try_again(connection: Connection, now: datetime) -> int:
    """Send what was given up once more, and take it that the receiver is there again; how many events those are."""
    connection.execute(sa.delete(insight_marks).where(insight_marks.c.name == GONE))
    again = (
        sa.update(outbox)
        .where(outbox.c.state == "failed")
        .values(state="waiting", next_at=now, done_at=None, attempts=0)
        .returning(outbox.c.id)
    )
    return len(connection.execute(again).all())


def mark_gone(connection: Connection, receiver: str, now: datetime) -> None:
    """Remember that this receiver wants no more events."""
    connection.execute(sa.delete(insight_marks).where(insight_marks.c.name == GONE))
    connection.execute(sa.insert(insight_marks).values(name=GONE, at=now, details={"receiver": receiver}))


def is_gone(connection: Connection, receiver: str) -> bool:
    """Whether this receiver has said that it wants no more events."""
    details = connection.execute(sa.select(insight_marks.c.details).where(insight_marks.c.name == GONE)).scalar()
    return details is not None and details["receiver"] == receiver


def mark_failing(connection: Connection, receiver: str, now: datetime) -> None:
    """Remember that what was sent to this receiver last did not arrive, and since when that is so."""
    mark = insert_into(connection, insight_marks).values(name=FAILING, at=now, details={"receiver": receiver})
    connection.execute(mark.on_conflict_do_nothing(index_elements=[insight_marks.c.name]))


def state_of(connection: Connection, receiver: str) -> str:
    """How this receiver is, for /health: up, down (what is sent does not arrive) or refused (it wants no more)."""
    if is_gone(connection, receiver):
        return "refused"
    failing = sa.select(insight_marks.c.details).where(insight_marks.c.name == FAILING)
    details = connection.execute(failing).scalar()
    return "down" if details is not None and details["receiver"] == receiver else "up"


def _change(connection: Connection, event_ids: Sequence[str], *where: sa.ColumnElement[bool], **values: object) -> None:
    if event_ids:
        connection.execute(sa.update(outbox).where(outbox.c.id.in_(event_ids), *where).values(**values))
