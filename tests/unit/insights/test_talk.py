"""Reading a conversation message by message: counts, steps, and how it was left."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.insights.facts.replies import meaning_of
from bot.insights.facts.talk import Talk, read_talk, told_steps

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EXPECTS = {
    "utter_ask_order_number": "order_number",
    "utter_request_summary_cancel_order": "confirmation",
    "utter_article_helped": "confirmation",
    "utter_done_now": "confirmation",
}


def read(*said: str | tuple[str, str], before: int | None = None) -> Talk:
    """Intents of the customer's messages as ("customer", intent), replies of ours by name; "agent" is one of us."""
    rows: list[Any] = []
    intents: dict[str, str] = {}
    for seq, one in enumerate(said, 1):
        own = f"m{seq}"
        author, response = "bot", None
        if isinstance(one, tuple):
            author, intents[own] = one
        elif one == "agent":
            author = "agent"
        else:
            response = one
            author = "system" if one.startswith("utter_app_") else "bot"
        rows.append(
            SimpleNamespace(
                id=own,
                seq=seq,
                author_kind=author,
                kind="notice" if response == "utter_app_delay_notice" else "text",
                response=response,
                expects=EXPECTS.get(response or ""),
                agent_id="a1" if author == "agent" else None,
                created_at=START + timedelta(seconds=seq),
            )
        )
    return read_talk(rows, intents, before=before, until=None)


def test_a_question_answered_is_not_left_open() -> None:
    talk = read(("customer", "track_order"), "utter_order_shipped", ("customer", "thanks"), "utter_youre_welcome")

    assert (talk.customer, talk.bot, talk.left_open, talk.said_so) == (2, 2, False, False)
    assert talk.steps == ["showed order"]
    assert talk.owner == "bot"


def test_who_leaves_while_something_is_asked_of_them_leaves_it_open_also_with_a_goodbye() -> None:
    assert read(("customer", "cancel_order"), "utter_ask_order_number").left_open
    assert read(("customer", "cancel_order"), "utter_request_summary_cancel_order").left_open
    bye = read(("customer", "cancel_order"), "utter_ask_order_number", ("customer", "goodbye"), "utter_goodbye")
    assert bye.left_open


def test_what_was_not_understood_or_failed_leaves_it_open_until_something_is_answered() -> None:
    assert read(("customer", "nlu_fallback"), "utter_not_understood_again").left_open
    assert read(("customer", "x"), "utter_app_turn_failed").failures == 1
    talk = read(("customer", "nlu_fallback"), "utter_not_understood", ("customer", "track_order"), "utter_order_late")
    assert (talk.fallbacks, talk.left_open) == (1, False)
    assert talk.steps == ["not understood", "showed order"]


def test_a_notice_that_it_takes_longer_is_no_answer() -> None:
    talk = read(("customer", "x"), "utter_app_delay_notice")

    assert talk.left_open
    assert talk.answered_at is None


def test_a_yes_to_did_this_help_counts_until_something_else_is_asked() -> None:
    helped = ("utter_article", "utter_article_helped", ("customer", "thanks"), "utter_youre_welcome")
    assert read(("customer", "policy_question"), *helped).said_so
    more = read(("customer", "policy_question"), *helped, ("customer", "track_order"), "utter_order_late")
    assert not more.said_so


def test_thanks_alone_are_politeness() -> None:
    assert not read(("customer", "track_order"), "utter_order_late", ("customer", "thanks"), "utter_done_now").said_so


def test_what_comes_after_the_question_how_it_was_is_not_counted() -> None:
    talk = read(("customer", "x"), "utter_orders", "utter_app_rating_question", ("customer", "x"), before=3)

    assert (talk.customer, talk.bot) == (1, 1)
    assert not talk.left_open


def test_who_spoke_last_for_us_is_the_owner() -> None:
    talk = read(("customer", "human"), "utter_handoff_asked", "agent", "agent")

    assert (talk.owner, talk.agent_id, talk.agent) == ("agent", "a1", 2)
    assert talk.steps == ["to a person", "a person answered"]


def test_steps_are_few_and_begin_with_the_topic() -> None:
    assert told_steps("track_order", []) == ["track_order"]
    assert told_steps("t", list("abcdefgh")) == ["t", *"abcde", "h"]
    assert told_steps("t", list("abcdefe")) == ["t", *"abcde"]


def test_every_response_of_the_domain_is_read_and_questions_leave_open() -> None:
    domain = (Path(__file__).parents[3] / "domain.yml").read_text(encoding="utf-8")
    names = re.findall(r"^  (utter_\w+):$", domain, re.M)
    assert len(names) > 300
    for name in names:
        meaning = meaning_of(name, None)
        assert meaning.step is None or len(meaning.step) < 40, name
        assert not (meaning.courtesy and meaning.leaves_open), name
    assert meaning_of("utter_ask_email_not_understood", "email").fallback
    assert meaning_of("utter_request_items", "items").step == "asked for items"
    assert meaning_of("utter_request_done_cancel_order_at_once", None).step == "did cancel order"
    assert meaning_of("utter_of_a_later_version", None) == meaning_of(None, None)
