"""Makes the facts of conversations, and the words by which they are found, out of what is stored; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection, Row

from bot.conversations.models import Json
from bot.insights.facts.outcomes import ABANDONED, CONFIRMED, CONTENT, HANDED_OFF, REOPENED, Ended, outcome_of
from bot.insights.facts.sources import Sources, intents_of, read_sources, topics_of
from bot.insights.facts.talk import Talk, read_talk, told_steps
from bot.insights.facts.topics import says_something, topic_of_all
from bot.insights.facts.words import hidden_words, searchable
from bot.privacy.masking import ORDER_NUMBER
from bot.privacy.names import names_of

# Reasons for which nobody was asked for: one of our people came unasked.
_UNASKED = frozenset({"taken_over", "promised", "follow_up"})
_LEVELS = ("anonymous", "matched", "verified")
# What facts keep of a conversation of which no words are left: all but what is said of it after its end.
_KEPT = (
    *("channel", "language", "topic", "steps", "owner", "agent_id", "handed_off", "handoff_reason", "verified"),
    *("customer_messages", "bot_messages", "agent_messages", "turns", "fallbacks", "failures", "unanswered"),
    *("lowest_confidence", "release", "commented", "helpful", "not_helpful", "first_answer_seconds", "person_seconds"),
)


@dataclass(frozen=True, slots=True)
class Computed:
    """One conversation: its row of facts, and its words to be searched; None where none are kept."""

    row: Json
    words: str | None
    hidden: str | None = None  # those of the words that masked readers do not see


def facts_of(
    connection: Connection,
    conversation_ids: Sequence[str],
    *,
    now: datetime,
    zone: ZoneInfo,
    reopened_within: timedelta,
) -> list[Json]:
    """The rows for `conversation_facts`, ordered by id; of what does not exist there is none.

    Args:
        now: when this is: it becomes `computed_at`.
        zone: of the shop, whose days and hours are counted.
        reopened_within: who comes back for the same within that time was not helped.
    """
    computed = compute(connection, conversation_ids, now=now, zone=zone, reopened_within=reopened_within)
    return [one.row for one in computed]


def compute(
    connection: Connection,
    conversation_ids: Sequence[str],
    *,
    now: datetime,
    zone: ZoneInfo,
    reopened_within: timedelta,
    order_number: str = ORDER_NUMBER,
) -> list[Computed]:
    """As `facts_of`, together with the words.

    Args:
        order_number: regular expression of the shop's order numbers, which are masked.
    """
    sources = read_sources(connection, conversation_ids, reopened_within)
    names = names_of(connection, conversation_ids)
    later = {row.id: row for rows in sources.later.values() for row in rows}
    topics = topics_of(connection, later.values())
    made = [_computed(sources, row, topics, now, zone) for row in sources.conversations]
    return [_masked(one, sources, names, order_number) for one in made]


def _masked(one: Computed, sources: Sources, names: Mapping[str, Sequence[str]], order_number: str) -> Computed:
    if one.words is None:
        return one
    own = one.row["conversation_id"]
    return replace(one, hidden=hidden_words(sources.messages.get(own, ()), names.get(own, ()), order_number))


def _computed(
    sources: Sources, conversation: Row[Any], later_topics: dict[str, str], now: datetime, zone: ZoneInfo
) -> Computed:
    own, ended = conversation.id, conversation.state == "ended"
    turns = sources.turns.get(own, ())
    said = sources.messages.get(own, ())
    survey = next(iter(sources.surveys.get(own, ())), None)
    understood = [turn.understanding or {} for turn in turns]
    intents = {
        turn.message_id: str((heard.get("intent") or {}).get("name") or "")
        for turn, heard in zip(turns, understood, strict=True)
    }
    talk = read_talk(said, intents, before=None if survey is None else survey.question, until=conversation.ended_at)
    topic = topic_of_all(intents_of(turns))
    showings = sources.showings.get(own, ())
    handed_off, reason = _handed_off(sources, own, talk)
    kept = sources.kept.get(own)
    topic = topic if kept is None else kept.topic
    reopened_by = next(
        (row.id for row in sources.later.get(own, ()) if says_something(topic) and later_topics[row.id] == topic), None
    )
    began = conversation.created_at.astimezone(zone)
    at = conversation.ended_at or conversation.created_at
    row: Json = {
        "conversation_id": own,
        "customer_id": conversation.customer_id,
        "at": at,
        "state": conversation.state,
        "end_reason": conversation.end_reason,
        "outcome": None,
        "channel": conversation.channel,
        "language": conversation.locale.replace("_", "-").split("-")[0].lower(),
        "topic": topic,
        "steps": told_steps(topic, talk.steps),
        "owner": talk.owner,
        "agent_id": talk.agent_id,
        "handed_off": handed_off,
        "handoff_reason": reason,
        "verified": max(
            (row.level for row in sources.verifications.get(own, ())), key=_LEVELS.index, default=_LEVELS[0]
        ),
        "customer_messages": talk.customer,
        "bot_messages": talk.bot,
        "agent_messages": talk.agent,
        "turns": len(turns),
        "fallbacks": talk.fallbacks,
        "failures": talk.failures,
        "unanswered": sum(row.count for row in sources.unanswered.get(own, ())),
        "lowest_confidence": _lowest_confidence(understood),
        "release": turns[-1].model if turns else None,
        **_of_survey(survey),
        "helpful": sum(row.helpful is True for row in showings),
        "not_helpful": sum(row.helpful is False for row in showings),
        "first_answer_seconds": _seconds(talk.asked_at, talk.answered_at),
        "person_seconds": _to_a_person(sources.handoffs.get(own, ())),
        "resolution_seconds": _seconds(talk.asked_at, conversation.ended_at),
        "reopened_by": reopened_by,
        "started_at": conversation.created_at,
        "ended_at": conversation.ended_at,
        "day": at.astimezone(zone).date().isoformat(),
        "weekday": began.weekday(),
        "hour": began.hour,
        "computed_at": now,
    }
    if ended:
        row["outcome"] = outcome_of(
            Ended(
                came_back=reopened_by is not None,
                to_people=handed_off,
                score=row["score"],
                said_so=talk.said_so or _judged_last(showings, talk),
                asked=talk.customer > 0 and (survey is None or survey.exempt_reason != "nothing_asked"),
                answered=talk.answered_at is not None,
                left_open=talk.left_open,
            )
        )
    if kept is not None:
        _keep(row, kept)
    words = None if conversation.emptied_at is not None else searchable(said)
    return Computed(row, words)


def _of_survey(survey: Row[Any] | None) -> Json:
    if survey is None:
        nothing: Json = dict.fromkeys(("survey_state", "about", "score", "nps", "ces"))
        return {**nothing, "asked": False, "commented": False}
    extra = {"nps": None, "ces": None}
    if survey.extra_kind in extra:
        extra[survey.extra_kind] = survey.extra_score
    return {
        "survey_state": survey.state,
        "asked": survey.asked_at is not None and survey.state != "exempt",
        "about": survey.about,
        "score": survey.score,
        "commented": bool(survey.comment),
        **extra,
    }


def _handed_off(sources: Sources, own: str, talk: Talk) -> tuple[bool, str | None]:
    """Whether people had, or have, to do with it; and the last reason why."""
    asked = sources.handoffs.get(own, ())
    reasons = [row.reason for row in asked if row.outcome != "withdrawn" or talk.agent]
    reasons = reasons or [row.reason for row in sources.callbacks.get(own, ())]
    if not reasons and sources.cases.get(own):
        reasons = ["case"]
    return bool(reasons) or talk.agent > 0, reasons[-1] if reasons else None


def _judged_last(showings: Sequence[Row[Any]], talk: Talk) -> bool:
    """Whether the last article helped, and nothing else was said after that was told."""
    if not showings or showings[-1].helpful is not True:
        return False
    return talk.answered_for_real_at is None or talk.answered_for_real_at <= showings[-1].judged_at


def _to_a_person(handoffs: Sequence[Row[Any]]) -> float | None:
    """From the first time that a person was asked for and came, to their first words."""
    for row in handoffs:
        if row.reason not in _UNASKED and row.first_reply_at is not None:
            return _seconds(row.requested_at, row.first_reply_at)
    return None


def _lowest_confidence(understood: Sequence[Json]) -> float | None:
    sure = [(heard.get("intent") or {}).get("confidence") for heard in understood]
    return min((min(1.0, max(0.0, float(value))) for value in sure if isinstance(value, int | float)), default=None)


def _seconds(since: datetime | None, until: datetime | None) -> float | None:
    """Never below nothing: two machines' clocks may differ."""
    return None if since is None or until is None else max(0.0, (until - since).total_seconds())


def _keep(row: Json, kept: Row[Any]) -> None:
    """Of a conversation without words what was counted stays; only what is said after the end is taken over."""
    for name in _KEPT:
        row[name] = getattr(kept, name)
    if kept.resolution_seconds is not None:
        row["resolution_seconds"] = kept.resolution_seconds
    if kept.outcome is None or row["outcome"] == REOPENED:
        return
    if kept.outcome == REOPENED:
        row["reopened_by"] = kept.reopened_by
    elif kept.outcome != HANDED_OFF and row["score"] is not None:
        row["outcome"] = CONFIRMED if row["score"] >= CONTENT else ABANDONED
        return
    row["outcome"] = kept.outcome
