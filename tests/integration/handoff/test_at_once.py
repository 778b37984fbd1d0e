"""Two at the same moment: one speaks, whoever that is, and nothing is left half done; on both kinds of database."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.errors import TurnSuperseded
from bot.conversations.handing_over import hand_over
from bot.conversations.models import PendingTurn, TurnResult
from bot.conversations.worker import Patience, TurnWorker, WakesWorker
from bot.handoff import owning
from bot.handoff.errors import ConversationOver, HandoffError, NotOwner
from bot.handoff.models import QUEUE
from bot.storage.desk_tables import handoff_events, handoffs
from bot.storage.tables import conversations, messages, turns
from bot.telemetry import Metrics
from tests.support.core import FakeEngine, NobodyWatches, Visitor

pytestmark = pytest.mark.integration

ROUNDS = 12


async def both(*attempts: Awaitable[Any]) -> list[Any]:
    """What came of each, started together: a result, or the error it met."""
    return await asyncio.gather(*attempts, return_exceptions=True)


async def test_of_500_claims_by_two_agents_each_has_one_winner(house, robin, noor) -> None:
    waiting = [(await house.waits(Visitor(house.service, f"visitor-{n}"))) for n in range(250)]
    two = [house.process("one"), house.process("two")]
    results = await both(
        *(
            service.change(lambda unit, c=conversation, a=agent: owning.claim(unit, c, a))
            for conversation in waiting
            for service, agent in zip(two, (robin, noor), strict=True)
        )
    )
    assert len(results) == 500
    won = [result for result in results if not isinstance(result, Exception)]
    lost = [result for result in results if isinstance(result, Exception)]
    assert len(won) == len(lost) == 250
    assert {type(error) for error in lost} == {NotOwner}
    owners = dict(house.read(sa.select(conversations.c.id, conversations.c.owner)))
    assert {change.conversation_id: change.owner for change in won} == {c: owners[c] for c in waiting}
    said = house.read(
        sa.select(messages.c.conversation_id, sa.func.count())
        .where(messages.c.response == "utter_app_handoff_taken")
        .group_by(messages.c.conversation_id)
    )
    assert {count for _, count in said} == {1}


async def test_500_claims_of_one_conversation_have_one_winner(house, robin, noor) -> None:
    """In threads of their own, each with a connection of its own where the database has several writers."""
    waiting = await house.waits()
    start = threading.Barrier(8)

    def claims(agent: Any) -> list[str]:
        start.wait()
        won = []
        for _ in range(63):
            try:
                change = house.database.write_now(lambda c: owning.claim(house.service.unit(c), waiting, agent))
                won += [agent.id] if change.owner else []
            except NotOwner:
                pass
        return won

    with ThreadPoolExecutor(8) as pool:
        winners = [one for won in pool.map(claims, [robin, noor] * 4) for one in won]
    assert winners == [house.owner(waiting)]
    assert house.kinds(waiting) == ["requested", "claimed"]


async def test_of_two_replies_at_once_only_the_owners_is_said(house, robin, noor) -> None:
    for n in range(ROUNDS):
        waiting = await house.waits(Visitor(house.service, f"visitor-{n}"))
        await house.does(owning.claim, waiting, robin)
        results = await both(
            house.does(owning.reply, waiting, robin, "Robin here", key="a"),
            house.does(owning.reply, waiting, noor, "Noor here", key="b"),
            house.does(owning.reply, waiting, robin, "Robin again", key="c"),
        )
        assert [type(result) for result in results].count(NotOwner) == 1
        said = await house.said(waiting)
        assert sorted(text for text in said if text.endswith(("here", "again"))) == ["Robin again", "Robin here"]


async def test_the_same_reply_sent_many_times_at_once_is_said_once(house, robin) -> None:
    waiting = await house.waits()
    await house.does(owning.claim, waiting, robin)
    results = await both(*(house.does(owning.reply, waiting, robin, "Hello.", key="the same") for _ in range(20)))
    assert sum(len(change.messages) for change in results) == 1
    assert (await house.said(waiting)).count("Hello.") == 1


async def test_a_claim_while_the_customer_goes_back_leaves_one_owner(house, robin) -> None:
    for n in range(ROUNDS):
        visitor = Visitor(house.service, f"visitor-{n}")
        waiting = await house.waits(visitor)
        claimed, went = await both(
            house.does(owning.claim, waiting, robin, expected_owner=QUEUE),
            visitor.taps(house.button(waiting, "app:go_back")),
        )
        assert not isinstance(went, Exception)
        if isinstance(claimed, NotOwner):
            assert (house.owner(waiting), house.handoff(waiting).outcome) == ("bot", "withdrawn")
        else:
            assert (house.owner(waiting), house.handoff(waiting).held_by) == (robin.id, robin.id)


async def test_a_claim_while_its_owner_vanishes_leaves_one_owner(house, robin, noor) -> None:
    for n in range(ROUNDS):
        waiting = await house.waits(Visitor(house.service, f"visitor-{n}"))
        await house.does(owning.claim, waiting, robin)
        released, claimed = await both(
            house.does(owning.release, waiting, by=None, why="vanished", of=robin.id),
            house.does(owning.claim, waiting, noor),
        )
        assert not isinstance(released, Exception)
        if isinstance(claimed, NotOwner):
            assert (house.owner(waiting), house.handoff(waiting).state) == (QUEUE, "queued")
        else:
            assert (house.owner(waiting), house.handoff(waiting).held_by) == (noor.id, noor.id)


async def test_what_is_resolved_while_the_customer_writes_loses_no_word(house, robin) -> None:
    for n in range(ROUNDS):
        visitor = Visitor(house.service, f"visitor-{n}")
        waiting = await house.waits(visitor)
        await house.does(owning.claim, waiting, robin)
        await house.does(owning.reply, waiting, robin, "Done.", key=f"done-{n}")
        resolved, wrote = await both(house.does(owning.resolve, waiting, robin), visitor.types("one more thing"))
        assert resolved.ended
        assert len(house.surveys(waiting)) == 1
        if wrote.conversation_id == waiting:  # before the end: the agent has it
            assert not wrote.needs_turn
        else:  # after it: the bot does
            assert wrote.needs_turn
            assert house.owner(wrote.conversation_id) == "bot"


async def test_a_reply_while_the_conversation_ends_is_in_it_or_refused(house, robin) -> None:
    for n in range(ROUNDS):
        visitor = Visitor(house.service, f"visitor-{n}")
        waiting = await house.waits(visitor)
        await house.does(owning.claim, waiting, robin)
        replied, ended = await both(
            house.does(owning.reply, waiting, robin, "Hello.", key=f"key-{n}"),
            house.does(owning.resolve, waiting, robin),
        )
        assert not isinstance(ended, Exception)
        said = await house.said(waiting)
        assert ("Hello." in said) is not isinstance(replied, ConversationOver)


class Slow(FakeEngine):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def run(self, turn: PendingTurn, history: list[dict[str, object]]) -> TurnResult:
        self.runs.set()
        await self.may_answer.wait()
        return await super().run(turn, history)


@pytest.mark.parametrize("step", ["claim", "queue"])
async def test_what_the_bot_computed_while_a_person_took_over_is_nowhere(house, robin, clock, step) -> None:
    engine = Slow()
    worker = TurnWorker(
        house.service,
        engine,
        Metrics(),
        NobodyWatches(),
        clock=clock,
        chance=random.Random(7),
        patience=Patience(timedelta(seconds=30), timedelta(seconds=60), longest_pause=0.05, scan_every=0.05),
    )
    house.service.subscribe(WakesWorker(worker))
    conversation = (await house.wanda.types("where is it?")).conversation_id
    async with asyncio.timeout(5):
        await engine.runs.wait()
    if step == "claim":
        await house.does(owning.claim, conversation, robin)
        await house.does(owning.reply, conversation, robin, "I am looking.", key="k")
    else:
        await house.unit_of_work(lambda unit: hand_over(unit, conversation, "engine_silent"))
    engine.may_answer.set()
    await worker.stop(5)
    assert not any(text.startswith("You said") for text in await house.said(conversation))
    assert not any(text.startswith("You said") for text in house.heard.texts("bot"))
    assert house.read(sa.select(turns)) == []
    assert house.conversation(conversation).history == []
    assert await house.service.next_turn(conversation) is None


async def test_a_turn_and_a_claim_at_once_are_one_after_the_other(house, robin) -> None:
    for n in range(ROUNDS):
        visitor = Visitor(house.service, f"visitor-{n}")
        conversation = (await visitor.types("hello")).conversation_id
        due = await house.service.next_turn(conversation)
        result = await house.engine.run(due, due.history)
        answered, claimed = await both(
            house.service.commit_turn(due, result, 1), house.does(owning.claim, conversation, robin)
        )
        assert claimed.owner == house.owner(conversation) == robin.id
        said = await house.said(conversation)
        if isinstance(answered, TurnSuperseded):
            assert said == ["hello", "utter_app_handoff_taken Robin"]
        else:
            assert said == ["hello", "You said hello", "utter_app_handoff_taken Robin"]


class Killed(Exception):
    """The process went away before the commit."""


@pytest.mark.parametrize(
    "step",
    ["claim", "reply", "release", "hand_back", "resolve"],
)
async def test_what_is_killed_before_the_commit_has_not_begun(house, robin, step) -> None:
    waiting = await house.waits()
    if step != "claim":
        await house.does(owning.claim, waiting, robin)
    tables = (conversations, messages, handoffs, handoff_events)
    before = [house.read(sa.select(table)) for table in tables]
    steps: dict[str, Callable[[Any], Any]] = {
        "claim": lambda unit: owning.claim(unit, waiting, robin),
        "reply": lambda unit: owning.reply(unit, waiting, robin, "Hello.", key="k"),
        "release": lambda unit: owning.release(unit, waiting, by=robin, why="released"),
        "hand_back": lambda unit: owning.hand_back(unit, waiting, robin),
        "resolve": lambda unit: owning.resolve(unit, waiting, robin),
    }

    def work(unit: Any) -> None:
        steps[step](unit)
        raise Killed

    with pytest.raises(Killed):
        await house.service.transact(work)
    assert [house.read(sa.select(table)) for table in tables] == before
    change = await house.service.change(steps[step])
    assert change is not None


async def test_many_at_once_never_leave_two_owners(house, robin, noor) -> None:
    """Everything at everything, from two processes."""

    def asks(unit: Any, conversation: str) -> None:
        hand_over(unit, conversation, "asked")

    chance = random.Random(11)
    visitors = [Visitor(house.service, f"visitor-{n}") for n in range(6)]
    ids = [await house.waits(visitor) for visitor in visitors]
    two = [house.process("one"), house.process("two")]

    def step(n: int) -> Awaitable[Any]:
        conversation, agent, other = chance.choice(ids), *chance.sample([robin, noor], 2)
        service = chance.choice(two)
        works: list[Callable[[Any], Any]] = [
            lambda unit: owning.claim(unit, conversation, agent),
            lambda unit: owning.reply(unit, conversation, agent, f"says {n}", key=f"key-{n}"),
            lambda unit: owning.release(unit, conversation, by=agent, why="released"),
            lambda unit: owning.transfer(unit, conversation, agent, to_agent=other),
            lambda unit: owning.hand_back(unit, conversation, agent),
            lambda unit: asks(unit, conversation),
        ]
        if chance.random() < 0.2:
            return chance.choice(visitors).types(f"writes {n}")
        return service.change(chance.choice(works))

    for _ in range(8):
        results = await both(*(step(chance.randrange(10**9)) for _ in range(25)))
        unexpected = [
            error for error in results if isinstance(error, Exception) and not isinstance(error, HandoffError)
        ]
        assert unexpected == []
    assert house.ledger().breaches == ()
