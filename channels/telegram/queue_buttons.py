"""Takes the button that leads back to the assistant away, once nobody waits for a person any more; answers no tap.

Somebody may have taken the conversation, or closed it, or the customer went back elsewhere. What a process was told of
and did not do before it died is found again by the next one: see `_left_lately`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from bot.conversations.commands import APP
from bot.conversations.models import Change
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.handoff.models import QUEUE
from bot.storage.channel_tables import delivery_parts
from bot.storage.database import DatabaseUnavailable
from bot.storage.desk_tables import handoffs, is_open
from bot.storage.tables import choices, conversations, deliveries
from channels.telegram import CHANNEL
from channels.telegram.calls import enqueue
from channels.telegram.keyboards import NO_BUTTONS

log = structlog.get_logger(__name__)

GO_BACK = f"{APP}go_back"  # what the button means
LOOK_EVERY_SECONDS = 2.0
IDLE_SECONDS = 600.0
LATELY = timedelta(days=1)
_ON_THE_WAY = ("waiting", "sending")


def mark_key(choice_id: str) -> str:
    """What the change of a button's message is called: it becomes the choice that was made, or goes away, once."""
    return f"mark:{choice_id}"


class QueueButtons:
    """Sees to the buttons of who waited (a `Subscriber`).

    Args:
        bot_id: of the bot whose messages can be changed.
    """

    def __init__(self, service: Conversations, bot_id: int) -> None:
        self._service = service
        self._bot_id = bot_id
        self._left: set[str] = set()  # conversations
        self._missed = True  # some may have left that we were not told of
        self._runs = False  # one process does it for all
        self._wake = asyncio.Event()

    def changed(self, change: Change) -> None:
        """Somebody may have it now."""
        if self._runs and (change.ended or change.owner not in (None, QUEUE)):
            self._left.add(change.conversation_id)
            self._wake.set()

    def look_again(self) -> None:
        """Changes may have been missed."""
        self._missed = True
        self._wake.set()

    async def run(self) -> None:
        """Take buttons away until cancelled."""
        self._left, self._missed, self._runs = set(), True, True
        try:
            while True:
                self._wake.clear()
                try:
                    await self.settle()
                except DatabaseUnavailable as error:
                    log.info("telegram_queue_buttons_wait", error=str(error))
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_SECONDS if self._left or self._missed else IDLE_SECONDS):
                        await self._wake.wait()
        finally:
            self._runs = False

    async def settle(self) -> None:
        """Take away what there is to be taken away; what is not sent yet stays for the next time.

        Raises:
            DatabaseUnavailable: some of it stays.
        """
        if self._missed:
            self._left |= await self._service.transact(_left_lately)
            self._missed = False
        for conversation_id in tuple(self._left):
            self._left.discard(conversation_id)  # before we look: they may leave once more meanwhile
            over = False
            try:
                over = await self._service.transact(
                    partial(_settle, conversation_id=conversation_id, bot_id=self._bot_id)
                )
            finally:
                if not over:
                    self._left.add(conversation_id)


def _left_lately(unit: Unit) -> set[str]:
    """Conversations that people have, or had until a day ago, with such a button in a chat."""
    shown = sa.exists().where(
        choices.c.conversation_id == handoffs.c.conversation_id,
        choices.c.payload == GO_BACK,
        deliveries.c.message_id == choices.c.message_id,
        deliveries.c.channel == CHANNEL,
    )
    those = (sa.and_(is_open, handoffs.c.state == "held"), handoffs.c.closed_at > unit.now - LATELY)
    found: set[str] = set()
    for which in those:  # each by an index of its own
        found |= set(unit.connection.execute(sa.select(handoffs.c.conversation_id).where(which, shown)).scalars())
    return found


def _settle(unit: Unit, conversation_id: str, bot_id: int) -> bool:
    """Have all such buttons of a conversation taken away; whether none is still on its way to the chat."""
    own = sa.select(conversations.c.owner).where(conversations.c.id == conversation_id)
    if unit.connection.execute(own).scalar() in (None, QUEUE):
        return True
    rows = unit.connection.execute(
        sa.select(choices.c.id, deliveries.c.state, delivery_parts.c.external_id)
        .select_from(
            choices.join(deliveries, deliveries.c.message_id == choices.c.message_id).outerjoin(
                delivery_parts,
                sa.and_(
                    delivery_parts.c.message_id == choices.c.message_id,
                    delivery_parts.c.channel == deliveries.c.channel,
                    delivery_parts.c.external_id.is_not(None),
                ),
            )
        )
        .where(
            choices.c.conversation_id == conversation_id, choices.c.payload == GO_BACK, deliveries.c.channel == CHANNEL
        )
        .order_by(choices.c.id, delivery_parts.c.part)
    ).all()
    for choice_id, external_id in {row.id: row.external_id for row in rows if row.state not in _ON_THE_WAY}.items():
        chat, bot, number = [*str(external_id or "").split(":"), "", ""][:3]  # the last part has the buttons
        if bot == str(bot_id) and number.isdecimal():
            arguments = {"message_id": int(number), "reply_markup": NO_BUTTONS}
            enqueue(unit, mark_key(choice_id), int(chat), "editMessageReplyMarkup", arguments)
    return all(row.state not in _ON_THE_WAY for row in rows)
