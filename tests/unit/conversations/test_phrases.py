"""The app's own sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.conversations.phrases import REQUIRED, DomainError, Phrases, load_domain

ROOT = Path(__file__).resolve().parents[3]


def test_the_projects_domain_has_every_sentence_the_app_needs() -> None:
    Phrases(load_domain(ROOT / "domain.yml")["responses"])


def test_a_missing_sentence_is_named() -> None:
    with pytest.raises(DomainError, match="utter_app_delay_notice"):
        Phrases({name: [{"text": "x"}] for name in REQUIRED[1:]})


def test_values_are_filled_in_as_they_are() -> None:
    phrases = Phrases({name: [{"text": "Reach you at {contact}?"}] for name in REQUIRED})
    assert phrases.say(REQUIRED[0], contact="{x} 100% {contact}").text == "Reach you at {x} 100% {contact}?"


def test_variants_are_taken_in_turn() -> None:
    phrases = Phrases({name: [{"text": "one"}, {"text": "two"}] for name in REQUIRED})
    assert [phrases.say(REQUIRED[0], pick=n).text for n in range(3)] == ["one", "two", "one"]


@pytest.mark.parametrize("content", ["[1, 2", "- just\n- a list\n"])
def test_a_broken_domain_file_is_an_error_in_words(tmp_path: Path, content: str) -> None:
    file = tmp_path / "domain.yml"
    file.write_text(content)
    with pytest.raises(DomainError, match=r"domain\.yml"):
        load_domain(file)


def test_a_missing_domain_file_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="cannot be read"):
        load_domain(tmp_path / "domain.yml")
