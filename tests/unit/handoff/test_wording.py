"""How long a wait is, in words."""

from __future__ import annotations

import pytest

from bot.handoff.wording import wait_words
from bot.orders.formatting import Formatting


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "about a minute"),
        (61, "about 2 minutes"),
        (230, "about 4 minutes"),
        (600, "about 10 minutes"),
        (640, "about 15 minutes"),
        (25 * 60, "about 25 minutes"),
        (27 * 60, "about half an hour"),
        (38 * 60, "about half an hour"),
        (44 * 60, "about 45 minutes"),
        (58 * 60, "about an hour"),
        (85 * 60, "about an hour"),
        (95 * 60, "about 2 hours"),
        (200 * 60, "about 3 hours"),
    ],
)
def test_a_wait_is_told_as_vaguely_as_it_is_known(seconds: float, told: str) -> None:
    assert wait_words(Formatting("en-GB", "GBP", "Europe/London"), seconds) == told


@pytest.mark.parametrize(
    ("language", "told"),
    [("de", "etwa 4 Minuten"), ("es", "unos 4 minutos"), ("fr", "environ 4 minutes")],
)
def test_a_wait_is_told_in_the_customers_language(language: str, told: str) -> None:
    assert wait_words(Formatting("en-GB", "GBP", "Europe/London").in_language(language), 240) == told
