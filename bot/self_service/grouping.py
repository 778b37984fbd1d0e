"""Which orders are meant by the things that were named: one for all of them if there is such, else one for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.self_service.reading.items import Mention


@dataclass(frozen=True, slots=True)
class Group:
    """An order, or those among which the customer has to choose."""

    number: str | None
    candidates: tuple[str, ...] = ()


def grouped(mentions: Sequence[Mention], *, everything: bool) -> list[Group]:
    """The orders that these mentions are about, in the order in which they were spoken of.

    Args:
        mentions: as `read_items` found them over several orders.
        everything: "everything but …": then what is left out tells which order it is.
    """
    meant = [mention for mention in mentions if everything or not mention.excluded]
    where = [tuple(dict.fromkeys(line.number for line in mention.lines)) for mention in meant]
    where = [numbers for numbers in where if numbers]
    if not where:
        return []
    in_all = [number for number in where[0] if all(number in numbers for numbers in where)]
    if len(in_all) == 1:
        every = any(mention.every for mention in meant)
        spread = dict.fromkeys(number for numbers in where for number in numbers) if every else {}
        return [Group(number) for number in spread] or [Group(in_all[0])]
    if any(mention.every for mention in meant):  # "all bookshelves": in whichever orders they are
        return [Group(number) for number in dict.fromkeys(number for numbers in where for number in numbers)]
    if in_all:
        return [Group(None, tuple(in_all))]
    sure = dict.fromkeys(numbers[0] for numbers in where if len(numbers) == 1)
    open_ = [numbers for numbers in where if not set(numbers) & set(sure)]
    return [Group(number) for number in sure] + [Group(None, numbers) for numbers in dict.fromkeys(open_)]
