"""Whom we have forgotten, in a file beside the database: a backup that is put back is made to forget them again.

One line of JSON a customer, with the random id that nothing leads back from. docs/privacy.md tells to keep it apart
from the backups of the database.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

FILE = "tombstones.jsonl"


class Tombstones:
    """The file.

    Args:
        path: of it; it is made when there is something to write.
        clock: the present moment.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self.path = path
        self._clock = clock

    def add(self, customer_ids: Sequence[str]) -> None:
        """Write down customers who are not in it; when this returns a power cut takes nothing back.

        Raises:
            OSError: it cannot be written; it may name some of them then.
        """
        known = self.read()
        fresh = [one for one in customer_ids if one not in known]
        if not fresh:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        at = self._clock().isoformat()
        lines = "".join(json.dumps({"customer": one, "erased_at": at}) + "\n" for one in fresh)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"  # a line that a kill has cut off
            content = (("\n" if torn else "") + lines).encode()
            while content:  # a disk that fills up takes a part, and says so only when asked once more
                content = content[os.write(file, content) :]
            os.fsync(file)
        finally:
            os.close(file)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read(self) -> set[str]:
        """All customers in it; what cannot be read is left out, and said in the log.

        Raises:
            OSError: it is there and cannot be read.
        """
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return set()
        found, unread = set(), 0
        for line in lines:
            try:
                found.add(str(json.loads(line)["customer"]))
            except (ValueError, KeyError, TypeError):
                unread += bool(line.strip())
        if unread:
            log.warning("tombstones_unreadable", lines=unread, file=str(self.path))
        return found
