"""People of ours for tests: accounts made in a line, and a door that hashes in no time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher

from bot.staff.accounts import add_agent
from bot.staff.devices import Devices
from bot.staff.models import Agent, Role
from bot.staff.passwords import Passwords
from bot.staff.sessions import Sessions
from bot.staff.signing_in import SignedIn, SignIn
from bot.staff.throttle import Limits, Throttle
from bot.storage.database import Database
from tests.conftest import Clock

PASSWORD = "marmalade on tuesdays"


def quick_passwords() -> Passwords:
    """Real hashes, at the least cost there is."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class Desk:
    """The door of a desk over a database, and people to come through it."""

    database: Database
    clock: Clock
    new_id: Callable[[], str]
    demo: bool = False
    pauses: list[float] = field(default_factory=list)
    passwords: Passwords = field(default_factory=quick_passwords)

    def __post_init__(self) -> None:
        self.sessions = Sessions(key=b"sessions", lives=timedelta(hours=12), demo=self.demo)
        self.sign_in = SignIn(
            self.database,
            self.sessions,
            self.passwords,
            Devices(b"devices"),
            Throttle(b"tries", Limits(), self.new_id),
            clock=self.clock,
            pause=self._pause,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def add(self, name: str = "Robin Hale", **fields: Any) -> Agent:
        """An account with `PASSWORD`, and an e-mail address of the first name."""
        return self.database.write_now(
            lambda connection: add_agent(
                connection,
                **{
                    "agent_id": self.new_id(),
                    "email": f"{name.partition(' ')[0].lower() or 'x'}@shop.example",
                    "name": name,
                    "role": Role.AGENT,
                    "password_hash": self.passwords.hash(PASSWORD),
                    "capacity": 4,
                    "now": self.clock(),
                    **fields,
                },
            )
        )

    async def enter(
        self,
        agent: Agent,
        password: str = PASSWORD,
        *,
        address: str = "198.51.100.7",
        device: str | None = None,
        old_cookie: str | None = None,
    ) -> SignedIn:
        """Sign somebody in, or be refused."""
        return await self.sign_in.sign_in(agent.email, password, address, "Firefox", device, old_cookie=old_cookie)

    async def is_in(self, cookie: str, at: datetime | None = None) -> bool:
        """Whether a session cookie still opens the desk."""
        return await self.sessions.of_cookie(self.database, cookie, at or self.clock()) is not None
