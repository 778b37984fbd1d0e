"""The page of scorecards' averages: what it says is what reviewers said, under the same filter as everything else."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from bot.insights.pages.quality import ASSISTANT
from bot.staff.models import Role
from bot.storage.database import Database
from tests.conftest import Clock
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration

QUALITY, LIST = "/insights/quality", "/insights/conversations"


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> InsightHouse:
    made = InsightHouse(database, clock, new_id)
    made.filled(60)
    return made


async def figure(house: InsightHouse, name: str, query: str = "period=all") -> list[dict[str, str]]:
    async with house.analyst as analyst:
        answer = await analyst.get(f"{QUALITY}?{query}&figure={name}&as=csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def judged(house: InsightHouse, role: Role, conversation_id: str, **scores: str) -> None:
    async with house.signed_in(role, htmx=True) as browser:
        assert (await browser.post(f"{LIST}/{conversation_id}/qa", data=scores)).status_code == 200


async def test_without_a_judgement_the_page_says_where_one_is_made(house: InsightHouse) -> None:
    async with house.analyst as analyst, house.agents as agent:
        assert "Nothing was judged" in (await analyst.get(f"{QUALITY}?period=all")).text
        assert (await agent.get(QUALITY)).status_code == 403


async def test_questions_are_averaged_over_judgements_and_what_does_not_apply_is_not_counted(
    house: InsightHouse,
) -> None:
    one, other = (row.conversation_id for row in house.facts()[:2])
    await judged(house, Role.ANALYST, one, tone="2", right="0")
    await judged(house, Role.SUPERVISOR, one, tone="1")
    await judged(house, Role.ANALYST, other, tone="0", note="and a word")
    await judged(house, Role.SUPERVISOR, other, note="nothing but a word")

    found = {row["question"]: row for row in await figure(house, "quality-by-question")}

    tone, right, policy = (
        found[name] for name in ("Found the right tone", "Gave the right answer", "Kept to the policy")
    )
    assert [tone[name] for name in ("judged", "yes", "partly", "no", "average")] == ["3", "1", "1", "1", "0.5"]
    assert (right["judged"], right["average"]) == ("1", "0.0")
    assert (policy["judged"], policy["average"]) == ("0", "")


async def test_people_and_the_assistant_stand_by_name_and_open_what_was_judged(house: InsightHouse) -> None:
    of_robin = [row.conversation_id for row in house.facts() if row.agent_id][:2]
    alone = next(row.conversation_id for row in house.facts() if not row.agent_id)
    for conversation_id in (*of_robin, alone):
        await judged(house, Role.ANALYST, conversation_id, tone="2" if conversation_id != of_robin[0] else "1")

    rows = await figure(house, "quality-by-agent")
    assert [(row["name"], row["conversations"], row["average"]) for row in rows] == [
        ("Robin Hale", "2", "0.75"),
        (ASSISTANT, "1", "1.0"),
    ]
    async with house.analyst as analyst:
        drawn = (await analyst.get(f"{QUALITY}?period=all&figure=quality-by-agent&as=json")).json()
        behind = (await analyst.get(f"{LIST}?{drawn['opens'][0]['conversations']}&as=csv")).text
    assert {
        row["conversation_id"] for row in csv.DictReader(io.StringIO(behind.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}")))
    } == set(of_robin)
    assert await figure(house, "quality-by-agent", "period=all&with=judged") == rows
    assert await figure(house, "quality-by-agent", "since=2016-01-01&until=2016-01-02") == []
