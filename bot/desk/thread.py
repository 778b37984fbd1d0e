"""Reads a conversation for its page: a window of its messages with all that stands beside them; writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.conversations.concealing import concealed
from bot.desk.attachments import how_shown
from bot.desk.entries import Brought, Delivered, Entry, Happened, Noted, Offered, Quoted, Said, day_of, in_order
from bot.desk.shown_cards import shown_cards
from bot.desk.understood import Understood, understood_of
from bot.storage.channel_tables import attachments
from bot.storage.desk_tables import desk_reads, handoff_events, notes, teams
from bot.storage.inserts import insert_into
from bot.storage.tables import agents, choices, conversations, deliveries, messages, turns

WINDOW = 100  # messages at once
MOST = 500  # that one look at what is new may bring
AGAIN = 30  # messages before the new ones that are read again: they may have changed
QUOTED_LENGTH = 120
UNTOLD = ("replied", "breached")  # the reply itself stands there; what is late is told by the clocks
STEPPED_IN = {"reason": "taken_over"}  # the next line says who took it

_quoted = messages.alias("quoted")
_to_agent = agents.alias("to_agent")
_MESSAGES = sa.select(
    messages,
    _quoted.c.seq.label("quoted_seq"),
    _quoted.c.conversation_id.label("quoted_in"),
    _quoted.c.author_kind.label("quoted_author"),
    _quoted.c.author_name.label("quoted_name"),
    sa.func.coalesce(_quoted.c.edited_text, _quoted.c.text).label("quoted_text"),
).select_from(messages.outerjoin(_quoted, _quoted.c.id == messages.c.quotes_id))
_EVENTS = sa.select(
    handoff_events,
    agents.c.name.label("agent"),
    _to_agent.c.name.label("to_agent"),
    teams.c.name.label("to_team"),
).select_from(
    handoff_events.outerjoin(agents, agents.c.id == handoff_events.c.agent_id)
    .outerjoin(_to_agent, _to_agent.c.id == handoff_events.c.to_agent_id)
    .outerjoin(teams, teams.c.id == handoff_events.c.to_team_id)
)


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a conversation."""

    entries: tuple[Entry, ...]
    first: int  # the number of its first message
    last: int  # … and of its last one
    earlier: bool  # whether there is something before it


def read_latest(connection: Connection, conversation_id: str, zone: ZoneInfo, *, most: int = WINDOW) -> Window:
    """The end of a conversation."""
    return read_before(connection, conversation_id, zone, None, most=most)


def read_before(
    connection: Connection, conversation_id: str, zone: ZoneInfo, before: int | None, *, most: int = WINDOW
) -> Window:
    """The `most` messages before that number; None: the last ones."""
    wanted = _MESSAGES.where(messages.c.conversation_id == conversation_id)
    if before is not None:
        wanted = wanted.where(messages.c.seq < before)
    rows = connection.execute(wanted.order_by(messages.c.seq.desc()).limit(most + 1)).all()[::-1]
    above, shown = (rows[0], rows[1:]) if len(rows) > most else (None, rows)
    return _window(connection, conversation_id, zone, above, shown, is_latest=before is None)


def read_after(connection: Connection, conversation_id: str, zone: ZoneInfo, after: int) -> Window:
    """What came after that number, and again the `AGAIN` messages before it."""
    wanted = _MESSAGES.where(messages.c.conversation_id == conversation_id, messages.c.seq >= after - AGAIN)
    rows = connection.execute(wanted.order_by(messages.c.seq).limit(MOST)).all()
    above, shown = (rows[0], rows[1:]) if rows and rows[0].seq > 1 else (None, rows)
    return _window(connection, conversation_id, zone, above, shown, is_latest=True)


def unread_from(connection: Connection, conversation_id: str, agent_id: str) -> int | None:
    """The number of the first message of the customer's that this agent has not seen.

    None where they saw all, or never looked: then all is new, and nothing is to be told apart.
    """
    read = connection.execute(
        sa.select(desk_reads.c.seq).where(
            desk_reads.c.conversation_id == conversation_id, desk_reads.c.agent_id == agent_id
        )
    ).scalar()
    if read is None:
        return None
    return connection.execute(
        sa.select(sa.func.min(messages.c.seq)).where(
            messages.c.conversation_id == conversation_id,
            messages.c.seq > read,
            messages.c.author_kind == "customer",
        )
    ).scalar()


def mark_read(connection: Connection, conversation_id: str, agent_id: str, seq: int) -> None:
    """Note that this agent has seen everything up to that number; never less than before, never more than there is."""
    last = connection.execute(
        sa.select(conversations.c.last_seq).where(conversations.c.id == conversation_id)
    ).scalar_one()
    row = {"conversation_id": conversation_id, "agent_id": agent_id, "seq": min(seq, last)}
    stored = insert_into(connection, desk_reads).values(row)
    connection.execute(
        stored.on_conflict_do_update(
            index_elements=["conversation_id", "agent_id"],
            set_={"seq": stored.excluded.seq},
            where=desk_reads.c.seq < stored.excluded.seq,
        )
    )


def _window(
    connection: Connection,
    conversation_id: str,
    zone: ZoneInfo,
    above: Row[Any] | None,
    rows: Sequence[Row[Any]],
    *,
    is_latest: bool,
) -> Window:
    beside = _Beside(connection, conversation_id, [row.id for row in rows], rows[0].seq if rows else 0)
    said = [_said(row, zone, beside) for row in rows]
    before = _said(above, zone, None) if above is not None else None
    last = None if is_latest or not rows else rows[-1]
    entries = in_order(
        said,
        _notes(connection, conversation_id, zone, before, last),
        _events(connection, conversation_id, zone, before, last),
        before,
    )
    return Window(entries, said[0].seq if said else 1, said[-1].seq if said else 0, above is not None)


class _Beside:
    """What stands beside messages in other tables, by the message's id."""

    def __init__(self, connection: Connection, conversation_id: str, ids: Sequence[str], first: int) -> None:
        self.understood = _understood(connection, conversation_id, ids)
        self.offered = _offered(connection, conversation_id, ids, first)
        self.brought: dict[str, list[Brought]] = {}
        for row in connection.execute(
            sa.select(attachments)
            .where(attachments.c.message_id.in_(ids))
            .order_by(attachments.c.message_id, attachments.c.position)
        ):
            shown = how_shown(row.kind, row.media_type, row.details)
            one = Brought(row.id, row.kind, shown, row.name, row.size, row.state, row.details)
            self.brought.setdefault(row.message_id, []).append(one)
        self.deliveries: dict[str, list[Delivered]] = {}
        for row in connection.execute(
            sa.select(deliveries).where(deliveries.c.message_id.in_(ids)).order_by(deliveries.c.copy)
        ):
            one_way = Delivered(row.channel, row.state, row.error)
            self.deliveries.setdefault(row.message_id, []).append(one_way)


def _said(row: Row[Any], zone: ZoneInfo, beside: _Beside | None) -> Said:
    said = Said(
        row.id,
        row.seq,
        row.created_at,
        day_of(row.created_at, zone),
        row.author_kind,
        row.author_name,
        row.agent_id,
        row.channel,
        row.kind,
        concealed(row.text if row.edited_text is None else row.edited_text),
    )
    if beside is None:
        return said
    customers = row.author_kind == "customer"
    return replace(
        said,
        former=None if row.edited_text is None else row.text,
        edited_at=row.edited_at,
        quoted=_quote(row),
        offered=beside.offered.get(row.id, ()),
        cards=shown_cards(row.cards),
        brought=tuple(beside.brought.get(row.id, ())),
        understood=beside.understood.get(row.id),
        with_next=customers and row.answered_with is not None,
        deliveries=() if customers else tuple(beside.deliveries.get(row.id, ())),
    )


def _quote(row: Row[Any]) -> Quoted | None:
    if row.quoted_seq is None:
        return None
    text = " ".join(concealed(row.quoted_text).split())
    cut = text if len(text) <= QUOTED_LENGTH else text[: QUOTED_LENGTH - 1] + "…"
    here = row.quoted_in == row.conversation_id
    return Quoted(row.quoted_seq, row.quoted_name or row.quoted_author, cut, here)


def _understood(connection: Connection, conversation_id: str, ids: Sequence[str]) -> dict[str, Understood]:
    rows = connection.execute(
        sa.select(turns.c.message_id, turns.c.understanding, turns.c.events).where(turns.c.message_id.in_(ids))
    )
    found = {row.message_id: understood_of(row.understanding, row.events or ()) for row in rows}
    return {message_id: one for message_id, one in found.items() if one is not None}


def _offered(
    connection: Connection, conversation_id: str, ids: Sequence[str], first: int
) -> dict[str, tuple[Offered, ...]]:
    """The buttons under each message. A tap keeps no button's id: it is of the last message that had one so."""
    tapped = connection.execute(
        sa.select(messages.c.seq, messages.c.text, messages.c.payload).where(
            messages.c.conversation_id == conversation_id,
            messages.c.author_kind == "customer",
            messages.c.payload.is_not(None),
            messages.c.seq >= first,
        )
    ).all()
    rows = connection.execute(
        sa.select(choices, messages.c.seq)
        .select_from(choices.join(messages, messages.c.id == choices.c.message_id))
        .where(choices.c.message_id.in_(ids))
        .order_by(messages.c.seq, choices.c.position)
    ).all()
    taken = set()
    for tap in tapped:
        alike = [row for row in rows if row.seq < tap.seq and row.payload == tap.payload and row.title == tap.text]
        taken |= {alike[-1].id} if alike else set()
    found: dict[str, tuple[Offered, ...]] = {}
    for row in rows:
        found[row.message_id] = (*found.get(row.message_id, ()), Offered(row.title, row.id in taken))
    return found


def _notes(
    connection: Connection, conversation_id: str, zone: ZoneInfo, before: Said | None, last: Row[Any] | None
) -> list[Noted]:
    wanted = (
        sa.select(notes, agents.c.name)
        .select_from(notes.join(agents, agents.c.id == notes.c.agent_id))
        .where(notes.c.conversation_id == conversation_id)
    )
    if before is not None:
        wanted = wanted.where(notes.c.after_seq > before.seq)
    if last is not None:
        wanted = wanted.where(notes.c.after_seq <= last.seq)
    return [
        Noted(row.id, row.created_at, day_of(row.created_at, zone), row.after_seq, row.agent_id, row.name, row.text)
        for row in connection.execute(wanted.order_by(notes.c.created_at, notes.c.id))
    ]


def _events(
    connection: Connection, conversation_id: str, zone: ZoneInfo, before: Said | None, last: Row[Any] | None
) -> list[Happened]:
    wanted = _EVENTS.where(handoff_events.c.conversation_id == conversation_id)
    if before is not None:
        wanted = wanted.where(handoff_events.c.at > before.at)
    if last is not None:
        wanted = wanted.where(handoff_events.c.at <= last.created_at)
    rows = connection.execute(wanted.order_by(handoff_events.c.at, handoff_events.c.number)).all()
    doers = {str(row.details["by"]) for row in rows if row.details and "by" in row.details}
    named = sa.select(agents.c.id, agents.c.name).where(agents.c.id.in_(doers))
    names = {row.id: row.name for row in connection.execute(named)} if doers else {}
    return [
        Happened(
            row.id,
            row.at,
            day_of(row.at, zone),
            row.kind,
            row.agent,
            row.to_agent,
            row.to_team,
            row.details or {},
            names.get(row.details["by"]) if row.details and "by" in row.details else None,
        )
        for row in rows
        if row.kind not in UNTOLD and row.details != STEPPED_IN
    ]
