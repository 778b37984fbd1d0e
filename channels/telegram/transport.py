"""Sends our messages over Telegram, a part a call; what answers a rating changes the question instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.conversations.attachments import read_content
from bot.conversations.errors import TransportError
from bot.conversations.models import Message
from bot.conversations.phrases import Phrases
from bot.conversations.transport import Parcel
from bot.languages.languages import Labels
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.tables import conversations, deliveries, messages
from channels.telegram import CHANNEL
from channels.telegram.client import CallRejected, TelegramClient, Upload
from channels.telegram.keyboards import NO_NUMBER_KEYBOARD, Keyboard, number_keyboard, rating_keyboard
from channels.telegram.pacing import Pacing
from channels.telegram.pictures import Pictures
from channels.telegram.rating import Question, answers_in_place, question_of
from channels.telegram.rendering import FilePart, Part, PhotoPart, TextPart, render
from channels.telegram.texts import NOTHING, Rich, cleaned, joined, plain, styled, web_address

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
_EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Looks:
    """What messages look like beside their own words.

    `base_url` is what addresses without a host are of. With `number_counts` a customer who is asked for an e-mail
    address may share their phone number instead, by a key of its own. `file_address` is where a file of our people's
    can be fetched for a while, for those that Telegram does not take.
    """

    pictures: Pictures
    base_url: str
    number_counts: bool = False
    file_address: Callable[[str], str] | None = None


class TelegramTransport:
    """Telegram, as couriers use it.

    Args:
        database: read for what a message alone does not tell: where its question stands.
        phrases: labels in the customer's language.
        clock: the present moment, aware.
    """

    def __init__(
        self,
        client: TelegramClient,
        pace: Pacing,
        database: Database,
        phrases: Phrases,
        looks: Looks,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._pace = pace
        self._database = database
        self._phrases = phrases
        self._looks = looks
        self._clock = clock

    @property
    def pace(self) -> Pacing:
        """Telegram's limits, shared with whatever else calls it."""
        return self._pace

    def parts(self, message: Message, locale: str | None) -> int:
        """How many calls a message takes."""
        return len(self._rendered(message, self._words(locale), copy=False))

    async def send(self, parcel: Parcel) -> str | None:
        """Make the call for one part; returns the channel's id of the message that it became, or changed."""
        if parcel.parts == 1 and (kind := answers_in_place(parcel.message)):
            question = await self._read(
                lambda connection: question_of(connection, parcel.message.conversation_id, self._prefix(parcel), kind)
            )
            if question is not None and await self._changed(parcel, question):
                return self._prefix(parcel) + str(question.number)
        words = self._words(parcel.locale)
        parts = self._rendered(parcel.message, words, copy=parcel.copy)
        part = parts[parcel.part]
        if self._looks.number_counts and part is parts[-1] and part.keyboard is None and not parcel.copy:
            part = await self._with_key_for_number(parcel, part, words)
        number = await self._sent(parcel, part)
        return None if number is None else self._prefix(parcel) + str(number)

    def _rendered(self, message: Message, words: Labels, *, copy: bool) -> tuple[Part, ...]:
        return render(message, words, self._looks.pictures, self._looks.base_url, copy=copy)

    def _prefix(self, parcel: Parcel) -> str:
        return f"{parcel.external_identity}:{self._client.bot_id}:"

    def _words(self, locale: str | None) -> Labels:
        return self._phrases.languages.labels(self._phrases.language_for(locale))

    async def _read(self, work: Callable[[Connection], Result]) -> Result:
        """Read before anything is sent: a failure leaves nothing in doubt."""
        try:
            return await self._database.read(work)
        except DatabaseUnavailable as error:
            raise TransportError(f"not sent: {error}") from error

    # -- one call ---------------------------------------------------------------------------------------------

    async def _sent(self, parcel: Parcel, part: Part) -> int | None:
        try:
            return await self._called(parcel, part)
        except CallRejected as error:
            simpler = self._simpler(part)
            if simpler is None:
                raise
            log.warning("telegram_shown_simpler", message=parcel.message.id, error=error.description)
        if isinstance(part, PhotoPart) and not part.words and part.keyboard is None:
            return None  # the words that belong to it come next
        return await self._sent(parcel, simpler)

    async def _called(self, parcel: Parcel, part: Part) -> int:
        arguments = {"chat_id": int(parcel.external_identity), **part.arguments()}
        if isinstance(part, TextPart):
            return await self._client.send(part.method, arguments)
        if isinstance(part, FilePart):
            file = part
            content = await self._read(lambda connection: read_content(connection, file.attachment_id))
            if content is None:  # erased meanwhile
                raise CallRejected(f"{file.method}: no such file", "the file is not there any more")
            return await self._client.send(file.method, arguments, files={file.field: Upload(content, file.name)})
        if part.picture.file is None:
            return await self._client.send(part.method, {**arguments, "photo": part.picture.url})
        try:
            files = {"photo": Upload(part.picture.file.read_bytes())}
        except OSError as error:
            raise CallRejected(f"{part.method}: {error}", "the picture cannot be read") from error
        return await self._client.send(part.method, arguments, files=files)

    def _simpler(self, part: Part) -> Part | None:
        """The same, shown with less: as a file, with a link, without picture or formatting; None where it is plain."""
        if isinstance(part, FilePart):
            if part.is_photo:
                return replace(part, is_photo=False)
            return TextPart(joined((part.words, self._named(part)), "\n"), part.keyboard, part.silent)
        if isinstance(part, PhotoPart):
            return TextPart(part.words or Rich(NOTHING), part.keyboard, part.silent)
        return replace(part, words=plain(part.words)) if part.words.spans else None

    def _named(self, part: FilePart) -> Rich:
        """The name of a file that Telegram does not take, as a link to where it is."""
        make = self._looks.file_address
        link = web_address(self._looks.base_url.rstrip("/") + make(part.attachment_id)) if make else None
        return Rich("📎 ") + (styled(part.name, "text_link", link) if link else Rich(part.name))

    # -- a rating's answer ------------------------------------------------------------------------------------

    async def _changed(self, parcel: Parcel, question: Question) -> bool:
        """Show the answer in place of the question, the scores below for a change of mind; False where it cannot be.

        Made twice it is the same, so that a lost answer of Telegram's is no reason to leave anything in doubt.
        """
        message = parcel.message
        scores = question.scores if self._clock() < question.closes_at else ()
        keyboard: Keyboard | None = None
        if scores or message.choices:
            keyboard = rating_keyboard(scores, question.standing, message.choices)
        part = TextPart(Rich(cleaned(message.text) or NOTHING), keyboard)
        arguments = {**part.arguments(), "chat_id": int(parcel.external_identity), "message_id": question.number}
        try:
            await self._client.call("editMessageText", arguments)
        except CallRejected as error:
            log.info("telegram_rating_not_in_place", message=message.id, error=error.description)
            return False
        return True

    # -- the key that shares a phone number ---------------------------------------------------------------------

    async def _with_key_for_number(self, parcel: Parcel, part: Part, words: Labels) -> Part:
        """Show the key under the question for an e-mail address, and take it away with what comes next."""
        if parcel.message.expects == _EMAIL:
            return replace(part, keyboard=number_keyboard(words.say("share_my_number")))
        if await self._read(lambda connection: _key_is_shown(connection, parcel.message)):
            return replace(part, keyboard=NO_NUMBER_KEYBOARD)
        return part


def _key_is_shown(connection: Connection, message: Message) -> bool:
    """Whether our last message before this one that could show or take away the key, has shown it.

    One with buttons can do neither, since a message has one keyboard; nor does a copy. Looked for in this conversation
    and the one before: the key stands in the chat, which both share.
    """
    own = conversations.c.id == message.conversation_id
    before: str | None = connection.execute(sa.select(conversations.c.previous_id).where(own)).scalar()
    # `exists`, so that it is looked up by the message: a join may go through all that was ever delivered.
    has_arrived = sa.exists().where(
        deliveries.c.message_id == messages.c.id,
        deliveries.c.channel == CHANNEL,
        deliveries.c.state == "delivered",
        deliveries.c.copy.is_(False),
    )
    could_show_it = sa.select(messages.c.expects).where(
        messages.c.id != message.id, messages.c.choices.is_(None), has_arrived
    )
    for conversation_id in (message.conversation_id, *([before] if before else [])):
        there = could_show_it.where(messages.c.conversation_id == conversation_id)
        if (latest := connection.execute(there.order_by(messages.c.seq.desc()).limit(1)).first()) is not None:
            return bool(latest.expects == _EMAIL)
    return False
