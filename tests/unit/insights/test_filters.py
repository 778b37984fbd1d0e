"""What an address asks for is read, written back, and told in words; what makes no sense is refused in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from bot.insights.filters import (
    CLOSED,
    PERIODS,
    FilterError,
    Wanted,
    chips,
    conditions,
    days_of,
    described,
    is_narrowed,
    query_of,
    wanted_of,
)
from bot.insights.wanted import FIRST_YEAR, LAST_YEAR, LISTS

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)  # two days after clocks went forward

plain = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20)


def values_of(field: str) -> st.SearchStrategy[tuple[str, ...]]:
    one = st.sampled_from(CLOSED[field]) if field in CLOSED else plain
    return st.lists(one, max_size=3, unique=True).map(lambda found: tuple(sorted(found)))


FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (FIRST_YEAR + 1, LAST_YEAR - 1))
moments = st.timedeltas(timedelta(), LAST - FIRST).map(lambda span: FIRST + span)


@st.composite
def anything_wanted(draw: st.DrawFn) -> Wanted:
    since, until = draw(st.none() | moments), draw(st.none() | moments)
    if since is not None and until is not None and since >= until:
        since, until = until, since + timedelta(seconds=1)
    least, most = draw(st.none() | st.integers(0, 500)), draw(st.none() | st.integers(500, 1000))
    return Wanted(
        since=since,
        until=until,
        **{field: draw(values_of(field)) for field in LISTS},  # type: ignore[arg-type]  # tuples of text
        scores=tuple(sorted(draw(st.sets(st.integers(1, 5))))),
        least_messages=least,
        most_messages=most,
        fallback=draw(st.none() | st.booleans()),
        commented=draw(st.none() | st.booleans()),
        weekday=draw(st.none() | st.integers(0, 6)),
        hour=draw(st.none() | st.integers(0, 23)),
        step=tuple(draw(st.lists(plain, max_size=3))),
        words=" ".join(draw(st.lists(plain, max_size=3))),
    )


@given(anything_wanted())
@example(Wanted(until=datetime(1997, 10, 26, tzinfo=UTC)))  # 1:00 in London, which there was twice that day
def test_what_is_written_into_an_address_is_read_again(wanted: Wanted) -> None:
    query = query_of(wanted)
    assert wanted_of(query, LONDON, NOW) == wanted
    assert wanted_of(QueryParams(query), LONDON, NOW) == wanted
    assert query_of(wanted_of(query, LONDON, NOW)) == query_of(wanted_of(query_of(wanted), LONDON, NOW))


@given(st.sampled_from(sorted(PERIODS)), st.integers(0, 800))
def test_a_period_goes_on_meaning_what_it_is_called(name: str, days: int) -> None:
    query = query_of(wanted_of({"period": name}, LONDON, NOW))
    later = NOW + timedelta(days=days)
    assert wanted_of(query, LONDON, later) == wanted_of({"period": name}, LONDON, later)


@given(st.text(max_size=60), st.sampled_from(["since", "until", "period", "score", "outcome", "hour", "least", "q"]))
def test_whatever_is_typed_is_read_or_refused_in_a_sentence(typed: str, name: str) -> None:
    try:
        wanted = wanted_of({name: typed}, LONDON, NOW)
    except FilterError as refusal:
        said = str(refusal)
    else:
        said = ", ".join(value for _, value in described(wanted)) + "."
        assert wanted_of(query_of(wanted), LONDON, NOW) == wanted
    assert said.endswith(".")


def test_without_a_period_it_is_the_last_thirty_days() -> None:
    wanted = wanted_of({}, LONDON, NOW)
    assert (wanted.since, wanted.until) == (
        datetime(2026, 3, 2, tzinfo=LONDON),
        datetime(2026, 4, 1, tzinfo=LONDON),
    )
    assert query_of(wanted) == ""
    assert described(wanted) == [("Period", "Last 30 days, 2 Mar to 31 Mar 2026")]
    assert not is_narrowed(wanted)


def test_days_begin_where_the_shop_is_also_when_clocks_change() -> None:
    wanted = wanted_of({"since": "2026-03-28", "until": "2026-03-29"}, LONDON, NOW)
    assert wanted.since == datetime(2026, 3, 28, tzinfo=UTC)
    assert wanted.until == datetime(2026, 3, 29, 23, tzinfo=UTC)
    assert days_of(wanted) == ("2026-03-28", "2026-03-29")
    assert query_of(wanted) == "since=2026-03-28&until=2026-03-29"


def test_ten_years_are_a_period_like_any_other() -> None:
    wanted = wanted_of({"since": "2016-04-01", "until": "2026-03-31"}, LONDON, NOW)
    assert described(wanted) == [("Period", "1 Apr 2016 to 31 Mar 2026")]


def test_a_figure_of_one_day_links_to_the_rows_of_that_day() -> None:
    wanted = wanted_of({"period": "7d", "topic": "returns"}, LONDON, NOW)
    day = wanted.of(datetime(2026, 3, 27, tzinfo=LONDON), datetime(2026, 3, 28, tzinfo=LONDON))
    assert query_of(day) == "since=2026-03-27&until=2026-03-27&topic=returns"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("since=2026-02-30", "is no day"),
        ("since=yesterday", "is no day"),
        ("since=2026-03-02&until=2026-03-01", "ends before it begins"),
        ("since=0001-01-01", "between the years"),
        ("until=9999-12-31", "between the years"),
        ("period=fortnight", "is no period"),
        ("outcome=happy", "is none of confirmed"),
        ("score=6", "from 1 to 5"),
        ("score=many", "from 1 to 5"),
        ("weekday=7", "from 0 to 6"),
        ("least=9&most=3", "larger than the most"),
        ("fallback=perhaps", "yes or no"),
    ],
)
def test_what_makes_no_sense_is_refused(query: str, says: str) -> None:
    with pytest.raises(FilterError, match=says):
        wanted_of(query, LONDON, NOW)


def test_each_chip_leads_to_the_same_without_it() -> None:
    wanted = wanted_of("period=7d&topic=returns&topic=payment&score=1,2&agent=a1&q=lamp", LONDON, NOW)
    found = {chip.name: (chip.value, chip.without) for chip in chips(wanted, {"a1": "Robin"})}
    assert found["Topic"] == ("payment, returns", "period=7d&agent=a1&score=1&score=2&q=lamp")
    assert found["Agent"] == ("Robin", "period=7d&topic=payment&topic=returns&score=1&score=2&q=lamp")
    assert found["Score"][0] == "1, 2"
    assert found["Period"][1] == "period=all&topic=payment&topic=returns&agent=a1&score=1&score=2&q=lamp"


def test_without_anything_wanted_there_is_no_condition() -> None:
    assert conditions(Wanted()) == []
