"""The command `bellhop export`: its options and help; what it does is imported when it runs."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import click

from bot.commands.running import fail, local_settings

YES_NO = click.Choice(["yes", "no"])
_HELP = {
    "agent": "Id of an agent.",
    "with": "What there has to be of it.",
    "survey": "State of the survey.",
    "handoff": "Reason of a handoff.",
    "least": "At least so many messages.",
    "most": "At most so many messages.",
    "weekday": "Day on which it began, 0 Monday … 6 Sunday.",
    "hour": "Hour in which it began, 0 … 23.",
    "fallback": "Whether something was not understood.",
    "commented": "Whether the rating has a comment.",
}


class _Filtered(click.Command):
    """A command with the filters of the pages, by the names that they have there in addresses."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own, and the filters: only now, since what knows them takes a while to be imported."""
        *own, helps = super().get_params(ctx)
        return [*own, *_filters(), helps]


@cache
def _filters() -> list[click.Option]:
    from bot.insights.wanted import CLOSED, LISTS, NUMBERS, SWITCHES

    return [
        click.Option(["--period"], help="7d, 30d, 90d, 365d, today, yesterday, month, last_month, year, or all."),
        click.Option(["--since"], metavar="DAY", help="First day, in the shop's time zone, such as 2026-03-01."),
        click.Option(["--until"], metavar="DAY", help="Last day, included."),
        *(
            click.Option(
                [f"--{called}", called],
                multiple=True,
                type=click.Choice(CLOSED[field]) if field in CLOSED else str,
                help=_HELP.get(called, f"{called.capitalize()}; may be given several times."),
            )
            for field, called in LISTS.items()
        ),
        click.Option(["--score"], multiple=True, type=click.IntRange(1, 5), help="May be given several times."),
        *(
            click.Option([f"--{called}", called], type=click.IntRange(low, high), help=_HELP[called])
            for called, low, high in NUMBERS.values()
        ),
        *(click.Option([f"--{called}", called], type=YES_NO, help=_HELP[called]) for called in SWITCHES.values()),
        click.Option(["--step"], multiple=True, help="A step of the journey; several are a run of steps."),
        click.Option(["--q"], help="Words that were said."),
    ]


@click.command(cls=_Filtered)
@click.argument("what", type=click.Choice(["conversations", "messages"]))
@click.option("--format", "form", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--out", default="-", show_default=True, metavar="FILE", help="File to write; - is standard output.")
@click.option(
    "--mask/--no-mask",
    "masked",
    default=True,
    show_default=True,
    help="Hide addresses, numbers and names in what was written.",
)
def export(what: str, form: str, out: str, masked: bool, **asked: Any) -> None:
    """Write conversations, or their messages, to a file: one row each.

    The columns are those of the views conversation_export and message_export; docs/data-out.md says what each means.
    Without a period it is the last 30 days. FILE is there whole or not at all; only its owner may read it.

    \b
    Examples:
      bellhop export conversations --period 90d --format parquet --out conversations.parquet
      bellhop export messages --since 2026-03-01 --until 2026-03-31 --score 1 --score 2 --out unhappy.csv
      bellhop export conversations --period all --channel telegram | head
    """
    from datetime import UTC, datetime
    from urllib.parse import urlencode
    from zoneinfo import ZoneInfo

    from bot.commands import exports as work
    from bot.insights.filters import FilterError, described, wanted_of
    from bot.insights.out.exporting import Export
    from bot.insights.out.streams import outflow

    if out == work.STDOUT and form == "parquet" and sys.stdout.isatty():
        fail("Parquet is nothing for a terminal; give --out FILE")
    settings, now = local_settings(), datetime.now(UTC)
    given = [(name, value) for name, value in asked.items() if value is not None]
    try:
        wanted = wanted_of(urlencode(given, doseq=True), ZoneInfo(settings.timezone), now)
    except FilterError as error:
        raise click.UsageError(str(error)) from error
    wish = Export(what, wanted, masked, settings.order_number_pattern)
    _say(" · ".join(f"{name}: {value}" for name, value in described(wanted)))
    if not masked:
        _say("Nothing is masked: this has customers' names, addresses and numbers in it. Keep it as you keep those.")
    url = settings.resolved_database_url
    try:
        if missing := work.uncounted_in(url):
            _say(f"Not in it are {missing:,} conversations that nobody has counted yet: `bellhop insights rebuild`.")
        work.note_export(url, wish, form, work.count(url, wish), now)
        if out == work.STDOUT:
            conversations, rows = work.export_to(url, wish, form, outflow(sys.stdout.buffer.write), now, _say)
            sys.stdout.buffer.flush()
        else:
            with work.whole_file(Path(out)) as stream:
                conversations, rows = work.export_to(url, wish, form, stream, now, _say)
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except work.CannotExport as error:
        fail(str(error))
    except OSError as error:  # standard output, on a full disk perhaps
        fail(f"it cannot be written: {error.strerror or error}")
    where = "" if out == work.STDOUT else f" {out} has only its header." if not rows else f" are in {out}."
    if not conversations:
        _say(f"No conversation fits that.{where}")
    elif what == "messages":
        _say(f"{rows:,} messages of {conversations:,} conversations{where or ' were written.'}")
    else:
        _say(f"{rows:,} conversations{where or ' were written.'}")


def _say(text: str) -> None:
    """Standard output may be the file."""
    click.echo(text, err=True)
