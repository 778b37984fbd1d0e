"""The rules of the ledger, one query each: it selects what breaks the rule; nothing selected, rule kept."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from bot.insights.handoff_rules import handoff_rules
from bot.insights.rule import Rule
from bot.insights.survey_rules import further_rules
from bot.storage.case_tables import cases
from bot.storage.tables import callbacks, conversations, deliveries, follow_ups, messages, surveys, turns

_first = messages.alias("first")
_replied = messages.alias("replied")
_last = messages.alias("last")
_own_turn = turns.alias("own_turn")
_later = turns.alias("later")
_later_message = messages.alias("later_message")
_is_own = sa.func.coalesce(messages.c.payload, "").startswith("app:")


def _rules() -> Iterator[Rule]:
    yield from _survey_rules()
    yield from further_rules()
    yield from _transcript_rules()
    yield from _turn_rules()
    yield from _delivery_rules()
    yield from _case_rules()
    yield from handoff_rules()


def _survey_rules() -> Iterator[Rule]:
    s, c = surveys.c, conversations.c
    yield Rule(
        "every ended conversation has exactly one survey",
        "conversation {id} ended but has {found} surveys",
        sa.select(c.id, sa.func.count(s.id).label("found"))
        .select_from(conversations.outerjoin(surveys, s.conversation_id == c.id))
        .where(c.state == "ended")
        .group_by(c.id)
        .having(sa.func.count(s.id) != 1),
    )
    yield Rule(
        "no open conversation has a survey",
        "survey {id} belongs to conversation {conversation_id}, which has not ended",
        sa.select(s.id, s.conversation_id)
        .select_from(surveys.outerjoin(conversations, s.conversation_id == c.id))
        .where(sa.or_(c.id.is_(None), c.state != "ended")),
    )
    yield Rule(
        "a survey is answered exactly when it has a score from 1 to 5 and a time",
        "survey {id} is {state} with score {score}, answered at {answered_at}",
        sa.select(s.id, s.state, s.score, s.answered_at).where(
            sa.or_(
                sa.and_(
                    s.state == "answered",
                    sa.or_(s.score.is_(None), s.score < 1, s.score > 5, s.answered_at.is_(None)),
                ),
                sa.and_(s.state != "answered", s.score.is_not(None)),
            )
        ),
    )
    yield Rule(
        "what was asked has the time when",
        "survey {id} is {state} without a time at which it was asked",
        sa.select(s.id, s.state).where(s.state.in_(("asked", "answered", "expired")), s.asked_at.is_(None)),
    )
    yield Rule(
        "a survey whose question went out counts as asked",
        "survey {id} is still {state}, but its question {message_id} was delivered",
        sa.select(s.id, s.state, s.message_id)
        .distinct()
        .join(deliveries, deliveries.c.message_id == s.message_id)
        .where(s.state == "due", deliveries.c.state.in_(("sent", "delivered"))),
    )
    yield Rule(
        "an exempt survey says why, and no other does",
        "survey {id} is {state} with the reason {exempt_reason} for being exempt",
        sa.select(s.id, s.state, s.exempt_reason).where(
            sa.or_(
                sa.and_(s.state == "exempt", s.exempt_reason.is_(None)),
                sa.and_(s.state != "exempt", s.exempt_reason.is_not(None)),
            )
        ),
    )
    yield Rule(
        "nobody who asked something counts as having asked nothing",
        "survey {id} is exempt since nothing was asked in conversation {conversation_id}, where message {asked} was",
        sa.select(s.id, s.conversation_id, messages.c.id.label("asked"))
        .join(messages, messages.c.conversation_id == s.conversation_id)
        .where(
            s.exempt_reason == "nothing_asked",
            sa.or_(
                messages.c.author_kind == "agent",
                sa.and_(messages.c.author_kind == "customer", messages.c.kind == "text"),
            ),
        ),
    )
    yield Rule(
        "every score of 1 or 2 has a follow-up for a person",
        "survey {id} has score {score} and no follow-up",
        sa.select(s.id, s.score)
        .select_from(surveys.outerjoin(follow_ups, follow_ups.c.survey_id == s.id))
        .where(s.state == "answered", s.score <= 2, follow_ups.c.id.is_(None)),
    )


def _transcript_rules() -> Iterator[Rule]:
    c, m = conversations.c, messages.c
    yield Rule(
        "messages are numbered 1, 2, 3 … without gaps",
        "conversation {id} has {found} messages numbered {lowest} to {highest}, and its last number is {last_seq}",
        sa.select(
            c.id,
            c.last_seq,
            sa.func.count(m.id).label("found"),
            sa.func.min(m.seq).label("lowest"),
            sa.func.max(m.seq).label("highest"),
        )
        .select_from(conversations.outerjoin(messages, m.conversation_id == c.id))
        .group_by(c.id, c.last_seq)
        .having(
            sa.or_(
                sa.func.count(sa.distinct(m.seq)) != c.last_seq,
                sa.func.count(m.id) != c.last_seq,
                sa.func.min(m.seq) != 1,
                sa.func.max(m.seq) != c.last_seq,
            )
        ),
    )
    yield Rule(
        "every message belongs to a conversation",
        "message {id} belongs to conversation {conversation_id}, which does not exist",
        sa.select(m.id, m.conversation_id)
        .select_from(messages.outerjoin(conversations, m.conversation_id == c.id))
        .where(c.id.is_(None)),
    )
    yield Rule(
        "no customer's message is stored twice",
        "{channel} message {external_id} is stored {found} times",
        sa.select(m.channel, m.external_id, sa.func.count().label("found"))
        .where(m.external_id.is_not(None))
        .group_by(m.channel, m.external_id)
        .having(sa.func.count() > 1),
    )
    yield Rule(
        "every reply of the bot answers a customer's message before it in the same conversation",
        "message {id} (conversation {conversation_id}, number {seq}) says it answers {in_reply_to}",
        sa.select(m.id, m.conversation_id, m.seq, m.in_reply_to)
        .select_from(messages.outerjoin(_first, _first.c.id == m.in_reply_to))
        .where(
            sa.or_(m.author_kind == "bot", m.in_reply_to.is_not(None)),
            sa.or_(
                _first.c.id.is_(None),
                _first.c.author_kind != "customer",
                _first.c.conversation_id != m.conversation_id,
                _first.c.seq >= m.seq,
            ),
        ),
    )
    yield Rule(
        "a customer has at most one open conversation",
        "customer {customer_id} has {found} open conversations",
        sa.select(c.customer_id, sa.func.count().label("found"))
        .where(c.state == "open")
        .group_by(c.customer_id)
        .having(sa.func.count() > 1),
    )


def _turn_rules() -> Iterator[Rule]:
    c, m, t = conversations.c, messages.c, turns.c
    yield Rule(
        "turns are numbered 1, 2, 3 … without gaps",
        "conversation {id} counts {turns} turns, and has {found} numbered up to {highest}",
        sa.select(c.id, c.turns, sa.func.count(t.message_id).label("found"), sa.func.max(t.number).label("highest"))
        .select_from(conversations.outerjoin(turns, t.conversation_id == c.id))
        .group_by(c.id, c.turns)
        .having(
            sa.or_(
                sa.func.count(sa.distinct(t.number)) != c.turns,
                sa.func.count(t.message_id) != c.turns,
                sa.func.min(t.number) != 1,
                sa.func.max(t.number) != c.turns,
            )
        ),
    )
    yield Rule(
        "every turn is of one handled customer's message of its conversation",
        "turn {number} of conversation {conversation_id} is of message {message_id}, which is not such a one",
        sa.select(t.number, t.conversation_id, t.message_id)
        .select_from(turns.outerjoin(messages, m.id == t.message_id))
        .where(
            sa.or_(
                m.id.is_(None),
                m.author_kind != "customer",
                m.handled_at.is_(None),
                m.conversation_id != t.conversation_id,
            )
        ),
    )
    yield Rule(
        "no message is handled twice",
        "message {message_id} has {found} turns",
        sa.select(t.message_id, sa.func.count().label("found")).group_by(t.message_id).having(sa.func.count() > 1),
    )
    yield Rule(
        "what the bot answered is handled, by a turn, unless it was a button of the app's own",
        "message {id} of conversation {conversation_id} has an answer of the bot, but no finished turn",
        sa.select(m.id, m.conversation_id)
        .distinct()
        .select_from(messages.join(_replied, _replied.c.in_reply_to == m.id).outerjoin(turns, t.message_id == m.id))
        .where(
            _replied.c.author_kind == "bot",
            # What is shown again, for such a button, is still the bot's; that took no turn.
            sa.or_(m.handled_at.is_(None), sa.and_(t.message_id.is_(None), ~_is_own)),
        ),
    )
    yield Rule(
        "a message understood together with others is answered by the turn of the last of them, and by no other",
        "message {id} of conversation {conversation_id} says it was answered with {answered_with}",
        sa.select(m.id, m.conversation_id, m.answered_with)
        .select_from(
            messages.outerjoin(_last, _last.c.id == m.answered_with)
            .outerjoin(turns, t.message_id == _last.c.id)
            .outerjoin(_own_turn, _own_turn.c.message_id == m.id)
        )
        .where(
            m.answered_with.is_not(None),
            sa.or_(
                m.author_kind != "customer",
                m.handled_at.is_(None),
                _last.c.conversation_id != m.conversation_id,
                _last.c.seq <= m.seq,
                t.message_id.is_(None),
                _own_turn.c.message_id.is_not(None),
            ),
        ),
    )
    yield Rule(
        "messages are handled in the order in which they came",
        "conversation {conversation_id}: turn {number} is of a later message than the turn after it",
        sa.select(t.conversation_id, t.number)
        .select_from(
            turns.join(messages, m.id == t.message_id)
            .join(
                _later,
                sa.and_(_later.c.conversation_id == t.conversation_id, _later.c.number == t.number + 1),
            )
            .join(_later_message, _later_message.c.id == _later.c.message_id)
        )
        .where(_later_message.c.seq < m.seq),
    )


def _delivery_rules() -> Iterator[Rule]:
    m, d = messages.c, deliveries.c
    yield Rule(
        "every message of ours has a delivery",
        "message {id} (conversation {conversation_id}, number {seq}) has no delivery",
        sa.select(m.id, m.conversation_id, m.seq)
        .select_from(messages.outerjoin(deliveries, d.message_id == m.id))
        .where(m.author_kind != "customer", d.message_id.is_(None)),
    )
    yield Rule(
        "every delivery is of a message of ours, or the copy of a customer's, with its number",
        "the delivery of message {message_id} (number {seq}) over {channel} fits no message it could be of",
        sa.select(d.message_id, d.seq, d.channel)
        .select_from(deliveries.outerjoin(messages, d.message_id == m.id))
        .where(
            sa.or_(
                m.id.is_(None),
                # What the customer wrote on one channel is shown on another that we send to: as a copy.
                sa.and_(m.author_kind == "customer", sa.or_(d.copy.is_(False), m.channel == d.channel)),
                m.seq != d.seq,
                m.conversation_id != d.conversation_id,
            )
        ),
    )


def _case_rules() -> Iterator[Rule]:
    k, b = cases.c, callbacks.c
    yield Rule(
        "every case belongs to a conversation and has a time by which it was promised",
        "case {id} (conversation {conversation_id}) is due at {due_at}",
        sa.select(k.id, k.conversation_id, k.due_at)
        .select_from(cases.outerjoin(conversations, k.conversation_id == conversations.c.id))
        .where(sa.or_(conversations.c.id.is_(None), k.due_at.is_(None))),
    )
    yield Rule(
        "a case is done exactly when it has the time when",
        "case {id} is {status}, done at {done_at}",
        sa.select(k.id, k.status, k.done_at).where((k.status == "done") != k.done_at.is_not(None)),
    )
    yield Rule(
        "nothing has opened two cases",
        "{found} cases have the key {key}",
        sa.select(k.key, sa.func.count().label("found")).group_by(k.key).having(sa.func.count() > 1),
    )
    open_case = sa.and_(k.conversation_id == b.conversation_id, k.kind == "call_back", k.status == "open")
    yield Rule(
        "every call back that can be made is an open case",
        "call back {id} (conversation {conversation_id}) is open, and no case says so",
        sa.select(b.id, b.conversation_id)
        .select_from(callbacks.outerjoin(cases, open_case))
        .where(b.state == "open", b.contact.is_not(None), k.id.is_(None)),
    )


RULES: tuple[Rule, ...] = tuple(_rules())
