"""Three hundred texts that would do harm as markup stay text on every page of conversations."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from bot.staff.models import Role
from bot.storage.article_tables import article_showings
from bot.storage.desk_tables import conversation_tags, notes, teams
from bot.storage.insight_tables import (
    conversation_facts,
    evaluation_runs,
    kept_tests,
    nlu_annotations,
    qa_reviews,
    reviews,
    saved_filters,
)
from bot.storage.tables import agents, conversations, customers, deliveries, messages, surveys, turns
from tests.support.desk_house import database_at
from tests.support.hostile_words import PAYLOADS, Look, harm_in
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration
LIST = "/insights/conversations"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EACH = 25  # payloads at once: one in each place would be three hundred pages


# The numbers of a chart, which the browser does not run; nothing in it can end it.
DATA = re.compile(r'<script type="application/json" data-[a-z-]+="[a-z0-9-]+">[^<>]*</script>')


def harm(page: str) -> list[str]:
    """What has become markup; the look knows the desk's files, and these are alike."""
    return harm_in(DATA.sub("", page).replace('src="/insights/static/', 'src="/desk/static/'))


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


def fill_the_rest(house: InsightHouse, talk: str, words: str) -> None:
    """Put the words wherever they may stand on the pages of figures, of learning, of reviews and of privacy."""
    boss = house.person(Role.SUPERVISOR).id
    asked = house.house.read(sa.select(messages.c.id).where(messages.c.conversation_id == talk))[0].id
    survey = house.house.read(sa.select(surveys.c.id))[0].id
    for table in (nlu_annotations, kept_tests, evaluation_runs, reviews, article_showings, teams):
        house.does(sa.delete(table))
    house.does(sa.insert(teams).values(id="t", name=words[:60], created_at=NOW))
    noted = {"id": "a", "message_id": asked, "conversation_id": talk, "text": words, "language": words[:16]}
    noted |= {"reasons": ["fallback", words], "guessed_intent": words[:100], "confidence": 0.4, "state": "open"}
    house.does(sa.insert(nlu_annotations).values(**noted, version=1, said_at=NOW))
    kept = {"id": "k", "conversation_id": talk, "name": words[:120], "content": words, "path": words[:300]}
    house.does(sa.insert(kept_tests).values(**kept, agent_id=boss, created_at=NOW))
    results = [{"name": words[:120], "passed": False, "why": words}]
    run = {"kind": "dialogues", "release": words[:64], "passed": 0, "failed": 1, "results": results, "at": NOW}
    house.does(sa.insert(evaluation_runs).values(id="r", **run))
    said = {"score": 5, "name": words[:40], "text": words, "language": words[:16], "asked_at": NOW, "decided_at": NOW}
    house.does(sa.insert(reviews).values(id="v", survey_id=survey, conversation_id=talk, state="consented", **said))
    shown = {"slug": words[:100], "language": words[:16], "passage": words[:200], "shown_at": NOW}
    house.does(sa.insert(article_showings).values(id="s", conversation_id=talk, message_id=asked, **shown))


OTHERS = ("dashboards", "journey", "questions", "articles", "quality", "annotating", "tests", "releases", "reviews")
OTHERS += ("exports", "privacy", "duties/promises", "duties/follow_ups", "reviews?list=published")


@pytest.mark.parametrize("start", range(5))
async def test_on_every_other_page_it_stays_text_as_well(house: InsightHouse, start: int) -> None:
    house.filled(12)
    talk = next(row.conversation_id for row in house.facts() if row.handed_off)
    async with house.supervisor as browser:
        for words in PAYLOADS[start :: len(PAYLOADS) // 5 + 7]:
            fill(house, talk, words)
            fill_the_rest(house, talk, words)
            for page in OTHERS:
                await looked_at(browser, f"/insights/{page}")
            assert Look(await looked_at(browser, "/insights/reviews")).texts
            for page in ("dashboards", "journey", "questions", "articles", "exports"):
                await looked_at(browser, f"/insights/{page}", words=words, tag=words, topic=words, release=words)


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
    assert harm(answer.text) == [], (path, query)
    return answer.text
