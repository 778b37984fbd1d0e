"""Cards as formatted text: an order, a profile, a product, whatever has fields, items and a total; no pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.languages.languages import Labels
from channels.telegram.texts import Rich, cleaned, cleaned_line, joined, styled, web_address

Card = Mapping[str, Any]

_MARKS = {"good": "✅", "info": "🔹", "warn": "⏳", "bad": "❌"}
_MARKS_OF_ORDERS = {"info": "📦", "warn": "🔄"}  # being packed; to be returned or exchanged
_ON_ITS_WAY = "🚚"
_CHANGE = " → "  # what it was and what it will be


def card_text(card: Card, words: Labels, base_url: str, *, apart: str = "\n\n") -> Rich:
    """One card; `apart` stands between its head, its fields and its items.

    Where it is one product of several (they stand close), its name leads to its page: the same line below each of them
    would be most of the message.

    Args:
        words: labels in the customer's language.
        base_url: what addresses without a host are of.
    """
    page = _page(card, base_url) if card.get("kind") == "product" and apart == "\n" else None
    if page is not None:
        card = {**card, "fields": [field for field in _rows(card, "fields") if _address(field, base_url) != page]}
    head = joined(_head(card, words, page), "\n")
    fields = joined((_field(field, card, words, base_url) for field in _rows(card, "fields")), "\n")
    total = cleaned_line(card.get("total"))
    items = joined((_item(item, card) for item in _rows(card, "items")), "\n")
    summed = styled(f"{words.say('total')}: {total}", "bold") if total else Rich("")
    if card.get("kind") == "product":  # what it can be had in, and its price, before what else there is to say of it
        return joined((joined((head, items, summed), "\n"), fields), apart)
    return joined((head, fields, joined((items, summed), "\n")), apart)


def _head(card: Card, words: Labels, page: str | None) -> Iterator[Rich]:
    title = cleaned_line(card.get("title"))
    yield styled(title, "bold") if page is None else styled(title, "text_link", page)
    yield styled(cleaned_line(card.get("subtitle")), "italic")
    badge = card.get("badge") or {}
    if text := cleaned_line(badge.get("text")):
        on_its_way = card.get("kind") == "order" and text == words.say("status_shipped")
        yield Rich(f"{_ON_ITS_WAY if on_its_way else _mark(card, str(badge.get('tone')))} {text}")


def _mark(card: Card, tone: str) -> str:
    """A sign in the badge's tone; of orders under way one that says how far they are."""
    if card.get("kind") != "order":
        return _MARKS.get(tone, _MARKS["info"])
    if tone == "info" and any(field.get("href") for field in _rows(card, "fields")):
        return _ON_ITS_WAY  # it can be tracked
    return _MARKS_OF_ORDERS.get(tone) or _MARKS.get(tone, _MARKS_OF_ORDERS["info"])


def _field(field: Card, card: Card, words: Labels, base_url: str) -> Rich:
    label, value = cleaned_line(field.get("label")), cleaned(field.get("value"))
    if card.get("kind") == "article" and label != words.say("help_centre"):  # one of several that come close
        return Rich("• ") + joined((_linked(field, value, base_url), styled(label, "italic")), " · ")
    return Rich(f"{label}: " if label and value else label) + _linked(field, value, base_url)


def _linked(field: Card, value: str, base_url: str) -> Rich:
    """What a field says, as the link that it is."""
    href = str(field.get("href") or "")
    if not href or not value:
        return Rich(value)
    address = _whole(href, base_url)
    if link := web_address(address):
        return styled(value, "text_link", link)
    written = cleaned_line(address) if address.startswith(("http://", "https://")) else ""
    return Rich(f"{value} ({written})" if written else value)


def _page(card: Card, base_url: str) -> str | None:
    """Where the one link of a card leads, if it can be one."""
    addresses = [found for field in _rows(card, "fields") if (found := _address(field, base_url))]
    return addresses[0] if len(addresses) == 1 and cleaned_line(card.get("title")) else None


def _address(field: Card, base_url: str) -> str | None:
    return web_address(_whole(str(field.get("href") or ""), base_url))


def _whole(href: str, base_url: str) -> str:
    """An address with its host."""
    return base_url.rstrip("/") + href if href.startswith("/") and not href.startswith("//") else href


def _item(item: Card, card: Card) -> Rich:
    """A product's own line stands alone; those of an order, or of what will be done, are a list."""
    listed = card.get("kind") != "product"
    title, price = cleaned_line(item.get("title")), cleaned_line(item.get("price"))
    line = joined((Rich(title), styled(price, "bold")), " · ")
    if listed and line:
        line = Rich("• ") + line
    detail = _detail(cleaned_line(item.get("detail")))
    return joined((line, Rich("   ") + detail if detail else detail), "\n")


def _detail(detail: str) -> Rich:
    old, arrow, new = detail.partition(_CHANGE)
    if not arrow or not old or not new:
        return styled(detail, "italic")
    return styled(old, "strikethrough") + Rich(_CHANGE) + styled(new, "bold")


def _rows(card: Card, name: str) -> list[Card]:
    return [row for row in card.get(name) or () if isinstance(row, Mapping)]
