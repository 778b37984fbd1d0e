"""The outbox: mails wait in a table and are sent once; an unknown outcome is recorded, never tried blindly again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.tables import mails

log = structlog.get_logger()

POLL_SECONDS = 1.0
SENDING_SECONDS = 60.0
LEASE = timedelta(seconds=90)  # longer than any transport's own timeouts together
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 30, 60))


class MailError(Exception):
    """Root of what a transport raises.

    MailError
    ├── MailRefused    the mail will never be taken; not tried again
    ├── MailDelayed    not taken now, surely not sent; tried again
    └── MailUncertain  it may or may not have been sent; not tried again
    """

    retryable = False


class MailRefused(MailError):
    """The server refused this mail for good."""


class MailDelayed(MailError):
    """The server could not be reached, or asked to come back later. The mail was not sent."""

    retryable = True


class MailUncertain(MailError):
    """The connection was lost after the text was handed over and before it was confirmed."""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail to be sent."""

    id: str
    recipient: str
    subject: str
    body: str


class MailTransport(Protocol):
    """Hands one mail over."""

    keeps_body: bool
    """Whether the text stays in the table afterwards: only where the table itself is the mailbox."""

    async def send(self, mail: OutgoingMail) -> None:
        """Send it, or raise a `MailError`."""
        ...


class DemoTransport:
    """Sends nothing: the demo's mailbox page shows the table."""

    keeps_body = True

    async def send(self, mail: OutgoingMail) -> None:
        """Nothing to do."""


class MailWorker:
    """Sends what waits in the outbox; several may run side by side.

    Args:
        database: holds the outbox.
        transport: hands mails over.
        clock: the time now, in UTC.
    """

    def __init__(self, database: Database, transport: MailTransport, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._transport = transport
        self._clock = clock
        self._due = asyncio.Event()

    def wake(self) -> None:
        """Look into the outbox now instead of at the next second."""
        self._due.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self._due.clear()
            try:
                while await self.send_next():
                    pass
            except DatabaseUnavailable as error:
                log.warning("mail_outbox_unavailable", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):  # not wait_for, which can swallow being cancelled on 3.11
                    await self._due.wait()

    async def send_next(self) -> bool:
        """Send one mail that is due.

        Returns:
            False when none was due.

        Raises:
            DatabaseUnavailable: the outbox cannot be used just now.
        """
        now = self._clock()
        if not await self._database.read(lambda connection: _is_any_due(connection, now)):
            return False
        claimed = await self._database.write(lambda connection: _claim(connection, now))
        if claimed is None:
            return False
        mail, attempts = claimed
        state, error = "sent", None
        try:
            async with asyncio.timeout(SENDING_SECONDS):
                await self._transport.send(mail)
        except TimeoutError:  # a server that trickles: whether it took the mail, nobody knows
            state, error = "unknown", f"not finished within {SENDING_SECONDS:g} s"
            log.warning("mail_not_sent", mail=mail.id, state=state, attempts=attempts, kind="TimeoutError")
        except MailError as failure:
            state, error = _state_after(failure, attempts), str(failure)[:300]
            log.warning("mail_not_sent", mail=mail.id, state=state, attempts=attempts, kind=type(failure).__name__)
        finished = self._clock()
        keep = self._transport.keeps_body or state == "waiting"
        await self._database.write(
            lambda connection: _finish(connection, mail.id, state, error, attempts, finished, keep)
        )
        return True


def queue_mail(
    connection: Connection,
    *,
    mail_id: str,
    recipient: str,
    subject: str,
    body: str,
    now: datetime,
    conversation_id: str | None = None,
) -> None:
    """Put a mail into the outbox; it goes out when the caller's transaction is committed.

    Args:
        conversation_id: what it is about.
    """
    connection.execute(
        sa.insert(mails).values(
            id=mail_id,
            conversation_id=conversation_id,
            recipient=recipient,
            subject=subject,
            body=body,
            state="waiting",
            attempts=0,
            created_at=now,
            next_at=now,
        )
    )


def demo_mailbox(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """The newest mails, for the demo's mailbox page: id, recipient, subject, body, state and `created_at`."""
    columns = (mails.c.id, mails.c.recipient, mails.c.subject, mails.c.body, mails.c.state, mails.c.created_at)
    newest = sa.select(*columns).order_by(mails.c.created_at.desc(), mails.c.id).limit(limit)
    return [dict(row) for row in connection.execute(newest).mappings()]


def _is_any_due(connection: Connection, now: datetime) -> bool:
    due = mails.c.state.in_(("waiting", "sending")) & (mails.c.next_at <= now)
    return connection.execute(sa.select(mails.c.id).where(due).limit(1)).first() is not None


def _claim(connection: Connection, now: datetime) -> tuple[OutgoingMail, int] | None:
    # A lease that ran out: whoever sent it died in the middle, and nobody knows how far it got.
    lost = (mails.c.state == "sending") & (mails.c.next_at <= now)
    given_up = {"state": "unknown", "error": "the sender stopped in the middle", "subject": "", "body": None}
    connection.execute(sa.update(mails).where(lost).values(**given_up))
    due = sa.select(mails).where(mails.c.state == "waiting", mails.c.next_at <= now).order_by(mails.c.next_at)
    row = connection.execute(due.limit(1).with_for_update(skip_locked=True)).mappings().first()
    if row is None:
        return None
    attempts = row["attempts"] + 1
    taken = {"state": "sending", "attempts": attempts, "next_at": now + LEASE}
    connection.execute(sa.update(mails).where(mails.c.id == row["id"]).values(**taken))
    return OutgoingMail(row["id"], row["recipient"], row["subject"], row["body"] or ""), attempts


def _state_after(failure: MailError, attempts: int) -> str:
    if isinstance(failure, MailUncertain):
        return "unknown"
    return "waiting" if failure.retryable and attempts <= len(PAUSES) else "failed"


def _finish(
    connection: Connection, mail_id: str, state: str, error: str | None, attempts: int, now: datetime, keep: bool
) -> None:
    values: dict[str, Any] = {"state": state, "error": error, "next_at": now}
    if state == "waiting":
        values["next_at"] = now + PAUSES[attempts - 1]
    if state == "sent":
        values["sent_at"] = now
    if not keep:
        values |= {"body": None, "subject": ""}  # the subject carries the code as well
    still_ours = (mails.c.id == mail_id) & (mails.c.state == "sending") & (mails.c.attempts == attempts)
    connection.execute(sa.update(mails).where(still_ours).values(**values))
