"""What `bellhop export` does: conversations or messages into a file that is there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy.engine import Connection

from bot.insights.facts.changes import uncounted
from bot.insights.out.exporting import Export, Place
from bot.insights.out.tables import writer_of
from bot.insights.reading import CannotRead, read_consistently
from bot.staff import audit
from bot.storage.database import Database, StorageError
from bot.storage.migrate import check_revision

STDOUT = "-"
TELL_EVERY = 10_000  # conversations


class CannotExport(Exception):
    """Nothing was written; the text says why."""


def uncounted_in(url: str) -> int:
    """How many conversations no facts are known of yet, so that no export has them.

    Raises:
        CannotExport: the database cannot be used, or is of another version.
    """
    try:
        check_revision(url)
        return read_consistently(url, lambda connection: len(uncounted(connection)))
    except (StorageError, CannotRead) as error:
        raise CannotExport(str(error)) from error


def count(url: str, export: Export) -> int:
    """Of how many conversations it will be.

    Raises:
        CannotExport: the database cannot be read.
    """
    try:
        return read_consistently(url, export.count)
    except CannotRead as error:
        raise CannotExport(str(error)) from error


def export_to(
    url: str, export: Export, form: str, stream: IO[bytes], now: datetime, tell: Callable[[str], None]
) -> tuple[int, int]:
    """Write what is wanted into a stream, as the database is at one moment; how many conversations and rows those are.

    Raises:
        CannotExport: the database cannot be read.
    """

    def work(connection: Connection) -> tuple[int, int]:
        total = export.count(connection)
        writer = writer_of(form, stream, export.columns, export.about(now))
        conversations = rows = told = 0
        place: Place | None = None
        while True:
            batch = export.batch(connection, place)
            writer.write(batch.rows)
            conversations, rows = conversations + batch.conversations, rows + len(batch.rows)
            if conversations - told >= TELL_EVERY:
                told = conversations
                tell(f"{conversations:,} of {total:,} conversations")
            if (place := batch.place) is None:
                break
        writer.close()
        return conversations, rows

    try:
        return read_consistently(url, work)
    except CannotRead as error:
        raise CannotExport(str(error)) from error


def note_export(url: str, export: Export, form: str, conversations: int, now: datetime) -> None:
    """Write into the audit log that somebody on the machine takes data out.

    Raises:
        CannotExport: that cannot be written.
    """

    def work(connection: Connection) -> None:
        details = {"as": form, "conversations": conversations, "filter": export.about(now), "by": "bellhop export"}
        audit.note(connection, now=now, action="export", subject=export.what, details=details)

    try:
        database = Database(url)
        try:
            database.write_now(work)
        finally:
            database.close()
    except StorageError as error:
        raise CannotExport(f"the audit log cannot be written: {error}") from error


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file beside `path` that takes its place when the block is done; after an error nothing is left of it.

    Only its owner may read it.

    Raises:
        CannotExport: it cannot be written there.
    """
    path = path.resolve()  # what a link leads to is replaced, not the link
    if path.exists() and not path.is_file():  # "/dev/null" would be a file from then on
        raise CannotExport(f"{path} cannot be written: it is no file; for a pipe leave out --out")
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise CannotExport(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(number, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except OSError as error:
        raise CannotExport(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
