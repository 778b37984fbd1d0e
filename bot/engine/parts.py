"""Where one message may be divided into parts; what of the parts is a wish of its own, `bot.engine.wishes` decides.

Knows nothing of Rasa. Dividing too often does no harm, as what is no wish stays with the wish beside it.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Parsed = Mapping[str, Any]

# After these a dot ends no sentence.
_ABBREVIATIONS = "st mr mrs ms dr prof ca approx vs bzw evtl inkl zzgl sr sra mme"
_BEFORE_NUMBERS = "no nr nos núm num str"
_WORD_BEFORE = re.compile(r"(\w+)\.$")
_LONGEST_ABBREVIATION = 10
_AROUND = " \t\r\n,;:–—-"  # between parts rather than of one
_ENDS = ".!?…;"  # of a sentence
_LEAST_LETTERS = 2  # of a part
_MANY_PARTS = 20  # to look for the shortest neighbours among them
_LEAST_WORDS = 3  # of a question that stands for itself: "Why?" is about what is beside it
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class Words:
    """What joins two wishes in one language."""

    connectives: Sequence[str] = ()  # "and also": always
    conjunctions: Sequence[str] = ()  # "and": before a question or a beginning
    questions: Sequence[str] = ()  # "where", "can": a conjunction and one of these add a wish
    beginnings: Sequence[str] = ()  # "I", "please": a conjunction and one of these may give a reason just as well
    references: Sequence[str] = ()  # "it": a question with one of these is about what was said before
    sequences: Sequence[str] = ()  # "and", "then": before a command they add a wish
    commands: Sequence[str] = ()  # "cancel", "return"
    same_matter: Sequence[str] = ()  # "it", "the money": after a command they are about what was said before
    alternatives: Sequence[str] = ()  # "if that's not possible": what follows is wanted only in place of the wish


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
    instead: "re.Pattern[str]" = _NEVER


@dataclass(frozen=True)
class Part:
    """A piece of a message by its place, and what it was understood as."""

    start: int
    end: int
    parsed: Parsed = field(default_factory=dict)
    added: bool = False  # in so many words ("and also") to what is before it, or what is after it to this one
    asks: bool = False  # is a whole question by its words or its mark
    refers: bool = False  # to something said before it
    instead: bool = False  # is wanted only where what is before it cannot be

    @property
    def intent(self) -> str:
        return intent_of(self.parsed)


def boundary_of(words: Iterable[Words]) -> "re.Pattern[str]":
    """A pattern that finds what lies between two parts of a message, in any of the languages at once.

    Its group `added` is there where the words say that something is added, not only that a sentence ends.
    """
    added = []
    ends = [r"\n", r"(?<=[.!?…])\s", r"(?<=[.!?…][\"'”»)])\s", r";\s"]
    for language in words:
        if language.connectives:
            added.append(_any_of(language.connectives))
        if language.conjunctions and language.questions:
            added.append(_joined(language.conjunctions, language.questions))
        if language.sequences and language.commands:
            added.append(_commanded(language))
        beginnings = [*language.beginnings, *language.alternatives]
        if language.conjunctions and beginnings:
            ends.append(_after_no_command(language) + _joined(language.conjunctions, beginnings, _no_command(language)))
        if beginnings or language.questions:
            first = _any_of([*language.questions, *beginnings])
            ends.append(rf",\s{{1,3}}{_no_command(language)}(?={first})")
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


def instead_of(words: Iterable[Words]) -> "re.Pattern[str]":
    """A pattern that matches the beginning of what is wanted only in place of a wish, in any of the languages."""
    known = list(words)
    first = [word for language in known for word in language.alternatives]
    joining = [word for language in known for word in language.conjunctions]
    if not first:
        return _NEVER
    return re.compile(rf"(?:{_any_of(joining or ['and'])}[\s,]+)?{_any_of(first)}", re.IGNORECASE)


def _commanded(language: Words) -> str:
    """ "… and return the lamp", but neither "… and return it" nor "cancel and return"."""
    command = rf"{_no_command(language)}(?={_any_of(language.commands)})"
    return rf"(?<=\s){_after_no_command(language)}{_any_of(language.sequences)},?\s{{1,3}}{command}"


def _after_no_command(language: Words) -> str:
    return "".join(rf"(?<!{re.escape(word)}\s)" for word in language.commands)


def _no_command(language: Words) -> str:
    """Holds where no command about the matter at hand begins ("return my money")."""
    if not (language.commands and language.same_matter):
        return ""
    return rf"(?!{_any_of(language.commands)}\s{{1,3}}{_any_of(language.same_matter)})"


def _joined(conjunctions: Sequence[str], beginnings: Sequence[str], unless: str = "") -> str:
    return rf"(?<=\s){_any_of(conjunctions)}\s{{1,3}}{unless}(?={_any_of(beginnings)})"


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
    looked_at: list[Part] = []
    for part, to_it in zip(parts, followed, strict=False):
        instead = bool(looked_at) and _is_instead(text, looked_at[-1], part, splitting)
        looked_at.append(_looked_at(text, replace(part, added=part.added or to_it, instead=instead), splitting))
    return looked_at


def _is_instead(text: str, before: Part, part: Part, splitting: Splitting) -> bool:
    """Whether a part begins with "if that's not possible", or goes on with a sentence that does."""
    if splitting.instead.match(text[before.end : part.end].lstrip(_AROUND)):
        return True
    ended = text[before.end - 1] in _ENDS or "\n" in text[before.end : part.start]
    return before.instead and not ended and not part.added


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


def intent_of(parsed: Parsed) -> str:
    return str((parsed.get("intent") or {}).get("name"))


def confidence_of(parsed: Parsed) -> float:
    return float((parsed.get("intent") or {}).get("confidence") or 0.0)
