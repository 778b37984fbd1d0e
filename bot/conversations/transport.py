"""What a channel that we send to has to be able to do, and what it is given; the couriers do the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from bot.conversations.models import Message


@dataclass(frozen=True, slots=True)
class Parcel:
    """One part of a message on its way: one call to the channel."""

    message: Message
    channel: str
    identity_id: str  # to whom: our id
    external_identity: str  # … and the channel's
    part: int  # from 0
    parts: int
    copy: bool  # the customer wrote elsewhere last, or it is what they wrote there
    locale: str | None  # of the conversation, when the part was taken
    attempts: int  # at this part, this one included


class Pace(Protocol):
    """How fast a channel may be sent to. It looks at its own clock and does not wait itself."""

    def resting(self) -> Collection[str]:
        """The channel's ids of those to whom nothing may be sent at this moment."""
        ...

    def reserve(self, most: int) -> int:
        """Set aside calls that may begin at this moment, at most so many; returns how many those are."""
        ...

    def give_back(self, calls: int) -> None:
        """So many calls that were set aside are not made."""
        ...

    def wait(self) -> float:
        """Seconds until somebody's rest is over or there is a free call more; `inf` where neither is to come."""
        ...

    def begin(self, identity: str) -> bool:
        """Begin a call that was set aside; False, and it is given back, where nothing may be sent to them by now."""
        ...

    def ended(self, identity: str) -> None:
        """That call was answered, or is not waited for any longer."""
        ...

    def pause(self, identity: str, seconds: float) -> None:
        """The channel asked for so long a rest."""
        ...


class Transport(Protocol):
    """A channel that we send to."""

    @property
    def pace(self) -> Pace:
        """Its limits; the same object whenever it is asked for."""
        ...

    def parts(self, message: Message, locale: str | None) -> int:
        """How many calls this message takes in that language, at least one: computed from that alone, always the same.

        Asked before each of its parts is sent.
        """
        ...

    async def send(self, parcel: Parcel) -> str | None:
        """Make the call for one part, and return the channel's id of what that became.

        Called from many tasks at once, never twice at once for the same identity, and never again for a part whose
        outcome is unknown, save for the notice that something may be lost. An exception that is no TransportError
        counts as an outcome that is unknown.

        Raises:
            TransportError: not confirmed; says whether to retry, give up, or admit not to know.
        """
        ...
