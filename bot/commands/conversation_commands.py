"""The commands `bellhop conversation` and `bellhop attachment`: their options and help; the rest is imported."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.commands.running import fail, local_settings


@click.command()
@click.argument("conversation_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def conversation(conversation_id: str, as_json: bool) -> None:
    """Print all that was said in a conversation: by whom, when and where, what was changed and what came beside text.

    The beginning of its ID is enough where no other begins so; `bellhop cases list` shows the IDs of those that wait
    for a person. Exit code 1: there is no such conversation, or more than one begins so.

    \b
    Example:
      bellhop conversation 3f2a9c41
    """
    from zoneinfo import ZoneInfo

    from bot.commands.conversations import NotOne, read_transcript, transcript_json, transcript_text
    from bot.insights.reading import CannotRead, read_consistently

    settings = local_settings()
    try:
        found = read_consistently(
            settings.resolved_database_url, lambda connection: read_transcript(connection, conversation_id.strip())
        )
    except CannotRead as error:
        fail(str(error))
    except NotOne as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(transcript_json(found) if as_json else transcript_text(found, ZoneInfo(settings.timezone)))


@click.command()
@click.argument("attachment_id", metavar="ID")
@click.option("--to", "file", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where to write it.")
def attachment(attachment_id: str, file: Path) -> None:
    """Write a file that a customer sent, as `bellhop conversation` names it, to another file; none is overwritten.

    It comes from outside, and nothing has looked into it: open it with care. Exit code 1: there is no such
    attachment, or no file of it here.

    \b
    Example:
      bellhop attachment 7c1d02aa --to photo.jpg
    """
    from bot.commands.conversations import NotKept, NotOne, read_attachment
    from bot.insights.reading import CannotRead, read_consistently

    try:
        content = read_consistently(
            local_settings().resolved_database_url,
            lambda connection: read_attachment(connection, attachment_id.strip()),
        )
    except CannotRead as error:
        fail(str(error))
    except (NotOne, NotKept) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    try:
        with file.open("xb") as written:
            written.write(content)
    except FileExistsError:
        fail(f"{file} is there already; name another file")
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}")
    click.echo(f"{file} has it: {len(content):,} bytes.")
