"""Fills a database with a made-up year: whole conversations with their facts, some hundred in a transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.demo_data.hours import Hours
from bot.demo_data.ledger import Ledger
from bot.demo_data.people import People
from bot.demo_data.person import Writing, person_of
from bot.demo_data.plots import Plots
from bot.demo_data.releases import Releases
from bot.demo_data.rows import FILLED, Rows
from bot.demo_data.staff import Colleague, staff_of
from bot.demo_data.talk import Talk
from bot.demo_data.traffic import LOCALES, Visit, Year, visits_of
from bot.demo_data.words import Words
from bot.insights.facts.computing import compute
from bot.insights.facts.keeping import Listener, keep
from bot.insights.facts.sources import earlier_of
from bot.orders.formatting import Formatting
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.inserts import insert_into
from bot.storage.insight_tables import insight_marks
from bot.storage.tables import conversations, customers, identities

MARK = "demo_data"
BATCH = 500  # conversations of a transaction
STATISTICS_AFTER = 30  # transactions
_TELEGRAM_IDS = 5_000_000_000_000_000  # more than Telegram's own ever are: nobody is written to


class HasRealConversations(Exception):
    """There are conversations in the database that were not made up."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count:,} conversations of the database were not made up")
        self.count = count


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come."""

    made: int
    of: int
    were_there: int  # of these: an earlier run with the same arguments had made them


def real_conversations(connection: Connection) -> int:
    """How many conversations were not made up by us."""
    count = connection.execute(sa.select(sa.func.count()).select_from(conversations)).scalar_one()
    return int(count) - sum(_made(connection).values())


def fill(
    database: Database,
    year: Year,
    settings: Settings,
    root: Path,
    *,
    among_real_ones: bool = False,
    listeners: Sequence[Listener] = (),
) -> Iterator[Progress]:
    """Make a year of conversations; yields after every transaction.

    What an interrupted run has written is whole, and is gone on with by a run with the same arguments.

    Args:
        among_real_ones: also where there are real conversations.
        listeners: are told of the facts, as the digest tells them.

    Raises:
        HasRealConversations: nothing was written.
    """
    if not among_real_ones and (count := database.read_now(real_conversations)) > 0:
        raise HasRealConversations(count)
    if database.is_sqlite:
        sa.event.listen(database.engine, "connect", _hurry)
        database.engine.dispose()  # so that connections are made anew
    staff = database.write_now(partial(staff_of, year=year, capacity=settings.agent_capacity))
    maker = Maker(year, staff, settings, root)
    visits = visits_of(year)
    there = 0
    reopened_within = timedelta(days=settings.reopened_days)
    for first in range(0, len(visits), BATCH):
        some = visits[first : first + BATCH]
        ids = [maker.id_of(visit) for visit in some]
        if database.read_now(partial(_is_there, id=ids[0])):
            there += len(some)
        else:
            write = partial(
                _write, rows=maker.rows_of(some), ids=ids, year=year, within=reopened_within, listeners=listeners
            )
            database.write_now(write)
            if first // BATCH % STATISTICS_AFTER == 0 or first + BATCH >= len(visits):
                database.write_now(_learn_statistics)
        yield Progress(first + len(some), len(visits), there)


class Maker:
    """Makes the rows of conversations, from a year and nothing else.

    Args:
        staff: who works in it.
        root: the project, whose sentences are said.
    """

    def __init__(self, year: Year, staff: Sequence[Colleague], settings: Settings, root: Path) -> None:
        self._year = year
        formatting = Formatting(settings.locale, settings.currency, settings.timezone)
        hours = Hours(settings, formatting, year.end)
        people = People(staff, hours)
        self._words, self._releases = Words(root), Releases(year)
        self._plots, self._ledger = Plots(people), Ledger(hours, people)
        self._writing = Writing(formatting, year.zone)
        self._intents = self._words.intents

    def id_of(self, visit: Visit) -> str:
        """The conversation's."""
        return self._year.id_of("conversation", visit.number)

    def rows_of(self, visits: Sequence[Visit]) -> Rows:
        """Everything of these conversations."""
        rows = Rows()
        for visit in visits:
            self._make(visit, rows)
        return rows

    def _make(self, visit: Visit, rows: Rows) -> None:
        year, number = self._year, visit.customer
        customer_id, identity_id = year.id_of("customer", number), year.id_of("identity", number)
        chance = year.chance("talk", visit.number)
        person = person_of(number, visit.language, year.chance("person", number))
        if visit.is_first:
            locale, name = LOCALES[visit.language], person.name if visit.channel == "telegram" else None
            rows.add(customers, id=customer_id, name=name, locale=locale, created_at=visit.at)
            external = str(_TELEGRAM_IDS + year.seed * 10**8 + number) if visit.channel == "telegram" else identity_id
            rows.add(
                identities, id=identity_id, customer_id=customer_id, channel=visit.channel, external_id=external,
                created_at=visit.at,
            )  # fmt: skip
        talk = Talk(
            visit, id=self.id_of(visit), customer_id=customer_id, identity_id=identity_id, person=person,
            matter=self._writing.matter(person, visit.language, visit.at, chance), release=self._releases.at(visit.at),
            words=self._words, chance=chance, rows=rows, intents=self._intents,
        )  # fmt: skip
        if visit.previous is not None:
            talk.row["previous_id"] = year.id_of("conversation", visit.previous)
        self._plots.play(talk)
        self._ledger.end(talk)


def _learn_statistics(connection: Connection) -> None:
    """PostgreSQL plans badly over tables that have just been filled, until it has looked at them."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in FILLED)
        connection.exec_driver_sql(f"ANALYZE {names}, conversation_facts, conversation_words")


def _hurry(connection: Any, _record: object) -> None:
    """A gigabyte goes in, and much of it into indexes that have no order; what a power cut takes is made again."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA cache_size=-400000")
    cursor.execute("PRAGMA wal_autocheckpoint=20000")
    cursor.close()


def _write(
    connection: Connection,
    rows: Rows,
    ids: Sequence[str],
    year: Year,
    within: timedelta,
    listeners: Sequence[Listener],
) -> None:
    """Write whole conversations, with what is counted of them."""
    rows.write(connection)
    _count(connection, ids, year, within, listeners)
    _note(connection, year, len(ids))


def _is_there(connection: Connection, id: str) -> bool:
    return connection.execute(sa.select(conversations.c.id).where(conversations.c.id == id)).first() is not None


def _count(
    connection: Connection, ids: Sequence[str], year: Year, within: timedelta, listeners: Sequence[Listener]
) -> None:
    """Write the facts and words of these; and of those that they reopen, as the digest would."""
    now, known = datetime.now(UTC), set(ids)
    computed = compute(connection, ids, now=now, zone=year.zone, reopened_within=within)
    keep(connection, computed, listeners)
    if earlier := sorted(earlier_of(connection, ids, within) - known):
        keep(connection, compute(connection, earlier, now=now, zone=year.zone, reopened_within=within))


def _note(connection: Connection, year: Year, more: int) -> None:
    """Remember how many of the conversations are made up."""
    made = _made(connection)
    made[year.key] = made.get(year.key, 0) + more
    mark = insert_into(connection, insight_marks).values(name=MARK, at=datetime.now(UTC), details=made)
    connection.execute(
        mark.on_conflict_do_update(
            index_elements=[insight_marks.c.name], set_={"at": mark.excluded.at, "details": mark.excluded.details}
        )
    )


def _made(connection: Connection) -> dict[str, int]:
    details = connection.execute(sa.select(insight_marks.c.details).where(insight_marks.c.name == MARK)).scalar()
    return dict(details or {})
