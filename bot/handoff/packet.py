"""What whoever takes over finds at once: why, what was understood, what was tried; a snapshot of that moment.

What is looked up anew whenever somebody looks (profile, orders, the words themselves) is no part of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bot.conversations.models import Json
from bot.conversations.unit import Unit
from bot.customers.verification import read_access
from bot.handoff.models import Reason
from bot.storage.case_tables import cases
from bot.storage.channel_tables import links, participants
from bot.storage.tables import callbacks, conversations, identities, messages, surveys, turns

MOST_TURNS = 6
MOST_EARLIER = 5
LONGEST_TEXT = 400
LONGEST_SLOT, MOST_OF_SLOTS = 1500, 8000  # bytes of their JSON: of one, and of all
MOST_BYTES = 30_000
# Of no use to a person: how the dialogue is kept going, and what nobody should read.
INNER_SLOTS = frozenset(
    {
        *("session_started_metadata", "requested_slot", "said", "one_time_code", "default_language", "language"),
        *("asking", "answer", "waiting_wishes"),
    }
)


def packet(unit: Unit, conversation_id: str, reason: Reason | str) -> Json:
    """What is known of a conversation at this moment.

    Returns:
        reason, language, channel, level, `understood` (the last turns: what was said, what it was taken for, how sure,
        and what was answered or went wrong), `slots`, `contact`, `promises`, `earlier` conversations with their scores,
        `channels` they take part on, `linked` since when. At most `MOST_BYTES` as JSON.
    """
    conversation = unit.connection.execute(sa.select(conversations).where(conversations.c.id == conversation_id)).one()
    access = read_access(unit.connection, conversation_id, unit.now)
    found: Json = {
        "reason": str(reason),
        "at": unit.now.isoformat(),
        "language": unit.phrases.language_for(conversation.locale),
        "channel": conversation.channel,
        "level": access.level.value,
        "shop_customer_id": access.customer_id,
        "orders_opened": sorted(access.order_numbers)[:20],
        "understood": _understood(unit, conversation_id),
        "slots": slots_of(conversation.history or []),
        "contact": _contact(unit, conversation_id),
        "promises": _promises(unit, conversation_id),
        "earlier": _earlier(unit, conversation),
        "channels": _channels(unit, conversation),
        "linked": _linked(unit, conversation.customer_id),
    }
    return _fitting(found)


def slots_of(history: Iterable[Json]) -> Json:
    """What the bot knew, by slot, as its folded history says: what is set, without what is only its own."""
    known: Json = {}
    for event in history:
        if event.get("event") == "slot":
            known[str(event.get("name"))] = event.get("value")
        elif event.get("event") == "reset_slots":
            known.clear()
    told: Json = {}
    left = MOST_OF_SLOTS
    for name, value in known.items():
        if value in (None, "", [], {}) or name in INNER_SLOTS:
            continue
        size = _bytes(value)
        fits = size <= min(LONGEST_SLOT, left)
        left -= size if fits else 0
        told[name] = value if fits else "…"
    return told


def _understood(unit: Unit, conversation_id: str) -> list[Json]:
    """The last turns, in order."""
    rows = unit.connection.execute(
        sa.select(
            messages.c.id,
            messages.c.seq,
            messages.c.text,
            messages.c.edited_text,
            turns.c.understanding,
            turns.c.effects,
            turns.c.attempts,
        )
        .select_from(turns.join(messages, messages.c.id == turns.c.message_id))
        .where(turns.c.conversation_id == conversation_id)
        .order_by(turns.c.number.desc())
        .limit(MOST_TURNS)
    ).all()
    answered = _answers(unit, [row.id for row in rows])
    return [
        {
            "seq": row.seq,
            "said": _short(row.text if row.edited_text is None else row.edited_text),
            **_taken_for(row.understanding or {}),
            "answered": answered.get(row.id, []),
            "effects": [str(effect.get("type")) for effect in row.effects or []],
            "attempts": row.attempts,
        }
        for row in reversed(rows)
    ]


def _taken_for(understanding: Json) -> Json:
    intent = understanding.get("intent") or {}
    return {
        "intent": intent.get("name"),
        "confidence": round(float(intent.get("confidence") or 0.0), 3),
        "entities": [
            {"entity": entity.get("entity"), "value": _short(str(entity.get("value")), 80)}
            for entity in (understanding.get("entities") or [])[:8]
        ],
        "wishes": [str(wish.get("intent")) for wish in (understanding.get("wishes") or [])[:4]],
        "failed": understanding.get("error"),  # the engine's code, where the turn could not be answered
    }


def _answers(unit: Unit, message_ids: Sequence[str]) -> dict[str, list[str]]:
    """The names of what was answered to each message."""
    found: dict[str, list[str]] = {}
    rows = unit.connection.execute(
        sa.select(messages.c.in_reply_to, messages.c.response)
        .where(messages.c.in_reply_to.in_(message_ids), messages.c.response.is_not(None))
        .order_by(messages.c.seq)
    )
    for row in rows:
        found.setdefault(row.in_reply_to, []).append(row.response)
    return found


def _contact(unit: Unit, conversation_id: str) -> str | None:
    found = sa.select(callbacks.c.contact).where(callbacks.c.conversation_id == conversation_id)
    contact: str | None = unit.connection.execute(found).scalar()
    return contact


def _promises(unit: Unit, conversation_id: str) -> list[Json]:
    """What a person was to do already."""
    rows = unit.connection.execute(
        sa.select(cases.c.kind, cases.c.order_number, cases.c.words, cases.c.due_at)
        .where(cases.c.conversation_id == conversation_id, cases.c.status == "open")
        .order_by(cases.c.due_at)
        .limit(5)
    )
    return [
        {"kind": row.kind, "order": row.order_number, "words": _short(row.words), "due": row.due_at.isoformat()}
        for row in rows
    ]


def _earlier(unit: Unit, conversation: sa.Row[Any]) -> list[Json]:
    """The customer's conversations before this one, the latest first, and how they liked them."""
    rows = unit.connection.execute(
        sa.select(
            conversations.c.id,
            conversations.c.created_at,
            conversations.c.ended_at,
            conversations.c.end_reason,
            surveys.c.score,
            surveys.c.comment,
            surveys.c.about,
        )
        .select_from(conversations.outerjoin(surveys, surveys.c.conversation_id == conversations.c.id))
        .where(
            conversations.c.customer_id == conversation.customer_id,
            conversations.c.id != conversation.id,
            conversations.c.state == "ended",
        )
        .order_by(conversations.c.ended_at.desc())
        .limit(MOST_EARLIER)
    )
    return [
        {
            "conversation": row.id,
            "began": row.created_at.isoformat(),
            "ended": row.ended_at.isoformat(),
            "how": row.end_reason,
            "score": row.score,
            "comment": _short(row.comment) if row.comment else None,
            "about": row.about,
        }
        for row in rows
    ]


def _channels(unit: Unit, conversation: sa.Row[Any]) -> list[str]:
    """Where the customer reads along."""
    found = unit.connection.execute(
        sa.select(identities.c.channel)
        .select_from(participants.join(identities, identities.c.id == participants.c.identity_id))
        .where(participants.c.conversation_id == conversation.id, participants.c.left_at.is_(None))
    ).scalars()
    return sorted({conversation.channel, *found})


def _linked(unit: Unit, customer_id: str) -> list[Json]:
    """Which channels the customer has joined to this one of their own accord, and when."""
    rows = unit.connection.execute(
        sa.select(identities.c.channel, links.c.created_at)
        .select_from(links.join(identities, identities.c.id == links.c.identity_id))
        .where(links.c.to_customer_id == customer_id, links.c.undone_at.is_(None))
        .order_by(links.c.created_at)
        .limit(5)
    )
    return [{"channel": row.channel, "at": row.created_at.isoformat()} for row in rows]


def _short(text: str, most: int = LONGEST_TEXT) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _bytes(value: Any) -> int:
    return len(json.dumps(value, default=str, ensure_ascii=False).encode())


def _fitting(found: Json) -> Json:
    """The packet within its size: what is least needed goes first."""
    for name, empty in (("earlier", []), ("slots", {}), ("understood", []), ("promises", [])):
        if _bytes(found) <= MOST_BYTES:
            break
        found = {**found, name: empty}
    return found
