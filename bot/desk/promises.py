"""Promises at the desk: cases and call backs with their due times, taken on, written to, and done with a word."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.desk import worklists
from bot.desk.notes import WrongWords, add_note
from bot.desk.pages import DeskCall, Handler, Refused, page, row_id_of
from bot.desk.todos import listed, send_on, shared, shown_anew
from bot.desk.tools import DeskTools, NavItem
from bot.desk.worklists import LONGEST_WORD
from bot.handoff.models import Reason
from bot.staff.rights import Right

HERE = "/desk/promises"
NAV = (NavItem("Promises", HERE, "promise", Right.FOLLOW_UPS, key="p", order=30, count="promises"),)


def routes(tools: DeskTools) -> list[Route]:
    """Of the list of promises."""

    def post(path: str, handler: Handler) -> Route:
        return Route(f"{HERE}/{{id}}/{path}", page(tools, Right.FOLLOW_UPS, handler), methods=["POST"])

    return [
        Route(HERE, page(tools, Right.FOLLOW_UPS, show)),
        Route(f"{HERE}/{{id}}/done", page(tools, Right.FOLLOW_UPS, ask_word)),
        post("take", take),
        post("put-back", put_back),
        post("write", write),
        post("done", done),
    ]


async def show(call: DeskCall) -> Response:
    """`GET /desk/promises?whose=`: what is open, the first due first."""
    whose = listed(call.query("whose"))
    rows, counts = await call.read(
        lambda connection: (
            worklists.promises(connection, whose=whose, agent_id=call.agent.id),
            worklists.count_promises(connection, call.agent.id, call.now),
        )
    )
    return call.view("promises.html", "todos", rows=rows, counts=counts, whose=whose, **shared(call))


async def take(call: DeskCall) -> Response:
    """`POST …/take`: it is this agent's from now on, unless somebody else took it on meanwhile."""
    case_id, seen = row_id_of(call), (await call.field("seen")) or None

    def work(unit: Unit) -> Change:
        conversation_id = worklists.take_promise(unit.connection, case_id, call.agent.id, seen)
        call.note(unit.connection, "promise_taken", conversation_id=conversation_id, subject=case_id)
        return shown_anew(unit, conversation_id)

    await call.tools.conversations.change(work)
    return call.done("It is yours now.")


async def put_back(call: DeskCall) -> Response:
    """`POST …/put-back`: somebody else may take it on."""
    case_id = row_id_of(call)

    def work(unit: Unit) -> Change:
        conversation_id = worklists.put_back_promise(unit.connection, case_id, call.agent.id)
        call.note(unit.connection, "promise_put_back", conversation_id=conversation_id, subject=case_id)
        return shown_anew(unit, conversation_id)

    await call.tools.conversations.change(work)
    return call.done("It is nobody's now.")


async def write(call: DeskCall) -> Response:
    """`POST …/write`: go on with the customer, in their open conversation or a new one."""
    case_id = row_id_of(call)
    return await send_on(
        call, lambda unit: worklists.take_promise(unit.connection, case_id, call.agent.id, None), Reason.PROMISED
    )


async def ask_word(call: DeskCall) -> Response:
    """`GET …/done`: what to write down, in a dialog."""
    return call.fragment(
        "todo_dialog.html", what="promise", post=f"{HERE}/{row_id_of(call)}/done", longest=LONGEST_WORD
    )


async def done(call: DeskCall) -> Response:
    """`POST …/done`: it is kept; the word stands in the conversation as a note."""
    case_id, word = row_id_of(call), (await call.field("word")).strip()
    if not 0 < len(word) <= LONGEST_WORD:
        raise Refused(f"Say in a word what was done; others will read it. At most {LONGEST_WORD:,} characters.")

    def work(unit: Unit) -> Change:
        conversation_id = worklists.keep_promise(unit.connection, case_id, call.agent.id, unit.now)
        call.note(unit.connection, "promise_done", conversation_id=conversation_id, subject=case_id)
        return add_note(unit, conversation_id, call.agent, f"Promise kept: {word}", key=unit.new_id())

    try:
        await call.tools.conversations.change(work)
    except WrongWords as wrong:
        raise Refused(str(wrong)) from wrong
    return call.done("Done. Thank you.")
