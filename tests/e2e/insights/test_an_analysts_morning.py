"""An analyst's morning in a real browser: yesterday's bad ratings are found, read, judged, learnt from, taken out."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect

from bot.demo_data.making import fill
from bot.demo_data.traffic import Year
from bot.insights.csat import Filter, read_surveys, summarize
from bot.insights.learning.candidates import Candidates
from bot.insights.learning.kept import FOLDER
from bot.insights.learning.training_files import TrainingFiles
from bot.insights.pages import tests as kept_pages
from bot.insights.pages.features import FEATURES
from bot.insights.pages.figure_words import cell_words
from bot.settings import ROOT
from bot.staff.models import Role
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.insight_tables import nlu_annotations
from bot.storage.tables import messages
from tests.e2e.insights.conftest import DESKTOP, InsightPage
from tests.support.desk_house import RunningDesk, database_at
from tests.support.insight_house import InsightHouse
from tests.support.staffed import PASSWORD

pytestmark = pytest.mark.e2e

YESTERDAY = date(2025, 11, 28)  # a busy day
NOW = datetime(2025, 11, 29, 8, 30, tzinfo=UTC)
CONVERSATIONS, SEED = 2000, 6  # of a year; with these, three of yesterday are rated 1 or 2
BAD = (facts.c.day == YESTERDAY.isoformat(), facts.c.score <= 2)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of our own that tests are written into."""
    made = tmp_path / "project"
    (made / "tests/dialogues").mkdir(parents=True)
    (made / "domain.yml").write_text("forms: {}\n")
    return made


@pytest.fixture
def at_work(tmp_path: Path, empty_file: Path, project: Path) -> Iterator[RunningDesk]:
    """Desk and insights with a made-up year behind them, on the morning after its last day."""
    numbers = itertools.count(1)
    database = database_at(tmp_path, empty_file)
    writing = ModuleType("tests_of_a_project")
    writing.NAV, writing.ACTIONS = kept_pages.NAV, kept_pages.ACTIONS  # type: ignore[attr-defined]
    writing.routes = lambda tools: kept_pages.routes_in(tools, TrainingFiles(project))  # type: ignore[attr-defined]
    features = [writing if feature is kept_pages else feature for feature in FEATURES]
    house = InsightHouse(database, lambda: NOW, lambda: f"{next(numbers):032x}", features=features)
    house.person(Role.ANALYST)
    settings = house.settings
    listener = Candidates(settings.low_confidence, house.new_id, order_number=settings.order_number_pattern)
    year = Year(CONVERSATIONS, SEED, YESTERDAY, house.zone)
    assert list(fill(database, year, settings, ROOT, listeners=[listener]))[-1].made == CONVERSATIONS
    served = RunningDesk(house).start()
    yield served
    served.stop()
    database.close()


@pytest.fixture
def ana(browser: Browser, at_work: RunningDesk) -> Iterator[InsightPage]:
    """The page of an analyst who is not signed in yet; it must not report an error or a breach of its policy."""
    profile = browser.new_context(viewport=DESKTOP, locale="en-GB", timezone_id="Europe/London")  # type: ignore[arg-type]
    profile.set_default_timeout(20_000)
    house = at_work.at
    assert isinstance(house, InsightHouse)
    opened = InsightPage(profile.new_page(), at_work, house)
    yield opened
    profile.close()
    assert opened.errors == []


def signed_in(ana: InsightPage, path: str) -> Page:
    """Asks for a page, is asked who it is, and is led to it."""
    ana.go(path)
    ana.page.get_by_label("E-mail address").fill("ana@shop.example")
    ana.page.get_by_label("Password").fill(PASSWORD)
    ana.page.get_by_role("button", name="Sign in").click()
    ana.page.wait_for_url(f"**{path}")
    return ana.page


def one(ana: InsightPage, query: sa.Select[Any]) -> Any:
    """What a query finds, where that is one value."""
    return ana.house.database.read_now(lambda connection: connection.execute(query).scalar_one())


def saved(page: Page, link: Locator) -> bytes:
    """What a link saves."""
    with page.expect_download() as download:
        link.click()
    return download.value.path().read_bytes()


def lines_of(content: bytes) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def table_of(figure: Locator) -> list[list[str]]:
    """What stands in a figure's table, which is opened for it."""
    figure.locator("details.chart-table > summary").click()
    return [row.locator("td").all_inner_texts() for row in figure.locator("tbody tr").all()]


def test_the_figures_of_a_morning_are_those_of_the_report_and_of_their_files(ana: InsightPage) -> None:
    page = signed_in(ana, "/insights/dashboards?period=yesterday")
    begin = datetime.combine(YESTERDAY, time.min, ana.house.zone)
    rows = ana.house.database.read_now(
        lambda connection: read_surveys(connection, Filter(begin, begin + timedelta(days=1)))
    )
    told = summarize(rows)
    assert told.score is not None
    assert told.response_rate is not None
    csat, response = page.locator("[data-tile=csat]"), page.locator("[data-tile=response]")
    expect(csat.locator(".tile-value")).to_have_text(f"{100 * told.score:.0f} %")
    expect(csat.locator("a")).to_have_text(f"n = {told.answered} ratings")
    expect(csat.locator(".badge")).to_contain_text(f"few ({told.answered}): fewer than 30")
    expect(response.locator(".tile-value")).to_have_text(f"{100 * told.response_rate:.0f} %")
    expect(response.locator("a")).to_have_text(f"n = {told.asked} asked")

    for name in ("csat-over-time", "csat-by-topic", "ratings", "outcomes-over-time"):
        figure = page.locator(f"#figure-{name}")
        expect(figure.locator("[data-drawn]")).to_be_attached()
        shown = table_of(figure)
        file = lines_of(saved(page, figure.get_by_role("link", name="save as CSV")))
        parquet = pq.read_table(io.BytesIO(saved(page, figure.get_by_role("link", name="save as Parquet"))))
        assert len(shown) == len(file) == parquet.num_rows
        kinds = [field["kind"] for field in json.loads(figure.locator("script").text_content() or "")["fields"]]
        assert shown == [
            [_worded(value, kind) for value, kind in zip(row.values(), kinds, strict=True)] for row in file
        ]


def test_bad_ratings_of_yesterday_are_read_judged_and_learnt_from(ana: InsightPage, project: Path) -> None:
    bad = one(ana, sa.select(sa.func.count()).select_from(facts).where(*BAD))
    assert bad == 3
    page = signed_in(ana, "/insights/dashboards")
    choose_bad_ratings_of_yesterday(page)
    open_the_topic_with_most(ana, page)
    page.get_by_role("link", name=re.compile("^Remove the filter Topic")).click()
    expect(page.locator(".ins-count strong")).to_have_text(str(bad))
    first = read_three(ana, page)
    judge(ana, page)
    teach(ana, page, first)
    make_a_test(ana, page, project)
    take_out(ana, page, bad)


def choose_bad_ratings_of_yesterday(page: Page) -> None:
    page.locator("#f-period").select_option("yesterday")
    page.locator(".ins-pick > summary").filter(has_text="Score").click()
    page.get_by_label("1 of 5").check()
    page.get_by_label("2 of 5").check()
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url(re.compile(r"period=yesterday&score=1&score=2"))


def open_the_topic_with_most(ana: InsightPage, page: Page) -> None:
    """The rows behind the figure of a topic are as many as the figure says, and as there are."""
    query = sa.select(facts.c.topic, sa.func.count()).where(*BAD).group_by(facts.c.topic)
    there = {row[0]: row[1] for row in ana.house.database.read_now(lambda it: it.execute(query).all())}
    figure = page.locator("#figure-csat-by-topic")
    shown = {row[0].lower(): int(row[5]) for row in table_of(figure)}
    assert shown == {topic.replace("_", " "): count for topic, count in there.items()}
    most = max(shown, key=lambda topic: shown[topic])
    row = figure.locator("tbody tr").filter(has=page.get_by_role("cell", name=re.compile(f"^{most}$", re.IGNORECASE)))
    row.locator("td").nth(5).get_by_role("link").click()
    page.wait_for_url(re.compile(r"/insights/conversations\?"))
    expect(page.locator(".ins-count strong")).to_have_text(str(shown[most]))


def read_three(ana: InsightPage, page: Page) -> str:
    """Without a mouse; the address of the first one."""
    ana.press("j", "o")
    addresses = []
    for number in range(3):
        if number:
            with page.expect_navigation():
                ana.press("n")
        expect(page.locator(".ins-side .ins-score").first).to_have_class(re.compile(r"\bs[12]\b"))
        ana.press("j", "j")
        expect(page.locator(".ins-line").nth(1)).to_be_focused()
        addresses.append(ana.path)
    assert len({address.partition("?")[0] for address in addresses}) == 3
    expect(page.locator("[data-key=n]")).to_have_count(0)
    return addresses[0]


def judge(ana: InsightPage, page: Page) -> None:
    """A tag and a scorecard for the last one that was read, by the keyboard."""
    ana.press("l")
    page.keyboard.type("no answer")
    ana.press("Enter")
    expect(page.locator("#talk-tags")).to_contain_text("no answer")
    page.locator(".ins-scroll").focus()
    ana.press("q")
    page.get_by_role("group", name="Found the right tone").get_by_label("Yes").check()
    page.get_by_role("group", name="Gave the right answer").get_by_label("No", exact=True).check()
    page.get_by_label("Note").fill("The article was about something else.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#talk-quality")).to_contain_text("50 %")


def teach(ana: InsightPage, page: Page, address: str) -> None:
    """A message is given its meaning; the inbox has one less then."""
    ana.go(address)
    page.locator(".ins-line.customer").first.get_by_role("button", name="Teach").click()
    page.wait_for_url(re.compile(r"/insights/annotating\?"))
    open_ones = sa.select(sa.func.count()).where(nlu_annotations.c.state == "open")
    waiting = one(ana, open_ones)
    expect(page.get_by_role("heading", name=f"{waiting:,} messages")).to_be_visible()
    page.locator("#annotate-text").fill("my discount has expired already")
    page.locator("#annotate button[value=accept]").focus()
    ana.press("/")
    page.keyboard.type("promo code")
    ana.press("Enter", "a")
    expect(page.locator(".notice.good")).to_contain_text("Accepted as Promo code: “my discount has expired already”")
    assert one(ana, open_ones) < waiting
    expect(page.get_by_role("heading", name=f"{one(ana, open_ones):,} messages")).to_be_visible()


def make_a_test(ana: InsightPage, page: Page, project: Path) -> None:
    """Of a conversation in which somebody said who they are: the file does not."""
    told = (
        sa.select(messages.c.conversation_id, messages.c.text)
        .join(facts, facts.c.conversation_id == messages.c.conversation_id)
        .where(facts.c.day == YESTERDAY.isoformat(), messages.c.author_kind == "customer", messages.c.text.like("%@%"))
        .order_by(messages.c.conversation_id)
        .limit(1)
    )
    found = ana.house.database.read_now(lambda connection: connection.execute(told).one())
    ana.go(f"/insights/conversations/{found.conversation_id}")
    expect(page.locator(".ins-entries")).not_to_contain_text(found.text)
    page.get_by_role("button", name="Make a test").click()
    expect(page.locator(".kept-test .notice.good")).to_contain_text("Written to")
    [file] = (project / FOLDER).iterdir()
    written = file.read_text()
    expect(page.locator(".kept-test")).to_contain_text(f"{FOLDER}/{file.name}")
    page.locator(".kept-test summary").click()
    expect(page.locator(".kept-test pre")).to_have_text(written)
    assert re.search(r"^ +intent: \w+$", written, re.MULTILINE)
    assert found.text not in written


def take_out(ana: InsightPage, page: Page, bad: int) -> None:
    """Files of the list and of its messages have as many rows as the page says."""
    ana.go("/insights/conversations?period=yesterday&score=1&score=2")
    expect(page.locator(".ins-count strong")).to_have_text(str(bad))
    page.locator("summary").filter(has_text="Download").click()
    rows = lines_of(saved(page, page.get_by_role("link", name=f"CSV, {bad} rows")))
    assert len(rows) == bad
    assert {row["score"] for row in rows} <= {"1", "2"}
    assert [row["tags"] for row in rows].count('["no answer"]') == 1
    assert pq.read_table(io.BytesIO(saved(page, page.get_by_role("link", name="Parquet")))).num_rows == bad

    ana.go("/insights/exports?what=conversations&as=parquet&period=yesterday&score=1&score=2")
    expect(page.locator(".ins-count strong")).to_have_text(str(bad))
    table = pq.read_table(io.BytesIO(saved(page, page.get_by_role("link", name="Download Parquet"))))
    assert table.num_rows == bad
    page.get_by_label("message", exact=True).check()
    expect(page.locator(".ins-count")).to_have_text(f"Messages of {bad} conversations")
    page.get_by_label("CSV, for spreadsheets").check()
    said = lines_of(saved(page, page.get_by_role("link", name="Download CSV")))
    assert {row["conversation_id"] for row in said} == {row["conversation_id"] for row in rows}
    every = sa.select(sa.func.count()).select_from(
        messages.join(facts, facts.c.conversation_id == messages.c.conversation_id)
    )
    assert len(said) == one(ana, every.where(*BAD))


def _worded(value: str, kind: str) -> str:
    """A cell of a file as the page words it."""
    if not value:
        return cell_words(None, kind)
    if kind in ("text", "day"):
        return value
    return cell_words(int(value) if kind == "count" else float(value), kind)
