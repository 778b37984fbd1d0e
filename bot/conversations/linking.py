"""One customer on several channels: a conversation goes on where a link leads to. The way back is in `unlinking`.

Nobody is recognised here by an e-mail address or a name: only by a token that one identity asked for and another
brought. Then the second becomes the first one's customer. Its old customer stays, with the conversations it had.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.conversations import blocking, participants
from bot.conversations.ending import end_conversation, open_survey
from bot.conversations.errors import LinkRefused
from bot.conversations.models import Change, Draft, Message
from bot.conversations.participants import Participant
from bot.conversations.repeats import copy_of, open_question
from bot.conversations.transcript import append, choice
from bot.conversations.unit import Unit
from bot.customers import links
from bot.customers.identities import Identity, find_or_create
from bot.customers.links import Owner
from bot.storage.tables import awaits_turn, conversations, identities, messages, surveys

WEB = "web"
UNLINK = "app:unlink:"

_original = messages.alias("original")


@dataclass(frozen=True, slots=True)
class Followed:
    """What following a link did.

    `conversation_id` is the one that goes on there, or that is to be rated there; None where there is neither, and
    the channel begins as with anybody. `link_id` names the link as it can be undone, if there is one.
    """

    customer_id: str
    conversation_id: str | None
    link_id: str | None
    changes: tuple[Change, ...]


# -- asking for a link --------------------------------------------------------------------------------------


def open_link(unit: Unit, channel: str, external_id: str, to_channel: str, locale: str) -> tuple[str, datetime]:
    """A token with which one identity of `to_channel` may become the same customer as this one.

    Returns:
        The token, and when it runs out. Tokens asked for before, for the same channel, are worth nothing now.

    Raises:
        sqlalchemy.exc.IntegrityError: raced with this customer's first message; run the work again.
    """
    asking = find_or_create(unit.connection, channel, external_id, locale=locale, now=unit.now, new_id=unit.new_id)
    return _issued(unit, asking.id, to_channel)


def web_link(unit: Unit, conversation: Row[Any]) -> list[Draft]:
    """The answer to who wants to go on on the website: a link that lets the browser it is opened in into this.

    A notice, so that it is never said again somewhere else.
    """
    asking = unit.connection.execute(
        sa.select(identities.c.id)
        .where(identities.c.customer_id == conversation.customer_id, identities.c.channel != WEB)
        # Whoever has asked just now may not be the one whom the conversation names yet.
        .order_by((identities.c.id == conversation.identity_id).desc(), identities.c.created_at.desc())
        .limit(1)
    ).scalar()
    token, _ = _issued(unit, asking or conversation.identity_id, WEB)
    link = f"{unit.rules.chat_page}#bellhop={token}"
    phrase = unit.phrases.say("utter_app_web_link", locale=conversation.locale, link=link)
    return [Draft(phrase.text, author_kind="system", kind="notice", response=phrase.response)]


def _issued(unit: Unit, identity_id: str, to_channel: str) -> tuple[str, datetime]:
    token = unit.new_token()
    expires_at = links.issue(
        unit.connection,
        token_id=unit.new_id(),
        token=token,
        identity_id=identity_id,
        to_channel=to_channel,
        now=unit.now,
        lives=unit.rules.link_lives,
    )
    return token, expires_at


# -- following it -------------------------------------------------------------------------------------------


def follow_link(unit: Unit, token: str, channel: str, external_id: str, locale: str) -> Followed:
    """Let the identity that brings a token become the customer of the one that asked for it.

    Their conversation goes on there: a notice says so on both sides and can undo it, and what was asked last is asked
    again. What was proven goes along as far as `Rules.link_keeps` says. Brought again by the same identity, a used
    token does nothing but ask again.

    Raises:
        LinkRefused: the token is not good for that, or the shop knows both sides, as different people.
        sqlalchemy.exc.IntegrityError: raced with a message of the same identity; run the work again.
    """
    links.one_at_a_time(unit.connection)
    found = links.find(unit.connection, token)
    if found is None:
        raise _refused(unit, "unknown", locale)
    if found.to_channel != channel:
        raise _refused(unit, "wrong_channel", locale)
    guest = find_or_create(unit.connection, channel, external_id, locale=locale, now=unit.now, new_id=unit.new_id)
    owner = links.owner_of(unit.connection, found.identity_id)
    links.lock_customers(unit.connection, [owner.customer_id])
    if found.used_at is not None:
        if found.used_by != guest.id or guest.customer_id != owner.customer_id:
            raise _refused(unit, "used", locale)
        return _brought_again(unit, guest, channel)
    if found.expires_at <= unit.now:
        raise _refused(unit, "expired", locale)
    if _are_different_people(unit, guest, owner):
        raise _refused(unit, "other_customer", locale, name="utter_app_link_other_customer")
    if not links.use(unit.connection, found.id, guest.id, unit.now):
        raise _refused(unit, "used", locale)
    if guest.blocked:
        blocking.unblocked(unit, channel, external_id)
    link_id, left = _joined(unit, guest, owner, found.id)
    return _arrived(unit, owner, Participant(guest.id, channel), locale, link_id, left)


def _refused(unit: Unit, code: str, locale: str, *, name: str = "utter_app_link_unknown") -> LinkRefused:
    return LinkRefused(code, unit.phrases.say(name, locale=locale).text)


def _are_different_people(unit: Unit, guest: Identity, owner: Owner) -> bool:
    """Whether the shop knows both sides, and not as the same customer."""
    if guest.customer_id == owner.customer_id:
        return False
    one, other = (links.known_as(unit.connection, side.customer_id, unit.now) for side in (guest, owner))
    return bool(one) and bool(other) and one.isdisjoint(other)


def _joined(unit: Unit, guest: Identity, owner: Owner, token_id: str) -> tuple[str | None, list[Change]]:
    """Make `guest` the owner's customer; the link that says so, and what that changed for its old customer."""
    if guest.customer_id == owner.customer_id:
        link = links.standing(unit.connection, guest.id) or links.standing(unit.connection, owner.identity_id)
        return (link.id if link else None), []
    left = _leave(unit, guest)
    link_id = unit.new_id()
    links.record(
        unit.connection,
        link_id=link_id,
        identity_id=guest.id,
        from_customer_id=guest.customer_id,
        to_customer_id=owner.customer_id,
        token_id=token_id,
        now=unit.now,
    )
    links.move(unit.connection, guest.id, owner.customer_id)
    return link_id, left


def _leave(unit: Unit, guest: Identity) -> list[Change]:
    """The conversation that `guest` was in goes on where somebody else of that customer takes part, or has ended."""
    was_in = latest_of(unit, guest.customer_id)
    if was_in is None:
        return []
    ended, asked = False, None
    if was_in.state == "open":
        participants.leave(unit, was_in.id, guest.id)
        other = participants.other_than(unit, was_in.id, guest.id)
        if was_in.identity_id == guest.id and other is not None:
            participants.goes_on_at(unit, was_in.id, other)
        elif was_in.identity_id == guest.id:
            asked = end_conversation(unit, was_in.id, "left")
            ended = asked is not None
    return [Change(was_in.id, guest.customer_id, messages=asked or (), ended=ended, moved=True)]


def _arrived(
    unit: Unit, owner: Owner, guest: Participant, locale: str, link_id: str | None, left: list[Change]
) -> Followed:
    """Take the owner's latest conversation along to `guest`, say so there, and ask again what was asked last."""
    known = latest_of(unit, owner.customer_id)
    latest = known or _opened(unit, owner, guest, locale)
    speaking = [latest.identity_id] if latest.state == "open" else []
    participants.join(unit, latest.id, dict.fromkeys([*speaking, owner.identity_id, guest.identity_id]))
    participants.goes_on_at(unit, latest.id, guest)
    links.keep_at_most(unit.connection, latest.id, unit.rules.link_keeps, unit.now)
    told = append(unit, latest.id, [_linked(unit, latest.locale, guest.channel, link_id)])
    asked = _asked_again(unit, latest)
    if latest.state == "ended" and not asked:
        # Else what they write next would be taken for the comment that was asked for once, long ago.
        unit.connection.execute(sa.update(conversations).where(conversations.c.id == latest.id).values(prompt=None))
    goes_on = known is not None and (known.state == "open" or bool(asked))
    change = Change(latest.id, owner.customer_id, messages=(*told, *asked), opened=known is None, moved=True)
    return Followed(owner.customer_id, latest.id if goes_on else None, link_id, (*left, change))


def _brought_again(unit: Unit, guest: Identity, channel: str) -> Followed:
    """Who follows a link that they followed before wants to go on, and should see where they are."""
    link = links.standing(unit.connection, guest.id)
    latest = latest_of(unit, guest.customer_id)
    changes: list[Change] = []
    if latest is not None and latest.state == "open":
        participants.join(unit, latest.id, dict.fromkeys([latest.identity_id, guest.id]))
        participants.goes_on_at(unit, latest.id, Participant(guest.id, channel))
        if asked := _asked_again(unit, latest):
            changes.append(Change(latest.id, guest.customer_id, messages=asked))
    here = latest.id if latest is not None and latest.state == "open" else None
    return Followed(guest.customer_id, here, link.id if link else None, tuple(changes))


def _linked(unit: Unit, locale: str, channel: str, link_id: str | None) -> Draft:
    where = unit.phrases.label(f"channel_{channel}", locale=locale)
    phrase = unit.phrases.say("utter_app_linked", locale=locale, channel=where)
    undo = unit.phrases.label("undo_link", locale=locale)
    return Draft(
        phrase.text,
        author_kind="system",
        kind="notice",
        response=phrase.response,
        choices=(choice(unit.new_id(), undo, f"{UNLINK}{link_id}"),) if link_id else (),
    )


def _asked_again(unit: Unit, conversation: Row[Any]) -> tuple[Message, ...]:
    """What was asked last, once more at the end of the conversation; nothing where an answer of ours is due."""
    survey = None
    if conversation.state == "ended":
        survey = open_survey(unit.connection, conversation.id, unit.now)
        question = survey.message_id if survey is not None and survey.state != "answered" else None
    else:
        question = None if _awaits_us(unit, conversation.id) else open_question(unit, conversation.id)
    if question is None:
        return ()
    said = unit.connection.execute(
        sa.select(messages.c.author_kind, messages.c.in_reply_to, _original.c.external_id)
        .select_from(messages.outerjoin(_original, _original.c.id == messages.c.in_reply_to))
        .where(messages.c.id == question)
    ).one()
    if survey is None and conversation.owner != "bot" and said.author_kind != "agent":
        return ()  # a person has taken over: nobody waits for the answer to what the bot asked
    answers = (said.in_reply_to, said.external_id) if said.in_reply_to is not None else None
    again = append(unit, conversation.id, [copy_of(unit, question)], in_reply_to=answers)
    if survey is not None:  # asked as soon as the copy is handed over
        asked = sa.update(surveys).where(surveys.c.id == survey.id)
        unit.connection.execute(asked.values(message_id=again[0].id))
    return again


def _awaits_us(unit: Unit, conversation_id: str) -> bool:
    waiting = sa.select(messages.c.id).where(messages.c.conversation_id == conversation_id, awaits_turn).limit(1)
    return unit.connection.execute(waiting).first() is not None


def latest_of(unit: Unit, customer_id: str) -> Row[Any] | None:
    """The customer's open conversation, or else their last; nothing happens in it until the transaction is over."""
    return unit.connection.execute(
        sa.select(conversations)
        .where(conversations.c.customer_id == customer_id)
        .order_by((conversations.c.state == "open").desc(), conversations.c.created_at.desc())
        .limit(1)
        .with_for_update()
    ).first()


def _opened(unit: Unit, owner: Owner, guest: Participant, locale: str) -> Row[Any]:
    """A conversation for who has none: who reads along has to be told before anything is said, not after."""
    unit.connection.execute(
        sa.insert(conversations).values(
            id=unit.new_id(),
            customer_id=owner.customer_id,
            channel=guest.channel,
            identity_id=guest.identity_id,
            locale=locale,
            state="open",
            owner="bot",
            last_seq=0,
            turns=0,
            history=[],
            created_at=unit.now,
            active_at=unit.now,
        )
    )
    opened = latest_of(unit, owner.customer_id)
    assert opened is not None
    return opened
