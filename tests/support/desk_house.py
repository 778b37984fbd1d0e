"""The desk over a real database, without an engine: people sign in, customers write, pages are asked for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from sqlalchemy.engine import Connection
from starlette.applications import Starlette

from bot.customers.proofs import Limits as ProofLimits
from bot.customers.proofs import ProofLedger
from bot.customers.verification import Verification
from bot.desk.desk import Desk, desk_tools
from bot.desk.pages import COOKIE
from bot.desk.tools import DeskTools
from bot.handoff import owning
from bot.orders.demo import seed_demo_shop
from bot.orders.formatting import Formatting
from bot.orders.sql import SqlShop
from bot.settings import ROOT, Settings
from bot.staff.accounts import agent_by_id
from bot.staff.models import Agent, Presence
from bot.staff.opening import Staff
from bot.staff.presence import choose
from bot.storage.database import Database
from tests.support.handed_over import House
from tests.support.staffed import Desk as Door

Result = TypeVar("Result")
HOST = "127.0.0.1"


class DeskHouse:
    """A shop's people at their desk: accounts by `door`, customers and handing over by `house`, pages by `app`.

    Args:
        settings: fields of `Settings`.
    """

    def __init__(
        self, database: Database, clock: Callable[[], datetime], new_id: Callable[[], str], **settings: Any
    ) -> None:
        self.database = database
        self.clock = clock
        self.new_id = new_id
        self.house = House(database, clock, new_id)
        self.door = Door(database, clock, new_id)  # type: ignore[arg-type]  # any clock will do
        self.settings = Settings(_env_file=None, **{"smtp_url": "smtp://mail.example:25", **settings})  # type: ignore[call-arg]  # pydantic-settings' own
        self.shop = SqlShop(database)
        formatting = Formatting(self.settings.locale, self.settings.currency, self.settings.timezone)
        verification = Verification(
            database,
            self.shop,
            ProofLedger(b"proofs", ProofLimits(5, timedelta(minutes=15))),
            key=b"codes",
            holds=timedelta(minutes=30),
            clock=clock,
            new_id=new_id,
        )
        self.tools: DeskTools = desk_tools(
            self.settings,
            self.house.service,
            self.shop,
            verification,
            formatting,
            Staff(self.door.sessions, self.door.sign_in, self.door.passwords),
            clock=clock,
            new_id=new_id,
        )
        self.desk = Desk(self.tools)
        self.app = Starlette(routes=[*self.desk.routes()])

    def rebuilt(self, tools: DeskTools) -> None:
        """The same desk with other tools: another shop, say."""
        self.tools = tools
        self.desk = Desk(tools)
        self.app.router.routes[:] = [*self.desk.routes()]

    def agent(self, name: str = "Robin Hale", presence: Presence = Presence.ONLINE, **fields: Any) -> Agent:
        """One of our people with a password, at their desk."""
        added = self.door.add(name, **fields)

        def work(connection: Connection) -> Agent | None:
            choose(connection, added.id, presence, self.clock())
            return agent_by_id(connection, added.id)

        agent = self.database.write_now(work)
        assert agent is not None
        return agent

    async def held_by(self, agent: Agent) -> str:
        """A conversation of somebody who asked for a person, and whom `agent` has taken."""
        conversation_id = await self.house.waits()
        await self.house.does(owning.claim, conversation_id, agent)
        return conversation_id

    def cookie(self, agent: Agent) -> dict[str, str]:
        """What the browser of somebody who has just signed in carries."""
        value, _ = self.database.write_now(
            lambda connection: self.door.sessions.open(connection, agent.id, self.clock(), "198.51.100.7", "Firefox")
        )
        return {COOKIE: value}

    def csrf(self, cookie: dict[str, str]) -> str:
        """The token of that session."""
        session = self.database.read_now(
            lambda connection: self.door.sessions.look(connection, cookie[COOKIE], self.clock())
        )
        assert session is not None
        return session.csrf_token

    def with_shop(self) -> DeskHouse:
        """With the demo shop's customers and orders."""
        self.database.write_now(lambda connection: seed_demo_shop(connection, self.clock(), ROOT / "data/shop"))
        return self


class RunningDesk:
    """A `DeskHouse` served on a port of this machine, by a thread with a loop of its own."""

    def __init__(self, house: DeskHouse) -> None:
        self.at = house
        self._loop = asyncio.new_event_loop()
        config = uvicorn.Config(house.app, HOST, 0, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # of older versions
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._began = threading.Event()

    def start(self) -> RunningDesk:
        """Serve, and return when it does."""
        self._thread.start()
        assert self._began.wait(10)
        return self

    def stop(self) -> None:
        """Let go of open pages and end."""
        self._loop.call_soon_threadsafe(self.at.desk.stop)
        self._server.should_exit = True
        self._thread.join(10)

    def drop(self) -> None:
        """Close every connection, as a failing network does; the server goes on."""
        for connection in tuple(self._server.server_state.connections):
            self._loop.call_soon_threadsafe(connection.transport.abort)  # type: ignore[union-attr]  # all have one

    @property
    def url(self) -> str:
        """Where it is."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://{HOST}:{port}"

    def does(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Await something on the server's loop, as the app would do it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        running = asyncio.create_task(self.at.desk.run())
        serving = asyncio.create_task(self._server.serve())
        while not self._server.started and not serving.done():  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.01)
        self._began.set()
        await serving
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others | {running}:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def database_at(folder: Path, empty: Path) -> Database:
    """A SQLite database with all tables and no rows, a copy of the file `empty`."""
    file = folder / "bellhop.db"
    file.write_bytes(empty.read_bytes())
    return Database(f"sqlite:///{file}")
