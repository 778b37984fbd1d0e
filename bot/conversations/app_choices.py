"""What the app itself does when a button or a command of its own is chosen (payload `app:…`), without the engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Row

from bot.conversations import extra_questions, repeats, reviews
from bot.conversations.app_prompts import Handled, Happened, promise_here, refused, said, then_further
from bot.conversations.commands import APP
from bot.conversations.ending import PERSON, asked_something, decline_comment, end_conversation, open_survey, rate
from bot.conversations.forgetting import ASK, answer_forget
from bot.conversations.handing_over import SILENT, go_back, hand_over
from bot.conversations.linking import UNLINK, web_link
from bot.conversations.models import Draft
from bot.conversations.unit import Unit
from bot.conversations.unlinking import undo_from_button
from bot.languages.languages import BASE

RATE = "app:rate:"
# Good as long as what they are about, also when a new conversation has begun since.
ANSWERS = (RATE, extra_questions.EXTRA, reviews.REVIEW)  # to what raters are asked
OF_THEIR_OWN_TIME = (*ANSWERS, UNLINK, PERSON)
LOW_RATING = "low_rating"  # one of the reasons to hand over


def answer_choice(unit: Unit, conversation: Row[Any], payload: str) -> Handled | None:
    """Do what a payload of the app's own stands for.

    Args:
        conversation: the one it was offered in; for a command the customer's latest, which may have ended. For who
            wants a person after a rating, the one that goes on with it.

    Returns:
        None where it is not for the app any more, but for the person who owns the conversation.

    Raises:
        Refused: its time is over.
    """
    match payload.removeprefix(APP).split(":"):
        case ["callback", *reason]:
            return Handled(then=lambda: hand_over(unit, conversation.id, reason[0] if reason else SILENT))
        case ["callback_here"]:
            return Handled([promise_here(unit, conversation, "asked")] if conversation.owner == "bot" else [])
        case ["person"]:
            return Handled(then=lambda: hand_over(unit, conversation.id, LOW_RATING))
        case ["go_back"]:
            if conversation.state != "open":
                raise refused(unit, "unknown_choice", "utter_app_conversation_over", conversation.locale)
            if conversation.owner not in ("bot", "queue"):
                return None
            return Handled(then=lambda: go_back(unit, conversation.id))
        case ["rate", score]:
            return Handled(_rated(unit, conversation, int(score)))
        case ["no_comment"]:
            if conversation.prompt != "comment":
                return Handled()
            return then_further(unit, conversation.id, decline_comment(unit, conversation.id))
        case ["extra", _, score]:
            return Handled(_extra_answered(unit, conversation, int(score)))
        case ["review", said_to_it, review_id]:
            return Handled(_review_answered(unit, conversation, said_to_it, review_id))
        case ["end"]:
            return _end(unit, conversation)
        case ["privacy"]:
            return Handled([_privacy(unit, conversation)])
        case ["forget", *step]:
            return answer_forget(unit, conversation, step[0] if step else ASK)
        case ["web"]:
            return Handled(web_link(unit, conversation))
        case ["say_again", message_id]:
            return Handled(repeats.say_again(unit, conversation.id, message_id))
        case ["unlink", link_id]:
            return Handled(then=lambda: undo_from_button(unit, conversation, link_id))
    raise refused(unit, "unknown_choice", "utter_app_button_over", conversation.locale)


def _rated(unit: Unit, conversation: Row[Any], score: int) -> list[Draft]:
    survey = open_survey(unit.connection, conversation.id, unit.now)
    if survey is None:
        raise refused(unit, "unknown_choice", "utter_app_rating_over", conversation.locale)
    # Tapped twice, it was heard the first time; typed, a score is a sentence that wants an answer.
    return [] if survey.score == score else rate(unit, survey, score)


def _extra_answered(unit: Unit, conversation: Row[Any], score: int) -> list[Draft]:
    extra = extra_questions.open_extra(unit.connection, conversation.id, unit.now)
    if extra is None:
        raise refused(unit, "unknown_choice", "utter_app_rating_over", conversation.locale)
    return [] if extra.score == score else extra_questions.answer(unit, conversation.id, extra, score)


def _review_answered(unit: Unit, conversation: Row[Any], said_to_it: str, review_id: str) -> list[Draft]:
    """Agreeing has its time; taking that back has none."""
    review = reviews.review_in(unit.connection, conversation.id, review_id)
    if review is not None and said_to_it == "take_back":
        return reviews.take_back(unit, review)
    if review is None or review.state != "invited" or open_survey(unit.connection, conversation.id, unit.now) is None:
        raise refused(unit, "unknown_choice", "utter_app_button_over", conversation.locale)
    return reviews.decide(unit, review, yes=said_to_it == "yes")


def _end(unit: Unit, conversation: Row[Any]) -> Handled:
    if conversation.state != "open":
        return Handled([said(unit, "utter_app_nothing_to_end", conversation.locale)])

    def end() -> Happened:
        asked = end_conversation(unit, conversation.id, "done")
        return Happened(asked or (), ended=asked is not None)

    if not asked_something(unit.connection, conversation.id):
        return Handled([said(unit, "utter_app_nothing_to_end", conversation.locale)], then=end)
    return Handled(then=end)


def _privacy(unit: Unit, conversation: Row[Any]) -> Draft:
    language = unit.phrases.language_for(conversation.locale)
    link = unit.rules.privacy_page + ("" if language == BASE else f"?lang={language}")
    draft = said(unit, "utter_app_privacy", conversation.locale, link=link)
    # A button of the engine's would be refused at once in a conversation that has ended.
    own = tuple(choice for choice in draft.choices if choice.payload.startswith(APP))
    return draft if conversation.state == "open" else replace(draft, choices=own)
