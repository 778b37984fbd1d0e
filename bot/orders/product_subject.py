"""Which product a customer speaks of: one they name, the one shown last, or two to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.orders.catalogue import Catalogue, Lack
from bot.orders.models import Product
from bot.orders.product_wish import Wish
from bot.orders.word_forms import Phrase, words_of

_COMPARED = 2


def subject(catalogue: Catalogue, wish: Wish, current: Product | None) -> Product | None:
    """The one product that `wish` is about; None where it is a search, or says nothing.

    Args:
        current: the product shown last: "and in blue?", "how much is it?" are about that one.
    """
    named = catalogue.named(wish)
    if len(named) == 1:
        return named[0]
    if named or wish.open_ended or wish.has_price or wish.cheapest or wish.dearest:
        return None
    if wish.without and catalogue.speaks_of_things(wish) and not wish.facts:
        return None  # "kettles that are not black" looks for some, also where there is one kettle only
    if catalogue.speaks_of_things(wish):
        if current and wish.points and catalogue.belongs(current, wish):
            return current
        asks = wish.facts or wish.points or wish.in_stock
        return _only(catalogue, wish) or (_only(catalogue, catalogue.without_facts(wish)) if asks else None)
    return current if current and _follows(catalogue, wish, current) else None


def is_plain(catalogue: Catalogue, wish: Wish, current: Product | None) -> bool:
    """Whether a sentence is about products beyond doubt, whatever else it was taken for.

    It names one, says what kind of thing is wanted and is found whole, or goes on about the product shown last; and
    there is no word in it that the catalogue does not know.
    """
    if wish.unknown or not (wish.terms or wish.facts):
        return False
    if catalogue.named(wish):
        return True
    if catalogue.speaks_of_things(wish):
        return catalogue.search(wish).lack in (None, Lack.PRICE, Lack.STOCK)
    return current is not None and subject(catalogue, wish, current) is current


def compared(
    catalogue: Catalogue, text: str, language: str, current: Product | None, shown: Sequence[Product]
) -> tuple[Product, Product] | None:
    """The two products that are to be compared; None where nothing is to be.

    Args:
        current: the product shown last, for "how does it differ from the Thrush jacket?".
        shown: the products of the last list, the first two of which "the two" and "them" are.
    """
    whole = catalogue.read(text, language)
    parts = _parts(words_of(text), catalogue.words(language).phrases["compare_between"])
    wishes = [catalogue.read(" ".join(part), language) for part in parts]
    things = tuple(term for term in whole.terms if catalogue.speaks_of_things(replace(whole, terms=(term,))))
    found = {product.id: product for product in catalogue.named(whole)}
    if len(found) < _COMPARED:
        for wish in wishes:
            alone = replace(wish, open_ended=False, in_stock=False, facts=())
            if wish.terms and not catalogue.speaks_of_things(wish):  # "the linen or the percale duvet"
                alone = replace(alone, terms=(*alone.terms, *things))
            if product := subject(catalogue, alone, None):
                found[product.id] = product
    products = list(found.values())
    if whole.compares and len(products) == 1 and current and current.id not in found:
        products.insert(0, current)
    if whole.compares and not whole.terms and len(shown) >= _COMPARED:
        products = list(shown)
    if len(products) < _COMPARED or not (whole.compares or whole.chooses):
        return None
    return products[0], products[1]


def _only(catalogue: Catalogue, wish: Wish) -> Product | None:
    found = catalogue.search(wish)
    return found.hits[0].product if found.total == 1 and found.lack in (None, Lack.STOCK) else None


def _follows(catalogue: Catalogue, wish: Wish, current: Product) -> bool:
    """Whether a wish that names no thing goes on about the product shown last."""
    if wish.facts and not wish.refers and catalogue.is_strange(current, wish):
        return False  # "do you have vegan leather" is not about the pan
    if wish.facts or wish.in_stock or catalogue.speaks_of_options(current, wish):
        return True
    _, missing = catalogue.chosen(current, wish)
    return bool(missing) or (wish.points and bool(wish.terms or wish.unknown))


def _parts(words: Phrase, between: tuple[Phrase, ...]) -> list[Phrase]:
    marks = {phrase[0] for phrase in between if len(phrase) == 1}
    parts: list[list[str]] = [[]]
    for word in words:
        if word in marks:
            parts.append([])
        else:
            parts[-1].append(word)
    return [tuple(part) for part in parts if part]
