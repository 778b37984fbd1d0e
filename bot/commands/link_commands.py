"""The commands `bellhop links …`: their options and help; what they do is imported when they run."""

from __future__ import annotations

import sys

import click

from bot.commands.running import fail, local_settings


@click.group()
def links() -> None:
    """Which chats were connected with which customers, and how to take that back.

    \b
    Examples:
      bellhop links list
      bellhop links undo 3f2a9c41
    """


@links.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_links(as_json: bool) -> None:
    """Print all links ever made, the newest first: whose they were, whose they became, and whether they stand."""
    from zoneinfo import ZoneInfo

    from bot.commands.links import links_json, links_text
    from bot.customers.links import read_links
    from bot.insights.reading import CannotRead, read_consistently

    settings = local_settings()
    try:
        found = read_consistently(settings.resolved_database_url, read_links)
    except CannotRead as error:
        fail(str(error))
    click.echo(links_json(found) if as_json else links_text(found, ZoneInfo(settings.timezone)))


@links.command()
@click.argument("link_id", metavar="ID")
def undo(link_id: str) -> None:
    """Take a link back: the chat is again the customer's that it was before. Both sides are told where they talk.

    The beginning of its ID is enough where no other begins so. What was said meanwhile stays with the conversation
    in which it was said. An open page of the website notices within a quarter of a minute.

    Exit code 1: there is no such link, more than one begins so, or it does not stand any more.
    """
    from bot.commands.links import CannotUndo, undo_for_operator
    from bot.storage.database import StorageError
    from bot.storage.migrate import check_revision

    settings = local_settings()
    try:
        check_revision(settings.resolved_database_url)
        said = undo_for_operator(settings, link_id.strip())
    except StorageError as error:
        fail(str(error))
    except CannotUndo as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(said)
