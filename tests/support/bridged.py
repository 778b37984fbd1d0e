"""A shop whose people work in Chatwoot: the core, the bridge and a Chatwoot of the tests', driven step by step."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from starlette.applications import Starlette

from bot.conversations.service import Conversations
from bot.conversations.signals import Signals
from bot.helpdesk.chatwoot.bridge import ChatwootBridge
from bot.helpdesk.chatwoot.client import ChatwootClient, chatwoot_client
from bot.helpdesk.chatwoot.desk import ChatwootDesk
from tests.chatwoot.server import ACCOUNT, INBOX, SECRET, Chatwoot, Push
from tests.conftest import Clock
from tests.support.handed_over import ROUND_THE_CLOCK, House

DESK = ChatwootDesk(ROUND_THE_CLOCK, ZoneInfo("UTC"), "https://shop.example")


def bridge_to(
    chatwoot: Chatwoot, conversations: Conversations, clock: Clock, *, signals: Signals | None = None, **options: Any
) -> tuple[ChatwootBridge, ChatwootClient]:
    """A bridge as one process has it."""
    client = chatwoot_client(chatwoot.url, chatwoot.token, ACCOUNT, INBOX)
    bridge = ChatwootBridge(
        conversations,
        client,
        DESK,
        secret=SECRET,
        clock=clock,
        chance=random.Random(1),
        largest_file=1024,
        signals=signals,
        **options,
    )
    return bridge, client


@dataclass
class Bridged:
    """The shop. Nothing runs by itself: `settle` carries and delivers until nothing more comes."""

    house: House
    chatwoot: Chatwoot
    clock: Clock
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bridge, _ = bridge_to(self.chatwoot, self.house.service, self.clock, may_carry=lambda unit: True)
        self.house.service.subscribe(self.bridge)
        transport = httpx.ASGITransport(Starlette(routes=list(self.bridge.routes())))
        self.web = httpx.AsyncClient(transport=transport, base_url="http://shop.example")

    async def deliver(self, push: Push, *, now: datetime | None = None, secret: str = SECRET) -> int:
        """Push one webhook; the status that came back."""
        at = (now or self.clock()).timestamp()
        answer = await self.web.post(
            "/api/chatwoot/webhook", content=push.body, headers=push.headers(at, secret=secret)
        )
        self.answers.append(answer.status_code)
        return answer.status_code

    async def told(self) -> None:
        """All webhooks that wait are delivered, and have their effect."""
        pushes, self.chatwoot.pushes = self.chatwoot.pushes, []
        for push in pushes:
            await self.deliver(push)
        while await self.bridge.handle_all():
            pass

    async def settle(self) -> None:
        """Until nothing more comes from either side."""
        for _ in range(10):
            await self.bridge.carry_all()
            if not self.chatwoot.pushes:
                return
            await self.told()

    async def close(self) -> None:
        await self.web.aclose()
        await self.bridge.close()
