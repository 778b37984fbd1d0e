"""The rules of the ledger about people: who owns a conversation, and the handoff that says why; one query each."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from bot.insights.rule import Rule
from bot.storage.desk_tables import handoff_events, handoffs
from bot.storage.tables import conversations, messages, surveys

_OPEN = handoffs.c.state != "closed"


def handoff_rules() -> Iterator[Rule]:
    """All of them."""
    yield from _owner_rules()
    yield from _handoff_rules()
    yield from _spoken_rules()


def _owner_rules() -> Iterator[Rule]:
    c, h = conversations.c, handoffs.c
    of_it = sa.and_(h.conversation_id == c.id, _OPEN)
    yield Rule(
        "people have an open conversation exactly while one handoff of it is open",
        "conversation {id} is owned by {owner} and has {found} open handoffs",
        sa.select(c.id, c.owner, sa.func.count(h.id).label("found"))
        .select_from(conversations.outerjoin(handoffs, of_it))
        .where(c.state == "open")
        .group_by(c.id, c.owner)
        .having(sa.func.count(h.id) != sa.case((c.owner == "bot", 0), else_=1)),
    )
    yield Rule(
        "who owns a conversation is who holds its handoff, and what is queued is the queue's",
        "conversation {id} is owned by {owner}, and its handoff is {state} with {held_by}",
        sa.select(c.id, c.owner, h.state, h.held_by)
        .select_from(conversations.join(handoffs, of_it))
        .where(c.state == "open", c.owner != sa.func.coalesce(h.held_by, "queue")),
    )
    yield Rule(
        "a conversation that has ended is nobody's any more",
        "conversation {id} has ended, is owned by {owner} and has {found} open handoffs",
        sa.select(c.id, c.owner, sa.func.count(h.id).label("found"))
        .select_from(conversations.outerjoin(handoffs, of_it))
        .where(c.state == "ended")
        .group_by(c.id, c.owner)
        .having(sa.or_(c.owner != "bot", sa.func.count(h.id) > 0)),
    )


def _handoff_rules() -> Iterator[Rule]:
    h, e = handoffs.c, handoff_events.c
    yield Rule(
        "a handoff is held by somebody exactly while it is, and closed exactly with an outcome and a time",
        "handoff {id} is {state}, held by {held_by}, closed at {closed_at} as {outcome}",
        sa.select(h.id, h.state, h.held_by, h.closed_at, h.outcome).where(
            sa.or_(
                (h.state == "held") != h.held_by.is_not(None),
                (h.state == "closed") != h.closed_at.is_not(None),
                (h.state == "closed") != h.outcome.is_not(None),
            )
        ),
    )
    yield Rule(
        "what happened to a handoff is written down from its request on, without gaps",
        "handoff {id} has {found} events numbered {lowest} to {highest}",
        sa.select(
            h.id,
            sa.func.count(e.id).label("found"),
            sa.func.min(e.number).label("lowest"),
            sa.func.max(e.number).label("highest"),
        )
        .select_from(handoffs.outerjoin(handoff_events, e.handoff_id == h.id))
        .group_by(h.id)
        .having(
            sa.or_(
                sa.func.count(e.id) == 0,
                sa.func.min(sa.case((e.kind == "requested", e.number))) != 1,
                sa.func.min(sa.case((e.kind == "requested", e.number))).is_(None),
                sa.func.max(e.number) != sa.func.count(sa.distinct(e.number)),
            )
        ),
    )


def _spoken_rules() -> Iterator[Rule]:
    c, m, h, s = conversations.c, messages.c, handoffs.c, surveys.c
    spoke = sa.exists().where(m.conversation_id == c.id, m.author_kind == "agent")
    handed_over = sa.exists().where(h.conversation_id == c.id)
    yield Rule(
        "our people write only where something was handed over to them",
        "conversation {id} has words of our people, and never was handed over",
        sa.select(c.id).where(spoke, ~handed_over),
    )
    yield Rule(
        "a survey is about our people exactly where one of them wrote",
        "survey {id} of conversation {conversation_id} is about the {about}",
        sa.select(s.id, s.conversation_id, s.about)
        .select_from(surveys.join(conversations, c.id == s.conversation_id))
        .where((s.about == "agent") != spoke),
    )
    yield Rule(
        "what people own waits for no turn of the bot",
        "message {id} waits in conversation {conversation_id}, which is owned by {owner}",
        sa.select(m.id, m.conversation_id, c.owner)
        .select_from(messages.join(conversations, c.id == m.conversation_id))
        .where(m.author_kind == "customer", m.handled_at.is_(None), c.owner != "bot"),
    )
