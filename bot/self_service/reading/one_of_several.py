"""One of several things that are alike: "one of the two vases", "only one of them"; knows no names of things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.self_service.reading.choices import Choices
from bot.self_service.reading.lines import Line, Mention
from bot.self_service.reading.tokens import Token
from bot.self_service.reading.vocabulary import Phrases, Vocabulary

_SHORT = 10  # tokens of an answer that names nothing
_PAIR = 2


def count(word: str, counts: Mapping[str, int]) -> int | None:
    """The number a word or a digit says."""
    return counts.get(word, int(word) if word.isdecimal() and len(word) == 1 else None)


def are_alike(lines: Sequence[Line]) -> bool:
    """Whether these are several of the same version in one order."""
    return len(lines) > 1 and len({(line.number, line.item.item_id) for line in lines}) == 1


class OneOfSeveral:
    """What a text says of one of its things.

    Args:
        lines: all that can be meant.
        choices: their options.
    """

    def __init__(
        self, tokens: Sequence[Token], lines: Sequence[Line], choices: Choices, vocabulary: Vocabulary
    ) -> None:
        self._tokens, self._lines, self._choices, self._vocabulary = tokens, lines, choices, vocabulary
        self._excluding = Phrases({"not": vocabulary.lists["item_none"]})
        self.ones = frozenset(
            {"1", *(word for word, number in vocabulary.counts["item_counts"].items() if number == 1)}
        )

    def part(self, words: Sequence[str]) -> int | None:
        """How many of a number: one in "one of the two", which stands right before the thing."""
        counts, of = self._vocabulary.counts["item_counts"], self._vocabulary.words("item_of")
        wholes = {word for phrase in self._vocabulary.lists["item_all"] for word in phrase.split()}
        for at in range(len(words) - 1, 0, -1):
            number = count(words[at - 1], counts)
            if words[at] not in of or number is None:
                continue
            between = words[at + 1 :]
            known = wholes | of | self._vocabulary.words("item_the")
            described = {token.word for token in self._tokens if self._choices.at((token,), 0) is not None}
            if all(word in known or count(word, counts) or word in described for word in between):
                return number
        return None

    def of_them(self) -> list[Mention]:
        """One of things that are alike, not named: "only one of them", "return one of the two"."""
        groups: dict[tuple[str, str], list[Line]] = {}
        for line in self._lines:
            groups.setdefault((line.number, line.item.item_id), []).append(line)
        alike = [group for group in groups.values() if len(group) > 1]
        if len(alike) != 1 or sum(not token.is_sign for token in self._tokens) > _SHORT:
            return []
        for place in range(len(self._tokens)):
            if size := self._at(place, alike[0]):
                end = self._tokens[place + size - 1].end
                return [Mention(self._tokens[place].start, end, (alike[0][0],))]
        return []

    def after_all(self, mention: Mention) -> Mention:
        """ "Not both vases, only one" of two that are alike."""
        if not (mention.excluded and mention.every and are_alike(mention.lines)):
            return mention
        for place, token in enumerate(self._tokens):
            is_one = token.word in self.ones and self._only_before(place) and self._ends_at(place + 1)
            if token.start >= mention.end and is_one:
                return Mention(mention.start, token.end, mention.lines[:1])
        return mention

    def _at(self, place: int, alike: Sequence[Line]) -> int:
        """How many tokens at `place` say that it is one of these; 0 where they do not."""
        words = [token.word for token in self._tokens]
        if words[place] not in self.ones or self._is_denied(place):
            return 0
        only = self._only_before(place)
        if self._ends_at(place + 1):
            return 1 if len(self._lines) == len(alike) and (only or self._opens(place)) else 0
        counts, wholes = self._vocabulary.counts["item_counts"], self._vocabulary.words("item_all")
        passed = self._vocabulary.words("item_of") | self._vocabulary.words("item_the")
        them = self._vocabulary.words("item_them")
        at, whole = place + 1, 0
        while at < len(words) and (words[at] in passed | them | wholes or count(words[at], counts)):
            both = len(alike) if words[at] in self._vocabulary.words("item_both") else None
            whole = count(words[at], counts) or both or whole
            at += 1
        said = whole == len(alike) or (bool(them & set(words[place + 1 : at])) and not whole)
        parts = self._vocabulary.words("item_of") | them
        sure = only or whole == len(alike) or len(self._lines) == len(alike)
        return at - place if said and sure and parts & set(words[place + 1 : at]) else 0

    def _only_before(self, place: int) -> bool:
        only = self._vocabulary.words("item_only") | {"only", "just"}
        return any(token.word in only for token in self._tokens[max(0, place - _PAIR) : place])

    def _opens(self, place: int) -> bool:
        """Whether nothing stands before but what is to be done: "return one"."""
        idle = self._vocabulary.words("item_passed") | self._vocabulary.words("item_change")
        idle -= self._vocabulary.words("item_the") | self._vocabulary.words("item_a")
        return all(token.is_sign or token.word in idle for token in self._tokens[:place])

    def _ends_at(self, place: int) -> bool:
        polite = {"please", "pls", "bitte", "svp", "por"}
        return place >= len(self._tokens) or self._tokens[place].is_sign or self._tokens[place].word in polite

    def _is_denied(self, place: int) -> bool:
        return place > 0 and self._excluding.at(self._tokens, place - 1) is not None
