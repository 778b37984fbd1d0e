"""What a conversation's page shows, one below the other: messages, notes, what happened; values and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.desk.shown_cards import ShownCard
from bot.desk.understood import Understood

TOGETHER = timedelta(minutes=3)  # messages of one author within this time stand under one name


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that a message replies to."""

    seq: int
    author: str
    text: str
    here: bool = True  # in this conversation


@dataclass(frozen=True, slots=True)
class Offered:
    """A button under a message, and whether the customer took it."""

    title: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """What came beside text; `shown` is how: image | audio | video | file | place | contact | sign."""

    id: str
    kind: str
    shown: str
    name: str | None
    size: int | None
    state: str  # none | waiting | kept | too_large | over_limit | gone
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a message of ours on one channel."""

    channel: str
    state: str
    error: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """A message."""

    id: str
    seq: int
    at: datetime
    day: date
    author_kind: str
    author: str | None
    agent_id: str | None
    channel: str
    kind: str
    text: str
    former: str | None = None  # what the customer had written first
    edited_at: datetime | None = None
    quoted: Quoted | None = None
    offered: tuple[Offered, ...] = ()
    cards: tuple[ShownCard, ...] = ()
    brought: tuple[Brought, ...] = ()
    understood: Understood | None = None
    with_next: bool = False  # understood together with a later message
    deliveries: tuple[Delivered, ...] = ()
    new_day: bool = False
    continues: bool = False  # the author's message before it is right above
    what: str = field(default="said", init=False)

    @property
    def key(self) -> str:
        """Its name on the page."""
        return f"m{self.seq}"


@dataclass(frozen=True, slots=True)
class Noted:
    """An internal note."""

    id: str
    at: datetime
    day: date
    after_seq: int
    agent_id: str
    author: str
    text: str
    new_day: bool = False
    continues: bool = False
    what: str = field(default="noted", init=False)

    @property
    def key(self) -> str:
        """Its name on the page."""
        return f"n{self.id}"


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to who owns the conversation."""

    id: str
    at: datetime
    day: date
    kind: str
    agent: str | None = None
    to_agent: str | None = None
    to_team: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    by: str | None = None  # who did it, where that was not `agent`
    new_day: bool = False
    continues: bool = False
    what: str = field(default="happened", init=False)

    @property
    def key(self) -> str:
        """Its name on the page."""
        return f"h{self.id}"


Entry = Said | Noted | Happened


def in_order(
    said: Sequence[Said], noted: Iterable[Noted], happened: Iterable[Happened], before: Said | None = None
) -> tuple[Entry, ...]:
    """All in the order of the page, with the days marked and messages of one author drawn together.

    A note stands below the message it was written under; what happened stands above what was said by it, since both
    are of one moment.

    Args:
        said: messages by number.
        before: the message before the first of them, which is not shown again.
    """
    placed: list[tuple[tuple[float, int, datetime], Entry]] = [((m.seq, 0, m.at), m) for m in said]
    placed += [((note.after_seq, 1, note.at), note) for note in noted]
    first = before.seq if before else (said[0].seq - 1 if said else 0)
    for event in happened:
        above = max((m.seq for m in said if m.at < event.at), default=first)
        placed.append(((above, 2, event.at), event))
    entries = [entry for _, entry in sorted(placed, key=lambda one: one[0])]
    return tuple(_beside(above, entry) for above, entry in zip([before, *entries], entries, strict=False))


def _beside(above: Entry | None, entry: Entry) -> Entry:
    """The entry as it looks below the one above it."""
    new_day = above is None or above.day != entry.day
    continues = (
        isinstance(above, Said)
        and isinstance(entry, Said)
        and not new_day
        and (above.author_kind, above.agent_id) == (entry.author_kind, entry.agent_id)
        and entry.author_kind != "system"
        and entry.at - above.at < TOGETHER
    )
    return replace(entry, new_day=new_day, continues=continues)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The day a moment is on."""
    return at.astimezone(zone).date()
