"""Several wishes in one message: where it may be divided, and what of the parts is a wish of its own.

Knows nothing of Rasa. Dividing too often does no harm, as parts only count where two of them are surely understood as
different wishes; what is no wish stays with the wish beside it, so nothing of the message is lost.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Parsed = Mapping[str, Any]

SLOT = "waiting_wishes"
NEXT_WISH = "utter_next_wish"

# After these a dot ends no sentence.
_ABBREVIATIONS = "st mr mrs ms dr prof ca approx vs bzw evtl inkl zzgl sr sra mme"
_BEFORE_NUMBERS = "no nr nos núm num str"
_WORD_BEFORE = re.compile(r"(\w+)\.$")
_LONGEST_ABBREVIATION = 10
_AROUND = " \t\r\n,;:–—-"  # between parts rather than of one
_LEAST_LETTERS = 2  # of a part
_MANY_PARTS = 20  # to look for the shortest neighbours among them
_LEAST_WORDS = 3  # of a question that stands for itself: "Why?" is about what is beside it
_LEAST_GUESS = 0.15  # of a question with a fact in it that hides what is asked ("where is W1234567")
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class Words:
    """What joins two wishes in one language."""

    connectives: Sequence[str] = ()  # "and also": always
    conjunctions: Sequence[str] = ()  # "and": before a question or a beginning
    questions: Sequence[str] = ()  # "where", "can": a conjunction and one of these add a wish
    beginnings: Sequence[str] = ()  # "I", "please": a conjunction and one of these may give a reason just as well
    references: Sequence[str] = ()  # "it": a question with one of these is about what was said before


@dataclass(frozen=True)
class Splitting:
    """The settings of `bot.engine.nlu.wishes.WishSplitter`."""

    chatter: Collection[str]
    answers: Collection[str]
    unsure: Collection[str]
    person: Collection[str]
    forget: Collection[str]
    least_confidence: float
    least_in_whole: float
    most_parts: int
    most_waiting: int
    boundary: "re.Pattern[str]"
    questions: Collection[str] = ()  # intents of which two in a row are two wishes
    asking: "re.Pattern[str]" = _NEVER
    referring: "re.Pattern[str]" = _NEVER


@dataclass(frozen=True)
class Part:
    """A piece of a message by its place, and what it was understood as."""

    start: int
    end: int
    parsed: Parsed = field(default_factory=dict)
    added: bool = False  # in so many words ("and also") to what is before it, or what is after it to this one
    asks: bool = False  # is a whole question by its words or its mark
    refers: bool = False  # to something said before it

    @property
    def intent(self) -> str:
        return _intent(self.parsed)


@dataclass(frozen=True)
class Utterance:
    """One thing the customer said, as the dialogue is to hear it."""

    text: str
    parsed: Parsed

    @property
    def intent(self) -> str:
        return _intent(self.parsed)

    def named(self) -> dict[str, Any]:
        """As the answer of a turn shows it."""
        return {"text": self.text, "intent": self.intent, "confidence": _confidence(self.parsed)}

    def waiting(self) -> dict[str, Any]:
        """As the slot keeps it until its turn comes."""
        kept = ("intent", "entities", "language")
        return {"text": self.text, **{name: self.parsed[name] for name in kept if name in self.parsed}}


@dataclass(frozen=True)
class Said:
    """A message as the dialogue is to hear it: one utterance or several, in order."""

    utterances: Sequence[Utterance]
    wishes: Sequence[Utterance] = ()  # all that were understood, where they are several


def boundary_of(words: Iterable[Words]) -> "re.Pattern[str]":
    """A pattern that finds what lies between two parts of a message, in any of the languages at once.

    Its group `added` is there where the words say that something is added, not only that a sentence ends.
    """
    added = []
    ends = [r"\n", r"(?<=[.!?…])\s", r"(?<=[.!?…][\"'”»)])\s", r";\s"]
    for language in words:
        beginnings = [*language.questions, *language.beginnings]
        if language.connectives:
            added.append(_any_of(language.connectives))
        if language.conjunctions and language.questions:
            added.append(_joined(language.conjunctions, language.questions))
        if language.conjunctions and language.beginnings:
            ends.append(_joined(language.conjunctions, language.beginnings))
        if beginnings:
            ends.append(rf",\s{{1,3}}(?={_any_of(beginnings)})")
    return re.compile("|".join([f"(?P<added>{'|'.join(added) or '(?!)'})", *ends]), re.IGNORECASE)


def asking_of(words: Iterable[Words]) -> "re.Pattern[str]":
    """A pattern that matches the beginning of a question, in any of the languages at once."""
    known = list(words)
    first = [word for language in known for word in language.questions]
    joining = [word for language in known for word in language.conjunctions]
    if not first:
        return _NEVER
    return re.compile(rf"[\s¿¡\"'(]*(?:{_any_of(joining or ['and'])}\s+)?{_any_of(first)}", re.IGNORECASE)


def referring_of(words: Iterable[Words]) -> "re.Pattern[str]":
    """A pattern that finds a word that stands for something said before, in any of the languages at once."""
    known = [word for language in words for word in language.references]
    return re.compile(_any_of(known), re.IGNORECASE) if known else _NEVER


def _joined(conjunctions: Sequence[str], beginnings: Sequence[str]) -> str:
    return rf"(?<=\s){_any_of(conjunctions)}\s{{1,3}}(?={_any_of(beginnings)})"


def _any_of(words: Sequence[str]) -> str:
    """One of the words as a whole; a "~" in it stands for letters ("~-vous": "livrez-vous")."""
    longest_first = sorted(words, key=len, reverse=True)
    any_word = "|".join(re.escape(word).replace(r"\~", r"[^\W\d_]+") for word in longest_first)
    return rf"(?<![\w'’-])(?:{any_word})(?![\w'’-])"


def parts_of(text: str, splitting: Splitting) -> list[Part]:
    """The parts of a message, at most as many as the settings allow; fewer than two: there is nothing to divide."""
    pieces: list[Part] = []
    start, added = 0, False
    for found in splitting.boundary.finditer(text):
        before = text[max(0, found.start() - _LONGEST_ABBREVIATION) : found.start()]
        if not _is_abbreviation(before, text[found.end() : found.end() + 1]):
            pieces.append(_trimmed(text, start, found.start(), added))
            start, added = found.end(), found["added"] is not None
    parts = _without_crumbs(text, [*pieces, _trimmed(text, start, len(text), added)])
    while len(parts) > _MANY_PARTS:
        parts = [_one(parts[at : at + 2]) for at in range(0, len(parts), 2)]
    while len(parts) > splitting.most_parts:
        at = min(range(len(parts) - 1), key=lambda place: parts[place + 1].end - parts[place].start)
        parts[at : at + 2] = [_one(parts[at : at + 2])]
    followed = [*(part.added for part in parts[1:]), False]
    return [
        _looked_at(text, replace(part, added=part.added or to_it), splitting)
        for part, to_it in zip(parts, followed, strict=False)
    ]


def _looked_at(text: str, part: Part, splitting: Splitting) -> Part:
    said = text[part.start : part.end]
    asks = said.rstrip("\"'”») ").endswith("?") or splitting.asking.match(said) is not None
    refers = part.start > 0 and splitting.referring.search(said) is not None
    return replace(part, asks=asks and len(said.split()) >= _LEAST_WORDS, refers=refers)


def _one(parts: Sequence[Part]) -> Part:
    return replace(parts[0], end=parts[-1].end)


def _is_abbreviation(before: str, after: str) -> bool:
    found = _WORD_BEFORE.search(before)
    word = found.group(1).lower() if found else ""
    return len(word) == 1 or word in _ABBREVIATIONS.split() or (word in _BEFORE_NUMBERS.split() and after.isdigit())


def _trimmed(text: str, start: int, end: int, added: bool) -> Part:
    said = text[start:end]
    first, last = start + len(said) - len(said.lstrip(_AROUND)), start + len(said.rstrip(_AROUND))
    return Part(first, last, added=added)


def _without_crumbs(text: str, pieces: Sequence[Part]) -> list[Part]:
    """Joins what is no word to what follows it (the "I" of "I also want"), and leaves out what is nothing."""
    whole: list[Part] = []
    start: int | None = None
    added = False
    for piece in pieces:
        letters = sum(character.isalnum() for character in text[piece.start : piece.end])
        added = added or piece.added
        if letters >= _LEAST_LETTERS:
            whole.append(Part(piece.start if start is None else start, piece.end, added=added))
            start, added = None, False
        elif letters and start is None:
            start = piece.start
    if start is not None and whole:
        whole[-1] = replace(whole[-1], end=pieces[-1].end)
    return whole


def plan(text: str, whole: Parsed, parts: Sequence[Part], splitting: Splitting, form_wish: str | None = None) -> Said:
    """What the dialogue is to hear of a message.

    Args:
        whole: what the pipeline makes of all of the text.
        parts: its parts, understood one by one.
        form_wish: the wish that the form serves which waits for an answer; "" if none can be named, None: no form.
    """
    kinds = _Kinds(whole, splitting, form_wish)
    if form_wish is None:
        parts = [kinds.guessed(part) for part in parts]
    before: Sequence[Part | None] = [None, *parts]
    wishes = [part for part, last in zip(parts, before, strict=False) if kinds.is_wish_of_its_own(part, last)]
    answers = [part for part in parts if kinds.is_answer(part)]
    if form_wish is not None and answers and wishes:
        heard = _utterance(text, whole, answers, answers[0].parsed)
        rest = _grouped(text, whole, [part for part in parts if part not in answers], wishes, splitting)
        return Said([heard, *rest], [heard, *rest])
    several = len(_heads(wishes, splitting)) > 1
    if several and (all(part.asks for part in wishes) or not kinds.whole_is_another_wish(wishes)):
        return _several(text, whole, parts, wishes, splitting)
    return Said([Utterance(text, kinds.understanding_of_one(parts))])


class _Kinds:
    """What counts as a wish, an answer or chatter in one message."""

    def __init__(self, whole: Parsed, splitting: Splitting, form_wish: str | None) -> None:
        self._whole = Part(0, 0, whole)
        self._splitting = splitting
        own = {form_wish} if form_wish else set()
        self._no_wishes = {*splitting.chatter, *splitting.answers, *own}
        self._in_whole = {
            str(guess.get("name")): float(guess.get("confidence") or 0.0)
            for guess in (whole.get("intent"), *(whole.get("intent_ranking") or []))
            if guess
        }

    def is_wish_of_its_own(self, part: Part, before: Part | None) -> bool:
        """A sentence may be the reason for the wish of the next; where nothing joins them, the whole shows which.

        A question is no reason. But one about "it" may be a part of what is before it.
        """
        if not self._is_wish(part) or self._is_rest_of_question(part, before):
            return False
        question = part.asks and (before is None or before.asks or not part.refers)
        likely = self._in_whole.get(part.intent, 0.0) >= self._splitting.least_in_whole
        return part.added or question or likely or not self._is_sure(self._whole)

    def _is_rest_of_question(self, part: Part, before: Part | None) -> bool:
        """ "… and how much does it cost": understood alone it is about anything."""
        both = before is not None and {part.intent, before.intent} <= set(self._splitting.questions)
        return both and part.refers and not self._facts(part)

    def guessed(self, part: Part) -> Part:
        """A question that is hidden by a fact in it (a number, a product), as the likeliest of our wishes."""
        hidden = {*self._splitting.unsure, *self._splitting.answers}
        if not part.asks or self._is_wish(part) or part.intent not in hidden or not self._facts(part):
            return part
        for guess in part.parsed.get("intent_ranking") or []:
            if guess["name"] not in hidden | self._no_wishes and guess["confidence"] >= _LEAST_GUESS:
                sure = max(float(guess["confidence"]), self._splitting.least_confidence)
                return replace(part, parsed={**part.parsed, "intent": {"name": guess["name"], "confidence": sure}})
        return part

    def _facts(self, part: Part) -> bool:
        """Whether something of ours is named in a part."""
        found = self._whole.parsed.get("entities") or []
        return any(part.start <= entity.get("start", -1) and entity.get("end", 0) <= part.end for entity in found)

    def is_answer(self, part: Part) -> bool:
        return self._is_sure(part) and part.intent in self._splitting.answers

    def whole_is_another_wish(self, wishes: Sequence[Part]) -> bool:
        return self._is_wish(self._whole) and self._whole.intent not in {part.intent for part in wishes}

    def understanding_of_one(self, parts: Sequence[Part]) -> Parsed:
        """The whole message's, unless that is none and a part's is one: the wish, or of mere chatter the last."""
        whole = self._whole.parsed
        wishes = [part for part in parts if self._is_wish(part)]
        chatter = [part for part in parts if self._is_sure(part) and part.intent in self._splitting.chatter]
        if self._is_wish(self._whole):
            return whole
        if wishes:
            chosen = max(wishes, key=lambda part: _confidence(part.parsed))
        elif len(chatter) == len(parts) > 1:
            chosen = chatter[-1]
        else:
            return whole
        return {**chosen.parsed, **_of_whole(whole, whole.get("entities") or [])}

    def _is_wish(self, part: Part) -> bool:
        return self._is_sure(part) and part.intent not in self._no_wishes

    def _is_sure(self, part: Part) -> bool:
        return (
            _confidence(part.parsed) >= self._splitting.least_confidence and part.intent not in self._splitting.unsure
        )


def _several(text: str, whole: Parsed, parts: Sequence[Part], wishes: Sequence[Part], splitting: Splitting) -> Said:
    found = _grouped(text, whole, parts, wishes, splitting)
    for part in wishes:
        if part.intent in splitting.person:  # who wants a person is not kept with answers; the person reads it all
            parsed = {**part.parsed, **_of_whole(whole, whole.get("entities") or [])}
            return Said([Utterance(text, parsed)], found)
    return Said(found, found)


def _heads(wishes: Sequence[Part], splitting: Splitting) -> list[Part]:
    """The wishes without those that are the same as the one before: of questions each is a wish of its own."""
    heads: list[Part] = []
    for part in wishes:
        same = bool(heads) and heads[-1].intent == part.intent
        if not same or (part.intent in splitting.questions and heads[-1].asks and part.asks):
            heads.append(part)
    return heads


def _grouped(
    text: str, whole: Parsed, parts: Sequence[Part], wishes: Sequence[Part], splitting: Splitting
) -> list[Utterance]:
    """The wishes in order, each with what was said around it; the same wish twice in a row is one.

    Facts (an order number) belong to the last wish that is more than a question.
    """
    groups: list[list[Part]] = [[]]
    heads = _heads(wishes, splitting)
    in_need = 0
    for part in parts:
        if part in heads[1:]:
            groups.append([])
        if part in heads and part.intent not in splitting.questions:
            in_need = len(groups) - 1
        groups[in_need if part.intent in splitting.answers else -1].append(part)
    return [_utterance(text, whole, group, head.parsed) for group, head in zip(groups, heads, strict=False)]


def _utterance(text: str, whole: Parsed, parts: Sequence[Part], parsed: Parsed) -> Utterance:
    """What some parts say, with the entities that were found there in the whole message."""
    said, entities = "", []
    for part in parts:
        if said:
            said += "\n"
        for entity in whole.get("entities") or []:
            start, end = entity.get("start"), entity.get("end")
            if isinstance(start, int) and isinstance(end, int) and part.start <= start and end <= part.end:
                moved = len(said) - part.start
                entities.append({**entity, "start": start + moved, "end": end + moved})
        said += text[part.start : part.end]
    return Utterance(said, {**parsed, **_of_whole(whole, entities)})


def _of_whole(whole: Parsed, entities: Sequence[Any]) -> dict[str, Any]:
    """What is read better in a whole message than in a part of it."""
    language = {"language": whole["language"]} if "language" in whole else {}
    return {"entities": list(entities), **language}


def _intent(parsed: Parsed) -> str:
    return str((parsed.get("intent") or {}).get("name"))


def _confidence(parsed: Parsed) -> float:
    return float((parsed.get("intent") or {}).get("confidence") or 0.0)


def from_slot(value: Any) -> list[Utterance]:
    """The wishes that the slot keeps; what is none is passed over."""
    kept = value if isinstance(value, list) else []
    return [
        Utterance(str(wish["text"]), {name: wish[name] for name in wish if name != "text"})
        for wish in kept
        if isinstance(wish, Mapping) and wish.get("text") and isinstance(wish.get("intent"), Mapping)
    ]
