"""What `bellhop links` prints, and how a link that a person names is found and undone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.commands.reports import printable
from bot.composing import DOMAIN, case_book_of, conversations_of, phrases_of
from bot.conversations.errors import LinkRefused
from bot.conversations.phrases import load_domain
from bot.conversations.service import Conversations
from bot.customers.links import OPERATOR, Link, find_links
from bot.settings import Settings
from bot.storage.database import Database

SHOWN_ID = 8  # of 32 characters: enough to tell links apart, and to type


class CannotUndo(Exception):
    """What was typed names no link, or several, or one that does not stand; the text says so."""


def links_text(links: Sequence[Link], zone: ZoneInfo) -> str:
    """The list for people; times are the shop's."""
    if not links:
        return "No chat has been connected with another."
    standing = sum(link.undone_at is None for link in links)
    lines = [f"{len(links)} made, {len(links) - standing} of them undone"]
    for link in links:
        lines += ["", *(printable(line) for line in _lines(link, zone))]
    return "\n".join(lines)


def links_json(links: Sequence[Link]) -> str:
    """The same for programs; times are UTC."""
    return json.dumps([asdict(link) for link in links], ensure_ascii=False, indent=2, default=datetime.isoformat)


def undo_for_operator(settings: Settings, typed: str) -> str:
    """Undo the link whose id begins as typed; returns what to say.

    Raises:
        CannotUndo: none begins so, several do, or it does not stand any more.
        DatabaseUnavailable: nothing has changed.
    """
    database = Database(settings.resolved_database_url)
    try:
        link = _named(database.read_now(lambda connection: find_links(connection, typed)), typed)
        if link.undone_at is not None:
            return f"Link {link.id[:SHOWN_ID]} was undone already."
        try:
            asyncio.run(_conversations(settings, database).undo_link(link.id, OPERATOR))
        except LinkRefused as error:
            raise CannotUndo(
                f"link {link.id[:SHOWN_ID]} does not stand any more: a later one took the same chat elsewhere, so undo "
                "that one first; `bellhop links list` shows the newest first"
            ) from error
    finally:
        database.close()
    chat = f"{link.channel} {link.external_id}"
    return f"Link {link.id[:SHOWN_ID]} is undone: {chat} is the customer again that it was before."


def _named(found: Sequence[Link], typed: str) -> Link:
    if not found:
        raise CannotUndo(f"no link's ID begins with {typed!r}; `bellhop links list` shows them all")
    if len(found) > 1:
        ids = ", ".join(link.id for link in found[:5])
        raise CannotUndo(f"{len(found)} IDs begin with {typed!r}: {ids}; type more of the one you mean")
    return found[0]


def _conversations(settings: Settings, database: Database) -> Conversations:
    phrases, cases = phrases_of(settings, load_domain(DOMAIN)), case_book_of(settings, database)
    return conversations_of(settings, database, phrases, cases, effect_handlers={})


def _lines(link: Link, zone: ZoneInfo) -> list[str]:
    made = f"{link.created_at.astimezone(zone):%Y-%m-%d %H:%M}"
    state = "stands"
    if link.undone_at is not None:
        state = f"undone {link.undone_at.astimezone(zone):%Y-%m-%d %H:%M} by the {link.undone_by}"
    return [
        f"{link.id[:SHOWN_ID]}  {made}  {state}",
        f"  chat  {link.channel} {link.external_id}",
        f"  was   customer {link.from_customer_id}",
        f"  is    customer {link.to_customer_id}" if link.undone_at is None else f"  went  to {link.to_customer_id}",
    ]
