"""A customer's data at the desk: what there is of them, handed out as a zip, or erased for good.

Both are for a request that came from who the customer is known to be; the page says how well that is.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import IO, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.cases.cases import Case, read_cases
from bot.desk.pages import HEADERS, DeskCall, NotThere, page, row_id_of
from bot.desk.reading import CONVERSATION, reads
from bot.desk.tools import DeskTools
from bot.privacy.erasing import erase
from bot.privacy.exporting import rows_of, write_export
from bot.privacy.persons import Person, person_of
from bot.privacy.telling import delete_test_files, done_words, left_to_do
from bot.privacy.tombstones import FILE, Tombstones
from bot.staff.rights import Right
from bot.storage.database import DatabaseUnavailable
from bot.storage.tables import conversations, customers, verifications

log = structlog.get_logger(__name__)

WORD = "ERASE"  # typed by hand, so that nobody erases by a slip
IN_MEMORY = 8 * 1024 * 1024  # bytes of a zip, before it goes to a file


@dataclass(frozen=True, slots=True)
class Held:
    """What there is of a person."""

    customer_id: str
    person: Person
    rows: dict[str, int]
    level: str  # how well they were known at most in this conversation: anonymous | matched | verified
    requests: list[Case]  # to be erased, made in the chat, not done yet


def routes(tools: DeskTools) -> list[Route]:
    """Of a customer's data."""
    here = "/desk/c/{id}/customer"
    return [
        Route(here, page(tools, Right.EXPORT, show)),
        Route(f"{here}/export", page(tools, Right.EXPORT, export)),
        Route(f"{here}/erase", page(tools, Right.ERASE, erase_all), methods=["POST"]),
    ]


async def show(call: DeskCall) -> Response:
    """`GET /desk/c/{id}/customer`: what there is of them."""
    return await _shown(call)


async def export(call: DeskCall) -> Response:
    """`GET /desk/c/{id}/customer/export`: the zip, to be saved."""
    call.demand(Right.READ_ALL)  # nothing in it is masked
    conversation_id = row_id_of(call)
    zone = ZoneInfo(call.tools.settings.timezone)

    def work(connection: Connection) -> tuple[str, bytes, int]:
        held = _held(connection, conversation_id)
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            stream: IO[bytes] = file
            count = write_export(connection, held.person, stream, now=call.now, zone=zone)
            file.seek(0)
            return held.customer_id, file.read(), count

    customer_id, content, count = await call.read(work)
    await call.write(
        lambda connection: call.note(
            connection, "export_customer", conversation_id=conversation_id, details={"rows": count}
        )
    )
    told = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="customer-{customer_id}.zip"',
    }
    return Response(content, headers=HEADERS | told)


async def erase_all(call: DeskCall) -> Response:
    """`POST /desk/c/{id}/customer/erase`: all of the person, where `word` was typed."""
    call.demand(Right.READ_ALL)
    conversation_id = row_id_of(call)
    if (await call.field("word")).strip() != WORD:
        return await _shown(call, problem=f"Type {WORD} to confirm. Nothing was erased.", status=422)
    held = await call.read(lambda connection: _held(connection, conversation_id))
    try:
        erased = await erase(
            call.tools.conversations,
            held.person.customer_ids,
            tombstones=Tombstones(call.tools.settings.data_path / FILE, call.tools.clock),
            by=call.agent.id,
            address=call.address,
        )
    except OSError as error:
        log.error("tombstones_out_of_reach", error=str(error))
        problem = f"{FILE} in the data folder cannot be written, so a backup could bring them back. Nothing was erased."
        return await _shown(call, problem=problem, status=503)
    except DatabaseUnavailable as error:
        log.warning("erasing_interrupted", error=str(error))
        problem = "The database cannot be used just now. Erasing may have begun: type it again in a moment to finish."
        return await _shown(call, problem=problem, status=503)
    left = left_to_do(erased, delete_test_files(erased.test_files))
    return call.render("customer_erased.html", done=done_words(erased), left=left)


async def _shown(call: DeskCall, *, problem: str = "", status: int = 200) -> Response:
    call.demand(Right.READ_ALL)
    conversation_id = row_id_of(call)
    held = await call.read(lambda connection: _held(connection, conversation_id))
    await reads(call, CONVERSATION, conversation_id)
    return call.render(
        "customer_data.html",
        status=status,
        held=held,
        conversation_id=conversation_id,
        problem=problem,
        word=WORD,
    )


def _held(connection: Connection, conversation_id: str) -> Held:
    customer = connection.execute(
        sa.select(customers.c.id)
        .join(conversations, conversations.c.customer_id == customers.c.id)
        .where(conversations.c.id == conversation_id)
    ).scalar()
    person = person_of(connection, [customer]) if customer is not None else None
    if customer is None or person is None:
        raise NotThere("There is no such conversation.")
    rows = {name: len(found) for name, found in rows_of(connection, person).items()}
    return Held(customer, person, rows, _level(connection, conversation_id), _requests(connection, person))


def _level(connection: Connection, conversation_id: str) -> str:
    told = sa.select(verifications.c.level).where(verifications.c.conversation_id == conversation_id)
    found: set[Any] = set(connection.execute(told).scalars())
    return next((level for level in ("verified", "matched") if level in found), "anonymous")


def _requests(connection: Connection, person: Person) -> list[Case]:
    found = (case for one in person.conversation_ids for case in read_cases(connection, conversation_id=one))
    return [case for case in found if case.kind == "erasure"]
