"""The models that answered during the year: each release understands a little better than the one before. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.demo_data.traffic import Year


@dataclass(frozen=True, slots=True)
class Release:
    """One model."""

    name: str
    misses: float  # share of wishes that it does not understand
    unanswered: float  # share of questions for which it finds no article
    fails: float  # share of actions that fail
    liked: float  # what customers think of it, in parts of a score

    def __str__(self) -> str:
        return self.name


# (share of the year that is over, misses, unanswered, fails, liked). The fourth was no success.
_ALL = (
    (0.0, 0.185, 0.30, 0.016, -0.22),
    (0.11, 0.165, 0.27, 0.014, -0.12),
    (0.26, 0.140, 0.24, 0.012, -0.02),
    (0.39, 0.152, 0.22, 0.030, -0.16),
    (0.45, 0.120, 0.20, 0.010, 0.06),
    (0.63, 0.100, 0.17, 0.008, 0.14),
    (0.85, 0.085, 0.14, 0.007, 0.22),
)


class Releases:
    """Which model answered when."""

    def __init__(self, year: Year) -> None:
        length = year.end - year.begin
        self._since = [
            (year.begin + length * share, Release(year.id_of("release", number)[:12], *figures))
            for number, (share, *figures) in enumerate(_ALL)
        ]

    @property
    def all(self) -> tuple[Release, ...]:
        """In order."""
        return tuple(release for _, release in self._since)

    def at(self, moment: datetime) -> Release:
        """The one that answered then."""
        return next((release for since, release in reversed(self._since) if since <= moment), self._since[0][1])
