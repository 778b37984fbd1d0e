"""Finds who is meant: all customers of one person, with their channels and conversations; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bot.customers.contacts import find_email, normal_email
from bot.storage.case_tables import cases
from bot.storage.channel_tables import links
from bot.storage.desk_tables import helpdesk_links
from bot.storage.shop_tables import shop_customers
from bot.storage.tables import callbacks, conversations, customers, identities, messages, verifications

ERASED = "erased"  # stands where an account was named that must be named
SHORTEST_TRACE, SHORTEST_NAME = 5, 7  # characters: what is shorter stands in anybody's words


@dataclass(frozen=True, slots=True)
class Person:
    """One person as we know them: the customers that they are, one for each time they were not recognised.

    `traces` are what may stand about them in rows that name no conversation: addresses, account, names.
    """

    customer_ids: tuple[str, ...]
    identities: tuple[Row[Any], ...]
    conversation_ids: tuple[str, ...]
    names: tuple[str, ...]
    shop_customer_ids: tuple[str, ...]
    emails: tuple[str, ...]
    elsewhere: tuple[str, ...]  # what another helpdesk calls them: "chatwoot contact 12"
    erased: bool

    @property
    def addresses(self) -> tuple[str, ...]:
        """What only they have: e-mail addresses, accounts, what channels know them by."""
        external = (row.external_id for row in self.identities)
        known = (*self.shop_customer_ids, *self.emails, *external)
        return tuple(dict.fromkeys(word for word in known if len(word) >= SHORTEST_TRACE))

    @property
    def traces(self) -> tuple[str, ...]:
        """Words by which rows are found that are about them: with whole names, since many are called Anna."""
        whole = (name for name in self.names if len(name.split()) > 1 and len(name) >= SHORTEST_NAME)
        return (*self.addresses, *whole)


def customers_by(
    connection: Connection,
    *,
    customer: str | None = None,
    email: str | None = None,
    telegram: str | None = None,
    conversation: str | None = None,
) -> list[str]:
    """The customers that were named in one of these ways; none where nobody is known by it.

    Args:
        email: of an account at the embedded shop, or left to be answered on.
        telegram: the number by which Telegram knows them.
    """
    if customer is not None:
        found = sa.select(customers.c.id).where(customers.c.id == customer)
    elif conversation is not None:
        found = sa.select(conversations.c.customer_id).where(conversations.c.id == conversation)
    elif telegram is not None:
        found = sa.select(identities.c.customer_id).where(
            identities.c.channel == "telegram", identities.c.external_id == telegram.strip()
        )
    else:
        return _by_email(connection, normal_email(email or ""))
    return [str(one) for one in connection.execute(found).scalars()]


def _by_email(connection: Connection, email: str) -> list[str]:
    if find_email(email) != email:
        return []
    accounts = sa.select(shop_customers.c.id).where(shop_customers.c.email_key == email)
    left = sa.func.lower(cases.c.contact) == email
    verified = (
        sa.select(conversations.c.customer_id)
        .join(verifications, verifications.c.conversation_id == conversations.c.id)
        .where(verifications.c.shop_customer_id.in_(accounts), verifications.c.level == "verified")
    )
    asked = sa.select(conversations.c.customer_id).join(cases, cases.c.conversation_id == conversations.c.id)
    called = sa.select(conversations.c.customer_id).join(callbacks, callbacks.c.conversation_id == conversations.c.id)
    known = sa.union(
        sa.select(customers.c.id).where(customers.c.shop_customer_id.in_(accounts)),
        verified,
        asked.where(left),
        called.where(sa.func.lower(callbacks.c.contact) == email),
    )
    return sorted(str(one) for one in connection.execute(known).scalars())


def person_of(connection: Connection, customer_ids: Sequence[str]) -> Person | None:
    """All of the person behind these customers: whom links that stand have made one with them, and who has proven to
    be the same account at the shop. None where there is no such customer.
    """
    ids = _connected(connection, customer_ids)
    if not ids:
        return None
    rows = connection.execute(sa.select(customers).where(customers.c.id.in_(ids)).order_by(customers.c.id)).all()
    theirs = tuple(
        connection.execute(
            sa.select(identities).where(identities.c.customer_id.in_(ids)).order_by(identities.c.created_at)
        ).all()
    )
    talks = tuple(
        str(one)
        for one in connection.execute(
            sa.select(conversations.c.id)
            .where(conversations.c.customer_id.in_(ids))
            .order_by(conversations.c.created_at, conversations.c.id)
        ).scalars()
    )
    accounts = _accounts(connection, rows, talks)
    shop = connection.execute(sa.select(shop_customers).where(shop_customers.c.id.in_(accounts))).all()
    names = [row.name for row in rows if row.name]
    names += [f"{row.first_name} {row.last_name}".strip() for row in shop]
    names += _said_to_be(connection, talks)
    return Person(
        customer_ids=tuple(str(row.id) for row in rows),
        identities=theirs,
        conversation_ids=talks,
        names=tuple(dict.fromkeys(name for name in names if name)),
        shop_customer_ids=accounts,
        emails=_emails(connection, talks, [row.email for row in shop]),
        elsewhere=_elsewhere(connection, talks),
        erased=all(row.erased_at is not None for row in rows),
    )


v = verifications.c
_proven = (
    sa.select(v.shop_customer_id)
    .select_from(conversations.join(verifications, v.conversation_id == conversations.c.id))
    .where(v.level == "verified", v.shop_customer_id != ERASED)
)


def _connected(connection: Connection, customer_ids: Sequence[str]) -> list[str]:
    """With those that became the same by a link that stands, either way, and those of the same account."""
    known = set(connection.execute(sa.select(customers.c.id).where(customers.c.id.in_(list(customer_ids)))).scalars())
    fresh = set(known)
    while fresh:
        linked = sa.select(links.c.from_customer_id, links.c.to_customer_id).where(
            links.c.undone_at.is_(None),
            sa.or_(links.c.from_customer_id.in_(fresh), links.c.to_customer_id.in_(fresh)),
        )
        found = {one for row in connection.execute(linked) for one in row}
        accounts = sa.select(customers.c.shop_customer_id).where(
            customers.c.id.in_(fresh), customers.c.shop_customer_id.is_not(None)
        )
        proven = _proven.where(conversations.c.customer_id.in_(fresh)).with_only_columns(v.shop_customer_id)
        either = sa.union(accounts, proven)
        same = sa.union(
            sa.select(customers.c.id).where(customers.c.shop_customer_id.in_(either)),
            _proven.where(v.shop_customer_id.in_(either)).with_only_columns(conversations.c.customer_id),
        )
        found |= set(connection.execute(same).scalars())
        fresh = found - known
        known |= fresh
    return sorted(known)


def _accounts(connection: Connection, rows: Sequence[Row[Any]], talks: Sequence[str]) -> tuple[str, ...]:
    verified = sa.select(verifications.c.shop_customer_id).where(
        verifications.c.conversation_id.in_(talks), verifications.c.level == "verified"
    )
    found = [row.shop_customer_id for row in rows if row.shop_customer_id]
    found += [one for one in connection.execute(verified).scalars() if one != ERASED]
    return tuple(dict.fromkeys(str(one) for one in found))


def _said_to_be(connection: Connection, talks: Sequence[str]) -> list[str]:
    named = sa.select(messages.c.author_name).where(
        messages.c.conversation_id.in_(talks), messages.c.author_kind == "customer", messages.c.author_name.is_not(None)
    )
    return [str(one) for one in connection.execute(named.distinct()).scalars()]


def _emails(connection: Connection, talks: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    left = sa.union(
        sa.select(cases.c.contact).where(cases.c.conversation_id.in_(talks)),
        sa.select(callbacks.c.contact).where(callbacks.c.conversation_id.in_(talks)),
    )
    contacts = (find_email(str(one)) for one in connection.execute(left).scalars() if one)
    return tuple(dict.fromkeys(email for email in (*map(normal_email, known), *contacts) if email))


def _elsewhere(connection: Connection, talks: Sequence[str]) -> tuple[str, ...]:
    named = sa.select(helpdesk_links).where(helpdesk_links.c.conversation_id.in_(talks))
    return tuple(
        dict.fromkeys(
            f"{row.helpdesk} contact {row.contact_id}" if row.contact_id else f"{row.helpdesk} chat {row.external_id}"
            for row in connection.execute(named)
        )
    )
