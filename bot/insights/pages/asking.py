"""What a page of the insights is asked for: its filter, out of the address, and the values that one can filter by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.desk.pages import DeskCall, Refused
from bot.desk.rendering import CHANNELS, REASONS
from bot.insights.facts.topics import TOPICS
from bot.insights.filters import CLOSED, FilterError, Wanted, wanted_of, words_for
from bot.staff.rights import Right
from bot.storage.article_tables import article_showings
from bot.storage.desk_tables import conversation_tags
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.tables import agents

KEPT_FOR = timedelta(seconds=60)  # what can be chosen; something new may be a minute late


def zone_of(call: DeskCall) -> ZoneInfo:
    """In which days begin."""
    return ZoneInfo(call.tools.settings.timezone)


def wanted_by(call: DeskCall) -> Wanted:
    """The filter that the address asks for, of one who sees what they may; raises `FilterError`."""
    masked = not call.may(Right.SEE_IDENTIFIERS)
    return wanted_of(call.request.query_params, zone_of(call), call.now, masked=masked)


def wanted_from(call: DeskCall) -> Wanted:
    """As `wanted_by`; raises `Refused` with a sentence where it makes no sense."""
    try:
        return wanted_by(call)
    except FilterError as error:
        raise Refused(str(error)) from error


@dataclass(frozen=True, slots=True)
class Option:
    """A value that one can filter by."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """All that one can filter by, by the field of `Wanted`, and what agents are called."""

    options: Mapping[str, Sequence[Option]]
    names: Mapping[str, str]

    def of(self, field_name: str, wanted: Wanted) -> list[Option]:
        """The values of a field, with those that are asked for, even if nothing has them."""
        known = list(self.options.get(field_name, ()))
        values = {option.value for option in known}
        asked: Sequence[str] = getattr(wanted, field_name)
        return known + [
            Option(value, words_for(field_name, value, self.names)) for value in asked if value not in values
        ]


@dataclass
class KnownChoices:
    """`Choices`, read anew once in a while: some of them take a look at every conversation."""

    _choices: Choices | None = None
    _read_at: datetime | None = field(default=None)

    async def of(self, call: DeskCall) -> Choices:
        """What can be chosen now."""
        if self._choices is None or self._read_at is None or not timedelta() <= call.now - self._read_at < KEPT_FOR:
            languages = call.tools.conversations.phrases.languages
            codes = {code: languages.labels(code).say("language_name") for code in languages.codes}
            self._choices = await call.read(lambda connection: read_choices(connection, codes))
            self._read_at = call.now
        return self._choices


def read_choices(connection: Connection, languages: Mapping[str, str]) -> Choices:
    """What can be chosen.

    Args:
        languages: that are spoken, by code.
    """
    staff = connection.execute(sa.select(agents.c.id, agents.c.name).order_by(agents.c.name, agents.c.id)).all()
    wrote = set(connection.execute(sa.select(facts.c.agent_id).distinct()).scalars())
    names = {row.id: row.name for row in staff}
    releases = [one for one in connection.execute(sa.select(facts.c.release).distinct()).scalars() if one]
    options = {
        "channels": [Option(name, label) for name, label in CHANNELS.items()],
        "languages": [Option(code, name) for code, name in languages.items()],
        "topics": [Option(topic, _capital(words_for("topics", topic))) for topic in TOPICS],
        "agents": [Option(row.id, row.name) for row in staff if row.id in wrote],
        "releases": [Option(release, release) for release in sorted(releases, reverse=True)],
        "tags": [Option(tag, tag) for tag in _distinct(connection, conversation_tags.c.tag)],
        "articles": [Option(slug, slug) for slug in _distinct(connection, article_showings.c.slug)],
        "handoff_reasons": [Option(name, label) for name, label in REASONS.items()],
    }
    for field_name, values in CLOSED.items():
        options[field_name] = [Option(value, _capital(words_for(field_name, value))) for value in values]
    return Choices(options, names)


def _distinct(connection: Connection, column: sa.Column[str]) -> list[str]:
    """Every value of a column, from each straight to the next one in its index."""
    found = sa.select(sa.func.min(column).label("value")).cte("found", recursive=True)
    following = sa.select(sa.func.min(column)).where(column > found.c.value).scalar_subquery()
    found = found.union_all(sa.select(following).where(found.c.value.is_not(None)))
    wanted = sa.select(found.c.value).where(found.c.value.is_not(None)).order_by(found.c.value).limit(500)
    return [str(value) for value in connection.execute(wanted).scalars()]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
