"""How each release did: what its conversations came to, how its test dialogues went, and what that tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.insights.csat import SATISFIED_FROM
from bot.insights.facts.outcomes import OUTCOMES
from bot.insights.figures.counting import Share
from bot.insights.learning.runs import Comparison, Run, compared, latest_runs
from bot.storage.insight_tables import conversation_facts as facts

MOST_RELEASES = 50


@dataclass(frozen=True, slots=True)
class Used:
    """What the conversations of one release came to.

    Attributes:
        first, last: the moments of its first and its last conversation.
        ended: how many have ended; its outcomes add up to it.
        csat: of ratings of the assistant; those of our people say nothing of a release.
    """

    release: str
    first: datetime
    last: datetime
    conversations: int
    ended: int
    outcomes: dict[str, int]
    csat: Share
    fallback: Share


@dataclass(frozen=True, slots=True)
class Release:
    """One release, compared with the one before it."""

    name: str
    used: Used | None  # None: nobody has spoken with it
    run: Run | None  # None: no dialogues were played with it
    changes: Comparison | None
    before: str | None = None
    score: str | None = None  # better | worse | same | few
    fallback: str | None = None

    @property
    def since(self) -> datetime:
        """When it was first used, or tested."""
        moments = [*([self.used.first] if self.used else []), *([self.run.at] if self.run else [])]
        return min(moments)


def read_releases(connection: Connection) -> list[Release]:
    """All releases, the newest first."""
    used = {one.release: one for one in read_used(connection)}
    runs = {run.release: run for run in latest_runs(connection)}
    plain = [Release(name, used.get(name), runs.get(name), None) for name in {*used, *runs}]
    plain.sort(key=lambda release: (release.since, release.name))
    found: list[Release] = []
    run_before: Run | None = None
    used_before: Used | None = None
    for release in plain:
        changes = compared(release.run, run_before) if release.run and run_before else None
        score = fallback = before = None
        if release.used and used_before:
            before = used_before.release
            score = verdict(release.used.csat, used_before.csat)
            fallback = verdict(release.used.fallback, used_before.fallback, more_is_better=False)
        found.append(Release(release.name, release.used, release.run, changes, before, score, fallback))
        run_before, used_before = release.run or run_before, release.used or used_before
    return found[::-1][:MOST_RELEASES]


def read_used(connection: Connection) -> Sequence[Used]:
    """What conversations came to, by the release of their last turn."""
    count, f = sa.func.count, facts.c
    of_assistant = f.about == "bot"
    query = (
        sa.select(
            f.release,
            sa.func.min(f.at).label("first"),
            sa.func.max(f.at).label("last"),
            count().label("conversations"),
            count().filter(f.state == "ended").label("ended"),
            count(f.score).filter(of_assistant).label("rated"),
            count().filter(of_assistant, f.score >= SATISFIED_FROM).label("satisfied"),
            count().filter(f.fallbacks > 0).label("lost"),
            *(count().filter(f.outcome == name).label(name) for name in OUTCOMES),
        )
        .where(f.release.is_not(None))
        .group_by(f.release)
    )
    return [
        Used(
            release=row.release,
            first=row.first,
            last=row.last,
            conversations=row.conversations,
            ended=row.ended,
            outcomes={name: int(getattr(row, name)) for name in OUTCOMES},
            csat=Share(row.satisfied, row.rated),
            fallback=Share(row.lost, row.conversations),
        )
        for row in connection.execute(query)
    ]


def verdict(now: Share, before: Share, *, more_is_better: bool = True) -> str:
    """Whether a share has moved: `better`, `worse`, `same` where that cannot be told, `few` where there is nothing.

    Two 95 % intervals that overlap tell no difference. That is careful: some differences that a test would find are
    left untold, but none is told that chance explains well.
    """
    if now.low is None or before.low is None or now.high is None or before.high is None:
        return "few"
    if now.low > before.high:
        return "better" if more_is_better else "worse"
    if now.high < before.low:
        return "worse" if more_is_better else "better"
    return "same"
