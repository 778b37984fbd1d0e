"""Takes into a swap what a customer says of the versions wanted. Decides nothing, and knows no rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.orders.models import OrderItem, Product
from bot.self_service.mentioning import without_number
from bot.self_service.notes import Note
from bot.self_service.reading.items import Line, read_items
from bot.self_service.reading.pieces import says_any
from bot.self_service.reading.swaps import read_swaps
from bot.self_service.reading.variants import VariantSaid, read_variant
from bot.self_service.request import Request, Slot
from bot.self_service.world import World


def with_versions(request: Request, text: str, world: World) -> tuple[Request, list[Note]]:
    """The request with the versions that `text` asks for, and what is to be told about those that are not there.

    Args:
        request: a swap, its order known.
    """
    notes: list[Note] = []
    text = without_number(text, request.number)
    for place, said in _wanted(request, text, world):
        request = _version(request, place, said, world, notes)
    if not notes and (other := _other_product(request, text, world)):
        notes.append(other)
    return request, notes


def _wanted(request: Request, text: str, world: World) -> list[tuple[int, str]]:
    """Which of the things is spoken of, by its place, and in which words."""
    if request.asked == Slot.VARIANT and request.about is not None:
        return [(request.about, text)]
    in_order = world.lines([str(request.number)])
    lines = in_order if len(in_order) == 1 else [line for line in in_order if line.position in request.picked]
    swaps = [swap for swap in read_swaps(text, lines, world.language) if swap.wanted]
    if swaps:
        return [(swap.line.position, swap.wanted) for swap in swaps]
    return [(line.position, text) for line in lines] if len(lines) == 1 or _is_for_all(text, lines, world) else []


def _is_for_all(text: str, lines: Sequence[Line], world: World) -> bool:
    return len(lines) > 1 and read_items(text, lines, world.language).everything


def _version(request: Request, place: int, said: str, world: World, notes: list[Note]) -> Request:
    item = world.by_number[str(request.number)].items[place]
    product = world.product_of(item)
    if product is None:
        return request
    # A correction ("in size 9") is about the version that was chosen already, not about the one that is given back.
    chosen = next((v for v in product.variants if v.id == request.wanted.get(place)), None)
    current = replace(item, item_id=chosen.id, options=chosen.options, price=chosen.price) if chosen else item
    variant = read_variant(said, current, product, world.language)
    if not variant.said:
        return request
    wanted = {at: new for at, new in request.wanted.items() if at != place}
    hints = {at: hint for at, hint in request.hints.items() if at != place}
    if variant.decided and variant.candidates:
        wanted[place] = variant.candidates[0].id
    elif variant.candidates and not variant.sold_out:
        hints[place] = " ".join(found.id for found in variant.candidates)
    if note := _note(variant, item):
        notes.append(note)
    return replace(request, wanted=wanted, hints=hints)


def _note(variant: VariantSaid, item: OrderItem) -> Note | None:
    if variant.decided and variant.candidates:
        return None
    if variant.sold_out:
        return Note("version_sold_out", {"item": item, "versions": variant.sold_out})
    if variant.missing:
        return Note("no_such_version", {"item": item, "missing": variant.missing})
    return None if variant.candidates else Note("no_fitting_version", {"item": item})


def _other_product(request: Request, text: str, world: World) -> Note | None:
    """A product by its name that is not the one to be swapped: it can only be another version of the same."""
    ours = {line.item.product_id for line in world.lines([str(request.number)])}
    known = {name for product in world.products.values() if product.id in ours for name in _names(product)}
    others = {name for product in world.products.values() if product.id not in ours for name in _names(product)}
    return Note("not_allowed_other_product") if says_any(text, sorted(others - known)) else None


def _names(product: Product) -> list[str]:
    """What a product is called: "Drizzle rain jacket", "rain jacket", "Drizzle"."""
    words = product.name.split()
    return [product.name, *((" ".join(words[-2:]), words[0]) if len(words) > 2 else ())]
