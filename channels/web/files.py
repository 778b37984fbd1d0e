"""Files that our people send: addresses which are signed and run out, and the route that serves what they lead to."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import PurePath
from urllib.parse import quote

import sqlalchemy as sa
from babel.numbers import format_decimal
from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.conversations.attachments import read_content
from bot.conversations.models import Json
from bot.handoff.files import CARD
from bot.storage.channel_tables import attachments
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.secret import derived_key
from channels.web.api import refused

PATH = "/api/web/files"
LIVE = timedelta(days=7)  # at least; each time its message is shown there is an address that lives so long again
# Drawn in place, if they are what they say; everything else is for saving, as it may be a page with a script in it.
_INLINE = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")
_KB, _MB = 1024, 1024 * 1024


class FileLinks:
    """Makes addresses of files, and knows its own.

    Args:
        key: the secret they are signed with.
        clock: the present moment, aware.
    """

    def __init__(self, key: bytes, clock: Callable[[], datetime]) -> None:
        self._key = key
        self._clock = clock

    def address(self, attachment_id: str) -> str:
        """Where a file is fetched, for the next seven days; the same all day long, so that browsers keep what it is."""
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        until = int((midnight + timedelta(days=1) + LIVE).timestamp())
        return f"{PATH}/{attachment_id}?until={until}&signature={self._signature(attachment_id, until)}"

    def is_ours(self, attachment_id: str, until: str, signature: str) -> bool:
        """Whether we made that address, be it over by now."""
        if not until.isascii() or not until.isdecimal() or len(until) > 12 or not signature.isascii():
            return False
        return hmac.compare_digest(self._signature(attachment_id, int(until)), signature)

    def is_over(self, until: str) -> bool:
        """Whether an address of ours has run out."""
        return int(until) <= self._clock().timestamp()

    def card(self, card: Json, locale: str) -> Json:
        """A file's card as clients get it: its name, what it is in words, and where it is."""
        kind, size = str(card.get("media_type") or ""), card.get("size")
        name = str(card.get("title") or "")
        ending = PurePath(name).suffix.removeprefix(".") or kind.rpartition("/")[2]
        told = [ending.upper()[:8], _size(size, locale) if isinstance(size, int) else ""]
        address = self.address(str(card.get("attachment")))
        shown: Json = {"kind": CARD, "title": name, "subtitle": " · ".join(filter(None, told)) or None}
        shown |= {"badge": None, "fields": [], "items": [], "total": None}
        return {**shown, "href": address, "image": address if kind in _INLINE else None}

    def _signature(self, attachment_id: str, until: int) -> str:
        return hmac.new(self._key, f"{attachment_id}:{until}".encode(), hashlib.sha256).hexdigest()


def file_links(secret: str, clock: Callable[[], datetime]) -> FileLinks:
    """The links of an installation with that secret: every process makes and knows the same."""
    return FileLinks(derived_key(secret, "files"), clock)


class Files:
    """Serves files to whoever has their address."""

    def __init__(self, links: FileLinks, database: Database) -> None:
        self._links = links
        self._database = database

    def route(self) -> Route:
        """`GET /api/web/files/{attachment_id}`."""
        return Route(f"{PATH}/{{attachment_id}}", self.get)

    async def get(self, request: Request) -> Response:
        """The file; 404 where the address is not ours or the file no more, 410 where the address has run out."""
        attachment_id, asked = request.path_params["attachment_id"], request.query_params
        until = asked.get("until", "")
        if not self._links.is_ours(attachment_id, until, asked.get("signature", "")):
            return refused(404, "not_found", "There is nothing at this address.")
        if self._links.is_over(until):
            return refused(410, "link_over", "This link has run out. Open the file from the chat once more.")

        def read(connection: Connection) -> tuple[str | None, str | None, bytes] | None:
            about = connection.execute(_ABOUT.where(attachments.c.id == attachment_id)).first()
            content = read_content(connection, attachment_id)
            return None if about is None or content is None else (about.name, about.media_type, content)

        try:
            found = await self._database.read(read)
        except DatabaseUnavailable:
            return refused(503, "unavailable", "The file cannot be fetched right now. Try again.")
        if found is None:
            return refused(404, "not_found", "This file is not there any more.")
        name, media_type, content = found
        return Response(content, headers=headers_of(name, media_type, content))


_ABOUT = sa.select(attachments.c.name, attachments.c.media_type)


def headers_of(name: str | None, media_type: str | None, content: bytes) -> dict[str, str]:
    """The headers under which a stranger's file does no harm: only pictures are drawn, and nothing in it runs."""
    kind = (media_type or "").lower()
    start = _INLINE.get(kind)
    inline = start is not None and content.startswith(start)
    if not _MEDIA_TYPE.fullmatch(kind) or (start is not None and not inline):
        kind = "application/octet-stream"
    plain = re.sub(r"[^A-Za-z0-9 ._()\-]", "_", name or "") or "file"
    named = f"filename=\"{plain}\"; filename*=UTF-8''{quote(name or plain, safe='')}"
    return {
        "Content-Type": kind,
        "Content-Disposition": f"{'inline' if inline else 'attachment'}; {named}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=86400, immutable",
        "Cross-Origin-Resource-Policy": "cross-origin",  # the widget shows them on pages of other origins
    }


def _size(size: int, locale: str) -> str:
    """A size in words that are the same in all languages of ours: "24 KB", "1.4 MB"."""
    if size >= _MB:
        return f"{format_decimal(size / _MB, format='#,##0.#', locale=locale)} MB"
    return f"{max(1, round(size / _KB))} KB"
