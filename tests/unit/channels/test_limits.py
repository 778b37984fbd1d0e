"""Token buckets."""

from __future__ import annotations

from channels.limits import Buckets


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    seconds = Seconds()
    buckets = Buckets(2, 3, seconds)
    assert [buckets.take("a") for _ in range(4)] == [True, True, True, False]
    seconds.now = 0.5
    assert [buckets.take("a") for _ in range(2)] == [True, False]


def test_one_key_does_not_use_up_anothers_tokens() -> None:
    buckets = Buckets(1, 1, Seconds())
    assert buckets.take("a")
    assert buckets.take("b")


def test_quiet_keys_are_forgotten_but_empty_buckets_are_not() -> None:
    seconds = Seconds()
    buckets = Buckets(0.001, 1, seconds, most_keys=3)
    buckets.take("abuser")
    assert not buckets.take("abuser")
    for n in range(50):
        buckets.take(f"visitor {n}")
    assert not buckets.take("abuser")


def test_what_was_sent_with_pauses_may_come_all_at_once() -> None:
    seconds = Seconds()
    buckets = Buckets(1, 1, seconds)
    seconds.now = 100
    assert [buckets.take("a", at) for at in (10, 11, 12)] == [True, True, True]


def test_what_was_sent_earlier_than_the_one_before_brings_no_tokens() -> None:
    buckets = Buckets(1, 1, Seconds())
    assert [buckets.take("a", at) for at in (100, 50, 60, 100)] == [True, False, False, False]
