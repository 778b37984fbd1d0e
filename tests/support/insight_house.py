"""The desk and the insights over a real database, without an engine: people sign in and look at a seeded past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import sqlalchemy as sa
from starlette.applications import Starlette

from bot.insights.pages.features import FEATURES
from bot.insights.pages.insights import NAV, Insights
from bot.staff.models import Agent, Role
from bot.storage.database import Database
from bot.storage.desk_tables import audit
from bot.storage.insight_tables import conversation_facts
from tests.support.desk_house import DeskHouse
from tests.support.insight_rows import plausible


class InsightHouse(DeskHouse):
    """A `DeskHouse` whose app also serves /insights, and people of each role.

    `filled(n)` writes n plausible conversations with their facts; `signed_in(agent)` is that person's browser.

    Args:
        features: the pages' modules.
        settings: fields of `Settings`.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        *,
        features: Sequence[ModuleType] = FEATURES,
        **settings: Any,
    ) -> None:
        super().__init__(database, clock, new_id, **settings)
        self.tools = replace(self.tools, nav=(*self.tools.nav, *NAV))
        self.desk.tools = self.tools
        self.insights = Insights(self.tools, features)
        self.app = Starlette(routes=[*self.insights.routes(), *self.desk.routes()])
        self._people: dict[Role, Agent] = {}

    @property
    def zone(self) -> ZoneInfo:
        """The shop's."""
        return ZoneInfo(self.settings.timezone)

    def person(self, role: Role) -> Agent:
        """Somebody of that role; always the same one."""
        names = {
            Role.AGENT: "Robin Hale",
            Role.SUPERVISOR: "Kim Doe",
            Role.ANALYST: "Ana Lyst",
            Role.ADMIN: "Bea Boss",
        }
        if role not in self._people:
            self._people[role] = self.door.add(names[role], role=role)
        return self._people[role]

    def signed_in(self, person: Agent | Role | None, *, htmx: bool = False) -> httpx.AsyncClient:
        """A browser of somebody who is signed in, with the token that our pages carry; None: of a stranger."""
        agent = self.person(person) if isinstance(person, Role) else person
        headers, cookie = ({"HX-Request": "true"} if htmx else {}), {}
        if agent is not None:
            cookie = self.cookie(agent)
            headers["X-CSRF-Token"] = self.csrf(cookie)
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(
            transport=transport, base_url="http://insights.test", cookies=cookie, headers=headers, timeout=30
        )

    @property
    def analyst(self) -> httpx.AsyncClient:
        """A browser of an analyst, to whom customers are masked."""
        return self.signed_in(Role.ANALYST)

    @property
    def supervisor(self) -> httpx.AsyncClient:
        """A browser of a supervisor, who sees who customers are."""
        return self.signed_in(Role.SUPERVISOR)

    @property
    def admin(self) -> httpx.AsyncClient:
        """A browser of an admin."""
        return self.signed_in(Role.ADMIN)

    @property
    def agents(self) -> httpx.AsyncClient:
        """A browser of an agent, who has nothing to do with insights."""
        return self.signed_in(Role.AGENT)

    def filled(self, count: int = 60, *, days: int = 25, seed: int = 7, prefix: str = "") -> list[str]:
        """Write plausible conversations of the last `days`, some handed to Robin; their ids, the newest first."""
        agents = [self.person(Role.AGENT).id]
        return self.database.write_now(
            lambda connection: plausible(
                connection, count, self.clock(), seed=seed, days=days, agents=agents, zone=self.zone, prefix=prefix
            )
        )

    def facts(self, *conditions: sa.ColumnElement[bool]) -> list[Any]:
        """Rows of `conversation_facts`, the newest first."""
        c = conversation_facts.c
        wanted = sa.select(conversation_facts).where(*conditions).order_by(c.at.desc(), c.conversation_id.desc())
        return list(self.database.read_now(lambda connection: connection.execute(wanted).all()))

    def audited(self, action: str) -> list[Any]:
        """Lines of the audit log, the oldest first."""
        wanted = sa.select(audit).where(audit.c.action == action).order_by(audit.c.number)
        return list(self.database.read_now(lambda connection: connection.execute(wanted).all()))

    def does(self, statement: sa.Executable) -> None:
        """Run a statement."""
        self.database.write_now(lambda connection: connection.execute(statement))
