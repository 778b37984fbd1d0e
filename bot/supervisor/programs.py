"""What a supervised program is: how it is started, what it is told, where it answers; pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

WRONG_SETUP = 2  # the exit code of a program that cannot work as things are set up: trying again is useless


@dataclass(frozen=True)
class Program:
    """One child of the supervisor."""

    name: str
    command: tuple[str, ...]
    folder: Path
    configuration: Mapping[str, object]  # told in private: one JSON line on its standard input
    health_host: str
    health_port: int


@dataclass(frozen=True)
class Patience:
    """How long the supervisor waits for what, in seconds."""

    start: float = 180.0  # until a started program answers /health; the first start compiles every module
    silence: float = 20.0  # without an answer to /health before a program counts as hung
    probe: float = 5.0  # for one answer
    between_probes: float = 2.0
    before_ready: float = 0.1  # between two tries while it starts
    stop: float = 10.0  # from SIGTERM to SIGKILL


class Restarts:
    """Decides how long to wait before a program that died is started again.

    The first three times at once, since what kills a program once is mostly gone. After that the pause doubles:
    up to one second for a program that did come up, since its own start slows it down already, and up to ten for
    one that never does.
    """

    AT_ONCE = 3
    FIRST_PAUSE = 0.25
    LONGEST_AFTER_READY = 1.0
    LONGEST = 10.0
    FORGET_AFTER = 30.0

    def __init__(self) -> None:
        self.deaths_in_a_row = 0

    def pause_after_death(self, ready_seconds: float | None) -> float:
        """Count a death and return the pause in seconds.

        Args:
            ready_seconds: how long the program had answered before it died; None if it never did.
        """
        if ready_seconds is not None and ready_seconds >= self.FORGET_AFTER:
            self.deaths_in_a_row = 0
        self.deaths_in_a_row += 1
        if self.deaths_in_a_row <= self.AT_ONCE:
            return 0.0
        longest = self.LONGEST if ready_seconds is None else self.LONGEST_AFTER_READY
        doublings = min(self.deaths_in_a_row - self.AT_ONCE - 1, 10)
        return float(min(longest, self.FIRST_PAUSE * 2**doublings))
