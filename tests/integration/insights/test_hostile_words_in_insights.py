"""Three hundred texts that would do harm as markup stay text on every page of conversations."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from bot.staff.models import Role
from bot.storage.desk_tables import conversation_tags, notes
from bot.storage.insight_tables import conversation_facts, qa_reviews, saved_filters
from bot.storage.tables import agents, conversations, customers, deliveries, messages, surveys, turns
from tests.support.desk_house import database_at
from tests.support.hostile_words import PAYLOADS, Look, harm_in
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration
LIST = "/insights/conversations"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EACH = 25  # payloads at once: one in each place would be three hundred pages


def harm(page: str) -> list[str]:
    """What has become markup; the look knows the desk's files, and these are alike."""
    return harm_in(page.replace('src="/insights/static/', 'src="/desk/static/'))


def fill(house: InsightHouse, talk: str, words: str) -> None:
    """Put the words wherever words may stand."""
    boss, short = house.person(Role.SUPERVISOR), words[:40]
    house.does(sa.update(customers).values(name=words[:200]))
    house.does(sa.update(agents).where(agents.c.id == house.person(Role.AGENT).id).values(name=words[:100]))
    house.does(sa.update(messages).values(text=words, author_name=words[:200], edited_text=words + "!", edited_at=NOW))
    house.does(sa.update(deliveries).values(error=words[:300], state="failed"))
    house.does(sa.update(surveys).values(comment=words, score=1, state="answered"))
    understanding = {
        "intent": {"name": words, "confidence": 0.5},
        "entities": [{"entity": words, "value": words}],
    }
    events = [{"event": "action", "name": words}]
    house.does(sa.update(turns).values(understanding=understanding, events=events, model=words[:64]))
    house.does(
        sa.update(conversation_facts).values(topic=short, release=words[:64], steps=[words], language=words[:16])
    )
    house.does(sa.update(conversations).values(locale=words[:16]))
    house.does(sa.update(notes).values(text=words))
    for table in (conversation_tags, qa_reviews, saved_filters):
        house.does(sa.delete(table))
    house.does(sa.insert(conversation_tags).values(conversation_id=talk, tag=short, created_at=NOW))
    house.does(
        sa.insert(qa_reviews).values(
            id="q",
            conversation_id=talk,
            agent_id=boss.id,
            scores={words: 1, "tone": 2},
            note=words,
            created_at=NOW,
            updated_at=NOW,
        )
    )
    house.does(
        sa.insert(saved_filters).values(
            id="s", agent_id=boss.id, name=words[:80], query="", shared=True, created_at=NOW
        )
    )


@pytest.fixture
def house(tmp_path: Path, empty_file: Path) -> InsightHouse:
    numbers = itertools.count(1)
    return InsightHouse(database_at(tmp_path, empty_file), lambda: NOW, lambda: f"{next(numbers):032x}")


@pytest.mark.parametrize("start", range(0, len(PAYLOADS), EACH))
async def test_what_anybody_wrote_stays_text(house: InsightHouse, start: int) -> None:
    house.filled(12)
    talk = next(row.conversation_id for row in house.facts() if row.handed_off)
    async with house.supervisor as browser:
        made = (await browser.post(f"{LIST}/{talk}/links", data={"days": "1"})).text
        shared = "/insights/shared/" + made.partition("/insights/shared/")[2][:43]
        for words in PAYLOADS[start : start + EACH]:
            fill(house, talk, words)
            for path in (LIST, f"{LIST}/{talk}"):
                page = await looked_at(browser, path, q=words)
                assert Look(page).shows(words[:30].strip()), path
                page = await looked_at(browser, path, tag=words, topic=words, step=words)
        await looked_at(browser, shared)


async def looked_at(browser: httpx.AsyncClient, path: str, **query: str) -> str:
    answer = await browser.get(path, params=query or None)
    assert answer.status_code == 200, answer.text[:500]
    assert harm(answer.text) == [], path
    return answer.text
