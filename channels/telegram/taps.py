"""What a tap on a button does, and what Telegram hears of it at once; no other kind of update."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.commands import APP
from bot.conversations.errors import Refused
from bot.conversations.extra_questions import EXTRA
from bot.conversations.models import Incoming, Received
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.handoff.models import BOT, QUEUE
from bot.storage.tables import agents, choices, messages
from channels.telegram import CHANNEL
from channels.telegram.answers import Answers
from channels.telegram.calls import enqueue
from channels.telegram.inbox import Inbox, Stored
from channels.telegram.keyboards import CHOSEN, button
from channels.telegram.queue_buttons import GO_BACK, mark_key
from channels.telegram.updates import Tap, Writer

RATE, NO_COMMENT = f"{APP}rate:", f"{APP}no_comment"


@dataclass(frozen=True, slots=True)
class _Button:
    """What was tapped: its title, the name that the tap has, and whether it may be marked as chosen.

    `offered` is where it stands: its conversation, and the number of its message there.
    """

    title: str
    own_id: str
    counts_once: bool = False
    goes_back: bool = False
    offered: tuple[str, int] = ("", 0)


class Taps:
    """Gives taps their effect.

    Args:
        answers: tells Telegram that they were heard.
    """

    def __init__(self, service: Conversations, inbox: Inbox, answers: Answers) -> None:
        self._service = service
        self._inbox = inbox
        self._answers = answers

    async def take(self, stored: Stored, tap: Tap) -> None:
        """Do what a button stands for. Whatever becomes of it, Telegram hears so at once: until then it turns.

        Raises:
            HandledElsewhere: it had its effect before.
            DatabaseUnavailable: it had none.
            Exception: an error of ours; it had none.
        """
        writer = tap.writer
        try:
            tapped = await self._tapped(tap)

            def work(unit: Unit, received: Received) -> None:
                self._inbox.mark_handled(unit.connection, stored, "tap", unit.now)
                if tap.message_id is not None and _had_its_effect(unit, tapped, received):
                    chosen = button({"id": tap.choice_id, "title": tapped.title}, CHOSEN)
                    arguments = {"message_id": tap.message_id, "reply_markup": {"inline_keyboard": [[chosen]]}}
                    enqueue(unit, mark_key(tap.choice_id), writer.id, "editMessageReplyMarkup", arguments)

            incoming = Incoming(CHANNEL, writer.identity, tapped.own_id, None, tap.choice_id, writer.locale)
            received = await self._service.receive(incoming, with_it=work)
            late = tapped.goes_back and not _went_back(received)
            why_not = await self._where_they_are(writer) if late else None
        except Refused as refusal:
            await self._service.transact(
                lambda unit: self._inbox.mark_handled(unit.connection, stored, "refused", unit.now)
            )
            self._answers.explain(tap.query_id, writer.id, refusal.sentence)
            return
        except Exception:
            self._answers.answer(tap.query_id)
            raise
        if why_not is None:
            self._answers.answer(tap.query_id)
        else:
            self._answers.explain(tap.query_id, writer.id, why_not)

    async def _tapped(self, tap: Tap) -> _Button:
        """Look up a button.

        A score may be tapped again and again, to change it, and its own message shows the score. Any other button
        counts once, however often it is tapped.
        """
        query = (
            sa.select(choices.c.title, choices.c.payload, choices.c.conversation_id, messages.c.seq)
            .select_from(choices.join(messages, messages.c.id == choices.c.message_id))
            .where(choices.c.id == tap.choice_id)
        )
        found = await self._service.database.read(lambda connection: connection.execute(query).first())
        each = f"{tap.writer.identity}:tap:{tap.query_id}"
        if found is None:
            return _Button("", each)
        if found.payload.startswith((RATE, EXTRA)):
            return _Button(found.title, each)
        once = f"{tap.writer.identity}:choice:{tap.choice_id}"
        offered = (found.conversation_id, found.seq)
        return _Button(found.title, once, found.payload != NO_COMMENT, found.payload == GO_BACK, offered)

    async def _where_they_are(self, writer: Writer) -> str:
        """What to say to who would go back to the assistant and cannot: who has the conversation now."""
        standing = await self._service.status(CHANNEL, writer.identity)
        phrases, locale = self._service.phrases, standing.locale or writer.locale
        if standing.owner == BOT:
            return phrases.say("utter_app_with_assistant", locale=locale).text
        if standing.owner == QUEUE:  # tapped before, when it was too late, and they wait again
            return phrases.say("utter_app_button_over", locale=locale).text

        def name(connection: Connection) -> str:
            own = sa.select(agents.c.name).where(agents.c.id == standing.owner)
            return connection.execute(own).scalar() or ""

        agent = await self._service.database.read(name)
        return phrases.say("utter_app_handoff_taken", locale=locale, agent=agent).text


def _went_back(received: Received) -> bool:
    return received.change is not None and received.change.owner == BOT


def _had_its_effect(unit: Unit, tapped: _Button, received: Received) -> bool:
    """Whether a tick may stand on the button, by how things are in the transaction of the tap.

    One that something else was said after may be over, which is found out only when it is answered: a tick there would
    say that it had its effect. The way back to the assistant had it where it led there.
    """
    if not tapped.counts_once:
        return False
    if tapped.goes_back:
        return _went_back(received)
    conversation_id, seq = tapped.offered
    said_since = sa.select(messages.c.id).where(
        messages.c.conversation_id == conversation_id,
        messages.c.seq > seq,
        messages.c.author_kind == "customer",
        messages.c.external_id.is_distinct_from(tapped.own_id),
    )
    return unit.connection.execute(said_since.limit(1)).first() is None
