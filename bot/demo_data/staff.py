"""The people who work in the made-up year; nobody can sign in as them, and none of them takes real conversations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.demo_data.traffic import Year
from bot.storage.tables import agents

_NO_PASSWORD = "!"  # noqa: S105 - no password has this for its hash
# name, languages, how much they take on, how well they are liked
_PEOPLE = (
    ("Amelia Hart", ("en",), 1.3, 0.2),
    ("Tom Ellis", ("en",), 1.1, -0.1),
    ("Noor Aziz", ("en", "fr"), 1.0, 0.15),
    ("Jonas Weber", ("de", "en"), 1.2, 0.05),
    ("Lucía Peña", ("es", "en"), 1.0, 0.1),
    ("Claire Dubois", ("fr", "en"), 0.9, 0.0),
    ("Greta Lang", ("de",), 0.8, -0.25),
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of our people."""

    id: str
    name: str
    languages: tuple[str, ...]
    weight: float
    liked: float


def staff_of(connection: Connection, year: Year, capacity: int) -> list[Colleague]:
    """See that they are there; whoever is there already, of an earlier year, stays who they are."""
    return [_hired(connection, one, year, capacity) for one in colleagues_of(year)]


def colleagues_of(year: Year) -> list[Colleague]:
    """Those of a year that is the first."""
    return [
        Colleague(year.id_of("agent", number), name, languages, weight, liked)
        for number, (name, languages, weight, liked) in enumerate(_PEOPLE)
    ]


def _hired(connection: Connection, one: Colleague, year: Year, capacity: int) -> Colleague:
    email = f"{one.name.split()[0].lower().replace('í', 'i')}.demo@marlow-finch.example"
    known = connection.execute(sa.select(agents.c.id).where(agents.c.email == email)).scalar()
    if known is not None:
        return replace(one, id=known)
    connection.execute(
        sa.insert(agents).values(
            id=one.id,
            email=email,
            name=one.name,
            password_hash=_NO_PASSWORD,
            role="agent",
            state="active",
            languages=list(one.languages),
            capacity=capacity,
            presence="offline",
            demo=True,
            preferences={},
            created_at=year.begin,
        )
    )
    return one
