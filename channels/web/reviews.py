"""The reviews that customers let us publish, for the shop's own pages: as JSON, and as a small list to embed.

Whatever is shown was consented to and published by one of our people; of the customer it tells a first name at most.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import rjsmin
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.insight_tables import reviews
from channels.web.api import refused
from channels.web.scripts import WidgetFile

SCRIPT = Path(__file__).parent / "embedded" / "reviews.js"
CACHED_SECONDS = 60
USUAL, MOST, LAST_PAGE = 10, 50, 1000  # reviews on a page, and pages
_MOST_CACHED = 200  # answers; beyond that somebody plays with the address
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class PublishedReviews:
    """Serves them.

    Args:
        origins: whose pages may read them; a program without an Origin may as well.
        clock: seconds that only go on.
    """

    def __init__(
        self, database: Database, origins: frozenset[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._origins = origins
        self._clock = clock
        self._cache: dict[tuple[int, int, str | None], tuple[float, dict[str, Any]]] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """The JSON and the script."""
        script = WidgetFile(str(rjsmin.jsmin(SCRIPT.read_text(encoding="utf-8"))), "text/javascript")
        return [Route("/api/web/reviews", self.get), Route("/widget/reviews.js", script.get)]

    async def get(self, request: Request) -> Response:
        """`GET /api/web/reviews?page=1&per_page=10&language=en`: the newest first."""
        origin = request.headers.get("origin")
        headers = {"Vary": "Origin", "Cache-Control": f"public, max-age={CACHED_SECONDS}"}
        if origin is not None:
            if origin not in self._origins:
                return refused(403, "forbidden_origin", "This page may not read the reviews.", {"Vary": "Origin"})
            headers["Access-Control-Allow-Origin"] = origin
        no_store = headers | {"Cache-Control": "no-store"}
        try:
            asked = _asked(request)
        except ValueError as error:
            return refused(400, "bad_request", str(error), no_store)
        try:
            return JSONResponse(await self._answer(asked), headers=headers)
        except DatabaseUnavailable:
            return refused(503, "unavailable", "The reviews cannot be read right now. Try again.", no_store)

    async def _answer(self, asked: tuple[int, int, str | None]) -> dict[str, Any]:
        until, kept = self._cache.get(asked, (-math.inf, {}))
        if self._clock() < until:
            return kept
        answer = await self._database.read(lambda connection: _read(connection, *asked))
        if len(self._cache) >= _MOST_CACHED:
            self._cache.clear()
        self._cache[asked] = (self._clock() + CACHED_SECONDS, answer)
        return answer


def _asked(request: Request) -> tuple[int, int, str | None]:
    """Page, reviews on it, language; raises ValueError with a sentence."""

    def number(name: str, otherwise: int, most: int) -> int:
        given = request.query_params.get(name, str(otherwise))
        if not re.fullmatch(r"[0-9]{1,4}", given) or not 1 <= int(given) <= most:
            raise ValueError(f"{name} must be a number from 1 to {most}.")
        return int(given)

    language = request.query_params.get("language")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise ValueError("language must be a code like en.")
    return number("page", 1, LAST_PAGE), number("per_page", USUAL, MOST), language


def _read(connection: Connection, page: int, per_page: int, language: str | None) -> dict[str, Any]:
    shown = [reviews.c.state == "published"]
    if language is not None:
        shown.append(reviews.c.language == language)
    count = connection.execute(sa.select(sa.func.count()).select_from(reviews).where(*shown)).scalar_one()
    newest = (
        sa.select(reviews.c.name, reviews.c.score, reviews.c.text, reviews.c.language, reviews.c.published_at)
        .where(*shown)
        .order_by(reviews.c.published_at.desc(), reviews.c.id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return {
        "reviews": [
            {
                "name": row.name,
                "score": row.score,
                "text": row.text,
                "language": row.language,
                "published_on": row.published_at.date().isoformat(),
            }
            for row in connection.execute(newest)
        ],
        "page": page,
        "pages": -(-count // per_page),
        "count": count,
    }
