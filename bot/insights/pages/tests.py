"""Tests made of conversations: one click on a transcript writes one, and a page lists them with how they last went."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import HEADERS, DeskCall, NotThere, Refused, page, row_id_of
from bot.desk.tools import DeskTools, NavItem
from bot.insights.learning import kept
from bot.insights.learning.runs import latest_runs
from bot.insights.learning.story import NoTest
from bot.insights.learning.training_files import TrainingFiles
from bot.insights.pages.actions import TalkAction
from bot.settings import ROOT
from bot.staff.rights import Right

HERE = "/insights/tests"
NAV = (NavItem("Tests", HERE, "flask", Right.ANNOTATE, order=70),)
ACTIONS = (
    TalkAction("Make a test", "flask", "/insights/conversations/{conversation}/test", Right.ANNOTATE, post=True),
)


def routes(tools: DeskTools) -> list[Route]:
    """Of tests."""
    return routes_in(tools, TrainingFiles(ROOT))


def routes_in(tools: DeskTools, files: TrainingFiles) -> list[Route]:
    """Of tests that are written into the project of these files."""

    async def made(call: DeskCall) -> Response:
        return await make(call, files)

    return [
        Route("/insights/conversations/{id}/test", page(tools, Right.ANNOTATE, made), methods=["POST"]),
        Route(HERE, page(tools, Right.ANNOTATE, show)),
        Route(f"{HERE}/{{id}}/file", page(tools, Right.ANNOTATE, download)),
        Route(f"{HERE}/{{id}}/remove", page(tools, Right.ANNOTATE, remove), methods=["POST"]),
    ]


async def make(call: DeskCall, files: TrainingFiles) -> Response:
    """`POST /insights/conversations/{id}/test`: write a test of it, or lead to the one that there is."""
    conversation_id = row_id_of(call)
    known = await call.read(lambda connection: kept.known_test(connection, conversation_id))
    if known is not None:
        return call.go(f"{HERE}?known={known.id}#test-{known.id}")
    try:
        told = await call.read(lambda connection: kept.read_conversation(connection, conversation_id))
        if told is None:
            raise NotThere
        content = kept.content_of(told, call.tools.settings.order_number_pattern, tuple(files.read().forms))
    except NoTest as error:
        raise Refused(str(error), 409) from None
    path, id = kept.written(files.root, told.name, content), call.tools.new_id()

    def work(connection: Connection) -> str:
        new = kept.keep_test(connection, told, content, path, id=id, agent_id=call.agent.id, now=call.now)
        if new:
            call.note(connection, "test_made", conversation_id=conversation_id, subject=told.name)
        row = kept.known_test(connection, conversation_id)
        assert row is not None
        return str(row.id)

    try:
        id = await call.write(work)
    except NoTest as error:  # erased meanwhile: nobody else knows of the file
        if path is not None:
            (files.root / path).unlink(missing_ok=True)
        raise Refused(str(error), 409) from None
    return call.go(f"{HERE}?made={id}#test-{id}")


async def show(call: DeskCall) -> Response:
    """`GET /insights/tests`: those that are kept, with their last result."""

    def read(connection: Connection) -> dict[str, Any]:
        return {"rows": kept.all_tests(connection), "results": kept.last_results(latest_runs(connection))}

    values = await call.read(read)
    made, known = call.query("made", most=36), call.query("known", most=36)
    return call.render("kept_tests.html", **values, made=made, known=known, here=HERE)


async def download(call: DeskCall) -> Response:
    """`GET /insights/tests/{id}/file`: the test, to be put into the project by hand."""
    row = await _row(call)
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="{row.name}.yml"'}
    return Response(row.content, media_type="application/yaml; charset=utf-8", headers=headers)


async def remove(call: DeskCall) -> Response:
    """`POST /insights/tests/{id}/remove`: take it off the list, so that one can be made anew; its file stays."""
    row = await _row(call)

    def work(connection: Connection) -> None:
        kept.remove_test(connection, row.id)
        call.note(connection, "test_removed", conversation_id=row.conversation_id, subject=row.name)

    await call.write(work)
    return call.go(HERE)


async def _row(call: DeskCall) -> Any:
    row = await call.read(lambda connection: kept.test_by_id(connection, row_id_of(call)))
    if row is None:
        raise NotThere("There is no such test any more.")
    return row
