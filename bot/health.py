"""What an operator asks the running app: is it well, and the figures behind that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.conversations.engine_client import Turns
from bot.conversations.worker import TurnWorker
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.insight_tables import event_outbox
from bot.storage.tables import awaits_turn, deliveries, mails, messages, surveys
from bot.telemetry import Metrics

PROBE_EVERY_SECONDS = 5.0
DATABASE_ANSWERS_WITHIN_SECONDS = 2.0


class Health:
    """Probes the engine in the background and the database on demand."""

    def __init__(
        self,
        database: Database,
        engine: Turns,
        metrics: Metrics,
        worker: TurnWorker,
        open_sockets: Callable[[], int],
        run_file: Path,
        telegram: Callable[[], str] | None = None,
        helpdesk: Callable[[], str | None] = lambda: None,
        events: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        self._database = database
        self._engine = engine
        self._metrics = metrics
        self._worker = worker
        self._open_sockets = open_sockets
        self._run_file = run_file
        self._engine_up = False
        self._helpdesk = helpdesk  # how the one that is not ours is; None where people work at our own desk
        self._events = events  # how the receiver of the event stream is; None where nobody is told
        self._telegram = telegram  # how that channel is; None where it is not used

    async def run(self) -> None:
        """Probe the engine until cancelled."""
        while True:
            self._engine_up = await self._engine.healthy()
            await asyncio.sleep(PROBE_EVERY_SECONDS if self._engine_up else 0.5)

    def route(self) -> Route:
        """`GET /health`: 200 as long as the app itself serves; `degraded` where a part is down."""
        return Route("/health", self.health)

    async def health(self, request: Request) -> Response:
        """The state in a few words, nothing that helps an attacker."""
        database_up = await self._database_up()
        engine_up = self._engine_up
        telegram = self._telegram() if self._telegram else None
        helpdesk = self._helpdesk()
        events = await self._events_state() if database_up else None
        well = engine_up and database_up and all(one in (None, "up") for one in (telegram, helpdesk, events))
        content = {
            "status": "ok" if well else "degraded",
            "engine": "up" if engine_up else "down",
            "database": "up" if database_up else "down",
            **({"telegram": telegram} if telegram else {}),
            **({"helpdesk": helpdesk} if helpdesk else {}),
            **({"events": events} if events else {}),
            "version": version("bellhop"),
        }
        return JSONResponse(content, headers={"Cache-Control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """`GET /metrics` for Prometheus, on the internal port only."""
        self._metrics.queue.set(self._worker.active)
        self._metrics.sockets.set(self._open_sockets())
        self._metrics.engine_up.set(self._engine_up)
        if self._telegram:
            self._metrics.telegram_up.set(self._telegram() == "up")
        for process, count in self._restarts().items():
            self._metrics.restarts.labels(process).set(count)
        try:
            counted = await self._database.read(_count)
        except DatabaseUnavailable:
            counted = {}
        for name, rows in counted.items():
            gauge: Gauge = getattr(self._metrics, name)
            if name == "waiting":
                gauge.set(rows[0][0])
                continue
            gauge.clear()
            for state, count in rows:
                gauge.labels(state).set(count)
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def _database_up(self) -> bool:
        """Whether it can be written: one that can only be read stores no message."""
        try:
            async with asyncio.timeout(DATABASE_ANSWERS_WITHIN_SECONDS):
                await self._database.write(lambda connection: connection.execute(sa.text("SELECT 1")))
        except (DatabaseUnavailable, TimeoutError):
            return False
        return True

    async def _events_state(self) -> str | None:
        """How the receiver of the event stream is; None where there is none, or where that cannot be told just now."""
        if self._events is None:
            return None
        try:
            async with asyncio.timeout(DATABASE_ANSWERS_WITHIN_SECONDS):
                return await self._events()
        except (DatabaseUnavailable, TimeoutError):
            return None

    def _restarts(self) -> dict[str, int]:
        try:
            restarts: dict[str, int] = json.loads(self._run_file.read_text())["restarts"]
        except (OSError, ValueError, KeyError):
            return {}
        return restarts


def operations_routes(health: Health) -> list[Route]:
    """What only this machine may ask."""
    return [health.route(), Route("/metrics", health.metrics)]


def _count(connection: Connection) -> dict[str, Sequence[Any]]:
    def by_state(table: sa.Table) -> Sequence[Any]:
        return connection.execute(sa.select(table.c.state, sa.func.count()).group_by(table.c.state)).all()

    waiting = sa.select(sa.func.count()).select_from(messages).where(awaits_turn)
    open_deliveries = (
        sa.select(deliveries.c.state, sa.func.count())
        .where(deliveries.c.state.in_(("waiting", "sending", "sent", "failed", "unknown")))  # those grow for ever
        .group_by(deliveries.c.state)
    )
    open_events = (
        sa.select(event_outbox.c.state, sa.func.count())
        .where(event_outbox.c.state.in_(("waiting", "sending", "failed")))
        .group_by(event_outbox.c.state)
    )
    return {
        "events": connection.execute(open_events).all(),
        "deliveries": connection.execute(open_deliveries).all(),
        "surveys": by_state(surveys),
        "mails": by_state(mails),
        "waiting": connection.execute(waiting).all(),
    }
