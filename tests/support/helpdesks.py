"""What people do, at whichever helpdesk they work: one driver for each, so that one suite holds both to the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy as sa

from bot.handoff import owning
from bot.handoff.files import NewFile
from bot.staff.models import Agent
from bot.storage.desk_tables import notes
from tests.chatwoot.state import User
from tests.support.bridged import Bridged
from tests.support.handed_over import House


class Driver(Protocol):
    """Robin and Noor at work; after each of these all has arrived on both sides."""

    house: House

    async def arrives(self) -> None:
        """What customers did is known there."""

    async def takes(self, who: str, conversation: str) -> None: ...

    async def replies(self, who: str, conversation: str, text: str, files: dict[str, bytes] | None = None) -> None: ...

    async def notes(self, who: str, conversation: str, text: str) -> None: ...

    async def hands_back(self, who: str, conversation: str) -> None: ...

    async def resolves(self, who: str, conversation: str) -> None: ...

    async def lets_go(self, who: str, conversation: str) -> None: ...

    async def passes_on(self, who: str, to: str, conversation: str) -> None: ...


@dataclass
class AtOurDesk:
    """The desk that is built in."""

    house: House
    agents: dict[str, Agent] = field(default_factory=dict)

    def _agent(self, who: str) -> Agent:
        return self.agents.setdefault(who, self.agents.get(who) or self.house.agent(who))

    async def arrives(self) -> None:
        """It reads the same tables."""

    async def takes(self, who: str, conversation: str) -> None:
        await self.house.does(owning.claim, conversation, self._agent(who))

    async def replies(self, who: str, conversation: str, text: str, files: dict[str, bytes] | None = None) -> None:
        new = [NewFile(name, "application/pdf", content) for name, content in (files or {}).items()]
        agent, key = self._agent(who), self.house.key()
        await self.house.does(owning.reply, conversation, agent, text, key=key, attachments=new)

    async def notes(self, who: str, conversation: str, text: str) -> None:
        row = {
            "id": self.house.new_id(),
            "conversation_id": conversation,
            "agent_id": self._agent(who).id,
            "after_seq": 1,
            "text": text,
            "created_at": self.house.clock(),
        }
        self.house.database.write_now(lambda connection: connection.execute(sa.insert(notes).values(row)))

    async def hands_back(self, who: str, conversation: str) -> None:
        await self.house.does(owning.hand_back, conversation, self._agent(who))

    async def resolves(self, who: str, conversation: str) -> None:
        await self.house.does(owning.resolve, conversation, self._agent(who))

    async def lets_go(self, who: str, conversation: str) -> None:
        await self.house.does(owning.release, conversation, by=self._agent(who), why="released")

    async def passes_on(self, who: str, to: str, conversation: str) -> None:
        await self.house.does(owning.transfer, conversation, self._agent(who), to_agent=self._agent(to))


@dataclass
class InChatwoot:
    """Chatwoot, over the bridge."""

    bridged: Bridged

    @property
    def house(self) -> House:
        return self.bridged.house

    def _user(self, who: str) -> User:
        return {"Robin": self.bridged.chatwoot.robin, "Noor": self.bridged.chatwoot.noor}[who]

    async def arrives(self) -> None:
        await self.bridged.settle()

    async def takes(self, who: str, conversation: str) -> None:
        await self._assigns(self._user(who))

    async def replies(self, who: str, conversation: str, text: str, files: dict[str, bytes] | None = None) -> None:
        await self.bridged.settle()
        self.bridged.chatwoot.reply(self._user(who), text, files=files)
        await self.bridged.settle()

    async def notes(self, who: str, conversation: str, text: str) -> None:
        await self.bridged.settle()
        self.bridged.chatwoot.note(self._user(who), text)
        await self.bridged.settle()

    async def hands_back(self, who: str, conversation: str) -> None:
        self.bridged.chatwoot.set_status("pending")
        await self.bridged.settle()

    async def resolves(self, who: str, conversation: str) -> None:
        self.bridged.chatwoot.set_status("resolved")
        await self.bridged.settle()

    async def lets_go(self, who: str, conversation: str) -> None:
        await self._assigns(None)

    async def passes_on(self, who: str, to: str, conversation: str) -> None:
        await self._assigns(self._user(to))

    async def _assigns(self, user: User | None) -> None:
        await self.bridged.settle()
        self.bridged.chatwoot.assign(user)
        await self.bridged.settle()
