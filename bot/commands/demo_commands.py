"""The command `bellhop demo`: what is there for trying things out."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from bot.commands.running import ROOT, fail, local_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.demo_data.making import Progress


@click.group()
def demo() -> None:
    """Made-up things, to try and to measure with."""


@demo.command("data")
@click.option("--conversations", type=click.IntRange(1, 2_000_000), default=2000, show_default=True, help="How many.")
@click.option("--seed", type=click.IntRange(0, 10**6), default=1, show_default=True, help="Another one: another year.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Its last day. Default: yesterday.")
@click.option("--yes", is_flag=True, help="Also into a database that has real conversations.")
def demo_data(conversations: int, seed: int, until: datetime | None, yes: bool) -> None:
    """Fill the database with a year of made-up conversations.

    With everything that the reports, the desk and the insights show: several channels, languages and releases, people
    who take over, ratings in every state, cases, follow-ups. They keep every rule of `bellhop verify`. Equal arguments
    make an equal year; after Ctrl-C the same command goes on where it was. Run it on a database made for it: made-up
    conversations are not told from real ones in any report.

    \b
    Examples:
      bellhop demo data
      bellhop demo data --conversations 100000 --until 2026-06-30
    """
    from datetime import UTC, timedelta
    from zoneinfo import ZoneInfo

    from bot.composing import new_id
    from bot.demo_data.making import HasRealConversations, fill
    from bot.demo_data.traffic import Year
    from bot.insights.learning.candidates import Candidates
    from bot.storage.database import Database, StorageError
    from bot.storage.migrate import migrate

    settings = local_settings()
    zone = ZoneInfo(settings.timezone)
    today = datetime.now(UTC).astimezone(zone).date()
    last: date = until.date() if until else today - timedelta(days=1)
    if last >= today:
        raise click.UsageError("the year ends with a day that is over: yesterday at the latest")
    year = Year(conversations, seed, last, zone)
    try:
        migrate(settings.resolved_database_url)
        database = Database(settings.resolved_database_url)
        try:
            listeners = [Candidates(settings.low_confidence, new_id, order_number=settings.order_number_pattern)]
            _show(fill(database, year, settings, ROOT, among_real_ones=yes, listeners=listeners))
        finally:
            database.close()
    except HasRealConversations as error:
        fail(f"{error}. Use a database of its own (BELLHOP_DATABASE_URL), or --yes.")
    except StorageError as error:
        fail(str(error))


def _show(steps: Iterable[Progress]) -> None:
    """Tell how far it is, on standard error; and at the end what was made."""
    from time import monotonic

    began, told, last = monotonic(), 0.0, None
    try:
        for last in steps:
            if monotonic() - told > 2:
                told = monotonic()
                click.echo(f"{last.made:,} of {last.of:,} conversations", err=True)
    except KeyboardInterrupt:
        made = last.made if last else 0
        click.echo(f"\nStopped after {made:,} conversations. The same command goes on with them.", err=True)
        raise SystemExit(130) from None
    if last is not None:
        made = last.made - last.were_there
        there = f"; {last.were_there:,} were there already" if last.were_there else ""
        click.echo(f"{made:,} conversations in {monotonic() - began:.0f} s{there}.")
