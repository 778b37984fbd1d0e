"""What the products of a catalogue are found by, word by word; built once for a catalogue, decides nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.orders.models import Product
from bot.orders.word_forms import Phrase, stems_of

_KIND, _NAME, _KEYWORD, _OPTION, _ATTRIBUTE, _CATEGORY, _DESCRIPTION = 4.0, 4.0, 3.0, 3.0, 2.0, 2.0, 1.0
SAID = _ATTRIBUTE  # what weighs less stands in the description only
BY_THE_WAY = _KEYWORD  # what weighs less is said of a product, but is not what it is
_NAME_STARTS_A_BRAND = 4  # letters of the shortest word that can name a product by itself
_NO, _YES = ("no", "none", "not"), ("yes",)


@dataclass(frozen=True, slots=True)
class Entry:
    """One product's words. `weights` say how much each tells; `things` are those that say what it is."""

    product: Product
    weights: dict[str, float]
    things: frozenset[str]
    values: dict[str, dict[Phrase, str]]  # option → value as stems → value

    def weight(self, phrase: Phrase) -> float:
        """How much it tells that the product has all words of `phrase`; 0 when it has not."""
        return min((self.weights.get(word, 0.0) for word in phrase), default=0.0)

    def is_a(self, phrase: Phrase) -> bool:
        """Whether the words of `phrase` say what the product is."""
        return bool(phrase) and all(word in self.weights for word in phrase) and phrase[-1] in self.things


class ProductIndex:
    """The words of all products."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.entries = tuple(_entry(product) for product in products)
        counted = Counter(word for entry in self.entries for word in entry.weights)
        self.kinds = frozenset(word for entry in self.entries for word in _thing_words(entry.product))
        self.option_values = frozenset(
            phrase for entry in self.entries for values in entry.values.values() for phrase in values
        )
        self.longest_value = max((len(phrase) for phrase in self.option_values), default=1)
        self._rarity = {word: math.log(1 + len(self.entries) / count) for word, count in counted.items()}
        self._names = {
            word: entry.product
            for entry in self.entries
            for word in stems_of(entry.product.name)[:-1]
            if counted[word] == 1 and len(word) >= _NAME_STARTS_A_BRAND
        }
        self._attributes: dict[str, Counter[str]] = {}
        for entry in self.entries:
            for name, value in entry.product.attributes.items():
                for word in {*stems_of(name), *stems_of(value)}:
                    self._attributes.setdefault(word, Counter())[name] += 1

    def __contains__(self, word: str) -> bool:
        return word in self._rarity

    @property
    def vocabulary(self) -> Iterable[str]:
        """Every word a product can be found by."""
        return self._rarity

    def rarity(self, phrase: Phrase) -> float:
        """How few products have the rarest word of `phrase`; a word none has is the rarest."""
        unheard = math.log(1 + len(self.entries))
        return max((self._rarity.get(word, unheard) for word in phrase), default=unheard)

    def named(self, word: str) -> Product | None:
        """The one product in whose name `word` stands and which nothing else is called by."""
        return self._names.get(word)

    def attribute_with(self, phrase: Phrase) -> str | None:
        """The fact that speaks most of `phrase`, anywhere in the catalogue: "leather" is about material."""
        spoken = self._attributes.get(phrase[-1]) if phrase else None
        return spoken.most_common(1)[0][0] if spoken else None


def says_no(value: str) -> bool:
    """Whether a fact denies what it is called: "no, hand wash only"."""
    return stems_of(value)[:1] in tuple((word,) for word in _NO)


def _entry(product: Product) -> Entry:
    weights: dict[str, float] = {}

    def add(text: str, weight: float) -> None:
        for word in stems_of(text):
            weights[word] = max(weight, weights.get(word, 0.0))

    add(product.kind, _KIND)
    add(product.name, _NAME)
    add(product.category, _CATEGORY)
    add(product.description, _DESCRIPTION)
    for keyword in product.keywords:
        add(keyword, _KEYWORD)
    for name, value in product.attributes.items():
        if not says_no(value):
            add(value, _ATTRIBUTE)
            if stems_of(value)[:1] == _YES:
                add(name, _ATTRIBUTE)
    values = {name: {stems_of(value): value for value in found} for name, found in product.options.items()}
    for found in product.options.values():
        for value in found:
            add(value, _OPTION)
    things = {word for text in (product.name, *product.keywords) for word in stems_of(text)}
    return Entry(product, weights, frozenset(things | _thing_words(product)), values)


def _thing_words(product: Product) -> frozenset[str]:
    head = stems_of(product.name.partition(",")[0])[-1:]  # "tote" of "Everyday canvas tote"
    return frozenset((*stems_of(product.kind), *stems_of(product.category), *head))
