"""Which version of a product a customer means; what was said decides, never a guess where two would do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.orders.models import OrderItem, Product, Variant
from bot.self_service.reading.asked import Asked, Step
from bot.self_service.reading.choices import Choices
from bot.self_service.reading.gathering import gather
from bot.self_service.reading.marks import find_marks
from bot.self_service.reading.swaps import Swap, read_swaps
from bot.self_service.reading.tokens import LONGEST
from bot.self_service.reading.vocabulary import vocabulary_of

__all__ = ["Swap", "VariantSaid", "read_swaps", "read_variant"]
_ID = re.compile(r"\w[\w-]*\w|\w")


@dataclass(frozen=True, slots=True)
class VariantSaid:
    """What was said of a version.

    `candidates` are available variants that fit, the nearest to the current one first; when it is `decided` there is
    one. `said` tells whether the text speaks of a version at all. `missing` is what was asked for and no available
    variant has, in the customer's words; it is empty when only the combination is not there. `sold_out` would fit and
    are not available.
    """

    candidates: tuple[Variant, ...] = ()
    decided: bool = False
    said: bool = False
    missing: tuple[str, ...] = ()
    sold_out: tuple[Variant, ...] = ()


def read_variant(text: str, current: OrderItem, product: Product, language: str) -> VariantSaid:
    """The version of `product` that a text asks for in place of `current`."""
    if named := _by_id(text, current, product):
        return named
    text = _ID.sub(lambda word: "" if word.group().casefold() == current.item_id.casefold() else word.group(), text)
    vocabulary = vocabulary_of(language)
    choices = Choices({**{name: (value,) for name, value in current.options.items()}, **product.options}, vocabulary)
    marks = find_marks(text, choices, vocabulary, (product.name, current.name))
    asked = gather(marks, choices, vocabulary, current.options)
    return _Choosing(asked, choices, current, product).answer()


def _by_id(text: str, current: OrderItem, product: Product) -> VariantSaid | None:
    words = {word.casefold() for word in _ID.findall(text[:LONGEST])}
    named = [variant for variant in product.variants if variant.id.casefold() in words]
    others = [variant for variant in named if variant.id != current.item_id]  # its own says which thing is meant
    if not others:
        return None
    there = tuple(variant for variant in others if variant.available)
    gone = tuple(variant for variant in others if not variant.available)
    return VariantSaid(there, decided=len(others) == 1 and bool(there), said=True, sold_out=gone)


@dataclass(frozen=True, slots=True)
class _Choosing:
    asked: Asked
    choices: Choices
    current: OrderItem
    product: Product

    def answer(self) -> VariantSaid:
        asked = self.asked
        if not asked.is_different:
            return self._same() if asked.same_item else VariantSaid()
        if self._only_describes_the_current():
            return VariantSaid()
        fitting = [variant for variant in self.product.variants if self._fits(variant)]
        available = self._superlative([variant for variant in fitting if variant.available])
        gone = [variant for variant in fitting if not variant.available and variant.id != self.current.item_id]
        missing = self._missing()
        if not available:
            return VariantSaid((), False, True, missing, tuple(self._sorted(gone)))
        best, settled = self._best(available)
        nearer = [variant for variant in self._sorted(gone) if self._changes(variant) < self._changes(best[0])]
        decided = settled and not (nearer and self._changes(best[0])) and not asked.near
        candidates = tuple(best[:1]) if decided else tuple(self._sorted(available))
        missing = missing + tuple(asked.near)
        return VariantSaid(candidates, decided, True, missing, tuple(nearer if decided else self._sorted(gone)))

    def _same(self) -> VariantSaid:
        own = tuple(variant for variant in self.product.variants if variant.id == self.current.item_id)
        if own and own[0].available:
            return VariantSaid(own, decided=True, said=True)
        return VariantSaid(said=True, sold_out=own)

    def _only_describes_the_current(self) -> bool:
        asked, mine = self.asked, self.current.options
        if asked.liked or asked.unwanted or asked.steps or asked.most or asked.bounds or asked.price or asked.dearer:
            return False
        plain = all(ranks == [{mine.get(option)}] for option, ranks in asked.wanted.items())
        return plain and all(any(mine.get(option) == value for option, value in one) for one in asked.unclear)

    # -- What fits

    def _fits(self, variant: Variant) -> bool:
        asked, options, mine = self.asked, variant.options, self.current.options
        may_be_current = asked.price or asked.most
        if variant.id == self.current.item_id and not may_be_current:
            return False
        return (
            all(any(options.get(option) in rank for rank in ranks) for option, ranks in asked.wanted.items())
            and all(options.get(option) not in values for option, values in asked.unwanted.items())
            and all(any(options.get(option) == value for option, value in one) for one in asked.unclear)
            and all(options.get(option) == mine.get(option) for option in self._kept)
            and all(self._is_step(option, step, options.get(option, "")) for option, step in asked.steps.items())
            and all(self._is_within(option, options.get(option, "")) for option in asked.bounds)
            and (not asked.dearer or (variant.price - self.current.price) * asked.dearer > 0)
        )

    @property
    def _kept(self) -> frozenset[str]:
        kept = self.asked.kept - self.asked.named
        if self.asked.rest == "same":
            kept |= {option for option in self.current.options if option not in self.asked.named}
        return frozenset(kept)

    @property
    def _unsaid(self) -> frozenset[str]:
        """Options of which nothing was said: they stay as they are where that is possible."""
        if self.asked.rest == "free" or (self.asked.price and not self.asked.rest):
            return frozenset()
        return frozenset(self.current.options) - self.asked.named

    def _is_step(self, option: str, step: Step, value: str) -> bool:
        mine = self.choices.order(option, self.current.options.get(option, ""))
        order = self.choices.order(option, value)
        if mine is None or order is None:
            return False
        if step.amount is not None:
            return order == mine + step.sign * step.amount
        if not step.one:
            return (order - mine) * step.sign > 0
        further = [
            found for other in self.choices.options[option] if (found := self.choices.order(option, other)) is not None
        ]
        beyond = [found for found in further if (found - mine) * step.sign > 0]
        return bool(beyond) and order == (min(beyond) if step.sign > 0 else max(beyond))

    def _is_within(self, option: str, value: str) -> bool:
        least, most = self.asked.bounds[option]
        order = self.choices.order(option, value)
        return order is not None and (least is None or order >= least) and (most is None or order <= most)

    def _superlative(self, variants: list[Variant]) -> list[Variant]:
        for option, sign in self.asked.most.items():
            orders = {variant.id: self.choices.order(option, variant.options.get(option, "")) for variant in variants}
            measured = {key: order * sign for key, order in orders.items() if order is not None}
            variants = [variant for variant in variants if measured.get(variant.id) == max(measured.values())]
        if self.asked.price:
            foremost = max((variant.price * self.asked.price for variant in variants), default=None)
            variants = [variant for variant in variants if variant.price * self.asked.price == foremost]
        return variants

    # -- Which of them

    def _best(self, variants: Sequence[Variant]) -> tuple[list[Variant], bool]:
        """The nearest first, and whether that one is meant beyond doubt."""
        ordered = self._sorted(variants)
        if len(variants) == 1:
            return ordered, True
        if self.asked.unclear:
            return ordered, False
        keeping = [variant for variant in ordered if not self._changes(variant)]
        if not keeping:
            return ordered, False
        first = [variant for variant in keeping if self._rank(variant) == self._rank(keeping[0])]
        return [*first, *(variant for variant in ordered if variant not in first)], len(first) == 1

    def _sorted(self, variants: Sequence[Variant]) -> list[Variant]:
        return sorted(
            variants, key=lambda variant: (self._changes(variant), self._rank(variant), self._distance(variant))
        )

    def _changes(self, variant: Variant) -> int:
        mine = self.current.options
        return sum(variant.options.get(option) != mine.get(option) for option in self._unsaid)

    def _rank(self, variant: Variant) -> tuple[int, ...]:
        ranks = [(option, found) for table in (self.asked.wanted, self.asked.liked) for option, found in table.items()]
        return tuple(
            next((place for place, rank in enumerate(found) if variant.options.get(option) in rank), len(found))
            for option, found in ranks
        )

    def _distance(self, variant: Variant) -> tuple[int, Decimal, Decimal]:
        mine = self.current.options
        differing = sum(variant.options.get(option) != value for option, value in mine.items())
        steps = sum((self._gap(option, variant) for option in {*self.asked.steps, *self.asked.bounds}), Decimal(0))
        return differing, steps, abs(variant.price - self.current.price)

    def _gap(self, option: str, variant: Variant) -> Decimal:
        mine = self.choices.order(option, self.current.options.get(option, ""))
        order = self.choices.order(option, variant.options.get(option, ""))
        return abs(order - mine) if order is not None and mine is not None else Decimal(0)

    def _missing(self) -> tuple[str, ...]:
        """What was asked for and no available variant has."""
        there = {
            (option, value)
            for variant in self.product.variants
            if variant.available
            for option, value in variant.options.items()
        }
        said: dict[str, None] = {}
        for option, ranks in self.asked.wanted.items():
            for value in (value for rank in ranks for value in sorted(rank)):
                if (option, value) not in there and (option, value) in self.asked.words:
                    said[self.asked.words[option, value]] = None
        for one in self.asked.unclear:
            if not one & there:
                said.update({self.asked.words[value]: None for value in sorted(one)})
        return tuple(said)
