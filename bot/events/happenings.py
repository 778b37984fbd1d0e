"""What happened to conversations, as values with the body that is sent; docs/data-out.md describes it. No I/O.

No body holds a word that somebody said, a name or an address: ids, figures and states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.conversations.models import Json

VERSION = 1  # of the body: raised when something in it is taken away or means something else
KINDS = (
    "conversation.ended",
    "conversation.handed_off",
    "conversation.reopened",
    "survey.answered",
    "survey.expired",
    "survey.undeliverable",
    "follow_up.opened",
    "follow_up.closed",
    "customer.erased",  # of no conversation: `bot.events.erasures`
)
_OF_FACTS = (
    *("state", "end_reason", "outcome", "channel", "language", "topic", "steps", "owner", "agent_id", "handed_off"),
    *("handoff_reason", "verified", "customer_messages", "bot_messages", "agent_messages", "turns", "fallbacks"),
    *("failures", "unanswered", "release", "first_answer_seconds", "person_seconds", "resolution_seconds"),
    *("reopened_by", "started_at", "ended_at"),
)
_OF_SURVEY = ("state", "about", "score", "changes", "asked_at", "answered_at", "closes_at")
_OF_HANDOFF = ("id", "reason", "language", "requested_at")
_OF_FOLLOW_UP = ("id", "state", "agent_id", "outcome", "created_at", "due_at", "closed_at")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is told once.

    Args:
        key: the same one for the same thing, however often we come by it.
        at: when it happened, or will have at the latest.
        told: parts of the body beside the conversation.
    """

    kind: str
    key: str
    at: datetime
    facts: Mapping[str, Any]
    told: Mapping[str, Any]

    def body(self, event_id: str, now: datetime) -> Json:
        """What is sent; a rating that cannot be given any more may be so before its time."""
        conversation = {"id": self.facts["conversation_id"], "customer_id": self.facts["customer_id"]}
        return {
            "version": VERSION,
            "id": event_id,
            "type": self.kind,
            "at": _plain(min(self.at, now)),
            "conversation": conversation | _chosen(self.facts, _OF_FACTS),
            **self.told,
        }


@dataclass(frozen=True, slots=True)
class Around:
    """What is stored around one conversation, each as a row's values."""

    survey: Mapping[str, Any] | None = None
    handoffs: Sequence[Mapping[str, Any]] = ()
    follow_up: Mapping[str, Any] | None = None
    back_at: datetime | None = None  # when its customer came back for the same


def happenings(facts: Mapping[str, Any], around: Around) -> Iterator[Happening]:
    """All that has happened to a conversation so far, in the order in which such things happen."""
    conversation_id = facts["conversation_id"]
    for handoff in around.handoffs:
        told = {"handoff": _chosen(handoff, _OF_HANDOFF)}
        yield _happening("conversation.handed_off", handoff["id"], handoff["requested_at"], facts, told)
    if facts["ended_at"] is not None:
        yield _happening("conversation.ended", conversation_id, facts["ended_at"], facts, {})
    if (survey := around.survey) is not None:
        yield from _of_survey(facts, survey)
    if (follow_up := around.follow_up) is not None:
        yield from _of_follow_up(facts, follow_up, around.survey)
    if around.back_at is not None:
        yield _happening("conversation.reopened", conversation_id, around.back_at, facts, {})


def _of_survey(facts: Mapping[str, Any], survey: Mapping[str, Any]) -> Iterator[Happening]:
    told = {"survey": _chosen(survey, _OF_SURVEY)}
    match survey["state"]:
        case "answered":  # who changes their mind is told of again
            key = f"{survey['id']}:{survey['changes']}"
            yield _happening("survey.answered", key, survey["answered_at"], facts, told)
        case "expired":
            yield _happening("survey.expired", survey["id"], survey["closes_at"], facts, told)
        case "undeliverable":
            yield _happening("survey.undeliverable", survey["id"], survey["closes_at"], facts, told)


def _of_follow_up(
    facts: Mapping[str, Any], follow_up: Mapping[str, Any], survey: Mapping[str, Any] | None
) -> Iterator[Happening]:
    told: dict[str, Any] = {"follow_up": _chosen(follow_up, _OF_FOLLOW_UP)}
    if survey is not None:
        told["survey"] = _chosen(survey, _OF_SURVEY)
    yield _happening("follow_up.opened", follow_up["id"], follow_up["created_at"], facts, told)
    if follow_up["closed_at"] is not None:
        yield _happening("follow_up.closed", follow_up["id"], follow_up["closed_at"], facts, told)


def _happening(kind: str, key: str, at: datetime, facts: Mapping[str, Any], told: Mapping[str, Any]) -> Happening:
    return Happening(kind, f"{kind}:{key}", at, facts, told)


def _chosen(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: _plain(row[name]) for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value
