"""Which role may do what."""

from __future__ import annotations

import pytest

from bot.staff.models import Role
from bot.staff.rights import RIGHTS, Right, home_of, may, roles_with


def test_every_role_has_its_rights_and_an_admin_all() -> None:
    assert set(RIGHTS) == set(Role)
    assert RIGHTS[Role.ADMIN] == set(Right)
    assert RIGHTS[Role.AGENT] < RIGHTS[Role.SUPERVISOR] < RIGHTS[Role.ADMIN]


def test_an_analyst_reads_the_insights_masked_and_speaks_with_nobody() -> None:
    assert RIGHTS[Role.ANALYST] == {Right.INSIGHTS, Right.ANNOTATE, Right.PUBLISH, Right.EXPORT, Right.NOTE}
    assert home_of(Role.ANALYST) == "/insights"
    assert {home_of(role) for role in set(Role) - {Role.ANALYST}} == {"/desk/inbox"}
    for right in (
        Right.READ_ALL,
        Right.SEE_IDENTIFIERS,
        Right.ERASE,
        Right.ANSWER,
        Right.TAKE_OVER,
        Right.ORDER_ACTIONS,
        Right.REASSIGN,
        Right.MANAGE_STAFF,
    ):
        assert not may(Role.ANALYST, right)


@pytest.mark.parametrize("right", [Right.REASSIGN, Right.SUPERVISE, Right.EXPORT, Right.READ_AUDIT, Right.MANAGE_STAFF])
def test_an_agent_has_no_say_over_others(right: Right) -> None:
    assert not may(Role.AGENT, right)


def test_an_agent_has_nothing_to_do_with_insights_and_only_an_admin_erases() -> None:
    assert roles_with(Right.INSIGHTS) == {Role.ANALYST, Role.SUPERVISOR, Role.ADMIN}
    assert roles_with(Right.SEE_IDENTIFIERS) == {Role.SUPERVISOR, Role.ADMIN}
    assert roles_with(Right.ERASE) == {Role.ADMIN}


def test_only_an_admin_manages_people() -> None:
    assert roles_with(Right.MANAGE_STAFF) == {Role.ADMIN}
    assert roles_with(Right.ANSWER) == {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}
