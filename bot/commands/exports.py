"""What `bellhop export` does: conversations or messages into a file that is there whole or not at all."""

from __future__ import annotations

import os
import secrets
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
    """A file that takes the place of `path` when the block is done; after an error, or a kill, nothing is left of it.

    Only its owner may read it.

    Raises:
        CannotExport: it cannot be written there.
    """
    path = path.resolve()  # what a link leads to is replaced, not the link
    if path.exists() and not path.is_file():  # "/dev/null" would be a file from then on
        raise CannotExport(f"{path} cannot be written: it is no file; for a pipe leave out --out")
    try:
        number, name, named = _beside(path)
    except OSError as error:
        raise CannotExport(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(number, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            if not named:  # told to follow, since what stands there is a link to it
                os.link(f"/proc/self/fd/{number}", name, src_dir_fd=number, follow_symlinks=True)
        os.replace(name, path)
    except OSError as error:
        raise CannotExport(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _beside(path: Path) -> tuple[int, str, bool]:
    """A new file in the same folder, the name it has or gets, and whether it has it already.

    Without a name, where the system knows such files, it goes with its process: nobody would find, and delete, what a
    kill left of customers' words.
    """
    with suppress(OSError, AttributeError):
        number = os.open(path.parent, os.O_TMPFILE | os.O_RDWR, 0o600)
        if os.path.exists(f"/proc/self/fd/{number}"):
            return number, str(path.parent / f".{path.name}.{secrets.token_hex(4)}.part"), False
        os.close(number)
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    return number, name, True
