"""Sessions of the desk: how long they live, and what ends them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from bot.staff.accounts import change_agent
from bot.staff.managing import Hand, disable_person, enable_person, set_password
from bot.staff.models import Agent
from bot.storage.desk_tables import staff_sessions
from tests.support.staffed import Desk

pytestmark = pytest.mark.integration


@pytest.fixture
def robin(desk: Desk) -> Agent:
    return desk.add()


@pytest.fixture
def written(desk: Desk) -> Iterator[list[str]]:
    """What is written to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("UPDATE", "INSERT", "DELETE")):
            seen.append(statement)

    event.listen(desk.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(desk.database.engine, "before_cursor_execute", note)


async def test_a_session_lives_on_while_it_is_used_and_ends_after_the_silence(desk: Desk, robin: Agent) -> None:
    cookie = (await desk.enter(robin)).cookie
    for _ in range(3):
        desk.clock.forward(hours=11)
        assert await desk.is_in(cookie)
    desk.clock.forward(hours=12)
    assert not await desk.is_in(cookie)


async def test_what_a_page_asks_by_itself_does_not_prolong_it(desk: Desk, robin: Agent) -> None:
    cookie = (await desk.enter(robin)).cookie
    desk.clock.forward(hours=11)
    assert desk.database.read_now(lambda connection: desk.sessions.look(connection, cookie, desk.clock()))
    desk.clock.forward(hours=1)
    assert not await desk.is_in(cookie)


async def test_reading_a_session_writes_at_most_once_a_minute(desk: Desk, robin: Agent, written: list[str]) -> None:
    cookie = (await desk.enter(robin)).cookie
    written.clear()
    for _ in range(11):  # over 110 seconds
        desk.clock.forward(seconds=10)
        assert await desk.is_in(cookie)
    assert len(written) == 1


@pytest.mark.parametrize("cookie", ["", "nothing like it", "é" * 50, "x" * 100_000, "\ud800"])
async def test_what_is_no_session_opens_nothing(desk: Desk, robin: Agent, cookie: str) -> None:
    await desk.enter(robin)
    assert not await desk.is_in(cookie)


async def test_the_stored_hash_is_no_cookie(desk: Desk, robin: Agent) -> None:
    session = (await desk.enter(robin)).session
    assert not await desk.is_in(session.id)


async def test_the_session_of_a_disabled_agent_is_refused_at_once_and_does_not_come_back(
    desk: Desk, robin: Agent
) -> None:
    cookie = (await desk.enter(robin)).cookie
    hand = Hand(desk.clock())
    desk.database.write_now(lambda connection: disable_person(connection, hand, robin.id))
    assert not await desk.is_in(cookie)
    desk.database.write_now(lambda connection: enable_person(connection, hand, robin.id))
    assert not await desk.is_in(cookie)
    assert await desk.enter(robin)


async def test_a_session_left_over_by_a_disabled_account_opens_nothing(desk: Desk, robin: Agent) -> None:
    cookie = (await desk.enter(robin)).cookie
    desk.database.write_now(lambda connection: connection.execute(sa.text("UPDATE agents SET state = 'disabled'")))
    assert not await desk.is_in(cookie)


async def test_a_password_set_by_another_ends_all_sessions(desk: Desk, robin: Agent) -> None:
    cookies = [(await desk.enter(robin)).cookie for _ in range(3)]
    stored = desk.passwords.hash("umbrellas for everybody")
    desk.database.write_now(
        lambda connection: set_password(connection, Hand(desk.clock()), robin.id, stored, must_change_password=True)
    )
    assert [await desk.is_in(cookie) for cookie in cookies] == [False] * 3
    assert (await desk.enter(robin, "umbrellas for everybody")).agent.must_change_password


async def test_a_role_that_is_changed_counts_at_the_next_request(desk: Desk, robin: Agent) -> None:
    cookie = (await desk.enter(robin)).cookie
    desk.database.write_now(lambda connection: change_agent(connection, robin.id, desk.clock(), role="analyst"))
    session = await desk.sessions.of_cookie(desk.database, cookie, desk.clock())
    assert session is not None
    assert session.agent.role == "analyst"


async def test_expired_sessions_are_cleared_away(desk: Desk, robin: Agent) -> None:
    await desk.enter(robin)
    desk.clock.forward(hours=13)
    await desk.enter(robin)
    rows = desk.database.read_now(lambda connection: connection.execute(sa.select(staff_sessions)).all())
    assert len(rows) == 1
