"""Which things of their orders a customer speaks of; where a word can mean several, it says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.self_service.reading.choices import Choices
from bot.self_service.reading.lines import ItemsSaid, Line, Mention
from bot.self_service.reading.names import Named, Names
from bot.self_service.reading.one_of_several import OneOfSeveral, are_alike, count
from bot.self_service.reading.telling import AFTER, BEFORE, STOPS, Telling, fitting
from bot.self_service.reading.tokens import LONGEST, Token
from bot.self_service.reading.vocabulary import Phrases, Vocabulary, vocabulary_of

__all__ = ["ItemsSaid", "Line", "Mention", "read_items"]
_ID = re.compile(r"\w[\w-]*\w|\w")
_SHORT = 10  # tokens of an answer that may consist of descriptions only
_PAIR = 2
_NEAR = 3  # tokens
_PARTITIVE = 6  # tokens of "one of all of the two"
_LISTS = ("item_not_everything", "item_everything", "item_both")


def read_items(text: str, lines: Sequence[Line], language: str) -> ItemsSaid:
    """Which of `lines` a text speaks of."""
    if not lines or not text.strip():
        return ItemsSaid()
    return _Reader(text[:LONGEST], tuple(lines), vocabulary_of(language)).read()


class _Reader:
    def __init__(self, text: str, lines: tuple[Line, ...], vocabulary: Vocabulary) -> None:
        self.text, self.lines, self.vocabulary = text, lines, vocabulary
        self.tokens = vocabulary.tokens(text)
        self.phrases = Phrases({name: vocabulary.lists[name] for name in _LISTS})
        self.excluding = Phrases({"not": vocabulary.lists["item_none"]})
        options: dict[str, list[str]] = {}
        for line in lines:
            for name, value in line.item.options.items():
                options.setdefault(name, []).append(value)
        self.choices = Choices(options, vocabulary)
        self.one = OneOfSeveral(self.tokens, lines, self.choices, vocabulary)
        self.telling = Telling(self.tokens, self.choices, vocabulary)

    def read(self) -> ItemsSaid:
        by_id = self._ids()
        named = [] if by_id else self._named()
        bare = [] if by_id or named else self._described() or self.one.of_them()
        named = [self.one.after_all(self._plainer(mention)) for mention in named]
        mentions = _settled([*by_id, *named, *bare])
        everything = self._says_everything() or (any(one.excluded for one in mentions) and self._says_rest())
        if self._says_both() and not mentions and len(self.lines) == _PAIR:
            everything = True
        return ItemsSaid(tuple(mentions), everything)

    # -- By id

    def _ids(self) -> list[Mention]:
        known: dict[str, list[Line]] = {}
        for line in self.lines:
            known.setdefault(line.item.item_id.casefold(), []).append(line)
        return [
            Mention(found.start(), found.end(), tuple(known[found.group().casefold()]))
            for found in _ID.finditer(self.text)
            if found.group().casefold() in known
        ]

    # -- By name

    def _named(self) -> list[Mention]:
        names = Names([line.item.name for line in self.lines], self.vocabulary)
        places = self._without_values(names.find(self.tokens))
        starts = [named.start for named in places]
        mentions: list[Mention] = []
        used: dict[frozenset[str], int] = {}
        for index, named in enumerate(places):
            lines = tuple(line for line in self.lines if line.item.name in named.names)
            first = places[index - 1].end if index else 0
            last = starts[index + 1] if index + 1 < len(starts) else len(self.tokens)
            if self._is_wanted(named.start, first, mentions, lines):
                continue
            excluded = self._is_excluded(named.start, first, mentions)
            lines, start, end = self._told_apart(lines, named.start, named.end, first, last)
            if not lines:
                continue
            mention = self._counted(lines, start, named.start, named.plural)
            place = used.get(frozenset(named.names), 0)
            if mention.every is False and are_alike(lines) and self._takes_one(start, named.start):
                mention = replace(mention, lines=(lines[min(place, len(lines) - 1)],))
                used[frozenset(named.names)] = place + 1
            mentions.append(
                replace(mention, start=self.tokens[start].start, end=self.tokens[end - 1].end, excluded=excluded)
            )
        return mentions

    def _without_values(self, found: Sequence[Named]) -> list[Named]:
        """The names without words that are rather a value beside another name: a fleece pet bed is no jacket."""
        kept = []
        for index, named in enumerate(found):
            beside = (*found[max(0, index - 1) : index], *found[index + 1 : index + 2])
            near = any(other.start - named.end <= _PAIR and named.start - other.end <= _NEAR for other in beside)
            is_value = named.is_weak and self.choices.at(self.tokens[: named.end], named.start) is not None
            if not (is_value and near):
                kept.append(named)
        return kept

    def _is_wanted(self, place: int, first: int, before: Sequence[Mention], lines: Sequence[Line]) -> bool:
        """Whether a name says what something shall become: "for a cheaper tablet" after the tablet was named."""
        if not any(_places(lines) & _places(mention.lines) for mention in before):
            return False
        words = [token.word for token in self.tokens[max(first, place - BEFORE) : place]]
        joins = {",", *self.vocabulary.words("variant_and")}
        words = words[max((at + 1 for at, word in enumerate(words) if word in joins), default=0) :]
        another = self.vocabulary.words("item_another") | {"one"}
        if another & set(words) and not self.vocabulary.words("item_to") & set(words):
            return False  # "one kettle to …; and another kettle to …"
        return bool(self.vocabulary.words("item_to") & set(words) or self.vocabulary.words("item_a") & set(words))

    def _is_excluded(self, place: int, first: int, before: Sequence[Mention]) -> bool:
        """Whether the name is said not to be meant: by a word before it, or as a further one of such a list."""
        passed = self.vocabulary.words("item_passed")
        at = place
        while at > 0:
            at -= 1
            found = self.excluding.at(self.tokens, at)
            if found and at + found.size <= place:
                between = self.tokens[at + found.size : place]
                stops = [token for token in between if (token.is_sign and token.word in STOPS) or token.word == ","]
                if not stops and all(token.word in passed or self._is_descriptive(token) for token in between):
                    return not self._continues(at, found.size)
            token = self.tokens[at]
            if at < first:
                if before and before[-1].excluded and self.tokens[at].start >= before[-1].start:
                    between = self.tokens[first:place]
                    joins = {",", *self.vocabulary.words("variant_and"), *self.vocabulary.words("variant_or")}
                    words = {token.word for token in between}
                    if words & self.vocabulary.words("item_only"):
                        return False  # "not the chair, only the shelf"
                    return bool(words & joins) and all(
                        token.word in joins | passed - {"return", "cancel", "exchange", "want"}
                        or self._is_descriptive(token)
                        for token in between
                    )
                return False
            if token.is_sign and token.word in STOPS:
                return False
        return False

    def _continues(self, at: int, size: int) -> bool:
        # "not only the lamp" names it; "not sure about the lamp" says nothing against it.
        return any(token.word in ("only", "sure", "just") for token in self.tokens[at + size : at + size + 1])

    def _is_descriptive(self, token: Token) -> bool:
        return self.choices.at((token,), 0) is not None

    # -- Which of several

    def _told_apart(
        self, lines: tuple[Line, ...], start: int, end: int, first: int, last: int
    ) -> tuple[tuple[Line, ...], int, int]:
        """The lines that what stands around the name fits, and from where to where that reaches."""
        if len(lines) == 1:
            return lines, start, end
        values, begin = self.telling.before(start, max(first, start - BEFORE))
        more, finish = self.telling.behind(end, min(last, end + AFTER))
        found = fitting(lines, [*values, *more])
        begin, finish = (begin, finish) if values or more else (start, end)
        found = self.telling.by_order(found, end, last)
        found = self.telling.by_price(found, max(first, start - BEFORE), min(last, end + 3))
        return found, min(begin, start), max(finish, end)

    def _takes_one(self, begin: int, start: int) -> bool:
        words = {token.word for token in self.tokens[max(0, begin - 4) : start]}
        return bool(words & (self.one.ones | self.vocabulary.words("item_another") | self.vocabulary.words("item_a")))

    def _counted(self, lines: tuple[Line, ...], begin: int, start: int, plural: bool) -> Mention:
        """How many of the lines are meant."""
        counts = self.vocabulary.counts["item_counts"]
        words = [token.word for token in self.tokens[max(0, begin - 4) : start]]
        number = next((count(word, counts) for word in reversed(words) if count(word, counts)), None)
        part = self.one.part([token.word for token in self.tokens[max(0, begin - _PARTITIVE) : start]])
        if part is not None and part < len(lines):
            return Mention(0, 0, lines, number_meant=part)
        of_all = {word for phrase in self.vocabulary.lists["item_all"] for word in [phrase.split()[0]]}
        if len(lines) == 1:
            return Mention(0, 0, lines, number_meant=number or 1)
        if of_all & set(words) or (plural and number in (None, len(lines)) and self._is_singular(lines)):
            return Mention(0, 0, lines, every=True, number_meant=len(lines))
        if number == len(lines):
            return Mention(0, 0, lines, every=True, number_meant=number)
        return Mention(0, 0, lines, number_meant=min(number or 1, len(lines)))

    def _is_singular(self, lines: Sequence[Line]) -> bool:
        """Whether the catalogue names these in the singular, so that a plural tells something."""
        ends = (self.vocabulary.tokens(line.item.name.partition(",")[0]) for line in lines)
        return all(tokens and tokens[-1].key == tokens[-1].word for tokens in ends)

    # -- Without a name

    def _described(self) -> list[Mention]:
        """Things told by a place in a list, a price or their options alone: "the second one", "the black one"."""
        content = [token for token in self.tokens if not token.is_sign]
        found = self._ordinals(len(content) <= _SHORT)
        if found:
            return found
        ones = self.vocabulary.words("item_one")
        for place, token in enumerate(self.tokens):
            if token.word not in ones or self._is_other_version(place):
                continue
            values, begin = self.telling.before(place, max(0, place - BEFORE))
            lines = fitting(self.lines, values) if values else self.lines
            lines = self.telling.by_price(lines, max(0, place - BEFORE), place)
            if 0 < len(lines) < len(self.lines):
                found.append(Mention(self.tokens[begin].start, token.end, lines))
        if found or len(content) > _SHORT or any(self._is_other_version(place) for place in range(len(self.tokens))):
            return found
        values, finish = self.telling.behind(0, len(self.tokens))
        lines = fitting(self.lines, values) if values else self.lines
        lines = self.telling.by_price(lines, 0, len(self.tokens))
        if 0 < len(lines) < len(self.lines):
            return [Mention(0, self.tokens[max(finish, 1) - 1].end, lines)]
        return found

    def _is_other_version(self, place: int) -> bool:
        words = {token.word for token in self.tokens[max(0, place - BEFORE) : place + 1]}
        return bool(words & (self.vocabulary.words("item_to") - {"want", "get", "prefer"}))

    def _ordinals(self, is_short: bool) -> list[Mention]:
        ordinals, ones = self.vocabulary.counts["item_ordinals"], self.vocabulary.words("item_one")
        numbers = self.vocabulary.words("item_number") | {"#"}
        found = []
        for place, token in enumerate(self.tokens):
            after = self.tokens[place + 1].word if place + 1 < len(self.tokens) else ""
            before = self.tokens[place - 1].word if place else ""
            number = ordinals.get(token.word)
            closes = after in ones or (
                is_short and (not after or after in {*STOPS, ",", *self.vocabulary.words("variant_and")})
            )
            if number is None and token.amount is not None and token.amount <= len(self.lines):
                alone = all(
                    other.amount is not None or other.is_sign or other.word in self.vocabulary.words("variant_and")
                    for other in self.tokens
                )
                number, closes = (int(token.amount), True) if before in numbers or alone else (None, False)
            if number and closes and number <= len(self.lines):
                line = self.lines[number - 1 if number > 0 else number]
                found.append(Mention(token.start, token.end, (line,)))
        return found

    def _plainer(self, mention: Mention) -> Mention:
        """A mention that could mean several, with what a later "the 15-inch one" tells of it."""
        if mention.every or mention.excluded or len(mention.lines) == 1:
            return mention
        ones = self.vocabulary.words("item_one")
        for place, token in enumerate(self.tokens):
            if token.start < mention.end or token.word not in ones or self._is_other_version(place):
                continue
            values, _ = self.telling.before(place, max(0, place - BEFORE))
            lines = fitting(mention.lines, values) if values else mention.lines
            if len(lines) < len(mention.lines):
                return replace(mention, lines=lines)
        return mention

    # -- All of them

    def _says_rest(self) -> bool:
        """Whether it speaks of what is left: "keep the lamp, return the rest"; not of options that stay the same."""
        rest = Phrases({"rest": self.vocabulary.lists["variant_rest"]})
        same = self.vocabulary.words("variant_same")
        said = any(rest.at(self.tokens, place) for place in range(len(self.tokens)))
        return said and not any(token.word in same - _KEEPING for token in self.tokens)

    def _says_everything(self) -> bool:
        place = 0
        while place < len(self.tokens):
            said = self.phrases.at(self.tokens, place)
            if (
                said
                and said.kind == "item_everything"
                and not self._is_denied(place)
                and self._stands_alone(place, said.size)
            ):
                return True
            place += said.size if said else 1
        return False

    def _says_both(self) -> bool:
        return any(
            said.kind == "item_both"
            for place in range(len(self.tokens))
            if (said := self.phrases.at(self.tokens, place))
            and not self._is_denied(place)
            and self.one.part([token.word for token in self.tokens[max(0, place - _PARTITIVE) : place]]) is None
        )

    def _is_denied(self, place: int) -> bool:
        return place > 0 and self.excluding.at(self.tokens, place - 1) is not None

    def _stands_alone(self, place: int, size: int) -> bool:
        """Whether a bare "all" stands by itself, and is not "all the lamps"."""
        if size > 1 or self.tokens[place].word not in ("all", "alles", "alle", "todo", "todos", "tout", "tous"):
            return True
        after = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
        return after is None or after.is_sign or self.excluding.at(self.tokens, place + 1) is not None


_KEEPING = frozenset({"keep", "keeping", "keeps", "leave", "stay", "still"})  # of things, as of options


def _settled(mentions: Iterable[Mention]) -> list[Mention]:
    """Each thing once: a later, plainer mention takes the place of one that was unclear."""
    found: list[Mention] = []
    for mention in sorted(mentions, key=lambda one: one.start):
        mine = _places(mention.lines)
        others = [one for one in found if one.excluded == mention.excluded]
        unclear = [one for one in others if mine < _places(one.lines) and not one.every and one.number_meant == 1]
        if any(mine == _places(one.lines) for one in others):
            continue
        if not mention.every and any(_places(one.lines) < mine for one in others):
            continue
        found = [one for one in found if one not in unclear] + [mention]
    return found


def _places(lines: Iterable[Line]) -> set[tuple[str, int]]:
    return {(line.number, line.position) for line in lines}
