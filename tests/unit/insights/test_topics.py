"""What conversations are about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.insights.facts.topics import (
    OUT_OF_SCOPE,
    PERSON,
    SMALLTALK,
    TOPICS,
    UNKNOWN,
    says_something,
    topic_of,
    topic_of_all,
)

ROOT = Path(__file__).parents[3]
# They answer a question or steer the conversation: they are about nothing by themselves.
ANSWERS = {
    *("resend_code", "affirm", "deny", "stop", "wait", "has_question", "explain", "inform", "cannot_provide"),
    *("not_helped", "go_back", "resume", "something_else", "choose", "article_helpful", "article_not_helpful"),
}


def intents() -> list[str]:
    domain = (ROOT / "domain.yml").read_text(encoding="utf-8")
    listed = domain.split("\nintents:\n")[1].split("\nentities:")[0]
    return re.findall(r"^  - (\w+)$", listed, re.M)


def test_every_intent_of_the_domain_has_a_topic_or_is_only_an_answer() -> None:
    assert len(intents()) > 40
    assert {intent for intent in intents() if topic_of(intent) == UNKNOWN} == ANSWERS


def test_topics_are_named_as_the_files_of_the_training_data() -> None:
    files = {file.stem for file in (ROOT / "data" / "nlu").glob("*.yml")}
    assert set(TOPICS) - {UNKNOWN} <= files
    assert len(TOPICS) == len(set(TOPICS))


def test_nothing_understood_is_unknown() -> None:
    assert [topic_of(None), topic_of(""), topic_of("nlu_fallback"), topic_of("of_a_later_version")] == [UNKNOWN] * 4
    assert topic_of_all([]) == UNKNOWN


@pytest.mark.parametrize(
    ("understood", "topic"),
    [
        (["greet", "cancel_order", "thanks", "goodbye"], "cancel_order"),
        (["track_order", "inform", "cancel_order"], "track_order"),
        (["track_order", "cancel_order", "affirm", "cancel_order"], "cancel_order"),
        (["human", "return_items"], "returns"),
        (["greet", "human"], PERSON),
        (["greet", "nlu_fallback", "out_of_scope"], OUT_OF_SCOPE),
        (["nlu_fallback", "greet", None], SMALLTALK),
        (["nlu_fallback", "affirm"], UNKNOWN),
    ],
)
def test_small_talk_never_hides_what_a_conversation_is_about(understood: list[str | None], topic: str) -> None:
    assert topic_of_all(understood) == topic


def test_only_a_real_topic_can_be_the_same_again() -> None:
    assert says_something("track_order")
    assert not any(says_something(topic) for topic in (UNKNOWN, SMALLTALK, OUT_OF_SCOPE, PERSON))
