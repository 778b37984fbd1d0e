"""Puts together, as the settings say, what our people work with: the desk, the keeper, signals between processes."""

from __future__ import annotations

import random
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection
from starlette.routing import BaseRoute

from bot.composing import helpdesk_of, new_id, utc_now
from bot.conversations.service import Conversations
from bot.conversations.signals import Signals
from bot.customers.verification import Verification
from bot.desk.desk import Desk, desk_tools
from bot.handoff.keeping import Keeper, keeper_of
from bot.handoff.queue import place_of
from bot.handoff.wording import wait_words
from bot.helpdesk.chatwoot.bridge import bridge_of
from bot.helpdesk.chatwoot.desk import ChatwootDesk
from bot.helpdesk.protocol import Carried
from bot.insights.pages.insights import NAV
from bot.orders.formatting import Formatting
from bot.orders.shop import Shop
from bot.settings import Settings
from bot.staff.accounts import agent_by_id
from bot.staff.opening import open_staff
from channels.web.hub import Hub
from channels.web.standing import PeopleShown


@dataclass(frozen=True, slots=True)
class AtTheDesk:
    """What runs for our people. All of it is subscribed to the conversations."""

    desk: Desk
    keeper: Keeper
    bridge: Carried | None = None  # to another helpdesk

    def routes(self) -> Sequence[BaseRoute]:
        """The desk's pages, and where another helpdesk tells us what happened there."""
        return [*self.desk.routes(), *(self.bridge.routes() if self.bridge else ())]

    def workers(self) -> list[Coroutine[Any, Any, None]]:
        """What runs as long as the app does."""
        return [self.desk.run(), self.keeper.run(), *([self.bridge.run()] if self.bridge else [])]

    def helpdesk_state(self) -> str | None:
        """How another helpdesk is; None where people work at our own desk."""
        return self.bridge.state if self.bridge else None

    async def finish(self, seconds: float) -> None:
        """Let what is being told to another helpdesk be told, for at most `seconds`; then let go of it."""
        if self.bridge:
            await self.bridge.stop(seconds)
            await self.bridge.close()

    def stop(self) -> None:
        """Let go of open pages: a server does not end while somebody listens."""
        self.desk.stop()


def signals_of(conversations: Conversations, hub: Hub) -> Signals:
    """What tells who types; the hub hears it."""
    signals = Signals(conversations.database, instance=conversations.instance, clock=time.monotonic)
    signals.subscribe(hub)
    return signals


def people_shown(settings: Settings) -> PeopleShown:
    """What customers on the web get to know of our people: their place in the queue, and the name of who is there."""
    vanishes_after = timedelta(seconds=settings.agent_vanishes_seconds)
    formatting = Formatting(settings.locale, settings.currency, settings.timezone)

    def name_of(connection: Connection, agent_id: str) -> str | None:
        agent = agent_by_id(connection, agent_id)
        return None if agent is None else agent.name

    def wait_of(seconds: float, language: str) -> str:
        return wait_words(formatting.in_language(language), seconds)

    return PeopleShown(partial(place_of, vanishes_after=vanishes_after), name_of, wait_of)


def at_the_desk(
    settings: Settings,
    conversations: Conversations,
    shop: Shop,
    verification: Verification,
    formatting: Formatting,
    signals: Signals,
    hub: Hub,
    secret: str,
) -> AtTheDesk:
    """The desk and the keeper.

    Args:
        hub: shows customers on the web where they stand in the queue.
        secret: the installation's, from which the desk's keys are derived.
    """
    staff = open_staff(settings, conversations.database, secret, clock=utc_now, new_id=new_id)
    tools = desk_tools(
        settings,
        conversations,
        shop,
        verification,
        formatting,
        staff,
        clock=utc_now,
        new_id=new_id,
        signals=signals,
        nav=NAV,
    )
    keeper = keeper_of(
        settings,
        conversations,
        on_places=hub.places_moved,
        on_presence=lambda presences: tools.live.people_changed(),
    )
    conversations.subscribe(keeper)
    people = helpdesk_of(settings)
    if not isinstance(people, ChatwootDesk):
        return AtTheDesk(Desk(tools), keeper)
    bridge = bridge_of(settings, conversations, people, signals, clock=utc_now, chance=random.Random())
    return AtTheDesk(Desk(tools), keeper, bridge)
