"""The CX team's pages over a year of conversations, on both databases: how long each takes, signed in as an analyst."""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bench.figures import percentile
from bot.demo_data.making import fill
from bot.demo_data.traffic import Year
from bot.insights.facts.digest import Digest, rebuild
from bot.insights.pages.list_reading import key_of
from bot.settings import ROOT, Settings
from bot.staff.accounts import agent_by_email
from bot.staff.models import Agent, Role
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.migrate import migrate
from bot.storage.tables import conversations
from tests.postgres import new_database, postgres_server
from tests.support.insight_house import InsightHouse

Say = Callable[[str], None]
KINDS = ("sqlite", "postgres")
LAST_DAY = date(2026, 11, 21)  # the same year for everybody who measures
CHANGED = 100  # conversations that a digest catches up with
DEEP = 0.9  # share of the list before the deep page
LISTS, FIGURES = 300.0, 1000.0  # promised, in milliseconds
ROUNDS = 10


def pages(deep: str, conversation_id: str) -> dict[str, tuple[str, float]]:
    """What is asked for, by what it is called, and within how many milliseconds it was promised."""
    here = "/insights/conversations"
    return {
        "list, last 30 days": (here, LISTS),
        "list, one topic, all of the year": (f"{here}?period=all&topic=returns", LISTS),
        "list, bad ratings with a comment": (f"{here}?period=all&score=1&score=2&commented=yes", LISTS),
        "list, full text, all of the year": (f"{here}?period=all&q=refund+charge", LISTS),
        "list, full text, a frequent word": (f"{here}?period=all&q=order", LISTS),
        "list, lowest score first": (f"{here}?period=all&sort=score", LISTS),
        "list, nine tenths down": (f"{here}?period=all&after={deep}", LISTS),
        "transcript": (f"{here}/{conversation_id}", LISTS),
        "figures, last 30 days": ("/insights/dashboards", FIGURES),
        "figures, all of the year": ("/insights/dashboards?period=all", FIGURES),
        "figures, one topic of the year": ("/insights/dashboards?period=all&topic=track_order", FIGURES),
        "journey, last 30 days": ("/insights/journey", FIGURES),
        "journey, all of the year": ("/insights/journey?period=all", FIGURES),
        "articles, all of the year": ("/insights/articles?period=all", FIGURES),
        "unanswered questions, last 30 days": ("/insights/questions", FIGURES),
        "file of the list, 30 days, Parquet": (f"{here}?as=parquet", 0.0),
        "file of all conversations, Parquet": ("/insights/exports/file?what=conversations&as=parquet&period=all", 0.0),
    }


SELDOM = ("file of all conversations, Parquet",)  # asked for once


def measure_insights(build: Path, count: int, seed: int, say: Say, kinds: tuple[str, ...] = KINDS) -> dict[str, Any]:
    """All figures, by database."""
    found: dict[str, Any] = {"conversations": count, "rounds": ROUNDS}
    found["measured_at"] = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    for kind in kinds:
        with database_of(kind, build, count, seed) as url:
            found[kind] = _measure(kind, url, count, seed, say)
    return found


@contextmanager
def database_of(kind: str, build: Path, count: int, seed: int) -> Iterator[str]:
    """The address of a database: of SQLite a file that is kept for the next time, of PostgreSQL a server of our own."""
    if kind == "sqlite":
        build.mkdir(parents=True, exist_ok=True)
        yield f"sqlite:///{build / f'bench-insights-{count}-{seed}.db'}"
        return
    with postgres_server() as server, new_database(server) as url:
        yield url


def _measure(kind: str, url: str, count: int, seed: int, say: Say) -> dict[str, Any]:
    settings = Settings(_env_file=None, smtp_url="smtp://mail.example:25")  # type: ignore[call-arg]  # pydantic's own
    year = Year(count, seed, LAST_DAY, ZoneInfo(settings.timezone))
    migrate(url)
    database = Database(url)
    try:
        results: dict[str, Any] = {"fill": _fill(database, year, settings, kind, say)}
        if not database.is_sqlite:
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
        began = time.monotonic()

        def clock() -> datetime:
            """The morning after the year; goes on as time does."""
            return year.end + timedelta(hours=9, seconds=time.monotonic() - began)

        house = InsightHouse(database, clock, lambda: uuid.uuid4().hex)
        results["pages"] = asyncio.run(_pages(house, kind, say))
        results["digest"] = asyncio.run(_digest(house, clock, seed))
        say(f"{kind}: {CHANGED} changed conversations counted anew: {results['digest']} ms")
        started = time.monotonic()
        for _ in rebuild(
            database, clock=clock, zone=house.zone, reopened_within=timedelta(days=settings.reopened_days)
        ):
            pass
        results["rebuild_seconds"] = round(time.monotonic() - started, 1)
        say(f"{kind}: all counted anew in {results['rebuild_seconds']} s")
        return results
    finally:
        database.close()


def _fill(database: Database, year: Year, settings: Settings, kind: str, say: Say) -> dict[str, Any] | None:
    """Make the year; None where it was there already, so that nothing is known of how long it takes."""
    started, told, last = time.monotonic(), 0.0, None
    for last in fill(database, year, settings, ROOT):
        if time.monotonic() - told > 20:
            told = time.monotonic()
            say(f"{kind}: {last.made:,} of {last.of:,} conversations made")
    seconds = time.monotonic() - started
    if last is None or last.were_there:
        return None
    return {"seconds": round(seconds, 1), "conversations_per_second": round(last.made / seconds)}


async def _pages(house: InsightHouse, kind: str, say: Say) -> dict[str, Any]:
    email = "ana@marlow-finch.example"
    known: Agent | None = house.database.read_now(lambda connection: agent_by_email(connection, email))
    analyst = known or house.door.add("Ana Lyst", role=Role.ANALYST, email=email)
    found: dict[str, Any] = {}
    async with house.signed_in(analyst) as client:
        for name, (address, promised) in pages(*house.database.read_now(_places)).items():
            rounds = 1 if name in SELDOM else ROUNDS
            times, used, size = await _ask(client, address, rounds, warm_up=rounds > 1)
            found[name] = {
                "p50_ms": _ms(percentile(times, 0.5)),
                "p95_ms": _ms(percentile(times, 0.95)),
                "promised_ms": promised or None,
                "processor_ms": _ms(used),
                "requests": rounds,
                "bytes": size,
            }
            took = ", ".join(f"{what} {found[name][f'{what}_ms']} ms" for what in ("p50", "p95", "processor"))
            say(f"{kind}: {name}: {took}")
    return found


async def _ask(
    client: httpx.AsyncClient, address: str, rounds: int, *, warm_up: bool
) -> tuple[list[float], float, int]:
    """The seconds of each request, the processor's seconds of one in this process, the bytes of the last answer."""
    times, size, used = [], 0, 0.0
    for number in range(rounds + warm_up):
        used_before, started = time.process_time(), time.perf_counter()
        answer = await client.get(address)
        elapsed = time.perf_counter() - started
        if answer.status_code != 200:
            raise RuntimeError(f"{address} was answered with {answer.status_code}: {answer.text[:300]}")
        size = len(answer.content)
        if number >= warm_up:
            times.append(elapsed)
            used += time.process_time() - used_before
    return times, used / rounds, size


def _places(connection: Connection) -> tuple[str, str]:
    """The key of a row far down the list of all; the id of a conversation that is as long as few are."""
    newest = sa.select(facts).order_by(facts.c.at.desc(), facts.c.conversation_id.desc())
    size = connection.execute(sa.select(sa.func.count()).select_from(facts)).scalar_one()
    row = connection.execute(newest.offset(int(size * DEEP)).limit(1)).one()
    longest = sa.select(facts.c.conversation_id).order_by(facts.c.customer_messages.desc(), facts.c.conversation_id)
    return key_of(row, "newest"), str(connection.execute(longest.limit(1)).scalar_one())


async def _digest(house: InsightHouse, clock: Callable[[], datetime], seed: int) -> dict[str, float]:
    """Counting what has changed in some conversations, again and again."""
    within = timedelta(days=house.settings.reopened_days)
    digest = Digest(house.database, zone=house.zone, reopened_within=within, clock=clock)
    ids = house.database.read_now(
        lambda connection: list(connection.execute(sa.select(facts.c.conversation_id)).scalars())
    )
    chance, times = random.Random(seed), []
    await digest.catch_up()
    for _ in range(ROUNDS):
        chosen = chance.sample(ids, min(CHANGED, len(ids)))
        changed = sa.update(conversations).where(conversations.c.id.in_(chosen)).values(active_at=clock())
        house.database.write_now(lambda connection, changed=changed: connection.execute(changed))
        times.append(await _timed(digest.catch_up))
    return {"p50_ms": _ms(percentile(times, 0.5)), "p95_ms": _ms(percentile(times, 0.95))}


async def _timed(run: Callable[[], Awaitable[Any]]) -> float:
    started = time.perf_counter()
    await run()
    return time.perf_counter() - started


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
