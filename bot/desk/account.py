"""One's own account: password, preferences, and where one is signed in. Other people's are the admin's pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.desk.pages import PASSWORD, DeskCall, Refused, page
from bot.desk.tools import DeskTools
from bot.staff.accounts import prefer
from bot.staff.errors import SignInRefused
from bot.staff.rights import home_of
from bot.staff.teams import all_teams
from bot.storage.desk_tables import staff_sessions

ACCOUNT = "/desk/account"
THEMES = {"system": "As the system has it", "light": "Light", "dark": "Dark"}
_BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari")  # what a later one says it is, an earlier one does not
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}
_CALLED = {"Edg": "Edge", "OPR": "Opera"}


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A place where somebody is signed in."""

    id: str
    created_at: datetime
    seen_at: datetime
    address: str | None
    browser: str
    this: bool


async def show(call: DeskCall) -> Response:
    """`GET /desk/account`."""
    return await _shown(call)


async def preferences(call: DeskCall) -> Response:
    """`POST /desk/account/preferences`: theme, sound, notifications, keys."""
    form = await call.form()
    theme = str(form.get("theme", "system"))
    if theme not in THEMES:
        raise Refused("There is no such theme.")
    chosen = {"theme": theme, **{name: name in form for name in ("sound", "notifications", "keys")}}
    await call.write(lambda connection: prefer(connection, call.agent.id, call.now, chosen))
    return call.done("Saved.", events={"desk:preferences": chosen})


async def password_form(call: DeskCall) -> Response:
    """`GET /desk/account/password`: alone where a first password is to be replaced, else on the account's page."""
    if not call.agent.must_change_password:
        return call.go(ACCOUNT)
    return call.render("first_password.html", refused=None)


async def change_password(call: DeskCall) -> Response:
    """`POST /desk/account/password`: all other sessions end."""
    current, new, again = [await call.field(name) for name in ("current", "new", "again")]
    try:
        if new != again:
            raise SignInRefused("The two new passwords are not the same.")
        await call.tools.sign_in.change_password(call.session, current, new, call.address)
    except SignInRefused as refusal:
        if call.agent.must_change_password:
            return call.render("first_password.html", refused=refusal.sentence, status=422)
        return await _shown(call, refused=refusal.sentence, status=422)
    call.tools.live.sign_out(call.agent.id, but=call.session.id)
    return call.go(home_of(call.agent.role) if call.agent.must_change_password else f"{ACCOUNT}?changed=1")


async def end_session(call: DeskCall) -> Response:
    """`POST /desk/account/sessions`: sign out elsewhere; one session, or without an id all but this."""
    which = await call.field("session")

    def work(connection: Connection) -> list[str]:
        theirs = sa.and_(staff_sessions.c.agent_id == call.agent.id, staff_sessions.c.id != call.session.id)
        chosen = sa.and_(theirs, staff_sessions.c.id == which) if which else theirs
        gone = list(
            connection.execute(sa.delete(staff_sessions).where(chosen).returning(staff_sessions.c.id)).scalars()
        )
        if gone:
            call.note(connection, "sessions_ended", details={"sessions": len(gone)})
        return gone

    for session_id in await call.write(work):
        call.tools.live.end_session(session_id)
    return call.go(ACCOUNT)


def routes(tools: DeskTools) -> Sequence[BaseRoute]:
    """The account's routes."""
    return [
        Route(ACCOUNT, page(tools, None, show)),
        Route(f"{ACCOUNT}/preferences", page(tools, None, preferences), methods=["POST"]),
        Route(PASSWORD, page(tools, None, password_form, with_first_password=True)),
        Route(PASSWORD, page(tools, None, change_password, with_first_password=True), methods=["POST"]),
        Route(f"{ACCOUNT}/sessions", page(tools, None, end_session), methods=["POST"]),
    ]


def browser_name(told: str | None) -> str:
    """What a browser is called by what it says of itself: "Firefox on Linux"."""
    told = told or ""
    browser = next((_CALLED.get(name, name) for name in _BROWSERS if name in told), "A browser")
    system = next((called for sign, called in _SYSTEMS.items() if sign in told), None)
    return f"{browser} on {system}" if system else browser


async def _shown(call: DeskCall, *, refused: str | None = None, status: int = 200) -> Response:
    def read(connection: Connection) -> tuple[list[OpenSession], list[str]]:
        theirs = (staff_sessions.c.agent_id == call.agent.id) & (staff_sessions.c.expires_at > call.now)
        rows = connection.execute(sa.select(staff_sessions).where(theirs).order_by(staff_sessions.c.seen_at.desc()))
        sessions = [
            OpenSession(
                row.id, row.created_at, row.seen_at, row.address, browser_name(row.browser), row.id == call.session.id
            )
            for row in rows
        ]
        return sessions, [team.name for team in all_teams(connection) if team.id in call.agent.team_ids]

    sessions, teams = await call.read(read)
    return call.render(
        "account.html",
        status=status,
        sessions=sorted(sessions, key=lambda session: not session.this),
        teams=teams,
        themes=THEMES,
        refused=refused,
        changed=call.query("changed") == "1",
    )
