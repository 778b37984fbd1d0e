"""The commands `bellhop events …`: how the event stream is, and sending again what was given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from bot.commands.running import fail, local_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection

Result = TypeVar("Result")


@click.group()
def events() -> None:
    """The event stream: what is told to BELLHOP_EVENTS_URL (docs/data-out.md)."""


@events.command()
def status() -> None:
    """Print how many events wait, were told, and were given up, and why the last one was."""
    from bot.events import outbox
    from bot.events.stream import receiver_of

    settings = local_settings()
    url = settings.events_url
    counted, errors, gone = _do(
        lambda connection: (
            outbox.counts(connection),
            outbox.last_errors(connection),
            bool(url) and outbox.is_gone(connection, receiver_of(url)),
        ),
        writes=False,
    )
    click.echo("Nobody is told: BELLHOP_EVENTS_URL is empty." if not url else f"Events go to {url}.")
    if gone:
        click.echo("That receiver wants no more (410), so none are sent; `bellhop events retry` sends them again.")
    words = {"waiting": "wait", "sending": "are being sent", "done": "were told lately", "failed": "were given up"}
    for state, said in words.items():
        click.echo(f"{counted.get(state, 0):>9,} {said}")
    for error, number in errors:
        click.echo(f"{number:>9,} of those that wait or were given up: {error}")


@events.command()
def retry() -> None:
    """Send what was given up once more, also to a receiver that had said that it is gone."""
    from datetime import UTC, datetime

    from bot.events import outbox

    if not local_settings().events_url:
        fail("BELLHOP_EVENTS_URL is empty, so there is nobody to send events to")
    again = _do(lambda connection: outbox.try_again(connection, datetime.now(UTC)))
    click.echo(f"{again:,} events are sent again." if again else "No event was given up.")


def _do(work: Callable[[Connection], Result], *, writes: bool = True) -> Result:
    from bot.insights.reading import CannotRead, read_consistently
    from bot.storage.database import Database, StorageError
    from bot.storage.migrate import check_revision

    url = local_settings().resolved_database_url
    try:
        if not writes:
            return read_consistently(url, work)
        check_revision(url)
        database = Database(url)
        try:
            return database.write_now(work)
        finally:
            database.close()
    except (StorageError, CannotRead) as error:
        fail(str(error))
