"""Makes one queued call: all that it takes to tell Chatwoot one thing exactly once.

Nothing is said twice: where an earlier attempt may have got through, we look whether it did before saying it again.
No transaction is open while a call is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Json
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.handoff.files import NewFile
from bot.helpdesk.chatwoot import words
from bot.helpdesk.chatwoot.client import KEY, ChatwootClient
from bot.helpdesk.chatwoot.errors import Gone, Invalid, Unclear
from bot.helpdesk.chatwoot.links import Link, keep_link, link_of, link_or_heir
from bot.helpdesk.chatwoot.outbox import Call, Kind
from bot.storage.channel_tables import attachment_contents, attachments

FILES_WAIT = timedelta(seconds=60)  # so long at most a message waits for its files
MOST_PAGES = 10  # of twenty messages, that are looked through
CLOCKS_DIFFER = timedelta(minutes=10)


class FilesComing(Exception):
    """A message's files are still being fetched from its channel."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What came beside a customer's message: files that are here, and names of what is not."""

    files: tuple[NewFile, ...] = ()
    missing: tuple[str, ...] = ()
    coming: bool = False


class Carrier:
    """Makes calls.

    Args:
        conversations: where what was learnt is stored.
    """

    def __init__(self, conversations: Conversations, client: ChatwootClient) -> None:
        self._conversations = conversations
        self._client = client

    async def carry(self, call: Call, now: datetime) -> None:
        """Tell Chatwoot one thing.

        Raises:
            ChatwootError: it is not told, or nobody knows; `Gone` with its number where the conversation is no more.
            FilesComing: it is too early.
            DatabaseUnavailable: what was learnt could not be stored; looking again is right.
        """
        link = await self._link(call.conversation_id)
        number = str(call.body.get("number") or (link.number if link is not None else ""))
        try:
            await self._tell(call, link, number, now)
        except Gone as error:
            if not number and call.kind is not Kind.OPEN:
                raise
            if number and await self._client.is_gone(number):
                raise Gone(str(error), number) from None
            raise Unclear(f"{error}, and yet it is there") from None

    async def _tell(self, call: Call, link: Link | None, number: str, now: datetime) -> None:
        goes_on = link is not None and link.conversation_id != call.conversation_id
        match call.kind:
            case Kind.OPEN if goes_on:
                return  # with a later conversation of ours, as the status shows that has
            case Kind.OPEN:
                await self._open(call, link)
            case Kind.STATUS if link is None or goes_on:
                return  # or it never began
            case _ if not number:
                raise Gone("there is no conversation to tell it in")
            case Kind.STATUS:
                await self._client.set_status(number, str(call.body.get("status")))
            case Kind.LABELS:
                await self._client.add_labels(number, [str(label) for label in call.body.get("labels", [])])
            case Kind.NOTE:
                await self._say(call, number, str(call.body.get("text") or ""), private=True)
            case Kind.MESSAGE:
                await self._pass_on(call, number, now)

    async def _link(self, conversation_id: str) -> Link | None:
        return await self._conversations.database.read(lambda connection: link_or_heir(connection, conversation_id))

    async def _open(self, call: Call, link: Link | None) -> None:
        """Make contact and conversation, or open the conversation again."""
        if link is not None:
            if call.attempts > 1 and link.contact_id is not None:  # an earlier try may have made one as well
                await self._leave_others(call, int(link.contact_id), link.number)
            await self._client.set_status(link.number, "open")
            return
        identifier = str(call.body.get("identifier"))
        contact, source_id = await self._contact(call, identifier)
        before = await self._made_before(call, contact) if call.attempts > 1 else []
        if before:
            made = before[0]
        else:
            made = await self._client.create_conversation(contact, source_id, dict(call.body.get("conversation") or {}))
        if not isinstance(made.get("id"), int):
            raise Invalid("a conversation without a number")
        number = str(made["id"])
        details: Json = {"status": "open", "source_id": source_id}

        def work(unit: Unit) -> Link | None:
            known = link_of(unit.connection, call.conversation_id)
            if known is None:
                keep_link(unit, call.conversation_id, number, str(contact), details)
            return known

        known = await self._conversations.transact(work)
        if known is not None and known.number != number:  # an agent wrote in an earlier one meanwhile
            await self._leave_others(call, contact, known.number)
            await self._client.set_status(known.number, "open")
        elif made.get("status") not in (None, "open"):
            await self._client.set_status(number, "open")

    async def _contact(self, call: Call, identifier: str) -> tuple[int, str | None]:
        if call.attempts > 1 and (found := await self._client.find_contact(identifier)) is not None:
            return found
        try:
            name, attributes = str(call.body.get("name")), dict(call.body.get("contact") or {})
            return await self._client.create_contact(identifier, name, attributes)
        except Invalid:  # an earlier conversation has made it
            found = await self._client.find_contact(identifier)
            if found is None:
                raise
            return found

    async def _made_before(self, call: Call, contact: int) -> list[Json]:
        found = []
        for conversation in await self._client.conversations_of(contact):
            attributes = conversation.get("custom_attributes")
            if isinstance(attributes, dict) and attributes.get(KEY) == call.conversation_id:
                found.append(conversation)
        return found

    async def _leave_others(self, call: Call, contact: int, number: str) -> None:
        """Close what was made of a conversation that goes on in the one of that number, so that nobody writes in it."""
        for other in await self._made_before(call, contact):
            if isinstance(other.get("id"), int) and str(other["id"]) != number and other.get("status") != "resolved":
                left = str(other["id"])
                key = f"left:{call.conversation_id}:{left}"
                await self._client.create_message(left, words.goes_on_in(number), key=key, private=True)
                await self._client.set_status(left, "resolved")

    async def _pass_on(self, call: Call, number: str, now: datetime) -> None:
        message_id = str(call.body.get("message"))
        brought = await self._conversations.database.read(lambda connection: _brought(connection, message_id))
        if brought.coming and now - call.created_at < FILES_WAIT:
            raise FilesComing
        text = words.message_words(str(call.body.get("text") or ""), brought.missing)
        try:
            await self._say(call, number, text, private=False, files=brought.files)
        except Invalid:
            if not brought.files:
                raise
            # It does not take such a file: the words are told all the same, and what is missing is named.
            names = tuple(file.name for file in brought.files)
            text = words.message_words(str(call.body.get("text") or ""), (*names, *brought.missing))
            await self._client.create_message(number, text, key=call.key, private=False)

    async def _say(self, call: Call, number: str, text: str, *, private: bool, files: tuple[NewFile, ...] = ()) -> None:
        if call.attempts > 1 and await self._was_said(call, number):
            return
        await self._client.create_message(number, text or "–", key=call.key, private=private, files=files)

    async def _was_said(self, call: Call, number: str) -> bool:
        """Whether a message with this call's key is there; looked for back to when it was queued."""
        oldest = (call.created_at - CLOCKS_DIFFER).timestamp()
        before: int | None = None
        for _ in range(MOST_PAGES):
            page = await self._client.messages_before(number, before)
            if any(key_of(message) == call.key for message in page):
                return True
            if not page or (isinstance(at := page[0].get("created_at"), int | float) and at < oldest):
                return False
            before = int(page[0]["id"])
        return False


def key_of(message: Json) -> str | None:
    """Our key in a message of Chatwoot's; None where it is not of ours."""
    attributes = message.get("content_attributes")
    found = attributes.get(KEY) if isinstance(attributes, dict) else None
    return found if isinstance(found, str) else None


def _brought(connection: Connection, message_id: str) -> Brought:
    rows = connection.execute(
        sa.select(attachments, attachment_contents.c.content)
        .select_from(
            attachments.outerjoin(attachment_contents, attachment_contents.c.attachment_id == attachments.c.id)
        )
        .where(attachments.c.message_id == message_id)
        .order_by(attachments.c.position)
    ).all()
    files, missing = [], []
    for row in rows:
        if row.content is not None:
            name = row.name or f"{row.kind}-{row.position + 1}"
            files.append(NewFile(name, row.media_type or "application/octet-stream", bytes(row.content)))
        elif row.state != "none":
            missing.append(row.name or row.kind)
        elif row.kind == "location":
            missing.append(f"location {row.details.get('latitude')}, {row.details.get('longitude')}")
        else:
            missing.append(row.kind)
    return Brought(tuple(files), tuple(missing), any(row.state == "waiting" for row in rows))
