"""Follow-ups at the desk: ratings of 1 and 2, taken on, answered and closed with an outcome; and how it was for us."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from bot.conversations.models import Change
from bot.conversations.unit import Unit
from bot.desk import worklists
from bot.desk.pages import DeskCall, Handler, NotThere, Refused, page, row_id_of
from bot.desk.todos import listed, send_on, shared, shown_anew
from bot.desk.tools import DeskTools, NavItem
from bot.desk.worklists import LONGEST_WORD, FollowUpOutcome
from bot.handoff.models import Reason
from bot.handoff.owning import wrap_up
from bot.handoff.reading import handoff_of
from bot.staff.rights import Right

HERE = "/desk/follow-ups"
NAV = (NavItem("Follow-ups", HERE, "follow-up", Right.FOLLOW_UPS, key="f", order=35, count="follow-ups"),)


def routes(tools: DeskTools) -> list[Route]:
    """Of the list of follow-ups, and of wrapping up."""

    def post(path: str, handler: Handler) -> Route:
        return Route(f"{HERE}/{{id}}/{path}", page(tools, Right.FOLLOW_UPS, handler), methods=["POST"])

    return [
        Route(HERE, page(tools, Right.FOLLOW_UPS, show)),
        Route(f"{HERE}/{{id}}/done", page(tools, Right.FOLLOW_UPS, ask_outcome)),
        post("take", take),
        post("put-back", put_back),
        post("write", write),
        post("done", close),
        Route("/desk/c/{id}/wrap-up", page(tools, Right.ANSWER, ask_how)),
        Route("/desk/c/{id}/wrap-up", page(tools, Right.ANSWER, note_how), methods=["POST"]),
    ]


async def show(call: DeskCall) -> Response:
    """`GET /desk/follow-ups?whose=`: what is open, the first due first."""
    whose = listed(call.query("whose"))
    rows, counts = await call.read(
        lambda connection: (
            worklists.low_ratings(connection, whose=whose, agent_id=call.agent.id),
            worklists.count_low_ratings(connection, call.agent.id, call.now),
        )
    )
    return call.view("follow_ups.html", "todos", rows=rows, counts=counts, whose=whose, **shared(call))


async def take(call: DeskCall) -> Response:
    """`POST …/take`: it is this agent's from now on, unless somebody else took it on meanwhile."""
    follow_up_id, seen = row_id_of(call), (await call.field("seen")) or None

    def work(unit: Unit) -> Change:
        conversation_id = worklists.take_follow_up(unit.connection, follow_up_id, call.agent.id, seen)
        call.note(unit.connection, "follow_up_taken", conversation_id=conversation_id, subject=follow_up_id)
        return shown_anew(unit, conversation_id)

    await call.tools.conversations.change(work)
    return call.done("It is yours now.")


async def put_back(call: DeskCall) -> Response:
    """`POST …/put-back`: somebody else may take it on."""
    follow_up_id = row_id_of(call)

    def work(unit: Unit) -> Change:
        conversation_id = worklists.put_back_follow_up(unit.connection, follow_up_id, call.agent.id)
        call.note(unit.connection, "follow_up_put_back", conversation_id=conversation_id, subject=follow_up_id)
        return shown_anew(unit, conversation_id)

    await call.tools.conversations.change(work)
    return call.done("It is nobody's now.")


async def write(call: DeskCall) -> Response:
    """`POST …/write`: go on with the customer, in their open conversation or a new one."""
    follow_up_id = row_id_of(call)
    return await send_on(
        call,
        lambda unit: worklists.take_follow_up(unit.connection, follow_up_id, call.agent.id, None),
        Reason.FOLLOW_UP,
    )


async def ask_outcome(call: DeskCall) -> Response:
    """`GET …/done`: how it ended, in a dialog."""
    post = f"{HERE}/{row_id_of(call)}/done"
    return call.fragment("todo_dialog.html", what="follow_up", post=post, longest=LONGEST_WORD)


async def close(call: DeskCall) -> Response:
    """`POST …/done`: closed with an outcome and, where there is something to say, a note."""
    follow_up_id, note = row_id_of(call), (await call.field("word")).strip()
    try:
        outcome = FollowUpOutcome(await call.field("outcome"))
    except ValueError as error:
        raise Refused("Choose how it ended.") from error
    if len(note) > LONGEST_WORD:
        raise Refused(f"A note has at most {LONGEST_WORD:,} characters.")

    def work(unit: Unit) -> Change:
        conversation_id = worklists.close_follow_up(
            unit.connection, follow_up_id, call.agent.id, outcome, note, unit.now
        )
        details = {"outcome": outcome.value}
        call.note(
            unit.connection, "follow_up_closed", conversation_id=conversation_id, subject=follow_up_id, details=details
        )
        return shown_anew(unit, conversation_id)

    await call.tools.conversations.change(work)
    return call.done("Closed. Thank you.")


async def ask_how(call: DeskCall) -> Response:
    """`GET /desk/c/{id}/wrap-up`: "how was that for you?", three faces, and one may pass."""
    handoff = await call.read(lambda connection: handoff_of(connection, row_id_of(call)))
    if handoff is None:
        raise NotThere
    return call.fragment("wrap_up.html", handoff=handoff, conversation_id=row_id_of(call))


async def note_how(call: DeskCall) -> Response:
    """`POST /desk/c/{id}/wrap-up`: one tap, never shown with a name."""
    how = await call.field("how")
    if how not in ("1", "2", "3"):
        raise Refused("That is no answer.")

    def work(unit: Unit) -> Change | None:
        handoff = handoff_of(unit.connection, row_id_of(call))
        change = wrap_up(unit, handoff.id, call.agent, int(how)) if handoff else None
        if change is not None:  # that they answered, not what: of that only averages are shown
            call.note(unit.connection, "wrap_up", conversation_id=row_id_of(call))
        return change

    if await call.tools.conversations.change(work) is None:
        raise Refused("That conversation was not yours.", 409)
    return call.fragment("wrap_up.html", handoff=None, conversation_id=row_id_of(call))
