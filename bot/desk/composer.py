"""What agents write: replies to the customer, internal notes, and the drafts of both; each written once, or not at all.

An answer to the page's script is always a part of the page; what was refused says why in words, and the text stays.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

import sqlalchemy as sa
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response
from starlette.routing import Route

from bot.conversations.cleaning import clean_text
from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.desk.attachments import WrongFile, checked
from bot.desk.canned import unfilled
from bot.desk.conversation import Conversation
from bot.desk.drafts import KINDS, NOTE, REPLY, drop_draft, keep_draft
from bot.desk.notes import WrongWords, add_note, written
from bot.desk.pages import HEADERS, DeskCall, Refused, page, row_id_of
from bot.desk.sent import number_of
from bot.desk.talk import longest_on
from bot.desk.tools import DeskTools
from bot.handoff import owning
from bot.handoff.files import MOST_FILES, NewFile
from bot.staff.accounts import prefer
from bot.staff.rights import Right
from bot.storage.tables import conversations

_KEY = re.compile(r"[0-9a-f]{32}")
UNREADABLE = 422  # the request is well made, its content is refused


@dataclass(frozen=True, slots=True)
class Composer:
    """The handlers of what is written.

    Args:
        conversation: makes the parts of the page that are answered with.
    """

    tools: DeskTools
    conversation: Conversation

    async def reply(self, call: DeskCall) -> Response:
        """`POST /desk/c/{id}/reply`: `text` and `files` to the customer; the same `key` twice is said once."""
        conversation_id, form = row_id_of(call), await call.form()
        key, text, files = _key(form), str(form.get("text") or ""), await self._files(form)

        def work(unit: Unit) -> Change:
            words = _sayable(text, self._longest(unit, conversation_id), has_files=bool(files))
            change = owning.reply(unit, conversation_id, call.agent, words, key=key, attachments=files)
            drop_draft(unit.connection, conversation_id, call.agent.id, REPLY)
            if change.messages:  # none where it was said before
                call.note(unit.connection, "reply", conversation_id=conversation_id, subject=change.messages[0].id)
            return change

        try:
            await self.tools.conversations.change(work)
        except WrongWords as error:
            raise Refused(str(error), UNREADABLE) from error
        return await self._shown(call, form)

    async def note(self, call: DeskCall) -> Response:
        """`POST /desk/c/{id}/note`: an internal note; the same `key` twice is written once."""
        conversation_id, form = row_id_of(call), await call.form()
        key, text = _key(form), str(form.get("text") or "")

        def work(unit: Unit) -> Change:
            change = add_note(unit, conversation_id, call.agent, text, key=key)
            drop_draft(unit.connection, conversation_id, call.agent.id, NOTE)
            return change

        try:
            await self.tools.conversations.change(work)
        except WrongWords as error:
            raise Refused(str(error), UNREADABLE) from error
        return await self._shown(call, form)

    async def draft(self, call: DeskCall) -> Response:
        """`POST /desk/c/{id}/draft`: what is typed and not sent, by `kind`."""
        conversation_id, form = row_id_of(call), await call.form()
        kind, text = str(form.get("kind") or ""), str(form.get("text") or "")
        if kind not in KINDS:
            raise Refused("There is no such kind of draft.")
        if kind == REPLY:
            call.demand(Right.ANSWER)
        await self.conversation.known(call, conversation_id)
        await call.write(
            lambda connection: keep_draft(connection, conversation_id, call.agent.id, kind, text, call.now)
        )
        return Response(status_code=204, headers=HEADERS)

    async def enter(self, call: DeskCall) -> Response:
        """`POST /desk/composer/enter`: whether Enter sends (`sends=1`) or breaks the line."""
        chosen = {"enter_sends": bool(await call.field("sends"))}
        await call.write(lambda connection: prefer(connection, call.agent.id, call.now, chosen))
        return Response(status_code=204, headers=HEADERS)

    def routes(self) -> list[Route]:
        """All routes of what is written."""
        tools = self.tools
        return [
            Route("/desk/c/{id}/reply", page(tools, Right.ANSWER, self.reply, files=True), methods=["POST"]),
            Route("/desk/c/{id}/note", page(tools, Right.NOTE, self.note), methods=["POST"]),
            Route("/desk/composer/enter", page(tools, Right.ANSWER, self.enter), methods=["POST"]),
            Route("/desk/c/{id}/draft", page(tools, Right.NOTE, self.draft), methods=["POST"]),
        ]

    async def _shown(self, call: DeskCall, form: FormData) -> Response:
        """What is new since what the page shows, with what was just written."""
        return await self.conversation.fresh(call, number_of(str(form.get("after"))) or 0)

    async def _files(self, form: FormData) -> list[NewFile]:
        sent = [one for one in form.getlist("files") if isinstance(one, UploadFile) and (one.filename or one.size)]
        if len(sent) > MOST_FILES:
            raise Refused(f"At most {MOST_FILES} files can be sent at once.", UNREADABLE)
        found = []
        for upload in sent:
            content = await upload.read()
            try:
                name, most = upload.filename or "", self.tools.settings.desk_file_mb
                found.append(await asyncio.to_thread(checked, name, content, most_mb=most))
            except WrongFile as error:
                raise Refused(str(error), UNREADABLE) from error
        return found

    def _longest(self, unit: Unit, conversation_id: str) -> int:
        wanted = sa.select(conversations.c.channel).where(conversations.c.id == conversation_id)
        channel = unit.connection.execute(wanted).scalar() or ""
        return longest_on(channel, self.tools.settings.message_max_chars)


def _sayable(text: str, longest: int, *, has_files: bool) -> str:
    """The words of a reply.

    Raises:
        WrongWords: there are none and no files, too many, or placeholders among them that nobody has filled in.
    """
    if has_files and not clean_text(text[: 4 * longest]):
        return ""
    words = written(text, longest, "message")
    if left := unfilled(words):
        names = " and ".join(left)
        raise WrongWords(f"Nothing was sent: {names} still {'stands' if len(left) == 1 else 'stand'} in the text.")
    return words


def _key(form: FormData) -> str:
    key = str(form.get("key") or "")
    if not _KEY.fullmatch(key):
        raise Refused("This page is out of date. Load it anew and try again.", UNREADABLE)
    return key
