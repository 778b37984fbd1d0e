"""A channel that sends as the test says, its pace, and conversations that it carries."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

import sqlalchemy as sa

from bot.conversations.ending import end_conversation
from bot.conversations.errors import TransportError
from bot.conversations.models import Draft, Incoming, Message
from bot.conversations.service import Conversations
from bot.conversations.transcript import append
from bot.conversations.transport import Parcel
from bot.storage import channel_tables, tables

CHANNEL = "telegram"


class FreePace:
    """A pace without limits but those that the test sets."""

    def __init__(self) -> None:
        self.rests: set[str] = set()
        self.quicker: set[str] = set()  # those whom somebody else sends something just before us, once
        self.most = 50
        self.set_aside = 0
        self.changes_in = math.inf
        self.began_for: list[str] = []
        self.pauses: dict[str, float] = {}

    def resting(self) -> set[str]:
        return self.rests

    def reserve(self, most: int) -> int:
        self.set_aside = max(0, min(most, self.most))
        return self.set_aside

    def give_back(self, calls: int) -> None:
        self.set_aside -= calls

    def wait(self) -> float:
        return self.changes_in

    def begin(self, identity: str) -> bool:
        self.set_aside -= 1
        if identity in self.quicker:
            self.quicker.remove(identity)
            return False
        self.began_for.append(identity)
        return True

    def ended(self, identity: str) -> None:
        """Nothing is counted."""

    def pause(self, identity: str, seconds: float) -> None:
        self.pauses[identity] = seconds


class Pigeon:
    """A transport: a bar in a text begins another part of it. Failures are raised in turn; None is none."""

    def __init__(self) -> None:
        self.pace = FreePace()
        self.failures: list[Exception | None] = []
        self.calls: list[Parcel] = []
        self.arrived: list[str] = []
        self.held: dict[str, asyncio.Event] = {}  # identity → until when its calls hang
        self.under_way: list[str] = []
        self.most_for_one = 0

    def parts(self, message: Message, locale: str | None) -> int:
        if message.text == "not to be rendered":
            raise ValueError("what a rendering may trip over")
        return message.text.count("|") + 1

    async def send(self, parcel: Parcel) -> str | None:
        self.calls.append(parcel)
        identity = parcel.external_identity
        self.under_way.append(identity)
        self.most_for_one = max(self.most_for_one, self.under_way.count(identity))
        try:
            if identity in self.held:
                await self.held[identity].wait()
            await asyncio.sleep(0)
        finally:
            self.under_way.remove(identity)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.arrived.append(parcel.message.text.split("|")[parcel.part])
        return f"{identity}:p{len(self.arrived)}"


class Deliveries:
    """Opens conversations, has us say things in them, and reads what became of that."""

    def __init__(self, service: Conversations) -> None:
        self._service = service
        self._heard = 0

    async def hears(self, identity: str, text: str = "hello", *, channel: str = CHANNEL) -> str:
        """A customer writes; returns the conversation's id."""
        self._heard += 1
        received = await self._service.receive(
            Incoming(channel, identity, f"{identity}:{channel}:{self._heard}", text, None, "en")
        )
        return received.conversation_id

    async def says(self, conversation_id: str, *drafts: str | Draft) -> list[str]:
        """We say something in a conversation; returns the messages' ids."""
        made = [draft if isinstance(draft, Draft) else Draft(draft, author_kind="system") for draft in drafts]
        stored = await self._service.transact(lambda unit: append(unit, conversation_id, made))
        return [message.id for message in stored]

    async def talk(self, identity: str, *drafts: str | Draft) -> str:
        """A conversation in which all this waits to be sent."""
        conversation_id = await self.hears(identity)
        await self.says(conversation_id, *drafts)
        return conversation_id

    async def ends(self, conversation_id: str) -> None:
        """The conversation ends, and asks how it was."""
        await self._service.transact(lambda unit: end_conversation(unit, conversation_id, "done"))

    async def shared_with(self, conversation_id: str, identity: str, *, channel: str = CHANNEL) -> str:
        """Somebody's other channel takes part as well; returns the identity's id."""

        def join(unit) -> str:  # type: ignore[no-untyped-def]
            conversations, identities = tables.conversations, tables.identities
            this = conversations.c.id == conversation_id
            row = unit.connection.execute(sa.select(conversations).where(this)).one()
            other = unit.new_id()
            unit.connection.execute(
                sa.insert(identities).values(
                    id=other,
                    customer_id=row.customer_id,
                    channel=channel,
                    external_id=identity,
                    created_at=unit.now,
                )
            )
            taking_part = [row.identity_id, other]
            unit.connection.execute(
                sa.insert(channel_tables.participants),
                [
                    {"conversation_id": conversation_id, "identity_id": one, "joined_at": unit.now}
                    for one in taking_part
                ],
            )
            unit.connection.execute(sa.update(conversations).where(this).values(shared=True))
            return other

        return await self._service.transact(join)

    async def of(self, conversation_id: str, *columns: str, channel: str = CHANNEL) -> list[object]:
        """Columns of the deliveries of a conversation over a channel, in order."""
        deliveries = tables.deliveries
        query = (
            sa.select(*(deliveries.c[name] for name in columns or ("state",)))
            .where(deliveries.c.conversation_id == conversation_id, deliveries.c.channel == channel)
            .order_by(deliveries.c.seq)
        )
        rows = await self._service.database.read(lambda connection: connection.execute(query).all())
        return [tuple(row) if len(columns) > 1 else row[0] for row in rows]

    async def parts(self, conversation_id: str) -> list[tuple[int, str, str | None]]:
        """Part, outcome and the channel's id of all that was sent of a conversation's messages."""
        parts, messages = channel_tables.delivery_parts, tables.messages
        query = (
            sa.select(parts.c.part, parts.c.outcome, parts.c.external_id)
            .select_from(parts.join(messages, messages.c.id == parts.c.message_id))
            .where(messages.c.conversation_id == conversation_id)
            .order_by(messages.c.seq, parts.c.part)
        )
        rows = await self._service.database.read(lambda connection: connection.execute(query).all())
        return [(row.part, row.outcome, row.external_id) for row in rows]

    async def texts(self, conversation_id: str) -> list[str]:
        """What we have said in a conversation."""
        stored = await self._service.messages_after(conversation_id, 0)
        return [message.text for message in stored if message.author_kind != "customer"]

    async def survey(self, conversation_id: str) -> str:
        """The state of a conversation's survey."""
        query = sa.select(tables.surveys.c.state).where(tables.surveys.c.conversation_id == conversation_id)
        return str(await self._service.database.read(lambda connection: connection.execute(query).scalar_one()))

    async def change(self, statement: sa.Executable) -> None:
        """What no service does: a state that a test begins with."""
        await self._service.database.write(lambda connection: connection.execute(statement))


def cut_off(message_ids: Sequence[str]) -> sa.Update:
    """As if the process that was sending these had just died."""
    deliveries = tables.deliveries
    return sa.update(deliveries).where(deliveries.c.message_id.in_(message_ids)).values(state="sending", parts=1)


def lost() -> TransportError:
    """Sent, and no answer came."""
    return TransportError("timed out", outcome_unknown=True)
