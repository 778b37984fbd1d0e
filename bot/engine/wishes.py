"""Several wishes in one message: what of its parts is a wish of its own, and what the dialogue is to hear of it.

Knows nothing of Rasa. Parts (see `bot.engine.parts`) only count where two of them are surely understood as different
wishes; what is no wish stays with the wish beside it, so nothing of the message is lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.engine.parts import Parsed, Part, Splitting, confidence_of, intent_of

SLOT = "waiting_wishes"
NEXT_WISH = "utter_next_wish"

_LEAST_GUESS = 0.15  # of a question with a fact in it that hides what is asked ("where is W1234567")


@dataclass(frozen=True)
class Utterance:
    """One thing the customer said, as the dialogue is to hear it."""

    text: str
    parsed: Parsed

    @property
    def intent(self) -> str:
        return intent_of(self.parsed)

    def named(self) -> dict[str, Any]:
        """As the answer of a turn shows it."""
        return {"text": self.text, "intent": self.intent, "confidence": confidence_of(self.parsed)}

    def waiting(self) -> dict[str, Any]:
        """As the slot keeps it until its turn comes."""
        kept = ("intent", "entities", "language")
        return {"text": self.text, **{name: self.parsed[name] for name in kept if name in self.parsed}}


@dataclass(frozen=True)
class Said:
    """A message as the dialogue is to hear it: one utterance or several, in order."""

    utterances: Sequence[Utterance]
    wishes: Sequence[Utterance] = ()  # all that were understood, where they are several


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
    own = [part for part, last in zip(parts, before, strict=False) if kinds.is_wish_of_its_own(part, last)]
    wishes = _wanted_first(own)
    answers = [part for part in parts if kinds.is_answer(part)]
    # An answer comes before another wish; what comes after a wish is about that.
    answers = [part for part in answers if not wishes or part.start < wishes[0].start]
    if form_wish is not None and answers and wishes:
        heard = _utterance(text, whole, answers, answers[0].parsed)
        rest = _grouped(text, whole, [part for part in parts if part not in answers], wishes, splitting)
        return Said([heard, *rest], [heard, *rest])
    several = len(_heads(wishes, splitting)) > 1
    if several and (all(part.asks or part.added for part in wishes) or not kinds.whole_is_another_wish(wishes)):
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
        first = _wanted_first(wishes)
        chatter = [part for part in parts if self._is_sure(part) and part.intent in self._splitting.chatter]
        misled = self._whole.intent in {part.intent for part in wishes} - {part.intent for part in first}
        if self._is_wish(self._whole) and not misled:
            return whole
        if wishes:
            chosen = max(first, key=lambda part: confidence_of(part.parsed))
        elif len(chatter) == len(parts) > 1:
            chosen = chatter[-1]
        else:
            return whole
        return {**chosen.parsed, **_of_whole(whole, whole.get("entities") or [])}

    def _is_wish(self, part: Part) -> bool:
        return self._is_sure(part) and part.intent not in self._no_wishes

    def _is_sure(self, part: Part) -> bool:
        return (
            confidence_of(part.parsed) >= self._splitting.least_confidence and part.intent not in self._splitting.unsure
        )


def _wanted_first(wishes: Sequence[Part]) -> list[Part]:
    """The wishes without what is wanted only where they cannot be ("if that's not possible, return it")."""
    return [part for part in wishes if not part.instead] or list(wishes)


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


def from_slot(value: Any) -> list[Utterance]:
    """The wishes that the slot keeps; what is none is passed over."""
    kept = value if isinstance(value, list) else []
    return [
        Utterance(str(wish["text"]), {name: wish[name] for name in wish if name != "text"})
        for wish in kept
        if isinstance(wish, Mapping) and wish.get("text") and isinstance(wish.get("intent"), Mapping)
    ]
