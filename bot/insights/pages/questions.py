"""Questions without an answer, grouped by what they ask for: what to write an article about, or to teach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, NotThere, page
from bot.desk.tools import DeskTools, NavItem
from bot.insights.figures.gaps import UNSURE, Asked, read_gaps
from bot.insights.filters import described, query_of
from bot.insights.out import tables
from bot.insights.pages.asking import KnownChoices
from bot.insights.pages.dashboards import asked_for, filter_values
from bot.insights.pages.grouping import Grouper
from bot.insights.pages.seeing import Eyes, eyes_of
from bot.privacy.names import names_of
from bot.staff.rights import Right

HERE = "/insights/questions"
NAV = (NavItem("Questions", HERE, "question", Right.INSIGHTS, "u", order=14),)
MOST_GROUPED, MOST_GROUPS, EXAMPLES = 3000, 100, 3
COLUMNS = (
    tables.Column("group", "integer"),
    tables.Column("questions_in_group", "integer"),
    tables.Column("question"),
    tables.Column("why"),
    tables.Column("language"),
    tables.Column("asked_at", "moment"),
    tables.Column("conversation_id"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """A group as the page shows it."""

    id: str  # of the question nearest its middle: a group that grows keeps its address
    count: int
    conversations: int
    example: str
    further: tuple[str, ...]
    languages: tuple[str, ...]
    unsure: int  # how many of them the assistant took for something, but was not certain


@dataclass(frozen=True, slots=True)
class _Seeing:
    """A reader's eyes, and what the customers who asked are called."""

    eyes: Eyes
    names: Mapping[str, Sequence[str]]

    def of(self, one: Asked) -> str:
        """A question as the reader may see it."""
        return self.eyes.text(one.text, *self.names.get(one.conversation_id, ()))


async def _seeing(call: DeskCall, asked: Sequence[Asked]) -> _Seeing:
    eyes = eyes_of(call)
    ids = () if eyes.clear else sorted({one.conversation_id for one in asked})
    return _Seeing(eyes, await call.read(lambda connection: names_of(connection, ids)) if ids else {})


def routes(tools: DeskTools) -> list[Route]:
    """Of the questions."""
    return [Route(HERE, page(tools, Right.INSIGHTS, Questions(Grouper(tools.encoder)).show))]


@dataclass
class Questions:
    """The handler."""

    grouper: Grouper
    choices: KnownChoices = field(default_factory=KnownChoices)

    async def show(self, call: DeskCall) -> Response:
        """`GET /insights/questions?…`: the groups; `&group=…`: one of them, whole; `&as=csv|parquet`: as a file."""
        form = call.query("as", most=12)
        problem, wanted = asked_for(call, strict=bool(form))
        found = await call.read(partial(read_gaps, wanted=wanted, most=MOST_GROUPED))
        grouping = await self.grouper.group(found.asked)
        groups, chosen = grouping.groups, call.query("group", most=36)
        eyes = await _seeing(call, found.asked)
        if chosen:
            groups = tuple(group for group in groups if any(one.id == chosen for one in group))
            if not groups:
                raise NotThere("This question is not among those of the filter any more.")
        if form:
            call.demand(Right.EXPORT)
            return await tables.answer(
                call, "questions", COLUMNS, _rows(groups, eyes), form, about=dict(described(wanted))
            )
        return call.render(
            "questions.html",
            status=400 if problem else 200,
            problem=problem,
            found=found,
            grouping=grouping,
            groups=[_shown(group, eyes) for group in groups[:MOST_GROUPS]],
            all_groups=len(groups),
            opened=[(one, eyes.of(one)) for one in groups[0]] if chosen else None,
            chosen=chosen,
            group_query=lambda group_id: "&".join(part for part in (query_of(wanted), f"group={group_id}") if part),
            **await filter_values(call, wanted, self.choices, HERE),
        )


def _shown(group: Sequence[Asked], eyes: _Seeing) -> Group:
    texts = tuple(dict.fromkeys(eyes.of(one) for one in group[:20]))
    return Group(
        group[0].id,
        len(group),
        len({one.conversation_id for one in group}),
        texts[0],
        texts[1 : EXAMPLES + 1],
        tuple(sorted({one.language for one in group})),
        sum(one.why == UNSURE for one in group),
    )


def _rows(groups: Sequence[Sequence[Asked]], eyes: _Seeing) -> list[tuple[object, ...]]:
    return [
        (number, len(group), eyes.of(one), one.why, one.language, one.asked_at, one.conversation_id)
        for number, group in enumerate(groups, 1)
        for one in group
    ]
