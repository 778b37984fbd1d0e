"""What the app itself asks for in words and understands, without the engine: ratings, comments, ways to call back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations.ending import comment, decline_comment, open_survey, rate
from bot.conversations.errors import Refused
from bot.conversations.further import answer_further, ask_further
from bot.conversations.models import Draft, Message
from bot.conversations.rating_words import asks_for_something, declines_comment, parse_rating
from bot.conversations.transcript import PUSHED, choice
from bot.conversations.unanswered import here
from bot.conversations.unit import Unit
from bot.languages.languages import plain
from bot.storage.tables import callbacks, conversations, messages

CALLBACK = "app:callback"
READ_CHARACTERS = 1000  # patterns may take time with the square of the length
# What the conversation waits for: a contact just asked for, and one that is taken whenever it comes.
ASKED, OPEN = "callback_contact", "callback_open"
FORMS_OWN = ("email", "order_number", "one_time_code")  # what a question of the engine's may expect instead
SURE_PHONE = 10  # so many digits are a phone number whatever was asked
SHORT = 6  # words beside a contact in a message that is essentially one
_EMAIL = re.compile(r"[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+\.\w{2,}")
_NUMBER = re.compile(r"(?<![\w#.,/-])(?:\+\s*)?\(?\d(?:[\s().-]*\d)*(?!\w)")
PHONE_DIGITS = range(8, 16)  # more than an order number's, fewer than a bank card's
_DATE = re.compile(r"\d{1,4}([./ -])\d{1,2}\1\d{2,4}")
_ATTEMPT = re.compile(r"@|(?:\d\D{0,3}){5}")  # what may have been meant as one


@dataclass(frozen=True, slots=True)
class Happened:
    """What came of a message besides replies to it."""

    messages: tuple[Message, ...] = ()
    ended: bool = False
    moved: bool = False  # see `Change`
    owner: str | None = None  # see `Change`
    handled: tuple[str, ...] = ()  # channels' ids of messages that waited before it, and do so no longer


@dataclass(frozen=True, slots=True)
class Handled:
    """A message the app answers by itself, within the conversation it was found to belong to.

    `then` is called once the message and the replies are stored: for what has to come after both.
    """

    drafts: list[Draft] = field(default_factory=list)
    then: Callable[[], Happened] | None = None


def answer_typed(unit: Unit, conversation: Row[Any], text: str) -> Handled | None:
    """Answer a typed text if it is what the app asked this conversation for.

    Returns:
        None where it is an ordinary message: for the engine, or, after the end, the start of a new conversation.
    """
    if taken := answer_contact(unit, conversation, text):
        return taken
    if conversation.state == "open":
        return None
    survey = open_survey(unit.connection, conversation.id, unit.now)
    if survey is None:
        return None
    answered = answer_further(unit, conversation, text)
    if answered is not None:
        return Handled(answered)
    heard = unit.phrases.languages.heard
    score = parse_rating(text, heard)
    if score is not None:
        return Handled(rate(unit, survey, score))
    if conversation.prompt == "comment" and declines_comment(text, heard):
        return then_further(unit, conversation.id, decline_comment(unit, conversation.id))
    fresh = conversation.active_at > unit.now - unit.rules.comment_window
    asks = asks_for_something(text, heard) or _names_an_order(text, unit.rules.order_number_pattern)
    if conversation.prompt == "comment" and fresh and not asks:
        return then_further(unit, conversation.id, comment(unit, survey, text))
    return None


def then_further(unit: Unit, conversation_id: str, drafts: list[Draft]) -> Handled:
    """The answer to a comment given or declined, and after it what else a rater is asked, if anything."""
    return Handled(drafts, then=lambda: Happened(ask_further(unit, conversation_id)))


def answer_contact(unit: Unit, conversation: Row[Any], contact: str) -> Handled | None:
    """Take a contact that came as one; None where none is waited for."""
    return _take_contact(unit, conversation, contact) if conversation.prompt in (ASKED, OPEN) else None


def request_callback(unit: Unit, conversation_id: str, reason: str) -> list[Draft]:
    """Store that a person should get back to the customer, and ask where to reach them unless that is known.

    Where we can write to them whenever we like, they are answered there: nothing is asked, it is promised at once.
    """
    conversation = _standing(unit, conversation_id)
    contact = note_callback(unit, conversation_id, reason)
    if contact is not None:
        return [_promised(unit, conversation, contact, words="")]
    if conversation.channel in PUSHED:
        return [promise_here(unit, conversation, reason)]
    expect_contact(unit, conversation_id)
    return [said(unit, "utter_app_callback_contact", conversation.locale)]


def note_callback(unit: Unit, conversation_id: str, reason: str) -> str | None:
    """Store that a person should get back to the customer; where to reach them, if that is known already."""
    known = unit.connection.execute(sa.select(callbacks).where(callbacks.c.conversation_id == conversation_id)).first()
    if known is None:
        unit.connection.execute(
            sa.insert(callbacks).values(
                id=unit.new_id(),
                conversation_id=conversation_id,
                reason=reason,
                state="open",
                created_at=unit.now,
            )
        )
        return None
    if known.contact:
        again = sa.update(callbacks).where(callbacks.c.id == known.id, callbacks.c.state == "closed")
        unit.connection.execute(again.values(state="open", closed_at=None))
        _open_case(unit, conversation_id, known.contact, words="")
    return known.contact or None


def promise_here(
    unit: Unit, conversation: Row[Any], reason: str, *, name: str = "utter_app_promise_here", words: str = ""
) -> Draft:
    """Promise that a person answers in this conversation, whether the customer waits for it or comes back later.

    Args:
        name: of the sentence that says so, with the {promise} in it.
        words: the customer's own, for the case.
    """
    note_callback(unit, conversation.id, reason)
    contact = here(unit, conversation.channel)
    _set_prompt(unit, conversation.id, None)
    _keep_contact(unit, conversation.id, contact)
    promise = _open_case(unit, conversation.id, contact, words=words)
    return said(unit, name, conversation.locale, promise=promise(conversation.locale))


def expect_contact(unit: Unit, conversation_id: str) -> None:
    """Take the next typed e-mail address or phone number as the way to reach the customer, now or later on."""
    _set_prompt(unit, conversation_id, ASKED)


def refused(unit: Unit, code: str, name: str, locale: str, *, retryable: bool = False) -> Refused:
    """The error for a message that is not accepted, with the sentence `name` in the customer's language."""
    return Refused(code, unit.phrases.say(name, locale=locale).text, retryable=retryable)


def person_offer(unit: Unit, name: str, locale: str, *, kind: str = "offer") -> Draft:
    """A sentence of the app's with the button that asks for a call back."""
    phrase = unit.phrases.say(name, locale=locale)
    title = phrase.buttons[0]["title"] if phrase.buttons else unit.phrases.label("ask_for_call_back", locale=locale)
    return Draft(
        phrase.text,
        author_kind="system",
        kind=kind,
        response=name,
        choices=(choice(unit.new_id(), str(title), CALLBACK),),
    )


def notice(unit: Unit, name: str, locale: str) -> Draft:
    """A sentence of the app's that asks for nothing."""
    return Draft(unit.phrases.say(name, locale=locale).text, author_kind="system", kind="notice", response=name)


def said(unit: Unit, name: str, locale: str, **values: Any) -> Draft:
    """A sentence of the app's, with `values` in its placeholders and the buttons it has in the domain."""
    phrase = unit.phrases.say(name, locale=locale, **values)
    buttons = [choice(unit.new_id(), str(button["title"]), str(button["payload"])) for button in phrase.buttons]
    return Draft(phrase.text, author_kind="system", response=name, choices=tuple(buttons), expects=phrase.expects)


def _take_contact(unit: Unit, conversation: Row[Any], text: str) -> Handled | None:
    """Take the contact in a text; else ask once more where it was meant to be one, or leave it to the engine."""
    text, asked = text[:READ_CHARACTERS], conversation.prompt == ASKED
    contact = _contact_in(unit, text, asked)
    if contact is not None and _is_for_callback(unit, conversation.id, contact, asked):
        _set_prompt(unit, conversation.id, None)
        _keep_contact(unit, conversation.id, contact)
        return Handled([_promised(unit, conversation, contact, words=text)])
    if not asked:
        return None
    heard = unit.phrases.languages.heard
    _set_prompt(unit, conversation.id, None if plain(text) in heard.refusals else OPEN)
    if contact is None and _answers_unreadably(unit, text):
        return Handled([said(unit, "utter_app_callback_contact_again", conversation.locale)])
    return None  # they went on to something else; the request itself stays stored


def _contact_in(unit: Unit, text: str, asked: bool) -> str | None:
    """The e-mail address or phone number in a text; unasked only where there is little else in it."""
    rest = re.sub(unit.rules.order_number_pattern, lambda found: "W" * len(found.group()), text)
    found = _EMAIL.search(rest) or next(filter(_is_phone, _NUMBER.finditer(rest)), None)
    if found is None:
        return None
    beside = rest[: found.start()] + " " + rest[found.end() :]
    wish = rest != text or asks_for_something(beside, unit.phrases.languages.heard) or len(beside.split()) > SHORT
    return None if wish and not asked else found.group().strip(" .'")


def _is_phone(number: re.Match[str]) -> bool:
    return _digits(number.group()) in PHONE_DIGITS and not _DATE.fullmatch(number.group())


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _is_for_callback(unit: Unit, conversation_id: str, contact: str, asked: bool) -> bool:
    """Whether a contact is meant for the call back and not for a form of the engine's that asks for one, too."""
    known = unit.connection.execute(
        sa.select(callbacks.c.contact).where(
            callbacks.c.conversation_id == conversation_id, callbacks.c.state == "open"
        )
    ).first()
    if known is None or (known.contact and not asked):
        return False
    if "@" not in contact and (contact.startswith("+") or _digits(contact) >= SURE_PHONE):
        return True
    expected = unit.connection.execute(
        sa.select(messages.c.expects)
        .where(messages.c.conversation_id == conversation_id, messages.c.author_kind != "customer")
        .order_by(messages.c.seq.desc())
        .limit(1)
    ).scalar()
    return expected not in FORMS_OWN


def _answers_unreadably(unit: Unit, text: str) -> bool:
    """Whether a text without a contact in it still answers the question for one: "yes", half a number."""
    if plain(text) in unit.phrases.languages.heard.agreements:
        return True
    asks = asks_for_something(text, unit.phrases.languages.heard)
    return not asks and not _names_an_order(text, unit.rules.order_number_pattern) and bool(_ATTEMPT.search(text))


def _set_prompt(unit: Unit, conversation_id: str, prompt: str | None) -> None:
    unit.connection.execute(sa.update(conversations).where(conversations.c.id == conversation_id).values(prompt=prompt))


def _names_an_order(text: str, order_number_pattern: str) -> bool:
    return re.search(order_number_pattern, text[:READ_CHARACTERS]) is not None


def _promised(unit: Unit, conversation: Row[Any], contact: str, *, words: str) -> Draft:
    """Note the call back as a case, and say by when it is made."""
    locale = conversation.locale
    promise = _open_case(unit, conversation.id, contact, words=words)(locale)
    if contact in (here(unit, channel) for channel in (conversation.channel, *PUSHED)):
        return said(unit, "utter_app_promise_here", locale, promise=promise)
    return said(unit, "utter_app_callback_stored", locale, contact=contact, promise=promise)


def _open_case(unit: Unit, conversation_id: str, contact: str, *, words: str) -> Callable[[str], str]:
    """Note the call back as a case; by when it is made, in the words of a locale."""
    promises = unit.cases.promises
    case = unit.cases.open_call_back(
        unit.connection, conversation_id=conversation_id, contact=contact, words=words, now=unit.now
    )
    # A broken promise stays noted as it was given; what can still be kept is said.
    due_at = promises.call_back(unit.now) if case.overdue(unit.now) else case.due_at
    return lambda locale: promises.words(due_at, unit.now, unit.phrases.language_for(locale))


def _keep_contact(unit: Unit, conversation_id: str, contact: str) -> None:
    mine = sa.and_(callbacks.c.conversation_id == conversation_id, callbacks.c.state == "open")
    unit.connection.execute(sa.update(callbacks).where(mine).values(contact=contact))


def _standing(unit: Unit, conversation_id: str) -> Row[Any]:
    wanted = sa.select(conversations)
    return unit.connection.execute(wanted.where(conversations.c.id == conversation_id)).one()
