"""An agent whose account is closed while something of theirs is under way: it is not done any more."""

from __future__ import annotations

from typing import Any

import pytest

from bot.handoff import owning
from bot.handoff.errors import NotPossible
from bot.handoff.models import QUEUE, Reason
from bot.handoff.outbound import open_outbound
from bot.staff.accounts import change_agent
from bot.staff.models import Role
from tests.support.core import Visitor

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("change", [{"state": "disabled"}, {"role": Role.ANALYST}])
async def test_whose_account_is_closed_meanwhile_has_no_say_any_more(house, robin, noor, change) -> None:
    held, waiting = await house.waits(), await house.waits(Visitor(house.service, "kim"))
    await house.does(owning.claim, held, robin)
    house.database.write_now(lambda connection: change_agent(connection, robin.id, house.clock(), **change))
    late: list[tuple[Any, str, dict[str, Any]]] = [  # what Robin's page had asked for while they still could
        (owning.reply, held, {"text": "Bye to you all!", "key": "k"}),
        (owning.resolve, held, {}),
        (owning.hand_back, held, {}),
        (owning.transfer, held, {"to_agent": noor}),
        (owning.claim, waiting, {}),
    ]
    for work, conversation, named in late:
        with pytest.raises(NotPossible, match="Robin does not take conversations"):
            await house.does(work, conversation, robin, **named)
    with pytest.raises(NotPossible, match="Robin does not take conversations"):
        await house.service.change(lambda unit: owning.release(unit, held, by=robin, why="released"))
    with pytest.raises(NotPossible, match="Robin does not take conversations"):
        await house.service.transact(lambda unit: open_outbound(unit, waiting, robin, Reason.FOLLOW_UP))
    assert (house.owner(held), house.owner(waiting)) == (robin.id, QUEUE)  # the keeper lets the first one wait again
    assert "Bye to you all!" not in await house.said(held)
