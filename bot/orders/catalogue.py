"""The products of a shop, searched in customers' words. Whatever it returns is in the catalogue; nothing is made up."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import structlog

from bot.orders.models import Product, Variant
from bot.orders.product_index import BY_THE_WAY, SAID, Entry, ProductIndex
from bot.orders.product_wish import Term, Wish, read_wish
from bot.orders.search_words import SearchVocabulary, SearchWords
from bot.orders.shop import Shop
from bot.orders.word_forms import Phrase, fold, stem, stems_of

log = structlog.get_logger()

OWN_FACTS = frozenset({"price", "options", "about"})  # told from the variants and the description
_LATER_SENSE = 0.8  # what something else can be called counts less than what it is called
_CLOTHES_SIZE = re.compile("x+[sl]|[sml]")
_KEPT = timedelta(minutes=1)
_AWAY = timedelta(seconds=10)


class Lack(StrEnum):
    """What keeps products from being just what was asked for."""

    WORDS = "words"  # they have some of it only
    PRICE = "price"  # they cost more, or less
    STOCK = "stock"  # they are sold out
    NEAR = "near"  # they are of a colour that comes close
    UNWANTED = "unwanted"  # all there is, is what was not wanted
    ALL = "all"  # there is nothing like it


@dataclass(frozen=True, slots=True)
class Hit:
    """A product that was found, and those of its variants that fit."""

    product: Product
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: `hits`, the best first, of `total`; and what they lack, if they do."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    lack: Lack | None = None


@dataclass(frozen=True, slots=True)
class _Match:
    entry: Entry
    score: float
    terms: frozenset[Term]
    variants: tuple[Variant, ...]


class Catalogue:
    """The products of a shop as they were a moment ago.

    Args:
        products: all of them, in the shop's order.
        vocabulary: what customers call things.
    """

    def __init__(self, products: Sequence[Product], vocabulary: SearchVocabulary) -> None:
        self.products = tuple(products)
        self._vocabulary = vocabulary
        self._index = ProductIndex(products)
        self._by_id = {entry.product.id: entry for entry in self._index.entries}

    def words(self, language: str) -> SearchWords:
        """What customers of that language say."""
        return self._vocabulary.words(language)

    def read(self, text: str, language: str) -> Wish:
        """What a sentence says about products."""
        return read_wish(text, self.words(language), self._index)

    def product(self, id_or_name: str) -> Product | None:
        """The product with that id or that name."""
        wanted = fold(id_or_name).strip()
        return next((p for p in self.products if p.id == id_or_name or fold(p.name) == wanted), None)

    def search(self, wish: Wish, most: int = 4) -> Found:
        """The products that fit a wish; where none does, the nearest, with what they lack."""
        matches, lack = self._matches(wish)
        if not matches:
            unwanted = wish.without and self.search(replace(wish, without=())).lack is not Lack.ALL
            return Found(lack=Lack.UNWANTED if unwanted else Lack.ALL)
        if wish.has_price:
            within = [m for m in matches if any(_costs(v, wish) for v in m.variants)]
            if not within:
                matches, lack = sorted(matches, key=lambda match: _distance(match, wish)), lack or Lack.PRICE
            else:
                fitting = [replace(m, variants=tuple(v for v in m.variants if _costs(v, wish))) for m in within]
                matches = fitting
        in_stock = [match for match in matches if any(variant.available for variant in match.variants)]
        matches, lack = (in_stock, lack) if in_stock else (matches, lack or Lack.STOCK)
        if wish.cheapest or wish.dearest:
            matches.sort(key=lambda match: min(v.price for v in match.variants), reverse=wish.dearest)
            matches.sort(key=lambda match: not self._has_that_very_word(match.entry, wish))
        return Found(tuple(Hit(m.entry.product, m.variants) for m in matches[:most]), len(matches), lack)

    def named(self, wish: Wish) -> tuple[Product, ...]:
        """Products called by a name of their own, in the order they are mentioned."""
        # "Is the Fellside coat imperméable": what is a fact in the first place may be a thing in the second only.
        things = [term for term in wish.terms if term.senses[0][-1] in self._index.kinds]
        found: dict[str, Product] = {}
        for term in wish.terms:
            product = self._index.named(term.senses[0][0]) if len(term.senses[0]) == 1 else None
            if product and all(self._says_what_it_is(self._by_id[product.id], thing) for thing in things):
                found[product.id] = product
        return tuple(found.values())

    def kinds(self, category: str | None = None) -> tuple[str, ...]:
        """The kinds of products, of one category or all; a kind of which there is more comes first."""
        of = [product.kind for product in self.products if category in (None, product.category)]
        return tuple(sorted(dict.fromkeys(of), key=lambda kind: -of.count(kind)))

    @property
    def categories(self) -> tuple[str, ...]:
        """The departments of the shop, in its order."""
        return tuple(dict.fromkeys(product.category for product in self.products))

    def belongs(self, product: Product, wish: Wish) -> bool:
        """Whether everything a wish says of what it is about fits a product: "the jacket" and a rain jacket."""
        entry = self._by_id.get(product.id)
        things = [term for term in wish.terms if self._is_thing(term)]
        return entry is not None and bool(things) and all(self._says_what_it_is(entry, term) for term in things)

    def speaks_of_things(self, wish: Wish) -> bool:
        """Whether a wish says what kind of thing it is about."""
        return any(self._is_thing(term) for term in wish.terms)

    def chosen(self, product: Product, wish: Wish) -> tuple[tuple[Variant, ...], tuple[str, ...]]:
        """The variants of a product that a wish speaks of, and the options it speaks of that the product has not."""
        entry = self._by_id.get(product.id) or ProductIndex([product]).entries[0]
        missing = [
            term.said
            for term in wish.terms
            if any(sense in self._index.option_values for sense in term.senses)
            and not _values(entry, term)
            and not any(entry.weight(sense) for sense in term.senses)
        ]
        missing += [term.said.upper() for term in wish.unknown if _CLOTHES_SIZE.fullmatch(term.said)]
        left = _Match(entry, 0.0, frozenset(), _fitting(entry, wish.terms, product))
        return self._left(left, wish).variants, (*missing, *wish.sizes)

    def only_near(self, product: Product, wish: Wish) -> tuple[str, ...]:
        """What is said of a product that it is not, but comes close to: black, of a charcoal coat."""
        entry = self._by_id.get(product.id)
        return tuple(term.said for term in wish.terms if entry and _is_near(entry, term))

    def speaks_of_options(self, product: Product, wish: Wish) -> bool:
        """Whether a wish names an option of a product: a colour, a size."""
        entry = self._by_id.get(product.id)
        return entry is not None and any(_values(entry, term) for term in (*wish.terms, *wish.without))

    def facts_asked(self, product: Product, wish: Wish) -> tuple[str, ...]:
        """The facts of a product that a wish asks for, as far as the catalogue has them."""
        entry = self._by_id.get(product.id)
        called = {*stems_of(product.name), *stems_of(product.kind)}
        by_name = [name for name in product.attributes if set(stems_of(name)) <= set(wish.stems) - called]
        by_value = [
            self._index.attribute_with(term.senses[0]) or ""
            for term in wish.terms
            if not (entry and _values(entry, term)) and not called & set(term.senses[0])
        ]
        asked = dict.fromkeys((*wish.facts, *by_name, *by_value))
        return tuple(name for name in asked if name in product.attributes)

    def without_facts(self, wish: Wish) -> Wish:
        """What a wish is about, without what it asks of it: of "is the kettle dishwasher safe", the kettle."""
        named = {word for product in self.products for word in stems_of(product.name)}
        kept = tuple(term for term in wish.terms if self._is_thing(term) or named & set(term.senses[0]))
        return replace(wish, terms=kept)

    def is_strange(self, product: Product, wish: Wish) -> bool:
        """Whether a wish has words that have nothing to do with a product, nor asks for a fact that it has."""
        entry = self._by_id.get(product.id)
        told = [name for name in wish.facts if name in product.attributes or name in OWN_FACTS]
        return bool(wish.terms) and not told and not any(entry and any(map(entry.weight, t.senses)) for t in wish.terms)

    def unanswered(self, product: Product, wish: Wish) -> bool:
        """Whether a wish asks something of a product that the catalogue does not say."""
        entry = self._by_id.get(product.id)
        asked = [name for name in wish.facts if name not in product.attributes and name not in OWN_FACTS]
        strange = [term for term in wish.terms if entry and not any(map(entry.weight, term.senses))]
        return bool(asked or wish.unknown or strange)

    def _matches(self, wish: Wish) -> tuple[list[_Match], Lack | None]:
        things = [term for term in wish.terms if self._is_thing(term)]
        if self._asks_for_something_unheard_of(wish, things):
            return [], Lack.ALL
        found = [match for entry in self._index.entries if (match := self._match(entry, wish))]
        if wish.without:
            wanted = [self._left(match, wish) for match in found if not self._is_unwanted(match.entry, wish)]
            found = [match for match in wanted if match.variants]
        for demanded in (things, things[-1:]):
            if kept := [m for m in found if all(self._says_what_it_is(m.entry, term) for term in demanded)]:
                break
        demanded_terms = [term for term in wish.terms if not term.is_number]
        most = max((self._weight(match.terms) for match in kept), default=0.0)
        if demanded_terms and not most:
            return [], Lack.ALL
        best = [match for match in kept if self._weight(match.terms) >= most - 1e-9]
        exact = [match for match in best if not any(_is_near(match.entry, term) for term in wish.terms)]
        best, near = exact or best, bool(best) and not exact
        best.sort(key=lambda match: -match.score)
        whole = all(term in best[0].terms for term in demanded_terms) and bool(best[0].variants) if best else False
        some = [m if m.variants else replace(m, variants=m.entry.product.variants) for m in best]
        # "Phone case": that something is said of cases makes it none.
        by_the_way = demanded_terms and not things and best and self._told(best[0], demanded_terms[-1], wish)
        if not whole or by_the_way or (wish.unknown and not things):
            return some, Lack.WORDS
        return some, Lack.NEAR if near else None

    def _left(self, match: _Match, wish: Wish) -> _Match:
        """The match without the variants that are not wanted."""
        unwanted = {(name, match.entry.values[name][s]) for t in wish.without for name, s in _values(match.entry, t)}
        kept = (v for v in match.variants if not unwanted & set(v.options.items()))
        return replace(match, variants=tuple(kept))

    def _is_unwanted(self, entry: Entry, wish: Wish) -> bool:
        """Whether a product is what is not wanted, in each of its variants."""
        return any(
            entry.is_a(sense) if sense[-1] in self._index.kinds else entry.weight(sense) >= SAID
            for term in wish.without
            if not _values(entry, term)
            for sense in term.exact
        )

    def _asks_for_something_unheard_of(self, wish: Wish, things: list[Term]) -> bool:
        if not wish.unknown:
            return False
        if things:  # "shoe rack": what follows the singular is what is meant, and nothing here is called so
            places = {term.place for term in wish.unknown}
            return self._compounds and any(
                not term.plural and term.place + len(term.said.split()) in places for term in things
            )
        known = self._weight(frozenset(wish.terms))
        return known <= sum(self._index.rarity((term.said,)) for term in wish.unknown)

    @property
    def _compounds(self) -> bool:
        return self._vocabulary.words("").compounds

    def _match(self, entry: Entry, wish: Wish) -> _Match | None:
        scores = {term: self._score(entry, term) for term in wish.terms}
        matched = frozenset(term for term, score in scores.items() if score)
        if wish.terms and not matched:
            return None
        return _Match(entry, sum(scores.values()), matched, _fitting(entry, wish.terms, entry.product))

    def _score(self, entry: Entry, term: Term) -> float:
        return max(
            self._index.rarity(sense) * entry.weight(sense) * (_LATER_SENSE if place else 1.0)
            for place, sense in enumerate(term.senses)
        )

    def _told(self, match: _Match, term: Term, wish: Wish) -> bool:
        """Whether a product only has to do with what is asked for: a bag for laptops is none."""
        weight = max(map(match.entry.weight, term.senses))
        return (weight < BY_THE_WAY and not wish.open_ended) or (weight <= BY_THE_WAY and term.wanted)

    def _weight(self, terms: frozenset[Term]) -> float:
        return sum(max(map(self._index.rarity, term.senses)) for term in terms if not term.is_number)

    def _says_what_it_is(self, entry: Entry, term: Term) -> bool:
        return any(
            entry.is_a(sense) if sense[-1] in self._index.kinds else entry.weight(sense) > 0 for sense in term.senses
        )

    def _has_that_very_word(self, entry: Entry, wish: Wish) -> bool:
        """Among coats and what else people call so, whether it is a coat; true where no kind is called by that word."""
        said = [term for term in wish.terms if self._is_thing(term) and term.senses[0][-1] in self._index.kinds]
        return all(entry.is_a(term.senses[0]) for term in said if " ".join(term.senses[0]) == stem(term.said))

    def _is_thing(self, term: Term) -> bool:
        return any(sense[-1] in self._index.kinds for sense in term.senses)


class CatalogueKeeper:
    """Keeps a shop's catalogue for a minute: a question is answered from what is known, stock is asked for anew.

    While the shop is away, the last one is used, however old it is: what a thing is made of does not change so soon.
    """

    def __init__(self, shop: Shop, vocabulary: SearchVocabulary, clock: Callable[[], datetime]) -> None:
        self._shop = shop
        self._vocabulary = vocabulary
        self._clock = clock
        self._kept: Catalogue | None = None
        self._fresh_until = datetime.min.replace(tzinfo=UTC)
        self._asking = False

    async def catalogue(self) -> Catalogue:
        """The catalogue, at most a minute old unless the shop is away.

        Raises:
            Exception: what the shop raised, where there is no older one.
        """
        # One asks; the others need not wait for a slow shop.
        if self._kept is None or (self._clock() >= self._fresh_until and not self._asking):
            self._asking = True
            try:
                self._kept = await self._renewed(self._kept)
            finally:
                self._asking = False
        return self._kept

    async def _renewed(self, kept: Catalogue | None) -> Catalogue:
        try:
            products = await self._shop.products()
        except Exception as error:
            if kept is None or not getattr(error, "retryable", False):
                raise
            log.warning("catalogue_stays", error=type(error).__name__)
            self._fresh_until = self._clock() + _AWAY  # or each question would wait for the shop
            return kept
        self._fresh_until = self._clock() + _KEPT
        return kept if kept and kept.products == products else Catalogue(products, self._vocabulary)


def _values(entry: Entry, term: Term) -> list[tuple[str, Phrase]]:
    """The options that are what is said; where there is none, those that come close."""
    found = [(name, sense) for name, values in entry.values.items() for sense in term.senses if sense in values]
    exact = [(name, sense) for name, sense in found if sense not in term.near]
    return exact or found


def _is_near(entry: Entry, term: Term) -> bool:
    return any(map(entry.weight, term.near)) and not any(map(entry.weight, term.exact))


def _fitting(entry: Entry, terms: Sequence[Term], product: Product) -> tuple[Variant, ...]:
    """The variants that have what is said of options; options the product has not are no hindrance."""
    wanted: dict[str, set[str]] = {}
    for term in terms:
        for name, sense in _values(entry, term):
            wanted.setdefault(name, set()).add(entry.values[name][sense])
    return tuple(
        variant
        for variant in product.variants
        if all(variant.options.get(name) in values for name, values in wanted.items())
    )


def _costs(variant: Variant, wish: Wish) -> bool:
    return (wish.lowest is None or variant.price >= wish.lowest) and (
        wish.highest is None or variant.price <= wish.highest
    )


def _distance(match: _Match, wish: Wish) -> float:
    bounds = [bound for bound in (wish.lowest, wish.highest) if bound is not None]
    return float(min(abs(variant.price - bound) for variant in match.variants for bound in bounds))
