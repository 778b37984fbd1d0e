"""The arithmetic of the benchmark."""

import pytest

from bench.figures import TARGETS, Load, around, growth, kept_promises, median, percentile, summary
from bench.texts import TEXTS


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([5.0], 0.95, 5.0), ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0), ([float(n) for n in range(1, 101)], 0.95, 95.0)],
)
def test_percentiles_are_nearest_rank(values: list[float], share: float, expected: float) -> None:
    assert percentile(list(reversed(values)), share) == expected


def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two() -> None:
    assert median([4.0, 1.0, 3.0, 2.0]) == 2.5


def test_the_cost_around_a_message_holds_every_text_twice() -> None:
    # Each message costs its number, so the middle of the window is the number itself.
    latencies = [float(number) for number in range(1, 1100)]
    for number in (10, 300, 1000):
        assert around(latencies, number) == pytest.approx(number, abs=0.5)
    marked = [float(number % len(TEXTS)) for number in range(1100)]
    assert around(marked, 10) == around(marked, 1000)


def test_a_window_that_is_not_whole_is_no_figure() -> None:
    with pytest.raises(ValueError, match="message 300"):
        around([1.0] * 300, 300)
    assert growth([0.01] * 307, (10, 300, 1000)) == {"10": 10.0, "300": 10.0}


def test_a_load_is_summed_up_in_milliseconds_and_shares_of_the_machine() -> None:
    load = Load([0.010] * 95 + [0.1] * 5, 2.0, 0.2, 1.0, 0.4, 3, {"found": 7})
    figures = summary(load, cores=2)
    assert figures["messages_per_second"] == 50.0
    assert (figures["p50_ms"], figures["p95_ms"], figures["max_ms"]) == (10.0, 10.0, 100.0)
    assert (figures["target_cpu_share"], figures["generator_cpu_share"], figures["others_cpu_share"]) == (
        0.25,
        0.05,
        0.1,
    )
    assert figures["target_cpu_ms_per_message"] == 10.0
    assert (figures["empty_answers"], figures["found"]) == (3, 7)


def test_promises_say_kept_missed_or_not_measured() -> None:
    results = {"crowd": {"messages_per_second": 99.9}, "single": {"p50_ms": 20.0}}
    reached = {promise["name"]: promise["reached"] for promise in kept_promises(results)}
    assert reached["20 users, messages a second"] is False
    assert reached["one user, p50"] is True
    assert reached["start to first answer"] is None
    assert len(reached) == len(TARGETS)
