"""The load generator: a process of its own that reads a plan on stdin and writes what it saw to stdout."""

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import uvloop

from bench.figures import Load
from bench.lookup import Order, look_up
from bench.processes import busy_seconds, cpu_seconds, tree
from bench.talkers import RestTalker, Talker, WebTalker
from bench.texts import TEXTS, text


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. Each of ``users`` says ``messages`` texts one after the other, after ``warm_up`` untimed.

    ``fresh``: after the warm-up everybody starts a new conversation. ``orders``: look these up instead.
    """

    protocol: str
    base_url: str
    root_pid: int
    seed: int
    users: int
    messages: int
    warm_up: int
    fresh: bool = False
    orders: list[dict[str, str]] = field(default_factory=list)


def talker(plan: Plan, user: int, round: str) -> Talker:
    """User number ``user``; another ``round`` is another conversation."""
    if plan.protocol == "rest":
        return RestTalker(plan.base_url, f"bench-{plan.seed}-{round}-{plan.users}-{user}")
    return WebTalker(plan.base_url, random.Random(f"{plan.seed} {round} {user}").getrandbits(64))


async def talk(who: Talker, start: int, messages: int, seen: "Seen") -> None:
    """Say ``messages`` texts in a closed loop: the next one after the answer."""
    for number in range(start, start + messages):
        answer = await who.ask(text(number))
        seen.latencies.append(answer.seconds)
        seen.empty += not any(answer.texts)


@dataclass(slots=True)
class Seen:
    """What the users saw."""

    latencies: list[float] = field(default_factory=list)
    empty: int = 0
    notes: dict[str, Any] = field(default_factory=dict)


async def timed(plan: Plan, work: Callable[[], Awaitable[None]], seen: Seen) -> Load:
    """Run ``work`` and count processor time on all sides meanwhile."""
    pids = tree(plan.root_pid)
    target, busy, own = cpu_seconds(pids), busy_seconds(), time.process_time()
    started = time.monotonic()
    await work()
    wall = time.monotonic() - started
    own_used = time.process_time() - own
    target_used = cpu_seconds(pids) - target
    others = busy_seconds() - busy - own_used - target_used
    return Load(seen.latencies, wall, own_used, target_used, others, seen.empty, seen.notes)


async def run(plan: Plan) -> Load:
    """Carry out ``plan``."""
    if plan.orders:
        return await run_lookups(plan)
    people = [talker(plan, user, "warm") for user in range(plan.users)]
    await asyncio.gather(*(talk(who, user, plan.warm_up, Seen()) for user, who in enumerate(people)))
    if plan.fresh:
        for who in people:
            await who.close()
        people = [talker(plan, user, "timed") for user in range(plan.users)]
    seen = Seen()

    async def everybody() -> None:
        # Users start at different texts, so that the mix is the same at every moment.
        await asyncio.gather(*(talk(who, user % len(TEXTS), plan.messages, seen) for user, who in enumerate(people)))

    load = await timed(plan, everybody, seen)
    if any(len(who.conversations) > 1 for who in people if isinstance(who, WebTalker)):
        raise RuntimeError("a conversation ended under the load, so its length is not what was meant")
    for who in people:
        await who.close()
    return load


async def run_lookups(plan: Plan) -> Load:
    """Every user looks up orders one after the other, each as a new visitor."""
    rng = random.Random(plan.seed)
    orders = [Order(**order) for order in plan.orders]
    seen = Seen(notes={"found": 0, "not_found": []})

    async def user(number: int, count: int, into: Seen) -> None:
        for turn in range(count):
            visitor = WebTalker(plan.base_url, random.Random(f"{plan.seed} {number} {turn}").getrandbits(64))
            try:
                await look_up(visitor, rng.choice(orders), into.latencies, into.notes)
            finally:
                await visitor.close()

    async def everybody(count: int, into: Seen) -> None:
        await asyncio.gather(*(user(number, count, into) for number in range(plan.users)))

    await everybody(plan.warm_up, Seen(notes={"found": 0, "not_found": []}))
    return await timed(plan, lambda: everybody(plan.messages, seen), seen)


def main() -> None:
    """Read the plan, do it, write the load."""
    plan = Plan(**json.load(sys.stdin))
    json.dump(asdict(uvloop.run(run(plan))), sys.stdout)


if __name__ == "__main__":
    main()
