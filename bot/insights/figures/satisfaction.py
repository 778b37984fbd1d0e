"""Satisfaction as figures: over time with its interval, the five ratings, the share that answers, and by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.insights.figures.counting import RATED_IN, Counts, percents
from bot.insights.figures.drawn import Drawn, Field, Line, opening, opens
from bot.insights.figures.periods import Span
from bot.insights.filters import Wanted, words_for

SATISFIED = (4, 5)
GRAINS = {"day": "by day", "week": "by week, from Monday", "month": "by month", "year": "by year"}
_SPAN = (Field("period", "Period", "text"), Field("first", "From", "day"), Field("last", "To", "day"))
_INTERVAL = (
    Field("csat", "CSAT", "share"),
    Field("low", "from", "share"),
    Field("high", "to", "share"),
    Field("mean", "Mean", "points"),
)
# By what it is told apart: the title, the field of `Wanted`, how the values of `count_by_group` are named there.
GROUPS: Mapping[str, tuple[str, str]] = {
    "about": ("CSAT: the assistant and our people", ""),
    "channel": ("CSAT by channel", "channels"),
    "language": ("CSAT by language", "languages"),
    "release": ("CSAT by release of the assistant", "releases"),
    "topic": ("CSAT by topic", "topics"),
    "agent": ("CSAT by person", "agents"),
}
WHOLE = ("channel", "language", "topic")  # every conversation has one
_NOTES = {
    "agent": ("In the order of names: this is no ranking, since cases are not shared out evenly.",),
    "release": ("Only ratings of the assistant: those of our people say nothing of a release.",),
}
_ABOUT = {"bot": "The assistant", "agent": "Our people"}


def span_values(span: Span) -> tuple[Any, ...]:
    """The first cells of a line of a figure over time."""
    return span.label, span.first.isoformat(), (span.after - timedelta(days=1)).isoformat()


def csat_over_time(
    wanted: Wanted, grain: str, spans: Sequence[Span], counts: Sequence[Counts], zone: ZoneInfo
) -> Drawn:
    """The share of 4 and 5 with its 95 % interval; where nobody rated there is a gap, not a zero."""
    lines = []
    for span, count in zip(spans, counts, strict=True):
        part, csat = span.of(wanted, zone), count.csat
        values = (*span_values(span), count.rated, count.satisfied, csat.value, csat.low, csat.high, count.mean)
        found = opens(rated=opening(part, ("rated",)), satisfied=opening(part, ("rated",), scores=SATISFIED))
        lines.append(Line(values, found))
    return Drawn(
        "csat-over-time",
        f"CSAT {GRAINS[grain]}",
        sum(count.rated for count in counts),
        "ratings",
        (*_SPAN, Field("rated", "Ratings"), Field("satisfied", "4 and 5"), *_INTERVAL),
        tuple(lines),
        opening(wanted, ("rated",)),
        {"kind": "band", "x": "period", "y": "csat", "low": "low", "high": "high", "n": "rated", "open": "rated"},
        ("The band is the 95 % Wilson interval: the fewer ratings, the wider. No rating, no point.",),
        wide=True,
    )


def response_over_time(
    wanted: Wanted, grain: str, spans: Sequence[Span], counts: Sequence[Counts], zone: ZoneInfo
) -> Drawn:
    """Who answered of those who were asked, both under the same filter."""
    lines = []
    for span, count in zip(spans, counts, strict=True):
        part, rate = span.of(wanted, zone), count.response
        values = (*span_values(span), count.asked, count.responded, rate.value, rate.low, rate.high)
        found = opens(asked=opening(part, ("asked",)), responded=opening(part, ("asked", "rated")))
        lines.append(Line(values, found))
    return Drawn(
        "response-rate",
        f"Response rate {GRAINS[grain]}",
        sum(count.asked for count in counts),
        "asked",
        (
            *_SPAN,
            Field("asked", "Asked"),
            Field("responded", "Answered"),
            Field("rate", "Response rate", "share"),
            Field("low", "from", "share"),
            Field("high", "to", "share"),
        ),
        tuple(lines),
        opening(wanted, ("asked",)),
        {"kind": "band", "x": "period", "y": "rate", "low": "low", "high": "high", "n": "asked", "open": "asked"},
        ("Asked means that the question reached the customer. One that is still open counts as unanswered.",),
    )


def distribution(wanted: Wanted, count: Counts) -> Drawn:
    """How many gave each rating."""
    shares = percents(list(count.scores.values()))
    lines = tuple(
        Line((str(score), number, share), opens(ratings=opening(wanted, ("rated",), scores=(score,))))
        for (score, number), share in zip(count.scores.items(), shares, strict=True)
    )
    return Drawn(
        "ratings",
        "Ratings from 1 to 5",
        count.rated,
        "ratings",
        (Field("score", "Rating", "text"), Field("ratings", "Ratings"), Field("percent", "Share", "percent")),
        lines,
        opening(wanted, ("rated",)),
        {"kind": "columns", "x": "score", "y": "ratings", "share": "percent", "open": "ratings", "tones": "scores"},
    )


def by_group(wanted: Wanted, name: str, groups: Mapping[str, Counts], called: Mapping[str, str]) -> Drawn:
    """Satisfaction of each value of one dimension of `count_by_group`; always in the order of the alphabet.

    People least of all are ranked: who has the hard cases has the low ratings.

    Args:
        called: what values are called: agents by their ids, languages by their codes.
    """
    title, _ = GROUPS[name]
    named = sorted(((_group_label(name, value, called), value) for value in groups), key=lambda one: one[0].casefold())
    lines = [_group_line(wanted, name, label, value, groups[value]) for label, value in named]
    return Drawn(
        f"csat-by-{name}",
        title,
        sum(count.rated for count in groups.values()),
        "ratings",
        (
            Field("name", title.removeprefix("CSAT by ").capitalize() if name != "about" else "Rated", "text"),
            Field("conversations", "Conversations"),
            Field("asked", "Asked"),
            Field("responded", "Answered"),
            Field("rate", "Response", "share"),
            Field("rated", "Ratings"),
            *_INTERVAL,
        ),
        tuple(lines),
        opening(wanted, ("rated",)) if name in WHOLE else None,
        {"kind": "ranges", "x": "name", "y": "csat", "low": "low", "high": "high", "n": "rated", "open": "rated"},
        _NOTES.get(name, ()),
    )


def _group_label(name: str, value: str, called: Mapping[str, str]) -> str:
    """What a value of a dimension is called on the page."""
    known = {**_ABOUT, **called}
    said = known[value] if value in known else words_for(GROUPS[name][1], value)
    return said[:1].upper() + said[1:] if name == "topic" else said


def _group_line(wanted: Wanted, name: str, label: str, value: str, count: Counts) -> Line:
    """The line of one value; each of its counts opens just the conversations that it counts."""
    wanted_field = GROUPS[name][1]
    narrower: dict[str, Any] = {wanted_field: (value,)} if wanted_field else {}
    rated = value if name == "about" else RATED_IN.get(name)
    about = (f"about_{rated}",) if rated else ()
    csat, rate = count.csat, count.response
    counts = (count.conversations, count.asked, count.responded, rate.value, count.rated)
    return Line(
        (label, *counts, csat.value, csat.low, csat.high, count.mean),
        opens(
            conversations=opening(wanted, about, **narrower),
            asked=opening(wanted, (*about, "asked"), **narrower),
            responded=opening(wanted, (*about, "asked", "rated"), **narrower),
            rated=opening(wanted, (*about, "rated"), **narrower),
        ),
    )
