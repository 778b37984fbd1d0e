"""Answers from articles: the passage and its source, what is not known, wishes for a person, and whether it helped."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from actions.articles import ActionAnswerQuestion, ActionAnswerWish, ActionArticleHelpful, ActionArticleNotHelpful
from actions.repair import ActionNotUnderstood
from actions.services import Services
from actions.wishes import QUESTIONS, WISHES
from bot.knowledge.answers import Answer
from bot.knowledge.articles import TOPICS
from bot.settings import ROOT

if TYPE_CHECKING:
    from tests.unit.actions.conftest import Stage

RETURNS = Answer("returns", "Returns", "What it costs", "Nothing.", "https://shop/help/returns", "en", 0.8)
PAYMENT = dataclasses.replace(
    RETURNS, slug="payment", title="Ways to pay", heading=None, url="https://shop/help/payment"
)


class Answers:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.found: Answer | None = RETURNS
        self.close: list[Answer] = []
        self.asked: list[tuple[Any, ...]] = []

    async def answer(self, question: str, language: str, topics: Collection[str] = ()) -> Answer | None:
        self.asked.append((question, language, tuple(topics)))
        return self.found

    async def certain_answer(self, question: str, language: str) -> Answer | None:
        return self.found

    async def others(self, question: str, language: str, slug: str | None = None) -> list[Answer]:
        self.asked.append((question, language, slug))
        return self.close


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def services(services: Services, answers: Answers) -> Services:
    return dataclasses.replace(services, articles=answers)  # type: ignore[arg-type]  # a fake of what actions use of it


def shown_last(stage: Stage, answer: Answer = RETURNS, turn: str = "m0") -> None:
    stage.slots["article"] = {"slug": answer.slug, "heading": answer.heading, "question": "and?", "turn": turn}


async def test_a_question_is_answered_with_the_passage_and_its_source(stage: Stage, answers: Answers) -> None:
    told = await stage.run(ActionAnswerQuestion, "do I pay for returns?", "policy_question")
    assert told.responses == ["utter_article", "utter_article_helped"]
    assert told.messages[0]["passage"] == "Nothing."
    (card,) = told.cards
    assert (card["kind"], card["title"], card["subtitle"]) == ("article", "Returns", "What it costs")
    assert card["fields"] == [
        {"label": "Help centre", "value": "Read the article", "href": "https://shop/help/returns"}
    ]
    shown = {"type": "article_shown", "slug": "returns", "language": "en", "passage": "What it costs"}
    assert told.effects == [shown]
    assert answers.asked == [("do I pay for returns?", "en", QUESTIONS["policy_question"].topics)]


async def test_what_no_article_answers_is_said_and_kept(stage: Stage, answers: Answers) -> None:
    answers.found = None
    told = await stage.run(ActionAnswerQuestion, "do you deliver to the moon?", "shipping_question")
    assert told.responses == ["utter_unanswered"]
    text = "do you deliver to the moon?"
    assert told.effects == [
        {"type": "unanswered_question", "text": text, "language": "en", "intent": "shipping_question"}
    ]


async def test_what_comes_close_is_named_beside_what_is_not_known(stage: Stage, answers: Answers) -> None:
    answers.found, answers.close = None, [PAYMENT]
    told = await stage.run(ActionAnswerQuestion, "can I pay with shells?", "payment_question")
    assert told.responses == ["utter_unanswered"]
    assert [field["href"] for card in told.cards for field in card["fields"]] == ["https://shop/help/payment"]


async def test_in_a_form_nothing_is_asked_that_would_stand_in_its_way(stage: Stage) -> None:
    stage.form = "track_order_form"
    told = await stage.run(ActionAnswerQuestion, "do I pay for returns?", "policy_question")
    assert told.responses == ["utter_article"]
    assert not told.form_ended


async def test_the_same_passage_is_not_said_twice_in_a_row(stage: Stage) -> None:
    stage.heard_before("policy_question")
    shown_last(stage)
    told = await stage.run(ActionAnswerQuestion, "but do I pay for returns?", "policy_question")
    assert told.responses == ["utter_article_same"]
    assert told.effects == []


async def test_a_text_in_another_language_is_called_what_it_is(stage: Stage) -> None:
    stage.slots["language"] = "de"
    told = await stage.run(ActionAnswerQuestion, "Was kostet eine Rückgabe?", "policy_question")
    assert told.responses[0] == "utter_article_in_english"
    assert told.cards[0]["fields"][0]["label"] == "Hilfe-Center"


async def test_a_wish_for_a_person_is_answered_with_how_it_works_and_the_offer(stage: Stage) -> None:
    told = await stage.run(ActionAnswerWish, "cancel my order", "cancel_order")
    assert told.responses == ["utter_article", "utter_wish_cancel_order"]


async def test_a_wish_without_an_article_is_offered_a_person(stage: Stage, answers: Answers) -> None:
    answers.found = None
    told = await stage.run(ActionAnswerWish, "cancel my order", "cancel_order")
    assert told.responses == ["utter_wish_cancel_order"]
    assert told.effects == []


async def test_a_wish_that_is_repeated_gets_other_words(stage: Stage) -> None:
    stage.heard_before("cancel_order")
    shown_last(stage)
    told = await stage.run(ActionAnswerWish, "cancel it now", "cancel_order")
    assert told.responses == ["utter_wish_insisted"]


async def test_a_wish_in_the_middle_of_a_form_leaves_the_form_open(stage: Stage) -> None:
    stage.form = "track_order_form"
    told = await stage.run(ActionAnswerWish, "cancel my order", "cancel_order")
    assert told.responses == ["utter_article", "utter_wish_back"]
    assert not told.form_ended


@pytest.mark.parametrize("intent", ["article_helpful", "affirm"])
async def test_a_yes_is_counted(stage: Stage, intent: str) -> None:
    stage.said_before("utter_article_helped")
    told = await stage.run(ActionArticleHelpful, "yes", intent)
    assert told.responses == ["utter_article_helpful"]
    assert told.effects == [{"type": "article_feedback", "helpful": True}]


@pytest.mark.parametrize("intent", ["article_not_helpful", "deny"])
async def test_a_no_is_counted_and_names_what_comes_close(stage: Stage, answers: Answers, intent: str) -> None:
    stage.said_before("utter_article_helped")
    shown_last(stage)
    answers.close = [PAYMENT]
    told = await stage.run(ActionArticleNotHelpful, "no", intent)
    assert told.responses == ["utter_article_not_helpful"]
    assert told.effects == [{"type": "article_feedback", "helpful": False}]
    assert [field["value"] for card in told.cards for field in card["fields"]] == ["Ways to pay"]
    assert answers.asked == [("and?", "en", "returns")]


@pytest.mark.parametrize("said", ["utter_unanswered", "utter_unanswered_again", "utter_article_same"])
async def test_yes_and_no_to_the_offer_of_a_person_are_no_word_on_an_article(stage: Stage, said: str) -> None:
    stage.said_before(said)
    yes = await stage.run(ActionArticleHelpful, "yes", "affirm")
    no = await stage.run(ActionArticleNotHelpful, "no", "deny")
    assert (yes.next_action, yes.effects) == ("action_request_callback", [])
    assert (no.next_action, no.effects) == ("action_deny", [])


def test_every_topic_of_a_wish_is_one_of_articles() -> None:
    named = {topic for wish in (QUESTIONS | WISHES).values() for topic in wish.topics}
    assert named <= set(TOPICS)


def test_the_rules_and_the_table_name_the_same_intents() -> None:
    rules = YAML(typ="safe").load(ROOT / "data" / "rules" / "articles.yml")["rules"]
    by_action = {
        rule["steps"][1]["action"]: {step["intent"] for step in rule["steps"][0]["or"]}
        for rule in rules
        if "or" in rule["steps"][0]
    }
    assert by_action == {"action_answer_question": set(QUESTIONS), "action_answer_wish": set(WISHES)}


def test_every_wish_has_its_words() -> None:
    said = YAML(typ="safe").load(ROOT / "domain.yml")["responses"]
    assert [intent for intent in WISHES if f"utter_wish_{intent}" not in said] == []


@pytest.mark.parametrize("form", [None, "track_order_form"])
async def test_what_was_not_understood_is_answered_where_an_article_is_certain(stage: Stage, form: str | None) -> None:
    stage.form = form
    told = await stage.run(ActionNotUnderstood, "what is that new thing of yours called?", "out_of_scope")
    assert told.responses[0] == "utter_article"


@pytest.mark.parametrize("noise", ["<b></b>", "<script>alert(1)</script>", "asdf", "ok hm", "??? 12"])
async def test_noise_is_no_gap_in_the_articles(stage: Stage, answers: Answers, noise: str) -> None:
    answers.found = None
    assert (await stage.run(ActionAnswerQuestion, noise, "policy_question")).effects == []
