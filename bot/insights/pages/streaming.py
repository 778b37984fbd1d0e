"""Sends a table as a file while it is made: a batch of its rows is in memory, however many there are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy.engine import Connection
from starlette.responses import StreamingResponse

from bot.desk.pages import DeskCall
from bot.insights.out.streams import outflow
from bot.insights.out.tables import Column, Row, saved_as, writer_of
from bot.storage.database import with_retries

BATCH = 100  # conversations: what is masked and written holds up those who read as long as one batch takes
TRY_FOR_SECONDS = 10.0

Place = TypeVar("Place")
ReadBatch = Callable[[Connection, Place | None], tuple[Sequence[Row], Place | None]]


def streamed(
    call: DeskCall,
    name: str,
    form: str,
    columns: Sequence[Column],
    read_batch: ReadBatch[Place],
    about: Mapping[str, str] | None = None,
) -> StreamingResponse:
    """The file, sent while it is made. Whoever calls has checked the form, and noted in the audit log what goes out.

    Where that breaks off, so does the answer: the browser says so, and a Parquet file without its end is none.

    Args:
        read_batch: the rows after a place (None: the first ones), and the place to go on from (None: that was all).
    """
    parts = _parts(call, form, columns, read_batch, about)
    return StreamingResponse(parts, headers=saved_as(call, name, form))


async def _parts(
    call: DeskCall,
    form: str,
    columns: Sequence[Column],
    read_batch: ReadBatch[Place],
    about: Mapping[str, str] | None,
) -> AsyncIterator[bytes]:
    parts: list[bytes] = []
    writer = writer_of(form, outflow(parts.append), columns, about)
    place: Place | None = None
    while True:
        rows, place = await _batch(call, read_batch, place)
        await asyncio.to_thread(writer.write, rows)
        if place is None:
            break
        yield b"".join(parts)
        parts.clear()
    await asyncio.to_thread(writer.close)
    yield b"".join(parts)


async def _batch(
    call: DeskCall, read_batch: ReadBatch[Place], place: Place | None
) -> tuple[Sequence[Row], Place | None]:
    return await with_retries(
        lambda: call.read(lambda connection: read_batch(connection, place)), seconds=TRY_FOR_SECONDS
    )
