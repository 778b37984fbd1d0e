"""Cases: what a person has to do for a customer. Opened as an effect of a turn, read and closed by people."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from bot.cases.promises import Promises
from bot.customers.mail import queue_mail
from bot.customers.verification import read_access
from bot.storage.case_tables import cases
from bot.storage.database import Database
from bot.storage.tables import callbacks

OPEN_CASE = "open_case"  # the effect
LONGEST_WORDS, LONGEST_CONTACT, LONGEST_NUMBER, MOST_ITEMS = 2000, 320, 64, 100


class CaseKind(StrEnum):
    """What a person has to do about."""

    MISSING = "missing"
    WRONG = "wrong"
    DAMAGED = "damaged"
    LATE = "late"
    REFUND = "refund"
    OTHER = "other"
    ERASURE = "erasure"  # delete all that is kept of them; asked for in the chat by who has proven who they are
    CALL_BACK = "call_back"  # opened by the app itself, once it is known where


@dataclass(frozen=True, slots=True)
class CaseItem:
    """One thing of the order that a case is about; the same thing twice is two of these."""

    item_id: str
    name: str


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to be opened, its promise made already. Without an order number it is about none, or about all.

    Raises:
        ValueError: the moment has no time zone, or something is longer than anybody meant it.
    """

    kind: CaseKind
    due_at: datetime
    words: str
    order_number: str | None = None
    items: tuple[CaseItem, ...] = ()
    contact: str | None = None

    def __post_init__(self) -> None:
        if self.due_at.tzinfo is None:
            raise ValueError("a case is due at a moment with a time zone")
        if len(self.order_number or "") > LONGEST_NUMBER or len(self.items) > MOST_ITEMS:
            raise ValueError("no order has such a number, or so many things")
        if len(self.contact or "") > LONGEST_CONTACT:
            raise ValueError("nobody can be reached on something so long")

    @property
    def fingerprint(self) -> str:
        """The same for what one turn would open again."""
        of_items = sorted((item.item_id, item.name) for item in self.items)
        return hashlib.sha256(repr((self.kind.value, self.order_number, of_items)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it is stored. `level` and `shop_customer_id` say how well the customer was known when it was opened."""

    id: str
    conversation_id: str
    kind: str
    level: str
    shop_customer_id: str | None
    order_number: str | None
    items: tuple[CaseItem, ...]
    words: str
    contact: str | None
    status: str
    opened_at: datetime
    due_at: datetime
    done_at: datetime | None

    def overdue(self, now: datetime) -> bool:
        """Whether the promise is broken."""
        return self.status == "open" and self.due_at < now


def opening(new: NewCase) -> dict[str, Any]:
    """The effect that opens a case when the turn is stored; its promise may be said in the same turn."""
    return {
        "type": OPEN_CASE,
        "kind": new.kind.value,
        "due_at": new.due_at.isoformat(),
        "words": new.words[:LONGEST_WORDS],
        "order_number": new.order_number,
        "items": [asdict(item) for item in new.items],
        "contact": new.contact,
    }


def read_opening(effect: Mapping[str, Any]) -> NewCase:
    """The case that an effect asks for.

    Raises:
        ValueError: `opening` did not make it.
    """
    try:
        return NewCase(
            kind=CaseKind(effect["kind"]),
            due_at=datetime.fromisoformat(effect["due_at"]),
            words=str(effect.get("words") or ""),
            order_number=_text(effect.get("order_number")),
            items=tuple(CaseItem(str(item["item_id"]), str(item["name"])) for item in effect.get("items") or ()),
            contact=_text(effect.get("contact")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"an action opened a case that cannot be read: {error!r}") from error


class CaseBook:
    """Where cases are opened and looked up.

    Args:
        database: holds them.
        promises: by when a person answers.
        new_id: makes row ids.
        mail_to: address that hears of every new case; empty, nobody does.
    """

    def __init__(self, database: Database, promises: Promises, *, new_id: Callable[[], str], mail_to: str = "") -> None:
        self._database = database
        self._new_id = new_id
        self._mail_to = mail_to
        self.promises = promises

    async def open_in(self, conversation_id: str) -> tuple[Case, ...]:
        """The open cases of a conversation, the first due first: what a person is on already is not promised anew."""
        found = await self._database.read(lambda connection: read_cases(connection, conversation_id=conversation_id))
        return tuple(found)

    def apply(
        self, connection: Connection, effect: Mapping[str, Any], *, conversation_id: str, turn_key: str, now: datetime
    ) -> Case:
        """Open the case that an effect asks for, inside the turn's transaction.

        Args:
            turn_key: the same for every run of the turn; a case it has opened is found instead of opened again.

        Raises:
            ValueError: `opening` did not make the effect.
        """
        new = read_opening(effect)
        return self.open(
            connection, new, conversation_id=conversation_id, key=f"turn:{turn_key}:{new.fingerprint}", now=now
        )

    def open(self, connection: Connection, new: NewCase, *, conversation_id: str, key: str, now: datetime) -> Case:
        """Open a case inside the caller's transaction, and mail the shop's people where that is wanted.

        Args:
            key: what opens it; a second time it is found instead of opened again.
        """
        known = connection.execute(sa.select(cases).where(cases.c.key == key)).mappings().first()
        if known is not None:
            return _case(known)
        access = read_access(connection, conversation_id, now)
        values = {
            "id": self._new_id(),
            "key": key,
            "conversation_id": conversation_id,
            "kind": new.kind.value,
            "level": access.level.value,
            "shop_customer_id": access.customer_id,
            "order_number": new.order_number,
            "items": [asdict(item) for item in new.items],
            "words": new.words[:LONGEST_WORDS],
            "contact": new.contact,
            "status": "open",
            "opened_at": now,
            "due_at": new.due_at,
        }
        case = _case(connection.execute(sa.insert(cases).values(**values).returning(cases)).mappings().one())
        if self._mail_to:
            self._tell(connection, case, now)
        return case

    def open_call_back(
        self, connection: Connection, *, conversation_id: str, contact: str, words: str, now: datetime
    ) -> Case:
        """Open the case of a call back; while one is open in the conversation, its contact is replaced instead.

        The promise stays the first one's: somebody who corrects a number has not begun to wait anew.
        """
        mine = sa.and_(cases.c.conversation_id == conversation_id, cases.c.kind == CaseKind.CALL_BACK)
        changed = sa.update(cases).where(mine, cases.c.status == "open").values(contact=contact).returning(cases)
        row = connection.execute(changed).mappings().first()
        if row is not None:
            return _case(row)
        earlier = connection.execute(sa.select(sa.func.count()).select_from(cases).where(mine)).scalar_one()
        new = NewCase(CaseKind.CALL_BACK, self.promises.call_back(now), words, contact=contact[:LONGEST_CONTACT])
        key = f"call_back:{conversation_id}:{earlier}"
        return self.open(connection, new, conversation_id=conversation_id, key=key, now=now)

    def _tell(self, connection: Connection, case: Case, now: datetime) -> None:
        formatting = self.promises.formatting
        kind = formatting.label(f"case_{case.kind}")
        due = formatting.moment(case.due_at, now)
        about = [case.order_number, *(item.name for item in case.items)]
        words = {
            "id": case.id,
            "kind": kind,
            "due": due,
            "about": ", ".join(part for part in about if part) or "–",
            "level": formatting.label(f"case_level_{case.level}"),
            "contact": case.contact or "–",
            "words": case.words or "–",
        }
        queue_mail(
            connection,
            mail_id=self._new_id(),
            recipient=self._mail_to,
            subject=formatting.label("mail_case_subject", kind=kind, due=due),
            body=formatting.label("mail_case_body", **words),
            now=now,
            conversation_id=case.conversation_id,
        )


def read_cases(connection: Connection, *, conversation_id: str | None = None, done: bool = False) -> list[Case]:
    """Open cases, the first due first, so that overdue ones lead; with `done` also those, after them, latest first.

    Args:
        conversation_id: only those of one conversation.
    """
    wanted = sa.select(cases)
    if conversation_id is not None:
        wanted = wanted.where(cases.c.conversation_id == conversation_id)
    first_due = wanted.where(cases.c.status == "open").order_by(cases.c.due_at, cases.c.opened_at, cases.c.id)
    found = [_case(row) for row in connection.execute(first_due).mappings()]
    if done:
        latest = wanted.where(cases.c.status == "done").order_by(cases.c.done_at.desc(), cases.c.id)
        found += [_case(row) for row in connection.execute(latest).mappings()]
    return found


def find_cases(connection: Connection, beginning: str) -> list[Case]:
    """The cases whose id begins so: one, where enough of it was typed."""
    if not beginning:
        return []
    matching = sa.select(cases).where(cases.c.id.startswith(beginning, autoescape=True)).order_by(cases.c.id)
    return [_case(row) for row in connection.execute(matching).mappings()]


def close_case(connection: Connection, case_id: str, now: datetime) -> bool:
    """Note that a person has done it; a call back counts as made. False where it was done before."""
    closed = connection.execute(
        sa.update(cases)
        .where(cases.c.id == case_id, cases.c.status == "open")
        .values(status="done", done_at=now)
        .returning(cases.c.kind, cases.c.conversation_id)
    ).first()
    if closed is None:
        return False
    if closed.kind == CaseKind.CALL_BACK:
        connection.execute(
            sa.update(callbacks)
            .where(callbacks.c.conversation_id == closed.conversation_id, callbacks.c.state == "open")
            .values(state="closed", closed_at=now)
        )
    return True


def _case(row: RowMapping) -> Case:
    items = tuple(CaseItem(item["item_id"], item["name"]) for item in row["items"])
    rest = (field.name for field in fields(Case) if field.name != "items")
    return Case(items=items, **{name: row[name] for name in rest})


def _text(value: object) -> str | None:
    return str(value) if value else None
