"""The words of a language for what customers ask to have changed (`requests.yml`); understands nothing of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from bot.languages.languages import BASE, FOLDER
from bot.languages.reading import read_words


@cache
def request_words(language: str) -> Mapping[str, Any]:
    """The lists of `requests.yml`, each as its file has it; those a language lacks are the English ones.

    Raises:
        LanguageError: the file cannot be used.
    """
    base = read_words(FOLDER / BASE / "requests.yml")
    if language == BASE or not (FOLDER / language).is_dir():
        return base
    return {**base, **read_words(FOLDER / language / "requests.yml")}


@cache
def words_of_all_languages(name: str) -> tuple[str, ...]:
    """One list as all languages together have it: for what is said alike whatever the conversation is in."""
    folders = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
    lists = [read_words(FOLDER / code / "requests.yml").get(name) or () for code in folders]
    return tuple(dict.fromkeys(str(word) for words in lists for word in words))
