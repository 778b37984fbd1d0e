"""Which language a conversation is in, and the responses in that language; knows files and words, not how a turn runs.

A language is a folder `data/languages/<code>` with `responses.yml`, as in a domain, and `words.yml`, of which the list
`tells` is read here: words that alone show the language. The domain itself is English.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.engine.errors import StartError

BASE = "en"
SLOT, DEFAULT_SLOT = "language", "default_language"
# A first sentence decides, since the other choice is to guess; a later one must be beyond doubt to change that.
FIRST_WORDS, FIRST_CONFIDENCE = 3, 0.6
PAIR_CONFIDENCE = 0.85  # of only two words
SWITCH_WORDS, SWITCH_CONFIDENCE = 4, 0.8
NO_SENTENCES = ("inform",)  # names, numbers and addresses are of no language

Responses = dict[str, list[dict[str, Any]]]

_WORD = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")
_NO_WORD = re.compile(r"\S*[@\d/]\S*")


class Languages:
    """The responses of every language, and how to tell which one a message is in."""

    def __init__(self, base: Responses, others: Mapping[str, Responses], tells: Mapping[str, str]) -> None:
        """`tells` holds whole messages, in lower case, and the language each of them is in."""
        self._responses = {BASE: base, **{code: {**base, **own} for code, own in others.items()}}
        self._tells = tells

    @property
    def codes(self) -> Sequence[str]:
        return tuple(self._responses)

    def responses(self, code: str | None) -> Responses:
        """All responses, in English where this language lacks them."""
        return self._responses.get(code or BASE) or self._responses[BASE]

    def language_of(self, slots: Mapping[str, Any]) -> str:
        """The language to answer in: the decided one, else the one the caller suggests, else English."""
        for name in (SLOT, DEFAULT_SLOT):
            if slots.get(name) in self._responses:
                return str(slots[name])
        return BASE

    def decide(self, decided: str | None, text: str, parsed: Mapping[str, Any]) -> str | None:
        """The language that a typed message decides on, or None where it leaves things as they are.

        `parsed` is what the pipeline makes of it.
        """
        found = self._certain(decided, text, parsed)
        return found if found in self._responses and found != decided else None

    def _certain(self, decided: str | None, text: str, parsed: Mapping[str, Any]) -> str | None:
        if decided is None and (told := self._tells.get(plain(text))):
            return told
        language = parsed.get("language") or {}
        name, confidence = language.get("name"), float(language.get("confidence") or 0.0)
        if not name or (parsed.get("intent") or {}).get("name") in NO_SENTENCES:
            return None
        words = _words(text, parsed.get("entities") or [])
        if decided is not None:
            return name if words >= SWITCH_WORDS and confidence >= SWITCH_CONFIDENCE else None
        enough = PAIR_CONFIDENCE if words < FIRST_WORDS else FIRST_CONFIDENCE
        return name if words >= FIRST_WORDS - 1 and confidence >= enough else None


def load_languages(folder: Path | None, base: Responses) -> Languages:
    """Reads all languages below `folder`; `base` are the domain's responses. None or no such folder: English alone.

    Raises:
        StartError: a file is broken; with file, line and reason.
    """
    others: dict[str, Responses] = {}
    tells: dict[str, str] = {}
    for place in sorted(folder.iterdir()) if folder is not None and folder.is_dir() else []:
        own = _read(place / "responses.yml").get("responses")
        if own and place.name != BASE:
            others[place.name] = _checked(place / "responses.yml", own)
        if own or place.name == BASE:
            tells.update({plain(str(text)): place.name for text in _read(place / "words.yml").get("tells") or ()})
    return Languages(base, others, tells)


def plain(text: str) -> str:
    """Lower case, one space between words, no punctuation at the ends."""
    composed = unicodedata.normalize("NFC", text[:200]).casefold().replace("’", "'")
    return " ".join(composed.strip(" \t\n.!,;:¡¿?").split())


def _words(text: str, entities: Sequence[Mapping[str, Any]]) -> int:
    """How many ordinary words: without names of products, numbers, addresses of mail and web."""
    for entity in entities:
        start, end = entity.get("start"), entity.get("end")
        if isinstance(start, int) and isinstance(end, int):
            text = text[:start] + " " * (end - start) + text[end:]
    return len(_WORD.findall(_NO_WORD.sub(" ", text[:1000])))


def _read(file: Path) -> dict[str, Any]:
    import yaml  # here, so that what decides on a language can be tested without the engine's environment

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise StartError(f"{file}:{line}: {error.problem or error.context}") from None
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise StartError(f"{file}: cannot be read ({error})") from None
    if content is not None and not isinstance(content, dict):
        raise StartError(f"{file}:1: must be a mapping of names to words")
    return content or {}


def _checked(file: Path, responses: Any) -> Responses:
    if not isinstance(responses, dict):
        raise StartError(f"{file}: responses must be a mapping of names to lists of variants")
    for name, variants in responses.items():
        if not isinstance(variants, list) or not variants or not all(isinstance(one, dict) for one in variants):
            raise StartError(f"{file}: {name} must be a list of variants, like `- text: …`")
    return responses
