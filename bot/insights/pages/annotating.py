"""The inbox of messages that were perhaps misunderstood: one after another is given its meaning, or rejected."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from starlette.responses import Response
from starlette.routing import Route

from bot.desk.pages import DeskCall, NotThere, Refused, page, row_id_of
from bot.desk.tools import DeskTools, NavItem
from bot.desk.understood import in_words
from bot.insights.learning import annotations as inbox
from bot.insights.learning.annotations import Asked, DecidedMeanwhile, Decision
from bot.insights.learning.candidates import REASONS, Candidates
from bot.insights.learning.sentences import LONGEST, UnfitSentence, example_of, key_of, plain_of
from bot.insights.learning.training_files import TrainingData, TrainingFiles
from bot.insights.pages.actions import TalkAction
from bot.insights.pages.seeing import Eyes, eyes_of
from bot.privacy.names import names_of
from bot.settings import ROOT
from bot.staff.rights import Right
from bot.storage.tables import messages, turns

HERE = "/insights/annotating"
NAV = (NavItem("Teach", HERE, "teach", Right.ANNOTATE, "t", order=60),)
ACTIONS = (
    TalkAction("Teach", "teach", f"{HERE}/message/{{message}}", Right.ANNOTATE, post=True, of_message=True, order=60),
)
MOST_SHOWN = 100  # in the list at the side
MOST_SUGGESTED = 9
MOST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Filled:
    """The form, as it was sent: it is shown again where it could not be kept."""

    text: str
    intent: str
    entities: str  # JSON


def routes(tools: DeskTools) -> list[Route]:
    """Of annotating."""
    return routes_in(tools, TrainingFiles(ROOT))


def routes_in(tools: DeskTools, files: TrainingFiles) -> list[Route]:
    """Of annotating with the intents and examples of these files."""
    candidates = Candidates(
        tools.settings.low_confidence, tools.new_id, order_number=tools.settings.order_number_pattern
    )
    pages = Annotating(files, candidates)
    return [
        Route(HERE, page(tools, Right.ANNOTATE, pages.show)),
        Route(f"{HERE}/message/{{id}}", page(tools, Right.ANNOTATE, pages.pick), methods=["POST"]),
        Route(f"{HERE}/{{id}}", page(tools, Right.ANNOTATE, pages.decide), methods=["POST"]),
        Route(f"{HERE}/{{id}}/undo", page(tools, Right.ANNOTATE, pages.undo), methods=["POST"]),
    ]


@dataclass
class Annotating:
    """The handlers.

    Args:
        files: what examples there are.
        candidates: keeps a message that somebody picks.
    """

    files: TrainingFiles
    candidates: Candidates

    async def show(self, call: DeskCall) -> Response:
        """`GET /insights/annotating?state=&reason=&language=&guess=&id=&after=&done=`: one message, and the list."""
        return await self._page(call, asked_of(call), wanted=call.query("id", most=36))

    async def pick(self, call: DeskCall) -> Response:
        """`POST /insights/annotating/message/{id}`: a message that somebody read and found misunderstood."""
        message_id = row_id_of(call)
        id = await call.write(lambda connection: self.candidates.pick(connection, message_id))
        if id is None:
            raise Refused("Nothing can be learnt from this message: it has no words of its own.", 409)
        return call.go(f"{HERE}?{query_of(Asked(), id=id)}")

    async def decide(self, call: DeskCall) -> Response:
        """`POST /insights/annotating/{id}`: accept or reject, and go on with the next."""
        id, asked = row_id_of(call), asked_of(call)
        sent = [(await call.field(name))[:MOST_TEXT] for name in ("text", "intent", "entities")]
        filled = Filled(*(value.replace("\r\n", "\n").replace("\0", "") for value in sent))
        version = _number(await call.field("version"))
        accepted = await call.field("do") == "accept"
        alike = _pairs([str(value) for value in (await call.form()).getlist("alike")])
        data = self.files.read()
        row = await call.read(lambda connection: inbox.one(connection, id))
        if row is None:
            raise NotThere("This message is not kept any more.")
        decision = Decision(row.text, None)
        if accepted:
            try:
                decision = self._decision(data, filled, row.language)
            except UnfitSentence as error:
                return await self._page(call, asked, wanted=id, filled=filled, problem=str(error), status=422)

        def work(connection: Connection) -> int:
            inbox.decide(connection, id, version, decision, agent_id=call.agent.id, now=call.now)
            done, _ = inbox.decide_alike(
                connection,
                alike,
                decision.intent,
                agent_id=call.agent.id,
                now=call.now,
                fits=self._fits(data, decision),
            )
            told = {"intent": decision.intent, "alike": done} if accepted else {"alike": done}
            action = "annotation_accepted" if accepted else "annotation_rejected"
            call.note(connection, action, conversation_id=row.conversation_id, subject=id, details=told)
            return done

        try:
            done = await call.write(work)
        except DecidedMeanwhile as meanwhile:
            return await self._page(call, asked, wanted=id, filled=filled, meanwhile=meanwhile.row, status=409)
        except KeyError:
            raise NotThere("This message is not kept any more.") from None
        return call.go(f"{HERE}?{query_of(asked, after=id, done=id, alike=str(done) if done else '')}")

    async def undo(self, call: DeskCall) -> Response:
        """`POST /insights/annotating/{id}/undo`: take a decision back and show the message again."""
        id, asked, version = row_id_of(call), asked_of(call), _number(await call.field("version"))

        def work(connection: Connection) -> None:
            inbox.reopen(connection, id, version)
            call.note(connection, "annotation_reopened", subject=id)

        try:
            await call.write(work)
        except DecidedMeanwhile as meanwhile:
            if meanwhile.row.exported_at is not None:
                raise Refused("It is in the training files already; take it out there.", 409) from None
            raise Refused(f"{meanwhile.row.by_name or 'Somebody'} has changed it meanwhile.", 409) from None
        except KeyError:
            raise NotThere("This message is not kept any more.") from None
        return call.go(f"{HERE}?{query_of(Asked('open', asked.reason, asked.language, asked.guess), id=id)}")

    async def _page(
        self,
        call: DeskCall,
        asked: Asked,
        *,
        wanted: str,
        filled: Filled | None = None,
        problem: str = "",
        meanwhile: Row[Any] | None = None,
        status: int = 200,
    ) -> Response:
        data, eyes = self.files.read(), eyes_of(call)
        after, done_id = call.query("after", most=36), call.query("done", most=36)

        def read(connection: Connection) -> dict[str, Any]:
            rows = inbox.listed(connection, asked)
            row = (inbox.one(connection, wanted) if wanted else None) or _next(connection, rows, after)
            return {
                "rows": rows[:MOST_SHOWN],
                "count": inbox.counted(connection, asked),
                "choices": inbox.choices(connection, asked),
                "row": row,
                "around": _around(connection, row, eyes) if row else [],
                "ranking": _ranking(connection, row) if row else [],
                "alike": inbox.similar(row, rows) if row else [],
                "done": inbox.one(connection, done_id) if done_id else None,
            }

        values = await call.read(read)
        row = values["row"]
        shown = filled or (_filled_of(row) if row else None)
        return call.render(
            "annotating.html",
            status=status,
            **values,
            asked=asked,
            query=query_of(asked),
            with_query=lambda **changes: query_of(asked, **changes),
            filled=shown,
            problem=problem,
            meanwhile=meanwhile,
            suggested=self._suggested(data, row, values["ranking"], values["alike"]) if row else [],
            others=_others(data),
            examples=lambda intent: data.examples(intent, row.language if row else data.base, 4),
            known=_known(data, row) if row else "",
            entities=[name for name in data.entities if name not in ("chosen", "product_kind")],
            reasons=REASONS,
            in_words=in_words,
            done_alike=_number(call.query("alike", most=6)),
            longest=LONGEST,
            here=HERE,
        )

    def _decision(self, data: TrainingData, filled: Filled, language: str) -> Decision:
        """What was filled in, checked.

        Raises:
            UnfitSentence: with a sentence for the one who filled it in.
        """
        intent = filled.intent.strip()
        if not intent:
            raise UnfitSentence("Choose what was meant.")
        if intent not in data.intents or intent in data.buttons_only:
            raise UnfitSentence("There is no such meaning any more; choose another.")
        if data.place_of(intent, language) is None:
            raise UnfitSentence(
                f"There are no examples of it in this language ({language}) yet: add a first one by hand."
            )
        text = " ".join(filled.text.split())
        entities = _entities(filled, text, data)
        example_of(text, entities)
        return Decision(text, intent, tuple(entities))

    def _fits(self, data: TrainingData, decision: Decision) -> Callable[[Row[Any]], bool]:
        """Whether a similar one can be accepted as it stands."""

        def fits(row: Row[Any]) -> bool:
            if decision.intent is None:
                return True
            try:
                example_of(row.text, None)
            except UnfitSentence:
                return False
            return data.place_of(decision.intent, row.language) is not None

        return fits

    def _suggested(
        self, data: TrainingData, row: Row[Any], ranking: Sequence[str], alike: Sequence[Row[Any]]
    ) -> list[str]:
        """What it probably means, the likeliest first."""
        names = [row.intent, *ranking, row.guessed_intent, *(other.guessed_intent for other in alike)]
        names += [*data.like(row.text, row.language), "out_of_scope"]
        known = [name for name in names if name and name in data.intents and name not in data.buttons_only]
        return list(dict.fromkeys(known))[:MOST_SUGGESTED]


def asked_of(call: DeskCall) -> Asked:
    """What the address asks for; what it names wrongly is left out."""
    state, reason = call.query("state", "open", most=10), call.query("reason", most=30)
    return Asked(
        state if state in inbox.STATES else "open",
        reason if reason in REASONS else "",
        call.query("language", most=16),
        call.query("guess", most=100),
    )


def query_of(asked: Asked, **changes: str) -> str:
    """The query of the page, with some of it changed."""
    values = {"state": asked.state, "reason": asked.reason, "language": asked.language, "guess": asked.guess} | changes
    return urlencode({name: value for name, value in values.items() if value and (name, value) != ("state", "open")})


def _next(connection: Connection, rows: Sequence[Row[Any]], after: str) -> Row[Any] | None:
    """The first in the list below that one; the first of all where there is none, or it is not known."""
    last = inbox.one(connection, after) if after else None
    if last is not None:
        below = (row for row in rows if (row.said_at, row.id) < (last.said_at, last.id))
        if (found := next(below, None)) is not None:
            return found
    return next((row for row in rows if row.id != after), None) or next(iter(rows), None)


def _around(connection: Connection, row: Row[Any], eyes: Eyes) -> list[dict[str, Any]]:
    """What was said just before and after, as the reader may see it."""
    m = messages.c
    seq = sa.select(m.seq).where(m.id == row.message_id).scalar_subquery()
    wanted = (
        sa.select(m.id, m.author_kind, m.text)
        .where(m.conversation_id == row.conversation_id, m.seq.between(seq - 2, seq + 2))
        .order_by(m.seq)
    )
    names = names_of(connection, [row.conversation_id]).get(row.conversation_id, ())
    return [
        {"who": one.author_kind, "text": eyes.text(one.text, *names), "here": one.id == row.message_id}
        for one in connection.execute(wanted)
    ]


def _ranking(connection: Connection, row: Row[Any]) -> list[str]:
    understanding = connection.execute(
        sa.select(turns.c.understanding).where(turns.c.message_id == row.message_id)
    ).scalar()
    ranking = (understanding or {}).get("ranking") or ()
    return [str(guess["name"]) for guess in ranking if isinstance(guess, Mapping) and guess.get("name")]


def _others(data: TrainingData) -> list[str]:
    return sorted(name for name in data.intents if name not in data.buttons_only)


def _known(data: TrainingData, row: Row[Any]) -> str:
    """The intent that has this sentence as an example already."""
    try:
        key = key_of(plain_of(example_of(row.text, None)))
    except UnfitSentence:
        return ""
    return next((block.intent for block in data.known.get(key, ()) if block.language == row.language), "")


def _filled_of(row: Row[Any]) -> Filled:
    return Filled(row.text, row.intent or "", json.dumps(row.entities or []))


def _entities(filled: Filled, text: str, data: TrainingData) -> list[dict[str, Any]]:
    """What was marked, as far as it lies within the text.

    Raises:
        UnfitSentence: it cannot be read.
    """
    try:
        marked = json.loads(filled.entities or "[]")
        found = [(int(one["start"]), int(one["end"]), str(one["entity"])) for one in marked]
    except (ValueError, KeyError, TypeError) as error:
        raise UnfitSentence("The marks cannot be read. Mark the words again.") from error
    kept = []
    for start, end, entity in found:
        words = " ".join(filled.text[start:end].split())
        # Spaces that were left out move what comes after them: by how many words there are before it, it is found.
        before = " ".join(filled.text[:start].split())
        at = text.find(words, max(0, len(before) - 1))
        if entity in data.entities and words and at >= 0:
            kept.append({"start": at, "end": at + len(words), "entity": entity})
    return kept


def _pairs(values: Sequence[str]) -> list[tuple[str, int]]:
    """ids with their versions, as checkboxes send them."""
    found = []
    for value in values[: inbox.MOST_READ]:
        id, _, version = value.partition(":")
        found.append((id[:36], _number(version)))
    return found


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
