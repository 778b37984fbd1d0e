"""What one customer sent and was shown, in the order it happened; written by the client, read by checkers."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from tests.client.frames import Frame


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame that the customer wrote; ``attempt`` is 1 for the first time."""

    at: float
    connection: int
    id: str
    kind: Literal["message", "choose"]
    body: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Received:
    """A frame that the server wrote; ``conversation`` is the one the customer was in when it came."""

    at: float
    connection: int
    conversation: str | None
    frame: Frame


@dataclass(frozen=True, slots=True)
class Connected:
    """A socket was opened; ``connection`` counts from 1."""

    at: float
    connection: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A socket is gone, or could not be opened; ``code`` is the closing code, if there was one."""

    at: float
    connection: int
    reason: str
    code: int | None


@dataclass(frozen=True, slots=True)
class Breach:
    """The server broke the protocol: an unreadable frame, or a number left out or shown again."""

    at: float
    connection: int
    conversation: str | None
    what: str


Entry = Sent | Received | Connected | Lost | Breach


class Recorder(Protocol):
    """Takes what happens to a customer."""

    def note(self, entry: Entry) -> None:
        """Take one entry."""
        ...


@dataclass(slots=True)
class Transcript:
    """Keeps every entry."""

    entries: list[Entry] = field(default_factory=list)

    def note(self, entry: Entry) -> None:
        """Append one entry."""
        self.entries.append(entry)


class NoTranscript:
    """Keeps nothing, for long loads."""

    def note(self, entry: Entry) -> None:
        """Forget the entry."""
