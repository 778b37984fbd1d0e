"""One turn around the engine: what the engine is given, and the one transaction that stores what it brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.app_prompts import expect_contact, note_callback, person_offer
from bot.conversations.bursts import MOST_MESSAGES, pending_turn
from bot.conversations.edits import tell_if_unread, words_of
from bot.conversations.ending import end_conversation
from bot.conversations.errors import TurnSuperseded
from bot.conversations.handing_over import hand_over
from bot.conversations.models import (
    Change,
    Choice,
    Draft,
    Json,
    Message,
    PendingTurn,
    Reply,
    Standing,
    TurnResult,
    Waiting,
)
from bot.conversations.transcript import append, choice, insert
from bot.conversations.unit import Unit
from bot.storage.desk_tables import handoffs
from bot.storage.tables import awaits_turn, conversations, messages, turns

_PENDING = (
    sa.select(
        messages.c.id.label("message_id"),
        messages.c.external_id,
        messages.c.channel,
        messages.c.seq,
        messages.c.text,
        messages.c.edited_text,
        messages.c.payload,
        messages.c.created_at,
        conversations.c.customer_id,
        conversations.c.identity_id,
        conversations.c.locale,
        conversations.c.turns,
        conversations.c.history,
        conversations.c.owner,
        conversations.c.state,
        # What people left to the bot has waited for it from then on.
        sa.select(sa.func.max(handoffs.c.closed_at))
        .where(handoffs.c.conversation_id == conversations.c.id)
        .scalar_subquery()
        .label("given_back_at"),
    )
    .select_from(messages.join(conversations, conversations.c.id == messages.c.conversation_id))
    .where(
        messages.c.conversation_id == sa.bindparam("conversation"),
        awaits_turn,
    )
    .order_by(messages.c.seq)
    .limit(MOST_MESSAGES)
)
_ADVANCE = (
    sa.update(conversations)
    .where(
        conversations.c.id == sa.bindparam("conversation"),
        conversations.c.turns == sa.bindparam("number"),
        conversations.c.owner == "bot",
        conversations.c.state == "open",
    )
    .values(
        turns=conversations.c.turns + 1,
        last_seq=conversations.c.last_seq + sa.bindparam("count"),
        history=sa.bindparam("new_history", type_=conversations.c.history.type),
        locale=sa.bindparam("new_locale"),
        active_at=sa.bindparam("now"),
    )
    .returning(conversations.c.last_seq, conversations.c.channel, conversations.c.identity_id, conversations.c.shared)
)
_HANDLED = (
    sa.update(messages)
    .where(messages.c.id.in_(sa.bindparam("messages", expanding=True)), messages.c.handled_at.is_(None))
    .values(handled_at=sa.bindparam("now"))
    # Columns alone: SQLite 3.40 takes "payload IS NULL" for false where it returns what it has just updated.
    .returning(messages.c.id, messages.c.text, messages.c.edited_text, messages.c.payload)
)
_TOGETHER = (
    sa.update(messages)
    .where(messages.c.id.in_(sa.bindparam("messages", expanding=True)))
    .values(answered_with=sa.bindparam("last"))
)

_INSERT = sa.insert(turns)

EffectHandler = Callable[[Unit, PendingTurn, Mapping[str, Any]], None]


def next_turn(connection: Connection, conversation_id: str) -> PendingTurn | None:
    """The conversation's first message that waits for its turn, with those that are understood together with it."""
    rows = connection.execute(_PENDING, {"conversation": conversation_id}).all()
    if not rows:
        return None
    first = rows[0]
    standing = Standing(
        conversation_id=conversation_id,
        customer_id=first.customer_id,
        identity_id=first.identity_id,
        locale=first.locale,
        turns=first.turns,
        history=first.history or [],
        owner=first.owner,
        state=first.state,
    )
    waiting = [
        Waiting(
            row.message_id,
            row.external_id,
            row.channel,
            row.seq,
            words_of(row.text, row.edited_text, row.payload),
            row.payload,
            max(row.created_at, row.given_back_at or row.created_at),
        )
        for row in rows
    ]
    return pending_turn(standing, waiting)


def commit_turn(
    unit: Unit,
    turn: PendingTurn,
    result: TurnResult,
    *,
    attempts: int,
    effect_handlers: Mapping[str, EffectHandler],
) -> Change:
    """Store a turn whole: events, replies, understanding, effects, and that its messages are handled.

    Raises:
        TurnSuperseded: a message was handled elsewhere, or the conversation changed hands; nothing is stored.
    """
    drafts = [draft for reply in result.replies if (draft := _draft(unit, reply)) is not None]
    effects = [effect for reply in result.replies for effect in reply.custom.get("effects", [])]
    stored, words = _store_turn(unit, turn, result, drafts, effects, attempts)
    extra: list[Message] = []
    handled = turn.external_ids
    owner: str | None = None
    ended = False
    for effect in effects:
        match effect.get("type"):
            case "end":
                asked = _end_unless_more_waits(unit, turn, effect)
                ended = ended or asked is not None
                extra += asked or ()
            case "request_callback":  # the turn's own words ask where
                note_callback(unit, turn.conversation_id, str(effect.get("reason", "asked")))
                expect_contact(unit, turn.conversation_id)
            case "request_handoff":
                over = hand_over(unit, turn.conversation_id, str(effect.get("reason", "asked")))
                extra += over.messages
                handled += over.handled
                owner = over.owner or owner
            case "open_case":
                of_turn = {"conversation_id": turn.conversation_id, "turn_key": turn.key}
                unit.cases.apply(unit.connection, effect, **of_turn, now=unit.now)
            case str(kind) if kind in effect_handlers:
                effect_handlers[kind](unit, turn, effect)
            case unknown:
                raise ValueError(f"an action returned the unknown effect {unknown!r}")
    if not ended and owner is None:  # a person sees both
        locale = _spoken(turn.locale, result.language)
        extra += tell_if_unread(unit, turn.conversation_id, locale, turn.text, words)
    return Change(
        turn.conversation_id,
        turn.customer_id,
        messages=(*stored, *extra),
        handled=handled,
        ended=ended,
        owner=owner,
        effects=tuple(str(effect["type"]) for effect in effects),
        language=result.language,
    )


def commit_failure(unit: Unit, turn: PendingTurn, *, attempts: int, code: str) -> Change:
    """Close a turn that can never succeed with an honest sentence and the offer of a person.

    Raises:
        TurnSuperseded: as `commit_turn`.
    """
    offer = person_offer(unit, "utter_app_turn_failed", turn.locale)
    result = TurnResult(turn.history, [], (), {"error": code}, None, 0.0, 0.0)
    stored, _ = _store_turn(unit, turn, result, [offer], [], attempts)
    return Change(
        turn.conversation_id,
        turn.customer_id,
        messages=stored,
        handled=turn.external_ids,
    )


def commit_without_engine(unit: Unit, turn: PendingTurn) -> Change:
    """Mark messages handled that no bot should answer: a person owns the conversation."""
    unit.connection.execute(_HANDLED, {"messages": turn.message_ids, "now": unit.now})
    return Change(turn.conversation_id, turn.customer_id, handled=turn.external_ids)


def say_while_waiting(unit: Unit, turn: PendingTurn, draft: Draft) -> Change | None:
    """Tell a waiting customer something once per wait; None where that was said or the turn is done.

    What was said since the message came was said for it as well, though it stands behind another message.
    """
    # The turn's commit waits here, or we wait for it: no notice after its answer.
    unit.connection.execute(
        sa.select(conversations.c.id).where(conversations.c.id == turn.conversation_id).with_for_update()
    )
    told = unit.connection.execute(
        sa.select(messages.c.id).where(
            sa.or_(messages.c.in_reply_to.in_(turn.message_ids), messages.c.created_at >= turn.received_at),
            messages.c.conversation_id == turn.conversation_id,
            messages.c.kind == draft.kind,
        )
    ).first()
    handled = unit.connection.execute(
        sa.select(messages.c.handled_at).where(messages.c.id == turn.message_id)
    ).scalar_one()
    if told is not None or handled is not None:
        return None
    stored = append(unit, turn.conversation_id, [draft], in_reply_to=(turn.message_id, turn.external_id))
    return Change(turn.conversation_id, turn.customer_id, messages=stored)


def _store_turn(
    unit: Unit, turn: PendingTurn, result: TurnResult, drafts: list[Draft], effects: list[Json], attempts: int
) -> tuple[tuple[Message, ...], str]:
    """Returns what we say, and the customer's words as they are now: perhaps no longer those that were read."""
    moved = unit.connection.execute(
        _ADVANCE,
        {
            "conversation": turn.conversation_id,
            "number": turn.number,
            "count": len(drafts),
            "new_history": result.history,
            "new_locale": _spoken(turn.locale, result.language),
            "now": unit.now,
        },
    ).first()
    handled = unit.connection.execute(_HANDLED, {"messages": turn.message_ids, "now": unit.now}).all()
    if moved is None or len(handled) != len(turn.message_ids):
        raise TurnSuperseded(f"conversation {turn.conversation_id} moved on during turn {turn.number + 1}")
    if turn.earlier:
        unit.connection.execute(_TOGETHER, {"messages": turn.message_ids[:-1], "last": turn.message_id})
    unit.connection.execute(
        _INSERT,
        {
            "message_id": turn.message_id,
            "conversation_id": turn.conversation_id,
            "number": turn.number + 1,
            "events": result.events,
            "understanding": result.understanding,
            "effects": effects,
            "model": result.model,
            "attempts": attempts,
            "engine_ms": result.engine_ms,
            "actions_ms": result.actions_ms,
            "finished_at": unit.now,
        },
    )
    replied = (turn.message_id, turn.external_id)
    words = {row.id: words_of(row.text, row.edited_text, row.payload) for row in handled}
    return (
        insert(unit, turn.conversation_id, drafts, reserved=moved, in_reply_to=replied),
        "\n".join(words[message_id] for message_id in turn.message_ids),
    )


def _spoken(locale: str, language: str | None) -> str:
    """The locale to keep: of the visitor's page, with its country, while that is the language spoken."""
    return locale if language is None or locale.lower().split("-")[0] == language else language


def _end_unless_more_waits(unit: Unit, turn: PendingTurn, effect: Mapping[str, Any]) -> tuple[Message, ...] | None:
    """A customer who wrote on after saying goodbye has not left: their next message goes on with the conversation."""
    more = unit.connection.execute(_PENDING, {"conversation": turn.conversation_id}).first()
    if more is not None:
        return None
    reason = effect.get("reason", "done")
    if reason not in ("done", "resolved", "left"):
        raise ValueError(f"an action wants to end a conversation for the unknown reason {reason!r}")
    return end_conversation(unit, turn.conversation_id, reason)


def _draft(unit: Unit, reply: Reply) -> Draft | None:
    cards = tuple(reply.custom.get("cards", []))
    text = (reply.text or "").strip()
    if not text and not cards and not reply.buttons:
        return None
    return Draft(
        text,
        response=reply.response,
        choices=tuple(_choice(unit, button) for button in reply.buttons),
        cards=cards,
        expects=reply.metadata.get("expects"),
    )


def _choice(unit: Unit, button: Json) -> Choice:
    payload = str(button.get("payload") or button["title"])
    value = button.get("value")
    if value is None:  # a plain yes or no means the same everywhere
        value = {"/affirm": "yes", "/deny": "no"}.get(payload)
    return choice(unit.new_id(), str(button["title"]), payload, None if value is None else str(value))
