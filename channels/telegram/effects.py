"""What one update does: each kind in one transaction, together with the note that it is done; no order, no retries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from babel.numbers import format_decimal

from bot.conversations import blocking
from bot.conversations.edits import record_edit
from bot.conversations.errors import LinkRefused, Refused
from bot.conversations.models import Attachment, Change, Incoming
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from channels.limits import Buckets
from channels.telegram import CHANNEL
from channels.telegram.answers import Answers
from channels.telegram.asides import ask_aside, say_aside
from channels.telegram.calls import enqueue
from channels.telegram.groups import record_migration, tell_private_only
from channels.telegram.inbox import Inbox, Stored
from channels.telegram.keyboards import button
from channels.telegram.reading import read_update, sent_at
from channels.telegram.taps import Taps
from channels.telegram.updates import (
    LINK,
    NO_LINK,
    Blocked,
    CommandMessage,
    Edited,
    GroupTalk,
    Ignored,
    LinkAnswer,
    MediaMessage,
    Migrated,
    Reading,
    StartLink,
    StrayTap,
    Tap,
    TextMessage,
    Unacceptable,
    Unblocked,
    Writer,
)

log = structlog.get_logger(__name__)

Counted = TextMessage | MediaMessage | CommandMessage | StartLink | LinkAnswer | Tap | Edited

# What one customer may send, by the time at which Telegram had it: as fast as anybody writes, and an album at once.
MESSAGES_PER_SECOND, MESSAGES_AT_ONCE = 1.0, 30.0
ASKED_TO_SLOW_DOWN_EVERY_SECONDS = 60
Also = Callable[[Unit], object]
WhosePhone = Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What is taken of customers, and what it proves.

    `messages` says how many of each, by the seconds of the clock. `whose_phone` finds the shop's one customer with a
    number, or nobody, and does not raise; None where a number proves nothing. What it proves holds for `proof_lives`.
    """

    messages: Buckets
    most_file_bytes: int
    proof_lives: timedelta
    whose_phone: WhosePhone | None = None


class Effects:
    """Gives updates their effect.

    Args:
        clock: the present moment, aware.
    """

    def __init__(
        self,
        conversations: Conversations,
        inbox: Inbox,
        answers: Answers,
        reading: Reading,
        acceptance: Acceptance,
        clock: Callable[[], datetime],
    ) -> None:
        self._conversations = conversations
        self._inbox = inbox
        self._answers = answers
        self._taps = Taps(conversations, inbox, answers)
        self._reading = reading
        self._acceptance = acceptance
        self._clock = clock

    async def apply(self, stored: Stored) -> None:
        """Give an update its effect.

        Raises:
            HandledElsewhere: it had it before.
            DatabaseUnavailable: it had none.
            Exception: an error of ours; it had none.
        """
        update = read_update(stored.body, self._reading)
        if isinstance(update, Counted) and not self._is_taken(stored, update.writer):
            await self._slow_down(stored, update)
            return
        match update:
            case TextMessage():
                await self._text(stored, update)
            case Tap():
                await self._taps.take(stored, update)
            case CommandMessage():
                await self._command(stored, update)
            case MediaMessage():
                await self._media(stored, update)
            case StartLink():
                await self._link(stored, update)
            case LinkAnswer():
                await self._link_answer(stored, update)
            case Unacceptable():
                await self._decline(stored, update)
            case Edited():
                await self._edit(stored, update)
            case Blocked():
                await self._blocked(stored, update)
            case _:
                await self._beside(stored, update)

    async def give_up(self, stored: Stored) -> None:
        """Note that an update will have no effect, and tell the customer whose it was."""
        update = read_update(stored.body, self._reading)
        writer: Writer | None = getattr(update, "writer", None)
        if (
            isinstance(update, TextMessage | MediaMessage | CommandMessage | StartLink | LinkAnswer | Tap)
            and writer is not None
        ):
            sentence = await self._sentence("utter_app_turn_failed", writer)
            await self._tell(stored, writer, sentence, "failed")
        else:
            await self._only_mark(stored, "failed")

    # -- messages ---------------------------------------------------------------------------------------------

    async def _text(self, stored: Stored, said: TextMessage) -> None:
        incoming = Incoming(
            CHANNEL, said.writer.identity, said.external_id, said.text, None, said.writer.locale, quotes=said.quotes
        )
        await self._receive(stored, said.writer, incoming, "text")

    async def _command(self, stored: Stored, sent: CommandMessage, also: Also | None = None) -> None:
        writer, words = sent.writer, sent.words or None
        incoming = Incoming(
            CHANNEL,
            writer.identity,
            sent.external_id,
            words,
            None,
            writer.locale,
            command=sent.command,
            quotes=sent.quotes,
        )
        await self._receive(stored, writer, incoming, "command", also)

    async def _media(self, stored: Stored, sent: MediaMessage) -> None:
        incoming = Incoming(
            CHANNEL,
            sent.writer.identity,
            sent.external_id,
            sent.text,
            None,
            sent.writer.locale,
            attachments=(self._within_size(sent.attachment),),
            quotes=sent.quotes,
        )
        ask = self._acceptance.whose_phone
        customer = await ask(sent.own_number) if ask is not None and sent.own_number is not None else None
        if customer is not None:
            until = self._clock() + self._acceptance.proof_lives
            incoming = replace(incoming, shop_customer_id=customer, proven_until=until, proven_by="phone")
        await self._receive(stored, sent.writer, incoming, "media")

    def _within_size(self, attachment: Attachment) -> Attachment:
        """A file that is too large to be kept is none to us, so that nobody is told it were kept."""
        most = self._acceptance.most_file_bytes
        if attachment.file_id is None or (most > 0 if attachment.size is None else attachment.size <= most):
            return attachment
        return replace(attachment, file_id=None, details={**attachment.details, "too_large": True})

    async def _link(self, stored: Stored, link: StartLink) -> None:
        """They came by a link. Whose it is they may not know: Telegram's START alone is no yes to sharing a chat."""
        writer = link.writer
        start = CommandMessage(writer, link.external_id, "start", None)
        try:
            if await self._conversations.link_needs_asking(link.token, CHANNEL, writer.identity, writer.locale):
                asked = await self._question(link)
                await self._only_mark(stored, "link_asked", lambda unit: ask_aside(unit, writer.id, stored, asked))
            else:
                await self._follow(stored, writer, link.token, start)
        except LinkRefused as refusal:
            sentence = refusal.sentence
            if refusal.code == "unknown":  # perhaps no link of ours, but a word of the shop's that is as long
                await self._command(stored, start, lambda unit: say_aside(unit, writer.id, sentence))
            else:
                await self._tell(stored, writer, sentence, "link_refused")

    async def _question(self, link: StartLink) -> dict[str, object]:
        standing = await self._conversations.status(CHANNEL, link.writer.identity)
        phrases, locale = self._conversations.phrases, standing.locale or link.writer.locale
        answers = [("link_follow", link.token), ("link_decline", NO_LINK)]
        rows = [[button({"id": LINK + of, "title": phrases.label(name, locale=locale)})] for name, of in answers]
        text = phrases.say("utter_app_link_question", locale=locale).text
        return {"text": text, "reply_markup": {"inline_keyboard": rows}}

    async def _link_answer(self, stored: Stored, said: LinkAnswer) -> None:
        self._answers.answer(said.query_id)
        writer = said.writer
        name = "utter_app_link_declined" if said.token is None else "utter_app_link_accepted"
        text = await self._sentence(name, writer)

        def settle(unit: Unit) -> None:
            if said.message_id is not None:
                arguments = {"message_id": said.message_id, "text": text, "reply_markup": {"inline_keyboard": []}}
                enqueue(unit, f"link:{writer.id}:{said.message_id}", writer.id, "editMessageText", arguments)

        if said.token is None:
            await self._only_mark(stored, "link_declined", settle)
            return
        start = CommandMessage(writer, f"{writer.identity}:tap:{said.query_id}", "start", None)
        try:
            await self._follow(stored, writer, said.token, start, settle)
        except LinkRefused as refusal:
            await self._tell(stored, writer, refusal.sentence, "link_refused")

    async def _follow(
        self, stored: Stored, writer: Writer, token: str, start: CommandMessage, also: Also | None = None
    ) -> None:
        """Followed again, should we die in between, a link does no more than ask again. Raises `LinkRefused`."""
        tries = [stored]

        def note(unit: Unit) -> None:
            tries.append(self._inbox.note_try(unit.connection, stored))
            if also is not None:
                also(unit)

        followed = await self._conversations.follow_link(token, CHANNEL, writer.identity, writer.locale, with_it=note)
        if followed.conversation_id is None:
            await self._command(tries[-1], start)
        else:
            await self._only_mark(tries[-1], "linked")

    async def _receive(
        self, stored: Stored, writer: Writer, incoming: Incoming, outcome: str, also: Also | None = None
    ) -> None:
        try:
            marking = self._marking(stored, outcome, also)
            await self._conversations.receive(incoming, with_it=lambda unit, _: marking(unit))
        except Refused as refusal:
            await self._tell(stored, writer, refusal.sentence, "refused")

    async def _decline(self, stored: Stored, message: Unacceptable) -> None:
        await self._tell(stored, message.writer, await self._sentence(message.response, message.writer), "declined")

    def _is_taken(self, stored: Stored, writer: Writer) -> bool:
        return self._acceptance.messages.take(writer.identity, sent_at(stored.body))

    async def _slow_down(self, stored: Stored, update: Counted) -> None:
        """Too much at once: nothing of it is stored, and now and then they hear so."""
        writer = update.writer
        sentence = await self._sentence("utter_app_too_fast", writer)

        def say(unit: Unit) -> None:
            moment = int(unit.now.timestamp()) // ASKED_TO_SLOW_DOWN_EVERY_SECONDS
            enqueue(unit, f"too_fast:{writer.id}:{moment}", writer.id, "sendMessage", {"text": sentence})

        await self._only_mark(stored, "too_fast", say)
        if isinstance(update, Tap | LinkAnswer):
            self._answers.answer(update.query_id)

    # -- everything else --------------------------------------------------------------------------------------

    async def _edit(self, stored: Stored, edited: Edited) -> None:
        def work(unit: Unit) -> Change | None:
            at = min(edited.at or unit.now, unit.now)  # a time to come would outlast every later edit
            self._mark(unit, stored, "edit")
            return record_edit(unit, CHANNEL, edited.external_id, edited.text, at)

        await self._conversations.change(work)

    async def _blocked(self, stored: Stored, update: Blocked) -> None:
        def work(unit: Unit) -> list[Change]:
            self._mark(unit, stored, "blocked")
            return blocking.blocked(unit, CHANNEL, update.writer.identity)

        await self._conversations.changes(work)

    async def _beside(self, stored: Stored, update: object) -> None:
        """What is no customer's message."""
        key = f"group:{self._reading.bot_id}:{stored.update_id}"
        match update:
            case Unblocked(writer):
                await self._only_mark(
                    stored, "unblocked", lambda unit: blocking.unblocked(unit, CHANNEL, writer.identity)
                )
            case GroupTalk():
                link = f"https://t.me/{self._reading.username}"
                await self._only_mark(stored, "group", lambda unit: tell_private_only(unit, update, key, link))
            case Migrated():
                await self._only_mark(stored, "migrated", lambda unit: record_migration(unit, update))
            case StrayTap(query_id):
                self._answers.answer(query_id)
                await self._only_mark(stored, "stray_tap")
            case Ignored(kind):
                await self._only_mark(stored, f"ignored:{kind}")
            case _:
                log.warning("telegram_update_unknown", update_id=stored.update_id)
                await self._only_mark(stored, "unknown")

    # -- shared -----------------------------------------------------------------------------------------------

    def _mark(self, unit: Unit, stored: Stored, outcome: str) -> None:
        self._inbox.mark_handled(unit.connection, stored, outcome, unit.now)

    def _marking(self, stored: Stored, outcome: str, also: Also | None = None) -> Callable[[Unit], None]:
        def work(unit: Unit) -> None:
            self._mark(unit, stored, outcome)
            if also is not None:
                also(unit)

        return work

    async def _only_mark(self, stored: Stored, outcome: str, also: Also | None = None) -> None:
        await self._conversations.transact(self._marking(stored, outcome, also))

    async def _tell(self, stored: Stored, writer: Writer, sentence: str, outcome: str) -> None:
        """Say something that is no part of a conversation."""
        await self._only_mark(stored, outcome, lambda unit: say_aside(unit, writer.id, sentence))

    async def _sentence(self, response: str, writer: Writer) -> str:
        """One of the app's sentences in the language that is spoken with a customer."""
        standing = await self._conversations.status(CHANNEL, writer.identity)
        phrases, locale = self._conversations.phrases, standing.locale or writer.locale
        most = format_decimal(self._reading.longest_text, locale=phrases.language_for(locale))
        return phrases.say(response, locale=locale, most=most).text
