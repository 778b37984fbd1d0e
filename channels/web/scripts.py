"""Scripts and words that pages of other sites load: compressed once, never kept longer than they are current."""

from __future__ import annotations

import gzip
import hashlib

from starlette.requests import Request
from starlette.responses import Response


class WidgetFile:
    """The widget's script, or its words: compressed once, loadable by any page, asked for anew only if it changed."""

    def __init__(self, content: str, media_type: str) -> None:
        plain = content.encode()
        self._media_type = media_type
        self._bodies = {"": plain, "gzip": gzip.compress(plain, 9, mtime=0)}
        self._etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'

    async def get(self, request: Request) -> Response:
        """The file, or the news that it has not changed."""
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "no-cache",
            "ETag": self._etag,
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == self._etag:
            return Response(status_code=304, headers=headers)
        encoding = "gzip" if "gzip" in request.headers.get("accept-encoding", "") else ""
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(self._bodies[encoding], headers=headers, media_type=self._media_type)
