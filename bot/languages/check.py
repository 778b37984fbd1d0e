"""Compares every language with English: what is broken, what is missing, what says something else than it should."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.languages.languages import BASE, Heard
from bot.languages.reading import LanguageError, read_words

WORDS = frozenset({"tells", "common", *(field.name for field in fields(Heard))})  # the first two are for the engine
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SHOWN = 8  # names in one line


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend; a `grave` one stops the training, any other is said in English until it is mended."""

    text: str
    grave: bool


def check_languages(project: Path) -> list[Finding]:
    """All findings in `data/languages` of a project, file by file."""
    folder = project / "data" / "languages"
    try:
        domain = read_words(project / "domain.yml").get("responses") or {}
        labels = read_words(folder / BASE / "labels.yml")
    except LanguageError as error:
        return [Finding(str(error), grave=True)]
    found: list[Finding] = []
    for place in sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []:
        try:
            found += _check(place, domain, labels)
        except LanguageError as error:
            found.append(Finding(str(error), grave=True))
    return found


def _check(place: Path, domain: Mapping[str, Any], labels: Mapping[str, Any]) -> Iterator[Finding]:
    words = place / "words.yml"
    for name in sorted(set(read_words(words)) - WORDS):
        yield _grave(words, name, f"unknown list {name}; known are {', '.join(sorted(WORDS))}")
    yield from _check_widget(place / "widget.json")
    if place.name == BASE:
        return
    responses = place / "responses.yml"
    if not responses.is_file():
        yield Finding(f"{responses}: missing; without it {place.name} is no language", grave=True)
        return
    own = read_words(responses).get("responses")
    if not isinstance(own, dict):
        raise LanguageError(f"{responses}:1: must hold `responses:`, a mapping of names to lists of variants")
    yield from _compare(responses, own, domain)
    for name, variants in own.items():
        if name in domain:
            for reason in _differences(variants, domain[name]):
                yield _grave(responses, name, f"{name} {reason}")
    own_labels = read_words(place / "labels.yml")
    yield from _compare(place / "labels.yml", own_labels, labels)
    for name, text in own_labels.items():
        if name in labels and _placeholders([text]) != _placeholders([labels[name]]):
            yield _grave(place / "labels.yml", name, f"{name} has other {{placeholders}} than in English")


def _compare(file: Path, own: Mapping[str, Any], base: Mapping[str, Any]) -> Iterator[Finding]:
    for name in own:
        if name not in base:
            yield _grave(file, str(name), f"{name} is unknown: English has nothing of that name")
    missing = [name for name in base if name not in own]
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        text = f"{file}: {len(missing)} missing, said in English: {', '.join(missing[:_SHOWN])}{more}"
        yield Finding(text, grave=False)


def _differences(variants: Any, english: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not isinstance(variants, list) or not variants or not all(isinstance(one, dict) for one in variants):
        yield "must be a list of variants, like `- text: …`"
        return
    texts, english_texts = _texts(variants), _texts(english)
    if all("text" in one for one in english) and not all(str(one.get("text") or "").strip() for one in variants):
        yield "has a variant without text"
    if _placeholders(texts) != _placeholders(english_texts):
        wanted = ", ".join(f"{{{name}}}" for name in sorted(_placeholders(english_texts))) or "none"
        yield f"has other placeholders than in English, which are: {wanted}"
    if {_signature(one) for one in variants} != {_signature(one) for one in english}:
        yield "has other buttons (payload, value) or other metadata than in English"


def _texts(variants: Sequence[Mapping[str, Any]]) -> list[str]:
    titles = [str(button.get("title")) for one in variants for button in one.get("buttons") or ()]
    return [*(str(one.get("text") or "") for one in variants), *titles]


def _placeholders(texts: Sequence[Any]) -> set[str]:
    return {name for text in texts for name in _PLACEHOLDER.findall(str(text))}


def _signature(variant: Mapping[str, Any]) -> str:
    """Everything about a variant but its words."""
    rest = {key: value for key, value in variant.items() if key not in ("text", "buttons")}
    buttons = [
        {key: value for key, value in button.items() if key != "title"} for button in variant.get("buttons") or ()
    ]
    return json.dumps([rest, buttons], sort_keys=True, default=str)


def _check_widget(file: Path) -> Iterator[Finding]:
    if not file.is_file():
        return
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        yield Finding(f"{file}: cannot be read ({error})", grave=True)
        return
    except json.JSONDecodeError as error:
        yield Finding(f"{file}:{error.lineno}: {error.msg}", grave=True)
        return
    if not isinstance(content, dict):
        yield Finding(f"{file}:1: must be an object of names and words", grave=True)


def _grave(file: Path, name: str, text: str) -> Finding:
    return Finding(f"{file}:{_line_of(file, name)}: {text}", grave=True)


def _line_of(file: Path, name: str) -> int | str:
    """The line in which a name stands, at the top level or one below."""
    content: Any = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    for mapping in [content, *content.values()]:
        if hasattr(mapping, "lc") and name in mapping:
            return int(mapping.lc.key(name)[0]) + 1
    return "?"
