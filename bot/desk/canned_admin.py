"""Canned replies as they are kept: listed with a preview, added, changed, removed; how agents use them is not here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.canned import PLACEHOLDERS, fill
from bot.desk.pages import DeskCall, Handler, NotThere, page, row_id_of
from bot.desk.tools import DeskTools, NavItem
from bot.staff.accounts import all_teams
from bot.staff.models import Team
from bot.staff.rights import Right
from bot.storage.desk_tables import canned_replies, teams
from bot.storage.tables import agents

HERE = "/desk/canned"
NAV = (NavItem("Replies", HERE, "canned", Right.MANAGE_CANNED, order=70),)
LONGEST_TITLE, LONGEST_TEXT, MOST_REPLIES = 100, 4000, 500
_SHORTCUT = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_BRACED = re.compile(r"\{(\w+)\}")


class CannedError(ValueError):
    """It cannot be kept like that; the text is the name of a sentence in the template."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A form, as it was typed. `version` is of the reply when the form was shown."""

    shortcut: str = ""
    title: str = ""
    text: str = ""
    language: str = ""
    team_id: str = ""
    version: str = ""


def routes(tools: DeskTools) -> list[Route]:
    """Of keeping canned replies."""

    def on(path: str, handler: Handler, *methods: str) -> Route:
        return Route(HERE + path, page(tools, Right.MANAGE_CANNED, handler), methods=list(methods) or None)

    return [
        on("", show),
        on("", add, "POST"),
        on("/new", form_new),
        on("/preview", preview, "POST"),
        on("/{id}", form_known),
        on("/{id}", change, "POST"),
        on("/{id}/remove", remove, "POST"),
    ]


async def show(call: DeskCall) -> Response:
    """`GET /desk/canned`: all, by shortcut, each as it would read."""
    rows = await call.read(_all)
    example = _example(call)
    previews = {row.id: fill(row.text, example) for row in rows}
    return call.view("canned.html", "canned", rows=rows, previews=previews)


async def form_new(call: DeskCall) -> Response:
    """`GET /desk/canned/new`: an empty form, in a dialog."""
    return await _form(call, Filled())


async def form_known(call: DeskCall) -> Response:
    """`GET /desk/canned/{id}`: the form with what is kept."""
    row = await call.read(lambda connection: _known(connection, row_id_of(call)))
    return await _form(call, _filled_of(row), reply_id=row.id)


async def preview(call: DeskCall) -> Response:
    """`POST /desk/canned/preview`: the text with an example in its placeholders."""
    text = (await call.field("text"))[:LONGEST_TEXT]
    return call.fragment("canned_preview.html", text=fill(text, _example(call)), unknown=unknown_placeholders(text))


async def add(call: DeskCall) -> Response:
    """`POST /desk/canned`: keep a new one."""
    filled, reply_id = await _filled(call), call.tools.new_id()

    def work(connection: Connection) -> None:
        if _count(connection) >= MOST_REPLIES:
            raise CannedError("too_many")
        values = _checked(connection, filled, _languages(call))
        stamp = {"updated_by": call.agent.id, "updated_at": call.now}
        connection.execute(sa.insert(canned_replies).values(id=reply_id, **values, **stamp))
        call.note(connection, "canned_added", subject=values["shortcut"], details={"id": reply_id})

    try:
        await call.write(work)
    except CannedError as error:
        return await _form(call, filled, problem=str(error))
    except sa.exc.IntegrityError:
        return await _form(call, filled, problem="taken")
    return _changed(call, "Kept.")


async def change(call: DeskCall) -> Response:
    """`POST /desk/canned/{id}`: keep it otherwise, unless somebody else changed it since the form was shown."""
    filled, reply_id = await _filled(call), row_id_of(call)

    def work(connection: Connection) -> Row[Any] | None:
        row = _known(connection, reply_id, lock=True)
        if _filled_of(row).version != filled.version:
            return row
        values = _checked(connection, filled, _languages(call), but=reply_id)
        stamp = {"updated_by": call.agent.id, "updated_at": call.now}
        here = canned_replies.c.id == reply_id
        connection.execute(sa.update(canned_replies).where(here).values(**values, **stamp))
        call.note(connection, "canned_changed", subject=values["shortcut"], details={"id": reply_id})
        return None

    try:
        newer = await call.write(work)
    except CannedError as error:
        return await _form(call, filled, reply_id=reply_id, problem=str(error))
    except sa.exc.IntegrityError:
        return await _form(call, filled, reply_id=reply_id, problem="taken")
    if newer is not None:
        return await _form(call, _filled_of(newer), reply_id=reply_id, problem="stale")
    return _changed(call, "Saved.")


async def remove(call: DeskCall) -> Response:
    """`POST /desk/canned/{id}/remove`: nobody finds it any more; what was sent with it stays."""
    reply_id = row_id_of(call)

    def work(connection: Connection) -> None:
        row = _known(connection, reply_id, lock=True)
        connection.execute(sa.delete(canned_replies).where(canned_replies.c.id == reply_id))
        call.note(connection, "canned_removed", subject=row.shortcut, details={"id": reply_id, "text": row.text})

    await call.write(work)
    return _changed(call, "Removed.")


def unknown_placeholders(text: str) -> list[str]:
    """What stands in braces and is no placeholder: it would be sent as it is."""
    return list(dict.fromkeys(name for name in _BRACED.findall(text) if name not in PLACEHOLDERS))


def _all(connection: Connection) -> list[Row[Any]]:
    joined = canned_replies.outerjoin(teams, teams.c.id == canned_replies.c.team_id).outerjoin(
        agents, agents.c.id == canned_replies.c.updated_by
    )
    names = (teams.c.name.label("team_name"), agents.c.name.label("by_name"))
    chosen = sa.select(canned_replies, *names).select_from(joined).order_by(canned_replies.c.shortcut)
    return list(connection.execute(chosen.limit(MOST_REPLIES)).all())


def _known(connection: Connection, reply_id: str, *, lock: bool = False) -> Row[Any]:
    chosen = sa.select(canned_replies).where(canned_replies.c.id == reply_id)
    found = connection.execute(chosen.with_for_update() if lock else chosen).first()
    if found is None:
        raise NotThere("There is no such reply any more.")
    return found


def _count(connection: Connection) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(canned_replies)).scalar_one())


def _checked(
    connection: Connection, filled: Filled, languages: Collection[str], *, but: str | None = None
) -> dict[str, Any]:
    """The columns.

    Raises:
        CannedError: one cannot be so.
    """
    shortcut, title, text = filled.shortcut.strip().lstrip("/").lower(), " ".join(filled.title.split()), filled.text
    text = text.replace("\r\n", "\n").strip()
    if not _SHORTCUT.fullmatch(shortcut):
        raise CannedError("shortcut")
    if not 0 < len(title) <= LONGEST_TITLE:
        raise CannedError("title")
    if not 0 < len(text) <= LONGEST_TEXT:
        raise CannedError("text")
    language = filled.language.strip().lower() or None
    if language is not None and language not in languages:
        raise CannedError("language")
    team_id = filled.team_id or None
    if team_id and connection.execute(sa.select(teams.c.id).where(teams.c.id == team_id)).first() is None:
        raise CannedError("team")
    same = sa.select(canned_replies.c.id).where(canned_replies.c.shortcut == shortcut)
    if connection.execute(same).scalar() not in (None, but):
        raise CannedError("taken")
    return {"shortcut": shortcut, "title": title, "text": text, "language": language, "team_id": team_id}


def _filled_of(row: Row[Any]) -> Filled:
    told = (row.shortcut, row.title, row.text, row.language or "", row.team_id or "")
    return Filled(*told, version=hashlib.sha256(repr(told).encode()).hexdigest()[:16])


async def _filled(call: DeskCall) -> Filled:
    longest = {"shortcut": 60, "title": 200, "text": 3 * LONGEST_TEXT, "language": 20, "team_id": 36, "version": 40}
    return Filled(**{name: (await call.field(name))[:most] for name, most in longest.items()})


def _example(call: DeskCall) -> Mapping[str, str]:
    """What stands in placeholders when nobody is spoken with."""
    order = f"{call.tools.settings.order_number_prefix}2507194"
    shop = call.tools.settings.shop_name
    return {"customer_name": "Ada", "agent_name": call.agent.name, "order_number": order, "shop_name": shop}


async def _form(call: DeskCall, filled: Filled, *, reply_id: str = "", problem: str = "") -> Response:
    found: list[Team] = await call.read(all_teams)
    return call.fragment(
        "canned_form.html",
        filled=filled,
        reply_id=reply_id,
        problem=problem,
        teams=found,
        languages=_languages(call),
        placeholders=PLACEHOLDERS,
        text=fill(filled.text, _example(call)),
        unknown=unknown_placeholders(filled.text),
        longest=LONGEST_TEXT,
    )


def _languages(call: DeskCall) -> list[str]:
    """Those that customers are spoken to in."""
    return sorted(call.tools.conversations.phrases.languages.codes)


def _changed(call: DeskCall, said: str) -> Response:
    return call.done(said, events={"desk:canned-changed": {}})
