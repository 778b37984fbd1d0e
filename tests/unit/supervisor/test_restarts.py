"""How long a program that died must wait."""

from __future__ import annotations

from bot.supervisor.programs import Restarts


def test_the_first_deaths_cost_no_waiting() -> None:
    restarts = Restarts()

    assert [restarts.pause_after_death(None) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_a_program_that_never_comes_up_waits_ever_longer_up_to_ten_seconds() -> None:
    restarts = Restarts()

    pauses = [restarts.pause_after_death(None) for _ in range(12)]

    assert pauses[3:] == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]


def test_a_program_that_came_up_waits_a_second_at_most() -> None:
    restarts = Restarts()

    pauses = [restarts.pause_after_death(2.0) for _ in range(40)]

    assert pauses[3:6] == [0.25, 0.5, 1.0]
    assert max(pauses) == 1.0


def test_a_long_quiet_time_is_a_new_beginning() -> None:
    restarts = Restarts()
    for _ in range(8):
        restarts.pause_after_death(None)

    assert restarts.pause_after_death(Restarts.FORGET_AFTER) == 0.0
