"""Finds in a text what can matter about versions of one product: values, options, and the words between; in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.self_service.reading.choices import Choices, Hit, Quantity, Value
from bot.self_service.reading.tokens import Token
from bot.self_service.reading.vocabulary import Vocabulary

VALUE, NAME, QUANTITY, KNOWN, STOP, COMMA, OTHER = "value", "name", "quantity", "known", "stop", "comma", "other"
PRICE = "price"
_STOPS, _COMMAS = ".;!?\n", ",():"
_LONG_NUMBER = 6  # digits: what has as many is the number of an order, a card or a thing
_SMALL_NUMBER = 12  # up to here a number often counts something else
_ANSWER = 6  # marks behind an option's name in which its yes or no stands
_LINKS = frozenset({":", "=", "is", "be", "from", "to"})
_SHORT = 4  # tokens of a text in which a single letter can be a size


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing found. `kind` is one of the above, or a list of `items.yml` without its "variant_".

    `values` and `options` are what it can mean, `said` is the customer's own words for it.
    """

    kind: str
    place: int
    size: int
    said: str = ""
    values: frozenset[Value] = frozenset()
    options: tuple[str, ...] = ()
    quantity: Quantity | None = None
    near: bool = False
    sure: bool = True  # no bare number


def find_marks(text: str, choices: Choices, vocabulary: Vocabulary, masked: Sequence[str]) -> list[Mark]:
    """All marks from the first to the last.

    Args:
        masked: phrases that are no versions here, such as the product's name.
    """
    tokens = choices.repaired(vocabulary.tokens(text))
    hidden = {tuple(token.key for token in vocabulary.tokens(phrase)) for phrase in masked}
    reader = _Reader(text, tokens, choices, vocabulary, hidden)
    return list(_resolved(reader.marks(), choices, len(tokens) <= _SHORT))


@dataclass(slots=True)
class _Reader:
    text: str
    tokens: Sequence[Token]
    choices: Choices
    vocabulary: Vocabulary
    hidden: set[tuple[str, ...]]

    def marks(self) -> list[Mark]:
        found, place = [], 0
        while place < len(self.tokens):
            mark = self._at(place)
            found.append(mark)
            place += mark.size
        return found

    def _at(self, place: int) -> Mark:
        token = self.tokens[place]
        for phrase in self.hidden:
            if tuple(one.key for one in self.tokens[place : place + len(phrase)]) == phrase:
                return self._mark(OTHER, place, len(phrase))
        if (token.amount is not None and len(token.word) >= _LONG_NUMBER) or self._is_money(place):
            return self._mark(OTHER, place, 1)
        said = self.vocabulary.phrases.at(self.tokens, place)
        hit = self.choices.at(self.tokens, place)
        name = self.choices.name_at(self.tokens, place)
        longest = max(said.size if said else 0, hit.size if hit else 0, name[0] if name else 0)
        if hit and hit.size == longest and self._is_meant(hit, place, said is not None):
            return self._hit(hit, place)
        if name and name[0] == longest and not (said and said.size == longest and said.kind == "variant_ignored"):
            return self._mark(NAME, place, name[0], options=tuple(name[1]))
        if said:
            kind = said.kind.removeprefix("variant_")
            return self._mark(kind, place, said.size, options=said.leads_to)
        if token.word in self.vocabulary.words("variant_price"):
            return self._mark(PRICE, place, 1)
        if token.is_sign:
            kind = STOP if token.word in _STOPS else COMMA if token.word in _COMMAS else OTHER
            return self._mark(kind, place, 1)
        return self._unknown(place)

    def _unknown(self, place: int) -> Mark:
        for size in (2, 1):
            run = self.tokens[place : place + size]
            options = self.choices.knows("".join(token.key for token in run)) if len(run) == size else ()
            if options and not (len(run[0].word) == 1 and not self._is_size(place)):
                return self._mark(KNOWN, place, size, options=tuple(options))
        return self._mark(OTHER, place, 1)

    def _is_meant(self, hit: Hit, place: int, is_phrase: bool) -> bool:
        token = self.tokens[place]
        if hit.size == 1 and len(token.word) == 1 and token.word.isalpha():
            return self._is_size(place)
        return not (is_phrase and hit.size == 1 and hit.near)

    def _is_size(self, place: int) -> bool:
        """Whether a single letter is a size: a capital, beside the word, or almost alone."""
        before = self.tokens[place - 1].word if place else ""
        after = self.tokens[place + 1].word if place + 1 < len(self.tokens) else ""
        sizes = self.vocabulary.words("variant_before_size")
        is_capital = self.tokens[place].is_capital and self.tokens[place].word not in ("i", "a")
        return is_capital or before in sizes or after in sizes - {"in", "to", "a"} or len(self.tokens) <= _SHORT

    def _is_money(self, place: int) -> bool:
        if self.tokens[place].amount is None:
            return False
        money = self.vocabulary.words("variant_currency") | {"$", "€", "£", "#"}
        around = (*self.tokens[max(0, place - 1) : place], *self.tokens[place + 1 : place + 2])
        return any(token.word in money for token in around)

    def _hit(self, hit: Hit, place: int) -> Mark:
        kind = VALUE if hit.values else QUANTITY
        return self._mark(kind, place, hit.size, hit=hit)

    def _mark(self, kind: str, place: int, size: int, options: tuple[str, ...] = (), hit: Hit | None = None) -> Mark:
        said = self.text[self.tokens[place].start : self.tokens[min(place + size, len(self.tokens)) - 1].end]
        found = hit or Hit(size)
        return Mark(kind, place, size, said, found.values, options, found.quantity, found.near, found.sure)


def _resolved(marks: Sequence[Mark], choices: Choices, is_short: bool) -> Iterator[Mark]:
    """The marks with what their neighbours tell of them: "black frame", "waterproof: yes", "size 12"."""
    spent: set[int] = set()
    read = list(marks)
    for place, mark in enumerate(marks):
        if mark.kind == NAME and (answer := _answered(marks, place, choices)):
            values, last = answer
            read[place] = replace(mark, kind=VALUE, values=values, options=())
            spent.update(range(place + 1, last + 1))
        if mark.kind not in (VALUE, QUANTITY) or place in spent:
            continue
        name = _name_beside(marks, place, choices)
        about = frozenset(value for value in mark.values if name is not None and value[0] in marks[name].options)
        if name is not None and about:
            spent.add(name)
            read[place] = replace(mark, values=about)
        elif mark.kind == QUANTITY or (not mark.sure and not _is_believed(mark, choices, is_short)):
            read[place] = _unheard(mark, marks[name].options if name is not None else (), choices)
    for place, mark in enumerate(read):
        yield replace(mark, kind=OTHER) if place in spent else mark


def _name_beside(marks: Sequence[Mark], place: int, choices: Choices) -> int | None:
    """Where the name of the option stands that a value belongs to: behind it, or before it."""
    options = {option for option, _ in marks[place].values}

    def fits(other: int) -> bool:
        return marks[other].kind == NAME and (not options or bool(options & set(marks[other].options)))

    before = next((p for p in range(place - 1, max(-1, place - 4), -1) if marks[p].kind not in (OTHER, COMMA)), None)
    after = place + 1 if place + 1 < len(marks) else None
    if after is not None and fits(after):
        follows = after + 1 < len(marks) and marks[after + 1].kind == VALUE
        if not (follows and before is not None and fits(before)):
            return after
    return before if before is not None and fits(before) else None


def _answered(marks: Sequence[Mark], place: int, choices: Choices) -> tuple[frozenset[Value], int] | None:
    """What "waterproof: yes", "backlight none" and "armrest from fixed to none" say, and where it ends."""
    options, found = marks[place].options, None
    for other in range(place + 1, min(place + _ANSWER, len(marks))):
        said = marks[other].said.casefold()
        follows = marks[other + 1].kind if other + 1 < len(marks) else STOP
        answers = [(option, value) for option in options if (value := choices.answer(option, said))]
        if answers and follows in (STOP, COMMA, "and", "or", "but", "to", "over"):
            found = frozenset(answers[:1]), other
        elif not answers and said not in _LINKS and not {option for option, _ in marks[other].values} & set(options):
            break
    return found


def _is_believed(mark: Mark, choices: Choices, is_short: bool) -> bool:
    bare = all((quantity := choices.quantity(value)) and not quantity.dimension for _, value in mark.values)
    return is_short or bare or bool(mark.quantity and mark.quantity.amount > _SMALL_NUMBER)


def _unheard(mark: Mark, names: tuple[str, ...], choices: Choices) -> Mark:
    """A number that no version has: of which option it is, if of any."""
    quantity = mark.quantity
    if quantity is None:
        return mark
    options = tuple(
        option
        for option in choices.options
        if choices.counts_in(option, quantity.dimension) and (quantity.dimension or option in names)
    )
    return replace(mark, kind=KNOWN if options else QUANTITY, options=options, values=frozenset())
