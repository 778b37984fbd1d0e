"""The options of a product as customers can name them: values, quantities, their order; reads one place of a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rapidfuzz.distance import OSA

from bot.self_service.reading.tokens import Token, joined
from bot.self_service.reading.vocabulary import Vocabulary

Value = tuple[str, str]  # an option and one of its values
_LONGEST_VALUE = 5  # words
_SHORTEST_MENDED, _TWO_SLIPS = 5, 8
_FACTORS: Mapping[str, tuple[str, Decimal]] = {
    "ml": ("volume", Decimal(1)),
    "l": ("volume", Decimal(1000)),
    "gb": ("storage", Decimal(1)),
    "tb": ("storage", Decimal(1024)),
    "mm": ("metric", Decimal(1)),
    "cm": ("metric", Decimal(10)),
    "m": ("metric", Decimal(1000)),
    "p": ("lines", Decimal(1)),
    "k": ("lines", Decimal(1000)),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts; `dimension` is empty for a bare number."""

    amount: Decimal
    dimension: str


@dataclass(frozen=True, slots=True)
class Hit:
    """What stands at a place: the values it can mean (none: a quantity, or a word, that the product has not)."""

    size: int
    values: frozenset[Value] = frozenset()
    quantity: Quantity | None = None
    near: bool = False  # it is another word that comes close: "blue" for navy
    sure: bool = True  # not of a bare number


class Choices:
    """All that can be chosen.

    Args:
        options: the values of each option.
        vocabulary: what customers call them.
    """

    def __init__(self, options: Mapping[str, Iterable[str]], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.options = {name: tuple(dict.fromkeys(values)) for name, values in options.items()}
        self._units = frozenset(vocabulary.units.values())
        self._quantities: dict[str, Quantity | None] = {}
        self._no = vocabulary.words("variant_negatives")
        self._yes = vocabulary.words("variant_affirmatives")
        firsts = {value: vocabulary.tokens(value)[:1] for values in self.options.values() for value in values}
        self._denying = {value for value, first in firsts.items() if first and first[0].word in self._no}
        self._exact: dict[str, set[Value]] = {}
        self._parts: dict[str, set[Value]] = {}
        self._amounts: dict[Quantity, set[Value]] = {}
        for name, values in self.options.items():
            for value in values:
                self._add(name, value)
        self._names = self._named()
        self._spoken = self._synonyms()
        self._near = self._close()
        self._mendable = self._repairable()
        self._scales = {name: self._scale(values) for name, values in self.options.items()}

    def at(self, tokens: Sequence[Token], place: int) -> Hit | None:
        """What stands at `place`, the longest first."""
        for size in range(min(_LONGEST_VALUE, len(tokens) - place), 0, -1):
            run = tokens[place : place + size]
            if any(token.is_sign and token.word not in "/+" for token in run):
                continue
            key = joined([token for token in run if not token.is_sign])
            if run[-1].is_sign or run[0].is_sign:
                continue
            if values := self._called(key):
                return Hit(size, values, self._number(run))
        return self._quantity_at(tokens, place) or self._part_at(tokens, place) or self._near_at(tokens, place)

    def _number(self, run: Sequence[Token]) -> Quantity | None:
        unit = run[1].key if len(run) > 1 else ""
        is_number = run[0].amount is not None and (not unit or unit in self._units)
        return _quantity(run[0], unit) if is_number else None

    def _called(self, key: str) -> frozenset[Value]:
        """The values that are just so, and those of other options that customers call so: "medium" of a size M."""
        exact = frozenset(self._exact.get(key, ()))
        options = {option for option, _ in exact}
        return exact | {value for value in self._spoken.get(key, ()) if value[0] not in options}

    def name_at(self, tokens: Sequence[Token], place: int) -> tuple[int, frozenset[str]] | None:
        """The options that the words at `place` are a name of, and how many tokens it takes."""
        for size in range(min(4, len(tokens) - place), 0, -1):
            run = tokens[place : place + size]
            if any(token.is_sign and token.word != "/" for token in run):
                continue
            names = self._names.get(joined([token for token in run if not token.is_sign]))
            if names:
                return size, names
        return None

    def repaired(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """The tokens with slips of the keyboard mended, where that leads to one word about this product."""
        return tuple(self._mended(token) for token in tokens)

    def _mended(self, token: Token) -> Token:
        words = {token.key, token.word}
        if len(token.word) < _SHORTEST_MENDED or not token.word.isalpha():
            return token
        if words & self._vocabulary.common or words & self._mendable.keys() or self._is_known(token.key):
            return token
        slips = 2 if len(token.word) >= _TWO_SLIPS else 1
        near = sorted(
            (min(OSA.distance(word, other, score_cutoff=slips) for word in words), other)
            for other in self._mendable
            if other[0] == token.word[0] and abs(len(other) - len(token.word)) <= slips + 1
        )
        meant = [self._mendable[other] for distance, other in near if distance <= slips and distance == near[0][0]]
        if not meant or any(one != meant[0] for one in meant):
            return token
        return replace(token, key=near[0][1], word=near[0][1])

    def _is_known(self, key: str) -> bool:
        return key in self._near or any(key in words for words in self._vocabulary.known.values())

    def order(self, option: str, value: str) -> Decimal | None:
        """The place of a value among the option's, the least first; None where they have no order."""
        return (self._scales.get(option) or {}).get(value)

    def has_order(self, option: str) -> bool:
        """Whether the values of an option can be more or less."""
        return bool(self._scales.get(option))

    def quantity(self, value: str) -> Quantity | None:
        """A value as a number."""
        return self._read_quantity(value)

    def counts_in(self, option: str, dimension: str) -> bool:
        """Whether the values of an option are numbers of that dimension."""
        read = [self._read_quantity(value) for value in self.options[option] if not self.says_no(value)]
        return bool(read) and all(found is not None and found.dimension == dimension for found in read)

    def knows(self, key: str) -> frozenset[str]:
        """The options a word could be a value of, in other products: "purple" of a colour."""
        known = self._vocabulary.known
        return frozenset(name for name in self.options if key in known.get(name.casefold(), ()))

    def negative(self, option: str) -> str | None:
        """The value that says an option is not there: "none", "no", "not resistant"."""
        return next((value for value in self.options[option] if self.says_no(value)), None)

    def affirmative(self, option: str) -> str | None:
        """The value that says yes."""
        return next((value for value in self.options[option] if value.casefold() in self._yes), None)

    def answer(self, option: str, said: str) -> str | None:
        """The value that a yes or a no is, said beside the option's name."""
        value = next((value for value in self.options[option] if value.casefold() == said), None)
        return value if value and (self.says_no(value) or value == self.affirmative(option)) else None

    def says_no(self, value: str) -> bool:
        """Whether a value denies its option."""
        return value in self._denying

    def of_words(self, words: Sequence[str]) -> tuple[str, ...]:
        """The product's options among such names, in the order of `words`."""
        keys = {self._vocabulary.key(name): name for name in self.options}
        return tuple(keys[key] for key in dict.fromkeys(map(self._vocabulary.key, words)) if key in keys)

    # -- Building

    def _add(self, name: str, value: str) -> None:
        tokens = [token for token in self._vocabulary.tokens(value) if not token.is_sign]
        if value.casefold() in self._no | self._yes:
            return  # heard beside the option's name only
        self._exact.setdefault(joined(tokens), set()).add((name, value))
        if quantity := self._read_quantity(value):
            self._amounts.setdefault(quantity, set()).add((name, value))
        if len(tokens) > 1 and not self.says_no(value):
            for token in tokens:
                is_word = token.amount is None and len(token.key) > 1
                if is_word and token.word not in self._vocabulary.common | set(self._vocabulary.units):
                    self._parts.setdefault(token.key, set()).add((name, value))

    def _read_quantity(self, value: str) -> Quantity | None:
        if value not in self._quantities:
            self._quantities[value] = self._parsed(value)
        return self._quantities[value]

    def _parsed(self, value: str) -> Quantity | None:
        tokens = self._vocabulary.tokens(value)
        numbers = [token for token in tokens if token.amount is not None]
        if len(numbers) != 1 or not tokens or tokens[0] is not numbers[0]:
            return None
        unit = tokens[1].key if len(tokens) > 1 else ""
        return (
            _quantity(numbers[0], unit if unit in self._units else "")
            if len(tokens) == 1 or unit in self._units
            else None
        )

    def _named(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name in self.options:
            tokens = [token for token in self._vocabulary.tokens(name) if not token.is_sign]
            found.setdefault(joined(tokens), set()).add(name)
            if len(tokens) > 1:
                for token in tokens:
                    found.setdefault(token.key, set()).add(name)
        for said, meant in self._vocabulary.meanings["variant_names"].items():
            if said not in found:
                for name in self.options:
                    if self._vocabulary.key(name) in meant:
                        found.setdefault(said, set()).add(name)
        taken = {key for key in self._exact if key in found}
        return {key: frozenset(names) for key, names in found.items() if key not in taken}

    def _synonyms(self) -> dict[str, set[Value]]:
        found: dict[str, set[Value]] = {}
        for said, meant in self._vocabulary.meanings["variant_values"].items():
            if said in self._parts and not any(key in self._exact for key in meant):
                continue
            for key in meant:
                found.setdefault(said, set()).update(self._exact.get(key, ()))
        return {said: values for said, values in found.items() if values}

    def _close(self) -> dict[str, tuple[set[Value], bool]]:
        """Words that products are searched by: the first meaning is what was said, later ones come close to it."""
        found: dict[str, tuple[set[Value], bool]] = {}
        for phrase, senses in self._vocabulary.search.meanings.items():
            key = "".join(phrase)
            if key in self._exact or key in self._spoken or key in self._names:
                continue
            for place, sense in enumerate(senses):
                values = self._exact.get("".join(sense)) or self._spoken.get("".join(sense))
                if values and (key not in found or place == 0):
                    found[key] = values, place > 0
                    break
        return found

    def _repairable(self) -> Mapping[str, frozenset[object]]:
        """The words that can be misspelt, and what each of them can mean."""
        found: dict[str, set[object]] = {}
        for table in (self._exact, self._parts, self._spoken, self._names):
            for key, meant in table.items():
                found.setdefault(key, set()).update(meant)
        for name, values in self.options.items():
            for value in values:
                for token in self._vocabulary.tokens(value):
                    if token.word not in self._vocabulary.common:
                        found.setdefault(token.key, set()).add((name, value))
        return {
            key: frozenset(meant) for key, meant in found.items() if key.isalpha() and len(key) >= _SHORTEST_MENDED - 1
        }

    def _scale(self, values: Sequence[str]) -> Mapping[str, Decimal]:
        """The order of values: by a list, by number, by a letter and a number; what denies is the least."""
        told = [value for value in values if not self.says_no(value)]
        keys = {value: self._vocabulary.key(value) for value in told}
        for scale in self._vocabulary.scales:
            if len(told) > 1 and all(key in scale for key in keys.values()):
                found = {value: Decimal(scale.index(key)) for value, key in keys.items()}
                break
        else:
            found = {value: place for value in told if (place := self._place(value)) is not None}
            units = {value: self._dimension(value) for value in told}
            if len(found) < len(told) or len(set(units.values())) > 1 or len(told) < 2:
                return {}
        return {**found, **{value: Decimal(-1) for value in values if value not in found}}

    def _place(self, value: str) -> Decimal | None:
        if quantity := self._read_quantity(value):
            return quantity.amount
        tokens = self._vocabulary.tokens(value)
        first = next((token for token in tokens if any(sign.isdigit() for sign in token.word)), None)
        if first is None:
            return None
        return (
            first.amount
            if first.amount is not None
            else Decimal("".join(sign for sign in first.word if sign.isdigit()))
        )

    def _dimension(self, value: str) -> str:
        if quantity := self._read_quantity(value):
            return quantity.dimension
        return "".join(sign for sign in self._vocabulary.key(value) if sign.isalpha())

    # -- Reading

    def _quantity_at(self, tokens: Sequence[Token], place: int) -> Hit | None:
        token = tokens[place]
        if token.amount is None or len(token.word) > 6:
            return None
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        unit = following.key if following and not following.is_sign and following.key in self._units else ""
        quantity = _quantity(token, unit)
        size = 2 if unit else 1
        if values := self._amounts.get(quantity):
            return Hit(size, frozenset(values), quantity)
        if unit:
            bare = self._amounts.get(Quantity(quantity.amount, ""), set())
            named = self._names.get(unit, frozenset())  # "1000 pieces" where the option "pieces" has bare numbers
            if values := {found for found in bare if found[0] in named}:
                return Hit(size, frozenset(values), quantity)
            return Hit(size, quantity=quantity)
        values = {found for other, meant in self._amounts.items() if other.amount == token.amount for found in meant}
        return Hit(1, frozenset(values), quantity, sure=False)

    def _part_at(self, tokens: Sequence[Token], place: int) -> Hit | None:
        if values := self._parts.get(tokens[place].key):
            return None if tokens[place].key in self._names else Hit(1, frozenset(values))
        return None

    def _near_at(self, tokens: Sequence[Token], place: int) -> Hit | None:
        for size in (2, 1):
            run = tokens[place : place + size]
            if len(run) == size and not any(token.is_sign for token in run) and (found := self._near.get(joined(run))):
                return Hit(size, frozenset(found[0]), near=found[1])
        return None


def _quantity(token: Token, unit: str) -> Quantity:
    amount = token.amount or Decimal(0)
    dimension, factor = _FACTORS.get(unit, (unit, Decimal(1)))
    return Quantity(amount * factor, dimension)
