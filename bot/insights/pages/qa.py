"""Judging a conversation's quality with a scorecard, beside its transcript; one judgement of each reviewer's."""

from __future__ import annotations

from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, NotThere, Refused, page, row_id_of
from bot.desk.tools import DeskTools
from bot.insights.pages.conversations import HERE
from bot.insights.pages.qa_reading import (
    CRITERIA,
    MARKS,
    NotJudged,
    judge,
    percent_of,
    quality_of,
    scores_of,
    unjudge,
)
from bot.insights.pages.seeing import eyes_of
from bot.staff.rights import Right


def routes(tools: DeskTools) -> list[Route]:
    """Of judging."""
    here = f"{HERE}/{{id}}/qa"
    return [
        Route(here, page(tools, Right.INSIGHTS, give), methods=["POST"]),
        Route(f"{here}/delete", page(tools, Right.INSIGHTS, take_back), methods=["POST"]),
    ]


async def give(call: DeskCall) -> Response:
    """`POST …/qa`: a score from 0 to 2 for each criterion that applies, and `note`."""
    call.demand(Right.NOTE)
    conversation_id, form = row_id_of(call), await call.form()
    scores = scores_of({name: value for name, value in form.items() if isinstance(value, str)})

    def work(connection: Connection) -> None:
        known = judge(
            connection,
            review_id=call.tools.new_id(),
            conversation_id=conversation_id,
            agent_id=call.agent.id,
            scores=scores,
            note=str(form.get("note", "")),
            now=call.now,
        )
        if not known:
            raise NotThere
        details = {"percent": percent_of(scores.values())}
        call.note(connection, "qa_review", conversation_id=conversation_id, details=details)

    try:
        await call.write(work)
    except NotJudged as refusal:
        raise Refused(str(refusal)) from refusal
    return await _card(call, conversation_id, "Your judgement is kept.")


async def take_back(call: DeskCall) -> Response:
    """`POST …/qa/delete`: take one's own judgement away."""
    call.demand(Right.NOTE)
    conversation_id = row_id_of(call)

    def work(connection: Connection) -> None:
        if unjudge(connection, conversation_id, call.agent.id):
            call.note(connection, "qa_review_deleted", conversation_id=conversation_id)

    await call.write(work)
    return await _card(call, conversation_id, "Your judgement is taken back.")


async def _card(call: DeskCall, conversation_id: str, said: str) -> Response:
    if not call.is_htmx:
        return call.go(f"{HERE}/{conversation_id}#quality")
    eyes = eyes_of(call)
    quality = await call.read(lambda connection: quality_of(connection, conversation_id, call.agent.id, eyes))
    return call.fragment(
        "transcript_quality.html",
        quality=quality,
        criteria=CRITERIA,
        marks=MARKS,
        id=conversation_id,
        here=HERE,
        said=said,
    )
