"""Chatwoot as conversations see it: what it has to be told is queued in the transaction of what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.cases.hours import BusinessHours, hours_of
from bot.conversations.attachments import shown_of
from bot.conversations.models import Json, Message
from bot.conversations.unit import Unit
from bot.handoff.models import QUEUE, Handoff
from bot.handoff.reading import handoff_of
from bot.helpdesk.chatwoot import words
from bot.helpdesk.chatwoot.client import KEY
from bot.helpdesk.chatwoot.links import link_of, note
from bot.helpdesk.chatwoot.outbox import Kind, enqueue, stuck_since, under_way
from bot.settings import Settings
from bot.storage.desk_tables import helpdesk_calls
from bot.storage.tables import conversations, customers, messages

STUCK_AFTER = timedelta(minutes=2)  # calls in vain for so long: nobody can be reached there just now
LABEL = "bellhop"
MOST_TOLD = 500  # messages of the conversation so far
STATUS_AFTER = {"withdrawn": "pending", "promised": "pending"}  # all other reasons resolve it


@dataclass(frozen=True, slots=True)
class ChatwootDesk:
    """People who work in Chatwoot.

    Args:
        hours: when they are there. Whether somebody looks at Chatwoot just then is not known here.
        timezone: the shop's, for times in notes.
        base_url: where our own desk is, which shows more than fits a note.
    """

    hours: BusinessHours
    timezone: ZoneInfo
    base_url: str

    def live(self, connection: Connection, now: datetime, language: str) -> bool:
        """Whether what is handed over now reaches somebody today."""
        if not self.hours.is_open(now):
            return False
        since = stuck_since(connection)
        return since is None or now - since < STUCK_AFTER

    def handed_over(self, unit: Unit, conversation_id: str) -> None:
        """Queue all that makes it a conversation there: contact, conversation, labels, packet, what was said so far.

        What was queued for this handing over is not queued twice.
        """
        handoff = handoff_of(unit.connection, conversation_id)
        if handoff is not None:
            self._queue_all(unit, conversation_id, handoff, handoff.id)

    def handed_over_anew(self, unit: Unit, conversation_id: str) -> None:
        """As `handed_over`, where all that was queued or told before is lost."""
        handoff = handoff_of(unit.connection, conversation_id)
        if handoff is not None:
            self._queue_all(unit, conversation_id, handoff, f"{handoff.id}:{unit.new_id()}")

    def _queue_all(self, unit: Unit, conversation_id: str, handoff: Handoff, asked_by: str) -> None:
        enqueue(unit, conversation_id, Kind.OPEN, f"open:{asked_by}", self._opening(unit, conversation_id))
        labels = [LABEL, handoff.reason.replace("_", "-")]
        enqueue(unit, conversation_id, Kind.LABELS, f"labels:{asked_by}", {"labels": labels})
        packet = words.packet_words(handoff.packet, f"{self.base_url}/desk/c/{conversation_id}")
        enqueue(unit, conversation_id, Kind.NOTE, f"packet:{asked_by}", {"text": packet})
        said, since, upto = self._said(unit, conversation_id)
        for place, text in enumerate(words.transcript(said, self.timezone)):
            body = {"text": text, "since": since, "upto": upto}
            enqueue(unit, conversation_id, Kind.NOTE, f"said:{asked_by}:{place}", body)
        note(unit, conversation_id, status="open")

    def customer_wrote(self, unit: Unit, conversation_id: str, message: Message) -> None:
        """Queue what the customer wrote."""
        if not _known(unit.connection, conversation_id):
            if _owner(unit.connection, conversation_id) == QUEUE:  # handed over when people worked elsewhere
                self.handed_over(unit, conversation_id)
            return  # else somebody at our own desk has it, and reads it there
        text = message.text if message.edited_text is None else message.edited_text
        body = {"message": message.id, "text": text, "upto": message.seq}
        enqueue(unit, conversation_id, Kind.MESSAGE, f"message:{message.id}", body)

    def ended(self, unit: Unit, conversation_id: str, reason: str) -> None:
        """Queue why it is over there, unless it is over by a word from there."""
        if not _known(unit.connection, conversation_id):
            return
        status = STATUS_AFTER.get(reason, "resolved")
        link = link_of(unit.connection, conversation_id)
        if link is not None and link.status == status:
            return
        handoff = handoff_of(unit.connection, conversation_id)
        of_it = f"{handoff.id if handoff else conversation_id}:{status}"
        enqueue(unit, conversation_id, Kind.NOTE, f"left:{of_it}", {"text": words.left(reason)})
        enqueue(unit, conversation_id, Kind.STATUS, f"status:{of_it}", {"status": status})
        note(unit, conversation_id, status=status)

    def _opening(self, unit: Unit, conversation_id: str) -> Json:
        row = unit.connection.execute(
            sa.select(customers.c.id, customers.c.name, customers.c.shop_customer_id, conversations.c.channel)
            .select_from(conversations.join(customers, customers.c.id == conversations.c.customer_id))
            .where(conversations.c.id == conversation_id)
        ).one()
        # No address and no number: Chatwoot would take whoever has the same for the same person.
        known = {"channel": row.channel, "shop_customer": row.shop_customer_id}
        return {
            "identifier": row.id,
            "name": row.name or f"Customer {row.id[-6:]}",
            "contact": {f"{KEY}_{name}": value for name, value in known.items() if value},
            "conversation": {KEY: conversation_id, f"{KEY}_desk": f"{self.base_url}/desk/c/{conversation_id}"},
        }

    def _said(self, unit: Unit, conversation_id: str) -> tuple[list[words.Line], int, int]:
        """What was said and is not known there yet, after which number, and up to which."""
        told, missed = _told(unit.connection, conversation_id)
        untold = sa.or_(messages.c.seq > told, messages.c.seq.in_(missed))
        rows = unit.connection.execute(
            sa.select(messages)
            .where(messages.c.conversation_id == conversation_id, untold)
            .order_by(messages.c.seq.desc())
            .limit(MOST_TOLD)
        ).all()[::-1]
        files = shown_of(unit.connection, [row.id for row in rows])
        lines = [
            words.Line(
                row.created_at,
                row.author_kind,
                row.author_name,
                row.text if row.edited_text is None else row.edited_text,
                tuple(str(file.get("name") or file["kind"]) for file in files.get(row.id, ())),
            )
            for row in rows
            if not (told and row.author_kind == "agent")  # their own words are there already
        ]
        since = min([told, *(seq - 1 for seq in missed)])
        return lines, since, max([told, *(row.seq for row in rows[-1:])])


def chatwoot_desk(settings: Settings) -> ChatwootDesk:
    """Chatwoot's people as the settings say."""
    hours = hours_of(settings)
    return ChatwootDesk(hours, ZoneInfo(settings.timezone), settings.base_url)


def _known(connection: Connection, conversation_id: str) -> bool:
    """Whether it is, or is about to be, there: what is over and has no link has been deleted there."""
    return link_of(connection, conversation_id) is not None or under_way(connection, conversation_id, list(Kind))


def _told(connection: Connection, conversation_id: str) -> tuple[int, set[int]]:
    """Up to which of our messages all was told there, or is to be, and which of these have failed to get there."""
    rows = helpdesk_calls.c
    calls = connection.execute(
        sa.select(rows.key, rows.kind, rows.state, rows.body)
        .where(
            rows.conversation_id == conversation_id,
            rows.kind.in_((Kind.NOTE.value, Kind.MESSAGE.value)),
        )
        .order_by(rows.number)
    ).all()
    # What was said so far is several notes, each of which only has a part of it.
    incomplete = {_asked_by(call.key) for call in calls if call.kind == Kind.NOTE.value and call.state == "failed"}
    told, missed = 0, set[int]()
    for call in calls:
        upto = int(call.body.get("upto") or 0)
        if call.kind == Kind.MESSAGE.value:
            numbers, failed = {upto}, call.state == "failed"
        else:
            numbers = set(range(int(call.body.get("since") or 0) + 1, upto + 1))
            failed = _asked_by(call.key) in incomplete
        told = told if failed else max(told, upto)
        missed = missed | numbers if failed else missed - numbers
    return told, {seq for seq in missed if 0 < seq <= told}


def _asked_by(key: str) -> str:
    return key.rpartition(":")[0]


def _owner(connection: Connection, conversation_id: str) -> str:
    found = sa.select(conversations.c.owner).where(conversations.c.id == conversation_id)
    return str(connection.execute(found).scalar_one())
