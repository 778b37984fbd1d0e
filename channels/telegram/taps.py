"""What a tap on a button does, and what Telegram hears of it at once; no other kind of update."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.commands import APP
from bot.conversations.errors import Refused
from bot.conversations.extra_questions import EXTRA
from bot.conversations.models import Incoming
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.handoff.models import BOT, QUEUE
from bot.storage.tables import agents, choices, conversations, messages
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
    """What was tapped: its title, the name that the tap has, and whether it is marked as chosen."""

    title: str
    own_id: str
    marks: bool
    goes_back: bool = False


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

            def work(unit: Unit) -> None:
                self._inbox.mark_handled(unit.connection, stored, "tap", unit.now)
                if tapped.marks and tap.message_id is not None:
                    chosen = button({"id": tap.choice_id, "title": tapped.title}, CHOSEN)
                    arguments = {"message_id": tap.message_id, "reply_markup": {"inline_keyboard": [[chosen]]}}
                    enqueue(unit, mark_key(tap.choice_id), writer.id, "editMessageReplyMarkup", arguments)

            incoming = Incoming(CHANNEL, writer.identity, tapped.own_id, None, tap.choice_id, writer.locale)
            received = await self._service.receive(incoming, with_it=work)
            went = received.change is not None and received.change.owner == BOT
            why_not = await self._where_they_are(writer) if tapped.goes_back and not went else None
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
        counts once, however often it is tapped. One that something was said after may be over, which is found out
        only when it is answered: a tick there would say that it had its effect. The same goes for the way back to the
        assistant where nobody waits any more.
        """
        offered, later = messages.alias("offered"), messages.alias("later")
        said_since = sa.exists().where(
            later.c.conversation_id == offered.c.conversation_id,
            later.c.seq > offered.c.seq,
            later.c.author_kind == "customer",
        )
        query = (
            sa.select(choices.c.title, choices.c.payload, conversations.c.owner, said_since.label("said_since"))
            .select_from(
                choices.join(offered, offered.c.id == choices.c.message_id).join(
                    conversations, conversations.c.id == choices.c.conversation_id
                )
            )
            .where(choices.c.id == tap.choice_id)
        )
        found = await self._service.database.read(lambda connection: connection.execute(query).first())
        each = f"{tap.writer.identity}:tap:{tap.query_id}"
        if found is None:
            return _Button("", each, marks=False)
        if found.payload.startswith((RATE, EXTRA)):
            return _Button(found.title, each, marks=False)
        goes_back = found.payload == GO_BACK
        marks = found.payload != NO_COMMENT and not found.said_since and (found.owner == QUEUE or not goes_back)
        return _Button(found.title, f"{tap.writer.identity}:choice:{tap.choice_id}", marks, goes_back)

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
