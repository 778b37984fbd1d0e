"""Empties conversations: all that was said in them goes, what is counted of them stays. In the caller's transaction.

What goes is said by `bot.privacy.fates`; here is only how.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.privacy.fates import EMPTY, FATES, Fate, Of
from bot.storage.case_tables import cases
from bot.storage.channel_tables import attachments, message_edits
from bot.storage.desk_tables import conversation_tags, handoff_events
from bot.storage.insight_tables import (
    evaluation_runs,
    event_outbox,
    kept_tests,
    nlu_annotations,
    reading_links,
    reviews,
)
from bot.storage.tables import (
    callbacks,
    conversations,
    deliveries,
    follow_ups,
    mails,
    messages,
    metadata,
    surveys,
    turns,
    verifications,
)

GONE = "erased"
# Of what happened to a handoff: codes and ids of our own people. What an action put in besides goes.
_CODES_OF_EVENTS = frozenset({"reason", "with", "by", "why", "until", "kind", "at", "seq", "message"})
# Contents before the rows by which they are found.
_FIRST = ("message_edits", "attachment_contents", "delivery_parts", "attachments")

_NAME_OF_OURS = re.compile(r"[a-z][a-z0-9_/.\-]{0,99}")

Condition = sa.ColumnElement[bool]


def empty_value(table: str, column: sa.Column[Any]) -> Any:
    """What stands in a column that was emptied."""
    if (chosen := EMPTY.get(f"{table}.{column.name}")) is not None:
        return chosen
    if column.nullable:
        return None
    return "" if isinstance(column.type, sa.String) else {}


def empty_conversations(
    connection: Connection, conversation_ids: Sequence[str], now: datetime, *, erased: bool
) -> Counter[str]:
    """Empty these conversations of one customer, which have ended; rows that were touched, by table.

    Args:
        erased: because the customer is; else because they are older than conversations are kept. Then what is still
            worked with stays: what was learnt from them with nobody's name in it, tags, published reviews.
    """
    counts: Counter[str] = Counter()
    ids = list(conversation_ids)
    if not ids:
        return counts
    hold_conversations(connection, ids)
    if erased:
        counts += _only_of_the_erased(connection, ids, now)
    _replace(connection, ids, now)
    wanted = {name: fate for name, fate in FATES.items() if erased or fate.with_age}
    for name in (*_FIRST, *(name for name in wanted if name not in _FIRST)):
        condition = _of_conversations(name, wanted[name].of, ids)
        if condition is not None:
            counts[name] += empty(connection, name, condition)
    counts["mails"] += connection.execute(sa.delete(mails).where(mails.c.conversation_id.in_(ids))).rowcount
    connection.execute(sa.update(conversations).where(conversations.c.id.in_(ids)).values(emptied_at=now))
    return +counts


def hold_conversations(connection: Connection, conversation_ids: Sequence[str]) -> None:
    """Wait for whoever writes about these conversations just now, so that what they write goes too."""
    theirs = sa.select(conversations.c.id).where(conversations.c.id.in_(list(conversation_ids)))
    connection.execute(theirs.order_by(conversations.c.id).with_for_update()).all()


def words_are_deleted(connection: Connection, conversation_id: str) -> bool:
    """Whether nothing may be written about a conversation any more. Whoever erases waits until what we write can be
    deleted; whoever writes, until it is known that nothing may be.
    """
    wanted = sa.select(conversations.c.emptied_at).where(conversations.c.id == conversation_id)
    return connection.execute(wanted.with_for_update(read=True)).scalar() is not None


def empty(connection: Connection, name: str, condition: Condition) -> int:
    """Do to some rows of a table what `FATES` says of it; how many there were."""
    table, fate = metadata.tables[name], FATES[name]
    if fate.deleted:
        return connection.execute(sa.delete(table).where(condition)).rowcount
    values = {column: empty_value(name, table.c[column]) for column in fate.named(Fate.EMPTIED)}
    return connection.execute(sa.update(table).where(condition).values(values)).rowcount if values else 0


def _of_conversations(name: str, of: Of, ids: list[str]) -> Condition | None:
    """Which rows of a table belong to these conversations; None where they are not found that way."""
    table = metadata.tables[name]
    theirs = sa.select(messages.c.id).where(messages.c.conversation_id.in_(ids))
    if name == "conversations":
        return conversations.c.id.in_(ids)
    if name == "message_edits":
        return sa.exists().where(
            messages.c.conversation_id.in_(ids),
            messages.c.channel == message_edits.c.channel,
            messages.c.external_id == message_edits.c.external_id,
        )
    if name == "attachment_contents":
        return table.c.attachment_id.in_(sa.select(attachments.c.id).where(attachments.c.message_id.in_(theirs)))
    if of is Of.CONVERSATION:
        return table.c.conversation_id.in_(ids)
    return table.c.message_id.in_(theirs) if of is Of.MESSAGE else None


def _replace(connection: Connection, ids: list[str], now: datetime) -> None:
    """What stays in another form, and what is no longer to be done."""

    def of(table: sa.Table) -> Condition:
        return table.c.conversation_id.in_(ids)

    def change(table: sa.Table, *where: Condition, **values: Any) -> None:
        connection.execute(sa.update(table).where(of(table), *where).values(**values))

    change(messages, messages.c.author_kind == "customer", author_name=None)
    change(messages, messages.c.author_kind == "customer", messages.c.handled_at.is_(None), handled_at=now)
    theirs = sa.select(messages.c.id).where(messages.c.conversation_id.in_(ids))
    connection.execute(sa.update(attachments).where(attachments.c.message_id.in_(theirs)).values(state="gone"))
    _rewrite(connection, turns, turns.c.message_id, turns.c.understanding, of(turns), understood_without_words)
    _rewrite(connection, handoff_events, handoff_events.c.id, handoff_events.c.details, of(handoff_events), _only_codes)
    change(deliveries, deliveries.c.state.in_(("waiting", "sending")), state="failed", updated_at=now)
    change(surveys, surveys.c.state.in_(("due", "asked")), state="exempt", exempt_reason=GONE)
    change(reading_links, reading_links.c.revoked_at.is_(None), revoked_at=now)
    change(event_outbox, event_outbox.c.state != "done", state="done", done_at=now)
    change(follow_ups, follow_ups.c.state == "open", state="closed", outcome="nothing_to_do", closed_at=now)
    change(callbacks, callbacks.c.state == "open", state="closed", closed_at=now)
    change(cases, cases.c.status == "open", status="done", done_at=now)
    change(cases, key=sa.literal(f"{GONE}:") + cases.c.id)


def _only_of_the_erased(connection: Connection, ids: list[str], now: datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    own = verifications.c.conversation_id.in_(ids)
    ending = sa.case((verifications.c.expires_at > now, now), else_=verifications.c.expires_at)
    connection.execute(sa.update(verifications).where(own).values(shop_customer_id=GONE, expires_at=ending))
    connection.execute(sa.update(reviews).where(reviews.c.conversation_id.in_(ids)).values(state="withdrawn"))
    counts["conversation_tags"] = _delete_own_tags(connection, ids)
    counts["evaluation_runs"] = _forget_failures(connection, ids)
    return counts


def _delete_own_tags(connection: Connection, ids: list[str]) -> int:
    """Tags that no other customer's conversation has."""
    customer = sa.select(conversations.c.customer_id).where(conversations.c.id.in_(ids))
    other, owner = conversation_tags.alias("other"), conversations.alias("owner")
    elsewhere = (
        sa.select(other.c.tag)
        .join(owner, owner.c.id == other.c.conversation_id)
        .where(owner.c.customer_id.not_in(customer))
    )
    own = sa.and_(conversation_tags.c.conversation_id.in_(ids), conversation_tags.c.tag.not_in(elsewhere))
    return connection.execute(sa.delete(conversation_tags).where(own)).rowcount


def _forget_failures(connection: Connection, ids: list[str]) -> int:
    """Why tests failed that were made of these conversations may quote them."""
    named = sa.select(kept_tests.c.name).where(kept_tests.c.conversation_id.in_(ids))
    names = set(connection.execute(named).scalars())
    changed = 0
    for row in connection.execute(sa.select(evaluation_runs.c.id, evaluation_runs.c.results)).all() if names else ():
        kept = [one for one in row.results if not (isinstance(one, dict) and one.get("name") in names)]
        if len(kept) != len(row.results):
            own = evaluation_runs.c.id == row.id
            connection.execute(sa.update(evaluation_runs).where(own).values(results=kept))
            changed += 1
    return changed


def made_of_them(connection: Connection, conversation_ids: Iterable[str]) -> tuple[list[str], int]:
    """Files that tests of these conversations were written to, and how many of their sentences are in data/nlu."""
    ids = list(conversation_ids)
    paths = sa.select(kept_tests.c.path).where(kept_tests.c.conversation_id.in_(ids), kept_tests.c.path.is_not(None))
    exported = sa.select(sa.func.count()).where(
        nlu_annotations.c.conversation_id.in_(ids), nlu_annotations.c.exported_at.is_not(None)
    )
    return [str(path) for path in connection.execute(paths).scalars()], int(connection.execute(exported).scalar_one())


def _rewrite(
    connection: Connection,
    table: sa.Table,
    key: sa.Column[Any],
    column: sa.Column[Any],
    condition: Condition,
    change: Callable[[Any], Any],
) -> None:
    for row in connection.execute(sa.select(key.label("key"), column.label("value")).where(condition)).all():
        if (changed := change(row.value)) != row.value:
            connection.execute(sa.update(table).where(key == row.key).values({column.name: changed}))


def understood_without_words(understanding: Any) -> Any:
    """What was understood, as far as it is the assistant's and not the customer's."""
    if not isinstance(understanding, dict):
        return None
    kept: dict[str, Any] = {}
    if intent := _named(understanding.get("intent"), "name", "confidence"):
        kept["intent"] = intent
    wishes = understanding.get("wishes")
    if wishes := [one for wish in (wishes if isinstance(wishes, list) else ()) if (one := _named(wish, "intent"))]:
        kept["wishes"] = wishes
    return (kept | _named(understanding, "error", "language")) or None


def _named(value: Any, *names: str) -> dict[str, Any]:
    """Of a mapping, these keys where they hold a number or a name of ours: a word without a space."""
    if not isinstance(value, dict):
        return {}
    found = ((name, value.get(name)) for name in names)
    return {
        name: one
        for name, one in found
        if isinstance(one, (int, float)) or (isinstance(one, str) and _NAME_OF_OURS.fullmatch(one))
    }


def _only_codes(details: Any) -> Any:
    if not isinstance(details, dict):
        return None
    return {name: value for name, value in details.items() if name in _CODES_OF_EVENTS} or None
