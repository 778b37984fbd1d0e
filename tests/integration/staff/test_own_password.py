"""Changing one's own password."""

from __future__ import annotations

import pytest

from bot.staff.audit import read_audit
from bot.staff.errors import SignInRefused
from bot.staff.models import Agent
from tests.support.staffed import PASSWORD, Desk

pytestmark = pytest.mark.integration
NEW = "umbrellas for everybody"


@pytest.fixture
def robin(desk: Desk) -> Agent:
    return desk.add(must_change_password=True)


async def test_a_new_password_counts_and_ends_all_other_sessions(desk: Desk, robin: Agent) -> None:
    here, elsewhere = await desk.enter(robin), await desk.enter(robin)

    await desk.sign_in.change_password(here.session, PASSWORD, NEW, "198.51.100.7")

    assert await desk.is_in(here.cookie)
    assert not await desk.is_in(elsewhere.cookie)
    with pytest.raises(SignInRefused):
        await desk.enter(robin)
    assert not (await desk.enter(robin, NEW)).agent.must_change_password
    (entry,) = desk.database.read_now(lambda connection: read_audit(connection, limit=9, action="password_changed"))
    assert (entry.agent_id, entry.address) == (robin.id, "198.51.100.7")


@pytest.mark.parametrize(
    ("current", "new", "said"),
    [
        ("wrong, of course", NEW, "not your current password"),
        ("x" * 1_000_000, NEW, "not your current password"),
        (PASSWORD, "short", "at least 10"),
        (PASSWORD, "robin@shop.example", "your own name"),
        (PASSWORD, PASSWORD, "the password you have"),
    ],
)
async def test_what_will_not_do_changes_nothing(desk: Desk, robin: Agent, current: str, new: str, said: str) -> None:
    here, elsewhere = await desk.enter(robin), await desk.enter(robin)
    with pytest.raises(SignInRefused, match=said):
        await desk.sign_in.change_password(here.session, current, new, None)
    assert await desk.is_in(elsewhere.cookie)
    assert await desk.enter(robin)


async def test_guessing_at_an_open_desk_is_slowed(desk: Desk, robin: Agent) -> None:
    here = await desk.enter(robin)
    for _ in range(10):
        with pytest.raises(SignInRefused, match="not your current"):
            await desk.sign_in.change_password(here.session, "wrong, of course", NEW, None)
    with pytest.raises(SignInRefused, match="Try again in 20 seconds"):
        await desk.sign_in.change_password(here.session, PASSWORD, NEW, None)
    wrong = desk.database.read_now(lambda connection: read_audit(connection, limit=99, action="password_wrong"))
    assert [entry.agent_id for entry in wrong] == [robin.id] * 10
    desk.clock.forward(seconds=20)
    await desk.sign_in.change_password(here.session, PASSWORD, NEW, None)
