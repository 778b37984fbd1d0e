"""Answers from help articles: to questions, beside wishes that a person carries out, and whether they helped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Domain, Events, ServiceAction
from actions.misses import none_missed
from actions.person import person_was_offered
from actions.reading import active_form, intent_of, language_of, previous_turn, question_of, turn_of
from actions.repeats import reworded, said
from actions.track_order import order_kept
from actions.wishes import wish_of
from bot.knowledge.answers import Answer
from bot.knowledge.records import asks_something, feedback, shown, unanswered
from bot.orders.formatting import Formatting
from bot.orders.product_subject import is_plain


class ActionAnswerQuestion(ServiceAction):
    """Says the passage that answers, and asks whether it did; what no article answers is said to be unanswered."""

    action_name = "action_answer_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        question, language, intent = question_of(tracker), language_of(tracker), intent_of(tracker)
        answer = await self.services.articles.answer(question, language, wish_of(intent).topics)
        closest: list[Answer] = []
        if answer is None:
            closest = [] if active_form(tracker) else await self.services.articles.others(question, language)
            response = _in_form(tracker, "utter_unanswered")
            kept = asks_something(question) and not await self._searches_products(question, language)
            effects = [unanswered(question, language, intent)] if kept else []
        elif _was_shown(tracker, answer):
            response, effects = _in_form(tracker, "utter_article_same"), []
        else:
            _say(dispatcher, answer, language, self.formatting(tracker))
            response, effects = "" if active_form(tracker) else "utter_article_helped", []
        remembered, cards = _remembered(tracker, answer, question), _links(closest, self.formatting(tracker))
        return _closing(dispatcher, tracker, domain, response, effects, remembered, cards)

    async def _searches_products(self, question: str, language: str) -> bool:
        """Whether it is no gap in the articles, but a search that the catalogue is for."""
        catalogue = await self.services.products.catalogue()
        return is_plain(catalogue, catalogue.read(question, language), None)


class ActionAnswerWish(ServiceAction):
    """Says how it works, that a person has to do it as yet, and offers one."""

    action_name = "action_answer_wish"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        question, language, intent = question_of(tracker), language_of(tracker), str(intent_of(tracker))
        answer = await self.services.articles.answer(question, language, wish_of(intent).topics)
        if answer is not None and not _was_shown(tracker, answer):
            _say(dispatcher, answer, language, self.formatting(tracker))
        insists = previous_turn(tracker)[1] == intent
        response = _in_form(tracker, "utter_wish_insisted" if insists else f"utter_wish_{intent}", "utter_wish_back")
        events = [*order_kept(tracker, self.facts(tracker)), *_remembered(tracker, answer, question)]
        return _closing(dispatcher, tracker, domain, response, [], events)


class ActionArticleHelpful(ServiceAction):
    """Takes a yes: the article helped. A yes to the offer of a person is no word on an article."""

    action_name = "action_article_helpful"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if intent_of(tracker) == "affirm" and person_was_offered(tracker):
            return [FollowupAction("action_request_callback")]
        response = _in_form(tracker, "utter_article_helpful")
        return _closing(dispatcher, tracker, domain, response, [feedback(helpful=True)], [])


class ActionArticleNotHelpful(ServiceAction):
    """Takes a no: names other articles that come close, and offers a person."""

    action_name = "action_article_not_helpful"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """See `ServiceAction.run`."""
        if intent_of(tracker) == "deny" and person_was_offered(tracker):
            return [FollowupAction("action_deny")]
        about, others = tracker.get_slot("article"), []
        if isinstance(about, dict):
            others = await self.services.articles.others(about["question"], language_of(tracker), about["slug"])
        response = _in_form(tracker, "utter_article_not_helpful")
        cards = _links(others, self.formatting(tracker))
        return _closing(dispatcher, tracker, domain, response, [feedback(helpful=False)], [], cards)


def source_card(answer: Answer, formatting: Formatting) -> dict[str, Any]:
    """Where an answer comes from, as a card with a link."""
    link = _field(formatting.label("help_centre"), formatting.label("read_article"), answer.url)
    return _card(answer.title, answer.heading, [link])


def _say(dispatcher: CollectingDispatcher, answer: Answer, language: str, formatting: Formatting) -> None:
    """The passage, its source, and the effect that counts it."""
    response = "utter_article" if answer.language == language else "utter_article_in_english"
    effect = shown(answer.slug, answer.language, answer.heading)
    content = {"cards": [source_card(answer, formatting)], "effects": [effect]}
    dispatcher.utter_message(response=response, passage=answer.passage, json_message=content)


def _closing(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    domain: Domain,
    response: str,
    effects: list[dict[str, Any]],
    events: Events,
    cards: Sequence[dict[str, Any]] = (),
) -> Events:
    """The last words of the turn, reworded where they were said lately; none where `response` is empty."""
    wording = reworded(tracker, domain, response) if response else ""
    if wording:
        content = {"effects": effects, "cards": list(cards)}
        dispatcher.utter_message(response=wording, json_message=content)
    return [*events, none_missed(), *([said(tracker, wording)] if wording else [])]


def _in_form(tracker: Tracker, response: str, instead: str | None = None) -> str:
    """In a form, whose question comes next, shorter words that ask nothing themselves."""
    return (instead or f"{response}_back") if active_form(tracker) else response


def _remembered(tracker: Tracker, answer: Answer | None, question: str) -> Events:
    if answer is None:
        return [SlotSet("article", None)]
    about = {"slug": answer.slug, "heading": answer.heading, "question": question, "turn": turn_of(tracker).message_id}
    return [SlotSet("article", about)]


def _was_shown(tracker: Tracker, answer: Answer) -> bool:
    """Whether this very passage was the answer to the message before."""
    about = tracker.get_slot("article")
    before, _ = previous_turn(tracker)
    if not isinstance(about, dict) or not before or about.get("turn") != before:
        return False
    return (about.get("slug"), about.get("heading")) == (answer.slug, answer.heading)


def _links(answers: Sequence[Answer], formatting: Formatting) -> list[dict[str, Any]]:
    """One card with the addresses of articles, if there are any."""
    fields = [_field(answer.heading or "", answer.title, answer.url) for answer in answers]
    return [_card(formatting.label("help_closest"), None, fields)] if fields else []


def _card(title: str, subtitle: str | None, fields: list[dict[str, Any]]) -> dict[str, Any]:
    card = {"kind": "article", "title": title, "subtitle": subtitle, "badge": None, "fields": fields}
    return card | {"items": [], "total": None}


def _field(label: str, value: str, href: str) -> dict[str, Any]:
    return {"label": label, "value": value, "href": href}
