"""Gives stored events their effects, and looks what is true in Chatwoot where an event says only that it changed.

Webhooks may be lost, come twice, late and out of order. So nothing rests on one of them: messages are fetched as well,
and a conversation's state is read anew before anything is done by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.engine import Connection

from bot.conversations.models import Change, Json
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.handoff.files import NewFile
from bot.helpdesk.chatwoot import effects, events, links
from bot.helpdesk.chatwoot.client import ChatwootClient
from bot.helpdesk.chatwoot.desk import ChatwootDesk
from bot.helpdesk.chatwoot.effects import Moved, NotLinkedYet
from bot.helpdesk.chatwoot.errors import ChatwootError, Gone, Invalid
from bot.helpdesk.chatwoot.events import Said, Stored
from bot.helpdesk.chatwoot.links import Link, link_by_number
from bot.helpdesk.chatwoot.outbox import told_so_far

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 50
MOST_ATTEMPTS = 12  # the last some two hours after the first
LONGEST_PAUSE = timedelta(minutes=30)
TRIES = 3  # to find a conversation standing still
A_PAGE = 100  # messages, as Chatwoot gives them
UNFETCHED = 3  # tries to fetch a file, before the words go without it


class Handler:
    """Handles events.

    Args:
        largest_file: in bytes, of what agents send.
    """

    def __init__(
        self, conversations: Conversations, client: ChatwootClient, desk: ChatwootDesk, *, largest_file: int
    ) -> None:
        self._conversations = conversations
        self._client = client
        self._desk = desk
        self._largest_file = largest_file
        self._tries: dict[int, int] = {}  # to say what was found by looking, by the message's number

    async def handle_due(self) -> int:
        """Handle what waits, in order; returns how much that was.

        Raises:
            DatabaseUnavailable: nothing more can be handled just now.
        """
        found = await self._conversations.transact(lambda unit: events.due(unit.connection, unit.now, MOST_AT_ONCE))
        for event in found:
            outcome: str | None
            try:
                outcome = await self._handled(event)
            except (ChatwootError, NotLinkedYet, Moved) as error:
                outcome = await self._postponed(event, error)
            except Exception as error:
                if getattr(error, "retryable", False):
                    raise
                log.exception("chatwoot_event_failed", event_id=event.id)
                outcome = await self._postponed(event, error)
            if outcome is not None:
                await self._done(event, outcome)
        return len(found)

    async def look(self, number: str) -> str:
        """Bring a conversation of ours to where its other half is now.

        Raises:
            ChatwootError: it could not be asked.
            Moved: it does not stand still.
            DatabaseUnavailable: nothing more has changed.
        """
        for _ in range(TRIES):
            before, told = await self._conversations.database.read(lambda connection: _before(connection, number))
            if before is None:
                return "not_ours"
            now = await self._client.read_conversation(number)
            if await self._fetch(before):
                continue  # what was said there may have made the conversation another
            work_with = (self._desk, before, told, now)
            try:
                await self._conversations.changes(lambda unit, w=work_with: effects.is_now(unit, *w))  # type: ignore[misc]  # a lambda's default
            except Moved:
                continue
            return "looked"
        raise Moved

    async def _handled(self, event: Stored) -> str:
        body = event.body if isinstance(event.body, dict) else {}
        kind = str(body.get("event"))
        if kind in events.MESSAGES:
            message = events.said_in(body)
            if message is None:
                return "not_for_customers"
            return await self._say(events.conversation_in(body), message, last_try=event.attempts >= UNFETCHED)
        number = events.number_in(body)
        if kind not in events.LOOKS or number is None:
            return "ignored"
        if await self._link(number) is None and events.named_in(events.conversation_in(body)) is None:
            return "not_ours"
        await self._conversations.transact(lambda unit: effects.adopt(unit, events.conversation_in(body)))
        return await self.look(number)

    async def _say(self, conversation: Json, message: Said, *, last_try: bool) -> str:
        files, missing = await self._files(message, last_try=last_try)

        def work(unit: Unit) -> Sequence[Change]:
            link = effects.adopt(unit, conversation)
            at = str(conversation.get("id"))
            return () if link is None else effects.said(unit, self._desk, link, message, files, missing, at=at)

        changes = await self._conversations.changes(work)
        return "said" if changes else "nothing_to_say"

    async def _say_found(self, conversation: Json, message: Said) -> str:
        """As `_say`; the tries are counted here, since no event does it."""
        tries = self._tries.pop(message.id, 0)
        try:
            return await self._say(conversation, message, last_try=tries >= UNFETCHED)
        except ChatwootError:
            self._tries[message.id] = tries + 1
            raise

    async def _files(self, message: Said, *, last_try: bool) -> tuple[list[NewFile], list[str]]:
        files, missing = [], []
        for file in message.files:
            try:
                content = await self._client.download(file.url, self._largest_file)
                files.append(NewFile(file.name, file.media_type, content))
            except Invalid:
                missing.append(file.name)
            except ChatwootError:
                if not last_try:
                    raise
                missing.append(file.name)
        return files, missing

    async def _fetch(self, link: Link) -> bool:
        """Say what agents wrote and no webhook told; whether anything was said."""
        anything, seen = False, link.seen
        while page := await self._client.messages_after(link.number, seen):
            for entry in page:
                if (message := events.said_in(entry)) is not None:
                    anything |= await self._say_found({"id": int(link.number)}, message) == "said"
            seen = max(int(entry["id"]) for entry in page)
            if len(page) < A_PAGE:
                break
        if seen != link.seen:
            upto = seen

            def work(unit: Unit) -> None:
                now = link_by_number(unit.connection, link.number)
                if now is not None:
                    links.note(unit, now.conversation_id, seen=upto)

            await self._conversations.transact(work)
            return True
        return anything

    async def _link(self, number: str) -> Link | None:
        return await self._conversations.database.read(lambda connection: link_by_number(connection, number))

    async def _postponed(self, event: Stored, error: Exception) -> str | None:
        """Try again later; the outcome where that is of no use any more."""
        if isinstance(error, Gone):
            return "gone"
        if event.attempts + 1 >= MOST_ATTEMPTS:
            log.error("chatwoot_event_given_up", event_id=event.id, error=str(error) or type(error).__name__)
            return "given_up"
        pause = min(timedelta(seconds=2.0**event.attempts), LONGEST_PAUSE)
        await self._conversations.transact(lambda unit: events.postpone(unit.connection, event.id, unit.now + pause))
        return None

    async def _done(self, event: Stored, outcome: str) -> None:
        await self._conversations.transact(
            lambda unit: events.mark_handled(unit.connection, event.id, outcome, unit.now)
        )


def _before(connection: Connection, number: str) -> tuple[Link | None, int]:
    """What is known of a conversation, before it is asked for."""
    link = link_by_number(connection, number)
    return link, told_so_far(connection, link.conversation_id) if link is not None else 0
