"""The outbox: sent once, tried again when that is safe, and honest when nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.customers.mail import (
    PAUSES,
    DemoTransport,
    MailDelayed,
    MailError,
    MailRefused,
    MailUncertain,
    MailWorker,
    OutgoingMail,
    queue_mail,
)
from bot.storage.database import Database
from bot.storage.tables import mails

pytestmark = pytest.mark.integration


class ScriptedTransport:
    """Raises what it was told to, then takes every mail."""

    keeps_body = False

    def __init__(self, *failures: MailError) -> None:
        self.failures = list(failures)
        self.sent: list[OutgoingMail] = []

    async def send(self, mail: OutgoingMail) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(mail)


def queue(database: Database, clock: Callable[[], datetime], mail_id: str = "1") -> None:
    database.write_now(
        lambda connection: queue_mail(
            connection, mail_id=mail_id, recipient="jo@mail.example", subject="Code 123456", body="123456", now=clock()
        )
    )


def stored(database: Database) -> Any:
    return database.read_now(lambda connection: connection.execute(sa.select(mails)).mappings().one())


async def test_a_mail_is_sent_once_and_its_text_forgotten(database: Database, clock: Any) -> None:
    transport = ScriptedTransport()
    worker = MailWorker(database, transport, clock)
    queue(database, clock)
    assert await worker.send_next()
    assert not await worker.send_next()
    assert [mail.body for mail in transport.sent] == ["123456"]
    row = stored(database)
    assert (row["state"], row["body"], row["subject"]) == ("sent", None, "")
    assert row["sent_at"] == clock()


async def test_the_demo_keeps_its_mails_for_the_mailbox(database: Database, clock: Any) -> None:
    queue(database, clock)
    await MailWorker(database, DemoTransport(), clock).send_next()
    assert (stored(database)["state"], stored(database)["body"]) == ("sent", "123456")


async def test_a_server_that_is_away_is_tried_again_later(database: Database, clock: Any) -> None:
    transport = ScriptedTransport(MailDelayed("away"))
    worker = MailWorker(database, transport, clock)
    queue(database, clock)
    assert await worker.send_next()
    assert (stored(database)["state"], stored(database)["body"]) == ("waiting", "123456")
    assert not await worker.send_next()
    clock.forward(seconds=PAUSES[0].total_seconds())
    assert await worker.send_next()
    assert stored(database)["state"] == "sent"


async def test_a_server_that_stays_away_is_given_up(database: Database, clock: Any) -> None:
    transport = ScriptedTransport(*(MailDelayed("away") for _ in range(50)))
    worker = MailWorker(database, transport, clock)
    queue(database, clock)
    for _ in range(20):
        await worker.send_next()
        clock.forward(minutes=2)
    row = stored(database)
    assert (row["state"], row["attempts"], row["body"]) == ("failed", len(PAUSES) + 1, None)


@pytest.mark.parametrize(("failure", "state"), [(MailRefused("no"), "failed"), (MailUncertain("?"), "unknown")])
async def test_a_refusal_and_an_unknown_outcome_are_final(
    database: Database, clock: Any, failure: MailError, state: str
) -> None:
    transport = ScriptedTransport(failure)
    worker = MailWorker(database, transport, clock)
    queue(database, clock)
    await worker.send_next()
    clock.forward(hours=1)
    assert not await worker.send_next()
    assert transport.sent == []
    assert (stored(database)["state"], stored(database)["body"]) == (state, None)


async def test_a_mail_whose_sender_died_is_unknown_and_not_sent_again(database: Database, clock: Any) -> None:
    queue(database, clock)

    class Dying(ScriptedTransport):
        async def send(self, mail: OutgoingMail) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await MailWorker(database, Dying(), clock).send_next()
    heir = ScriptedTransport()
    worker = MailWorker(database, heir, clock)
    assert not await worker.send_next()
    clock.forward(minutes=5)
    await worker.send_next()
    assert heir.sent == []
    assert stored(database)["state"] == "unknown"
