"""Files that our people send to a customer: stored beside the message that brings them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import sqlalchemy as sa

from bot.conversations.cleaning import clean_text
from bot.conversations.models import Json
from bot.conversations.unit import Unit
from bot.storage.channel_tables import attachment_contents, attachments

CHANNEL = "desk"  # where they come from: nothing is fetched for them
CARD = "file"  # the kind of the card that shows one
MOST_FILES = 10


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that was given to us at the desk, whole."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with the id it is going to have."""

    id: str
    file: NewFile

    @property
    def card(self) -> Json:
        """How channels show it: they know what the id leads to."""
        return {
            "kind": CARD,
            "title": self.file.name,
            "attachment": self.id,
            "name": self.file.name,
            "media_type": self.file.media_type,
            "size": len(self.file.content),
        }


def numbered(unit: Unit, files: Sequence[NewFile]) -> list[StoredFile]:
    """The files with ids, and with names that are names: no path, nothing that no screen can take."""
    return [StoredFile(unit.new_id(), NewFile(_name(file), file.media_type[:100], file.content)) for file in files]


def keep_files(unit: Unit, message_id: str, files: Sequence[StoredFile]) -> None:
    """Store files with the message that brings them."""
    if not files:
        return
    unit.connection.execute(
        sa.insert(attachments),
        [
            {
                "id": stored.id,
                "message_id": message_id,
                "position": position,
                "channel": CHANNEL,
                "kind": "photo" if stored.file.media_type.startswith("image/") else "document",
                "details": {},
                "name": stored.file.name,
                "media_type": stored.file.media_type,
                "size": len(stored.file.content),
                "state": "kept",
                "attempts": 0,
                "next_at": unit.now,
            }
            for position, stored in enumerate(files)
        ],
    )
    unit.connection.execute(
        sa.insert(attachment_contents),
        [{"attachment_id": stored.id, "content": stored.file.content} for stored in files],
    )


def _name(file: NewFile) -> str:
    bare = PurePath(clean_text(file.name).replace("\\", "/")).name.replace("\n", " ").strip()
    return bare[-200:] or "file"
