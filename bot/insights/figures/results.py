"""How conversations came out, as figures: the five outcomes over time and together, waits, and the week's rhythm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from bot.insights.facts.outcomes import OUTCOMES
from bot.insights.figures.counting import Counts, percents
from bot.insights.figures.drawn import Drawn, Field, Line, opening, opens
from bot.insights.figures.periods import Span
from bot.insights.figures.satisfaction import GRAINS, span_values
from bot.insights.figures.times import Waiting
from bot.insights.filters import WEEKDAYS, Wanted

WORDS = {
    "confirmed": "Confirmed resolved",
    "assumed": "Assumed resolved",
    "abandoned": "Abandoned",
    "handed_off": "Handed off",
    "reopened": "Reopened",
}
MEANS = {
    "confirmed": "the customer said so, or rated 4 or 5",
    "assumed": "got an answer and went without a word; never counted as resolved",
    "abandoned": "left before it was settled, or rated 1 to 3",
    "handed_off": "a person took it, or has to",
    "reopened": "came back about the same within the days set",
}
TIMES = {
    "first_answer": "First answer",
    "person": "A person, once asked for",
    "resolution": "End of the conversation",
}
HOURS = range(24)
_NOT_FINAL = (
    "Who comes back, or rates, changes how a conversation of some days ago came out: the last days are not final."
)


def outcomes_over_time(
    wanted: Wanted, grain: str, spans: Sequence[Span], counts: Sequence[Counts], zone: ZoneInfo
) -> Drawn:
    """The five, stacked: each ended conversation is exactly one of them."""
    lines = []
    for span, count in zip(spans, counts, strict=True):
        part = span.of(wanted, zone)
        found = {name: opening(part, outcomes=(name,)) for name in OUTCOMES}
        values = (*span_values(span), count.ended, *count.outcomes.values())
        lines.append(Line(values, opens(ended=opening(part, states=("ended",)), **found)))
    return Drawn(
        "outcomes-over-time",
        f"Outcomes {GRAINS[grain]}",
        sum(count.ended for count in counts),
        "ended conversations",
        (
            Field("period", "Period", "text"),
            Field("first", "From", "day"),
            Field("last", "To", "day"),
            Field("ended", "Ended"),
            *(Field(name, WORDS[name]) for name in OUTCOMES),
        ),
        tuple(lines),
        opening(wanted, states=("ended",)),
        {"kind": "stack", "x": "period", "ys": list(OUTCOMES), "tones": "outcomes"},
        (_NOT_FINAL,),
        wide=True,
    )


def outcomes_together(wanted: Wanted, count: Counts) -> Drawn:
    """The five as a table that adds up to all ended conversations, and to 100 %."""
    shares = percents(list(count.outcomes.values()))
    lines = [
        Line((WORDS[name], MEANS[name], number, share), opens(conversations=opening(wanted, outcomes=(name,))))
        for (name, number), share in zip(count.outcomes.items(), shares, strict=True)
    ]
    total = opens(conversations=opening(wanted, states=("ended",)))
    lines.append(Line(("All that ended", "", count.ended, 100.0 if count.ended else 0.0), total))
    return Drawn(
        "outcomes",
        "Outcomes together",
        count.ended,
        "ended conversations",
        (
            Field("outcome", "Outcome", "text"),
            Field("means", "Which means", "text"),
            Field("conversations", "Conversations"),
            Field("percent", "Share", "percent"),
        ),
        tuple(lines),
        opening(wanted, states=("ended",)),
        notes=(_NOT_FINAL,),
    )


def waits(wanted: Wanted, times: Sequence[Waiting], earlier: Sequence[Waiting] | None) -> Drawn:
    """How long it took: half of the customers waited no longer than the median, nine of ten than the next figure."""
    before = {one.name: one for one in earlier or ()}
    lines = []
    for one in times:
        last = before.get(one.name)
        compared = last.median if last is not None and not last.few and not one.few else None
        values = (TIMES[one.name], one.n, one.median, one.p90, one.mean, compared)
        lines.append(Line(values, opens(n=opening(wanted, (one.name,)))))
    return Drawn(
        "waits",
        "How long it took",
        max((one.n for one in times), default=0),
        "conversations",
        (
            Field("time", "Time", "text"),
            Field("n", "n"),
            Field("median", "Median", "seconds"),
            Field("p90", "9 of 10 within", "seconds"),
            Field("mean", "Mean", "seconds"),
            Field("median_before", "Before", "seconds"),
        ),
        tuple(lines),
        None,
        notes=(
            "“Before” is the median of the period of equal length before this one, where both have at least 30.",
            "Who asked for a person and left, or took it back, before one answered waited as well, and is not in it.",
            "Of a conversation that silence ended, that silence is part of the time to its end.",
        ),
    )


def rhythm(wanted: Wanted, found: Mapping[tuple[int, int], int]) -> Drawn:
    """Conversations by hour and weekday of their beginning."""
    days = [day.lower() for day in WEEKDAYS]
    lines = tuple(
        Line(
            (f"{hour:02}:00", *(found.get((day, hour), 0) for day in range(7))),
            opens(**{name: opening(wanted, weekday=day, hour=hour) for day, name in enumerate(days)}),
        )
        for hour in HOURS
    )
    return Drawn(
        "rhythm",
        "When conversations begin",
        sum(found.values()),
        "conversations",
        (Field("hour", "Hour", "text"), *(Field(day.lower(), day) for day in WEEKDAYS)),
        lines,
        opening(wanted),
        {"kind": "heat", "x": days, "y": "hour"},
        ("By the shop's clock.",),
        wide=True,
    )
