"""Takes a text apart into words, numbers and signs that know where they stand; knows no meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.orders.word_forms import fold, stem

LONGEST = 4000
_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<model>[^\W\d_]{1,3}\d{1,4}(?!\w))"  # i7, IPX7, A4
    r"|(?P<word>[^\W\d_]+(?:['’`´][^\W\d_]+)?)"
    r"|(?P<sign>->|[.,;:!?()>/+%\"″”=→\n°&$£€#])"
)
_ENDS = frozenset({"s", "m", "re", "ve", "ll", "d"})  # it's, I'm, we'd: no elisions, one word in the lists
_LONGEST_ELISION = 2  # l'autre, qu'un


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or sign. `word` is folded; `key` is what it is compared by: no plural, one name for a unit."""

    start: int
    end: int
    word: str
    key: str
    amount: Decimal | None = None
    is_sign: bool = False
    is_capital: bool = False


def tokens_of(
    text: str, units: Mapping[str, str] | None = None, numbers: Mapping[str, int] | None = None
) -> tuple[Token, ...]:
    """The tokens of a text; of a very long one those of its beginning.

    Args:
        units: what a unit is called → the one name for it; counts after a number only.
        numbers: words for numbers; they count before a unit only: "two-piece", but not "the two".
    """
    found: list[Token] = []
    for match in _TOKEN.finditer(text[:LONGEST]):
        raw, before = match.group(), found[-1] if found else None
        kind = match.lastgroup
        if kind == "sign":
            unit = (units or {}).get(raw) if before and before.amount is not None else None
            sign = unit is None
            found.append(Token(match.start(), match.end(), unit or raw, unit or raw, is_sign=sign))
        elif kind == "number":
            amount = amount_of(raw)
            found.append(Token(match.start(), match.end(), raw, f"{amount:f}", amount))
        else:
            start, end, word = _without_ends(raw, match.start())
            key = word if kind == "model" else stem(word)
            capital = raw[:1].isupper() and raw.upper() == raw
            found.append(Token(start, end, word, key, is_capital=capital))
    return tuple(_with_units(found, units or {}, numbers or {}))


def words_of_phrase(phrase: str) -> tuple[str, ...]:
    """The words of a phrase from a list, as tokens have them."""
    return tuple(token.word for token in tokens_of(phrase))


def joined(tokens: Sequence[Token]) -> str:
    """What a run of tokens is compared by, so that "wi-fi" is "wifi" and "1.5 l" is "1.5l"."""
    return "".join(
        f"-{token.key}" if place and token.amount is not None and tokens[place - 1].amount is not None else token.key
        for place, token in enumerate(tokens)
    )


def amount_of(raw: str) -> Decimal:
    """A number as it is written: three digits behind a comma are thousands, fewer are a fraction."""
    parts = raw.split(",") if "," in raw else [raw]
    if len(parts) > 1 and all(len(part) == 3 for part in parts[1:-1]) and len(parts[-1].split(".")[0]) == 3:
        plain = "".join(parts)
    else:
        plain = raw.replace(",", ".")
    whole, *rest = plain.split(".")
    value = Decimal(f"{whole}.{''.join(rest)}" if rest else whole)
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


def _without_ends(raw: str, start: int) -> tuple[int, int, str]:
    first, mark, rest = _apart(raw)
    if mark and len(first) <= _LONGEST_ELISION and fold(rest) not in _ENDS:
        return start + len(first) + 1, start + len(raw), fold(rest)
    return start, start + len(raw), fold(first + rest)


def _apart(raw: str) -> tuple[str, str, str]:
    for mark in "'’`´":
        if mark in raw:
            return raw.partition(mark)
    return raw, "", ""


def _with_units(found: Sequence[Token], units: Mapping[str, str], numbers: Mapping[str, int]) -> list[Token]:
    read: list[Token] = []
    for place, token in enumerate(found):
        following = found[place + 1].word if place + 1 < len(found) else ""
        if token.word in numbers and token.amount is None and following in units and len(following) > 1:
            amount = Decimal(numbers[token.word])
            read.append(replace(token, key=f"{amount:f}", amount=amount))
        elif read and read[-1].amount is not None and token.amount is None and token.word in units:
            read.append(replace(token, key=units[token.word]))
        else:
            read.append(token)
    return read
