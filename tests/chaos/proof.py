"""One run of the proof: start the product, customers and killer together, wait for quiet, compare."""

import asyncio
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.checker import RULES, Breach, check
from tests.chaos.customers import Customer
from tests.chaos.database import Reader
from tests.chaos.killer import Killer, manners
from tests.chaos.progress import Progress
from tests.chaos.records import Customers, Noted, Screen
from tests.chaos.records import Database as Rows
from tests.client.product import ROOT, Product, environment
from tests.client.sessions import HttpSessions
from tests.client.transcript import Entry, Transcript
from tests.client.web_client import WebClient

START_SECONDS = 180.0
# All customers come from one address.
SETTINGS = {"BELLHOP_SESSIONS_PER_MINUTE": "100000"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do; ``database_url`` empty for SQLite in ``data_dir``."""

    kills: int
    messages: int
    customers: int
    seed: int
    data_dir: Path
    database_url: str
    # Longer than any outage that the kills can add up to.
    answer_seconds: float = 300.0
    quiet_seconds: float = 120.0

    @property
    def settings(self) -> dict[str, str]:
        """The product's settings."""
        return SETTINGS | ({"BELLHOP_DATABASE_URL": self.database_url} if self.database_url else {})

    @property
    def reader_url(self) -> str:
        """Where the checker reads."""
        return self.database_url or f"sqlite:///{self.data_dir / 'bellhop.db'}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run: counts for the table, every breach, and what each customer went through."""

    counts: dict[str, Any]
    breaches: list[Breach]
    transcripts: dict[str, list[Entry]]


async def prove(plan: Plan, product: Product, verify: list[str], say: Callable[[str], None]) -> Outcome:
    """Run ``plan`` against ``product``; ``verify`` is the command that proves the ledger, run after the end."""
    started = time.monotonic()
    if plan.database_url:
        _check_empty(plan.database_url)
    product.start()
    try:
        await product.ready(START_SECONDS)
        say(f"ready after {time.monotonic() - started:.1f} s; {plan.customers} customers, {plan.kills} kills")
        progress = Progress(plan.kills, plan.messages, customers_left=plan.customers)
        people = _customers(plan, product.base_url, progress)
        killer = Killer(product.run_file, progress, random.Random(f"{plan.seed} killer"))
        for person in people:
            await person.client.__aenter__()
        reporting = asyncio.create_task(_report(progress, plan, say))
        try:
            killing = asyncio.create_task(killer.work(manners(plan.kills)))
            await asyncio.gather(*(person.live() for person in people))
            await killing
            say("all has been said; waiting for quiet")
            quiet = await _quiet(people, plan)
        finally:
            reporting.cancel()
            for person in people:
                await person.client.close()
        product.check_alive()
        deaths = _own_deaths(product, progress)
    finally:
        exit_code = await asyncio.to_thread(product.stop)
    customers, rows = _gather(people, quiet, plan), _read(plan)
    breaches = check(customers, rows)
    if progress.killed < plan.kills:
        breaches.append(Breach("kills", f"only {progress.killed} of {plan.kills} kills were done"))
    if customers.sent < plan.messages:
        breaches.append(Breach("messages", f"only {customers.sent} of {plan.messages} messages were sent"))
    if exit_code != 0:
        breaches.append(Breach("clean stop", f"the product ended with {exit_code}"))
    breaches += deaths
    breaches += _verify(verify, plan, product)
    counts = _counts(plan, people, killer, customers, rows, time.monotonic() - started)
    return Outcome(counts, breaches, {person.name: person.transcript.entries for person in people})


def _own_deaths(product: Product, progress: Progress) -> list[Breach]:
    """A part that was started again more often than it was killed died of something else."""
    run = product.run_file()
    restarts = run.restarts if run is not None else {}
    return [
        Breach(
            "nothing dies by itself", f"the {part} was killed {kills} times and started again {restarts[part]} times"
        )
        for part, kills in progress.kills.items()
        if part in restarts and restarts[part] > kills
    ]


def _customers(plan: Plan, base_url: str, progress: Progress) -> list[Customer]:
    people = []
    for number in range(plan.customers):
        share = plan.messages // plan.customers + (number < plan.messages % plan.customers)
        transcript = Transcript()
        client = WebClient(
            base_url,
            HttpSessions(base_url),
            rng=random.Random(f"{plan.seed} client {number}"),
            recorder=transcript,
        )
        rng = random.Random(f"{plan.seed} customer {number}")
        people.append(Customer(f"customer {number}", client, transcript, rng, progress, share, plan.answer_seconds))
    return people


async def _report(progress: Progress, plan: Plan, say: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(5)
        say(
            f"{progress.sent}/{plan.messages} sent, {progress.answered} answered, kills: "
            f"{progress.kills['app']} app, {progress.kills['engine']} engine"
        )


async def _quiet(people: list[Customer], plan: Plan) -> bool:
    """Wait until all is answered, handled and on everybody's screen; whether that came."""
    reader = Reader(plan.reader_url)
    try:
        for _ in range(int(plan.quiet_seconds / 0.5)):
            waiting = any(person.client.pending for person in people if person.failure is None)
            connected = all(person.client.connected for person in people)
            if not waiting and connected and reader.unhandled() == 0:
                # What was committed a moment ago is still on its way to the screens.
                await asyncio.sleep(1.0)
                return True
            await asyncio.sleep(0.5)
        return False
    finally:
        reader.close()


def _check_empty(url: str) -> None:
    reader = Reader(url)
    try:
        reader.check_empty()
    finally:
        reader.close()


def _read(plan: Plan) -> Rows:
    reader = Reader(plan.reader_url)
    try:
        return reader.read()
    finally:
        reader.close()


def _gather(people: list[Customer], quiet: bool, plan: Plan) -> Customers:
    customers = Customers()
    for person in people:
        customers.add(person.name, person.transcript.entries)
        view = person.client.view
        customers.screens.append(Screen(person.name, view.conversation, view.last_seq))
        if person.failure is not None:
            customers.unanswered.append(person.failure)
        customers.unanswered += [
            Noted(person.name, f"{exchange.body[:40]!r} ({exchange.id}) was never done")
            for exchange in person.exchanges
            if exchange.ending is None
        ]
    if not quiet:
        customers.unanswered.append(Noted("everybody", f"no quiet within {plan.quiet_seconds:g} s"))
    return customers


def _verify(command: list[str], plan: Plan, product: Product) -> list[Breach]:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(plan.data_dir, product.port, plan.settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return []
    return [Breach("ledger", f"`{' '.join(command)}` ended with {done.returncode}: {done.stdout}{done.stderr}")]


def _counts(
    plan: Plan, people: list[Customer], killer: Killer, customers: Customers, rows: Rows, seconds: float
) -> dict[str, Any]:
    waits = sorted(
        exchange.done_at - exchange.sent_at
        for person in people
        for exchange in person.exchanges
        if exchange.done_at is not None
    )
    own = [row for row in rows.messages if row.author == "customer"]
    kinds: dict[str, int] = {}
    for person in people:
        for kind, count in person.kinds.items():
            kinds[kind] = kinds.get(kind, 0) + count
    surveys: dict[str, int] = {}
    for survey in rows.surveys:
        surveys[survey.state] = surveys.get(survey.state, 0) + 1
    return {
        "seed": plan.seed,
        "database": "PostgreSQL" if plan.database_url else "SQLite",
        "seconds": round(seconds, 1),
        "customers": plan.customers,
        "kills of the app": killer.progress.kills["app"],
        "kills of the engine": killer.progress.kills["engine"],
        "… of them while starting": sum(kill.starting for kill in killer.kills),
        "sockets opened": customers.connections,
        "sent": customers.sent,
        "sent again": customers.resent,
        "acknowledged": len({ack.id for ack in customers.acked}),
        "stored": len(own),
        "handled": sum(row.handled for row in own),
        "answered by a turn": len(rows.turns),
        "answered by the app itself": len(own) - len(rows.turns),
        "replies stored": len(rows.messages) - len(own),
        "messages stored": len(rows.messages),
        "messages shown": len({(shown.conversation, shown.seq) for shown in customers.shown}),
        "conversations": len(rows.conversations),
        "… ended": sum(row.state == "ended" for row in rows.conversations),
        "surveys": surveys,
        "what customers did": dict(sorted(kinds.items())),
        "seconds to a whole answer, median": round(waits[len(waits) // 2], 2) if waits else None,
        "seconds to a whole answer, worst": round(waits[-1], 1) if waits else None,
        "rules checked": len(RULES),
    }
