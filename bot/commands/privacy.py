"""What `bellhop erase` and `bellhop export-customer` do: whom they mean, what there is of them, and doing it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.commands.reports import printable
from bot.composing import DOMAIN, case_book_of, conversations_of, phrases_of, tombstones_of
from bot.conversations.phrases import load_domain
from bot.conversations.service import Conversations
from bot.privacy.erasing import Erased, erase, reapply
from bot.privacy.exporting import rows_of, write_export
from bot.privacy.persons import Person, customers_by, person_of
from bot.privacy.telling import delete_test_files, done_words, left_to_do
from bot.privacy.tidying import tidy
from bot.settings import Settings
from bot.staff.audit import note
from bot.storage.channel_tables import attachments
from bot.storage.database import Database
from bot.storage.tables import conversations, messages

Result = TypeVar("Result")


class NobodyFound(Exception):
    """Nobody is known by what was typed; the text says so."""


@dataclass(frozen=True, slots=True)
class Named:
    """How a customer is named on the command line: one of these."""

    customer: str | None = None
    email: str | None = None
    telegram: str | None = None
    conversation: str | None = None

    @property
    def given(self) -> int:
        """How many ways were given."""
        return sum(one is not None for one in (self.customer, self.email, self.telegram, self.conversation))


def find(database: Database, named: Named) -> Person:
    """The person that was named.

    Raises:
        NobodyFound: nobody is known by that.
    """

    def work(connection: Connection) -> Person | None:
        ids = customers_by(
            connection,
            customer=named.customer,
            email=named.email,
            telegram=named.telegram,
            conversation=named.conversation,
        )
        return person_of(connection, ids) if ids else None

    person = database.read_now(work)
    if person is None:
        raise NobodyFound("Nobody is known by that.")
    return person


def found_text(database: Database, person: Person, zone: ZoneInfo) -> str:
    """Who was found, and how much there is of them, for somebody who has to say whether it is the right one."""

    def work(connection: Connection) -> tuple[Any, int, int, dict[str, int]]:
        talks = conversations.c.id.in_(person.conversation_ids)
        span = connection.execute(
            sa.select(sa.func.min(conversations.c.created_at), sa.func.max(conversations.c.active_at)).where(talks)
        ).one()
        said = sa.select(sa.func.count()).where(messages.c.conversation_id.in_(person.conversation_ids))
        files = (
            sa.select(sa.func.count())
            .select_from(attachments.join(messages, messages.c.id == attachments.c.message_id))
            .where(messages.c.conversation_id.in_(person.conversation_ids))
        )
        rows = {name: len(found) for name, found in rows_of(connection, person).items()}
        return span, connection.execute(said).scalar_one(), connection.execute(files).scalar_one(), rows

    (first, last), said, files, rows = database.read_now(work)
    channels = ", ".join(f"{row.channel} {row.external_id}" for row in person.identities)
    lines = [
        f"customer       {', '.join(person.customer_ids)}",
        f"name           {', '.join(person.names) or '–'}",
        f"e-mail         {', '.join(person.emails) or '–'}",
        f"account        {', '.join(person.shop_customer_ids) or '–'}",
        f"channels       {channels or '–'}",
        f"conversations  {len(person.conversation_ids):,}"
        + (f", {_day(first, zone)} to {_day(last, zone)}" if first else ""),
        f"messages       {said:,}, with {files:,} files",
        f"rows           {sum(rows.values()):,} in {len(rows)} tables",
    ]
    if person.erased:
        lines.append("               Erased before; erasing again is harmless.")
    return "\n".join(printable(line) for line in lines)


def erase_now(settings: Settings, database: Database, person: Person, *, shop: bool) -> Erased:
    """Erase the person."""

    async def work(talks: Conversations) -> Erased:
        tombstones = tombstones_of(settings)
        return await erase(talks, person.customer_ids, tombstones=tombstones, by=None, shop=shop)

    return _with_conversations(settings, database, work)


def erased_text(erased: Erased) -> str:
    """What was done, and what is left for a person to do; deletes the tests made of their conversations."""
    deleted = delete_test_files(erased.test_files)
    return "\n".join(printable(line) for line in (done_words(erased), *left_to_do(erased, deleted)))


def reapply_now(settings: Settings) -> int:
    """Erase again whom the tombstones name; how many customers that were."""
    database = Database(settings.resolved_database_url)
    try:
        return _with_conversations(settings, database, lambda talks: reapply(talks, tombstones_of(settings)))
    finally:
        database.close()


def compact_now(database: Database) -> bool:
    """Clear the database's file of what was deleted, however large it is."""
    return tidy(database, largest=2**62)


def export_now(database: Database, person: Person, file: Path, now: datetime, zone: ZoneInfo) -> int:
    """Write the zip, for nobody else to read; how many rows are in it.

    Raises:
        OSError: it cannot be written, or is there already.
    """

    def work(connection: Connection) -> int:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            return write_export(connection, person, stream, now=now, zone=zone)

    rows = database.read_now(work)
    details = {"rows": rows}
    database.write_now(
        lambda connection: note(
            connection, now=now, action="export_customer", subject=person.customer_ids[0], details=details
        )
    )
    return rows


def _with_conversations(
    settings: Settings, database: Database, work: Callable[[Conversations], Coroutine[Any, Any, Result]]
) -> Result:
    phrases, cases = phrases_of(settings, load_domain(DOMAIN)), case_book_of(settings, database)
    talks = conversations_of(settings, database, phrases, cases, effect_handlers={})
    return asyncio.run(work(talks))


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"
