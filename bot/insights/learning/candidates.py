"""Finds customers' messages that were perhaps misunderstood, and keeps them until somebody says what they meant.

Listens to the digest: whatever changed in a conversation, its messages are looked at anew, in the same transaction. A
message is kept once; another reason for it is added. What somebody has decided on stays as it was decided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.insights.learning.sentences import MASKED, key_of
from bot.languages.languages import BASE
from bot.privacy.masking import ORDER_NUMBER, mask
from bot.privacy.names import names_of
from bot.storage.article_tables import article_showings, unanswered_questions
from bot.storage.desk_tables import conversation_tags
from bot.storage.inserts import insert_into
from bot.storage.insight_tables import nlu_annotations
from bot.storage.tables import conversations, messages, turns

LOW, FALLBACK, ELSE, NOT_HELPFUL, PERSON, TAGGED, UNANSWERED, PICKED = (
    "low_confidence",
    "fallback",
    "something_else",
    "not_helpful",
    "person_took_over",
    "tagged",
    "unanswered",
    "picked",
)
REASONS: Mapping[str, str] = {  # as people read them
    FALLBACK: "Nothing certain understood",
    LOW: "Low confidence",
    ELSE: "“Something else” chosen",
    NOT_HELPFUL: "Article did not help",
    PERSON: "One of us took over",
    TAGGED: "Tagged by one of us",
    UNANSWERED: "No article answered",
    PICKED: "Picked by one of us",
}
TAGS = ("misunderstood", "not understood", "wrong intent", "wrong-intent", "wrong_intent", "not-understood")
UNSURE = "nlu_fallback"
# What was asked for is read by its form, whatever it is taken for: an address, a code.
_ASKED_BY_FORM = frozenset({"order_number", "email", "postcode", "one_time_code", "address", "rating", "comment"})
_PAYLOAD_ELSE = re.compile(r"^/something_else\b")
MOST_IDS = 400  # in one query


@dataclass(slots=True)
class Found:
    """A message that was perhaps misunderstood, and why."""

    row: Any
    reasons: list[str] = field(default_factory=list)

    def add(self, reason: str) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)


class Candidates:
    """Listens to the digest and keeps what is to be annotated.

    Args:
        low_confidence: understanding below this is perhaps none.
        order_number: what the shop's order numbers look like, for masking.
        new_id: makes the id of a kept message.
    """

    def __init__(
        self, low_confidence: float, new_id: Callable[[], str], *, order_number: str = ORDER_NUMBER, base: str = BASE
    ) -> None:
        self._low = low_confidence
        self._new_id = new_id
        self._order_number = order_number
        self._base = base

    def digested(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Look at the conversations whose facts were made anew.

        Args:
            rows: of conversation_facts.
        """
        languages = {str(row["conversation_id"]): str(row["language"]) for row in rows}
        ids = list(languages)
        for start in range(0, len(ids), MOST_IDS):
            some = ids[start : start + MOST_IDS]
            kept, names = _kept(connection, some), names_of(connection, some)
            for found in _found(connection, [id for id in some if id in kept], self._low):
                id = found.row.conversation_id
                self._keep(connection, found, languages[id], names.get(id, ()))

    def pick(self, connection: Connection, message_id: str) -> str | None:
        """Keep a message that somebody chose; its annotation's id, None where it cannot be learnt from."""
        wanted = (
            *(messages.c.id, messages.c.conversation_id, messages.c.text, messages.c.created_at),
            *(turns.c.understanding, conversations.c.locale),
        )
        row = connection.execute(
            sa.select(*wanted)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .outerjoin(turns, turns.c.message_id == messages.c.id)
            .where(messages.c.id == message_id, messages.c.author_kind == "customer", messages.c.kind == "text")
        ).first()
        if row is None:
            return None
        names = names_of(connection, [row.conversation_id]).get(row.conversation_id, ())
        self._keep(connection, Found(row, [PICKED]), row.locale, names)
        return connection.execute(
            sa.select(nlu_annotations.c.id).where(nlu_annotations.c.message_id == message_id)
        ).scalar()

    def _keep(self, connection: Connection, found: Found, language: str, names: Sequence[str]) -> None:
        row = found.row
        text = mask(" ".join(row.text.split()), known=names, order_number=self._order_number)
        if not any(sign.isalpha() for sign in MASKED.sub("", text)):
            return  # a number, an address: nothing is learnt from it
        c = nlu_annotations.c
        known = connection.execute(sa.select(nlu_annotations).where(c.message_id == row.id)).first()
        if known is not None:
            changed = {**self._more_reasons(known, found), **self._names_learnt_since(known, names)}
            if changed:
                connection.execute(sa.update(nlu_annotations).where(c.id == known.id).values(changed))
            return
        guess, confidence = _guess(row.understanding)
        own = (row.understanding or {}).get("language")
        values = {
            "id": self._new_id(),
            "message_id": row.id,
            "conversation_id": row.conversation_id,
            "text": text,
            "language": _base_of(own if isinstance(own, str) else language) or self._base,
            "reasons": found.reasons,
            "guessed_intent": guess,
            "confidence": confidence,
            "state": "open",
            "version": 1,
            "said_at": row.created_at,
        }
        kept = insert_into(connection, nlu_annotations).values(**values)
        connection.execute(kept.on_conflict_do_nothing(index_elements=[c.message_id]))

    def _more_reasons(self, known: Row[Any], found: Found) -> dict[str, Any]:
        more = [reason for reason in found.reasons if reason not in known.reasons]
        return {"reasons": [*known.reasons, *more]} if more else {}

    def _names_learnt_since(self, known: Row[Any], names: Sequence[str]) -> dict[str, Any]:
        """Hide who it is where that was learnt afterwards; an example with that in it is to be decided on anew."""
        text = mask(known.text, known=names, order_number=self._order_number)
        if text == known.text or known.exported_at is not None:
            return {}
        anew: dict[str, Any] = {"text": text, "version": known.version + 1}
        if known.state == "accepted":
            anew |= {"state": "open", "entities": None, "agent_id": None, "decided_at": None}
        return anew


def _kept(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of the conversations whose words are still kept."""
    wanted = sa.select(conversations.c.id).where(conversations.c.id.in_(ids), conversations.c.emptied_at.is_(None))
    return set(connection.execute(wanted).scalars())


def _found(connection: Connection, ids: Sequence[str], low: float) -> Iterable[Found]:
    c = messages.c
    # Why it was not understood is in some words; the events of a turn, which are many, are not read.
    wanted = (
        sa.select(
            *(c.id, c.conversation_id, c.seq, c.author_kind, c.kind, c.text, c.payload, c.expects, c.created_at),
            turns.c.understanding,
        )
        .outerjoin(turns, turns.c.message_id == c.id)
        .where(c.conversation_id.in_(ids))
        .order_by(c.conversation_id, c.seq)
    )
    by_conversation: dict[str, list[Any]] = {}
    for row in connection.execute(wanted):
        by_conversation.setdefault(row.conversation_id, []).append(row)
    disliked = _message_ids(
        connection, article_showings, article_showings.c.helpful.is_(False), article_showings.c.conversation_id.in_(ids)
    )
    unanswered = _message_ids(connection, unanswered_questions, unanswered_questions.c.conversation_id.in_(ids))
    tagged = set(
        connection.scalars(
            sa.select(conversation_tags.c.conversation_id).where(
                conversation_tags.c.conversation_id.in_(ids), sa.func.lower(conversation_tags.c.tag).in_(TAGS)
            )
        )
    )
    for id, rows in by_conversation.items():
        yield from found_in(rows, low, disliked=disliked, unanswered=unanswered, tagged=id in tagged)


def found_in(
    rows: Sequence[Any],
    low: float,
    *,
    disliked: frozenset[str] = frozenset(),
    unanswered: frozenset[str] = frozenset(),
    tagged: bool = False,
) -> list[Found]:
    """The messages of one conversation that were perhaps misunderstood, in order.

    Args:
        rows: its messages in order, with `understanding`.
        low: confidence below this counts.
        disliked: ids of questions whose article did not help.
        unanswered: ids of questions that no article answered.
        tagged: one of our people tagged the conversation as misunderstood.
    """
    found: dict[str, Found] = {}

    def mark(row: Any, reason: str) -> None:
        if row is not None and row.kind == "text" and key_of(row.text):
            found.setdefault(row.id, Found(row)).add(reason)

    asked: str | None = None
    latest: Any = None  # what the customer typed last
    missed: Any = None  # … if it was not understood
    for row in rows:
        if row.author_kind == "customer":
            if row.kind == "choice" and _PAYLOAD_ELSE.match(row.payload or ""):
                mark(latest, ELSE)
                missed = latest
            elif row.kind == "text" and row.understanding:
                latest, missed = row, None
                for reason in _of_turn(row, asked, low):
                    mark(row, reason)
                    missed = row
            if row.id in disliked:
                mark(row, NOT_HELPFUL)
            if row.id in unanswered:
                mark(row, UNANSWERED)
        elif row.author_kind == "bot":
            asked = row.expects
        elif row.author_kind == "agent" and row.kind != "note":
            mark(missed, PERSON)
            missed = None
    if tagged:
        mark(min((row for row in rows if row.understanding), key=_confidence, default=None), TAGGED)
    return sorted(found.values(), key=lambda one: one.row.seq)


def _of_turn(row: Any, asked: str | None, low: float) -> list[str]:
    name, entities = _intent(row.understanding), row.understanding.get("entities") or ()
    if name is None or row.understanding.get("error"):
        return []
    if name == UNSURE:
        return [FALLBACK]
    answers = asked in _ASKED_BY_FORM and bool(entities)
    return [LOW] if _confidence(row) < low and not answers else []


def _intent(understanding: Mapping[str, Any]) -> str | None:
    name = (understanding.get("intent") or {}).get("name")
    return str(name) if name else None


def _confidence(row: Any) -> float:
    if row.kind != "text":
        return 2.0
    if _intent(row.understanding) == UNSURE:
        return -1.0
    value = (row.understanding.get("intent") or {}).get("confidence")
    return float(value) if isinstance(value, int | float) else 1.0


def _guess(understanding: Mapping[str, Any] | None) -> tuple[str | None, float | None]:
    """The likeliest of our intents; that nothing was certain is none."""
    understanding = understanding or {}
    for guess in (understanding.get("intent"), *(understanding.get("ranking") or ())):
        if guess and guess.get("name") and guess["name"] != UNSURE:
            share = guess.get("confidence")
            return str(guess["name"])[:100], float(share) if isinstance(share, int | float) else None
    return None, None


def _message_ids(connection: Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> frozenset[str]:
    return frozenset(connection.scalars(sa.select(table.c.message_id).where(*conditions)))


def _base_of(code: str) -> str:
    """ "en-GB" is "en"."""
    return code.split("-")[0].split("_")[0].lower()
