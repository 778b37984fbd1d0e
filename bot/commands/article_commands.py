"""The command `bellhop articles`: its options and help; what it does is imported when it runs."""

from __future__ import annotations

import click

from bot.commands.running import fail, local_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def articles(as_json: bool) -> None:
    """Print how often each help article was shown and helped, and what no article answered."""
    from zoneinfo import ZoneInfo

    from bot.commands.articles import articles_json, articles_text
    from bot.insights.articles import read_article_report
    from bot.insights.reading import CannotRead, read_consistently

    settings = local_settings()
    try:
        report = read_consistently(settings.resolved_database_url, read_article_report)
    except CannotRead as error:
        fail(str(error))
    click.echo(articles_json(report) if as_json else articles_text(report, ZoneInfo(settings.timezone)))
