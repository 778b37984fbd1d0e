"""The figures at a glance: each with how many it rests on, how sure it is, and how it was in the period before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.insights.csat import TOO_FEW, wilson
from bot.insights.figures.counting import Counts, Share, net_promoters
from bot.insights.figures.drawn import Drawn, Field, Kind, Line, opening
from bot.insights.figures.duties import DUE, Kept
from bot.insights.figures.times import Waiting
from bot.insights.filters import Wanted

UP, DOWN, NEITHER = "up", "down", ""  # which way is better
# What a time does not tell: whoever reads a figure at a glance reads no page about it.
_BESIDE = {
    "person": "of those to whom one came",
    "resolution": "with the silence that ended it, where silence did",
}
_NOT_ASKED = "nobody is asked who rated 1 or 2"
TITLES = {"follow_ups": "Follow-ups in time", "promises": "Promises kept"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure.

    Attributes:
        n: how much it rests on, counted in `unit`.
        before, n_before: the same of the period before; None where there is none to compare with.
        before_within: its interval, where there is one.
        better: which way is better, UP or DOWN.
        opens: the query of its n; `page` is where it leads, the list of conversations if none is named.
        details: a sentence below it.
    """

    name: str
    label: str
    kind: Kind
    value: float | None
    n: int
    unit: str
    low: float | None = None
    high: float | None = None
    before: float | None = None
    n_before: int | None = None
    before_within: tuple[float, float] | None = None
    better: str = UP
    opens: str | None = None
    page: str = "/insights/conversations"
    details: str = ""
    always: bool = False  # a plain count rests on nothing: it is never too small

    @property
    def few(self) -> bool:
        """Whether it says little."""
        return self.n < TOO_FEW and not self.always

    @property
    def comparable(self) -> bool:
        """Whether both periods have enough to be compared."""
        enough = self.always or (self.n >= TOO_FEW and (self.n_before or 0) >= TOO_FEW)
        return self.n_before is not None and self.before is not None and self.value is not None and enough

    @property
    def change(self) -> float | None:
        """How much more it is than before, where that can be said: of a count in parts of what it was."""
        if not self.comparable or self.value is None or self.before is None:
            return None
        if self.kind in ("share", "points"):
            return self.value - self.before
        if self.n < TOO_FEW or (self.n_before or 0) < TOO_FEW:  # of few, one more is a third
            return None
        return self.value / self.before - 1 if self.before else None

    @property
    def sure(self) -> bool:
        """Whether the intervals of both periods lie apart: as careful as the comparison of releases."""
        if not self.comparable or self.low is None or self.high is None or self.before_within is None:
            return False
        low, high = self.before_within
        return self.low > high or self.high < low

    @property
    def tone(self) -> str:
        """good, bad or nothing: what the change means."""
        change = self.change
        if change is None or self.better == NEITHER or abs(change) < 0.0005 * (1 if self.kind == "share" else 10):
            return ""
        return "good" if (change > 0) == (self.better == UP) else "bad"


def satisfaction_tiles(wanted: Wanted, now: Counts, then: Counts | None) -> list[Tile]:
    """CSAT, who answers, and the further questions where they were asked."""
    tiles = [
        _share("csat", "CSAT", now.csat, then.csat if then else None, "ratings", opening(wanted, ("rated",))),
        _share(
            "response",
            "Response rate",
            now.response,
            then.response if then else None,
            "asked",
            opening(wanted, ("asked",)),
        ),
    ]
    if (found := net_promoters(now)) is not None:
        earlier = net_promoters(then) if then else None
        tiles.append(
            Tile(
                "nps",
                "NPS, of a sample",
                "points",
                *(found[0], now.nps, "answers", found[1], found[2]),
                before=earlier[0] if earlier else None,
                before_within=earlier[1:] if earlier else None,
                n_before=then.nps if then else None,
                opens=opening(wanted, ("nps",)),
                details=f"{now.promoters} promoters, {now.detractors} detractors; from -100 to 100; {_NOT_ASKED}",
            )
        )
    if now.ces:
        easy, before = Share(now.easy, now.ces), Share(then.easy, then.ces) if then else None
        mean = f"mean {now.effort_points / now.ces:.1f} of 7; 5 to 7 count as easy; {_NOT_ASKED}"
        tiles.append(_share("ces", "Found it easy (CES)", easy, before, "answers", opening(wanted, ("ces",)), mean))
    return tiles


def outcome_tiles(wanted: Wanted, now: Counts, then: Counts | None) -> list[Tile]:
    """How many there were, and what became of them. What is only assumed is told beside, never in it."""
    ended = opening(wanted, states=("ended",))
    assumed = Share(now.assumed, now.ended)
    beside = "" if assumed.value is None else f"A further {assumed.value:.0%} left without a word: not counted here"

    def of_ended(counts: Counts, name: str) -> Share:
        return Share(int(getattr(counts, name)), counts.ended)

    def tile(name: str, label: str, better: str, details: str = "") -> Tile:
        before = of_ended(then, name) if then else None
        return _share(name, label, of_ended(now, name), before, "ended", ended, details, better=better)

    lost, lost_before = Share(now.lost, now.conversations), Share(then.lost, then.conversations) if then else None
    turns = f"{now.lost_turns:,} of {now.turns:,} turns" if now.turns else ""
    return [
        Tile(
            "conversations",
            "Conversations",
            "count",
            *(now.conversations, now.conversations, ""),
            before=then.conversations if then else None,
            n_before=then.conversations if then else None,
            better=NEITHER,
            opens=opening(wanted),
            details=f"{now.ended:,} ended, {now.conversations - now.ended:,} open",
            always=True,
        ),
        tile("confirmed", "Resolved by the assistant", UP, beside.replace("%", " %")),
        tile("handed_off", "Handed off", NEITHER),
        tile("reopened", "Came back", DOWN),
        _share("fallback", "Not understood", lost, lost_before, "conversations", opening(wanted), turns, better=DOWN),
    ]


def waiting_tiles(wanted: Wanted, now: Sequence[Waiting], then: Sequence[Waiting] | None) -> list[Tile]:
    """Medians of the three times."""
    labels = {"first_answer": "First answer", "person": "Wait for a person", "resolution": "Time to the end"}
    before = {one.name: one for one in then or ()}
    tiles = []
    for one in now:
        last = before.get(one.name)
        tiles.append(
            Tile(
                f"{one.name}_median",
                labels[one.name],
                "seconds",
                *(one.median, one.n, "conversations"),
                before=last.median if last else None,
                n_before=last.n if last else None,
                better=DOWN,
                opens=opening(wanted, (one.name,)),
                details=_BESIDE.get(one.name, "") if one.n else "",
            )
        )
    return tiles


def duty_tiles(wanted: Wanted, now: dict[str, Kept], then: dict[str, Kept] | None) -> list[Tile]:
    """Follow-ups closed in time, and promises kept."""
    tiles = []
    for kind, kept in now.items():
        share, before = kept.in_time, then[kind].in_time if then else None
        details = f"{kept.total} in all" + (f", {kept.not_due} not due yet" if kept.not_due else "")
        query = opening(wanted)
        due = "&".join(part for part in (query, *(f"duty={state}" for state in DUE)) if part)
        path = f"/insights/duties/{kind}"
        tiles.append(_share(kind, TITLES[kind], share, before, "due", due, details, page=path))
    return tiles


def drawn_tiles(tiles: Sequence[Tile]) -> Drawn:
    """All of them as one table, to be saved."""
    lines = tuple(
        Line(
            (
                one.name,
                None if one.value is None else float(one.value),
                one.low,
                one.high,
                one.n,
                one.unit or "conversations",
                one.before if one.comparable else None,
                one.n_before,
            ),
        )
        for one in tiles
    )
    fields = (
        Field("figure", "Figure", "text"),
        Field("value", "Value", "points"),
        Field("low", "from", "points"),
        Field("high", "to", "points"),
        Field("n", "n"),
        Field("counted", "Counted", "text"),
        Field("value_before", "Before", "points"),
        Field("n_before", "n before"),
    )
    return Drawn("glance", "At a glance", 0, "", fields, lines)


def _share(
    name: str,
    label: str,
    share: Share,
    before: Share | None,
    unit: str,
    query: str | None,
    details: str = "",
    *,
    better: str = UP,
    page: str = "/insights/conversations",
) -> Tile:
    return Tile(
        name,
        label,
        "share",
        *(share.value, share.n, unit, share.low, share.high),
        before=before.value if before else None,
        before_within=wilson(before.part, before.n) if before else None,
        n_before=before.n if before else None,
        better=better,
        opens=query,
        details=details,
        page=page,
    )
