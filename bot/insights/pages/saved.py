"""Saved filters: kept under a name, shared with others, deleted; they are chosen above the list of conversations."""

from __future__ import annotations

from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, NotThere, Refused, page, row_id_of
from bot.desk.tools import DeskTools
from bot.insights.filters import FilterError, query_of, wanted_of
from bot.insights.pages.asking import zone_of
from bot.insights.pages.saved_reading import NotSaved, delete_saved, save, saved_for, share_saved
from bot.insights.pages.seeing import eyes_of
from bot.staff.rights import Right

HERE = "/insights/filters"


def routes(tools: DeskTools) -> list[Route]:
    """Of saved filters."""
    return [
        Route(HERE, page(tools, Right.INSIGHTS, add), methods=["POST"]),
        Route(f"{HERE}/{{id}}/delete", page(tools, Right.INSIGHTS, delete), methods=["POST"]),
        Route(f"{HERE}/{{id}}/share", page(tools, Right.INSIGHTS, share), methods=["POST"]),
    ]


async def add(call: DeskCall) -> Response:
    """`POST /insights/filters`: keep the filter `query` as `name`."""
    form = await call.form()
    name, query, shared = str(form.get("name", "")), str(form.get("query", ""))[:8000], form.get("shared") == "yes"
    try:
        canonical = query_of(wanted_of(query, zone_of(call), call.now))
    except (FilterError, ValueError) as error:
        raise Refused(str(error) if isinstance(error, FilterError) else "This filter cannot be read.") from error

    def work(connection: Connection) -> str:
        words = save(
            connection,
            filter_id=call.tools.new_id(),
            agent_id=call.agent.id,
            name=name,
            query=canonical,
            shared=shared,
            now=call.now,
        )
        call.note(connection, "filter_saved", subject=words, details={"query": canonical, "shared": shared})
        return words

    try:
        words = await call.write(work)
    except NotSaved as refusal:
        raise Refused(str(refusal), 409) from refusal
    return await _answer(call, f"Saved as “{words}”.")


async def delete(call: DeskCall) -> Response:
    """`POST /insights/filters/{id}/delete`."""
    filter_id = row_id_of(call)

    def work(connection: Connection) -> str | None:
        name = delete_saved(connection, filter_id, call.agent.id)
        if name is not None:
            call.note(connection, "filter_deleted", subject=name)
        return name

    name = await call.write(work)
    if name is None:
        raise NotThere("This filter is none of yours, or was deleted already.")
    return await _answer(call, f"“{name}” is deleted.")


async def share(call: DeskCall) -> Response:
    """`POST /insights/filters/{id}/share`: `shared` yes or no."""
    filter_id, shared = row_id_of(call), await call.field("shared") == "yes"
    name = await call.write(lambda connection: share_saved(connection, filter_id, call.agent.id, shared=shared))
    if name is None:
        raise NotThere("This filter is none of yours, or was deleted already.")
    return await _answer(call, f"“{name}” is {'shared with everybody here' if shared else 'yours alone'}.")


async def _answer(call: DeskCall, said: str) -> Response:
    """The menu of filters anew where htmx asks; else back to the list."""
    if not call.is_htmx:
        return call.go("/insights/conversations")
    saved = await call.read(lambda connection: saved_for(connection, call.agent.id, eyes_of(call)))
    return call.fragment("saved_filters.html", saved=saved, said=said, query=None)
