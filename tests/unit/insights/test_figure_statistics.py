"""The arithmetic of figures: shares, intervals, periods, what may be compared, and streams that lose nobody."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.insights.facts.topics import TOPICS
from bot.insights.figures.counting import Counts, Share, net_promoters, percents, together
from bot.insights.figures.drawn import opening
from bot.insights.figures.duties import Kept
from bot.insights.figures.journey import FURTHER, OTHER, Path, journey_of
from bot.insights.figures.periods import axis_of, before, folded
from bot.insights.figures.results import outcomes_together
from bot.insights.figures.tiles import Tile, duty_tiles, outcome_tiles, satisfaction_tiles
from bot.insights.filters import Wanted, wanted_of
from bot.insights.pages.figure_words import change_words, span_words, sure_tone, tile_words

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)


def asked(query: str) -> Wanted:
    return wanted_of(query, LONDON, NOW)


# -- shares -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_shares_in_per_cent_add_up_to_exactly_a_hundred(seed: int) -> None:
    chance = random.Random(seed)
    counts = [chance.randrange(1 + 10 ** chance.randrange(5)) for _ in range(5)]
    shares = percents(counts)
    assert round(sum(shares), 6) == (100.0 if sum(counts) else 0.0)
    exact = [100 * count / max(1, sum(counts)) for count in counts]
    assert all(abs(share - true) < 0.1 + 1e-9 for share, true in zip(shares, exact, strict=True))


def test_a_share_knows_how_sure_it_is() -> None:
    share = Share(8, 10)  # of Newcombe's table for the Wilson interval
    assert share.value == 0.8
    assert share.low == pytest.approx(0.4902, abs=1e-4)
    assert share.high == pytest.approx(0.9433, abs=1e-4)
    assert share.few
    assert not Share(1, 30).few


def test_of_nothing_there_is_no_share() -> None:
    assert (Share(0, 0).value, Share(0, 0).low, Share(0, 0).high) == (None, None, None)
    assert Counts().mean is None
    assert net_promoters(Counts()) is None


def test_net_promoters_lie_in_their_interval() -> None:
    found = net_promoters(Counts(nps=100, promoters=50, detractors=20))
    assert found is not None
    score, low, high = found
    assert score == pytest.approx(30)
    assert -100 <= low < score < high <= 100


def test_the_five_outcomes_are_all_that_ended() -> None:
    counts = Counts(conversations=12, ended=7, confirmed=2, assumed=2, abandoned=1, handed_off=1, reopened=1)
    *five, whole = outcomes_together(asked(""), counts).lines
    assert sum(line.values[2] for line in five) == whole.values[2] == 7
    assert sum(line.values[3] for line in five) == pytest.approx(whole.values[3]) == pytest.approx(100.0)


def test_what_is_only_assumed_is_told_beside_and_not_counted() -> None:
    counts = Counts(conversations=100, ended=100, confirmed=40, assumed=35, abandoned=25)
    resolved = next(tile for tile in outcome_tiles(asked(""), counts, None) if tile.name == "confirmed")
    assert resolved.value == 0.4
    assert "35 % left without a word: not counted" in resolved.details


def test_what_the_further_questions_leave_out_is_told_beside_them() -> None:
    counts = Counts(conversations=90, rated=90, nps=40, promoters=20, detractors=10, ces=40, easy=30, effort_points=200)
    tiles = {tile.name: tile for tile in satisfaction_tiles(asked(""), counts, None)}
    assert all("nobody is asked who rated 1 or 2" in tiles[name].details for name in ("nps", "ces"))


def test_what_is_not_due_yet_makes_no_period_look_better() -> None:
    kept = Kept({"in_time": 6, "late": 1, "overdue": 3, "early": 50, "waiting": 4})
    [tile] = duty_tiles(asked("period=all"), {"promises": kept}, None)
    assert (tile.value, tile.n) == (0.6, 10)
    assert tile.details == "64 in all, 54 not due yet"
    assert tile.opens == "period=all&duty=in_time&duty=late&duty=overdue"


# -- periods ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "grain", "steps"),
    [
        ("period=7d", "day", 7),
        ("period=30d", "day", 30),
        ("period=90d", "week", 13),
        ("period=365d", "week", 53),
        ("since=2016-11-23&until=2026-11-22", "month", 121),
        ("since=1990-01-01&until=2026-11-22", "year", 37),
    ],
)
def test_an_axis_stays_readable(query: str, grain: str, steps: int) -> None:
    found, spans = axis_of(asked(query), [], NOW.date(), LONDON)
    assert (found, len(spans)) == (grain, steps)
    assert all(one.after == other.first for one, other in pairwise(spans))  # no gap, no overlap


def test_an_axis_without_a_beginning_begins_with_the_first_conversation() -> None:
    _, spans = axis_of(asked("period=all"), ["2026-11-10", "2026-11-12"], NOW.date(), LONDON)
    assert (spans[0].first, spans[-1].first) == (date(2026, 11, 10), date(2026, 11, 22))


def test_no_axis_goes_on_beyond_today() -> None:
    _, spans = axis_of(asked("since=2026-11-20&until=2026-12-31"), [], NOW.date(), LONDON)
    assert spans[-1].after == date(2026, 11, 23)


def test_a_day_without_anything_is_a_gap_and_no_zero() -> None:
    wanted = asked("since=2026-11-10&until=2026-11-12")
    _, spans = axis_of(wanted, ["2026-11-10"], NOW.date(), LONDON)
    first, second, _ = folded(spans, {"2026-11-10": Counts(conversations=1, rated=1, satisfied=1)})
    assert (first.csat.value, second.csat.value) == (1.0, None)


def test_the_period_before_is_as_long_also_where_clocks_change() -> None:
    wanted = asked("since=2026-10-25&until=2026-10-31")  # the clocks go back on the 25th
    earlier = before(wanted, LONDON, NOW)
    assert earlier is not None
    assert earlier.until == wanted.since
    assert earlier.since == datetime(2026, 10, 18, tzinfo=LONDON)


def test_all_time_has_no_period_before() -> None:
    assert before(asked("period=all"), LONDON, NOW) is None
    assert before(asked("since=2026-01-01"), LONDON, NOW) is None


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("period=today", datetime(2026, 11, 21, tzinfo=LONDON), datetime(2026, 11, 21, 15, tzinfo=LONDON)),
        ("period=7d", datetime(2026, 11, 9, tzinfo=LONDON), datetime(2026, 11, 15, 15, tzinfo=LONDON)),
        (
            "since=2026-11-20T15:00&until=2026-11-24T15:00",
            *(datetime(2026, 11, day, 15, tzinfo=LONDON) for day in (16, 18)),
        ),
        ("period=yesterday", datetime(2026, 11, 20, tzinfo=LONDON), datetime(2026, 11, 21, tzinfo=LONDON)),
    ],
)
def test_a_period_that_is_not_over_is_compared_with_as_much_of_the_one_before(
    query: str, since: datetime, until: datetime
) -> None:
    earlier = before(asked(query), LONDON, NOW)
    assert earlier is not None
    assert (earlier.since, earlier.until) == (since, until)


def test_a_period_that_is_still_to_come_is_compared_with_nothing() -> None:
    assert before(asked("since=2026-12-01&until=2026-12-31"), LONDON, NOW) is None


def test_steps_of_an_axis_stay_within_the_filter() -> None:
    wanted = asked("since=2026-08-26&until=2026-11-22")  # a Wednesday
    _, spans = axis_of(wanted, [], NOW.date(), LONDON)
    assert spans[0].of(wanted, LONDON).since == wanted.since
    assert spans[-1].of(wanted, LONDON).until == wanted.until


# -- what may be compared -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "n_before", "told"), [(30, 30, "+10.0 points"), (29, 300, "too few"), (300, 29, "too few")]
)
def test_periods_are_compared_only_where_both_have_enough(n: int, n_before: int, told: str) -> None:
    tile = Tile("csat", "CSAT", "share", 0.8, n, "ratings", before=0.7, n_before=n_before)
    assert told in change_words(tile)
    assert tile.tone == ("good" if told.startswith("+") else "")


@pytest.mark.parametrize(
    ("promoters", "told", "tone"),
    [
        (180, "+5 (before +10, n = 400): no difference can be told", ""),
        (272, "+28 (before +10, n = 400)", "good"),
        (0, "-40 (before +10, n = 400)", "bad"),
    ],
)
def test_a_change_of_the_nps_is_told_as_one_only_where_intervals_lie_apart(
    promoters: int, told: str, tone: str
) -> None:
    then = Counts(nps=400, promoters=160, detractors=120)
    now = Counts(nps=400, promoters=promoters, detractors=120)
    tile = next(tile for tile in satisfaction_tiles(asked(""), now, then) if tile.name == "nps")
    assert (change_words(tile), sure_tone(tile)) == (told, tone)


@pytest.mark.parametrize(("satisfied", "tone"), [(62, ""), (80, "good"), (40, "bad")])
def test_a_share_has_a_tone_only_where_intervals_lie_apart(satisfied: int, tone: str) -> None:
    then, now = Counts(rated=100, satisfied=60), Counts(rated=100, satisfied=satisfied)
    tile = next(tile for tile in satisfaction_tiles(asked(""), now, then) if tile.name == "csat")
    assert sure_tone(tile) == tone
    assert change_words(tile).endswith("no difference can be told") == (tone == "")


def test_without_a_period_before_nothing_is_said_of_it() -> None:
    assert change_words(Tile("csat", "CSAT", "share", 0.8, 100, "ratings")) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1.44, "1.4 s"), (48, "48 s"), (200, "3 min 20 s"), (1200, "20 min"), (7500, "2 h 05 min"), (270_000, "3.1 days")],
)
def test_spans_are_told_as_one_says_them(seconds: float, words: str) -> None:
    assert span_words(seconds) == words


def test_few_are_told_without_decimals() -> None:
    assert tile_words(Tile("csat", "CSAT", "share", 2 / 3, 3, "ratings")) == "67 %"
    assert tile_words(Tile("csat", "CSAT", "share", 2 / 3, 300, "ratings")) == "66.7 %"


# -- narrower filters ---------------------------------------------------------------------------------------


def test_a_narrower_filter_never_lets_through_more() -> None:
    assert opening(asked("score=5"), scores=(4, 5)) == "score=5"
    assert opening(asked("score=1"), scores=(4, 5)) is None
    assert opening(asked("hour=9"), hour=10) is None
    assert opening(asked("topic=refund"), topics=("refund",)) == "topic=refund"
    assert opening(asked("with=asked"), ("rated",)) == "with=asked&with=rated"


# -- streams ------------------------------------------------------------------------------------------------


def some_paths(seed: int, count: int = 400) -> list[Path]:
    chance = random.Random(seed)
    steps = [f"step {letter}" for letter in "abcdefghijkl"]
    found = []
    for _ in range(count):
        topic = chance.choice(TOPICS)
        went = tuple(chance.choices(steps, range(len(steps), 0, -1), k=chance.randrange(8)))
        outcome = chance.choice(("confirmed", "assumed", "abandoned", "open"))
        found.append(Path(topic, (topic, *went), outcome, chance.choice((None, 1, 5)), chance.randrange(1, 9)))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_no_conversation_is_lost_between_topic_and_rating(seed: int) -> None:
    paths = some_paths(seed)
    whole = sum(path.count for path in paths)
    journey = journey_of(paths, asked("period=all"))
    assert journey.n == whole
    into: Counter[object] = Counter()
    out: Counter[object] = Counter()
    for stream in journey.streams:
        out[stream.source] += stream.count
        into[stream.target] += stream.count
    ends = set(into) - set(out)
    assert sum(out[node] for node in set(out) - set(into)) == whole
    assert sum(into[node] for node in ends) == whole
    assert all(into[node] == out[node] for node in set(into) & set(out))


def test_streams_only_lead_on() -> None:
    streams = journey_of(some_paths(1), asked("period=all")).streams
    assert all(stream.source.column < stream.target.column for stream in streams)


def test_what_is_rare_is_drawn_together_and_counted() -> None:
    paths = some_paths(2)
    journey = journey_of(paths, asked("period=all"))
    assert any(stream.target.name == OTHER for stream in journey.streams)
    assert any(stream.target.name == FURTHER for stream in journey.streams)
    rare = {topic for topic in TOPICS if topic not in journey.names[0]}
    assert journey.through_other >= sum(path.count for path in paths if path.topic in rare)


def test_counts_of_parts_are_those_of_the_whole() -> None:
    one, other = Counts(conversations=2, rated=1, points=5), Counts(conversations=3, rated=2, points=6)
    both = together([one, other])
    assert (both.conversations, both.rated, both.points) == (5, 3, 11)
    assert both.mean == pytest.approx(11 / 3)
