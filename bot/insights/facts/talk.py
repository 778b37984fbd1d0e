"""Reads what was said in one conversation, message by message: counts, times, steps, and how it was left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from bot.insights.facts.replies import HELPED, PERSON_ANSWERED, meaning_of

MOST_STEPS = 6
_NO_ANSWER = ("notice", "offer")  # kinds of messages: that it takes longer, that a person could be asked for
_QUESTION = "rating"  # how it was: asked at the end, and perhaps once more
_YES = frozenset({"thanks", "affirm", "article_helpful"})  # to the question whether it helped


@dataclass(slots=True)
class Talk:
    """What was said up to the end of a conversation; what comes after it (ratings, comments) is the survey's.

    Attributes:
        said_so: the customer said that it helped, and nothing but courtesies came after that.
        left_open: the last thing that was no courtesy asked something, was no answer, or waits for one.
        answered_for_real_at: when the last thing was said that was no courtesy.
    """

    customer: int = 0
    bot: int = 0
    agent: int = 0
    fallbacks: int = 0
    failures: int = 0
    owner: str = "bot"
    agent_id: str | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    answered_for_real_at: datetime | None = None
    said_so: bool = False
    left_open: bool = False
    steps: list[str] = field(default_factory=list)

    def step(self, name: str) -> None:
        """Add a step; what is repeated at once stays one."""
        if not self.steps or self.steps[-1] != name:
            self.steps.append(name)


@dataclass(slots=True)
class _Group:
    """What we said between two messages of the customer."""

    real: bool = False
    leaves_open: bool = False
    fallback: bool = False
    failed: bool = False
    asks_helped: bool = False
    answered: bool = False


def read_talk(
    said: Iterable[Row[Any]], intents: Mapping[str, str], *, before: int | None, until: datetime | None
) -> Talk:
    """Read the messages of one conversation.

    Args:
        said: its messages in order: id, seq, author_kind, kind, response, expects, agent_id, created_at.
        intents: of the messages that had a turn, by message.
        before: number of the question how it was: what follows it is not of the conversation.
        until: its end, where nothing was asked; None while it goes on.
    """
    talk, group, waits = Talk(), _Group(), False
    for message in said:
        if message.kind == _QUESTION or (before is not None and message.seq >= before):
            break
        if before is None and until is not None and message.created_at > until:
            break
        if message.author_kind == "customer":
            _close(talk, group)
            heard_yes = group.asks_helped and intents.get(message.id) in _YES
            talk.customer += 1
            talk.said_so = talk.said_so or heard_yes
            talk.asked_at = talk.asked_at or message.created_at
            group, waits = _Group(), True
        else:
            _ours(talk, group, message)
            waits = waits and not group.answered
    _close(talk, group)
    talk.left_open = talk.left_open or waits
    return talk


def _ours(talk: Talk, group: _Group, message: Row[Any]) -> None:
    """Take in something that we said."""
    if message.author_kind == "agent":
        talk.agent += 1
        talk.owner, talk.agent_id = "agent", message.agent_id or talk.agent_id
        talk.step(PERSON_ANSWERED)
        group.real = group.answered = True
        talk.said_so = False
    else:
        meaning = meaning_of(message.response, message.expects)
        if message.author_kind == "bot":
            talk.bot += 1
            talk.owner = "bot"
            group.real = group.real or not meaning.courtesy
            group.leaves_open = group.leaves_open or meaning.leaves_open
            group.asks_helped = meaning.asks_helped
        elif meaning.failed:
            group.real = group.leaves_open = True
        if meaning.step is not None and (message.author_kind == "bot" or not meaning.leaves_open or meaning.failed):
            talk.step(meaning.step)
        group.fallback = group.fallback or meaning.fallback
        group.failed = group.failed or meaning.failed
        group.answered = group.answered or message.kind not in _NO_ANSWER or meaning.failed
        if meaning.step == HELPED:
            talk.said_so = True
        elif not meaning.courtesy and message.author_kind == "bot":
            talk.said_so = False
            talk.answered_for_real_at = message.created_at
    if message.author_kind != "system" and talk.asked_at is not None and talk.answered_at is None:
        talk.answered_at = message.created_at


def _close(talk: Talk, group: _Group) -> None:
    """What we said to one message is complete."""
    talk.fallbacks += group.fallback
    talk.failures += group.failed
    if group.real:
        talk.left_open = group.leaves_open


def told_steps(topic: str, steps: list[str]) -> list[str]:
    """The way of a conversation as reports group it: its topic, its first steps, and the last of all."""
    if len(steps) > MOST_STEPS:
        first, last = steps[: MOST_STEPS - 1], steps[-1]
        steps = first if first[-1] == last else [*first, last]
    return [topic, *steps]
