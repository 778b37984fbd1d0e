"""Reads what a customer says about products: prices, questions, and words that the catalogue knows or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from rapidfuzz.distance import OSA

from bot.orders.models import Money
from bot.orders.product_index import ProductIndex
from bot.orders.search_words import SearchWords
from bot.orders.word_forms import Phrase, places_of, stem, words_of

_DASH = "-"
_SHORTEST_MENDED, _TWO_SLIPS = 4, 8  # letters from which one slip, and two slips, are mended


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that was said and what it can mean in the catalogue, the likeliest first; no meaning: unknown to it."""

    said: str
    senses: tuple[Phrase, ...]
    place: int = 0
    plural: bool = False
    near: frozenset[Phrase] = frozenset()  # those of `senses` that only come close to what was said
    guessed: bool = False  # it was misspelt, or is another word altogether
    wanted: bool = False  # said as a thing to have: "laptops", "a laptop"; not "for laptops"

    @property
    def exact(self) -> tuple[Phrase, ...]:
        """The senses that are just what was said."""
        return tuple(sense for sense in self.senses if sense not in self.near)

    @property
    def is_number(self) -> bool:
        """Whether it is a number, such as a size."""
        return self.said[:1].isdigit()


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood of a sentence about products.

    `facts` are questions about a product by their names in search.yml; `compares` and `chooses` say that it weighs
    products against each other ("difference", "or"), `points` that it speaks of a certain one ("it", "the"),
    `open_ended` that it asks for a choice of them ("something", "show me"), `without` what it must not be ("not
    leather"), `sizes` numbers said as sizes that nothing in the catalogue has, `currency` the code of a named currency.
    """

    terms: tuple[Term, ...] = ()
    unknown: tuple[Term, ...] = ()
    lowest: Money | None = None
    highest: Money | None = None
    cheapest: bool = False
    dearest: bool = False
    in_stock: bool = False
    compares: bool = False
    chooses: bool = False
    points: bool = False
    open_ended: bool = False
    facts: tuple[str, ...] = ()
    stems: Phrase = ()
    without: tuple[Term, ...] = ()
    sizes: tuple[str, ...] = ()
    currency: str = ""
    refers: bool = False  # by a pronoun to what was spoken of before

    @property
    def has_price(self) -> bool:
        """Whether it says what a product may cost."""
        return self.lowest is not None or self.highest is not None

    @property
    def says_nothing(self) -> bool:
        """Whether there is nothing in it to search by or to answer."""
        return not (self.searches or self.facts or self.in_stock)

    @property
    def searches(self) -> bool:
        """Whether there is something in it to search by."""
        said = self.terms or self.unknown or self.without or self.sizes
        return bool(said or self.has_price or self.cheapest or self.dearest)


@dataclass(slots=True)
class _Reading:
    words: Phrase
    used: set[int] = field(default_factory=set)  # places of words that are part of a price
    heard: set[int] = field(default_factory=set)  # … and of phrases; they may mean something in the catalogue too
    idiom: set[int] = field(default_factory=set)  # … of questions in several words: "run small" is no size

    def hear(self, phrases: tuple[Phrase, ...], within: frozenset[int] = frozenset()) -> bool:
        """Whether one of `phrases` is said, other than in a price or in the places `within`."""
        taken = self.used | within
        found = [(place, len(phrase)) for phrase in phrases for place in places_of(phrase, self.words)]
        fresh = [(place, size) for place, size in found if not set(range(place, place + size)) & taken]
        self.heard.update(place + step for place, size in fresh for step in range(size))
        return bool(fresh)


def read_wish(text: str, words: SearchWords, index: ProductIndex) -> Wish:
    """What `text` says about products."""
    reading = _Reading(words_of(text))
    lowest, highest = _price(reading, words)
    facts = tuple(name for name, said in words.facts.items() if reading.hear(said))
    asked = frozenset(reading.heard)
    longer = (phrase for said in words.facts.values() for phrase in said if len(phrase) > 1)
    reading.idiom.update(
        p + i for phrase in longer for p in places_of(phrase, reading.words) for i in range(len(phrase))
    )
    open_ended = reading.hear(words.phrases["anything"], within=asked)  # "more" in "tell me more" asks for no others
    heard = {name: reading.hear(words.phrases[name]) for name in ("cheap", "dear", "in_stock", "compare")}
    reading.hear(words.phrases["currency"])
    said = tuple(_terms(reading, words, index))
    refers = _any_said(words.phrases["pronouns"], reading.words)
    if facts and refers:  # "is it made in China" is not about chinos
        said = tuple(replace(term, senses=()) if term.guessed else term for term in said)
    without = _unwanted(reading, said, words, index)
    terms = tuple(term for term in said if term not in without)
    return Wish(
        terms=tuple(term for term in terms if term.senses),
        unknown=tuple(term for term in terms if not term.senses),
        lowest=lowest,
        highest=highest,
        cheapest=heard["cheap"],
        dearest=heard["dear"],
        in_stock=heard["in_stock"],
        compares=heard["compare"],
        chooses=any(places_of(phrase, reading.words) for phrase in words.phrases["either"]),
        points=any(places_of(phrase, reading.words) for phrase in words.phrases["it"]),
        open_ended=open_ended,
        facts=facts,
        stems=tuple(stem(word) for word in reading.words),
        without=without,
        sizes=_strange_sizes(reading, words, index),
        currency=next((code for code, said in words.currencies.items() if _any_said(said, reading.words)), ""),
        refers=refers,
    )


def _any_said(phrases: tuple[Phrase, ...], said: Phrase) -> bool:
    return any(places_of(phrase, said) for phrase in phrases)


def _unwanted(reading: _Reading, terms: tuple[Term, ...], words: SearchWords, index: ProductIndex) -> tuple[Term, ...]:
    """The terms a negation stands before: "not black or brown"; of "not leather shoes" the leather only."""
    at, found = {term.place: term for term in terms}, []
    covered = {term.place + step for term in terms if term.senses for step in range(len(term.said.split()))}
    joining = {phrase[0] for name in ("and", "either") for phrase in words.phrases[name] if len(phrase) == 1}
    passed = {phrase[0] for phrase in words.phrases["without_between"]}
    for phrase in words.phrases["without"]:
        for place in places_of(phrase, reading.words):
            if place in covered | reading.used | reading.heard:
                continue
            place, joined = place + len(phrase), True
            while place < len(reading.words):
                if reading.words[place] in joining or (joined and reading.words[place] in passed):
                    place, joined = place + 1, True
                elif joined and place in at:
                    found.append(at[place])
                    place, joined = place + len(at[place].said.split()), False
                else:
                    break
    things = [term for term in found if any(sense[-1] in index.kinds for sense in term.senses)]
    nothing_left = not any(term.senses for term in terms if term not in found)
    return () if things and nothing_left else tuple(dict.fromkeys(found))  # "have you no kettles?" looks for kettles


def _strange_sizes(reading: _Reading, words: SearchWords, index: ProductIndex) -> tuple[str, ...]:
    """Numbers said as sizes, such as those of another country, that no product comes in."""
    said, marks = reading.words, {phrase[0] for phrase in words.phrases["sized"]}
    units = words.phrases["units"]
    return tuple(
        word
        for place, word in enumerate(said)
        if word.isdigit() and place not in reading.used and place and said[place - 1] in marks
        if (word,) not in index.option_values and said[place + 1 : place + 2] not in units
    )


def _price(reading: _Reading, words: SearchWords) -> tuple[Money | None, Money | None]:
    """The lowest and the highest price that is spoken of; its words are marked as used."""
    said, currency = reading.words, {phrase[0] for phrase in words.phrases["currency"]}
    for place, amount in _numbers(said):
        first, last = place, place
        while first > 0 and said[first - 1] in currency:
            first -= 1
        while last + 1 < len(said) and said[last + 1] in currency:
            last += 1
        if said[last + 1 : last + 2] in words.phrases["units"]:
            continue
        with_currency = last - first > 0
        joined = _starts(said[last + 1 :], (*words.phrases["and"], (_DASH,)))
        second = next(((p, a) for p, a in _numbers(said) if joined and p - (last + joined) in (1, 2)), None)
        between = _ends(said[:first], words.phrases["between"])
        if second and (between or with_currency or said[second[0] + 1 : second[0] + 2][:1] in [(c,) for c in currency]):
            reading.used.update(range(first - between, second[0] + 2))
            return min(amount, second[1]), max(amount, second[1])
        for before, after, bounds in (
            ("under", "under_after", (None, amount)),
            ("over", "over_after", (amount, None)),
            ("around", "around", (amount * Decimal("0.75"), amount * Decimal("1.25"))),
        ):
            leading = _ends(said[:first], words.phrases[before])
            trailing = _starts(said[last + 1 :], words.phrases[after]) if before != "around" else 0
            if leading or trailing:
                reading.used.update(range(first - leading, last + 1 + trailing))
                return bounds
        if with_currency:
            reading.used.update(range(first, last + 1))
            return None, amount
    return None, None


def _numbers(said: Phrase) -> Iterator[tuple[int, Decimal]]:
    for place, word in enumerate(said):
        if word[0].isdigit():
            yield place, _amount(word)


def _amount(word: str) -> Decimal:
    # Three digits behind a comma or a point are thousands, fewer are pence: 1,200 and 1.200,50 and 79,90.
    whole, mark, rest = max((word.rpartition(sign) for sign in ".,"), key=lambda parts: len(parts[0]))
    if not mark or len(rest) == 3:
        return Decimal(word.replace(".", "").replace(",", ""))
    return Decimal(f"{whole.replace('.', '').replace(',', '')}.{rest}")


def _starts(words: Phrase, phrases: tuple[Phrase, ...]) -> int:
    """How many words at the beginning are one of `phrases`."""
    return next((len(phrase) for phrase in phrases if phrase and words[: len(phrase)] == phrase), 0)


def _ends(words: Phrase, phrases: tuple[Phrase, ...]) -> int:
    return next((len(phrase) for phrase in phrases if phrase and words[-len(phrase) :] == phrase), 0)


def _terms(reading: _Reading, words: SearchWords, index: ProductIndex) -> Iterator[Term]:
    place, longest = 0, max(3, index.longest_value)
    while place < len(reading.words):
        term, size = None, 1
        for size in range(min(longest, len(reading.words) - place), 0, -1):
            if reading.used & set(range(place, place + size)):
                continue
            if term := _term(reading.words[place : place + size], place, words, index, place in reading.heard):
                break
        if term and not (place in reading.idiom and set(term.senses) & index.option_values):
            yield replace(term, wanted=_is_wanted(term, reading.words, words))
        place += size if term else 1


def _is_wanted(term: Term, said: Phrase, words: SearchWords) -> bool:
    before = said[term.place - 1 : term.place] if term.place else ()
    one = before in words.phrases["one"]
    if one:
        before = said[max(0, term.place - 2) : term.place - 1]
    is_purpose = before in words.phrases["for"] or any(sense in words.purposes for sense in term.senses)
    return (one or term.plural) and not is_purpose


def _term(said: Phrase, place: int, words: SearchWords, index: ProductIndex, heard: bool) -> Term | None:
    stems = tuple(stem(word) for word in said)
    text, plural = " ".join(said), stems[-1] != said[-1]
    senses = tuple(sense for sense in words.meanings.get(stems, ()) if all(word in index for word in sense))
    if senses:
        means = words.meanings[stems]
        near = frozenset(senses) - {means[0]} if means[0] in words.near else frozenset()
        return Term(text, senses, place, plural, near)
    if stems in index.option_values and (len(said) > 1 or said[0] not in words.ignored):
        return Term(text, (stems,), place, plural)
    if len(said) > 1 or said[0] in words.ignored or not said[0][0].isalpha():
        return None
    if stems[0] in index:
        return Term(text, (stems,), place, plural)
    if heard:
        return None
    mended = _mended(stems[0], words, index)
    if mended in words.ignored:
        return None
    if mended is None:
        return Term(text, (), place, plural)
    return Term(text, words.meanings.get((mended,), ((mended,),)), place, plural, guessed=True)


def _is_slip(word: str, other: str) -> bool:
    # In four letters one replaced by another makes too many other words: a boat is no boot.
    return len(word) > _SHORTEST_MENDED or len(word) != len(other) or sorted(word) == sorted(other)


def _mended(word: str, words: SearchWords, index: ProductIndex) -> str | None:
    """The nearest word to a misspelt one: of the catalogue, of what people call things, or of what says nothing."""
    if len(word) < _SHORTEST_MENDED:
        return None
    slips = 2 if len(word) >= _TWO_SLIPS else 1
    known = (*index.vocabulary, *(said[0] for said in words.meanings if len(said) == 1), *words.ignored)
    near = (
        (OSA.distance(word, other, score_cutoff=slips), -len(other), other)
        for other in known
        if other[0] == word[0] and len(other) >= _SHORTEST_MENDED - 1 and abs(len(other) - len(word)) <= slips
    )
    best = min((found for found in near if found[0] <= slips and _is_slip(word, found[2])), default=None)
    return best[2] if best else None
