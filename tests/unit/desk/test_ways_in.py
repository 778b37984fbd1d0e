"""The ways into the parts of the desk: no letter leads two ways."""

from __future__ import annotations

import pytest

from bot.desk.desk import FEATURES
from bot.desk.tools import NavItem
from bot.staff.models import Role
from bot.staff.rights import may

OF_TEMPLATES = ("m", "w", "a")  # Mine, Waiting, one's account


@pytest.mark.parametrize("role", list(Role))
def test_each_letter_leads_one_way(role: Role) -> None:
    ways: list[NavItem] = [item for feature in FEATURES for item in getattr(feature, "NAV", ())]
    letters = [item.key for item in ways if item.key and (item.right is None or may(role, item.right))]
    assert len({*letters, *OF_TEMPLATES}) == len(letters) + len(OF_TEMPLATES)
