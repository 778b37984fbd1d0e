"""Reads a delivery address: a new one in a messy line, or one of those the shop knows already; changes none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from bot.languages.requests import request_words, words_of_all_languages
from bot.orders.models import Address
from bot.orders.word_forms import fold
from bot.self_service.reading.address_lines import Parts, read_parts
from bot.self_service.reading.address_text import without_markup
from bot.self_service.reading.pieces import plain_text, says_any, words_in
from bot.self_service.reading.places import city_names, region_names, spoken_names

PROFILE, PREVIOUS = "profile", "previous"
NEEDED = ("line1", "city", "postcode")
_SHORT = 6  # words of an answer that is nothing but a place
_STREET_ALONE = re.compile(r"(?=.*[^\W\d_]{3})(?:\d+\w?,? [^\d?]{3,40}|[^\d?]{3,40} \d+\s?\w?)")
_CHANGING = frozenset({"change", "changing", "update", "modify", "ändern", "andern", "cambiar", "changer"})
_BEFORE = 3  # words in which a "from" or "not" takes a place back


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """An address the shop has. `key` is "profile", an order number, or "previous": as it was before a change."""

    key: str
    address: Address


@dataclass(frozen=True, slots=True)
class AddressSaid:
    """What a text says of an address.

    `address` is whole, new or known; `missing` names what a new one lacks, and `partial` is what it has. `known` are
    those that may be meant: one is a decision. `said` tells that there is talk of an address at all.
    """

    address: Address | None
    missing: tuple[str, ...]
    known: tuple[KnownAddress, ...]
    said: bool
    partial: Address | None


def read_address(
    text: str,
    known: Sequence[KnownAddress],
    language: str,
    *,
    so_far: Address | None = None,
    country: str = "",
) -> AddressSaid:
    """The address in `text`.

    Args:
        known: the customer's, whose places may be named ("my NYC address"). The same address twice counts once.
        so_far: what was read of a new one before, which this text may complete.
        country: ISO code of the likely country; left out, the one most of `known` are in.
    """
    text = without_markup(text)
    likely = country or _usual_country(known)
    cities = [one.address.city for one in known]
    parts = read_parts(text, cities, so_far.country if so_far and so_far.country else likely)
    short = len(words_in(text)) <= _SHORT
    new = bool(parts.line1) or (bool(parts.postcode) and (short or bool(parts.city)) and so_far is None)
    if not (parts.line1 and (parts.city or parts.postcode)):
        meant, named = _known_ones(text, known, language)
        if named and not (so_far is not None and _completes(so_far, parts, text, language)):
            address = meant[0].address if len(meant) == 1 else None
            return AddressSaid(address, (), meant, True, None)
    if so_far is not None:
        parts = _completed(so_far, parts, text)
        new = any(getattr(parts, name) != getattr(so_far, name) for name in (*NEEDED, "line2", "region"))
    at_home = not parts.line1 and so_far is None and says_any(text, request_words(language)["address_live"])
    if not new or at_home:  # "I live in Denver 80203" says who somebody is, not where to send it
        return AddressSaid(None, (), (), False, so_far)
    address = Address(**asdict(parts))
    missing = tuple(name for name in NEEDED if not getattr(parts, name))
    return AddressSaid(None if missing else address, missing, (), True, address if missing else None)


def _usual_country(known: Sequence[KnownAddress]) -> str:
    counted = Counter(one.address.country for one in known if one.address.country)
    return counted.most_common(1)[0][0] if counted else ""


def _completes(so_far: Address, parts: Parts, text: str, language: str) -> bool:
    """Whether a place that is named is the answer to what is missing, and not one of the known addresses."""
    words = request_words(language)
    referring = ("address_profile", "address_previous", "address_same_as", "address_words")
    lacks = not so_far.city or not so_far.postcode
    return lacks and bool(parts.city or parts.postcode) and not any(says_any(text, words[name]) for name in referring)


def _completed(so_far: Address, parts: Parts, text: str) -> Parts:
    """What was read before, with what this text adds. Asked for what is missing, a few words are that."""
    found = {name: value for name, value in asdict(parts).items() if value}
    bare = text.strip(" .,!")
    if not parts.line1 and not so_far.line1 and not parts.postcode and _STREET_ALONE.fullmatch(bare):
        return Parts(**{**asdict(so_far), "line1": bare})
    if not parts.line1:
        lead = set(words_in(" ".join(words_of_all_languages("address_lead"))))
        read = set(words_in(" ".join([*found.values(), *region_names(parts.region, "US"), *city_names(parts.city)])))
        if set(words_in(text)) - lead - read:  # a sentence about something else
            taken_back = bool(parts.city) and _denies(text, so_far.city)  # "not Leeds, York YO1 7HH"
            named = ("city", "region", "postcode") if taken_back else ("postcode",)
            found = {name: found[name] for name in named if name in found}
        elif so_far.city and not parts.postcode:
            found.pop("city", None)
    if so_far.country:
        found.pop("country", None)
    return Parts(**{**asdict(so_far), **found})


def _denies(text: str, city: str) -> bool:
    denied = [f"{word} {link} {city}" for word in words_of_all_languages("address_denied") for link in ("", "in", "to")]
    return bool(city) and says_any(text, denied)


def _known_ones(text: str, known: Sequence[KnownAddress], language: str) -> tuple[tuple[KnownAddress, ...], bool]:
    """Which of the known ones may be meant, each address once, and whether any is spoken of."""
    words = request_words(language)
    numbered = _by_number(text, known, language) or _of_other_order(text, known, language)
    if numbered:
        return _each_once(numbered), True
    if says_any(text, words["address_previous"]):
        return _each_once([one for one in known if one.key == PREVIOUS]), True
    placed = _each_once(_by_place(text, known, language))
    if says_any(text, words["address_profile"]):
        own = [one for one in known if one.key == PROFILE]
        return _each_once(own) or placed, True
    return placed, bool(placed)


def _each_once(found: Sequence[KnownAddress]) -> tuple[KnownAddress, ...]:
    by_address: dict[Address, KnownAddress] = {}
    for one in found:
        by_address.setdefault(one.address, one)
    return tuple(by_address.values())


def _by_number(text: str, known: Sequence[KnownAddress], language: str) -> list[KnownAddress]:
    """ "The same as order #W1234567": the known one of the number behind such words."""
    words, said = request_words(language), plain_text(text)
    before = set(words_in(" ".join(map(str, words["address_one_of_before"]))))
    small = "|".join(" ".join(words_in(str(word))) for word in (*words["order_words"], *words["order_between"]))
    for phrase in (*words["address_same_as"], *words["address_one_of"]):
        link = re.escape(" ".join(words_in(str(phrase))))
        for match in re.finditer(rf" {link} (?:(?:{small}|in|on|for|number) )*(\w+) ", said):
            # "change the address of #W1" names the order to be changed; "to the address of #W1" the address.
            leads = set(said[: match.start()].split()[-2:])
            found = [one for one in known if _same_number(one.key, match.group(1))]
            if found and (phrase in words["address_same_as"] or (leads & before and not leads & _CHANGING)):
                return found
    return []


def _of_other_order(text: str, known: Sequence[KnownAddress], language: str) -> list[KnownAddress]:
    """ "The address of my other order": those of orders; which of them is the other is not known here."""
    words = request_words(language)
    others = [f"{other} {order}" for other in words["order_other"] for order in words["order_words"]]
    links = [*words["address_same_as"], *words["address_one_of"]]
    if says_any(text, others) and says_any(text, links):
        return [one for one in known if one.key not in (PROFILE, PREVIOUS)]
    return []


def _same_number(key: str, word: str) -> bool:
    digits = re.sub(r"\D", "", key)
    return len(digits) >= len("1234") and re.sub(r"\D", "", word) == digits


def _by_place(text: str, known: Sequence[KnownAddress], language: str) -> list[KnownAddress]:
    """Those in a city, a state or a street that is named as the place to send something to."""
    words = request_words(language)
    about = says_any(text, words["address_words"]) or len(words_in(text)) <= _SHORT
    if not about:
        return []
    by_city = [
        one for one in known if any(_is_named(text, name, language) for name in _cities(one.address, text, language))
    ]
    if by_city:
        return by_city
    by_street = [one for one in known if _is_named(text, _street_name(one.address), language)]
    if by_street:
        return by_street
    return [one for one in known if any(_is_named(text, name, language) for name in _regions(one.address))]


def _cities(address: Address, text: str, language: str) -> frozenset[str]:
    return spoken_names(city_names(address.city), text, language)


def _regions(address: Address) -> Iterator[str]:
    # Two letters are too often a word: "in", "or", "me".
    yield from (name for name in region_names(address.region, address.country) if len(name) > len("NY"))


def _street_name(address: Address) -> str:
    return re.sub(r"^\s*\d+\w?\s+|\s+\d+\w?\s*$", "", address.line1)


def _is_named(text: str, name: str, language: str) -> bool:
    """Whether a place is named, and neither as where it comes from ("from Houston") nor as an order ("my LA order")."""
    words = request_words(language)
    said, place = words_in(fold(text)), words_in(name)
    denied = [words_in(str(word)) for word in words["address_not"]]
    orders = set(words_in(" ".join(map(str, words["order_words"]))))
    for at in range(len(said) - len(place) + 1) if place else ():
        before = f" {' '.join(said[max(0, at - _BEFORE) : at])} "
        after = said[at + len(place) : at + len(place) + 1]
        taken_back = any(f" {' '.join(phrase)} " in before for phrase in denied) and " to " not in before
        capital = place == ["washington"] and after[:1] in (["dc"], ["d"])  # and no state
        if said[at : at + len(place)] == place and not taken_back and not capital and not orders & set(after):
            return True
    return False
