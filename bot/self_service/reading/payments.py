"""Reads which of a customer's payment methods is meant; knows no rule about which of them may be used."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from bot.languages.requests import request_words
from bot.orders.models import PaymentKind, PaymentMethod
from bot.orders.word_forms import fold
from bot.self_service.reading.ordinals import read_ordinal
from bot.self_service.reading.pieces import UNKNOWN, Piece, take_apart, words_in

_LISTS = (
    *("payment_fallback", "payment_digits", "payment_not", "payment_from", "payment_no_card"),
    *("payment_original", "payment_other", "payment_card"),
)
_ANSWERS = ("payment_original_answer", "payment_other_answer")
_NAMES = ("kind ", "brand ")
_MARK = "methodid"  # stands for an id in the text, which would fall apart into words otherwise
_FOUR = re.compile(r"[x*]*(\d{4})")
_LONG_NUMBER = re.compile(r"\d{6,}")
_FEW = 4
_REACH = 6  # small words between "not" and what is not meant

Fits = Callable[[PaymentMethod], bool]


@dataclass(frozen=True, slots=True)
class _Mention:
    """One place that speaks of a method, as what it must be like."""

    constraints: tuple[Fits, ...]
    card: bool
    denied: bool
    left: bool  # "from my Visa": what it is now
    original: bool


def read_payment(
    text: str, methods: Sequence[PaymentMethod], original: Collection[str], language: str
) -> tuple[PaymentMethod, ...]:
    """The methods that may be meant: one is a decision; several, and it is one of them.

    "PayPal, otherwise my Visa" means PayPal: the second choice is not read until the customer makes it the first.

    Args:
        methods: the customer's, in the order in which they were shown: "the second one".
        original: ids of those the order was paid with: "the same card", "the other card".

    Returns:
        Empty where nothing was said, and also where none of the methods is like that; `names_a_payment` tells which.
    """
    if (place := read_ordinal(text, language)) is not None:
        return tuple(methods[place : place + 1])
    mentions, denials = _mentions(text, methods, frozenset(original), language)
    denied = {method.id for mention in denials for method in _fitting(mention, methods)}
    meant = [[method for method in _fitting(mention, methods) if method.id not in denied] for mention in mentions]
    if not mentions:
        if not denied or all(mention.left for mention in denials):
            return ()
        return tuple(method for method in methods if method.id not in denied)
    ids = [{method.id for method in found} for found in meant if found]
    if not ids:
        return ()
    chosen = set.intersection(*ids) or set.union(*ids)
    return tuple(method for method in methods if method.id in chosen)


def names_a_payment(text: str, language: str) -> bool:
    """Whether a way to pay is named at all, by its kind or its brand, whether the customer has it or not."""
    return any(piece.kind.startswith(_NAMES) for piece in _pieces(text, language, ()))


def _mentions(
    text: str, methods: Sequence[PaymentMethod], original: frozenset[str], language: str
) -> tuple[list[_Mention], list[_Mention]]:
    pieces = _pieces(_with_marks(text, methods), language, methods)
    small = frozenset(words_in(" ".join(str(word) for word in request_words(language)["payment_between"])))
    short = len(words_in(text)) <= _FEW
    wanted: list[_Mention] = []
    denied: list[_Mention] = []
    place, fallback = 0, False
    while place < len(pieces):
        end = _end_of_mention(pieces, place, small, methods, short)
        if end == place:
            fallback = fallback or (pieces[place].kind == "payment_fallback" and bool(wanted))
            place += 1
            continue
        run = pieces[place:end]
        before = _word_before(pieces, place, small)
        mention = _Mention(
            constraints=tuple(
                _constraint(piece, methods, original, language) for piece in run if _says(piece, methods)
            ),
            card=any(_is_card(piece, language) for piece in run),
            denied=before == "payment_not",
            left=before == "payment_from",
            original=any(piece.kind.startswith("payment_original") for piece in run),
        )
        if mention.denied or mention.left:
            denied.append(mention)
        elif not fallback:
            wanted.append(mention)
        place = end
    return wanted, denied


def _pieces(text: str, language: str, methods: Sequence[PaymentMethod]) -> list[Piece]:
    words = request_words(language)
    named = {f"kind {name}": phrases for name, phrases in words["payment_kinds"].items()}
    named |= {f"brand {name}": phrases for name, phrases in words["payment_brands"].items()}
    if methods:
        named["id"] = [f"{_MARK}{place}" for place in range(len(methods))]
    pieces = take_apart(text, language, (*_LISTS, *_ANSWERS), named)
    small = frozenset(words_in(" ".join(str(word) for word in words["payment_between"])))
    # "the other one" is a payment only in an answer that speaks of nothing else.
    if all(piece.kind != UNKNOWN or piece.text in small for piece in pieces):
        return pieces
    return [Piece(UNKNOWN, piece.text, piece.stops) if piece.kind in _ANSWERS else piece for piece in pieces]


def _with_marks(text: str, methods: Sequence[PaymentMethod]) -> str:
    for place, method in enumerate(methods):
        text = re.sub(rf"#?(?<!\w){re.escape(method.id)}(?!\w)", f"{_MARK}{place}", text, flags=re.IGNORECASE)
        number = _LONG_NUMBER.search(method.id)
        if number is not None:
            text = re.sub(rf"(?<!\w){number.group()}(?!\w)", f"{_MARK}{place}", text)
    return text


def _end_of_mention(
    pieces: Sequence[Piece], place: int, small: Collection[str], methods: Sequence[PaymentMethod], short: bool
) -> int:
    """Where the mention that begins at `place` ends; `place` itself where none begins there."""
    starts = _names(pieces[place]) or (_digits(pieces[place]) is not None and short)
    starts = starts or (pieces[place].kind == "payment_digits" and _digits_at(pieces, place + 1, small) is not None)
    if not starts:
        return place
    end = place + 1
    while end < len(pieces) and not (pieces[end - 1].stops and pieces[end].kind != "payment_digits"):
        number = _digits_at(pieces, end, small)
        if number is not None:
            end = number + 1
        elif _names(pieces[end]) or pieces[end].kind == "payment_digits":
            end += 1
        else:
            break
    return end


def _digits_at(pieces: Sequence[Piece], place: int, small: Collection[str]) -> int | None:
    """The place of four digits at or a few small words behind `place`."""
    for at in range(place, min(place + 3, len(pieces))):
        if _digits(pieces[at]) is not None:
            return at
        if pieces[at].kind not in ("payment_digits", "payment_card") and pieces[at].text not in (
            "in",
            "with",
            "number",
            "no",
            "is",
        ):
            return None
    return None


def _digits(piece: Piece) -> str | None:
    found = _FOUR.fullmatch(piece.text) if piece.kind == UNKNOWN else None
    return found.group(1) if found else None


def _names(piece: Piece) -> bool:
    return piece.kind.startswith(_NAMES) or piece.kind in (
        "id",
        "payment_original",
        "payment_other",
        "payment_card",
        *_ANSWERS,
    )


def _says(piece: Piece, methods: Sequence[PaymentMethod]) -> bool:
    return (_names(piece) and piece.kind != "payment_card") or _digits(piece) is not None


def _is_card(piece: Piece, language: str) -> bool:
    cards = words_in(" ".join(str(word) for word in request_words(language)["payment_card"]))
    return not piece.kind.startswith(_NAMES) and not set(cards).isdisjoint(piece.text.split())


def _word_before(pieces: Sequence[Piece], place: int, small: Collection[str]) -> str | None:
    """The kind of the word before a mention that says what is done with it, over small words of the same clause."""
    for piece in reversed(pieces[max(0, place - _REACH) : place]):
        if piece.stops or piece.kind in ("payment_not", "payment_from"):
            return None if piece.stops else piece.kind
        if piece.kind != UNKNOWN or piece.text not in small:
            return None
    return None


def _constraint(piece: Piece, methods: Sequence[PaymentMethod], original: frozenset[str], language: str) -> Fits:
    number = _digits(piece)
    if number is not None:
        return lambda method: method.last_four == number
    if piece.kind == "id":
        meant = methods[int(piece.text.removeprefix(_MARK))].id
        return lambda method: method.id == meant
    if piece.kind.startswith("payment_original"):
        return lambda method: method.id in original
    if piece.kind.startswith("payment_other"):
        return lambda method: method.id not in original
    sort, _, name = piece.kind.partition(" ")
    if sort == "brand":
        return lambda method: name in _brand_names(method, language)
    return lambda method: method.kind == name


def _brand_names(method: PaymentMethod, language: str) -> set[str]:
    brand = fold(method.brand or "").replace(" ", "")
    aliases = request_words(language)["payment_brands"].items()
    return {brand} | {name for name, words in aliases if brand in {fold(str(word)).replace(" ", "") for word in words}}


def _fitting(mention: _Mention, methods: Sequence[PaymentMethod]) -> list[PaymentMethod]:
    fitting = [method for method in methods if all(fits(method) for fits in mention.constraints)]
    if not mention.card:
        return fitting
    # A gift card is one as well, but whoever has a bank's card as well means that.
    for kind in (PaymentKind.CREDIT_CARD, PaymentKind.GIFT_CARD):
        if cards := [method for method in fitting if method.kind is kind]:
            return cards
    return fitting if mention.original else []
