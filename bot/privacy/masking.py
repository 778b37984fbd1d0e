"""Hides what tells who somebody is from a text that others read: addresses, numbers, names; changes nothing stored.

Rather too much than too little: a run of seven digits is hidden whatever it was. What is left stays readable, since
each thing hidden leaves its kind behind: "[e-mail]", "[order number]".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import phonenumbers

from bot.privacy.masked_shapes import (
    ADDRESSES,
    ALSO_WORDS,
    CARD,
    CODES,
    EMAIL,
    IBAN,
    KINDS,
    LEFT_ALONE,
    LINK,
    NUMBER,
    PHONE,
    PLACEHOLDER,
    POSTCODES,
    REFERENCES,
    TOKENS,
    UK_AREAS,
    UK_POSTCODE,
)

ORDER_NUMBER = r"#?\s*[Ww]\s*\d{7}"  # of `settings.order_number_pattern`, where none is given
_HOME_REGIONS = ("GB", "DE", "FR", "ES", "US", "IT", "NL", "AT", "CH", "BE", "IE", "PT", "PL")
_WITHOUT_TRUNK = {"ES": 9, "US": 10, "IT": 10, "PT": 9, "PL": 9}  # national numbers that begin with no 0: their length

Step = Callable[[str], str]


def mask(text: str, *, known: Sequence[str] = (), order_number: str = ORDER_NUMBER) -> str:
    """The text without what tells who somebody is; the same again when it is masked again. Never raises.

    Args:
        known: names of the customer, whole ("Mei Halasz") or in part.
        order_number: regular expression of the shop's order numbers (`settings.order_number_pattern`).
    """
    names = _names(tuple(known))
    # What was hidden may have stood in the way of its neighbour: again, until nothing is found.
    while (masked := _once(text, names, order_number)) != text:
        text = masked
    return text


def mask_value(name: str, value: Any, *, known: Sequence[str] = (), order_number: str = ORDER_NUMBER) -> Any:
    """A slot's or an entity's value without what tells who somebody is; lists and mappings part by part.

    Args:
        name: of the slot or entity: that of an address or a name is hidden whatever it holds.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {
            str(key): mask_value(str(key), part, known=known, order_number=order_number) for key, part in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [mask_value(name, part, known=known, order_number=order_number) for part in value]
    if (kind := _kind_of(name)) is not None:
        return f"[{kind}]"
    masked = mask(str(value), known=known, order_number=order_number)
    return value if masked == str(value) else masked


def _kind_of(name: str) -> str | None:
    plain = name.casefold()
    return next((kind for kind, pattern in KINDS.items() if pattern.search(plain)), None)


def _once(text: str, names: tuple[tuple[str, bool], ...], order_number: str) -> str:
    if _MAY_BE_LINK.search(text):
        text = _outside(text, _LINKS)
    if _AT.search(text):
        text = _outside(text, _EMAILS)
    if _DIGIT.search(text):
        for step in (_ibans, _order_numbers(order_number), *_OF_DIGITS):
            text = _outside(text, step)
    return _without_names(text, names) if names else text


def _outside(text: str, step: Step) -> str:
    """The text with `step` done to all between what is hidden already, and between dates and prices."""
    if not text or text.isspace():
        return text
    parts, at = [], 0
    for match in LEFT_ALONE.finditer(text):
        parts += [step(text[at : match.start()]), match.group()]
        at = match.end()
    return "".join((*parts, step(text[at:])))


def _replacing(kind: str, *expressions: re.Pattern[str]) -> Step:
    def step(text: str) -> str:
        for expression in expressions:
            text = expression.sub(hidden, text)
        return text

    def hidden(match: re.Match[str]) -> str:
        found = match.group()  # a pattern of the shop's may begin with spaces
        return found[: len(found) - len(found.lstrip())] + f"[{kind}]" + found[len(found.rstrip()) :]

    return step


@lru_cache(maxsize=16)
def _order_numbers(pattern: str) -> Step:
    try:
        exact = re.compile(rf"(?<![\w@.])(?:{pattern})(?!\w)")
    except re.error:  # the settings refuse such a pattern; whoever passes one is not to see numbers for it
        exact = re.compile(r"(?!)")
    return _replacing("order number", exact, *REFERENCES)


def _ibans(text: str) -> str:
    parts, at = [], 0
    for match in IBAN.finditer(text):
        if match.start() < at:
            continue
        end = next((end for end in _ends(match) if _is_iban(text[match.start() : end])), None)
        if end is not None:
            parts += [text[at : match.start()], "[IBAN]"]
            at = end
    return "".join((*parts, text[at:]))


def _ends(match: re.Match[str]) -> Iterator[int]:
    """Where it may end, from the longest: the words after it look as if they were part of it."""
    found = match.group()
    for length in range(len(found), 14, -1):
        if found[length - 1].isalnum() and (length == len(found) or not found[length].isalnum()):
            yield match.start() + length


def _is_iban(text: str) -> bool:
    plain = re.sub(r"[\s\-]", "", text).upper()
    if not 15 <= len(plain) <= 34 or not (plain.isascii() and plain.isalnum()):
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def _cards(text: str) -> str:
    return CARD.sub(lambda match: "[card]" if _is_card(match.group()) else match.group(), text)


def _is_card(text: str) -> bool:
    digits = [int(character) for character in reversed(_digits(text))]
    if not 13 <= len(digits) <= 19 or not any(digits):
        return False
    return sum(sum(divmod(digit * 2, 10)) if at % 2 else digit for at, digit in enumerate(digits)) % 10 == 0


def _phones(text: str) -> str:
    return PHONE.sub(lambda match: _phone(match.group()), text)


def _phone(found: str) -> str:
    digits = _digits(found)
    international = found.lstrip("( ").startswith(("+", "00"))
    if international and 7 <= len(digits) <= 17:
        return "[phone]"
    if 7 <= len(digits) <= 15 and any(_is_home(found, digits, region) for region in _HOME_REGIONS):
        return "[phone]"
    return found


def _is_home(found: str, digits: str, region: str) -> bool:
    """Whether it is a number as people of that country write it at home."""
    if not digits.startswith("0") and len(digits) != _WITHOUT_TRUNK.get(region):
        return False
    # "38 40 42 44 46": sizes. A number in pairs begins with a 0, or has few groups.
    if not digits.startswith("0") and len(re.findall(r"\d+", found)) > 4:
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False


def _uk_postcodes(text: str) -> str:
    return UK_POSTCODE.sub(
        lambda match: "[postcode]" if match.group("area").upper() in UK_AREAS else match.group(), text
    )


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(character)) for character in text if character.isdecimal())


# -- names ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _names(known: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """(as compared, whether only with a capital), the longest first."""
    found: dict[str, bool] = {}
    for name in known:
        whole = _folded(" ".join(str(name).split()))
        if len(whole) < 2 or not any(map(str.isalpha, whole)):
            continue
        found[whole] = whole in ALSO_WORDS
        for part in re.findall(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*", whole):
            if len(part) > 2 or (len(part) == 2 and len(whole.split()) == 1):
                found.setdefault(part, part in ALSO_WORDS or len(part) < 4)
    return tuple(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))


def _without_names(text: str, names: tuple[tuple[str, bool], ...]) -> str:
    for name, with_capital in names:
        plain, parts, at = _folded(text), [], 0
        hidden = [placeholder.span() for placeholder in PLACEHOLDER.finditer(text)]
        for match in _expression(name).finditer(plain):
            if any(start < match.end() and match.start() < end for start, end in hidden):
                continue
            if with_capital and not text[match.start()].isupper():
                continue
            parts += [text[at : match.start()], "[name]"]
            at = match.end()
        text = "".join((*parts, text[at:]))
    return text


@lru_cache(maxsize=1024)
def _expression(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name).replace(chr(92) + ' ', chr(92) + 's+')}(?!\w)")


def _folded(text: str) -> str:
    """As compared: without accents and case, and as long as it was, character by character."""
    if text.isascii():
        return text.lower()
    return "".join(unicodedata.normalize("NFD", character)[0].lower()[:1] or character for character in text)


_MAY_BE_LINK = re.compile(r"://|www\.|bellhop=", re.IGNORECASE)
_AT = re.compile(r"@|\(at\)|\[at\]", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LINKS = _replacing("link", LINK)
_EMAILS = _replacing("e-mail", EMAIL)
_OF_DIGITS: tuple[Step, ...] = (
    _cards,
    _phones,
    _uk_postcodes,
    _replacing("address", *ADDRESSES),
    _replacing("postcode", *POSTCODES),
    _replacing("code", *CODES),
    _replacing("number", *TOKENS, NUMBER),
)
