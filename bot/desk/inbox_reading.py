"""What the inbox shows, read from the database: conversations by queue and filter, counts, who waits; no pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.handoff.models import BOT, QUEUE
from bot.storage.desk_tables import conversation_tags, desk_reads, handoff_events, handoffs, teams
from bot.storage.tables import agents, conversations, customers, messages

PAGE = 50  # conversations at first, and so many more each time
MOST = 500
LONGEST_PREVIEW = 160

_c, _h = conversations.c, handoffs.c
_owner = agents.alias("owner")
_last = messages.alias("last")
_newest_handoff = (
    sa.select(handoffs.c.id)
    .where(handoffs.c.conversation_id == conversations.c.id)
    .order_by(handoffs.c.requested_at.desc(), handoffs.c.id.desc())
    .limit(1)
    .correlate(conversations)
    .scalar_subquery()
)
# What was said last between people, or with the bot where it speaks: what we tell of queues is no news to an agent.
_said_last = messages.alias("said_last")
_last_seq = (
    sa.select(sa.func.max(_said_last.c.seq))
    .where(
        _said_last.c.conversation_id == conversations.c.id,
        sa.or_(
            _said_last.c.author_kind.in_(("customer", "agent")),
            sa.and_(_said_last.c.author_kind == "bot", _c.owner == BOT),
        ),
    )
    .correlate(conversations)
    .scalar_subquery()
)
_ENDED = _c.state == "ended"
_IN_QUEUE = sa.and_(_c.state == "open", _c.owner == QUEUE)


@dataclass(frozen=True, slots=True)
class Queue:
    """One of the lists of the inbox."""

    name: str
    label: str
    empty: str  # what to say where there is nothing in it


QUEUES = {
    queue.name: queue
    for queue in (
        Queue("mine", "Mine", "Nobody waits for an answer of yours. What you take or are given comes here."),
        Queue("waiting", "Waiting", "Nobody waits for a person just now."),
        Queue("open", "Open", "There are no open conversations, not even with the assistant."),
        Queue("snoozed", "Snoozed", "You have snoozed nothing. What you snooze comes back by itself."),
        Queue("ended", "Ended", "No conversation that people had a hand in has ended yet."),
    )
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of the inbox. An empty string asks for nothing."""

    queue: str = "mine"
    channel: str = ""
    language: str = ""
    team: str = ""
    tag: str = ""
    breached: bool = False
    unread: bool = False
    ending: str = ""  # why an agent ended it; of what has ended

    @property
    def count(self) -> int:
        """How many are set besides the queue."""
        return sum(
            map(bool, (self.channel, self.language, self.team, self.tag, self.breached, self.unread, self.ending))
        )


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One conversation as the list shows it."""

    id: str
    customer_id: str
    customer_name: str | None
    channel: str
    locale: str
    state: str
    owner: str  # bot, queue or an agent's id
    owner_name: str | None
    team_name: str | None
    reason: str | None
    active_at: datetime
    ended_at: datetime | None
    preview: str
    preview_by: str | None  # customer | bot | agent | system
    unread: int
    waiting_since: datetime | None
    due_at: datetime | None
    warned_at: datetime | None
    breached: bool
    snoozed_until: datetime | None
    priority: int
    tags: tuple[str, ...] = ()
    emptied_at: datetime | None = None  # since then nothing that was said is kept
    erased_at: datetime | None = None  # since then nothing is known of the customer


def read_queue(
    connection: Connection, agent_id: str, filters: Filters, now: datetime, *, most: int = PAGE
) -> list[InboxRow]:
    """The conversations of a queue, the most pressing first, at most `most`."""
    return read_rows(
        connection,
        agent_id,
        now,
        sa.and_(_in_queue(filters.queue, agent_id, now), *_conditions(filters, agent_id, now)),
        order=_order(filters.queue),
        most=most,
    )


def read_rows(
    connection: Connection,
    agent_id: str,
    now: datetime,
    condition: sa.ColumnElement[bool],
    *,
    order: Sequence[sa.ColumnElement[Any]] | None = None,
    most: int = PAGE,
) -> list[InboxRow]:
    """Conversations of which `condition` holds, as the list shows them; the latest first unless told otherwise."""
    # First which, then what there is to say of them: most of what the second asks costs too much for all there are.
    ids = list(
        connection.execute(
            sa.select(_c.id)
            .select_from(conversations.outerjoin(handoffs, handoffs.c.id == _newest_handoff))
            .where(condition)
            .order_by(*(order or (_c.active_at.desc(), _c.id)))
            .limit(most)
        ).scalars()
    )
    if not ids:
        return []
    chosen: sa.Select[Any] = (
        sa.select(
            _c.id,
            _c.customer_id,
            _c.channel,
            _c.locale,
            _c.state,
            _c.owner,
            _c.active_at,
            _c.ended_at,
            _c.emptied_at,
            customers.c.erased_at,
            customers.c.name.label("customer_name"),
            _owner.c.name.label("owner_name"),
            teams.c.name.label("team_name"),
            _h.reason,
            _h.state.label("handoff_state"),
            _h.queued_at,
            _h.waiting_since,
            _h.first_reply_at,
            _h.first_reply_due,
            _h.next_reply_due,
            _h.resolution_due,
            _h.first_reply_breached_at,
            _h.next_reply_breached_at,
            _h.resolution_breached_at,
            _h.warned_at,
            _h.snoozed_until,
            _h.priority,
            sa.func.substr(sa.func.coalesce(_last.c.edited_text, _last.c.text), 1, LONGEST_PREVIEW).label("preview"),
            _last.c.author_kind.label("preview_by"),
            _last.c.kind.label("preview_kind"),
            _unread(agent_id).label("unread"),
        )
        .select_from(_joined())
        .where(_c.id.in_(ids))
    )
    rows = {row.id: row for row in connection.execute(chosen)}
    tags = _tags(connection, ids)
    return [_inbox_row(rows[row_id], tags.get(row_id, ()), now) for row_id in ids]


def read_warned(connection: Connection, agent_id: str, now: datetime, *, most: int) -> list[InboxRow]:
    """What waits for a person or is this agent's, and is to be done soon or should have been; the latest warning first.

    Args:
        most: how many at most.
    """
    theirs = sa.or_(_in_queue("waiting", agent_id, now), _in_queue("mine", agent_id, now))
    warned = sa.and_(theirs, _h.state != "closed", _h.warned_at.is_not(None))
    return read_rows(connection, agent_id, now, warned, order=(_h.warned_at.desc(), _c.id), most=most)


def read_counts(connection: Connection, agent_id: str, now: datetime) -> dict[str, int]:
    """How many conversations are in each queue that is counted, and `unread`: of one's own with something new."""
    mine, waiting, is_open, snoozed = (
        _in_queue(name, agent_id, now) for name in ("mine", "waiting", "open", "snoozed")
    )
    row = connection.execute(
        sa.select(
            *(
                sa.func.count(sa.case((condition, 1))).label(name)
                for name, condition in {
                    "mine": mine,
                    "waiting": waiting,
                    "open": is_open,
                    "snoozed": snoozed,
                    "unread": sa.and_(mine, _unread(agent_id) > 0),
                }.items()
            )
        )
        .select_from(conversations.outerjoin(handoffs, handoffs.c.id == _newest_handoff))
        .where(_c.state == "open")
    ).one()
    return dict(row._mapping)


def read_tags(connection: Connection, *, most: int = 100) -> list[str]:
    """The tags in use, the most used first."""
    found = (
        sa.select(conversation_tags.c.tag)
        .group_by(conversation_tags.c.tag)
        .order_by(sa.func.count().desc(), conversation_tags.c.tag)
        .limit(most)
    )
    return list(connection.execute(found).scalars())


def read_channels(connection: Connection) -> list[str]:
    """The channels that customers write on."""
    return sorted(connection.execute(sa.select(_c.channel).distinct()).scalars())


def _in_queue(queue: str, agent_id: str, now: datetime) -> sa.ColumnElement[bool]:
    asleep = sa.and_(_h.state == "held", _h.snoozed_until.is_not(None), _h.snoozed_until > now)
    mine = sa.and_(_c.state == "open", _c.owner == agent_id)
    return {
        "mine": sa.and_(mine, sa.or_(_h.id.is_(None), sa.not_(sa.func.coalesce(asleep, sa.false())))),
        "waiting": _IN_QUEUE,
        "open": _c.state == "open",
        "snoozed": sa.and_(mine, asleep),
        "ended": sa.and_(_ENDED, _h.id.is_not(None)),
    }[queue]


def _order(queue: str) -> Sequence[sa.ColumnElement[Any]]:
    pressing = sa.case(
        (_h.first_reply_at.is_(None), _h.first_reply_due), (_h.waiting_since.is_not(None), _h.next_reply_due)
    ).nulls_last()
    return {
        # Who waits for an answer of mine comes first, then whom I spoke with last.
        "mine": (sa.case((_h.waiting_since.is_not(None), 0), else_=1), pressing, _c.active_at.desc(), _c.id),
        "waiting": (_h.priority.desc(), _h.requested_at, _c.id),  # as `WaitingFor.order`: who is served first
        "open": (_c.active_at.desc(), _c.id),
        "snoozed": (_h.snoozed_until, _c.id),
        "ended": (_c.ended_at.desc(), _c.id),
    }[queue]


def _conditions(filters: Filters, agent_id: str, now: datetime) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if filters.channel:
        found.append(_c.channel == filters.channel)
    if filters.language:
        found.append(
            sa.or_(_c.locale == filters.language, _c.locale.startswith(f"{filters.language}-", autoescape=True))
        )
    if filters.team:
        found.append(_h.team_id == filters.team)
    if filters.tag:
        tagged = (conversation_tags.c.conversation_id == _c.id) & (conversation_tags.c.tag == filters.tag)
        found.append(sa.exists().where(tagged).correlate(conversations))
    if filters.breached:
        late = [_h.first_reply_breached_at, _h.next_reply_breached_at, _h.resolution_breached_at]
        overdue = [
            sa.and_(_h.first_reply_at.is_(None), _h.first_reply_due <= now),
            sa.and_(_h.waiting_since.is_not(None), _h.next_reply_due <= now),
            _h.resolution_due <= now,
        ]
        still = sa.and_(_h.state != "closed", sa.or_(*overdue))
        found.append(sa.or_(*(column.is_not(None) for column in late), still))
    if filters.unread:
        found.append(_unread(agent_id) > 0)
    if filters.ending:
        e = handoff_events.c
        ended = (e.conversation_id == _c.id) & (e.kind == "resolved")
        found.append(sa.exists().where(ended & (e.details["reason"].as_string() == filters.ending)))
    return found


def _unread(agent_id: str) -> sa.ScalarSelect[int]:
    """What the customer wrote since this agent looked last."""
    seen = (
        sa.select(desk_reads.c.seq)
        .where(desk_reads.c.conversation_id == conversations.c.id, desk_reads.c.agent_id == agent_id)
        .correlate(conversations)
        .scalar_subquery()
    )
    return (
        sa.select(sa.func.count())
        .select_from(messages)
        .where(
            messages.c.conversation_id == conversations.c.id,
            messages.c.author_kind == "customer",
            messages.c.seq > sa.func.coalesce(seen, 0),
        )
        .correlate(conversations)
        .scalar_subquery()
    )


def _joined() -> sa.FromClause:
    return (
        conversations.join(customers, customers.c.id == _c.customer_id)
        .outerjoin(handoffs, handoffs.c.id == _newest_handoff)
        .outerjoin(_owner, _owner.c.id == _c.owner)
        .outerjoin(teams, teams.c.id == _h.team_id)
        .outerjoin(_last, sa.and_(_last.c.conversation_id == _c.id, _last.c.seq == _last_seq))
    )


def _tags(connection: Connection, ids: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    if not ids:
        return {}
    rows = connection.execute(
        sa.select(conversation_tags.c.conversation_id, conversation_tags.c.tag)
        .where(conversation_tags.c.conversation_id.in_(ids))
        .order_by(conversation_tags.c.tag)
    )
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        found[row.conversation_id] = (*found.get(row.conversation_id, ()), row.tag)
    return found


def _inbox_row(row: Row[Any], tags: tuple[str, ...], now: datetime) -> InboxRow:
    with_people = row.handoff_state in ("queued", "held")
    due = _due(row) if with_people else None
    marks = (row.first_reply_breached_at, row.next_reply_breached_at, row.resolution_breached_at)
    return InboxRow(
        row.id,
        row.customer_id,
        row.customer_name,
        row.channel,
        row.locale,
        row.state,
        row.owner,
        row.owner_name,
        row.team_name,
        row.reason if with_people or row.state == "ended" else None,
        row.active_at,
        row.ended_at,
        _preview(row),
        row.preview_by,
        row.unread if row.owner != BOT else 0,
        (row.queued_at if row.owner == QUEUE else row.waiting_since) if with_people else None,
        due,
        row.warned_at if with_people else None,
        any(mark is not None for mark in marks) or (due is not None and due <= now),
        row.snoozed_until if row.snoozed_until is not None and row.snoozed_until > now else None,
        row.priority or 0,
        tags,
        row.emptied_at,
        row.erased_at,
    )


def _due(row: Row[Any]) -> datetime | None:
    """What was promised next: a first reply, the next one, or the end."""
    if row.first_reply_at is None:
        due = row.first_reply_due
    elif row.waiting_since is not None:
        due = row.next_reply_due
    else:
        due = row.resolution_due
    found: datetime | None = due
    return found


def _preview(row: Row[Any]) -> str:
    text = " ".join((row.preview or "").split())
    return text or ("Sent a file" if row.preview_kind == "media" else "")
