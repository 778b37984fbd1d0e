"""The commands `bellhop insights …`: their options and help; what they do is imported when they run."""

from __future__ import annotations

import sys

import click

from bot.commands.running import fail, local_settings


@click.group()
def insights() -> None:
    """What the CX team's pages at /insights count.

    \b
    Examples:
      bellhop insights rebuild
    """


@insights.command()
def rebuild() -> None:
    """Count all conversations anew, and all that can be searched.

    Bellhop does this by itself whenever something changes; this is for afterwards: a database that was put together
    from others, another time zone, other BELLHOP_REOPENED_DAYS. May run beside the assistant, and may be broken off.
    """
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo

    from bot.insights.facts.digest import rebuild as all_anew
    from bot.storage.database import Database, StorageError
    from bot.storage.migrate import check_revision

    settings = local_settings()
    url = settings.resolved_database_url
    made = 0
    try:
        check_revision(url)
        database = Database(url)
        try:
            steps = all_anew(
                database,
                clock=lambda: datetime.now(UTC),
                zone=ZoneInfo(settings.timezone),
                reopened_within=timedelta(days=settings.reopened_days),
                order_number=settings.order_number_pattern,
            )
            for made, of in steps:
                _show(made, of)
        finally:
            database.close()
    except StorageError as error:
        fail(str(error))
    click.echo(f"{made:,} conversations are counted anew.")


def _show(made: int, of: int) -> None:
    """How far it has come, in one line, where somebody looks on."""
    if sys.stderr.isatty():
        click.echo(f"\r{made:,} of {of:,}{chr(10) if made == of else ''}", nl=False, err=True)
