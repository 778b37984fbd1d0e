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

from bot.conversations import blocking, participants, proving
from bot.conversations.ending import end_conversation, end_unasked, open_survey
from bot.conversations.errors import LinkRefused
from bot.conversations.models import Change, Draft, Message
from bot.conversations.opening import latest_of, open_conversation
from bot.conversations.participants import Participant
from bot.conversations.proving import ShopProof
from bot.conversations.repeats import copy_of, open_question
from bot.conversations.transcript import append, choice
from bot.conversations.unit import Unit
from bot.customers import links
from bot.customers.identities import Identity, find_or_create
from bot.customers.links import Owner
from bot.storage.tables import awaits_turn, conversations, identities, messages, surveys

WEB = "web"
UNLINK = "app:unlink:"
LINKED = "utter_app_linked"
LINKED_ONLY = "utter_app_linked_only"  # where no conversation goes on
WRITE_ANEW = "utter_app_write_anew"
UNANSWERED = "unanswered"  # why nobody is asked for a rating

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


def open_link(
    unit: Unit, channel: str, external_id: str, to_channel: str, locale: str, *, proof: ShopProof | None = None
) -> tuple[str, datetime]:
    """A token with which one identity of `to_channel` may become the same customer as this one.

    Args:
        proof: by the channel; kept, so that who follows the link is compared with it.

    Returns:
        The token, and when it runs out. Tokens asked for before, for the same channel, are worth nothing now.

    Raises:
        sqlalchemy.exc.IntegrityError: raced with this customer's first message; run the work again.
    """
    asking = find_or_create(unit.connection, channel, external_id, locale=locale, now=unit.now, new_id=unit.new_id)
    proven = proving.standing(unit, proof)
    if proven is not None and proving.is_theirs(unit, asking, proven):
        proving.remember(unit, asking, proven)
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


def follow_link(
    unit: Unit, token: str, channel: str, external_id: str, locale: str, *, proof: ShopProof | None = None
) -> Followed:
    """Let the identity that brings a token become the customer of the one that asked for it.

    Their conversation goes on there: a notice says so on both sides and can undo it, and what was asked last is asked
    again. What was proven goes along as far as `Rules.link_keeps` says. Brought again by the same identity, a used
    token does nothing but ask again.

    Args:
        proof: by the channel, of who brings it; it counts though they have never written.

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
    if _are_different_people(unit, guest, owner, proving.standing(unit, proof)):
        raise _refused(unit, "other_customer", locale, name="utter_app_link_other_customer")
    if not links.use(unit.connection, found.id, guest.id, unit.now):
        raise _refused(unit, "used", locale)
    if guest.blocked:
        blocking.unblocked(unit, channel, external_id)
    link_id, left = _joined(unit, guest, owner, found.id)
    return _arrived(unit, owner, Participant(guest.id, channel), locale, link_id, left)


def needs_asking(unit: Unit, token: str, channel: str, external_id: str, locale: str) -> bool:
    """Whether who brings a token is to be asked first, since a link may have been given to them by somebody else.

    Not where the conversation is theirs already. Nothing is changed.

    Raises:
        LinkRefused: the token is not good for that.
    """
    found = links.find(unit.connection, token)
    if found is None:
        raise _refused(unit, "unknown", locale)
    if found.to_channel != channel:
        raise _refused(unit, "wrong_channel", locale)
    who = sa.select(identities.c.id, identities.c.customer_id)
    guest = unit.connection.execute(
        who.where(identities.c.channel == channel, identities.c.external_id == external_id)
    ).first()
    theirs = guest is not None and guest.customer_id == links.owner_of(unit.connection, found.identity_id).customer_id
    if found.used_at is not None and not (theirs and guest is not None and found.used_by == guest.id):
        raise _refused(unit, "used", locale)
    if found.used_at is None and found.expires_at <= unit.now:
        raise _refused(unit, "expired", locale)
    return not theirs


def _refused(unit: Unit, code: str, locale: str, *, name: str = "utter_app_link_unknown") -> LinkRefused:
    return LinkRefused(code, unit.phrases.say(name, locale=locale).text)


def _are_different_people(unit: Unit, guest: Identity, owner: Owner, proven: str | None) -> bool:
    """Whether the shop knows both sides, and not as the same customer; `proven` is who brings the token."""
    owners = links.known_as(unit.connection, owner.customer_id, unit.now)
    guests = frozenset({proven} if proven is not None else ())
    if guest.customer_id != owner.customer_id:
        guests |= links.known_as(unit.connection, guest.customer_id, unit.now)
    return bool(owners) and bool(guests) and owners.isdisjoint(guests)


def _joined(unit: Unit, guest: Identity, owner: Owner, token_id: str) -> tuple[str | None, _Left]:
    """Make `guest` the owner's customer; the link that says so, and what that changed for its old customer."""
    if guest.customer_id == owner.customer_id:
        link = links.standing(unit.connection, guest.id) or links.standing(unit.connection, owner.identity_id)
        return (link.id if link else None), _Left()
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


@dataclass(frozen=True, slots=True)
class _Left:
    """What an identity has left behind; `unanswered` where it was speaking and an answer of ours was due."""

    changes: tuple[Change, ...] = ()
    unanswered: bool = False


def _leave(unit: Unit, guest: Identity) -> _Left:
    """The conversation that `guest` was in goes on where somebody else of that customer takes part, or has ended."""
    was_in = latest_of(unit, guest.customer_id)
    if was_in is None:
        return _Left()
    ended, asked, unanswered = False, None, False
    if was_in.state == "open":
        participants.leave(unit, was_in.id, guest.id)
        if was_in.identity_id == guest.id:
            unanswered = awaits_us(unit, was_in.id)
            other = participants.other_than(unit, was_in.id, guest.id)
            if other is not None:
                participants.goes_on_at(unit, was_in.id, other)
            else:
                ended, asked = True, end_left(unit, was_in.id)
    change = Change(was_in.id, guest.customer_id, messages=asked or (), ended=ended, moved=True)
    return _Left((change,), unanswered)


def end_left(unit: Unit, conversation_id: str) -> tuple[Message, ...]:
    """End a conversation that nobody is left in; its rating question, if there is one.

    How it went is not asked by whoever owes an answer.
    """
    if awaits_us(unit, conversation_id):
        end_unasked(unit, conversation_id, "left", exempt=UNANSWERED)
        return ()
    return end_conversation(unit, conversation_id, "left") or ()


def _arrived(unit: Unit, owner: Owner, guest: Participant, locale: str, link_id: str | None, left: _Left) -> Followed:
    """Take the owner's latest conversation along to `guest`, say so there, and ask again what was asked last."""
    known = latest_of(unit, owner.customer_id)
    latest = known or _opened(unit, owner, guest, locale)
    speaking = [latest.identity_id] if latest.state == "open" else []
    participants.join(unit, latest.id, dict.fromkeys([*speaking, owner.identity_id, guest.identity_id]))
    participants.goes_on_at(unit, latest.id, guest)
    question = _to_ask_again(unit, latest)
    goes_on = known is not None and (known.state == "open" or question is not None)
    notices = [_linked(unit, LINKED if goes_on else LINKED_ONLY, latest.locale, guest.channel, link_id)]
    if left.unanswered:
        notices.append(write_anew(unit, latest.locale, guest.channel))
    told = append(unit, latest.id, notices)
    asked = _ask_again(unit, latest, question) if question is not None else ()
    if not goes_on and known is not None:
        # Else what they write next would be taken for the comment that was asked for once, long ago.
        unit.connection.execute(sa.update(conversations).where(conversations.c.id == latest.id).values(prompt=None))
    change = Change(latest.id, owner.customer_id, messages=(*told, *asked), opened=known is None, moved=True)
    return Followed(owner.customer_id, latest.id if goes_on else None, link_id, (*left.changes, change))


def write_anew(unit: Unit, locale: str, channel: str) -> Draft:
    """That what was written last on a channel has found no answer, and is to be written once more."""
    where = unit.phrases.label(f"channel_{channel}", locale=locale)
    phrase = unit.phrases.say(WRITE_ANEW, locale=locale, channel=where)
    return Draft(phrase.text, author_kind="system", kind="notice", response=phrase.response)


def _brought_again(unit: Unit, guest: Identity, channel: str) -> Followed:
    """Who follows a link that they followed before wants to go on, and should see where they are."""
    link = links.standing(unit.connection, guest.id)
    latest = latest_of(unit, guest.customer_id)
    changes: list[Change] = []
    if latest is not None and latest.state == "open":
        participants.join(unit, latest.id, dict.fromkeys([latest.identity_id, guest.id]))
        participants.goes_on_at(unit, latest.id, Participant(guest.id, channel))
        question = _to_ask_again(unit, latest)
        if question is not None:
            changes.append(Change(latest.id, guest.customer_id, messages=_ask_again(unit, latest, question)))
    here = latest.id if latest is not None and latest.state == "open" else None
    return Followed(guest.customer_id, here, link.id if link else None, tuple(changes))


def _linked(unit: Unit, name: str, locale: str, channel: str, link_id: str | None) -> Draft:
    where = unit.phrases.label(f"channel_{channel}", locale=locale)
    phrase = unit.phrases.say(name, locale=locale, channel=where)
    undo = unit.phrases.label("undo_link", locale=locale)
    return Draft(
        phrase.text,
        author_kind="system",
        kind="notice",
        response=phrase.response,
        choices=(choice(unit.new_id(), undo, f"{UNLINK}{link_id}"),) if link_id else (),
    )


def _to_ask_again(unit: Unit, conversation: Row[Any]) -> str | None:
    """The id of what was asked last and is to be asked once more; none where an answer of ours is due."""
    if conversation.state == "ended":
        survey = open_survey(unit.connection, conversation.id, unit.now)
        return survey.message_id if survey is not None and survey.state != "answered" else None
    if awaits_us(unit, conversation.id):
        return None
    if conversation.owner == "bot":
        return open_question(unit, conversation.id)
    # Where a person has taken over, nobody waits for the answer to what the bot asked.
    spoken = sa.select(messages.c.id).where(
        messages.c.conversation_id == conversation.id, messages.c.author_kind == "agent"
    )
    said_last: str | None = unit.connection.execute(spoken.order_by(messages.c.seq.desc()).limit(1)).scalar()
    return said_last


def _ask_again(unit: Unit, conversation: Row[Any], question: str) -> tuple[Message, ...]:
    """The question once more, at the end of the conversation; of a survey it is the question from now on."""
    answers = unit.connection.execute(
        sa.select(messages.c.in_reply_to, _original.c.external_id)
        .select_from(messages.join(_original, _original.c.id == messages.c.in_reply_to))
        .where(messages.c.id == question)
    ).first()
    again = append(
        unit, conversation.id, [copy_of(unit, question)], in_reply_to=tuple(answers) if answers is not None else None
    )
    if conversation.state == "ended":  # asked as soon as the copy is handed over
        of_it = sa.update(surveys).where(surveys.c.conversation_id == conversation.id)
        unit.connection.execute(of_it.values(message_id=again[0].id))
    return again


def awaits_us(unit: Unit, conversation_id: str) -> bool:
    """Whether something that the customer has written waits for its turn, or they wait for a person."""
    waiting = sa.select(messages.c.id).where(messages.c.conversation_id == conversation_id, awaits_turn).limit(1)
    queued = sa.select(conversations.c.id).where(
        conversations.c.id == conversation_id, conversations.c.owner == "queue"
    )
    return any(unit.connection.execute(found).first() is not None for found in (waiting, queued))


def _opened(unit: Unit, owner: Owner, guest: Participant, locale: str) -> Row[Any]:
    """A conversation for who has none: who reads along has to be told before anything is said, not after."""
    open_conversation(unit, owner.customer_id, guest.identity_id, guest.channel, locale)
    opened = latest_of(unit, owner.customer_id)
    assert opened is not None
    return opened
