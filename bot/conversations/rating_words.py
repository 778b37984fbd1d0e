"""What people type when they are asked for a rating or a comment, understood without the engine; decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from bot.languages.languages import Heard, plain

SCORES = (1, 2, 3, 4, 5)
LONGEST_RATING = 60  # characters; what is longer is more than a score
_STARS = re.compile(r"(?:[⭐★]\ufe0f?\s*){1,5}")
# A lone emoji is an answer as well; skin tones and the selector for the coloured form change nothing.
_DRESS = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
_FACES = dict.fromkeys("👍👌❤😍🤩🥰💯", 5) | dict.fromkeys("🙂😊😀😃😄", 4) | {"😐": 3} | dict.fromkeys("🙁☹😕😞", 2)
_FACES |= dict.fromkeys("👎😡😠🤬", 1)


def parse_rating(text: str, heard: Heard) -> int | None:
    """The score that a typed text gives and nothing else.

    "4", "5/5", "four out of five", "cinq étoiles", "★★★", "👍"; a half is rounded up, and ten points are halved.
    """
    bare = plain(text[:LONGEST_RATING])
    if found := _pattern(heard).fullmatch(bare):
        return _in_fives(found["score"], found["of"], heard)
    if _STARS.fullmatch(bare):
        return sum(bare.count(star) for star in "⭐★")
    faces = set(_DRESS.sub("", bare).replace(" ", ""))
    return _FACES.get(faces.pop()) if len(faces) == 1 else None


def parse_scale(text: str, heard: Heard, scale: range) -> int | None:
    """The number on another scale that a typed text gives and nothing else: "9", "9/10", "nine out of ten".

    "Of how many" has to be the end of this scale; "4/5" on one that goes to ten is meant for something else.
    """
    found = _scale_pattern(heard).fullmatch(plain(text[:LONGEST_RATING]))
    if found is None:
        return None
    given, of = (heard.ratings[said] if (said := found[name]) in heard.ratings else said for name in ("score", "of"))
    if of is not None and int(of) != scale[-1]:
        return None
    return int(given) if int(given) in scale else None


def declines_comment(text: str, heard: Heard) -> bool:
    """Whether a typed text says that there is nothing to add, in one way or several: "nope, all good"."""
    parts = [plain(part) for part in re.split(r"[,.!;]+", text[:LONGEST_RATING])]
    said = [part for part in parts if part]
    return plain(text[:LONGEST_RATING]) in heard.no_comment or (bool(said) and all(p in heard.no_comment for p in said))


def asks_for_something(text: str, heard: Heard) -> bool:
    """Whether a typed text rather asks for something than says how it was: a question, "i still need my refund"."""
    bare = plain(text[:LONGEST_RATING])
    return text.rstrip().endswith("?") or any(bare.startswith(f"{start} ") for start in heard.requests)


def _in_fives(score: str, of: str | None, heard: Heard) -> int | None:
    value = Decimal(heard.ratings[score]) if score in heard.ratings else Decimal(score.replace(",", "."))
    if of == "10":
        value = max(value / 2, Decimal(1))  # of ten points even none is a rating; of five the least is one
    rounded = int(value.quantize(Decimal(1), ROUND_HALF_UP))
    return rounded if rounded in SCORES and value <= max(SCORES) else None


@cache
def _pattern(heard: Heard) -> re.Pattern[str]:
    """Of all languages at once: people rate in their own words whatever the conversation was in."""
    five = _one_of(["5", *(word for word, score in heard.ratings.items() if score == 5)])
    score = rf"(?P<score>10|\d(?:[.,]\d)?|{_one_of(heard.ratings)})"
    units = rf"\s*(?:{_one_of(['⭐️', '⭐', '★', *heard.rating_units])})"
    of = rf"\s*(?:{_one_of(['/', *heard.rating_of])})\s*(?P<of>10|{five})"
    return re.compile(rf"{score}(?:{of}(?:{units})?|{units})?")


@cache
def _scale_pattern(heard: Heard) -> re.Pattern[str]:
    number = rf"\d{{1,2}}|{_one_of(heard.ratings)}"
    return re.compile(rf"(?P<score>{number})(?:\s*(?:{_one_of(['/', *heard.rating_of])})\s*(?P<of>{number}))?")


def _one_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
