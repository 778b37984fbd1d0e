"""Whoever need not know who customers are reads no name of theirs, from wherever it is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.insights.learning.candidates import Candidates
from bot.privacy.names import names_of
from bot.staff.models import Role
from bot.storage.article_tables import unanswered_questions
from bot.storage.database import Database
from bot.storage.insight_tables import nlu_annotations, qa_reviews
from bot.storage.tables import customers, messages, surveys, verifications
from tests.conftest import Clock
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration

ACCOUNT, FIRST, LAST = "jo-hart", "Jo", "Hart"  # of the demo shop
SAID = f"Thank you, {FIRST} {LAST}"
LIST = "/insights/conversations"


@pytest.fixture
def house(migrated: Database, clock: Clock, new_id: Callable[[], str], tmp_path: Path) -> InsightHouse:
    house = InsightHouse(migrated, clock, new_id, data_dir=tmp_path / "data")
    house.with_shop()
    house.filled(8)
    house.does(sa.update(customers).values(name=None))
    house.does(sa.update(messages).values(text=SAID, author_name=None))
    house.does(sa.update(unanswered_questions).values(text=SAID))
    house.does(sa.update(surveys).values(comment=SAID, state="answered", score=2))
    return house


def proven(house: InsightHouse, how: str) -> None:
    """All of them are Jo: it is kept with them, or each has shown it with a code."""
    if how == "kept":
        house.does(sa.update(customers).values(shop_customer_id=ACCOUNT))
        return
    now = house.clock()
    rows = [
        {
            "id": f"v{number}",
            "conversation_id": row.conversation_id,
            "shop_customer_id": ACCOUNT,
            "level": "verified",
            "method": "one_time_code",
            "granted_at": now,
            "expires_at": now + timedelta(minutes=30),
        }
        for number, row in enumerate(house.facts())
    ]
    house.does(sa.insert(verifications).values(rows))


@pytest.mark.parametrize("how", ["kept", "shown"])
async def test_an_analyst_reads_no_name_that_only_the_shop_knows(house: InsightHouse, how: str) -> None:
    proven(house, how)
    talk = house.facts()[0].conversation_id
    candidates = Candidates(0.6, house.new_id)
    house.database.write_now(
        lambda connection: candidates.digested(connection, [dict(row._mapping) for row in house.facts()])
    )
    first = house.database.read_now(
        lambda connection: connection.execute(
            sa.select(messages.c.id).where(messages.c.conversation_id == talk, messages.c.author_kind == "customer")
        ).scalar()
    )
    async with house.analyst as analyst, house.supervisor as supervisor:
        picked = await analyst.post(f"/insights/annotating/message/{first}")
        for path in (
            LIST,
            f"{LIST}/{talk}",
            "/insights/questions",
            "/insights/questions?as=csv",
            picked.headers["location"],
            "/insights/exports/file?what=messages",
            "/insights/exports/file?what=conversations",
        ):
            answer = await analyst.get(path)
            assert answer.status_code == 200, path
            assert LAST not in answer.text, path
            assert "Thank you, [name]" in answer.text, path
        assert SAID in (await supervisor.get(f"{LIST}/{talk}")).text
    texts = house.database.read_now(lambda connection: connection.execute(sa.select(nlu_annotations.c.text)).scalars())
    assert set(texts) == {"Thank you, [name]"}


async def test_what_reviewers_noted_is_masked_but_for_themselves(house: InsightHouse) -> None:
    proven(house, "kept")
    talk = house.facts()[0].conversation_id
    boss, now, note = house.person(Role.SUPERVISOR), house.clock(), f"{LAST} wrote from jo.hart@mail.example"
    row = {"conversation_id": talk, "scores": {"tone": 2}, "note": note, "created_at": now, "updated_at": now}
    house.does(sa.insert(qa_reviews).values(id="q", agent_id=boss.id, **row))
    async with house.analyst as analyst, house.supervisor as supervisor:
        page = (await analyst.get(f"{LIST}/{talk}")).text
        assert "[name] wrote from [e-mail]" in page
        assert "jo.hart@mail.example" not in page
        judged = await analyst.post(f"{LIST}/{talk}/qa", data={"tone": "1"}, headers={"HX-Request": "true"})
        assert "jo.hart@mail.example" not in judged.text
        assert note in (await supervisor.get(f"{LIST}/{talk}")).text


def test_nobody_is_called_anything_of_whom_nothing_is_known(house: InsightHouse) -> None:
    ids = [row.conversation_id for row in house.facts()]
    assert house.database.read_now(lambda connection: names_of(connection, ids)) == {}
    proven(house, "kept")
    house.does(sa.update(customers).values(name="Mei Halasz"))
    named = house.database.read_now(lambda connection: names_of(connection, ids))
    assert named == dict.fromkeys(ids, ("Jo Hart", "Mei Halasz"))
