"""The inbox of what was perhaps misunderstood: read, grouped, decided on; of two at once the second is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.insights.learning.candidates import REASONS
from bot.insights.learning.sentences import key_of
from bot.storage.insight_tables import nlu_annotations
from bot.storage.tables import agents

STATES = ("open", "accepted", "rejected")
MOST_READ = 400  # of the inbox at once: enough to find similar ones among
# Words that say little of what is meant.
_STOP = frozenset(
    {"a", "an", "the", "my", "your", "i", "you", "me", "to", "of", "for", "is", "are", "do", "can", "please", "und"}
    | {"der", "die", "das", "le", "la", "les", "de", "el", "un"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which annotations are looked at. Empty: all."""

    state: str = "open"
    reason: str = ""
    language: str = ""
    guess: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody says of a message; `intent` None: it teaches nothing."""

    text: str
    intent: str | None
    entities: tuple[Mapping[str, Any], ...] = ()


class DecidedMeanwhile(Exception):
    """Somebody else was first; nothing was changed.

    Attributes:
        row: as it is now, with `by_name`.
    """

    def __init__(self, row: Row[Any]) -> None:
        super().__init__(row.id)
        self.row = row


c = nlu_annotations.c
_ROWS = sa.select(nlu_annotations, agents.c.name.label("by_name")).outerjoin(agents, agents.c.id == c.agent_id)


def conditions(asked: Asked) -> list[sa.ColumnElement[bool]]:
    """What a row has to be."""
    found: list[sa.ColumnElement[bool]] = [c.state == asked.state]
    if asked.language:
        found.append(c.language == asked.language)
    if asked.guess:
        found.append(c.guessed_intent == asked.guess)
    if asked.reason in REASONS:
        # A list of a few words of ours: none is a part of another, so it is enough to find it in the text.
        found.append(sa.cast(c.reasons, sa.Text).contains(f'"{asked.reason}"', autoescape=True))
    return found


def counted(connection: Connection, asked: Asked) -> int:
    """How many there are."""
    return int(connection.execute(sa.select(sa.func.count()).where(*conditions(asked))).scalar_one())


def listed(connection: Connection, asked: Asked, most: int = MOST_READ) -> list[Row[Any]]:
    """Those asked for: open ones as they were said, the newest first; others as they were decided."""
    order = c.said_at if asked.state == "open" else c.decided_at
    wanted = _ROWS.where(*conditions(asked)).order_by(order.desc(), c.id.desc())
    return list(connection.execute(wanted.limit(most)).all())


def one(connection: Connection, id: str) -> Row[Any] | None:
    """One of them."""
    return connection.execute(_ROWS.where(c.id == id)).first()


def choices(connection: Connection, asked: Asked) -> dict[str, list[tuple[str, int]]]:
    """What can be filtered by, with how many are open of each: `language`, `guess`, `reason`."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name, column in (("language", c.language), ("guess", c.guessed_intent)):
        wanted = sa.select(column, sa.func.count()).where(c.state == asked.state, column.is_not(None))
        rows = connection.execute(wanted.group_by(column).order_by(sa.func.count().desc(), column))
        found[name] = [(str(value), int(count)) for value, count in rows]
    text = sa.cast(c.reasons, sa.Text)
    counts = [sa.func.count().filter(text.contains(f'"{name}"', autoescape=True)).label(name) for name in REASONS]
    row = connection.execute(sa.select(*counts).where(c.state == asked.state)).one()
    found["reason"] = [(name, int(getattr(row, name))) for name in REASONS if getattr(row, name)]
    return found


def decide(connection: Connection, id: str, version: int, decision: Decision, *, agent_id: str, now: datetime) -> None:
    """Accept a message as an example, or reject it.

    Raises:
        DecidedMeanwhile: it is not as it was shown.
        KeyError: it is gone.
    """
    state = "rejected" if decision.intent is None else "accepted"
    values = {
        "state": state,
        "intent": decision.intent,
        "entities": [dict(entity) for entity in decision.entities] if decision.intent else None,
        "agent_id": agent_id,
        "decided_at": now,
        "exported_at": None,
        **({"text": decision.text} if decision.intent else {}),
    }
    _change(connection, id, version, values)


def reopen(connection: Connection, id: str, version: int) -> None:
    """Take a decision back.

    Raises:
        DecidedMeanwhile: it is not as it was shown, or has been exported.
        KeyError: it is gone.
    """
    values = {"state": "open", "agent_id": None, "decided_at": None}
    _change(connection, id, version, values, c.exported_at.is_(None))


def _change(
    connection: Connection, id: str, version: int, values: Mapping[str, Any], *more: sa.ColumnElement[bool]
) -> None:
    changed = (
        sa.update(nlu_annotations)
        .where(c.id == id, c.version == version, *more)
        .values(**values, version=version + 1)
        .returning(c.id)
    )
    if connection.execute(changed).first() is None:
        row = one(connection, id)
        if row is None:
            raise KeyError(id)
        raise DecidedMeanwhile(row)


def similar(row: Any, others: Sequence[Any], most: int = 12) -> list[Any]:
    """Others of the same language that say nearly the same: they share half of their words, or more."""
    own = _words(row.text)
    found = []
    for other in others:
        if other.id != row.id and other.language == row.language:
            likeness = _likeness(own, _words(other.text))
            if likeness >= 0.5:
                found.append((likeness, other))
    found.sort(key=lambda pair: -pair[0])
    return [other for _, other in found[:most]]


def decide_alike(
    connection: Connection,
    ids: Sequence[tuple[str, int]],
    intent: str | None,
    *,
    agent_id: str,
    now: datetime,
    fits: Callable[[Row[Any]], bool],
) -> tuple[int, int]:
    """Decide on similar ones as they stand.

    Args:
        ids: with their versions.
        fits: whether one can be accepted as it stands.

    Returns:
        How many were decided on, and how many were left as they are.
    """
    done = 0
    for id, version in ids:
        row = one(connection, id)
        if row is None or row.state != "open" or not fits(row):
            continue
        try:
            decide(connection, id, version, Decision(row.text, intent, ()), agent_id=agent_id, now=now)
            done += 1
        except (DecidedMeanwhile, KeyError):
            continue
    return done, len(ids) - done


def to_export(connection: Connection, *, again: bool = False) -> list[Mapping[str, Any]]:
    """Accepted ones that no file has yet, the oldest decision first."""
    wanted = sa.select(nlu_annotations).where(c.state == "accepted").order_by(c.decided_at, c.id)
    rows = connection.execute(wanted if again else wanted.where(c.exported_at.is_(None)))
    return [dict(row) for row in rows.mappings()]


def exported(connection: Connection, rows: Sequence[Mapping[str, Any]], ids: Sequence[str], now: datetime) -> None:
    """Note that files have them, unless one was decided on anew since it was read."""
    versions = {row["id"]: row["version"] for row in rows}
    for id in ids:
        done = sa.update(nlu_annotations).where(c.id == id, c.version == versions[id], c.exported_at.is_(None))
        connection.execute(done.values(exported_at=now))


def _words(text: str) -> frozenset[str]:
    words = frozenset(word.strip(".,;:!?'\"()") for word in key_of(text).split())
    return frozenset(words - _STOP) or words


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0
