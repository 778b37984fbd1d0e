"""How long somebody waits for a person, in words as vague as any estimate of it is; the words are labels."""

from __future__ import annotations

from bot.orders.formatting import Formatting

_MINUTE, _HOUR = 60, 60  # seconds of a minute, minutes of an hour
_ONE_BY_ONE = 10  # minutes; above it nobody believes a minute more or less
_STEP = 5
_HALF_HOUR = range(26, 41)  # minutes that are "half an hour"
_AN_HOUR = 90  # minutes up to which it is one


def wait_words(formatting: Formatting, seconds: float) -> str:
    """A wait as part of a sentence: "less than a minute", "about 4 minutes", "about half an hour".

    Args:
        formatting: of the language to write in.
        seconds: the estimate; what is above a full minute counts as another, so that nobody waits longer than told.
    """
    if seconds < _MINUTE:
        return formatting.label("wait_less_than_a_minute")
    minutes = -(-int(seconds) // _MINUTE)
    if minutes == 1:
        return formatting.label("wait_a_minute")
    if minutes > _ONE_BY_ONE:
        minutes = -(-minutes // _STEP) * _STEP
    if minutes in _HALF_HOUR:
        return formatting.label("wait_half_an_hour")
    if minutes < _HOUR:
        return formatting.label("wait_minutes", minutes=minutes)
    if minutes <= _AN_HOUR:
        return formatting.label("wait_an_hour")
    return formatting.label("wait_hours", hours=max(2, round(minutes / _HOUR)))
