"""Gathers from the marks of a text what is asked of a version of a product; chooses nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bot.self_service.reading.asked import Asked, Step
from bot.self_service.reading.choices import Choices
from bot.self_service.reading.degrees import compared_option, counted_option, options_of
from bot.self_service.reading.marks import COMMA, KNOWN, NAME, OTHER, PRICE, QUANTITY, STOP, VALUE, Mark
from bot.self_service.reading.tokens import tokens_of
from bot.self_service.reading.vocabulary import Vocabulary

_ENDS_A_MODE = frozenset({STOP, "but", "else", "instead"})


def gather(marks: Sequence[Mark], choices: Choices, vocabulary: Vocabulary, current: Mapping[str, str]) -> Asked:
    """What `marks` ask.

    Args:
        current: the options of what the customer has.
    """
    gatherer = _Gatherer(marks, choices, vocabulary, current)
    gatherer.run()
    return gatherer.asked


@dataclass(slots=True)
class _Gatherer:
    marks: Sequence[Mark]
    choices: Choices
    vocabulary: Vocabulary
    current: Mapping[str, str]
    asked: Asked = field(default_factory=Asked)
    mode: str = ""
    connector: str = ""
    names: list[str] = field(default_factory=list)  # options named in this clause without a value
    saw_rest: bool = False
    saw_same: bool = False
    last: Mark | None = None  # the value before
    spent: set[int] = field(default_factory=set)

    def run(self) -> None:
        place = 0
        while place < len(self.marks):
            place = self._take(place)
        if self.saw_same and not self.asked.is_different and not self.asked.kept:
            self.asked.same_item = True
        self._clear_up()
        for option, step in list(self.asked.steps.items()):
            if option in self.asked.wanted or (step.is_weak and option in {*self.asked.most, *self.asked.bounds}):
                del self.asked.steps[option]

    def _clear_up(self) -> None:
        """Of a value of one option or another, the one of which nothing else is said is meant."""
        unclear, self.asked.unclear = self.asked.unclear, []
        for values in unclear:
            free = frozenset(value for value in values if value[0] not in self.asked.wanted) or values
            options = {option for option, _ in free}
            if len(options) == 1 and free != values:
                self.asked.wanted[options.pop()] = [{value for _, value in free}]
            else:
                self.asked.unclear.append(free)

    def _take(self, place: int) -> int:
        mark = self.marks[place]
        if place in self.spent:
            return place + 1
        if mark.kind == "if":
            return self._condition(place)
        if mark.kind in (VALUE, KNOWN, QUANTITY) and self._is_difference(place):
            return place + 1
        if mark.kind in (VALUE, KNOWN):
            self._value(place)
        elif mark.kind == NAME:
            self._name(place)
        elif mark.kind in ("more", "less", "above", "below", "at_least", "at_most"):
            self._degree(place)
        elif mark.kind in ("most", "least"):
            self._superlative(place)
        else:
            self._word(place)
        return place + 1

    # -- Words between

    def _word(self, place: int) -> None:
        mark, asked = self.marks[place], self.asked
        if mark.kind in _ENDS_A_MODE:
            self._clause(mark)
        elif mark.kind == COMMA:
            if self.mode in ("not", "no", "source") or self._next_kind(place) not in (NAME, "rest"):
                self.mode = self.mode if self.mode == "prefer" else ""
            self.connector = "comma"
        elif mark.kind in ("and", "or", "over"):
            self._connect(mark)
        elif mark.kind in ("not", "no", "free", "any", "prefer"):
            self._begin(mark.kind, place)
        elif mark.kind in ("instead_of", "from"):
            self.mode = "source"
        elif mark.kind == "except":
            self._clause(mark) if self.saw_same else self._begin("not", place)
        elif mark.kind == "to":
            self.mode = "" if self.mode == "source" else self.mode
            self.connector = "to" if self.connector != "else" else "else"
            if self.saw_same and not asked.kept and self.mode == "same":
                self.mode, asked.rest = "", asked.rest or "same"
        elif mark.kind in ("same", "same_item"):
            self._same(place)
        elif mark.kind == "rest_same":
            asked.rest, self.mode = "same", ""
        elif mark.kind == "rest":
            self._rest()
        elif mark.kind == "free_after":
            asked.free.update(self.names)
            asked.rest = "free" if self.saw_rest else asked.rest
        elif mark.kind in ("cheapest", "dearest") and self.mode != "not":
            asked.price = -1 if mark.kind == "cheapest" else 1
        elif mark.kind in ("cheaper", "dearer") and self.mode != "not":
            asked.dearer = -1 if mark.kind == "cheaper" else 1
        elif mark.kind in ("step_up", "step_down"):
            for option in self._sizes()[:1]:
                asked.steps[option] = Step(1 if mark.kind == "step_up" else -1, one=True)
        elif mark.kind in ("or_more", "or_less"):
            self._bound_last(mark.kind)
        elif mark.kind == OTHER and self.mode in ("not", "no"):
            passed = self.vocabulary.words("variant_passed")
            self.mode = self.mode if self.mode == "not" and mark.said.casefold() in passed else ""

    def _clause(self, mark: Mark) -> None:
        if mark.kind in ("but", "except") and self.saw_same and not self.asked.kept and not self.saw_rest:
            self.asked.rest = self.asked.rest or "same"
        self.mode, self.names, self.saw_rest = "", [], False
        if mark.kind == "else":
            self.connector = "else"
        elif mark.kind != STOP or self.connector != "else":
            self.connector = ""

    def _connect(self, mark: Mark) -> None:
        if mark.kind == "over" and self.mode != "prefer" and mark.said != ">":
            return
        if self.mode in ("not", "no", "source") and mark.kind == "and":
            self.mode = ""
        self.connector = mark.kind if self.connector != "else" else "else"

    def _begin(self, kind: str, place: int) -> None:
        before = self.last is not None and self.last.place + self.last.size == self.marks[place].place
        if kind == "prefer" and self.last and before and self._next_kind(place) in (STOP, COMMA, ""):
            for option in options_of(self.last) & self.asked.wanted.keys():  # "black preferred"
                self.asked.liked[option] = self.asked.wanted.pop(option)
            return
        self.mode = "free" if kind == "any" else kind
        self.connector = "" if self.connector != "else" else "else"

    def _same(self, place: int) -> None:
        self.saw_same = True
        follows = self._next_kind(place)
        if self.saw_rest and follows not in (NAME, VALUE):
            self.asked.rest = "same"
        elif self.names and follows not in (NAME, VALUE, "rest"):
            self.asked.kept.update(self.names)
        else:
            self.mode = "same"

    def _rest(self) -> None:
        self.saw_rest = True
        if self.mode == "same":
            self.asked.rest = "same"
        elif self.mode == "free":
            self.asked.rest = "free"

    def _condition(self, place: int) -> int:
        """What stands behind "if": "if there is no black one, …" makes what follows the second choice."""
        end = next(
            (p for p in range(place + 1, len(self.marks)) if self.marks[p].kind in (STOP, COMMA)), len(self.marks)
        )
        within = self.marks[place + 1 : end]
        lacking = self.vocabulary.words("variant_lacking")
        lacks = any(token.word in lacking for mark in within for token in tokens_of(mark.said))
        values = [mark for mark in within if mark.kind in (VALUE, KNOWN)]
        follows = any(mark.kind in (VALUE, KNOWN, NAME, "no") for mark in self.marks[end:])
        if lacks and follows:
            self.mode, self.connector = "", "else"
        elif lacks:
            for mark in values:  # "linear if there is no clicky one"
                for option, value in mark.values:
                    if option in self.asked.wanted:
                        self.asked.wanted[option].insert(0, {value})
        else:
            for mark in values:
                self.mode = "prefer"
                self._store(mark)
            self.mode = ""
        return end + (1 if end < len(self.marks) and self.marks[end].kind == COMMA else 0)

    # -- Values

    def _value(self, place: int) -> None:
        mark = self.marks[place]
        if self.mode == "source":
            return
        if self.mode == "prefer" and self.connector == "comma" and self.last and not self._shares(mark, self.last):
            self.mode = ""
        if self.mode in ("not", "no"):
            mine = [value for value in mark.values if self.current.get(value[0]) == value[1]]
            for option, value in mine or mark.values:  # "not black": the frame, where the lens is not
                self.asked.unwanted.setdefault(option, set()).add(value)
            self.mode = "not" if self._next_kind(place) == "or" else ""
        elif self.mode == "free":
            self.asked.free.update(option for option, _ in mark.values)
        else:
            self._store(mark)
        self.last, self.connector = mark, ""
        self.names = []

    def _shares(self, mark: Mark, other: Mark) -> bool:
        return bool(options_of(mark) & options_of(other))

    def _store(self, mark: Mark) -> None:
        options = options_of(mark)
        values = mark.values if mark.kind == VALUE else frozenset((option, mark.said) for option in mark.options)
        for value in values:
            self.asked.words[value] = mark.said
        if mark.near:
            self.asked.near.add(mark.said)
        if mark.kind == KNOWN and self.mode == "prefer":
            return
        if len(options) > 1:
            self.asked.unclear.append(values)
            return
        (option,) = options
        self._rank(self.asked.liked if self.mode == "prefer" else self.asked.wanted, option, {v for _, v in values})

    def _rank(self, ranks: dict[str, list[set[str]]], option: str, values: set[str]) -> None:
        mine = self.current.get(option)
        before = ranks.get(option)
        if before is None:
            first = [{mine}] if self.connector == "else" and mine and self.mode != "prefer" else []
            ranks[option] = [*first, values]
        elif self.connector in ("else", "over"):
            before.append(values)
        elif self.connector == "or":
            before[-1] |= values
        elif before == [{mine}]:
            ranks[option] = [values]  # what the customer has was only told: "my black one, a white one"
        elif values != {mine}:
            before[-1] |= values

    # -- Names of options without a value

    def _name(self, place: int) -> None:
        options = self.marks[place].options
        if self.mode == "free":
            self.asked.free.update(options)
        elif self.mode == "same":
            self.asked.kept.update(options)
        elif self._next_kind(place) == "or" and self._says_not(place + 2):
            self.asked.free.update(options)  # "waterproof or not"
            self.spent.update((place + 1, place + 2))
        elif self.mode in ("not", "no"):
            for option in options:
                if no := self.choices.negative(option):
                    self._rank(self.asked.wanted, option, {no})
                    self.asked.words[option, no] = self.marks[place].said
            self.mode = ""
            self.connector = ""
        elif self.mode != "source":
            self._bare(place)

    def _bare(self, place: int) -> None:
        options = self.marks[place].options
        self.names.extend(options)
        follows = next(
            (mark.kind for mark in self.marks[place + 1 :] if mark.kind not in (NAME, OTHER, "and", COMMA)), ""
        )
        if follows in ("same", "free_after", "more", "less", "most", "least") or self._is_asked(place):
            return
        for option in options:
            with_it = place and self.marks[place - 1].kind == "to"
            if yes := self.choices.affirmative(option):
                self._rank(self.asked.liked if self.mode == "prefer" else self.asked.wanted, option, {yes})
                self.asked.words[option, yes] = self.marks[place].said
            elif (no := self.choices.negative(option)) and with_it:
                self.asked.unwanted.setdefault(option, set()).add(no)

    def _is_asked(self, place: int) -> bool:
        """Whether a word before it makes it a comparison: "higher resolution"."""
        before = self.marks[max(0, place - 2) : place]
        return any(mark.kind in ("more", "less", "most", "least", "any") for mark in before)

    def _says_not(self, place: int) -> bool:
        return place < len(self.marks) and self.marks[place].kind in ("not", "no")

    # -- More and less

    def _degree(self, place: int) -> None:
        mark = self.marks[place]
        if mark.kind in ("above", "below", "at_least", "at_most"):
            if self._bound_next(place):
                return
            words = mark.said.casefold().rsplit(" ", 1)[0]  # "bigger than mine"
            table = self.vocabulary.degrees("variant_more" if mark.kind in ("above", "at_least") else "variant_less")
            leads_to, sign = table.get(words), 1 if mark.kind in ("above", "at_least") else -1
            if leads_to is None:
                return
        else:
            leads_to, sign = mark.options, 1 if mark.kind == "more" else -1
        if self.mode in ("not", "no", "source"):
            return
        around = self.marks[max(0, place - 2) : place + 3]
        if any(other.kind == PRICE for other in self.marks[place + 1 : place + 3]):
            self.asked.dearer = sign
        elif (option := self._option_for(place, leads_to)) is not None and option not in self.asked.steps:
            one = any(other.kind == "slightly" for other in around)
            is_weak = mark.said.casefold() in self.vocabulary.lists["variant_complaints"]
            self.asked.steps[option] = Step(sign, one=one, is_weak=is_weak)

    def _superlative(self, place: int) -> None:
        sign = 1 if self.marks[place].kind == "most" else -1
        if self.mode in ("not", "no", "source"):
            return
        if any(other.kind == PRICE for other in self.marks[place + 1 : place + 3]):
            self.asked.price = sign
        elif (option := self._option_for(place, self.marks[place].options)) is not None:
            self.asked.most[option] = sign

    def _option_for(self, place: int, leads_to: Sequence[str]) -> str | None:
        option, name = compared_option(self.marks, place, leads_to, self.choices)
        self.spent.update(() if name is None else (name,))
        return option

    def _sizes(self) -> list[str]:
        words = self.vocabulary.degrees("variant_more").get("bigger", ())
        return [option for option in self.choices.of_words(words) if self.choices.has_order(option)]

    def _is_difference(self, place: int) -> bool:
        """Takes "500 pieces less" and "2 inches bigger": a number and, one or two marks on, more or less."""
        mark = self.marks[place]
        if mark.quantity is None:
            return False
        for other in range(place + 1, min(place + 3, len(self.marks))):
            follower = self.marks[other]
            if follower.kind in ("more", "less"):
                option = counted_option(self.marks, place, other, self.choices)
                if option is None:
                    return False
                sign = 1 if follower.kind == "more" else -1
                self.asked.steps[option] = Step(sign, amount=mark.quantity.amount)
                self.spent.update(
                    {other, *(p for p in range(place, other + 3) if p < len(self.marks) and self.marks[p].kind == NAME)}
                )
                return True
            if follower.kind not in (NAME, OTHER):
                return False
        return False

    def _bound_next(self, place: int) -> bool:
        kind = self.marks[place].kind
        for other in range(place + 1, min(place + 3, len(self.marks))):
            mark = self.marks[other]
            if mark.kind in (VALUE, KNOWN, QUANTITY) and self._bound(mark, kind):
                self.spent.add(other)
                return True
        return False

    def _bound_last(self, kind: str) -> None:
        if self.last and self._bound(self.last, "at_least" if kind == "or_more" else "at_most"):
            for option in options_of(self.last):
                self.asked.wanted.pop(option, None)

    def _bound(self, mark: Mark, kind: str) -> bool:
        for option in sorted(options_of(mark)):
            orders = [self.choices.order(option, value) for name, value in mark.values if name == option]
            order = next((found for found in orders if found is not None), None)
            if order is None and mark.quantity is not None and self.choices.counts_in(option, mark.quantity.dimension):
                order = mark.quantity.amount
            if order is not None:
                least, most = self.asked.bounds.get(option, (None, None))
                edge = Decimal("0.001") if kind in ("above", "below") else Decimal(0)
                if kind in ("at_least", "above"):
                    least = order + edge
                else:
                    most = order - edge
                self.asked.bounds[option] = least, most
                return True
        return False

    def _next_kind(self, place: int) -> str:
        follows = (mark.kind for mark in self.marks[place + 1 : place + 3])
        return next((kind for kind in follows if kind != OTHER), "")
