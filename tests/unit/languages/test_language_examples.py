"""The training examples of the languages beside English: every intent has some, and no text two meanings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.languages.languages import BASE, plain, shipped_languages
from bot.settings import ROOT

NLU = ROOT / "data" / "nlu"
BUTTONS_ONLY = {"something_else", "article_helpful", "article_not_helpful"}
LEAST = 8
OTHERS = [code for code in shipped_languages().codes if code != BASE]


@cache
def blocks(file: Path) -> list[dict[str, Any]]:
    return [block for block in YAML(typ="safe").load(file)["nlu"] if "intent" in block]


def examples(*files: Path) -> Iterator[tuple[str, str]]:
    """(text, intent) of every example."""
    for file in files:
        for block in blocks(file):
            for line in block["examples"].splitlines():
                yield plain(line.removeprefix("- ")), block["intent"]


@pytest.mark.parametrize("code", OTHERS)
def test_every_intent_of_english_has_examples(code: str) -> None:
    english = {block["intent"] for file in NLU.glob("*.yml") for block in blocks(file)} - BUTTONS_ONLY
    own = [intent for _, intent in examples(*(NLU / code).glob("*.yml"))]
    assert {intent for intent in english if own.count(intent) < LEAST} == set()


@pytest.mark.parametrize("code", OTHERS)
def test_every_block_says_its_language(code: str) -> None:
    unsaid = [
        (file.name, block["intent"])
        for file in (NLU / code).glob("*.yml")
        for block in blocks(file)
        if (block.get("metadata") or {}).get("language") != code
    ]
    assert unsaid == []


def test_no_text_has_two_meanings_in_any_language() -> None:
    seen: dict[str, str] = {}
    for text, intent in examples(*sorted(NLU.rglob("*.yml"))):
        assert seen.setdefault(text, intent) == intent, text
