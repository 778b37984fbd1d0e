"""What somebody writes about a customer while they are erased is not kept; and all whom they have shown to be go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.conversations.service import Conversations
from bot.insights.learning.kept import keep_test, read_conversation
from bot.insights.learning.story import NoTest
from bot.privacy.erasing import erase
from bot.privacy.persons import person_of
from bot.privacy.tombstones import Tombstones
from bot.staff.models import Role
from bot.storage.database import Database
from bot.storage.tables import conversations, verifications
from tests.conftest import Clock
from tests.support.canaries import found_in
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration

CANARY = "Zaunkoenig"


async def test_what_is_typed_about_somebody_who_is_erased_is_not_kept(
    migrated: Database, clock: Clock, new_id: Callable[[], str], tmp_path: Path, tombstones: Tombstones
) -> None:
    house = InsightHouse(migrated, clock, new_id, data_dir=tmp_path / "data")
    robin = house.agent("Robin Hale")
    talk = await house.held_by(robin)
    told = house.database.read_now(lambda connection: read_conversation(connection, talk))
    assert told is not None
    (row,) = house.house.read(sa.select(conversations.c.customer_id).where(conversations.c.id == talk))
    await erase(house.house.service, [row.customer_id], tombstones=tombstones, by=None, compact=False)
    here = f"/desk/c/{talk}"
    async with house.signed_in(robin) as browser, house.analyst as analyst:
        typed = {"text": f"{CANARY} called", "kind": "note", "key": "a" * 32}
        assert (await browser.post(f"{here}/draft", data=typed)).status_code == 204
        note = await browser.post(f"{here}/note", data=typed)
        assert (note.status_code, "is deleted" in note.text) == (409, True)
        for path, sent in (("tags", {"tag": CANARY}), ("qa", {"tone": "2", "note": CANARY})):
            answer = await analyst.post(f"/insights/conversations/{talk}/{path}", data=sent)
            assert answer.status_code in (400, 409), path
            assert "is deleted" in answer.text
        judged = await analyst.post(f"/insights/conversations/{talk}/qa", data={"tone": "2"})
        assert judged.status_code == 303  # a number tells of nobody
    admin = house.person(Role.ADMIN)
    with pytest.raises(NoTest):
        house.database.write_now(
            lambda connection: keep_test(connection, told, CANARY, None, id="t", agent_id=admin.id, now=clock())
        )
    assert house.database.read_now(lambda connection: found_in(connection, CANARY)) == set()


async def test_who_has_shown_to_have_the_same_account_is_the_same_person(
    migrated: Database, clock: Clock, new_id: Callable[[], str], tombstones: Tombstones
) -> None:
    house = InsightHouse(migrated, clock, new_id)
    house.with_shop()
    talks = house.filled(3)
    now = clock()

    def shows(number: int, level: str) -> dict[str, object]:
        row = {"id": f"v{number}", "conversation_id": talks[number], "shop_customer_id": "jo-hart", "level": level}
        return row | {"method": "one_time_code", "granted_at": now, "expires_at": now + timedelta(minutes=30)}

    house.does(sa.insert(verifications).values([shows(0, "verified"), shows(1, "verified"), shows(2, "matched")]))
    ids = [f"p{talk[1:]}" for talk in talks]
    for first in ids[:2]:
        person = migrated.read_now(lambda connection, first=first: person_of(connection, [first]))
        assert person is not None
        assert set(person.customer_ids) == set(ids[:2])  # who knows an order number only is somebody else
    service: Conversations = house.house.service
    await erase(service, ids[:1], tombstones=tombstones, by=None, compact=False)
    other = migrated.read_now(lambda connection: person_of(connection, ids[2:]))
    assert other is not None
    assert (other.customer_ids, other.erased) == ((ids[2],), False)
