"""Erases a person: their conversations empty, their channels cut off, nothing left that tells who they were.

In steps, each a transaction of its own that is short enough to let customers be served meanwhile. Who is to be erased
is written down before the first of them (`bot.privacy.tombstones`), so that what a kill interrupts is done at the next
start, and done again where a backup is put back. Every step may be done twice.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.conversations.models import Change
from bot.conversations.service import Conversations
from bot.conversations.unit import Unit
from bot.privacy.emptying import empty_conversations, hold_conversations, made_of_them
from bot.privacy.persons import Person, person_of
from bot.privacy.severing import forget_in_audit, hold, sever
from bot.privacy.shop_rows import forget_at_shop
from bot.privacy.tidying import tidy
from bot.privacy.tombstones import Tombstones
from bot.staff.audit import note
from bot.storage.database import with_retries
from bot.storage.inserts import insert_into
from bot.storage.insight_tables import tombstones as tombstone_rows
from bot.storage.tables import customers

log = structlog.get_logger(__name__)

# A step that met a deadlock, or rows that somebody holds, is done again for so long: a wait for rows is given up after
# five seconds, a deadlock after one.
TRY_FOR_SECONDS = 12.0

Result = TypeVar("Result")


class UnknownCustomer(Exception):
    """There is no such customer."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done, without a word of whom it was done to."""

    customer_ids: tuple[str, ...]
    conversations: int
    counts: Mapping[str, int]  # rows by table
    test_files: tuple[str, ...] = ()  # made of their conversations, outside the database: to be deleted
    sentences: int = 0  # of theirs, masked, that were written to data/nlu
    elsewhere: tuple[str, ...] = ()  # what another helpdesk has of them: to be deleted there
    accounts: tuple[str, ...] = ()  # at the shop, which were left to it
    tidied: bool = True  # whether the database's file holds no remains either


@dataclass
class _Done:
    counts: Counter[str] = field(default_factory=Counter)
    test_files: list[str] = field(default_factory=list)
    sentences: int = 0


async def erase(
    conversations: Conversations,
    customer_ids: Sequence[str],
    *,
    tombstones: Tombstones,
    by: str | None,
    shop: bool = False,
    address: str | None = None,
    after_step: Callable[[], None] = lambda: None,
    compact: bool = True,
) -> Erased:
    """Erase all of the person that these customers are. Erased before, they are once more.

    Args:
        by: the agent who does it; None for a command on the machine.
        shop: whether the embedded shop forgets its customer as well; else that is the shop's own record.
        address: from where it was asked for, for the audit log.
        after_step: called between two transactions.
        compact: whether the database's file is cleared of remains afterwards.

    Raises:
        UnknownCustomer: there is none of these.
        OSError: the file of tombstones cannot be written; nothing was erased.
        DatabaseUnavailable: it is not done yet; erasing again goes on with it, and so does the next start.
    """
    database = conversations.database
    person = await database.read(lambda connection: person_of(connection, customer_ids))
    if person is None:
        raise UnknownCustomer("There is no such customer.")
    await asyncio.to_thread(tombstones.add, person.customer_ids)
    done = _Done()
    person = await _sever(conversations, person, done, shop)
    after_step()
    for conversation_id in person.conversation_ids:
        await _empty_one(conversations, conversation_id, done)
        after_step()
    so_far = dict(done.counts)
    done.counts = await _again(lambda: conversations.transact(lambda unit: _finish(unit, person, so_far, by, address)))
    log.info("customer_erased", customers=list(person.customer_ids), conversations=len(person.conversation_ids))
    tidied = await asyncio.to_thread(tidy, database) if compact else False
    return Erased(
        person.customer_ids,
        len(person.conversation_ids),
        dict(sorted(done.counts.items())),
        tuple(dict.fromkeys(done.test_files)),
        done.sentences,
        person.elsewhere,
        () if shop else person.shop_customer_ids,
        tidied,
    )


async def _again(run: Callable[[], Awaitable[Result]]) -> Result:
    """One step: a transaction, done anew where others were in its way. It may leave nothing behind but its result."""
    return await with_retries(run, seconds=TRY_FOR_SECONDS)


async def _sever(conversations: Conversations, person: Person, done: _Done, shop: bool) -> Person:
    """Cut them off, in the transaction that looks once more who they are: they may have written, or linked, since."""
    found: list[tuple[Person, Counter[str]]] = []

    def work(unit: Unit) -> Sequence[Change]:
        now_known = _held(unit.connection, person.customer_ids)
        changes, counts = sever(unit, now_known)
        if shop:
            counts.update(forget_at_shop(unit.connection, now_known.shop_customer_ids))
        found.append((now_known, counts))
        return changes

    await _again(lambda: conversations.changes(work))
    now_known, counts = found[-1]
    done.counts.update(counts)
    return now_known


def _held(connection: Connection, customer_ids: Sequence[str]) -> Person:
    """Who they are when nobody can write as them any more: a conversation that began until then is theirs as well."""
    ids = set(customer_ids)
    while True:
        hold(connection, sorted(ids))
        person = person_of(connection, sorted(ids))
        assert person is not None, "customers are never deleted"
        if ids.issuperset(person.customer_ids):
            return person
        ids.update(person.customer_ids)


async def _empty_one(conversations: Conversations, conversation_id: str, done: _Done) -> None:
    def work(unit: Unit) -> tuple[list[str], int, Counter[str]]:
        hold_conversations(unit.connection, [conversation_id])  # or a test is made of it after we have looked
        files, sentences = made_of_them(unit.connection, [conversation_id])
        return files, sentences, empty_conversations(unit.connection, [conversation_id], unit.now, erased=True)

    files, sentences, counts = await _again(lambda: conversations.transact(work))
    done.test_files += files
    done.sentences += sentences
    done.counts.update(counts)


def _finish(unit: Unit, person: Person, counts: Mapping[str, int], by: str | None, address: str | None) -> Counter[str]:
    """Say that it is done: from now on it need not be done again. All that was done."""
    # What a colleague has looked at meanwhile.
    counted = Counter(counts)
    counted["audit"] += forget_in_audit(unit, list(person.conversation_ids))
    ids = list(person.customer_ids)
    unit.connection.execute(sa.update(customers).where(customers.c.id.in_(ids)).values(erased_at=unit.now))
    for customer_id in ids:
        row = {"customer_id": customer_id, "erased_at": unit.now, "by": by, "counts": dict(+counted)}
        known = insert_into(unit.connection, tombstone_rows).values(row)
        unit.connection.execute(known.on_conflict_do_nothing(index_elements=["customer_id"]))
    details = {"customers": len(ids), "conversations": len(person.conversation_ids)}
    note(unit.connection, now=unit.now, action="erase", agent_id=by, subject=ids[0], details=details, address=address)
    return counted


async def reapply(conversations: Conversations, tombstones: Tombstones) -> int:
    """Erase whom the file names and the database still knows: a backup was put back, or erasing was interrupted.

    The other way round the file learns of whom the database says that they were erased, by another machine perhaps.

    Returns:
        How many customers that were.

    Raises:
        DatabaseUnavailable: it cannot be done just now.
        OSError: the file cannot be read, or not be written.
    """
    database = conversations.database
    was_there = await asyncio.to_thread(tombstones.path.exists)
    named = await asyncio.to_thread(tombstones.read)
    known = await database.read(
        lambda connection: set(connection.execute(sa.select(tombstone_rows.c.customer_id)).scalars())
    )
    if known and not was_there:  # whom we have forgotten since the backup was made, nobody knows any more
        log.warning("tombstones_lost", file=str(tombstones.path), made_anew_with=len(known))
    if missing := sorted(known - named):
        await asyncio.to_thread(tombstones.add, missing)
    waiting = await database.read(
        lambda connection: [
            customer_id
            for some in _batches(sorted(named | known), 500)
            for customer_id in connection.execute(
                sa.select(customers.c.id).where(customers.c.id.in_(some), customers.c.erased_at.is_(None))
            ).scalars()
        ]
    )
    count = 0
    for customer_id in waiting:
        done = await erase(conversations, [customer_id], tombstones=tombstones, by=None, compact=False)
        count += len(done.customer_ids)
    if waiting:
        log.warning("erased_again", customers=count)
        await asyncio.to_thread(tidy, database)
    return count


def _batches(ids: list[str], most: int) -> list[list[str]]:
    return [ids[at : at + most] for at in range(0, len(ids), most)]
