"""The commands `bellhop annotations …`: their options and help; what they do is imported when they run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.commands.running import ROOT, fail, local_settings


@click.group("annotations")
def annotation_group() -> None:
    """Customers' messages that were given their right meaning at /insights/annotating, as training data.

    \b
    Examples:
      bellhop annotations list
      bellhop annotations export --dry-run
      bellhop annotations export && bellhop train
    """


@annotation_group.command("list")
@click.option("--all", "also_exported", is_flag=True, help="Also those that are in the files already.")
def list_annotations(also_exported: bool) -> None:
    """Print the accepted messages that wait to be exported."""
    from bot.commands.annotations import listed_text
    from bot.insights.learning.annotations import to_export
    from bot.insights.reading import CannotRead, read_consistently

    try:
        rows = read_consistently(
            local_settings().resolved_database_url, lambda connection: to_export(connection, again=also_exported)
        )
    except CannotRead as error:
        fail(str(error))
    click.echo(listed_text(rows))


@annotation_group.command()
@click.option("--dry-run", is_flag=True, help="Show the change, and change nothing.")
@click.option("--force", is_flag=True, help="Write sentences too that are an example of another intent already.")
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=ROOT,
    help="Where domain.yml and data/nlu are. Default: here.",
)
def export(dry_run: bool, force: bool, project: Path) -> None:
    """Write accepted messages into data/nlu, a line each, below the examples of their intent and language.

    Nothing else of a file is changed. A sentence that is there already is skipped; one that is an example of another
    intent is named and not written, since `bellhop train` would refuse it. What was written is not written again.
    Exit code 1: something was left out that somebody has to look at.
    """
    from datetime import UTC, datetime

    from bot.commands.annotations import summary
    from bot.insights.learning.annotations import exported, to_export
    from bot.insights.learning.exporting import CannotWrite, changed_files, diff_of, plan, write
    from bot.insights.learning.training_files import TrainingFiles
    from bot.insights.reading import CannotRead, read_consistently
    from bot.storage.database import Database, StorageError

    url = local_settings().resolved_database_url
    try:
        rows = read_consistently(url, to_export)
        made = plan(rows, TrainingFiles(project).read(), force=force)
        files = changed_files(project, made.added)
        if dry_run:
            click.echo(diff_of(files), nl=False)
            click.echo(summary(made, dry_run=True), err=True)
            sys.exit(1 if made.conflicts or made.refused else 0)
        database = Database(url)
        try:
            # The files first: where noting it fails, the next export finds its own lines and only notes that.
            write(project, files)
            database.write_now(lambda connection: exported(connection, rows, made.done, datetime.now(UTC)))
        finally:
            database.close()
    except (CannotRead, CannotWrite, StorageError) as error:
        fail(str(error))
    click.echo(summary(made))
    sys.exit(1 if made.conflicts or made.refused else 0)
