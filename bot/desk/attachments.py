"""Files at the desk: what customers sent is shown or given out without ever running, what agents send is checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from bot.conversations.attachments import read_content
from bot.desk.pages import HEADERS, DeskCall, NotThere, page, row_id_of
from bot.desk.reading import FILE, reads
from bot.desk.tools import DeskTools
from bot.handoff.files import NewFile
from bot.staff.rights import Right
from bot.storage.channel_tables import attachments
from bot.storage.tables import messages

MB = 1024 * 1024
LONGEST_NAME = 200
_LONGEST_ENDING = 9
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_STARTS = (  # of files that a browser shows or plays without anything in them being able to run
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
# What agents may send, by the end of the name; and what such a file has to be.
SENT = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
}
_ZIPPED = ("docx", "xlsx", "odt")
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})", re.ASCII)
_NO_SCRIPTS = {"Content-Security-Policy": "default-src 'none'; sandbox", "Accept-Ranges": "bytes"}


class WrongFile(Exception):
    """A file that is not sent; the text is a sentence for the agent."""


def routes(tools: DeskTools) -> list[Route]:
    """All routes of files."""
    return [Route("/desk/files/{id}", page(tools, Right.READ_ALL, give_file))]


async def give_file(call: DeskCall) -> Response:
    """`GET /desk/files/{id}`: shown where it is a picture or can be played, else to be saved; the reading is noted."""
    found, content = await call.read(lambda connection: _read(connection, row_id_of(call)))
    media_type = playable(content) if how_shown(found.kind, found.media_type, found.details) != "file" else None
    wanted = media_type is not None and "save" not in call.request.query_params
    name = file_name(found.name) or f"{found.kind}-{found.id[:8]}"
    if wanted:  # a player asks for one file in many pieces
        await reads(call, FILE, found.conversation_id, found.id)
    else:
        await call.write(
            lambda connection: call.note(connection, FILE, conversation_id=found.conversation_id, subject=found.id)
        )
    headers = HEADERS | _NO_SCRIPTS | {"Content-Disposition": _disposition("inline" if wanted else "attachment", name)}
    asked = _RANGE.fullmatch(call.request.headers.get("range", ""))
    if wanted and asked:
        first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
        if first > last:
            return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{len(content)}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return Response(content[first : last + 1], 206, headers, media_type)
    return Response(content, 200, headers, media_type if wanted else "application/octet-stream")


def _read(connection: Connection, file_id: str) -> tuple[Row[Any], bytes]:
    found = connection.execute(
        sa.select(attachments, messages.c.conversation_id)
        .select_from(attachments.join(messages, messages.c.id == attachments.c.message_id))
        .where(attachments.c.id == file_id)
    ).first()
    content = read_content(connection, found.id) if found else None
    if found is None or content is None:
        raise NotThere
    return found, content


def how_shown(kind: str, media_type: str | None, details: Mapping[str, Any]) -> str:
    """How an attachment stands on the page: image | audio | video | file | place | contact | sign."""
    match kind:
        case "location" if _is_place(details):
            return "place"
        case "contact" | "audio" | "video":
            return kind
        case "voice":
            return "audio"
        case "photo":
            return "image"
        case "document" if media_type in PICTURES:
            return "image"
        case "document":
            return "file"
    return "sign"


def playable(content: bytes) -> str | None:
    """The media type of a file that a browser may show or play, by what is in it; None for every other."""
    for start, media_type in _STARTS:
        if content.startswith(start):
            return media_type
    if content[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(content[8:12])
    if content[4:8] == b"ftyp":
        return "audio/mp4" if content[8:11] == b"M4A" else "video/mp4"
    return None


def checked(name: str, content: bytes, *, most_mb: int) -> NewFile:
    """A file that an agent wants to send.

    Raises:
        WrongFile: it is too large, empty, of a kind that we do not send, or not what its name says.
    """
    name = file_name(name) or "file"
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if not most_mb:
        raise WrongFile("Files cannot be sent from this desk.")
    if ending not in SENT:
        kinds = "pictures, PDF, text, Word, Excel, sound and MP4"
        raise WrongFile(f"“{name}” was not sent: only {kinds} can be.")
    if len(content) > most_mb * MB:
        raise WrongFile(f"“{name}” was not sent: it has {size_words(len(content))}, and at most {most_mb} MB can be.")
    if not content:
        raise WrongFile(f"“{name}” was not sent: it is empty.")
    if not _is_what_it_says(ending, content):
        raise WrongFile(f"“{name}” was not sent: it is not what its name says.")
    return NewFile(name, SENT[ending], content)


def file_name(name: str | None) -> str:
    """A file's name as it may stand on a page: its last part, without signs that show nothing or turn it around."""
    last = re.split(r"[/\\]", name or "")[-1]
    kept = (c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    clean = "".join(kept).strip(" .")
    if len(clean) <= LONGEST_NAME:
        return clean
    stem, dot, ending = clean.rpartition(".")
    return (
        f"{stem[: LONGEST_NAME - len(ending) - 2]}…{dot}{ending}" if dot and len(ending) < 10 else clean[:LONGEST_NAME]
    )


def size_words(size: int) -> str:
    """A size as people say it: "2.4 MB"."""
    if size < 1024:
        return "1 byte" if size == 1 else f"{size} bytes"
    return f"{size / 1024:.0f} KB" if size < MB else f"{size / MB:.1f} MB"


def _is_what_it_says(ending: str, content: bytes) -> bool:
    if ending == "pdf":
        return b"%PDF-" in content[:1024]
    if ending in _ZIPPED:
        return content.startswith(b"PK\x03\x04")
    if ending in ("txt", "csv"):
        return b"\0" not in content
    found = playable(content) or ""
    return found == SENT[ending] or found.split("/")[0] == SENT[ending].split("/")[0] != "image"


def _is_place(details: Mapping[str, Any]) -> bool:
    return all(isinstance(details.get(name), int | float) for name in ("latitude", "longitude"))


def _disposition(how: str, name: str) -> str:
    plain = re.sub(r"[^ !#$%&()+,\-.0-9;=@A-Z\[\]^_`a-z{}~]", "_", name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
