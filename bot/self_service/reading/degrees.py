"""Which option words like "higher", "500 pieces less" and "the most" are about; decides no more than that."""

from __future__ import annotations

from collections.abc import Sequence

from bot.self_service.reading.choices import Choices
from bot.self_service.reading.marks import COMMA, KNOWN, NAME, QUANTITY, STOP, Mark

_NEAR = 3  # marks between a word like "higher" and the option it is about


def options_of(mark: Mark) -> set[str]:
    """The options that a mark says a value of."""
    return {option for option, _ in mark.values} | (set(mark.options) if mark.kind == KNOWN else set())


def compared_option(
    marks: Sequence[Mark], place: int, leads_to: Sequence[str], choices: Choices
) -> tuple[str | None, int | None]:
    """The ordered option that the word at `place` is about, and where it is named: beside it, or by the word itself.

    Args:
        leads_to: options the word can be about by itself; none where it tells nothing, such as "higher".
    """
    own = [option for option in choices.of_words(leads_to) if choices.has_order(option)]
    ahead = range(place + 1, min(len(marks), place + 1 + _NEAR))
    behind = range(place - 1, max(-1, place - 1 - _NEAR), -1)
    for places in (ahead, behind):
        for other in places:
            mark = marks[other]
            if mark.kind in (STOP, COMMA, "and", "but"):
                break
            named = [option for option in mark.options if mark.kind == NAME and choices.has_order(option)]
            if named and (set(named) & set(own) or not leads_to or not own):
                return next((option for option in named if option in own), named[0]), other
    return (own[0] if own else None), None


def counted_option(marks: Sequence[Mark], place: int, degree: int, choices: Choices) -> str | None:
    """The option of which the number at `place` is more or less, as the word at `degree` says."""
    mark = marks[place]
    about = sorted(options_of(mark))
    if mark.kind != QUANTITY and len(about) == 1:
        return about[0] if choices.has_order(about[0]) else None
    dimension = mark.quantity.dimension if mark.quantity else ""
    beside = [*marks[degree - 1 : degree], *marks[degree + 1 : degree + 3]]
    named = [option for other in beside if other.kind == NAME for option in other.options]
    units = [option for option in choices.options if dimension and choices.counts_in(option, dimension)]
    bare = [option for option in (*named, *choices.of_words(marks[degree].options)) if choices.counts_in(option, "")]
    return next(iter([*units, *bare]), None)
