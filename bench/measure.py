"""Measures one target from its start to its last message; progress goes through ``say``."""

import asyncio
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from bench.figures import Load, growth, median, summary
from bench.load import Plan
from bench.processes import memory, tree
from bench.talkers import Answer, BadAnswer, RestTalker, Talker, WebTalker
from bench.texts import TEXTS
from tests.client.product import ROOT
from tests.client.web_client import Patience

GROWTH_AT = (10, 300, 1000)


class Side(Protocol):
    """A target that can be started."""

    name: str
    protocol: str
    base_url: str

    @property
    def pid(self) -> int:
        """The process under which all others are."""
        ...

    def prepare(self) -> None:
        """Make what is missing."""
        ...

    def clear(self) -> None:
        """Forget all conversations."""
        ...

    def start(self) -> None:
        """Start; returns at once."""
        ...

    def check_alive(self) -> None:
        """Raises if it stopped by itself."""
        ...

    def stop(self) -> None:
        """Stop all of it."""
        ...

    def disk(self) -> dict[str, float]:
        """What it takes on disk."""
        ...


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure."""

    starts: int
    single: int
    users: int
    each: int
    warm_up: int
    longest: int
    lookups_each: int


FULL = Size(starts=3, single=100, users=20, each=50, warm_up=7, longest=1000 + len(TEXTS), lookups_each=10)
QUICK = Size(starts=1, single=28, users=20, each=14, warm_up=3, longest=300 + len(TEXTS), lookups_each=2)


def measure(side: Side, size: Size, seed: int, cores: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures of one target."""
    say(f"{side.name}: preparing")
    side.prepare()
    results: dict[str, Any] = {"measured_at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}
    # First, because it is what can fail for want of a network, and everything after it takes long.
    results["disk"] = side.disk()
    try:
        results["start"] = _starts(side, size, say)
        results["memory_at_rest"] = _memory(side)
        single = _load(side, Plan(users=1, messages=size.single, warm_up=14, fresh=True, **_common(side, seed)))
        results["single"] = summary(single, cores)
        one = results["single"]
        say(f"{side.name}: one user: p50 {one['p50_ms']} ms, p95 {one['p95_ms']} ms")
        crowd = _load(side, Plan(users=size.users, messages=size.each, warm_up=size.warm_up, **_common(side, seed)))
        results["crowd"] = summary(crowd, cores) | {"users": size.users}
        say(
            f"{side.name}: {size.users} users: {results['crowd']['messages_per_second']} msg/s, "
            f"p95 {results['crowd']['p95_ms']} ms"
        )
        results["memory"] = _memory(side)
        if side.protocol == "web":
            results["lookups"] = _lookups(side, size, seed, cores, say)
        say(f"{side.name}: one conversation of {size.longest} messages")
        long = _load(side, Plan(users=1, messages=size.longest, warm_up=0, **_common(side, seed + 1)))
        results["growth_ms"] = growth(long.latencies, GROWTH_AT)
        if "10" in results["growth_ms"] and "1000" in results["growth_ms"]:
            results["growth_ratio"] = round(results["growth_ms"]["1000"] / results["growth_ms"]["10"], 2)
        results["long"] = summary(long, cores)
        say(f"{side.name}: message 10, 300, 1,000: {results['growth_ms']} ms")
        results["memory_after_long"] = _memory(side)
    finally:
        side.stop()
    return results


def _common(side: Side, seed: int) -> dict[str, Any]:
    return {
        "protocol": side.protocol,
        "base_url": side.base_url,
        "root_pid": side.pid,
        "seed": seed,
    }


def _load(side: Side, plan: Plan) -> Load:
    """Run ``plan`` in a process of its own. Raises RuntimeError with that process's last words."""
    side.check_alive()
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(plan)).encode(),
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the load generator failed:\n{done.stderr.decode()[-3000:]}")
    return Load(**json.loads(done.stdout))


def _memory(side: Side) -> dict[str, Any]:
    now = memory(tree(side.pid))
    return {
        "processes": now.processes,
        "rss_mb": round(now.rss / 1e6, 1),
        "pss_mb": None if now.pss is None else round(now.pss / 1e6, 1),
        "peak_rss_mb": round(now.peak_rss / 1e6, 1),
    }


def _starts(side: Side, size: Size, say: Callable[[str], None]) -> dict[str, Any]:
    """Start it on nothing, then ``size.starts`` times on what that left; the last one is left running."""
    side.clear()
    first = _start(side)
    say(f"{side.name}: first start to first answer {first:.1f} s")
    again: list[float] = []
    for _ in range(size.starts):
        side.stop()
        again.append(_start(side))
        say(f"{side.name}: started again, first answer after {again[-1]:.1f} s")
    return {
        "seconds": round(median(again), 1),
        "first_seconds": round(first, 1),
        "all_seconds": [round(seconds, 1) for seconds in again],
    }


def _start(side: Side) -> float:
    """Seconds from the command to the first whole answer. Raises what the side raises when it stops."""
    started = time.monotonic()
    side.start()
    asyncio.run(_first_answer(side))
    return time.monotonic() - started


async def _first_answer(side: Side) -> None:
    async def ask() -> Answer:
        if side.protocol == "web":
            patience = Patience(to_connect=2, first_retry=0.05, longest_retry=0.05, before_resend=2)
            who: Talker = WebTalker(side.base_url, random.Random(time.time_ns()).getrandbits(64), patience)
            try:
                return await who.ask(TEXTS[0])
            finally:
                await who.close()
        rest = RestTalker(side.base_url, "bench-first")
        while True:
            try:
                return await rest.ask(TEXTS[0])
            except (ConnectionError, asyncio.IncompleteReadError, BadAnswer):
                await rest.close()
                await asyncio.sleep(0.05)

    asking = asyncio.create_task(ask())
    while not asking.done():
        side.check_alive()
        await asyncio.wait([asking], timeout=0.5)
    if not any(asking.result().texts):
        raise RuntimeError(f"{side.name}: its first answer was empty")


def _lookups(side: Side, size: Size, seed: int, cores: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Look up orders of the demo shop, proving oneself with number and postcode or e-mail."""
    with urllib.request.urlopen(f"{side.base_url}/demo/info.json", timeout=10) as answer:
        orders = [
            {key: str(order[key]) for key in ("number", "email", "postcode")} for order in json.load(answer)["orders"]
        ]
    plan = Plan(users=size.users, messages=size.lookups_each, warm_up=1, orders=orders, **_common(side, seed))
    load = _load(side, plan)
    figures = summary(load, cores) | {
        "users": size.users,
        "lookups": size.users * size.lookups_each,
        "lookups_per_second": round(size.users * size.lookups_each / load.wall, 1),
    }
    say(
        f"{side.name}: {figures['found']} of {figures['lookups']} orders found, "
        f"{figures['lookups_per_second']} look-ups/s"
    )
    return figures
