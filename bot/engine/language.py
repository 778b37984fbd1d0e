"""Which language a conversation is in, and the responses in that language; knows files and words, not how a turn runs.

A language is a folder `data/languages/<code>` with `responses.yml`, as in a domain, and `words.yml`, of which two lists
are read here: `tells`, words that alone show the language, and `common`, its most usual words. The domain itself is
English. The detector is sure of itself on five English words too ("who pays return postage" is French to it), so a
language that has common words is believed only where some of them are said.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.engine.errors import StartError

BASE = "en"
SLOT, DEFAULT_SLOT = "language", "default_language"
# A first sentence decides, since the other choice is to guess; to change that takes more, and least to come back.
FIRST_WORDS, FIRST_CONFIDENCE = 3, 0.6
PAIR_CONFIDENCE = 0.85  # of only two words
SWITCH_WORDS, SWITCH_CONFIDENCE = 4, 0.8
LONG_WORDS, SEVERAL = 6, 3  # a sentence of so many words, so many of them common, changes the language by itself
NO_SENTENCES = ("inform",)  # names, numbers and addresses are of no language

_READ_CHARACTERS = 1000

Responses = dict[str, list[dict[str, Any]]]

_WORD = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")
_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NO_WORD = re.compile(r"\S*[@\d/]\S*")


class Languages:
    """The responses of every language, and how to tell which one a message is in."""

    def __init__(
        self,
        base: Responses,
        others: Mapping[str, Responses],
        tells: Mapping[str, str],
        common: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """`tells` holds whole messages, in lower case, and the language each is in; `common` the words of languages."""
        self._responses = {BASE: base, **{code: {**base, **own} for code, own in others.items()}}
        self._tells = tells
        self._common = {code: frozenset(map(_bare, words)) for code, words in (common or {}).items() if words}

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

    def decide(
        self, decided: str | None, text: str, parsed: Mapping[str, Any], *, default: str = BASE, previous: str = ""
    ) -> str | None:
        """The language that a typed message decides on, or None where it leaves things as they are.

        Args:
            parsed: what the pipeline makes of it.
            default: what is spoken until a language is decided.
            previous: the customer's message before this one.
        """
        found = self._certain(decided, text, parsed, default, previous)
        return found if found in self._responses and found != decided else None

    def _certain(
        self, decided: str | None, text: str, parsed: Mapping[str, Any], default: str, previous: str
    ) -> str | None:
        if decided is None and (told := self._tells.get(plain(text))):
            return told
        language = parsed.get("language") or {}
        name, confidence = language.get("name"), float(language.get("confidence") or 0.0)
        if not name or (parsed.get("intent") or {}).get("name") in NO_SENTENCES:
            return None
        said = _ordinary(text, parsed.get("entities") or [])
        words = len(_WORD.findall(said))
        if decided is None:
            enough = PAIR_CONFIDENCE if words < FIRST_WORDS else FIRST_CONFIDENCE
            believed = name == default or self._shown(name, default, said)
            return name if words >= FIRST_WORDS - 1 and confidence >= enough and believed else None
        if words < SWITCH_WORDS or confidence < SWITCH_CONFIDENCE or not self._shown(name, decided, said):
            return None
        by_itself = words >= LONG_WORDS and self._shown(name, decided, said, SEVERAL)
        returns = name == default or name not in self._common
        return name if by_itself or returns or self._shown(name, decided, previous, 2) else None

    def _shown(self, name: str, spoken: str, text: str, least: int = 1) -> bool:
        """Whether so many words of `text` are usual in a language, not in the one spoken, and more than of that one.

        English counts with the one spoken: it is what the detector takes for something else.
        """
        if name not in self._common:
            return True  # without a list the detector alone is asked
        own = self._common[name]
        others = frozenset().union(*(self._common.get(code, ()) for code in {spoken, BASE} - {name}))
        words = [_bare(word) for word in _LETTERS.findall(text[:_READ_CHARACTERS])]
        count = sum(word in own - others for word in words)
        return count >= least and count > sum(word in others - own for word in words)


def load_languages(folder: Path | None, base: Responses) -> Languages:
    """Reads all languages below `folder`; `base` are the domain's responses. None or no such folder: English alone.

    Raises:
        StartError: a file is broken; with file, line and reason.
    """
    others: dict[str, Responses] = {}
    tells: dict[str, str] = {}
    common: dict[str, list[str]] = {}
    for place in sorted(folder.iterdir()) if folder is not None and folder.is_dir() else []:
        own = _read(place / "responses.yml").get("responses")
        if own and place.name != BASE:
            others[place.name] = _checked(place / "responses.yml", own)
        if own or place.name == BASE:
            words = _read(place / "words.yml")
            tells.update({plain(str(text)): place.name for text in words.get("tells") or ()})
            common[place.name] = [str(word) for word in words.get("common") or ()]
    return Languages(base, others, tells, common)


def plain(text: str) -> str:
    """Lower case, one space between words, no punctuation at the ends."""
    composed = unicodedata.normalize("NFC", text[:200]).casefold().replace("’", "'")
    return " ".join(composed.strip(" \t\n.!,;:¡¿?").split())


def _bare(word: str) -> str:
    """A word as it is compared: in lower case and without accents, which many leave out."""
    letters = unicodedata.normalize("NFD", word.casefold().replace("’", "'"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _ordinary(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """The text without names of products, numbers, addresses of mail and web."""
    for entity in entities:
        start, end = entity.get("start"), entity.get("end")
        if isinstance(start, int) and isinstance(end, int):
            text = text[:start] + " " * (end - start) + text[end:]
    return _NO_WORD.sub(" ", text[:_READ_CHARACTERS])


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
