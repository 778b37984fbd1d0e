"""What a conversation may see: how a level is reached by proof, how long it holds, and when guessing is refused."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.customers.contacts import Contact, normal_email, normal_postcode
from bot.customers.names import normal_name
from bot.customers.proofs import LOCKED, Counts, ProofLedger, Turn
from bot.orders.models import CustomerProfile, Order
from bot.orders.shop import Shop
from bot.storage.database import Database
from bot.storage.tables import one_time_codes, verifications


class Level(StrEnum):
    """How well a conversation is known."""

    ANONYMOUS = "anonymous"
    MATCHED = "matched"
    VERIFIED = "verified"


class Proof(StrEnum):
    """What came of a try."""

    RIGHT = "right"
    WRONG = "wrong"  # the same whether the order or the address exists or not
    EXPIRED = "expired"
    LOCKED = LOCKED
    NEEDED = "needed"  # nothing to judge yet
    SENT = "sent"  # a code was asked for


class ChangeProof(StrEnum):
    """What opens an account besides a one-time code, which always does."""

    ONE_TIME_CODE = "one_time_code"
    EMAIL_POSTCODE = "email_postcode"
    NAME_POSTCODE = "name_postcode"  # that, or first and last name with the postcode


@dataclass(frozen=True, slots=True)
class Access:
    """What one conversation may see just now.

    `customer_id` is known only when verified; `order_numbers` are those opened one by one; `code_open` says that a
    one-time code is waiting to be typed.
    """

    level: Level
    customer_id: str | None = None
    order_numbers: frozenset[str] = frozenset()
    code_open: bool = False

    def may_read(self, order: Order) -> bool:
        """Whether `order` may be shown."""
        if order.number in self.order_numbers:
            return True
        return self.level is Level.VERIFIED and order.customer_id == self.customer_id


class Verification:
    """Judges proofs and remembers what they opened.

    Args:
        database: holds levels, codes and tries.
        shop: knows the orders and customers that proofs are compared with.
        ledger: counts and locks.
        key: secret with which one-time codes were hashed.
        holds: how long a level lasts.
        clock: the time now, in UTC.
        new_id: makes row ids.
        change_proof: what opens an account besides a one-time code (`settings.change_proof`).
    """

    def __init__(
        self,
        database: Database,
        shop: Shop,
        ledger: ProofLedger,
        *,
        key: bytes,
        holds: timedelta,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        change_proof: str = ChangeProof.ONE_TIME_CODE,
    ) -> None:
        self._change_proof = ChangeProof(change_proof)
        self._database = database
        self._shop = shop
        self._ledger = ledger
        self._key = key
        self._holds = holds
        self._clock = clock
        self._new_id = new_id

    async def access(self, conversation_id: str) -> Access:
        """What this conversation may see now."""
        now = self._clock()
        return await self._database.read(lambda connection: read_access(connection, conversation_id, now))

    async def level(self, conversation_id: str) -> Level:
        """The conversation's level now."""
        return (await self.access(conversation_id)).level

    async def open_order(self, turn: Turn, number: str, contact: Contact) -> Proof:
        """Open one order: at once where the conversation may read it already, otherwise by the contact on it.

        Returns:
            RIGHT, WRONG, LOCKED, or NEEDED when no contact was given and none was proved before.
        """
        order = await self._shop.order(number)
        access = await self.access(turn.conversation_id)
        if order is not None and access.may_read(order):
            return Proof.RIGHT
        if not contact:
            return Proof.NEEDED
        return await self.match_order(turn, number, order, contact)

    async def match_order(self, turn: Turn, number: str, order: Order | None, contact: Contact) -> Proof:
        """Compare a contact with an order, as one counted try. An unknown number is a wrong try like another.

        A message may name several orders; each is a try of its own.
        """
        now = self._clock()
        method = _matching(order, contact)
        subjects = [self._ledger.subject("order", number), self._ledger.subject("visitor", turn.visitor)]
        if contact.email is not None:
            subjects.append(self._ledger.subject("email", contact.email))

        def work(connection: Connection) -> Proof:
            def judge() -> tuple[str, Counts]:
                if order is None or method is None:
                    return Proof.WRONG, Counts.FAILED
                self._grant(connection, turn.conversation_id, order.customer_id, method, now, order.number)
                return Proof.RIGHT, Counts.PASSED

            return Proof(self._ledger.attempt(connection, turn, f"match {subjects[0][:16]}", subjects, judge, now))

        return await self._database.write(work)

    async def request_code(self, turn: Turn, email: str) -> tuple[Proof, str | None]:
        """Ask for a one-time code to `email`. Nothing is sent here: the turn's effect does that when it is stored.

        Returns:
            (SENT, the customer's id or None where the address is on no file), or (LOCKED, None) after too many.
        """
        customer = await self._shop.customer_by_email(email)
        now = self._clock()
        subjects = [
            self._ledger.subject("send to", normal_email(email)),
            self._ledger.subject("send for", turn.visitor),
        ]

        def work(connection: Connection) -> Proof:
            # Each request counts as a failure: a limit on mails, for an address that exists and one that does not.
            def judge() -> tuple[str, Counts]:
                return Proof.SENT, Counts.SPENT

            return Proof(self._ledger.attempt(connection, turn, "send", subjects, judge, now))

        outcome = await self._database.write(work)
        return outcome, customer.id if customer is not None and outcome is Proof.SENT else None

    async def check_code(self, turn: Turn, code: str) -> Proof:
        """Compare `code` with the conversation's newest one, as one counted try.

        A code opens only the conversation that asked for it, so tries count against conversation and visitor alone.
        Counted against the address, a stranger who knows it could lock its owner out.
        """
        now = self._clock()
        subjects = [
            self._ledger.subject("code", turn.conversation_id),
            self._ledger.subject("visitor", turn.visitor),
        ]

        def work(connection: Connection) -> Proof:
            row = connection.execute(_newest_code(turn.conversation_id)).mappings().first()
            expected = row["code_hash"] if row else "0" * 64
            equal = hmac.compare_digest(expected, code_hash(self._key, turn.conversation_id, code))

            def judge() -> tuple[str, Counts]:
                if row is not None and row["expires_at"] <= now:
                    return Proof.EXPIRED, Counts.PASSED  # said of right and wrong codes alike, so it is no guess
                if row is None or row["shop_customer_id"] is None or not equal:
                    return Proof.WRONG, Counts.FAILED
                used = sa.update(one_time_codes).where(one_time_codes.c.id == row["id"]).values(used_at=now)
                connection.execute(used)
                self._grant(connection, turn.conversation_id, row["shop_customer_id"], "one_time_code", now, None)
                return Proof.RIGHT, Counts.PASSED

            return Proof(self._ledger.attempt(connection, turn, "code", subjects, judge, now))

        return await self._database.write(work)

    async def prove_customer(
        self,
        turn: Turn,
        *,
        email: str | None = None,
        name: tuple[str, str] | None = None,
        postcode: str | None = None,
    ) -> Proof:
        """Compare what somebody says of themselves with the profiles, as one counted try.

        A name counts without its postcode: with it, every postcode tried for a name would have a count of its own.

        Args:
            name: first and last name.

        Returns:
            RIGHT, and the conversation is verified; WRONG, the same whether there is no such customer, another
            postcode or two customers of that name and postcode; LOCKED; NEEDED where something is missing, or where
            only a one-time code is a proof.
        """
        claim = _claim(self._change_proof, email, name, postcode)
        if claim is None:
            return Proof.NEEDED
        found, method = await self._claimed(claim)
        now = self._clock()
        subjects = [self._ledger.subject("visitor", turn.visitor)]
        if claim.email is not None:
            subjects.append(self._ledger.subject("email", claim.email))
        if claim.name is not None:
            subjects.append(self._ledger.subject("name", normal_name(*claim.name)))

        def work(connection: Connection) -> Proof:
            # Whoever was verified as one customer does not become another by what many people may know.
            known = read_access(connection, turn.conversation_id, now).customer_id

            def judge() -> tuple[str, Counts]:
                if found is None or known not in (None, found):
                    return Proof.WRONG, Counts.FAILED
                self._grant(connection, turn.conversation_id, found, method, now, None)
                return Proof.RIGHT, Counts.PASSED

            return Proof(self._ledger.attempt(connection, turn, f"customer {subjects[-1][:16]}", subjects, judge, now))

        return await self._database.write(work)

    async def _claimed(self, claim: _Claim) -> tuple[str | None, str]:
        """The customer who is all that, and by what. The shop is asked the same whether there is one or not."""
        of_email = await self._shop.customer_by_email(claim.email) if claim.email is not None else None
        of_name = await self._shop.customers_by_name(*claim.name, claim.postcode) if claim.name is not None else ()
        same = [customer.id for customer in of_name if _is_named(customer, claim)]
        by_email = of_email.id if _has_email(of_email, claim) and of_email is not None else None
        by_name = same[0] if len(same) == 1 else None
        if by_email is not None and by_name is not None and by_email != by_name:
            return None, ""  # one person's address and another's name
        return (by_email, "email_postcode") if by_email is not None else (by_name, "name_postcode")

    def grant(
        self,
        connection: Connection,
        conversation_id: str,
        shop_customer_id: str,
        *,
        method: str,
        now: datetime,
        until: datetime,
    ) -> None:
        """Verify a conversation whose channel has proven who writes, `until` then at most.

        Runs inside the caller's transaction.

        Args:
            method: by what it was proven, to be kept with it: "identity_token", "phone".
        """
        self._grant(connection, conversation_id, shop_customer_id, method, now, None, until)

    def _grant(
        self,
        connection: Connection,
        conversation_id: str,
        customer_id: str,
        method: str,
        now: datetime,
        order_number: str | None,
        until: datetime | None = None,
    ) -> None:
        expires_at = now + self._holds
        same = sa.and_(
            verifications.c.conversation_id == conversation_id,
            verifications.c.shop_customer_id == customer_id,
            verifications.c.order_id.is_(None) if order_number is None else verifications.c.order_id == order_number,
        )
        connection.execute(sa.delete(verifications).where(same))
        connection.execute(
            sa.insert(verifications).values(
                id=self._new_id(),
                conversation_id=conversation_id,
                shop_customer_id=customer_id,
                level=Level.VERIFIED if order_number is None else Level.MATCHED,
                order_id=order_number,
                method=method,
                granted_at=now,
                expires_at=min(expires_at, until) if until is not None else expires_at,
            )
        )


def code_hash(key: bytes, conversation_id: str, code: str) -> str:
    """The only form in which a one-time code is stored."""
    return hmac.new(key, f"code:{conversation_id}:{code}".encode(), hashlib.sha256).hexdigest()


def read_access(connection: Connection, conversation_id: str, now: datetime) -> Access:
    """What a conversation may see at `now`; for use inside other work on the same connection."""
    rows = (
        connection.execute(
            sa.select(verifications)
            .where(verifications.c.conversation_id == conversation_id, verifications.c.expires_at > now)
            .order_by(verifications.c.granted_at.desc())
        )
        .mappings()
        .all()
    )
    code = connection.execute(_newest_code(conversation_id)).mappings().first()
    customer_id = next((row["shop_customer_id"] for row in rows if row["level"] == Level.VERIFIED), None)
    numbers = frozenset(row["order_id"] for row in rows if row["order_id"] is not None)
    level = Level.VERIFIED if customer_id else Level.MATCHED if numbers else Level.ANONYMOUS
    return Access(level, customer_id, numbers, bool(code and code["expires_at"] > now))


def _newest_code(conversation_id: str) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(one_time_codes)
        .where(one_time_codes.c.conversation_id == conversation_id, one_time_codes.c.used_at.is_(None))
        .order_by(one_time_codes.c.created_at.desc(), one_time_codes.c.id)
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who somebody says they are, as far as it may be a proof: an e-mail address or a name, and the postcode."""

    email: str | None
    name: tuple[str, str] | None
    postcode: str


def _claim(proof: ChangeProof, email: str | None, name: tuple[str, str] | None, postcode: str | None) -> _Claim | None:
    """None where it is no proof: something is missing, or none of it is accepted."""
    email = normal_email(email) if email else None
    if proof is not ChangeProof.NAME_POSTCODE or name is None or not normal_name(*name):
        name = None
    code = normal_postcode(postcode or "")
    if proof is ChangeProof.ONE_TIME_CODE or not code or (email is None and name is None):
        return None
    return _Claim(email, name, code)


def _has_email(customer: CustomerProfile | None, claim: _Claim) -> bool:
    same_email = _same(normal_email(customer.email) if customer else "\0", claim.email)
    same_postcode = _same(normal_postcode(customer.address.postcode) if customer else "\0", claim.postcode)
    return same_email and same_postcode


def _is_named(customer: CustomerProfile, claim: _Claim) -> bool:
    same_name = claim.name is not None and _same(
        normal_name(customer.first_name, customer.last_name), normal_name(*claim.name)
    )
    return same_name and _same(normal_postcode(customer.address.postcode), claim.postcode)


def _matching(order: Order | None, contact: Contact) -> str | None:
    # An order that does not exist is compared all the same, with something nobody can type.
    same_email = _same(normal_email(order.email) if order else "\0", contact.email)
    same_postcode = _same(normal_postcode(order.address.postcode) if order else "\0", contact.postcode)
    if same_email:
        return "email"
    return "postcode" if same_postcode else None


def _same(stored: str, given: str | None) -> bool:
    return hmac.compare_digest(stored.encode(), (given or "\1").encode())
