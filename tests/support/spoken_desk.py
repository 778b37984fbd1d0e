"""The people in a spoken conversation: one agent of a running product, who works without the desk's pages."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.composing import DOMAIN, case_book_of, conversations_of, new_id, phrases_of, utc_now
from bot.conversations.models import Change
from bot.conversations.phrases import load_domain
from bot.conversations.unit import Unit
from bot.handoff import owning
from bot.handoff.seen import LOOK_EVERY_SECONDS
from bot.settings import load_settings
from bot.staff import accounts, presence
from bot.staff.models import Agent, Presence, Role
from bot.storage.database import Database

NAME = "Robin"
_LOOKED = LOOK_EVERY_SECONDS * 1.5  # after which the app has seen who is there


class SpokenDesk:
    """The agents of a running product, in its database.

    Args:
        data_dir: the product's.
        settings: what it was started with, as far as the conversation says.
    """

    def __init__(self, data_dir: Path, settings: Mapping[str, str]) -> None:
        own = {name.removeprefix("BELLHOP_").lower(): value for name, value in settings.items()}
        read = load_settings(data_dir=data_dir, demo=True, **own)
        self._database = Database(read.resolved_database_url)
        self._conversations = conversations_of(
            read,
            self._database,
            phrases_of(read, load_domain(DOMAIN)),
            case_book_of(read, self._database),
            effect_handlers={},
        )
        self._coming = asyncio.Lock()
        self._agent: Agent | None = None

    async def does(self, deed: str | Mapping[str, str], conversation_id: str) -> None:
        """Do what is written down: "is there", "takes over", "hands back", or `{says: …}`."""
        agent = await self._there()
        match deed:
            case "is there":
                return
            case "takes over":
                await self._change(lambda unit: owning.claim(unit, conversation_id, agent))
            case "hands back":
                await self._change(lambda unit: owning.hand_back(unit, conversation_id, agent))
            case {"says": text}:
                key = uuid.uuid4().hex
                await self._change(lambda unit: owning.reply(unit, conversation_id, agent, text, key=key))
            case _:
                raise ValueError(f"nobody at the desk does {deed!r}")

    async def _there(self) -> Agent:
        async with self._coming:
            if self._agent is None:
                self._agent = await self._conversations.transact(_come)
                await asyncio.sleep(_LOOKED)
            id = self._agent.id
            await self._conversations.transact(lambda unit: presence.sign_of_life(unit.connection, id, unit.now))
            return self._agent

    async def _change(self, work: Callable[[Unit], Change]) -> None:
        await self._conversations.change(work)


def _come(unit: Unit) -> Agent:
    agent = accounts.add_agent(
        unit.connection,
        agent_id=new_id(),
        email="robin@shop.example",
        name=NAME,
        role=Role.AGENT,
        password_hash="none",  # nobody signs in with it
        capacity=50,
        now=utc_now(),
    )
    presence.choose(unit.connection, agent.id, Presence.ONLINE, unit.now)
    return agent
