"""What the assistant says and hears beside its domain, by language; a language is a folder of files, nothing more."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot.languages.reading import LanguageError, read_words
from bot.settings import ROOT

BASE = "en"  # what domain.yml is written in, and what is said where a language lacks a sentence
FOLDER = ROOT / "data" / "languages"
_CODE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Labels:
    """Short words of one language: names of fields, badges, the mail with a code."""

    language: str
    _own: Mapping[str, str]
    _base: Mapping[str, str]

    def say(self, name: str, /, **values: object) -> str:
        """The label `name` with `values` in its {placeholders}; English where this language lacks it.

        Raises:
            KeyError: no language has it.
        """
        text = self._own.get(name) or self._base[name]
        for key, value in values.items():  # not str.format: what customers typed may hold braces
            text = text.replace("{" + key + "}", str(value))
        return text


@dataclass(frozen=True, eq=False)
class Heard:
    """Words that customers of all languages type and that are understood without the engine, as `plain` gives them."""

    ratings: Mapping[str, int]  # "five" → 5
    rating_of: frozenset[str]  # "4 OUT OF 5"
    rating_units: frozenset[str]  # "4 STARS"
    no_comment: frozenset[str]
    requests: frozenset[str]  # how a text begins that asks for something: "where is", "ich brauche noch"
    language_names: Mapping[str, str]  # "german", "deutsch" → "de", also of languages we do not speak
    negations: frozenset[str]  # "not", "kein": the language named beside one is not the one wanted
    agreements: frozenset[str]  # a text that says yes and nothing else
    refusals: frozenset[str]  # … that says no and nothing else


class Languages:
    """All languages of a project.

    Args:
        folder: its `data/languages`.

    Raises:
        LanguageError: a file in it cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
        self._labels = {code: _texts(folder / code / "labels.yml") for code in {BASE, *found}}
        self._responses = {code: _responses(folder / code / "responses.yml") for code in found if code != BASE}
        spoken = [code for code in found if self._responses.get(code)]
        for code in spoken:
            if not _CODE.fullmatch(code):
                raise LanguageError(f"{folder / code}: a language's folder is its ISO 639 code, like de")
        self.codes: tuple[str, ...] = (BASE, *spoken)
        self.heard = _heard([read_words(folder / code / "words.yml") for code in {BASE, *found}])

    def language_for(self, *tags: str | None) -> str:
        """The language of the first of these tags ("de-AT", "fr") that we speak, else English."""
        codes = (re.split("[-_]", tag.lower())[0] for tag in tags if tag)
        return next((code for code in codes if code in self.codes), BASE)

    def responses(self, code: str) -> Mapping[str, Any]:
        """The responses of a language other than English, as its file has them."""
        return self._responses.get(code, {})

    def labels(self, code: str) -> Labels:
        """The labels of a language."""
        return Labels(code, self._labels.get(code, {}), self._labels[BASE])

    def widget_words(self, code: str) -> str | None:
        """The words of the chat widget, as JSON; None where a language has none.

        Raises:
            LanguageError: its file is no JSON.
        """
        file = self.folder / code / "widget.json"
        try:
            return json.dumps(json.loads(file.read_text(encoding="utf-8")), ensure_ascii=False, separators=(",", ":"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise LanguageError(f"{file}: {error}") from error


@cache
def shipped_languages() -> Languages:
    """The languages of this project, read once: for whoever is not handed any."""
    return Languages(FOLDER)


def plain(text: str) -> str:
    """A typed text as the lists of words have it: lower case, one space between words, no punctuation at its ends."""
    composed = unicodedata.normalize("NFC", text).casefold().replace("’", "'")
    return " ".join(composed.strip(" \t\n.!,;:¡¿?").split())


def _texts(path: Path) -> dict[str, str]:
    texts = read_words(path)
    for name, text in texts.items():
        if not isinstance(text, str):
            raise LanguageError(f"{path}: {name} must be a text")
    return texts


def _responses(path: Path) -> dict[str, Any]:
    responses = read_words(path).get("responses") or {}
    if not isinstance(responses, dict):
        raise LanguageError(f"{path}: responses must be a mapping of names to lists of variants")
    for name, variants in responses.items():
        if not isinstance(variants, list) or not all(isinstance(variant, dict) for variant in variants) or not variants:
            raise LanguageError(f"{path}: {name} must be a list of variants, like `- text: …`")
    return responses


def _heard(words: list[dict[str, Any]]) -> Heard:
    def every(name: str) -> list[str]:
        return [plain(str(word)) for one in words for word in one.get(name) or ()]

    def mapped(name: str) -> dict[str, Any]:
        return {plain(str(word)): value for one in words for word, value in (one.get(name) or {}).items()}

    return Heard(
        ratings=mapped("ratings"),
        rating_of=frozenset(every("rating_of")),
        rating_units=frozenset(every("rating_units")),
        no_comment=frozenset(every("no_comment")),
        requests=frozenset(every("requests")),
        language_names=mapped("language_names"),
        negations=frozenset(every("negations")),
        agreements=frozenset(every("agreements")),
        refusals=frozenset(every("refusals")),
    )
