"""Whatever customers, agents and the bot do, in any order: one owner, one open handoff at most, one survey an end."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.blocking import blocked
from bot.conversations.errors import ConversationError
from bot.conversations.models import Reply
from bot.conversations.unlinking import undo_link
from bot.handoff import owning, requesting, upkeep
from bot.handoff.errors import HandoffError
from bot.handoff.files import NewFile
from bot.handoff.models import Reason
from bot.handoff.outbound import open_outbound
from bot.staff.models import Agent, Role
from bot.storage.channel_tables import links
from bot.storage.desk_tables import handoffs
from bot.storage.tables import choices, conversations, messages, surveys
from tests.support.core import Visitor
from tests.support.handed_over import House, handing_over
from tests.support.telegram_customer import TelegramCustomer

pytestmark = pytest.mark.integration

STEPS = 120
END = Reply("Bye.", custom={"effects": [{"type": "end", "reason": "done"}]})
CALL_BACK = Reply("Where?", custom={"effects": [{"type": "request_callback", "reason": "asked"}]})


class Chaos:
    """One step after another, chosen by a seed."""

    def __init__(self, house: House, agents: list[Agent], clock: Any, seed: int) -> None:
        self.house = house
        self.agents = agents
        self.clock = clock
        self.chance = random.Random(seed)
        self.customers: list[Visitor | TelegramCustomer] = [
            Visitor(house.service, "wanda"),
            Visitor(house.service, "wim"),
            TelegramCustomer(house.service, "42"),
            TelegramCustomer(house.service, "43"),
        ]
        self.said: dict[str, str] = {}  # keys of replies, and where they were said

    def any_conversation(self) -> str:
        rows = self.house.read(sa.select(conversations.c.id).order_by(conversations.c.created_at.desc()).limit(6))
        return str(self.chance.choice(rows).id) if rows else "none"

    async def step(self) -> None:
        weighted: list[tuple[int, Callable[[], Awaitable[Any]]]] = [
            (5, self.writes),
            (5, self.answers),
            (4, self.taps),
            (1, self.commands),
            (4, self.claims),
            (4, self.replies),
            (2, self.lets_go),
            (2, self.passes_on),
            (2, self.gives_back),
            (2, self.resolves),
            (1, self.puts_off),
            (1, self.writes_first),
            (1, self.goes_home),
            (1, self.time_passes),
            (1, self.links),
            (1, self.unlinks),
            (1, self.blocks),
            (1, self.people_come_and_go),
        ]
        (step,) = self.chance.choices([one for _, one in weighted], [weight for weight, _ in weighted])
        with contextlib.suppress(HandoffError, ConversationError):  # refused, and nothing has changed
            await step()

    async def writes(self) -> None:
        texts = ["hello", "a person!", "where is W2507194?", "+44 7700 900123", "4", "bye"]
        await self.chance.choice(self.customers).types(self.chance.choice(texts))

    async def answers(self) -> None:
        waiting = await self.house.service.waiting()
        if not waiting:
            return
        due = await self.house.service.next_turn(self.chance.choice(waiting))
        if due is None:
            return
        if due.owner != "bot" or due.state != "open":
            await self.house.service.commit_without_engine(due)
            return
        reply = self.chance.choice([Reply("Yes?"), handing_over(), handing_over("not_understood"), END, CALL_BACK])
        self.house.engine.scripted[due.text] = [(reply,)]
        result = await self.house.engine.run(due, due.history)
        if self.chance.random() < 0.4:  # meanwhile
            await self.chance.choice([self.claims, self.writes, self.taps])()
        await self.house.service.commit_turn(due, result, 1)

    async def taps(self) -> None:
        shown = self.house.read(sa.select(choices.c.id).order_by(choices.c.id.desc()).limit(12))
        if shown:
            await self.chance.choice(self.customers).taps(self.chance.choice(shown).id)

    async def commands(self) -> None:
        await self.chance.choice(self.customers[2:]).commands(self.chance.choice(["end", "web", "human"]))

    async def claims(self) -> None:
        await self.house.does(self.chance.choice([owning.claim, owning.assign]), self.any_conversation(), self.agent())

    async def replies(self) -> None:
        key = self.house.key() if self.chance.random() < 0.8 or not self.said else self.chance.choice([*self.said])
        files = [NewFile("a.txt", "text/plain", b"a")] if self.chance.random() < 0.2 else []
        where = self.said.get(key) or self.any_conversation()
        await self.house.does(owning.reply, where, self.agent(), f"says {key}", key=key, attachments=files)
        self.said[key] = where

    async def lets_go(self) -> None:
        by = self.chance.choice([None, self.agent()])
        await self.house.does(owning.release, self.any_conversation(), by=by, why="released")

    async def passes_on(self) -> None:
        note = self.chance.choice(["", "please"])
        await self.house.does(owning.transfer, self.any_conversation(), self.agent(), to_agent=self.agent(), note=note)

    async def gives_back(self) -> None:
        await self.house.does(owning.hand_back, self.any_conversation(), self.agent())

    async def resolves(self) -> None:
        await self.house.does(owning.resolve, self.any_conversation(), self.agent())

    async def puts_off(self) -> None:
        until = self.chance.choice([None, self.clock() + timedelta(hours=1)])
        await self.house.does(owning.snooze, self.any_conversation(), self.agent(), until)

    async def writes_first(self) -> None:
        where, who = self.any_conversation(), self.agent()
        await self.house.service.change(lambda unit: open_outbound(unit, where, who, Reason.PROMISED)[1])

    async def goes_home(self) -> None:
        await self.house.does(requesting.promise_instead, self.any_conversation(), requesting.NobodyComes.CLOSED)

    async def time_passes(self) -> None:
        self.clock.forward(minutes=self.chance.choice([1, 20, 45]))
        await self.house.service.end_idle()
        where = self.any_conversation()
        if (owner := self.house.owner(where)) != "bot":
            await self.house.does(upkeep.end_silent, where, owner, timedelta(minutes=30))

    async def links(self) -> None:
        token, _ = await self.house.service.open_link("web", self.chance.choice(["wanda", "wim"]), "telegram", "en")
        await self.house.service.follow_link(token, "telegram", self.chance.choice(["42", "43"]), "en")

    async def unlinks(self) -> None:
        found = self.house.read(sa.select(links.c.id))
        if found:
            link_id = self.chance.choice(found).id
            await self.house.service.changes(lambda unit: undo_link(unit, link_id, "operator"))

    async def blocks(self) -> None:
        await self.house.service.changes(lambda unit: blocked(unit, "telegram", self.chance.choice(["42", "43"])))

    async def people_come_and_go(self) -> None:
        self.house.there.on = self.chance.random() < 0.7

    def agent(self) -> Agent:
        return self.chance.choice(self.agents)

    def holds(self) -> None:
        """What must be true after every step."""
        open_ones: dict[str, list[Any]] = {}
        for row in self.house.read(sa.select(handoffs).where(handoffs.c.state != "closed")):
            open_ones.setdefault(row.conversation_id, []).append(row)
        asked: dict[str, int] = dict(
            self.house.read(sa.select(surveys.c.conversation_id, sa.func.count()).group_by(surveys.c.conversation_id))
        )
        for conversation in self.house.read(sa.select(conversations)):
            mine = open_ones.get(conversation.id, [])
            if conversation.state == "ended":
                assert (conversation.owner, mine, asked.get(conversation.id)) == ("bot", [], 1)
            else:
                assert asked.get(conversation.id) is None
                assert [one.held_by or "queue" for one in mine] == (
                    [] if conversation.owner == "bot" else [conversation.owner]
                )

    def said_once(self) -> None:
        """No reply was said twice, and none by who was not its author."""
        rows = self.house.read(
            sa.select(messages.c.conversation_id, messages.c.text).where(
                messages.c.author_kind == "agent", messages.c.kind == "text", messages.c.text.startswith("says ")
            )
        )
        # What is shown again after a link is a copy; a key that was sent twice is none.
        assert {row.text.removeprefix("says ") for row in rows} == set(self.said)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
async def test_what_must_be_true_is_true_after_every_step(house, clock, seed) -> None:
    agents = [house.agent("Robin"), house.agent("Noor"), house.agent("Sam", Role.SUPERVISOR)]
    chaos = Chaos(house, agents, clock, seed)
    for _ in range(STEPS):
        clock.forward(seconds=1)
        await chaos.step()
        chaos.holds()
    chaos.said_once()
    assert house.ledger().breaches == ()
    assert house.read(sa.select(handoffs))  # something happened
