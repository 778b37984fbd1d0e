"""The commands `bellhop agents …`: their options and help; what they do is imported when they run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from bot.commands.running import fail, local_settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

Result = TypeVar("Result")

ROLES = ["agent", "supervisor", "analyst", "admin"]
made = click.option(
    "--make-password",
    is_flag=True,
    help="Make a password and print it, instead of asking for one. It has to be changed at the first sign-in.",
)


@click.group()
def agents() -> None:
    """Who may sign in at the desk, as what, and what they did there.

    \b
    Examples:
      bellhop agents add robin@example.com --name "Robin Hale" --language en --language de
      bellhop agents list
      bellhop agents disable robin@example.com
      bellhop agents audit --agent robin@example.com

    What is given by EMAIL has to be there: exit code 1 says that it is not, or that something else stands against it.
    """


@agents.command()
@click.argument("email")
@click.option("--name", required=True, help="As customers read it.")
@click.option("--role", type=click.Choice(ROLES), default="agent", show_default=True, help="What they may do.")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="A language they answer in. None: any.")
@click.option("--team", "teams", multiple=True, metavar="NAME", help="A team they belong to; a new one is made.")
@click.option("--capacity", type=click.IntRange(1, 50), help="Conversations at once. Default: BELLHOP_AGENT_CAPACITY.")
@made
def add(
    email: str,
    name: str,
    role: str,
    languages: tuple[str, ...],
    teams: tuple[str, ...],
    capacity: int | None,
    make_password: bool,
) -> None:
    """Add somebody.

    Asks for their password twice, unless one is made. A program gives it on a line of standard input.
    """
    from bot.commands import agents as work

    settings = local_settings()
    _do(lambda connection: work.check_new(connection, email))  # before anybody thinks of a password
    password = _password(make_password, email, name)
    new = work.NewAgent(email, name, role, languages, teams, capacity or settings.agent_capacity)
    hashed = _hashed(password)
    click.echo(_do(lambda connection: work.add(connection, new, hashed, made=make_password)))
    if make_password:
        _show(password)


@agents.command("list")
@click.option("--all", "also_disabled", is_flag=True, help="Also those who are disabled.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_agents(also_disabled: bool, as_json: bool) -> None:
    """Print everybody: what they are, what they answer, and whether they are there."""
    from datetime import UTC, datetime, timedelta

    from bot.commands import agents as work
    from bot.insights.reading import CannotRead, read_consistently

    settings = local_settings()
    try:
        people = read_consistently(
            settings.resolved_database_url,
            lambda connection: work.read_people(connection, active_only=not also_disabled),
        )
    except CannotRead as error:
        fail(str(error))
    if as_json:
        click.echo(work.people_json(people))
        return
    vanishes_after = timedelta(seconds=settings.agent_vanishes_seconds)
    click.echo(work.people_text(people, datetime.now(UTC), vanishes_after))


@agents.command()
@click.argument("email")
def disable(email: str) -> None:
    """Disable an account. All their sessions end at once.

    Conversations they hold go back to the front of the queue as soon as Bellhop runs. What they did stays theirs. The
    last admin cannot be disabled; `bellhop agents password` shuts out whoever uses that account.
    """
    from bot.commands import agents as work

    click.echo(_do(lambda connection: work.disable(connection, email)))


@agents.command()
@click.argument("email")
def enable(email: str) -> None:
    """Make a disabled account active again, with the password it had."""
    from bot.commands import agents as work

    click.echo(_do(lambda connection: work.enable(connection, email)))


@agents.command()
@click.argument("email")
@made
def password(email: str, make_password: bool) -> None:
    """Give somebody another password. All their sessions end at once."""
    from bot.commands import agents as work

    person = _do(lambda connection: work.the_one(connection, email))
    chosen = _password(make_password, person.email, person.name)
    hashed = _hashed(chosen)
    click.echo(_do(lambda connection: work.give_password(connection, email, hashed, made=make_password)))
    if make_password:
        _show(chosen)


@agents.command()
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
def role(email: str, role: str) -> None:
    """Change what somebody may do."""
    from bot.commands import agents as work

    click.echo(_do(lambda connection: work.change(connection, email, {"role": role})))


@agents.command()
@click.argument("email")
@click.option("--name", help="As customers read it.")
@click.option("--email", "new_email", metavar="ADDRESS", help="What they sign in with from now on.")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="All languages they answer in.")
@click.option("--any-language", is_flag=True, help="They answer in any language.")
@click.option("--team", "teams", multiple=True, metavar="NAME", help="All teams they belong to; a new one is made.")
@click.option("--no-team", is_flag=True, help="They belong to no team.")
@click.option("--capacity", type=click.IntRange(1, 50), help="Conversations at once.")
def change(
    email: str,
    name: str | None,
    new_email: str | None,
    languages: tuple[str, ...],
    any_language: bool,
    teams: tuple[str, ...],
    no_team: bool,
    capacity: int | None,
) -> None:
    """Change an account; what is not given stays as it is."""
    from bot.commands import agents as work

    if (languages and any_language) or (teams and no_team):
        raise click.UsageError("give either the languages (teams) or that there are none")
    given = {"name": name, "email": new_email, "capacity": capacity, "languages": languages or None}
    fields = {key: value for key, value in given.items() if value is not None}
    if any_language:
        fields["languages"] = ()
    wanted_teams = teams if teams or no_team else None
    if not fields and wanted_teams is None:
        raise click.UsageError("say what to change; `bellhop agents change --help` shows what can be")
    click.echo(_do(lambda connection: work.change(connection, email, fields, teams=wanted_teams)))


@agents.command()
@click.option("--agent", metavar="EMAIL", help="Only what they did.")
@click.option("--conversation", metavar="ID", help="Only about one conversation.")
@click.option("--action", metavar="WORD", help="Only of one kind, e.g. sign_in_failed.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many at most.")
@click.option("--before", type=int, metavar="NUMBER", help="Only older ones than the line of that number.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def audit(
    agent: str | None, conversation: str | None, action: str | None, limit: int, before: int | None, as_json: bool
) -> None:
    """Print the log of who did what, the newest first. Nobody can change or remove a line of it."""
    from zoneinfo import ZoneInfo

    from bot.commands import agents as work
    from bot.insights.reading import CannotRead, read_consistently
    from bot.staff.audit import read_audit
    from bot.staff.errors import StaffError
    from bot.staff.models import AuditEntry

    settings = local_settings()

    def read(connection: Connection) -> list[AuditEntry]:
        agent_id = work.the_one(connection, agent).id if agent else None
        return read_audit(
            connection, limit=limit, before=before, agent_id=agent_id, conversation_id=conversation, action=action
        )

    try:
        entries = read_consistently(settings.resolved_database_url, read)
    except CannotRead as error:
        fail(str(error))
    except StaffError as error:
        _refuse(error)
    click.echo(work.audit_json(entries) if as_json else work.audit_text(entries, ZoneInfo(settings.timezone)))


def _do(work: Callable[[Connection], Result]) -> Result:
    """Run `work` in one transaction on the database of the settings."""
    from bot.staff.errors import StaffError
    from bot.storage.database import Database, StorageError
    from bot.storage.migrate import check_revision

    url = local_settings().resolved_database_url
    try:
        check_revision(url)
        database = Database(url)
        try:
            return database.write_now(work)
        finally:
            database.close()
    except StorageError as error:
        fail(str(error))
    except StaffError as error:
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    click.echo(str(error), err=True)
    sys.exit(1)


def _password(make: bool, email: str, name: str) -> str:
    from bot.staff.passwords import made_password, weakness

    if make:
        return made_password()
    if not sys.stdin.isatty():  # a program gives it, on a line
        typed = sys.stdin.readline().rstrip("\r\n")
        if problem := weakness(typed, email, name):
            click.echo(problem, err=True)
            sys.exit(1)
        return typed
    while True:
        typed = str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again"))
        if not (problem := weakness(typed, email, name)):
            return typed
        click.echo(problem, err=True)


def _hashed(password: str) -> str:
    """Before the transaction: it takes long on purpose, and the database has one writer."""
    from bot.staff.passwords import Passwords

    return Passwords().hash(password)


def _show(password: str) -> None:
    click.echo(f"Password: {password}\nIt is shown this once, and has to be changed at the first sign-in.")
