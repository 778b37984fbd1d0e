"""The commands `bellhop cases …`: their options and help; what they do is imported when they run."""

from __future__ import annotations

import sys

import click

from bot.commands.running import fail, local_settings


@click.group()
def cases() -> None:
    """What people have to do for customers, and by when they were promised it.

    \b
    Examples:
      bellhop cases list
      bellhop cases done 3f2a9c41
    """


@cases.command("list")
@click.option("--all", "also_done", is_flag=True, help="Also those that are done, after the open ones.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_cases(also_done: bool, as_json: bool) -> None:
    """Print open cases, the first due first; overdue ones lead and are marked."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from bot.cases.cases import read_cases
    from bot.commands.cases import cases_json, cases_text
    from bot.insights.reading import CannotRead, read_consistently

    settings = local_settings()
    try:
        found = read_consistently(
            settings.resolved_database_url, lambda connection: read_cases(connection, done=also_done)
        )
    except CannotRead as error:
        fail(str(error))
    now = datetime.now(UTC)
    click.echo(cases_json(found, now) if as_json else cases_text(found, now, ZoneInfo(settings.timezone)))


@cases.command()
@click.argument("case_id", metavar="ID")
def done(case_id: str) -> None:
    """Note that a case is done. The beginning of its ID is enough where no other begins so.

    Exit code 1: there is no such case, or more than one begins so.
    """
    from datetime import UTC, datetime

    from bot.commands.cases import NotOneCase, finish
    from bot.storage.database import Database, StorageError
    from bot.storage.migrate import check_revision

    url = local_settings().resolved_database_url
    try:
        check_revision(url)
        database = Database(url)
        try:
            said = database.write_now(lambda connection: finish(connection, case_id.strip(), datetime.now(UTC)))
        finally:
            database.close()
    except StorageError as error:
        fail(str(error))
    except NotOneCase as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(said)
