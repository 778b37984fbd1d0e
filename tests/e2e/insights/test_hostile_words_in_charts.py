"""What customers, colleagues and the assistant are called stays text in a real browser, in charts and around them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from bot.storage.desk_tables import conversation_tags
from bot.storage.insight_tables import conversation_facts
from bot.storage.tables import agents
from tests.e2e.insights.conftest import InsightPage
from tests.support.hostile_words import PAYLOADS

pytestmark = pytest.mark.e2e
PAGES = ("dashboards", "journey", "questions", "articles", "quality", "conversations", "releases", "duties/promises")


def test_hostile_names_are_drawn_as_text(open_insights: Callable[..., InsightPage]) -> None:
    analyst = open_insights()
    house = analyst.house
    hostile = itertools.cycle(PAYLOADS)
    for row in house.facts():
        words = next(hostile)
        own = conversation_facts.c.conversation_id == row.conversation_id
        named = {"topic": words[:40], "release": words[:64], "language": words[:16], "steps": [words, next(hostile)]}
        house.does(sa.update(conversation_facts).where(own).values(**named))
        tag = {"conversation_id": row.conversation_id, "tag": words[:40], "created_at": row.at}
        house.does(sa.insert(conversation_tags).values(tag))
    house.does(sa.update(agents).values(name=next(hostile)[:100]))
    for name in PAGES:
        analyst.go(f"/insights/{name}")
        charts = analyst.find("[data-chart]")
        expect(analyst.find("[data-chart][data-drawn]")).to_have_count(charts.count())
        for number in range(charts.count()):
            chart = charts.nth(number)
            if chart.is_visible():
                chart.scroll_into_view_if_needed()
                chart.hover()
        analyst.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert analyst.page.evaluate("window.hit === undefined"), name
        assert analyst.path.startswith(f"/insights/{name}")
