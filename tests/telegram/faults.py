"""What may go wrong on demand: which calls it hits, how often, and what the caller gets instead of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Ill(StrEnum):
    """What may happen to a call."""

    TOO_MANY = "429 with `retry_after`; the chat stays closed for so long"
    FORBIDDEN = "403 with `description`"
    BAD = "400 with `description`"
    BROKEN = "500, 502 or 504 (`status`); as a gateway's page where `html`"
    SLOW = "waits `seconds`, then does it"
    LATE = "does it, and answers after `seconds`"
    DROP = "closes the connection and does nothing"
    LOST = "does it, and closes the connection without an answer"
    MALFORMED = "does it, and answers half of the JSON"


DONE_ALL_THE_SAME = frozenset({Ill.SLOW, Ill.LATE, Ill.LOST, Ill.MALFORMED})


@dataclass(eq=False)
class Fault:
    """One failure on demand.

    Attributes:
        method: the method it hits; None for all.
        chat: the chat it hits; None for all, and for methods without one.
        times: how many calls it hits; None until it is lifted.
        hits: how many it has hit.
    """

    ill: Ill
    method: str | None = None
    chat: int | None = None
    times: int | None = 1
    retry_after: int = 1
    description: str = ""
    status: int = 500
    html: bool = False
    seconds: float = 1.0
    hits: int = 0
    lifted: bool = False

    def lift(self) -> None:
        """No more of it."""
        self.lifted = True

    @property
    def over(self) -> bool:
        return self.lifted or (self.times is not None and self.hits >= self.times)

    def fits(self, method: str, chat: int | None) -> bool:
        if self.over or (self.chat is not None and self.chat != chat):
            return False
        return self.method is None or self.method.lower() == method.lower()


@dataclass
class Faults:
    """All failures on demand, older ones first."""

    all: list[Fault] = field(default_factory=list)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.all)

    def add(self, fault: Fault) -> Fault:
        self.all.append(fault)
        return fault

    def take(self, method: str, chat: int | None) -> Fault | None:
        """The one that hits this call; it counts as used."""
        fault = next((fault for fault in self.all if fault.fits(method, chat)), None)
        if fault is not None:
            fault.hits += 1
        return fault

    def lift_all(self) -> None:
        for fault in self.all:
            fault.lift()
