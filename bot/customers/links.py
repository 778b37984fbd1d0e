"""Links between identities: tokens that one asks for and another brings, and who became whose by them.

Nothing but rows: what a link does to conversations is in `bot.conversations.linking`. Of a token only the hash is
kept here; the answer to `/web` has one in its text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row, RowMapping

from bot.customers.verification import Level
from bot.storage.channel_tables import link_tokens, links
from bot.storage.tables import conversations, customers, identities, one_time_codes, verifications

CUSTOMER, OPERATOR = "customer", "operator"  # who undid a link
_ONE_AT_A_TIME = 0x6C696E6B73  # the name of a lock in PostgreSQL: "links"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a link is to lead to: the identity that asked for its token."""

    identity_id: str
    customer_id: str


@dataclass(frozen=True, slots=True)
class Link:
    """An identity that became another customer's."""

    id: str
    identity_id: str
    channel: str
    external_id: str
    from_customer_id: str
    to_customer_id: str
    asked_by: str  # the identity that asked for the token
    created_at: datetime
    undone_at: datetime | None
    undone_by: str | None


_LINKS = (
    sa.select(
        links.c.id,
        links.c.identity_id,
        identities.c.channel,
        identities.c.external_id,
        links.c.from_customer_id,
        links.c.to_customer_id,
        link_tokens.c.identity_id.label("asked_by"),
        links.c.created_at,
        links.c.undone_at,
        links.c.undone_by,
    )
    .select_from(
        links.join(identities, identities.c.id == links.c.identity_id).join(
            link_tokens, link_tokens.c.id == links.c.token_id
        )
    )
    .order_by(links.c.created_at.desc(), links.c.id)
)


def token_hash(token: str) -> str:
    """The only form in which a token is stored. It is 128 random bits, so the hash needs neither salt nor key."""
    return hashlib.sha256(token.encode()).hexdigest()


def one_at_a_time(connection: Connection) -> None:
    """Wait until no other transaction makes or undoes a link; it lasts until this one is over.

    Links are rare, and each moves an identity from one customer to another: side by side they would have to lock two
    customers each, in whatever order. SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))


def lock_customers(connection: Connection, customer_ids: Iterable[str]) -> None:
    """Let no message of these customers be received until the transaction is over.

    Everybody locks in one order, or two wait for each other and PostgreSQL breaks one of them off: an agent's row, then
    customers, then their conversations, then what belongs to a conversation (handoffs, cases, follow-ups, links).
    A message locks its customer first, since a new one has no conversation yet. So whoever may need both begins here.
    """
    wanted = sa.select(customers.c.id).where(customers.c.id.in_(set(customer_ids))).order_by(customers.c.id)
    connection.execute(wanted.with_for_update(key_share=True)).all()


def lock_customer_of(connection: Connection, conversation_id: str) -> str | None:
    """As `lock_customers`, of whoever spoke last in a conversation; their id, None where there is no such conversation.

    Not of the conversation's own customer: who was linked since is another's.
    """
    whose = (
        sa.select(identities.c.customer_id)
        .join(conversations, conversations.c.identity_id == identities.c.id)
        .where(conversations.c.id == conversation_id)
    )
    customer_id: str | None = connection.execute(whose).scalar()
    while customer_id is not None:
        lock_customers(connection, [customer_id])
        now: str = connection.execute(whose).scalar_one()
        if now == customer_id:
            break
        customer_id = now  # became another customer's while we waited
    return customer_id


# -- tokens -------------------------------------------------------------------------------------------------


def issue(
    connection: Connection,
    *,
    token_id: str,
    token: str,
    identity_id: str,
    to_channel: str,
    now: datetime,
    lives: timedelta,
) -> datetime:
    """Store a token that lets one identity of `to_channel` become the same customer as `identity_id`, once.

    Tokens of this identity for that channel that nobody has used are worth nothing from now on.

    Returns:
        When it runs out.
    """
    withdraw(connection, identity_id, to_channel)
    expires_at = now + lives
    connection.execute(
        sa.insert(link_tokens).values(
            id=token_id,
            token_hash=token_hash(token),
            identity_id=identity_id,
            to_channel=to_channel,
            created_at=now,
            expires_at=expires_at,
        )
    )
    return expires_at


def withdraw(connection: Connection, identity_id: str, to_channel: str | None = None) -> None:
    """Forget this identity's tokens that nobody has used, for one channel or for all."""
    unused = sa.delete(link_tokens).where(link_tokens.c.identity_id == identity_id, link_tokens.c.used_at.is_(None))
    connection.execute(unused if to_channel is None else unused.where(link_tokens.c.to_channel == to_channel))


def find(connection: Connection, token: str) -> Row[Any] | None:
    """The stored token, if there is one like that."""
    return connection.execute(sa.select(link_tokens).where(link_tokens.c.token_hash == token_hash(token))).first()


def owner_of(connection: Connection, identity_id: str) -> Owner:
    """The identity that asked for a token, with the customer whose it is now."""
    found = sa.select(identities.c.id, identities.c.customer_id).where(identities.c.id == identity_id)
    return Owner(*connection.execute(found).one())


def use(connection: Connection, token_id: str, identity_id: str, now: datetime) -> bool:
    """Use a token up; False where somebody did before. Of two at once one finds it used: the row decides."""
    unused = sa.update(link_tokens).where(link_tokens.c.id == token_id, link_tokens.c.used_at.is_(None))
    return connection.execute(unused.values(used_at=now, used_by=identity_id)).rowcount == 1


# -- links --------------------------------------------------------------------------------------------------


def move(connection: Connection, identity_id: str, customer_id: str) -> None:
    """Make an identity this customer's. Whoever brings a token it asked for before would come along: no longer."""
    connection.execute(sa.update(identities).where(identities.c.id == identity_id).values(customer_id=customer_id))
    withdraw(connection, identity_id)


def record(
    connection: Connection,
    *,
    link_id: str,
    identity_id: str,
    from_customer_id: str,
    to_customer_id: str,
    token_id: str,
    now: datetime,
) -> None:
    """Write down that an identity became another customer's, by which token."""
    connection.execute(
        sa.insert(links).values(
            id=link_id,
            identity_id=identity_id,
            from_customer_id=from_customer_id,
            to_customer_id=to_customer_id,
            token_id=token_id,
            created_at=now,
        )
    )


def by_id(connection: Connection, link_id: str) -> Link | None:
    """One link."""
    row = connection.execute(_LINKS.where(links.c.id == link_id)).mappings().first()
    return None if row is None else _link(row)


def standing(connection: Connection, identity_id: str) -> Link | None:
    """The link by which an identity is whose it is now: its newest that was not undone.

    None where it belongs to nobody by a link. Earlier links stand again once the later ones are undone.
    """
    row = (
        connection.execute(
            _LINKS.where(
                links.c.identity_id == identity_id,
                links.c.undone_at.is_(None),
                links.c.to_customer_id == identities.c.customer_id,
            ).limit(1)
        )
        .mappings()
        .first()
    )
    return None if row is None else _link(row)


def with_handed_on(connection: Connection, link: Link) -> list[Link]:
    """A link that stands, and the standing ones by which its identity let others in since, and they yet others.

    Whoever asked for the first one is none of them: they were there before it. Who has gone elsewhere since is
    reckoned with, not undone: whom they let in is still there.
    """
    since = _LINKS.where(
        links.c.to_customer_id == link.to_customer_id,
        links.c.created_at >= link.created_at,
        links.c.undone_at.is_(None),
        links.c.identity_id.not_in([link.identity_id, link.asked_by]),
    )
    later = [_link(row) for row in connection.execute(since).mappings()]
    let_in = {link.identity_id}
    while more := {one.identity_id for one in later if one.asked_by in let_in} - let_in:
        let_in |= more
    handed_on = [one for one in later if one.asked_by in let_in]
    return [link, *(one for one in handed_on if standing(connection, one.identity_id) == one)]


def note_undone(connection: Connection, link_id: str, by: str, now: datetime) -> bool:
    """Write down that a link was taken back; False where it was before."""
    standing_still = sa.update(links).where(links.c.id == link_id, links.c.undone_at.is_(None))
    return connection.execute(standing_still.values(undone_at=now, undone_by=by)).rowcount == 1


def read_links(connection: Connection) -> list[Link]:
    """All links ever made, the newest first."""
    return [_link(row) for row in connection.execute(_LINKS).mappings()]


def find_links(connection: Connection, beginning: str) -> list[Link]:
    """The links whose id begins so: one, where enough of it was typed."""
    if not beginning:
        return []
    matching = _LINKS.where(links.c.id.startswith(beginning, autoescape=True))
    return [_link(row) for row in connection.execute(matching).mappings()]


def undone_since(connection: Connection, since: datetime) -> list[Link]:
    """Links that were taken back at that time or later."""
    return [_link(row) for row in connection.execute(_LINKS.where(links.c.undone_at >= since)).mappings()]


def _link(row: RowMapping) -> Link:
    return Link(**row)


# -- what is known of the two sides -------------------------------------------------------------------------


def known_as(connection: Connection, customer_id: str, now: datetime) -> frozenset[str]:
    """As whom the shop knows a customer of ours: by an identity token once, or by proof in the open conversation."""
    proven = (
        sa.select(verifications.c.shop_customer_id)
        .select_from(verifications.join(conversations, conversations.c.id == verifications.c.conversation_id))
        .where(
            conversations.c.customer_id == customer_id,
            conversations.c.state == "open",
            verifications.c.level == Level.VERIFIED,
            verifications.c.expires_at > now,
        )
    )
    remembered = sa.select(customers.c.shop_customer_id).where(
        customers.c.id == customer_id, customers.c.shop_customer_id.is_not(None)
    )
    return frozenset(connection.execute(remembered.union(proven)).scalars())


def keep_at_most(connection: Connection, conversation_id: str, level: str, now: datetime) -> None:
    """Drop what was proven in a conversation above `level`: `verified`, `matched` or `nothing`.

    A one-time code on its way would open the account, so it goes by that as well: it has run out, which is what is
    said to whoever types it.
    """
    if level == Level.VERIFIED:
        return
    above = sa.delete(verifications).where(verifications.c.conversation_id == conversation_id)
    connection.execute(above.where(verifications.c.level != Level.MATCHED) if level == Level.MATCHED else above)
    connection.execute(
        sa.update(one_time_codes)
        .where(
            one_time_codes.c.conversation_id == conversation_id,
            one_time_codes.c.used_at.is_(None),
            one_time_codes.c.expires_at > now,
        )
        .values(expires_at=now)
    )
