"""The command `bellhop`: names, options and help; what a command does is imported when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.agent_commands import agents
from bot.commands.annotation_commands import annotation_group
from bot.commands.article_commands import articles
from bot.commands.case_commands import cases
from bot.commands.conversation_commands import attachment, conversation
from bot.commands.demo_commands import demo
from bot.commands.evaluate_commands import evaluate
from bot.commands.event_commands import events
from bot.commands.export_commands import export
from bot.commands.insight_commands import insights
from bot.commands.link_commands import links
from bot.commands.privacy_commands import erase, export_customer
from bot.commands.running import ROOT, fail, local_settings, run_in_engine

if TYPE_CHECKING:
    from bot.languages.check import Finding

EPILOG = """\b
First steps:
  bellhop up --demo          the assistant with its demo shop, on this machine
  bellhop shell              chat with it here, in a second terminal
  bellhop csat               how satisfied people were
\b
Settings come from the environment and .env; `bellhop settings` shows them all."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EPILOG)
@click.version_option(package_name="bellhop", message="bellhop %(version)s")
def main() -> None:
    """Bellhop, a customer-support assistant of your own."""


@main.command()
@click.option("--demo", is_flag=True, default=None, help="With the demo shop and its mailbox (this machine only).")
@click.option("--host", help="Address to listen on instead of BELLHOP_HOST.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on instead of BELLHOP_PORT.")
@click.option("--no-train", is_flag=True, help="Stop instead of training when the model is missing.")
def up(demo: bool | None, host: str | None, port: int | None, no_train: bool) -> None:
    """Start the assistant and keep it running until Ctrl-C.

    Trains if what it is trained from has changed, brings the database up to date, starts the engine and the app,
    restarts either when it dies. Prints `ready http://…` when customers can write.

    \b
    Examples:
      bellhop up --demo
      bellhop up --port 9000
    """
    from bot.supervisor.start import up

    given = {"demo": demo, "host": host, "port": port}
    sys.exit(up({key: value for key, value in given.items() if value is not None}, may_train=not no_train))


@main.command()
@click.option("--force", is_flag=True, help="Train even if the model of what is there now exists.")
def train(force: bool) -> None:
    """Train the model from config.yml, domain.yml and data/.

    `bellhop up` does this by itself when it is needed.
    """
    from bot.knowledge.check import check_articles
    from bot.languages.check import check_languages

    if _complained([*check_languages(ROOT), *check_articles(ROOT)]):
        sys.exit(1)
    run_in_engine("bot.engine.train", *(["--force"] if force else []))


@main.command()
def languages() -> None:
    """Show the languages spoken, and check their files.

    \b
    A table with a row a language, then what is missing (said in English until it is there) and what is wrong. The
    files are in data/languages/<code> and data/nlu/<code>; docs/languages.md tells how to add a language.
    Ends with exit code 1 if something is wrong.
    """
    from bot.commands.languages import languages_report

    table, findings = languages_report(ROOT)
    for line in table:
        click.echo(line)
    if _complained(findings):
        sys.exit(1)


@main.command()
@click.option("--url", help="Where it runs, e.g. https://chat.example.com. Default: the one running on this machine.")
def shell(url: str | None) -> None:
    """Chat in the terminal with the assistant that is running.

    Buttons are numbered: type the number. Ctrl-D leaves.

    \b
    Examples:
      bellhop shell
      echo "Where is my order W4827310?" | bellhop shell
    """
    from bot.commands.shell import CannotTalk, Talk, open_session

    base_url = (url or _running_url()).rstrip("/")
    try:
        talk = Talk(base_url, open_session(base_url), lambda text: click.echo(f"\n{text}"))
        talk.open()
    except CannotTalk as error:
        fail(str(error))
    click.echo("Say something. Ctrl-D leaves.")
    try:
        while True:
            if line := input("\n> ").strip():
                talk.say(line)
    except (EOFError, KeyboardInterrupt):
        click.echo()
    finally:
        talk.close()


@main.command()
@click.option("--all", "everything", is_flag=True, help="Count all conversations once more, and not only 2,000.")
def verify(everything: bool) -> None:
    """Prove on the database that nothing was lost, answered twice or left unrated, and that reports count right.

    Every ended conversation has one survey and one outcome, messages and turns are numbered without gaps, every reply
    answers a message, and so on; what reports read is counted once more. Reads only; may run beside the assistant.
    Exit code 1: a rule does not hold. 2: the database cannot be read.
    """
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from bot.commands.reports import ledger_text
    from bot.insights import ledger
    from bot.insights.fact_rules import SAMPLE, Recount
    from bot.insights.reading import CannotRead, read_consistently

    settings = local_settings()
    recount = Recount(
        ZoneInfo(settings.timezone), timedelta(days=settings.reopened_days), None if everything else SAMPLE
    )
    try:
        report = read_consistently(
            settings.resolved_database_url, lambda connection: ledger.verify(connection, recount)
        )
    except CannotRead as error:
        fail(str(error))
    click.echo(ledger_text(report))
    sys.exit(0 if report.balanced else 1)


@main.command()
@click.option(
    "--since", metavar="DAY", help="Conversations that ended on this day or later: 2026-03-01, or with a time."
)
@click.option("--until", metavar="DAY", help="… and on this day or earlier.")
@click.option("--channel", help="Only of one channel, e.g. web.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def csat(since: str | None, until: str | None, channel: str | None, as_json: bool) -> None:
    """Print ratings and the satisfaction score, with how sure it is.

    CSAT is the share of answers that are 4 or 5. The response rate is answered / asked among the same conversations.
    Where they are asked, NPS and CES follow, and how many follow-ups of 1 and 2 were closed in time.
    Days are days of the shop's time zone.

    \b
    Examples:
      bellhop csat
      bellhop csat --since 2026-03-01 --until 2026-03-31 --json
    """
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from bot.commands import reports
    from bot.insights.csat import Filter, read_extras, read_surveys
    from bot.insights.follow_ups import read_follow_ups
    from bot.insights.reading import CannotRead, read_consistently

    settings = local_settings()
    zone = ZoneInfo(settings.timezone)
    try:
        wanted = Filter(
            since=reports.moment(since, zone, end_of_day=False) if since else None,
            until=reports.moment(until, zone, end_of_day=True) if until else None,
            channel=channel,
        )
    except ValueError as error:
        raise click.UsageError(f"{error}; write a day like 2026-03-31") from error
    try:
        rows, extras, figures = read_consistently(
            settings.resolved_database_url,
            lambda connection: (
                read_surveys(connection, wanted),
                read_extras(connection, wanted),
                read_follow_ups(connection, wanted, datetime.now(UTC)),
            ),
        )
    except CannotRead as error:
        fail(str(error))
    if as_json:
        click.echo(reports.csat_json(rows, wanted, extras, figures))
    else:
        click.echo(reports.csat_text(rows, zone, extras, figures))


@main.command()
def migrate() -> None:
    """Create the database's tables, or bring them up to date.

    `bellhop up` does this by itself. Make a backup first: there is no way back.
    """
    from bot.storage.database import StorageError
    from bot.storage.migrate import migrate

    try:
        changed = migrate(local_settings().resolved_database_url)
    except StorageError as error:
        fail(str(error))
    click.echo("The database is up to date now." if changed else "The database was up to date already.")


@main.command("seed-demo")
def seed_demo() -> None:
    """Put the demo shop's customers, products and orders into the database; what is there stays as it is."""
    from datetime import UTC, datetime

    from bot.storage.database import Database, StorageError
    from bot.storage.migrate import migrate
    from bot.supervisor.prepare import demo_seeder

    url = local_settings().resolved_database_url
    try:
        migrate(url)
        database = Database(url)
        try:
            database.write_now(demo_seeder(datetime.now(UTC)))
        finally:
            database.close()
    except StorageError as error:
        fail(str(error))
    click.echo("The demo shop is in the database.")


@main.group()
def shop() -> None:
    """The shop behind the assistant: what it knows of the catalogue, and the embedded shop's data."""


@shop.command("lookup")
def shop_lookup() -> None:
    """Write data/nlu/catalogue.yml: the products and options that are recognised in messages.

    Run it when the catalogue has changed, and train afterwards.
    """
    from bot.commands.shop import NoCatalogue, write_lookup

    try:
        count = write_lookup(local_settings().resolved_database_url, ROOT / "data/nlu/catalogue.yml")
    except NoCatalogue as error:
        fail(str(error))
    click.echo(f"data/nlu/catalogue.yml names {count} products. `bellhop train` makes use of it.")


@shop.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def shop_import(file: Path) -> None:
    """Add the customers, orders and products of FILE to the embedded shop.

    FILE is a db.json of τ²-bench's retail shop. What is in the database stays as it is; something that is there
    already is an error, and then nothing is taken in.
    """
    from datetime import UTC, datetime

    from bot.commands.shop import CannotExchange, import_file

    try:
        counts = import_file(local_settings().resolved_database_url, file, datetime.now(UTC))
    except CannotExchange as error:
        fail(str(error))
    click.echo(
        f"{counts.customers:,} customers, {counts.orders:,} orders and {counts.products:,} products "
        f"with {counts.variants:,} variants are in the database now."
    )


@shop.command("export")
@click.argument("file", type=click.Path(path_type=Path))
def shop_export(file: Path) -> None:
    """Write the embedded shop to FILE, in the form that `bellhop shop import` reads."""
    from bot.commands.shop import CannotExchange, export_file

    try:
        count = export_file(local_settings().resolved_database_url, file)
    except CannotExchange as error:
        fail(str(error))
    click.echo(f"{file} has the shop with its {count:,} orders.")


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def rasa(arguments: tuple[str, ...]) -> None:
    """Run Rasa's own command in the engine's environment.

    \b
    Examples:
      bellhop rasa data validate
      bellhop rasa test nlu
      bellhop rasa --help
    """
    run_in_engine("rasa", *arguments)


@main.command()
@click.option("--example", is_flag=True, help="Print the text of .env.example instead.")
def settings(example: bool) -> None:
    """Show every setting, its value and where that comes from. Secrets are masked."""
    from bot.commands import settings as described

    if example:
        click.echo(described.example(), nl=False)
        return
    from bot.settings import SettingsError, load_settings

    problem = None
    try:
        rows = described.describe(load_settings())
    except SettingsError as error:
        problem = str(error)
        rows = described.describe(None)
    width = max(len(row.name) for row in rows)
    for row in rows:
        click.echo(f"{row.name:<{width}}  {row.source:<11}  {row.value}")
    if problem:
        fail(f"\nThese settings cannot work:\n{problem}")


def _running_url() -> str:
    from bot.supervisor.ports import in_url
    from bot.supervisor.run_file import lives, read_run_file

    data_path = local_settings().data_path
    running = read_run_file(data_path)
    if running is None or not lives(running.supervisor):
        fail(f"Bellhop is not running on {data_path}; start it with `bellhop up --demo` in another terminal")
    return f"http://{in_url(running.host)}:{running.port}"


def _complained(findings: list[Finding]) -> bool:
    """Tell what was found in the files of languages and articles; whether some of it is wrong, and not only missing."""
    for finding in findings:
        click.echo(finding.text if finding.grave else f"warning: {finding.text}", err=True)
    return any(finding.grave for finding in findings)


main.add_command(evaluate)
main.add_command(articles)
main.add_command(cases)
main.add_command(conversation)
main.add_command(attachment)
main.add_command(links)
main.add_command(export)
main.add_command(events)
main.add_command(insights)
main.add_command(agents)
main.add_command(demo)
main.add_command(erase)
main.add_command(export_customer)
main.add_command(annotation_group)

if __name__ == "__main__":
    main()
