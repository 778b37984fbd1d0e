"""What the proof compares: what customers sent and saw, and what the database holds; plain values, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.client.frames import Ack, Message, Refusal
from tests.client.transcript import Breach, Entry, Received, Sent


@dataclass(frozen=True, slots=True)
class Acked:
    """The server told this customer that the message is stored."""

    customer: str
    id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A message frame on a customer's screen."""

    customer: str
    connection: int
    conversation: str | None
    seq: int
    author: str
    text: str
    id: str | None
    in_reply_to: str | None


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that one customer noted, in words."""

    customer: str
    what: str


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a customer ended up: the conversation on their screen and its last number."""

    customer: str
    conversation: str | None
    last_seq: int


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A row of ``conversations``."""

    id: str
    state: str
    last_seq: int
    turns: int


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A row of ``messages``; ``client_id`` is the customer's own id of it, ``moment`` when its row was written.

    ``answered_with`` is the later message with which it was understood together, if it was.
    """

    id: str
    conversation: str
    seq: int
    author: str
    kind: str
    text: str
    client_id: str | None
    in_reply_to: str | None
    payload: str | None
    moment: str
    handled: bool
    answered_with: str | None = None


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A row of ``turns``; ``gave_up`` says that it was closed with an apology instead of an answer."""

    message: str
    conversation: str
    number: int
    moment: str
    gave_up: bool


@dataclass(frozen=True, slots=True)
class StoredSurvey:
    """A row of ``surveys``."""

    conversation: str
    state: str
    score: int | None


@dataclass(frozen=True, slots=True)
class Database:
    """All rows that matter, in no particular order."""

    conversations: Sequence[StoredConversation] = ()
    messages: Sequence[StoredMessage] = ()
    turns: Sequence[StoredTurn] = ()
    surveys: Sequence[StoredSurvey] = ()


@dataclass(slots=True)
class Customers:
    """All that the customers recorded."""

    acked: list[Acked] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    breaches: list[Noted] = field(default_factory=list)
    refused: list[Noted] = field(default_factory=list)
    unanswered: list[Noted] = field(default_factory=list)
    screens: list[Screen] = field(default_factory=list)
    sent: int = 0
    resent: int = 0
    connections: int = 0

    def add(self, customer: str, entries: Sequence[Entry]) -> None:
        """Take in one customer's transcript."""
        for entry in entries:
            match entry:
                case Sent(attempt=attempt):
                    self.sent += attempt == 1
                    self.resent += attempt > 1
                case Breach(what=what, connection=connection):
                    self.breaches.append(Noted(customer, f"connection {connection}: {what}"))
                case Received(frame=Ack(id=id, seq=seq)):
                    self.acked.append(Acked(customer, id, seq))
                case Received(frame=Refusal(retryable=False) as refusal):
                    self.refused.append(Noted(customer, f"{refusal.code}: {refusal.message}"))
                case Received(frame=Message() as message):
                    self.shown.append(_shown(customer, entry, message))
                case _:
                    pass
        self.connections += len({entry.connection for entry in entries if isinstance(entry, Received)})


def _shown(customer: str, entry: Received, message: Message) -> Shown:
    return Shown(
        customer,
        entry.connection,
        entry.conversation,
        message.seq,
        message.author.kind,
        message.text,
        message.id,
        message.in_reply_to,
    )
