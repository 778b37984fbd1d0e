"""What reviewers' scorecards come to: by question, and by who spoke last; no ranking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, page
from bot.desk.tools import DeskTools, NavItem
from bot.insights.figures.drawn import Drawn, Field, Line, opening, opens
from bot.insights.filters import Wanted, conditions
from bot.insights.pages.asking import KnownChoices
from bot.insights.pages.dashboards import asked_for, figure_file, filter_values
from bot.insights.pages.qa_reading import CRITERIA, MARKS, MOST_POINTS, scores_of
from bot.staff.rights import Right
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.insight_tables import qa_reviews
from bot.storage.tables import agents

HERE = "/insights/quality"
NAV = (NavItem("Quality", HERE, "verified", Right.INSIGHTS, "q", order=18),)
ASSISTANT = "The assistant alone"
_NOTE = (
    "Each judgement counts once: “yes” is all of the points, “partly” half of them. What does not apply is not counted."
)
_NO_RANKING = (
    "Everybody in whose conversations something was judged, in the order of names: this is no ranking, since reviewers "
    "choose what they read, and few judgements say little. A conversation is that of whoever of our people wrote last "
    "in it, also where the assistant was what went wrong."
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One reviewer's judgement of a conversation."""

    conversation_id: str
    agent_id: str | None  # who wrote last in it; None: nobody of our people did
    agent: str | None
    scores: dict[str, int | None]


def routes(tools: DeskTools) -> list[Route]:
    """Of quality."""
    return [Route(HERE, page(tools, Right.INSIGHTS, Quality().show))]


@dataclass
class Quality:
    """The handler."""

    choices: KnownChoices = field(default_factory=KnownChoices)

    async def show(self, call: DeskCall) -> Response:
        """`GET /insights/quality?…`: the page; `&figure=…&as=csv|parquet|json`: one of its figures."""
        form = call.query("as", most=12)
        problem, wanted = asked_for(call, strict=bool(form))
        judged = await call.read(lambda connection: read_judged(connection, wanted))
        figures = {one.name: one for one in (by_question(wanted, judged), by_agent(wanted, judged))}
        if form:
            return await figure_file(call, wanted, figures.get(call.query("figure")), form)
        values = await filter_values(call, wanted, self.choices, HERE)
        return call.render("quality.html", status=400 if problem else 200, problem=problem, figures=figures, **values)


def read_judged(connection: Connection, wanted: Wanted) -> list[Judged]:
    """The judgements of the conversations that a filter lets through; some may be a note and no scores."""
    query = (
        sa.select(qa_reviews.c.conversation_id, qa_reviews.c.scores, facts.c.agent_id, agents.c.name)
        .select_from(
            qa_reviews.join(facts, facts.c.conversation_id == qa_reviews.c.conversation_id).outerjoin(
                agents, agents.c.id == facts.c.agent_id
            )
        )
        .where(*conditions(wanted))
    )
    return [
        Judged(row.conversation_id, row.agent_id, row.name, scores_of(row.scores)) for row in connection.execute(query)
    ]


def by_question(wanted: Wanted, judged: Sequence[Judged]) -> Drawn:
    """Of each question of the scorecard how it was answered, and the average."""
    lines = []
    for criterion in CRITERIA:
        scores = _given(judged, criterion.name)
        counts = [scores.count(points) for points, _ in MARKS]
        lines.append(Line((criterion.label, len(scores), *counts, average(scores))))
    return Drawn(
        "quality-by-question",
        "By question",
        len(judged),
        "judgements",
        (
            Field("question", "Question", "text"),
            Field("judged", "Judged"),
            *(Field(label.lower(), label) for _, label in MARKS),
            Field("average", "Average", "share"),
        ),
        tuple(lines),
        opening(wanted, ("judged",)),
        notes=(_NOTE,),
        wide=True,
    )


def by_agent(wanted: Wanted, judged: Sequence[Judged]) -> Drawn:
    """Of each of our people in whose conversations something was judged, and of the assistant, the averages."""
    names = {one.agent_id: one.agent or ASSISTANT for one in judged}
    lines = []
    for agent_id in sorted(names, key=_last_the_assistant(names)):
        theirs = [one for one in judged if one.agent_id == agent_id]
        conversations = len({one.conversation_id for one in theirs})
        averages = [average(_given(theirs, criterion.name)) for criterion in CRITERIA]
        every = average(score for one in theirs for score in one.scores.values() if score is not None)
        query = opening(wanted, ("judged",), agents=(agent_id,)) if agent_id else None
        values = (names[agent_id], conversations, len(theirs), every, *averages)
        lines.append(Line(values, opens(conversations=query)))
    return Drawn(
        "quality-by-agent",
        "By who spoke last",
        len(judged),
        "judgements",
        (
            Field("name", "Who", "text"),
            Field("conversations", "Conversations"),
            Field("judged", "Judgements"),
            Field("average", "Average", "share"),
            *(Field(criterion.name, criterion.label, "share") for criterion in CRITERIA),
        ),
        tuple(lines),
        opening(wanted, ("judged",)),
        notes=(_NO_RANKING,),
        wide=True,
    )


def average(scores: Iterable[int]) -> float | None:
    """Points out of all there were to get; None where nothing was judged."""
    given = list(scores)
    return sum(given) / (MOST_POINTS * len(given)) if given else None


def _given(judged: Sequence[Judged], criterion: str) -> list[int]:
    return [score for one in judged if (score := one.scores[criterion]) is not None]


def _last_the_assistant(names: dict[str | None, str]) -> Callable[[str | None], Any]:
    return lambda agent_id: (agent_id is None, names[agent_id].casefold(), agent_id or "")
