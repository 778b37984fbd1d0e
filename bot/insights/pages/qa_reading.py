"""Judgements of a conversation's quality, one of each reviewer's: read, put together, written. Nobody is ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.cleaning import clean_text
from bot.insights.pages.seeing import Eyes
from bot.privacy.emptying import words_are_deleted
from bot.privacy.names import names_of
from bot.storage.inserts import insert_into
from bot.storage.insight_tables import qa_reviews
from bot.storage.tables import agents, conversations

LONGEST_NOTE = 4000
MOST_POINTS = 2
MARKS = ((2, "Yes"), (1, "Partly"), (0, "No"))


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something that is judged, and when it is as it should be."""

    name: str
    label: str
    hint: str


CRITERIA = (
    Criterion(
        "understood", "Understood the wish", "What the customer wanted was grasped, at the latest at the second try."
    ),
    Criterion(
        "right", "Gave the right answer", "What was said and done is true, complete and was the customer's wish."
    ),
    Criterion("policy", "Kept to the policy", "Nothing was promised, paid or told that the shop's rules do not allow."),
    Criterion("effort", "Asked for little effort", "No question twice, nothing asked for that we know."),
    Criterion("tone", "Found the right tone", "Friendly and plain; upset people were taken seriously."),
    Criterion("handover", "Handed over at the right time", "A person came when one was needed, and not before."),
)


class NotJudged(Exception):
    """The judgement was not kept; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Review:
    """What one reviewer thinks."""

    by: str
    own: bool
    scores: Mapping[str, int | None]
    note: str
    updated_at: datetime

    @property
    def percent(self) -> int | None:
        """Of all points there were to get; None where nothing was judged."""
        return percent_of(self.scores.values())


@dataclass(frozen=True, slots=True)
class Quality:
    """What all reviewers think of a conversation."""

    reviews: Sequence[Review] = ()

    @property
    def own(self) -> Review | None:
        """The reader's own judgement."""
        return next((review for review in self.reviews if review.own), None)

    @property
    def percent(self) -> int | None:
        """On average over the reviewers."""
        found = [review.percent for review in self.reviews if review.percent is not None]
        return round(sum(found) / len(found)) if found else None


def percent_of(scores: Any) -> int | None:
    """Points out of all there were to get, as a percentage."""
    given = [score for score in scores if score is not None]
    return round(100 * sum(given) / (MOST_POINTS * len(given))) if given else None


def quality_of(connection: Connection, conversation_id: str, agent_id: str, eyes: Eyes) -> Quality:
    """What reviewers think of a conversation, the reader's own judgement first; others' notes through their eyes."""
    names = () if eyes.clear else names_of(connection, [conversation_id]).get(conversation_id, ())
    c = qa_reviews.c
    wanted = (
        sa.select(qa_reviews, agents.c.name)
        .select_from(qa_reviews.join(agents, agents.c.id == c.agent_id))
        .where(c.conversation_id == conversation_id)
        .order_by(c.created_at, c.id)
    )
    found = [
        Review(row.name, own, scores_of(row.scores), row.note if own else eyes.text(row.note, *names), row.updated_at)
        for row in connection.execute(wanted)
        for own in (row.agent_id == agent_id,)
    ]
    return Quality(tuple(sorted(found, key=lambda review: not review.own)))


def scores_of(stored: Mapping[str, Any]) -> dict[str, int | None]:
    """The scores of all criteria, out of what is stored or was sent: 0 to 2, None where it does not apply."""
    found: dict[str, int | None] = {}
    for criterion in CRITERIA:
        value = str(stored.get(criterion.name, ""))
        found[criterion.name] = int(value) if value in ("0", "1", "2") else None
    return found


def judge(
    connection: Connection,
    *,
    review_id: str,
    conversation_id: str,
    agent_id: str,
    scores: Mapping[str, int | None],
    note: str,
    now: datetime,
) -> bool:
    """Keep somebody's judgement, in the place of the one they had; whether there is such a conversation.

    Raises:
        NotJudged: with a sentence: there is nothing in it, or too much.
    """
    words = clean_text(note[: LONGEST_NOTE * 4])
    if len(words) > LONGEST_NOTE:
        raise NotJudged(f"A note has at most {LONGEST_NOTE:,} characters; this one has {len(words):,}.")
    if not words and all(score is None for score in scores.values()):
        raise NotJudged("Judge at least one thing, or write a note.")
    known = sa.select(conversations.c.id).where(conversations.c.id == conversation_id)
    if connection.execute(known).first() is None:
        return False
    if words and words_are_deleted(connection, conversation_id):
        raise NotJudged("What was said in this conversation is deleted; nothing can be written about it any more.")
    row = {
        "id": review_id,
        "conversation_id": conversation_id,
        "agent_id": agent_id,
        "scores": dict(scores),
        "note": words,
        "created_at": now,
        "updated_at": now,
    }
    stored = insert_into(connection, qa_reviews).values(row)
    connection.execute(
        stored.on_conflict_do_update(
            index_elements=["conversation_id", "agent_id"],
            set_={name: stored.excluded[name] for name in ("scores", "note", "updated_at")},
        )
    )
    return True


def unjudge(connection: Connection, conversation_id: str, agent_id: str) -> bool:
    """Take somebody's judgement away; whether there was one."""
    c = qa_reviews.c
    gone = sa.delete(qa_reviews).where(c.conversation_id == conversation_id, c.agent_id == agent_id)
    return connection.execute(gone.returning(c.id)).first() is not None
