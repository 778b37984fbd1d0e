"""A conversation as a test story of Rasa's: what the customer said, redacted, and what the assistant did; no I/O.

What a model makes of the words is tested where it decides by the words alone. Where the rest of the conversation had a
say in it (a button, one wish of several, a short word in another language), the understanding is written down instead
of the words: `rasa test` plays a story without the app, which is what tells the engine of those.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.insights.learning.redacting import Redacted, Redaction
from bot.insights.learning.sentences import marked
from bot.languages.languages import BASE

_OF_RASA = frozenset({"action_listen", "action_session_start", "action_extract_slots", "action_restart"})
_FOLLOW_UP = "followup"
SHORT = 3  # words, of which the language cannot be told
_NOT_SAID_HERE = re.compile(r"[^\w .,:;'’!?()&/@-]+")


class NoTest(ValueError):
    """Nothing can be replayed of this conversation; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a conversation, with its turn if it had one."""

    author_kind: str
    kind: str
    text: str
    expects: str | None = None
    response: str | None = None
    understanding: Mapping[str, Any] | None = None
    events: Sequence[Mapping[str, Any]] | None = None


@dataclass(slots=True)
class _Story:
    steps: list[str] = field(default_factory=list)
    utterances: int = 0

    def add(self, *lines: str) -> None:
        self.steps += [f"      {line}" for line in lines]

    def remark(self, text: str) -> None:
        line = f"      # {text}"
        if not self.steps or self.steps[-1] != line:
            self.steps.append(line)


def story_of(
    name: str, lines: Sequence[Line], redaction: Redaction, *, language: str, forms: Sequence[str], about: Sequence[str]
) -> str:
    """The content of a test file.

    Args:
        name: of the story.
        lines: all messages, in order.
        redaction: what becomes of the customer's words.
        language: of the conversation.
        forms: the domain's.
        about: remarks for the top of the file.

    Raises:
        NoTest: with a sentence.
    """
    story = _Story()
    expects: str | None = None
    for line in lines:
        if line.author_kind == "agent":
            story.remark("From here on a person spoke; the rest is left out.")
            break
        if line.author_kind == "customer":
            _customer(story, line, redaction, expects, language, forms)
        elif line.author_kind == "bot":
            expects = line.expects
    if not story.utterances:
        raise NoTest("The assistant answered nothing in this conversation, so there is nothing to test.")
    head = [f"# {_plain(remark)}" for remark in about]
    return (
        "\n".join([*head, 'version: "3.1"', "", "stories:", f"  - story: {_quoted(name)}", "    steps:", *story.steps])
        + "\n"
    )


def _customer(
    story: _Story, line: Line, redaction: Redaction, expects: str | None, language: str, forms: Sequence[str]
) -> None:
    if line.events:
        if (line.understanding or {}).get("error"):
            story.remark("A message whose turn failed is left out.")
            return
        _turn(story, line, redaction, expects, language, forms)
        return
    left = {
        "media": "An attachment is left out.",
        "rating": "A rating is left out: the app asks for it.",
        "comment": "A comment on the rating is left out.",
        "command": "A command of the app's is left out.",
        "choice": "A button of the app's is left out.",
    }
    story.remark(left.get(line.kind, "A message that the app or a person saw to is left out."))


def _turn(
    story: _Story, line: Line, redaction: Redaction, expects: str | None, language: str, forms: Sequence[str]
) -> None:
    said: list[str] = []
    number = 0
    loop_named = False
    pending: str | None = None  # an action that the one before asked for, and that no policy predicts
    events = list(line.events or ())
    for place, event in enumerate(events):
        kind, name = event.get("event"), str(event.get("name") or "")
        if kind == "user":
            number += 1
            story.utterances += 1
            _utterance(story, event, line, redaction, expects if number == 1 else None, language)
        elif kind == "action" and name not in _OF_RASA:
            pending = None
            if not number:
                continue
            if _FOLLOW_UP in str(event.get("policy") or ""):
                if name not in forms:
                    pending = name
                    story.remark(f"Then {name}, for which the action itself asked: `rasa test` runs no actions.")
                    continue
                # A form that is active is predicted, which one that an action asks for is not.
                story.add(f"- active_loop: {name}")
                loop_named = True
            story.add(f"- action: {name}")
            if said := _responses(events[place + 1 :]):
                story.steps[-1] += f"  # says {', '.join(said)}"
        elif kind == "active_loop" and number and pending is None:
            if event.get("name") is None:
                story.add("- active_loop: null")
            elif not loop_named:
                story.add(f"- active_loop: {name}")
            loop_named = False
        elif kind == "slot" and name == "requested_slot" and event.get("value") is None and number and pending is None:
            _requested_nothing(story)


def _requested_nothing(story: _Story) -> None:
    lines = ("- slot_was_set:", "    - requested_slot: null")
    if [line.strip() for line in story.steps[-2:]] != [line.strip() for line in lines]:
        story.add(*lines)


def _utterance(
    story: _Story, event: Mapping[str, Any], line: Line, redaction: Redaction, expects: str | None, language: str
) -> None:
    parsed = event.get("parse_data") or {}
    intent = str((parsed.get("intent") or {}).get("name") or "nlu_fallback")
    text = str(event.get("text") or "")
    entities = [one for one in parsed.get("entities") or () if isinstance(one, Mapping)]
    redacted = redaction.of(text, entities, expects=expects)
    why = _understood_otherwise(line, parsed, text, redacted, language)
    if why is None:
        story.add("- user: |", f"    {marked(redacted.text, redacted.marks)}", f"  intent: {intent}")
        return
    story.remark(why + ("" if line.kind == "choice" else f" {_plain(redacted.text)}"))
    story.add(f"- intent: {intent}")
    names = list(dict.fromkeys(str(one.get("entity")) for one in entities if one.get("entity")))
    if names:
        marks = () if line.kind == "choice" else redacted.marks
        known = {one.entity: redacted.text[one.start : one.end] for one in reversed(marks)}
        told = {name: known.get(name) or redaction.stand_in(name) for name in names}
        story.add("  entities:", *(f"    - {name}: {_quoted(value)}" for name, value in told.items()))


def _understood_otherwise(
    line: Line, parsed: Mapping[str, Any], text: str, redacted: Redacted, language: str
) -> str | None:
    """Why the words alone would not tell what was understood; None where they do."""
    if line.kind == "choice":
        return "A button was pressed."
    if not redacted.text.strip() or text.startswith("/"):
        return "Not in words:"
    ranking = parsed.get("intent_ranking") or parsed.get("ranking") or ()
    first = str((ranking[0] or {}).get("name")) if ranking else None
    name = (parsed.get("intent") or {}).get("name")
    if first is not None and first != name:
        return "Understood with the rest of the message:"
    if language != BASE and len(redacted.text.split()) <= SHORT:
        return "Understood in the language of the conversation:"
    return None


def _responses(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """What an action said, by the names in the domain; `events` are those after it."""
    found: list[str] = []
    for event in events:
        if event.get("event") in ("action", "user"):
            break
        name = (event.get("metadata") or {}).get("utter_action")
        if event.get("event") == "bot" and name and name not in found:
            found.append(str(name))
    return found


def _plain(text: str) -> str:
    return " ".join(_NOT_SAID_HERE.sub(" ", text).split())


def _quoted(text: str) -> str:
    return '"' + _plain(text) + '"'
