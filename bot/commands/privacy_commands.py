"""The commands `bellhop erase` and `bellhop export-customer`: their options and help."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.running import fail, local_settings

if TYPE_CHECKING:
    from bot.commands.privacy import Named


def _naming(command: Callable[..., Any]) -> Callable[..., Any]:
    """The ways in which a customer is named."""
    for option in (
        click.option("--conversation", metavar="ID", help="… whose conversation this is."),
        click.option("--telegram", metavar="NUMBER", help="… whom Telegram knows by this number."),
        click.option("--email", metavar="ADDRESS", help="… with this address at the embedded shop, or left with us."),
        click.option("--customer", metavar="ID", help="The customer with this id, as the desk and insights show it;"),
    ):
        command = option(command)
    return command


@click.command()
@_naming
@click.option(
    "--shop", is_flag=True, help="Also empty the embedded shop's own record; its orders stay, with nobody's name."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--reapply", is_flag=True, help="Erase again whom tombstones.jsonl names: after putting a backup back.")
@click.option("--compact", is_flag=True, help="Only clear the database's file of remains of what was deleted.")
def erase(
    customer: str | None,
    email: str | None,
    telegram: str | None,
    conversation: str | None,
    shop: bool,
    yes: bool,
    reapply: bool,
    compact: bool,
) -> None:
    """Delete all that is kept of a customer: on every channel, in every table, for good.

    Shows whom it found and asks. Counts and scores stay, with nobody's name. May run beside the assistant, and again
    where it was interrupted. docs/privacy.md tells what becomes of what. Exit code 1: nobody was found, or you said no.

    \b
    Examples:
      bellhop erase --email mei.halasz@example.com
      bellhop erase --telegram 7000001 --yes
      bellhop erase --reapply
    """
    from zoneinfo import ZoneInfo

    from bot.commands import privacy
    from bot.storage.database import Database, StorageError
    from bot.storage.migrate import check_revision

    named = privacy.Named(customer, email, telegram, conversation)
    if named.given + reapply + compact != 1:
        raise click.UsageError("name one customer, in one way; or use --reapply or --compact alone")
    settings = local_settings()
    try:
        check_revision(settings.resolved_database_url)
        if reapply:
            count = privacy.reapply_now(settings)
            click.echo(f"{count:,} customers were erased again." if count else "Nobody has come back.")
            return
        database = Database(settings.resolved_database_url)
        try:
            if compact:
                _say_compacted(privacy.compact_now(database))
                return
            person = _found(database, named)
            click.echo(privacy.found_text(database, person, ZoneInfo(settings.timezone)))
            if not yes and not click.confirm("\nErase all of this for good?"):
                sys.exit(1)
            click.echo(privacy.erased_text(privacy.erase_now(settings, database, person, shop=shop)))
        finally:
            database.close()
    except (StorageError, OSError) as error:
        fail(str(error))


@click.command("export-customer")
@_naming
@click.option(
    "--to",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default="customer.zip",
    show_default=True,
    help="The zip to write; it must not be there yet.",
)
def export_customer(
    customer: str | None, email: str | None, telegram: str | None, conversation: str | None, file: Path
) -> None:
    """Write all that is kept of a customer, and nobody else's data, into a zip to be handed to them.

    It has customer.json, what was said as text, and the files they sent. Make sure first that who asks is who they say.

    \b
    Examples:
      bellhop export-customer --email mei.halasz@example.com --to mei.zip
    """
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from bot.commands import privacy
    from bot.storage.database import Database, StorageError
    from bot.storage.migrate import check_revision

    named = privacy.Named(customer, email, telegram, conversation)
    if named.given != 1:
        raise click.UsageError("name one customer, in one way")
    settings = local_settings()
    try:
        check_revision(settings.resolved_database_url)
        database = Database(settings.resolved_database_url)
        try:
            person = _found(database, named)
            rows = privacy.export_now(database, person, file, datetime.now(UTC), ZoneInfo(settings.timezone))
        finally:
            database.close()
    except FileExistsError:
        fail(f"{file} is there already; nothing was written")
    except (StorageError, OSError) as error:
        fail(str(error))
    click.echo(f"{file} holds {rows:,} rows and {len(person.conversation_ids):,} conversations.")


def _found(database: Any, named: Named) -> Any:
    from bot.commands.privacy import NobodyFound, find

    try:
        return find(database, named)
    except NobodyFound as error:
        click.echo(str(error), err=True)
        sys.exit(1)


def _say_compacted(whole: bool) -> None:
    if not whole:
        fail("The database is in use just now; try again when it is quiet.")
    click.echo("The database's file holds no remains.")
