"""Every intent of the assistant is measured as one answer, or is named as having none."""

from __future__ import annotations

from pathlib import Path

from bot.commands.answers import ANSWERS, SAME, WITHOUT_ANSWER, answer_of
from bot.conversations.phrases import load_domain

ROOT = Path(__file__).resolve().parents[3]


def intents_of_the_domain() -> set[str]:
    return {
        intent if isinstance(intent, str) else next(iter(intent))
        for intent in load_domain(ROOT / "domain.yml")["intents"]
    }


def test_no_intent_of_the_domain_is_missing_from_the_table() -> None:
    assert intents_of_the_domain() - ANSWERS.keys() - WITHOUT_ANSWER == set()


def test_the_table_names_no_intent_that_is_gone() -> None:
    assert (ANSWERS.keys() | WITHOUT_ANSWER) - intents_of_the_domain() <= {"nlu_fallback"}


def test_every_answer_is_one_of_the_standard_ones() -> None:
    assert set(ANSWERS.values()) <= set(SAME)


def test_what_was_not_understood_is_a_refusal() -> None:
    assert answer_of(None) == answer_of("nlu_fallback") == "out_of_scope"
