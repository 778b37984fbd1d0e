"""Tells things of one kind apart by the words around them: options, the order they are in, the price."""

from __future__ import annotations

from collections.abc import Sequence

from bot.self_service.reading.choices import Choices, Value
from bot.self_service.reading.lines import Line
from bot.self_service.reading.tokens import Token
from bot.self_service.reading.vocabulary import Phrases, Vocabulary

STOPS = frozenset(".;!?\n")
BEFORE, AFTER = 6, 10  # tokens around a name that can tell which one it is
_ORDER_DIGITS = 5  # as many digits can be the number of an order
_PRICES = ("variant_dearest", "variant_dearer", "variant_cheapest", "variant_cheaper")


class Telling:
    """What the words of one text tell of things.

    Args:
        tokens: those of the text.
        choices: the options of the things that can be meant.
    """

    def __init__(self, tokens: Sequence[Token], choices: Choices, vocabulary: Vocabulary) -> None:
        self._tokens, self._choices, self._vocabulary = tokens, choices, vocabulary
        self._prices = Phrases({name: vocabulary.lists[name] for name in _PRICES})

    def before(self, start: int, first: int) -> tuple[list[frozenset[Value]], int]:
        values: list[frozenset[Value]] = []
        begin = start
        place = first
        while place < start:
            hit = self._choices.at(self._tokens[:start], place)
            if hit and hit.values and self._may_describe(hit.size, place):
                values.append(hit.values)
                begin = min(begin, place)
            stops = self._tokens[place].is_sign and self._tokens[place].word in STOPS | {","}
            if stops or self._tokens[place].word in self._vocabulary.words("item_the") | self._vocabulary.words(
                "variant_and"
            ):
                values, begin = [], start
            place += hit.size if hit else 1
        return values, begin

    def behind(self, end: int, last: int) -> tuple[list[frozenset[Value]], int]:
        values: list[frozenset[Value]] = []
        finish, place = end, end
        ends = self._vocabulary.words("item_to") - {"with"}
        while place < last:
            token = self._tokens[place]
            if (token.is_sign and token.word in STOPS) or token.word in ends:
                break
            if token.word in self._vocabulary.words("variant_and") and not values:
                break
            hit = self._choices.at(self._tokens[:last], place)
            if hit and hit.values and self._may_describe(hit.size, place):
                values.append(hit.values)
                finish = place + hit.size
            place += hit.size if hit else 1
        return values, finish

    def _may_describe(self, size: int, place: int) -> bool:
        token = self._tokens[place]
        if size > 1 or len(token.word) > 1:
            return True
        before = self._tokens[place - 1].word if place else ""
        return (
            token.amount is not None and before in self._vocabulary.words("variant_before_size")
        ) or token.is_capital

    def by_order(self, lines: tuple[Line, ...], end: int, last: int) -> tuple[Line, ...]:
        """Those of the order that is named right behind: "the lamp from order #W1234567"."""
        for token in self._tokens[end : min(last, end + AFTER)]:
            if token.is_sign and token.word in STOPS - {"."}:
                break
            if token.amount is not None and len(token.word) >= _ORDER_DIGITS:
                own = tuple(line for line in lines if line.number.lstrip("#Ww") == token.word)
                return own or lines
        return lines

    def by_price(self, lines: tuple[Line, ...], first: int, last: int) -> tuple[Line, ...]:
        for place in range(first, last):
            said = self._prices.at(self._tokens, place)
            if said and len(lines) > 1:
                price = (max if said.kind in ("variant_dearest", "variant_dearer") else min)(
                    line.item.price for line in lines
                )
                found = tuple(line for line in lines if line.item.price == price)
                return found if len(found) < len(lines) else lines
        return lines


def fitting(lines: tuple[Line, ...], values: Sequence[frozenset[Value]]) -> tuple[Line, ...]:
    """The lines that have all of what was said; all where no line has it: then it tells nothing apart."""
    fitting = tuple(line for line in lines if all(any(line.item.options.get(o) == v for o, v in one) for one in values))
    return fitting or lines
