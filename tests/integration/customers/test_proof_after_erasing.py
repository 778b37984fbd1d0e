"""A proof that is still being tried while its customer is erased opens nothing and leaves nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.customers.verification import Level, Proof
from bot.storage.tables import conversations, proof_attempts, verifications

pytestmark = pytest.mark.integration


async def test_a_proof_that_comes_after_erasing_is_refused_and_not_kept(make_desk: Any, clock: Any) -> None:
    desk = make_desk("email_postcode")
    turn = desk.conversation()
    own = conversations.c.id == turn.conversation_id
    over = {"state": "ended", "end_reason": "erased", "ended_at": clock(), "emptied_at": clock()}
    erased = sa.update(conversations).where(own).values(over)
    desk.database.write_now(lambda connection: connection.execute(erased))
    said: dict[str, Any] = {"email": "jo@mail.example", "postcode": "N1 5QT"}
    assert await desk.verification.prove_customer(turn, **said) is Proof.LOCKED
    assert (await desk.verification.access(turn.conversation_id)).level is Level.ANONYMOUS
    for table in (proof_attempts, verifications):
        assert desk.database.read_now(lambda connection, table=table: connection.execute(sa.select(table)).all()) == []

    another = desk.conversation()  # who was not erased is not locked by it
    assert await desk.verification.prove_customer(another, **said) is Proof.RIGHT
