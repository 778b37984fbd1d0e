"""What `bellhop cases` prints, and how a case that a person names is found and closed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from bot.cases.cases import Case, close_case, find_cases
from bot.commands.reports import printable

SHOWN_ID = 8  # of 32 characters: enough to tell cases apart, and to type
LEVELS = {
    "anonymous": "customer not known",
    "matched": "customer knows the e-mail or postcode on the order",
    "verified": "customer verified",
}


class NotOneCase(Exception):
    """What was typed names no case, or several; the text says so."""


def cases_text(cases: Sequence[Case], now: datetime, zone: ZoneInfo) -> str:
    """The list for people; times are the shop's."""
    if not cases:
        return "Nothing is waiting for a person."
    opened = [case for case in cases if case.status == "open"]
    overdue = sum(case.overdue(now) for case in opened)
    lines = [f"{len(opened)} open, {overdue} of them overdue"]
    for case in cases:
        lines += ["", *_lines(case, now, zone)]
    return "\n".join(lines)


def cases_json(cases: Sequence[Case], now: datetime) -> str:
    """The same for programs; times are UTC."""
    rows = [asdict(case) | {"overdue": case.overdue(now)} for case in cases]
    return json.dumps(rows, ensure_ascii=False, indent=2, default=datetime.isoformat)


def finish(connection: Connection, typed: str, now: datetime) -> str:
    """Close the case whose id begins as typed; returns what to say.

    Raises:
        NotOneCase: none begins so, or several do.
    """
    found = find_cases(connection, typed)
    if not found:
        raise NotOneCase(f"no case's ID begins with {typed!r}; `bellhop cases list` shows those that are open")
    if len(found) > 1:
        ids = ", ".join(case.id for case in found[:5])
        raise NotOneCase(f"{len(found)} IDs begin with {typed!r}: {ids}; type more of the one you mean")
    (case,) = found
    if not close_case(connection, case.id, now):
        return f"Case {case.id[:SHOWN_ID]} was done already."
    return f"Case {case.id[:SHOWN_ID]} is done."


def _lines(case: Case, now: datetime, zone: ZoneInfo) -> list[str]:
    if case.done_at is not None:
        state = f"done {case.done_at.astimezone(zone):%Y-%m-%d %H:%M}"
    else:
        state = f"due {case.due_at.astimezone(zone):%a %Y-%m-%d %H:%M}{'  OVERDUE' if case.overdue(now) else ''}"
    about = [case.order_number, *(item.name for item in case.items)]
    facts = [
        f"{case.id[:SHOWN_ID]}  {case.kind.replace('_', ' '):<9}  {state}",
        f"  about    {', '.join(part for part in about if part)}",
        f"  who      {LEVELS[case.level]}{f' ({case.shop_customer_id})' if case.shop_customer_id else ''}",
        f"  contact  {case.contact or ''}",
        *_words(case.words),
        f"  chat     {case.conversation_id}",
    ]
    return [printable(fact) for fact in facts if len(fact.split()) > 1]


def _words(words: str) -> list[str]:
    return textwrap.wrap(printable(words), 110, initial_indent="  says     ", subsequent_indent=" " * 11)
