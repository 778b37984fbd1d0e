"""Which rows of `conversation_facts` a `Wanted` means, and how it is told to people; the same one for every page.

A figure and the rows behind it, its numerator and its denominator: all go through `conditions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.insights.full_text import has_words
from bot.insights.having import HAVING
from bot.insights.wanted import (
    BETWEEN,
    CLOSED,
    LISTS,
    NUMBERS,
    SWITCHES,
    WHENEVER,
    FilterError,
    Wanted,
    days_of,
    default_period,
    is_narrowed,
    query_of,
    wanted_of,
)
from bot.storage.article_tables import article_showings
from bot.storage.desk_tables import conversation_tags
from bot.storage.insight_tables import conversation_facts as facts

__all__ = [
    "BETWEEN",
    "CLOSED",
    "LISTS",
    "NUMBERS",
    "SWITCHES",
    "WHENEVER",
    "Chip",
    "FilterError",
    "Wanted",
    "chips",
    "conditions",
    "days_of",
    "default_period",
    "described",
    "is_narrowed",
    "messages_of",
    "period_words",
    "query_of",
    "wanted_of",
    "words_for",
]

PERIODS = {
    "today": "Today",
    "yesterday": "Yesterday",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "month": "This month",
    "last_month": "Last month",
    "year": "This year",
    "365d": "Last 365 days",
    WHENEVER: "All time",
    BETWEEN: "Between two days",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAMES = {  # of fields, above a list
    "channels": "Channel",
    "languages": "Language",
    "topics": "Topic",
    "outcomes": "Outcome",
    "owners": "Ended by",
    "agents": "Agent",
    "releases": "Release",
    "verified": "Customer",
    "tags": "Tag",
    "articles": "Article",
    "states": "State",
    "survey_states": "Survey",
    "handoff_reasons": "Handed over",
    "has": "With",
}
_VALUES = {
    ("owners", "bot"): "the assistant",
    ("owners", "agent"): "a person",
    ("outcomes", "confirmed"): "confirmed resolved",
    ("outcomes", "assumed"): "assumed resolved",
    ("outcomes", "handed_off"): "handed off",
    ("verified", "anonymous"): "not verified",
    ("verified", "matched"): "matched to an order",
    ("survey_states", "none"): "no survey",
    ("survey_states", "due"): "not asked yet",
    ("survey_states", "asked"): "asked, no answer yet",
    ("survey_states", "expired"): "never answered",
    ("channels", "web"): "Website",
    ("channels", "telegram"): "Telegram",
}
_OF_FACTS = {  # fields and the column that has any of their values
    "channels": facts.c.channel,
    "languages": facts.c.language,
    "topics": facts.c.topic,
    "outcomes": facts.c.outcome,
    "owners": facts.c.owner,
    "agents": facts.c.agent_id,
    "releases": facts.c.release,
    "verified": facts.c.verified,
    "states": facts.c.state,
    "handoff_reasons": facts.c.handoff_reason,
    "scores": facts.c.score,
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that is filtered by, and what is wanted without it."""

    name: str
    value: str
    rest: Wanted

    @property
    def without(self) -> str:
        """The query of the address without it."""
        return query_of(self.rest)


# -- rows ---------------------------------------------------------------------------------------------------

messages_of: sa.ColumnElement[int] = facts.c.customer_messages + facts.c.bot_messages + facts.c.agent_messages


def conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """What rows of `conversation_facts` have to fulfil, all of it; the same for both databases."""
    found: list[sa.ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(facts.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(facts.c.at < wanted.until)
    for field_name, column in _OF_FACTS.items():
        if values := getattr(wanted, field_name):
            found.append(column.in_(values))
    if wanted.survey_states:
        named = facts.c.survey_state.in_([state for state in wanted.survey_states if state != "none"])
        found.append(named | facts.c.survey_state.is_(None) if "none" in wanted.survey_states else named)
    found += [HAVING[name].condition for name in wanted.has]
    if wanted.least_messages is not None:
        found.append(messages_of >= wanted.least_messages)
    if wanted.most_messages is not None:
        found.append(messages_of <= wanted.most_messages)
    if wanted.fallback is not None:
        found.append(facts.c.fallbacks > 0 if wanted.fallback else facts.c.fallbacks == 0)
    if wanted.commented is not None:
        found.append(facts.c.commented.is_(wanted.commented))
    if wanted.weekday is not None:
        found.append(facts.c.weekday == wanted.weekday)
    if wanted.hour is not None:
        found.append(facts.c.hour == wanted.hour)
    return found + _elsewhere(wanted)


def _elsewhere(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """What is not in the row itself."""
    found: list[sa.ColumnElement[bool]] = []
    if wanted.tags:
        tagged = sa.select(conversation_tags.c.conversation_id).where(conversation_tags.c.tag.in_(wanted.tags))
        found.append(facts.c.conversation_id.in_(tagged))
    if wanted.articles:
        shown = sa.select(article_showings.c.conversation_id).where(article_showings.c.slug.in_(wanted.articles))
        found.append(facts.c.conversation_id.in_(shown))
    if wanted.step:
        found += _stepped(wanted.step)
    if wanted.words:
        found.append(has_words(facts.c.conversation_id, wanted.words, masked=wanted.masked))
    return found


def _stepped(steps: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
    places = [step.partition(":") for step in steps]
    if all(number.isdecimal() and colon and len(number) < 4 for number, colon, _ in places):
        return [_at_place(facts.c.steps[int(number)].as_string(), name) for number, _, name in places]
    begins, ends = steps[0] == "^", steps[-1] == "$"
    run = [step for step in (steps[1:] if begins else steps) if step != "$"]
    if not run:
        return []
    # The databases write a list with and without a space between its elements.
    written = sa.func.replace(sa.cast(facts.c.steps, sa.Text), '", "', '","')
    looked_for = '","'.join(step.replace("\\", "\\\\").replace('"', '\\"') for step in run)
    looked_for = ("[" if begins else "") + f'"{looked_for}"' + ("]" if ends else "")
    if begins and ends:
        return [written == looked_for]
    if begins:
        return [written.startswith(looked_for, autoescape=True)]
    return [written.endswith(looked_for, autoescape=True) if ends else written.contains(looked_for, autoescape=True)]


def _at_place(step: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """What stands at one place: a step, nothing any more ("$"), or any step but some ("~a~b", and "~" any at all)."""
    if name == "$":
        return step.is_(None)
    if name.startswith("~"):
        return step.is_not(None) & step.not_in([other for other in name.split("~") if other])
    return step == name


# -- words --------------------------------------------------------------------------------------------------


def described(wanted: Wanted, names: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """What is filtered by, each as its name and its value in words: the period first.

    Args:
        names: what agents (by their ids) are called.
    """
    return [(chip.name, chip.value) for chip in chips(wanted, names)]


def chips(wanted: Wanted, names: Mapping[str, str] | None = None) -> list[Chip]:
    """As `described`, each with what is wanted without it; the period's leads to all time."""
    found = [Chip("Period", period_words(wanted), replace(wanted, since=None, until=None))]
    for field_name in LISTS:
        values: tuple[str, ...] = getattr(wanted, field_name)
        if values:
            said = ", ".join(words_for(field_name, value, names) for value in values)
            nothing: dict[str, Any] = {field_name: ()}
            found.append(Chip(_NAMES[field_name], said, replace(wanted, **nothing)))
    if wanted.scores:
        found.append(Chip("Score", ", ".join(map(str, wanted.scores)), replace(wanted, scores=())))
    if wanted.commented is not None:
        found.append(Chip("Comment", "yes" if wanted.commented else "no", replace(wanted, commented=None)))
    if wanted.fallback is not None:
        said = "at least once" if wanted.fallback else "never"
        found.append(Chip("Not understood", said, replace(wanted, fallback=None)))
    if wanted.least_messages is not None or wanted.most_messages is not None:
        without = replace(wanted, least_messages=None, most_messages=None)
        found.append(Chip("Messages", _between(wanted.least_messages, wanted.most_messages), without))
    if wanted.weekday is not None:
        found.append(Chip("Began on a", WEEKDAYS[wanted.weekday], replace(wanted, weekday=None)))
    if wanted.hour is not None:
        said = f"{wanted.hour:02}:00 to {wanted.hour:02}:59"
        found.append(Chip("Began at", said, replace(wanted, hour=None)))
    if wanted.step:
        found.append(Chip("Steps", _step_words(wanted.step), replace(wanted, step=())))
    if wanted.words:
        found.append(Chip("Words", wanted.words, replace(wanted, words="")))
    return found


def period_words(wanted: Wanted) -> str:
    """The period as people say it, with its days: "Last 7 days, 14 Nov to 20 Nov 2026"."""
    name = wanted.period
    if name == WHENEVER:
        return PERIODS[name]
    zone = wanted.asked.zone if wanted.asked else None
    first, last = (None if at is None else at.astimezone(zone or at.tzinfo) for at in (wanted.since, wanted.until))
    if last is not None:
        last -= timedelta(microseconds=1)
    if first is None or last is None:
        return f"since {first:%-d %b %Y}" if first else f"until {last:%-d %b %Y}" if last else ""
    if first.date() == last.date():
        days = f"{first:%-d %b %Y}"
    else:
        begins = f"{first:%-d %b}" if first.year == last.year else f"{first:%-d %b %Y}"
        days = f"{begins} to {last:%-d %b %Y}"
    return days if name == BETWEEN else f"{PERIODS[name]}, {days}"


def words_for(field_name: str, value: str, names: Mapping[str, str] | None = None) -> str:
    """A value of a field of `Wanted` as people read it."""
    if field_name == "agents":
        return (names or {}).get(value, value)
    if field_name == "has":
        return HAVING[value].words
    if known := _VALUES.get((field_name, value)):
        return known
    plain = field_name in ("tags", "articles", "releases", "languages")
    return value if plain else value.replace("_", " ")


def _between(least: int | None, most: int | None) -> str:
    if least is None:
        return f"at most {most}"
    return f"at least {least}" if most is None else f"{least} to {most}"


def _step_words(steps: tuple[str, ...]) -> str:
    ends: dict[str, Any] = {"^": "at the beginning", "$": "the end"}
    plain = [ends.get(step, step) for step in (one.partition(":")[2] or one for one in steps)]
    said = [
        f"anything but {', '.join(one[1:].split('~'))}" if one[:1] == "~" and len(one) > 1 else one for one in plain
    ]
    return " → ".join("anything" if one == "~" else str(one).replace("_", " ") for one in said)
