"""Runs every task several times against the running product and judges each trial by the shop's data afterwards."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.evaluation import shop_rows
from bot.evaluation.customer import Customer
from bot.evaluation.judge import differences, others_changed
from bot.evaluation.messages import LookForCode, Message, Move, Say, Tap, shown
from bot.evaluation.product import RunningProduct
from bot.evaluation.replay import only_customer, replay
from bot.evaluation.tasks import Shop, Task
from bot.evaluation.visitor import Visitor, VisitorError
from bot.evaluation.wishes import knowledge_of, wishes_of
from bot.storage.database import DatabaseUnavailable

MOST_TURNS = 40
LONGEST_SECONDS = 900.0  # of one trial; whatever hangs must not hang the rest


@dataclass(frozen=True, slots=True)
class Trial:
    """One conversation and how it was judged. `why` is empty where it passed."""

    task: str
    number: int
    why: tuple[str, ...]
    transcript: str
    turns: int
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the data was as it should be, and a person was asked for where that was right."""
        return not self.why


@dataclass(slots=True)
class Talk:
    """What happened in one conversation, as far as it went."""

    lines: list[str] = field(default_factory=list)
    turns: int = 0
    broken: str = ""
    talks: list[str] = field(default_factory=list)

    def said(self, move: Move) -> None:
        """The customer did something."""
        match move:
            case Say(text):
                self.lines += [f"> {line}" for line in text.splitlines()]
            case Tap(choice):
                self.lines.append(f"> [{choice.title}]" + (f" = {choice.value}" if choice.value else ""))
            case LookForCode(email):
                self.lines.append(f"  (looks into the mailbox of {email})")

    def heard(self, messages: Sequence[Message]) -> None:
        """The assistant answered."""
        for message in messages:
            if message.author != "customer":
                self.lines += [f"< {line}" for line in shown(message)]


class Trials:
    """All trials of a run.

    Args:
        product: the one that runs, with the shop in it.
        shop: the shop as the product had it before anybody spoke.
        tasks: which.
        trials: how often each.
        seed: what the customers' randomness is made from.
        jobs: how many conversations at once. Those of one customer come one after another.
        say: told of each trial that ended, with how many there are.
    """

    def __init__(
        self,
        product: RunningProduct,
        shop: Shop,
        tasks: Sequence[Task],
        *,
        trials: int,
        seed: int,
        jobs: int,
        say: Callable[[Trial, int, int], None],
    ) -> None:
        self._product = product
        self._shop = shop
        self._marks = shop_rows.marks(product.database)
        self._tasks = tasks
        self._trials = trials
        self._seed = seed
        self._jobs = asyncio.Semaphore(jobs)
        self._say = say
        self._turn_of = {task.customer: asyncio.Lock() for task in tasks}
        self._ended = 0
        self._busy: Counter[str] = Counter()
        self._started: list[str] = []  # customers, as their trials began

    async def run(self) -> list[Trial]:
        """All trials, in the order of tasks and then of numbers."""
        wanted = [(task, number) for number in range(1, self._trials + 1) for task in self._tasks]
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._one(task, number)) for task, number in wanted]
        order = {task.id: place for place, task in enumerate(self._tasks)}
        return sorted((done.result() for done in running), key=lambda trial: (order[trial.task], trial.number))

    async def _one(self, task: Task, number: int) -> Trial:
        async with AsyncExitStack() as turn:
            await turn.enter_async_context(self._turn_of[task.customer])
            await turn.enter_async_context(self._jobs)
            self._busy[task.customer] += 1
            self._started.append(task.customer)
            try:
                trial = await self._try(task, number)
            finally:
                self._busy[task.customer] -= 1
        self._ended += 1
        self._say(trial, self._ended, len(self._tasks) * self._trials)
        return trial

    async def _try(self, task: Task, number: int) -> Trial:
        began = time.monotonic()
        database = self._product.database
        rows = await asyncio.to_thread(shop_rows.keep, database, task.customer)
        rng = random.Random(f"{self._seed}/{task.id}/{number}")
        customer = Customer(knowledge_of(task, self._shop), wishes_of(task, self._shop), rng)
        talk = Talk([f"task {task.id}, trial {number}, seed {self._seed}: {customer.habits.text}"])
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._converse(customer, talk, rng)
        except VisitorError as error:
            talk.broken = str(error)
        except TimeoutError:
            talk.broken = f"not at its end after {LONGEST_SECONDS:g} s"
        why = [talk.broken] if talk.broken else []
        if wrong := await self._judge(task, talk):
            why += [*customer.unfinished, *wrong]
        await self._restore(task, rows, talk)
        talk.lines += [f"  ({remark})" for remark in customer.remarks] + [f"! {line}" for line in why]
        return Trial(task.id, number, tuple(why), "\n".join(talk.lines), talk.turns, time.monotonic() - began)

    async def _converse(self, customer: Customer, talk: Talk, rng: random.Random) -> None:
        since = datetime.now(UTC)
        async with Visitor(self._product.base_url, rng) as visitor:
            talk.talks = visitor.conversations
            move: Move | None = customer.begin()
            while move is not None:
                talk.said(move)
                if isinstance(move, LookForCode):
                    code = await self._product.code_for(move.email, since)
                    move = Say(code) if code else customer.no_code()
                    continue
                if talk.turns == MOST_TURNS:
                    talk.broken = f"not at its end after {MOST_TURNS} turns"
                    return
                talk.turns += 1
                answer = visitor.say(move.text) if isinstance(move, Say) else visitor.tap(move.choice.id)
                messages = await answer
                talk.heard(messages)
                move = customer.hear(messages)

    async def _judge(self, task: Task, talk: Talk) -> list[str]:
        database = self._product.database
        wanted = only_customer(self._shop, task.customer)
        replay(wanted, task.actions)
        began, busy = len(self._started), set(+self._busy)
        marks = await asyncio.to_thread(shop_rows.marks, database)
        # What others have changed by now may be in it or not; it is looked at when they end.
        busy |= set(self._started[began:])
        rows = await asyncio.to_thread(shop_rows.keep, database, task.customer)
        why = differences(wanted, await asyncio.to_thread(shop_rows.read, rows), task.customer)
        why += others_changed(self._marks, marks, busy)
        if task.transfers and not await asyncio.to_thread(shop_rows.person_was_asked_for, database, talk.talks):
            why.append("nobody was asked to take over")
        return why

    async def _restore(self, task: Task, rows: shop_rows.Rows, talk: Talk) -> None:
        for _ in range(20):
            try:
                await asyncio.to_thread(shop_rows.restore, self._product.database, task.customer, rows, talk.talks)
                return
            except DatabaseUnavailable:
                await asyncio.sleep(0.2)
        raise DatabaseUnavailable(f"the rows of {task.customer} could not be restored")
