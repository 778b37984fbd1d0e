"""The transcript of one conversation, with what was understood, done and judged; tags are set and taken away here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, NotThere, page, row_id_of
from bot.desk.reading import CONVERSATION
from bot.desk.tags import MOST_TAGS, add_tag, known_tags, remove_tag, tags_of
from bot.desk.tools import DeskTools
from bot.desk.wording import talk_words
from bot.insights.filters import FilterError, Wanted, default_period
from bot.insights.pages.asking import wanted_by, zone_of
from bot.insights.pages.conversations import HERE, list_query
from bot.insights.pages.list_reading import neighbours, sort_of
from bot.insights.pages.masking_entries import seen_entries
from bot.insights.pages.qa_reading import CRITERIA, MARKS, Quality, quality_of
from bot.insights.pages.seeing import Eyes, eyes_of
from bot.insights.pages.sharing_reading import DAYS, Link, links_of
from bot.insights.pages.transcript_reading import Transcript, read_transcript
from bot.staff.rights import Right

GONE = "There is no such conversation. It may have been deleted since you got this link."


@dataclass(frozen=True, slots=True)
class Read:
    """All that a transcript's page shows."""

    transcript: Transcript
    before: str | None
    after: str | None
    quality: Quality
    links: tuple[Link, ...]


def routes(tools: DeskTools) -> list[Route]:
    """Of transcripts."""
    here = f"{HERE}/{{id}}"
    return [
        Route(here, page(tools, Right.INSIGHTS, show)),
        Route(f"{here}/tags", page(tools, Right.INSIGHTS, suggest)),
        Route(f"{here}/tags", page(tools, Right.INSIGHTS, tag), methods=["POST"]),
        Route(f"{here}/untag", page(tools, Right.INSIGHTS, untag), methods=["POST"]),
    ]


async def show(call: DeskCall) -> Response:
    """`GET /insights/conversations/{id}?…`: the transcript; the query is that of the list it stands in."""
    conversation_id = row_id_of(call)
    wanted, sort = _list_of(call)
    eyes = eyes_of(call)
    typed = call.query("before", most=12)
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None

    def read(connection: Connection) -> Read:
        transcript = read_transcript(connection, conversation_id, zone_of(call), before=before)
        if transcript is None:
            raise NotThere(GONE)
        beside = (None, None) if transcript.fact is None else neighbours(connection, wanted, sort, transcript.fact)
        links = tuple(links_of(connection, conversation_id, call.now))
        return Read(transcript, *beside, quality_of(connection, conversation_id, call.agent.id, eyes), links)

    found = await call.read(read)
    # Apart, and before it is shown: all that is read would hold up whoever else has something to write.
    await call.write(lambda connection: call.note(connection, CONVERSATION, conversation_id=conversation_id))
    values = transcript_values(call, found.transcript, eyes)
    return call.render(
        "transcript.html",
        **values,
        before=found.before,
        after=found.after,
        quality=found.quality,
        links=found.links,
        criteria=CRITERIA,
        marks=MARKS,
        days=DAYS,
        most_tags=MOST_TAGS,
        list_query=list_query(wanted, sort),
        here=HERE,
    )


def transcript_values(call: DeskCall, transcript: Transcript, eyes: Eyes) -> dict[str, Any]:
    """What the templates of a transcript need."""
    return {
        "talk": transcript,
        "row": transcript.row,
        "id": transcript.row.id,
        "name": eyes.name(transcript.row.customer_name, transcript.row.customer_id),
        "entries": seen_entries(transcript.window.entries, eyes, transcript.names),
        "comment": _comment(transcript, eyes),
        "eyes": eyes,
        **talk_words(zone_of(call), call.now),
    }


async def suggest(call: DeskCall) -> Response:
    """`GET …/tags?tag=`: tags that begin so."""
    begins = call.query("tag", most=40)
    tags = await call.read(lambda connection: known_tags(connection, begins))
    return call.fragment("tag_suggestions.html", tags=tags)


async def tag(call: DeskCall) -> Response:
    """`POST …/tags`: set the tag `tag`."""
    call.demand(Right.NOTE)
    conversation_id, typed = row_id_of(call), await call.field("tag")
    await call.tools.conversations.change(lambda unit: add_tag(unit, conversation_id, call.agent, typed))
    return await _tags(call, conversation_id)


async def untag(call: DeskCall) -> Response:
    """`POST …/untag`: take the tag `tag` away."""
    call.demand(Right.NOTE)
    conversation_id, typed = row_id_of(call), await call.field("tag")
    await call.tools.conversations.change(lambda unit: remove_tag(unit, conversation_id, call.agent, typed[:100]))
    return await _tags(call, conversation_id)


async def _tags(call: DeskCall, conversation_id: str) -> Response:
    if not call.is_htmx:
        return call.go(f"{HERE}/{conversation_id}")
    tags = await call.read(lambda connection: tags_of(connection, conversation_id))
    return call.fragment("transcript_tags.html", tags=tags, id=conversation_id, here=HERE, most_tags=MOST_TAGS)


def _list_of(call: DeskCall) -> tuple[Wanted, str]:
    """The list that the conversation was opened from; one that makes no sense is that of the last 30 days."""
    try:
        wanted = wanted_by(call)
    except FilterError:
        wanted = default_period(zone_of(call), call.now)
    return wanted, sort_of(call.query("sort"))


def _comment(transcript: Transcript, eyes: Eyes) -> str:
    survey = transcript.survey
    return eyes.text(survey.comment, *transcript.names) if survey is not None and survey.comment else ""
