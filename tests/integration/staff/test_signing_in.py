"""Signing in and out: who gets in, who does not, and that nobody can keep our people out."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from bot.staff.accounts import agent_by_id, change_agent
from bot.staff.audit import read_audit
from bot.staff.errors import SignInRefused
from bot.staff.models import Agent, Presence
from bot.staff.passwords import Passwords
from bot.staff.presence import choose
from bot.staff.signing_in import WAITING_AT_ONCE, WRONG
from bot.storage.database import Database
from bot.storage.desk_tables import sign_in_attempts, staff_sessions
from tests.support.staffed import PASSWORD, Desk

pytestmark = pytest.mark.integration


@pytest.fixture
def robin(desk: Desk) -> Agent:
    return desk.add()


def actions(database: Database) -> list[str]:
    return [entry.action for entry in database.read_now(lambda connection: read_audit(connection, limit=1000))][::-1]


async def refusal(desk: Desk, agent: Agent, password: str = "wrong, of course", **how: str | None) -> SignInRefused:
    with pytest.raises(SignInRefused) as caught:
        await desk.enter(agent, password, **how)  # type: ignore[arg-type]  # text, all of them
    return caught.value


async def test_the_right_password_opens_a_session(desk: Desk, robin: Agent) -> None:
    signed_in = await desk.enter(robin)

    session = await desk.sessions.of_cookie(desk.database, signed_in.cookie, desk.clock())
    assert session is not None
    assert session.agent == robin == signed_in.agent
    assert session.expires_at == desk.clock() + timedelta(hours=12)
    assert actions(desk.database) == ["sign_in"]


async def test_an_email_address_in_capitals_is_the_same(desk: Desk, robin: Agent) -> None:
    signed_in = await desk.sign_in.sign_in(f" {robin.email.upper()} ", PASSWORD, None, None, None)
    assert signed_in.agent.id == robin.id


async def test_of_a_session_only_the_hash_is_stored_and_a_signature_comes_from_the_cookie(
    desk: Desk, robin: Agent
) -> None:
    first, second = await desk.enter(robin), await desk.enter(robin)

    stored = desk.database.read_now(lambda connection: connection.execute(sa.select(staff_sessions)).all())
    assert {row.id for row in stored} == {hashlib.sha256(one.cookie.encode()).hexdigest() for one in (first, second)}
    assert first.cookie not in str(stored)
    assert len(first.cookie) >= 43  # 256 bits
    assert first.session.csrf_token != second.session.csrf_token
    assert first.session.csrf_token not in str(stored)


async def test_a_session_that_the_browser_came_with_is_ended(desk: Desk, robin: Agent) -> None:
    """Whoever planted a session of theirs in a browser must not share the one that comes of it."""
    mallory = desk.add("Mallory Vane")
    planted = (await desk.enter(mallory)).cookie

    signed_in = await desk.enter(robin, old_cookie=planted)

    assert signed_in.cookie != planted
    assert not await desk.is_in(planted)
    assert await desk.is_in(signed_in.cookie)


async def test_unknown_disabled_and_wrong_are_refused_in_the_same_words(desk: Desk, robin: Agent) -> None:
    gone = desk.add("Gone Long")
    desk.database.write_now(lambda connection: change_agent(connection, gone.id, desk.clock(), state="disabled"))

    said = {
        str(await refusal(desk, robin)),
        str(await refusal(desk, gone, PASSWORD)),
        str(await refusal(desk, gone)),
    }
    with pytest.raises(SignInRefused) as unknown:
        await desk.sign_in.sign_in("nobody@shop.example", PASSWORD, None, None, None)
    assert said | {str(unknown.value)} == {WRONG}


class CountingPasswords(Passwords):
    """Counts comparisons."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.compared = 0

    def matches(self, stored: str | None, password: str) -> bool:
        self.compared += 1
        return super().matches(stored, password)


async def test_whoever_is_tried_the_same_work_is_done(desk: Desk) -> None:
    passwords = CountingPasswords()
    counting = Desk(desk.database, desk.clock, desk.new_id, passwords=passwords)
    robin, gone = counting.add(), counting.add("Gone Long")
    desk.database.write_now(lambda connection: change_agent(connection, gone.id, desk.clock(), state="disabled"))

    for email in (robin.email, gone.email, "nobody@shop.example", "no address"):
        before = passwords.compared
        with pytest.raises(SignInRefused):
            await counting.sign_in.sign_in(email, "wrong, of course", "198.51.100.7", None, None)
        assert passwords.compared == before + 1


async def test_what_is_too_long_is_refused_before_anything_is_done(desk: Desk, robin: Agent) -> None:
    for email, password in ((robin.email, "x" * 1_000_000), ("x" * 1_000_000, PASSWORD)):
        with pytest.raises(SignInRefused, match="do not belong together"):
            await desk.sign_in.sign_in(email, password, None, None, None)
    assert actions(desk.database) == []


async def test_after_ten_failures_an_address_has_to_wait_for_that_account(desk: Desk, robin: Agent) -> None:
    for _ in range(10):
        assert (await refusal(desk, robin)).retry_after_seconds is None
    locked = await refusal(desk, robin, PASSWORD)
    assert locked.retry_after_seconds == 15 * 60
    assert "15 minutes" in locked.sentence

    assert await desk.enter(robin, address="203.0.113.9")  # elsewhere it is as ever
    desk.clock.forward(minutes=15)
    assert await desk.enter(robin)


async def test_an_address_that_tries_many_accounts_has_to_wait_for_all(desk: Desk, robin: Agent) -> None:
    for number in range(50):
        with pytest.raises(SignInRefused, match="do not belong together"):
            await desk.sign_in.sign_in(f"guess{number}@shop.example", "password", "198.51.100.7", None, None)
    assert (await refusal(desk, robin, PASSWORD)).retry_after_seconds
    assert await desk.enter(robin, address="198.51.100.8")


async def test_tries_made_at_once_are_counted_before_they_are_judged(desk: Desk, robin: Agent) -> None:
    outcomes = await asyncio.gather(*(refusal(desk, robin) for _ in range(30)))
    assert sum(outcome.retry_after_seconds is None for outcome in outcomes) == 10


async def test_500_wrong_passwords_from_everywhere_do_not_keep_a_known_device_out(desk: Desk, robin: Agent) -> None:
    device = (await desk.enter(robin)).device_cookie

    for number in range(500):
        await refusal(desk, robin, address=f"203.0.{number // 250}.{number % 250}")

    desk.pauses.clear()
    assert await desk.enter(robin, device=device, address="203.0.0.1")
    assert desk.pauses == []


async def test_from_many_places_an_account_is_answered_slower_and_never_locked(desk: Desk, robin: Agent) -> None:
    for number in range(60):
        await refusal(desk, robin, address=f"203.0.113.{number}")
    assert await desk.enter(robin, address="192.0.2.1")  # a device that nobody knows
    assert desk.pauses[0] > 0
    assert desk.pauses == sorted(desk.pauses)
    assert max(desk.pauses) == 2.0


async def test_a_known_device_that_guesses_waits_between_tries_and_then_gets_in(desk: Desk, robin: Agent) -> None:
    device = (await desk.enter(robin)).device_cookie
    for _ in range(10):
        await refusal(desk, robin, device=device)
    assert (await refusal(desk, robin, PASSWORD, device=device)).retry_after_seconds == 20
    desk.clock.forward(seconds=20)
    assert await desk.enter(robin, device=device)


async def test_a_device_known_to_one_is_a_strangers_to_another(desk: Desk, robin: Agent) -> None:
    ines = desk.add("Ines Duarte")
    device = (await desk.enter(robin)).device_cookie
    for _ in range(10):
        await refusal(desk, ines, device=device)
    assert (await refusal(desk, ines, PASSWORD, device=device)).retry_after_seconds == 15 * 60
    assert await desk.enter(robin, device=device)


async def test_the_table_of_tries_names_nobody_and_forgets(desk: Desk, robin: Agent) -> None:
    await refusal(desk, robin)
    desk.clock.forward(hours=1)
    await refusal(desk, robin)

    rows = desk.database.read_now(lambda connection: connection.execute(sa.select(sign_in_attempts)).all())
    assert len(rows) == 3
    assert "robin" not in str(rows)
    assert "198.51" not in str(rows)


async def test_a_right_password_counts_as_no_failure(desk: Desk, robin: Agent) -> None:
    for _ in range(30):
        assert await desk.enter(robin)


async def test_a_crowd_of_strangers_is_turned_away_and_not_counted(desk: Desk, robin: Agent) -> None:
    desk.sign_in._waiting = WAITING_AT_ONCE
    assert (await refusal(desk, robin, PASSWORD)).retry_after_seconds == 5
    desk.sign_in._waiting = 0
    tries = desk.database.read_now(lambda connection: connection.execute(sa.select(sign_in_attempts)).all())
    assert tries == []


async def test_failures_are_in_the_audit_log_without_what_was_typed_by_mistake(desk: Desk, robin: Agent) -> None:
    await refusal(desk, robin)
    for typed in ("nobody@shop.example", PASSWORD):
        with pytest.raises(SignInRefused):
            await desk.sign_in.sign_in(typed, "x", "198.51.100.7", None, None)

    entries = desk.database.read_now(lambda connection: read_audit(connection, limit=10, action="sign_in_failed"))
    assert [(entry.agent_id, entry.subject, entry.details) for entry in entries] == [
        (None, "no e-mail address", None),
        (None, "nobody@shop.example", None),
        (None, robin.email, {"account": robin.id}),  # who tried is not known
    ]
    assert {entry.address for entry in entries} == {"198.51.100.7"}


async def test_the_failure_after_which_an_address_waits_is_marked_and_what_is_refused_is_not_noted(
    desk: Desk, robin: Agent
) -> None:
    for _ in range(15):
        await refusal(desk, robin)
    entries = desk.database.read_now(lambda connection: read_audit(connection, limit=100))
    assert len(entries) == 10
    assert [(entry.details or {}).get("refused_from_now", False) for entry in entries] == [True, *[False] * 9]


async def test_whoever_is_disabled_while_their_password_is_compared_stays_out(desk: Desk) -> None:
    class Disabling(Passwords):
        def matches(self, stored: str | None, password: str) -> bool:
            desk.database.write_now(
                lambda connection: change_agent(connection, robin.id, desk.clock(), state="disabled")
            )
            return super().matches(stored, password)

    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    racing = Desk(desk.database, desk.clock, desk.new_id, passwords=Disabling(hasher))
    robin = racing.add()
    await refusal(racing, robin, PASSWORD)
    rows = desk.database.read_now(lambda connection: connection.execute(sa.select(staff_sessions)).all())
    assert rows == []


async def test_a_hash_of_an_older_cost_is_made_anew_at_sign_in(desk: Desk, robin: Agent) -> None:
    dearer = Desk(
        desk.database,
        desk.clock,
        desk.new_id,
        passwords=Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)),
    )
    await dearer.enter(robin)
    stored = desk.database.read_now(
        lambda connection: connection.execute(sa.text("SELECT password_hash FROM agents")).scalar_one()
    )
    assert "t=2" in stored
    assert await dearer.enter(robin)


async def test_an_account_of_the_demo_opens_nothing_elsewhere(desk: Desk) -> None:
    demo = Desk(desk.database, desk.clock, desk.new_id, demo=True)
    robin = desk.add(demo=True)

    signed_in = await demo.enter(robin)
    assert await demo.is_in(signed_in.cookie)
    assert not await desk.is_in(signed_in.cookie)
    assert str(await refusal(desk, robin, PASSWORD)) == WRONG


async def test_signing_out_of_the_last_session_takes_one_offline(desk: Desk, robin: Agent) -> None:
    first, second = await desk.enter(robin), await desk.enter(robin)
    desk.database.write_now(lambda connection: choose(connection, robin.id, Presence.ONLINE, desk.clock()))

    def presence() -> Presence:
        agent = desk.database.read_now(lambda connection: agent_by_id(connection, robin.id))
        assert agent is not None
        return agent.presence

    await desk.sign_in.sign_out(first.cookie, None)
    assert (await desk.is_in(first.cookie), presence()) == (False, Presence.ONLINE)
    await desk.sign_in.sign_out(second.cookie, None)
    assert (await desk.is_in(second.cookie), presence()) == (False, Presence.OFFLINE)
    await desk.sign_in.sign_out("no session at all", None)
    assert actions(desk.database) == ["sign_in", "sign_in", "sign_out", "sign_out"]


async def test_a_known_device_does_not_stand_behind_strangers_who_wait(desk: Desk, robin: Agent) -> None:
    device = (await desk.enter(robin)).device_cookie
    await desk.sign_in._strangers.acquire()  # somebody unknown is being compared, and takes for ever
    stuck = [asyncio.create_task(refusal(desk, robin, address=f"203.0.113.{number}")) for number in range(20)]
    await asyncio.sleep(0.05)

    assert await asyncio.wait_for(desk.enter(robin, device=device), 5)

    desk.sign_in._strangers.release()
    await asyncio.gather(*stuck)
