"""Takes a text apart that asks for other versions: which thing, and the words that say what it shall become."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.self_service.reading.items import Line, Mention, read_items
from bot.self_service.reading.tokens import LONGEST
from bot.self_service.reading.vocabulary import Phrases, vocabulary_of

_SENTENCE = re.compile(r"(?<=[.;!?\n])\s+")
_FOR_ALL = ("variant_rest_same", "variant_rest", "item_both", "item_everything", "variant_cheapest", "variant_dearest")


@dataclass(frozen=True, slots=True)
class Swap:
    """One thing and the piece of text that says what it shall become; empty where nothing does."""

    line: Line
    wanted: str


def read_swaps(text: str, lines: Sequence[Line], language: str) -> tuple[Swap, ...]:
    """The things a text asks to swap, in its order, each with what is wanted in its place."""
    text = text[:LONGEST]
    said = read_items(text, lines, language)
    meant = [
        mention for mention in said.mentions if not mention.excluded and (mention.every or len(mention.lines) == 1)
    ]
    if not meant:
        kept = [line for mention in said.mentions if mention.excluded for line in mention.lines]
        all_of_it = said.everything and not [one for one in said.mentions if not one.excluded]
        return tuple(Swap(line, text) for line in lines if line not in kept) if all_of_it else ()
    words = _Words(language)
    every = [one for one in said.mentions if not one.excluded]
    pieces = [_piece(text, every, place, words) for place in range(len(every))]
    further = words.for_all(text[every[-1].end :]) if len(every) > 1 else ""
    found: list[Swap] = []
    for place, mention in enumerate(every):
        if mention not in meant:
            continue
        piece = next((one for one in pieces[place:] if one), "") if not pieces[place] else pieces[place]
        if further and further.rstrip(" ,;.") not in piece:
            piece = f"{piece} {further}".strip()
        found.extend(Swap(line, piece) for line in mention.lines)
    return tuple(found)


def _piece(text: str, mentions: Sequence[Mention], place: int, words: _Words) -> str:
    """What stands between a mention and the next one; for the only one, what stands before it as well."""
    end = mentions[place + 1].start if place + 1 < len(mentions) else len(text)
    behind = words.trimmed(text[mentions[place].end : end], is_last=place + 1 == len(mentions))
    if len(mentions) == 1:
        before = text[: mentions[place].start]
        return behind if words.says_something(behind) else words.clause_before(before) or behind
    return behind


class _Words:
    def __init__(self, language: str) -> None:
        self.vocabulary = vocabulary_of(language)
        self._for_all = Phrases({name: self.vocabulary.lists[name] for name in _FOR_ALL})
        lists = ("item_the", "item_a", "item_to", "item_change", "item_passed", "variant_and", "variant_but")
        idle = frozenset(word for name in lists for word in self.vocabulary.words(name))
        self._idle = (self.vocabulary.search.ignored - self._telling()) | idle

    def _telling(self) -> frozenset[str]:
        names = ("variant_more", "variant_less", "variant_most", "variant_least")
        lists = (
            "variant_cheapest",
            "variant_dearest",
            "variant_cheaper",
            "variant_dearer",
            "variant_same",
            "variant_same_item",
        )
        degrees = {word for name in names for phrase in self.vocabulary.degrees(name) for word in phrase.split()}
        return frozenset(
            degrees | {word for name in lists for phrase in self.vocabulary.lists[name] for word in phrase.split()}
        )

    def says_something(self, piece: str) -> bool:
        """Whether a piece has a word that could describe something."""
        return any(not token.is_sign and token.word not in self._idle for token in self.vocabulary.tokens(piece))

    def trimmed(self, piece: str, *, is_last: bool) -> str:
        """A piece without what leads over to the next thing: ", and the"."""
        tokens = list(self.vocabulary.tokens(piece))
        if not is_last:
            leading = self.vocabulary.words("item_the") | self.vocabulary.words("variant_and") | {",", ";", "."}
            leading |= self.vocabulary.words("item_change") | self.vocabulary.words("item_a") | {"then", "also"}
            while tokens and tokens[-1].word in leading:
                tokens.pop()
        kept = piece[: tokens[-1].end] if tokens else ""
        return kept.strip(" ,;.") if self.says_something(kept) else ""

    def clause_before(self, text: str) -> str:
        """What the sentence says before a thing: "I would like a bigger" of "… water bottle"."""
        clause = re.split(r"[.;!?\n]", text)[-1].strip()
        return clause if self.says_something(clause) else ""

    def for_all(self, text: str) -> str:
        """Sentences at the end that hold for all things: "Keep everything else the same."."""
        sentences = _SENTENCE.split(text)[1:]
        return " ".join(one for one in sentences if self._is_for_all(one))

    def _is_for_all(self, sentence: str) -> bool:
        tokens = self.vocabulary.tokens(sentence)
        return any(self._for_all.at(tokens, place) for place in range(len(tokens)))
