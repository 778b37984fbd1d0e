"""Tests made of conversations, and how releases did: pages, files, comparisons."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from ruamel.yaml import YAML

from bot.commands.evaluate import Outcome, Result
from bot.commands.evaluate_runs import store
from bot.insights.figures.counting import Share
from bot.insights.learning.kept import FOLDER
from bot.insights.learning.releases import read_releases, verdict
from bot.insights.learning.runs import Run, compared, keep_run, latest_runs
from bot.insights.learning.training_files import TrainingFiles
from bot.insights.pages import releases, tests
from bot.storage.database import Database
from bot.storage.insight_tables import conversation_facts, evaluation_runs, kept_tests
from bot.storage.tables import conversations, turns
from tests.integration.insights.lived import Life
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project/tests/dialogues").mkdir(parents=True)
    (tmp_path / "project/domain.yml").write_text("forms:\n  track_order_form:\n    required_slots: []\n")
    return tmp_path / "project"


@pytest.fixture
def life(database, clock) -> Life:
    return Life(database, clock)


@pytest.fixture
def house(database, clock, new_id, project: Path) -> InsightHouse:
    feature = ModuleType("tests_here")
    feature.NAV = tests.NAV  # type: ignore[attr-defined]
    feature.routes = lambda tools: tests.routes_in(tools, TrainingFiles(project))  # type: ignore[attr-defined]
    return InsightHouse(database, clock, new_id, features=[feature, releases])


@pytest.fixture
def talk(life: Life, database) -> str:
    """A conversation of one question, with all that the engine said of it."""
    own = life.begins(life.customer("Mei Halasz"))
    text = "Mei Halasz: where is my order"
    message = life.says(own, text, "track_order", "utter_order")
    parsed = {"intent": {"name": "track_order"}, "entities": []}
    events = [{"event": "user", "text": text, "parse_data": parsed}, {"event": "action", "name": "action_show_order"}]
    change = sa.update(turns).where(turns.c.message_id == message).values(events=events)
    english = sa.update(conversations).where(conversations.c.id == own).values(locale="en-GB")
    for statement in (change, english):
        database.write_now(lambda connection, statement=statement: connection.execute(statement))
    return own


def kept_rows(database: Database) -> list[Any]:
    return list(database.read_now(lambda connection: connection.execute(sa.select(kept_tests)).all()))


async def test_one_click_writes_a_redacted_test_and_leads_to_it(house, talk, project: Path, database) -> None:
    answer = await house.analyst.post(f"/insights/conversations/{talk}/test")

    [row] = kept_rows(database)
    assert answer.headers["location"] == f"/insights/tests?made={row.id}#test-{row.id}"
    content = (project / FOLDER / f"{row.name}.yml").read_text()
    assert content == row.content
    assert "Mei" not in content
    [story] = YAML(typ="safe").load(content)["stories"]
    assert story["steps"] == [
        {"user": "Jo: where is my order\n", "intent": "track_order"},
        {"action": "action_show_order"},
    ]
    page = await house.analyst.get(answer.headers["location"])
    assert f"Written to <code>{FOLDER}/{row.name}.yml</code>" in page.text
    assert "not played yet" in page.text
    assert [line.conversation_id for line in house.audited("test_made")] == [talk]


async def test_a_second_click_leads_to_the_same_test(house, talk, database) -> None:
    await house.analyst.post(f"/insights/conversations/{talk}/test")
    answer = await house.supervisor.post(f"/insights/conversations/{talk}/test")

    [row] = kept_rows(database)
    assert answer.headers["location"] == f"/insights/tests?known={row.id}#test-{row.id}"


async def test_where_the_project_cannot_be_written_the_test_is_a_download(house, talk, project: Path, database) -> None:
    (project / "tests/dialogues").rmdir()
    answer = await house.analyst.post(f"/insights/conversations/{talk}/test")
    [row] = kept_rows(database)

    assert row.path is None
    assert "Download the file" in (await house.analyst.get(answer.headers["location"])).text
    file = await house.analyst.get(f"/insights/tests/{row.id}/file")
    assert file.text == row.content
    assert file.headers["content-disposition"] == f'attachment; filename="{row.name}.yml"'


async def test_what_cannot_be_a_test_is_refused_with_a_sentence(house, life, database, clock) -> None:
    empty = life.begins(life.customer())
    refused = await house.analyst.post(f"/insights/conversations/{empty}/test")
    assert refused.status_code == 409
    assert "nothing to test" in refused.text

    emptied = sa.update(conversations).where(conversations.c.id == empty).values(emptied_at=clock())
    house.does(emptied)
    gone = await house.analyst.post(f"/insights/conversations/{empty}/test")
    assert "kept any more" in gone.text
    assert (await house.analyst.post("/insights/conversations/nobody/test")).status_code == 404
    assert (await house.agents.post(f"/insights/conversations/{empty}/test")).status_code == 403
    assert kept_rows(database) == []


async def test_the_list_shows_the_last_result_and_a_test_can_be_forgotten(house, talk, database, clock, new_id) -> None:
    await house.analyst.post(f"/insights/conversations/{talk}/test")
    [row] = kept_rows(database)
    results = [{"name": "x", "file": row.path, "passed": False, "why": "intent: a, but it was b"}]
    database.write_now(lambda c: keep_run(c, id=new_id(), release="r1", results=results, now=clock()))

    page = await house.analyst.get("/insights/tests")
    for said in ("failed", "with r1", "Expected intent: a, but it was b"):
        assert said in page.text
    await house.analyst.post(f"/insights/tests/{row.id}/remove")
    assert "None yet" in (await house.analyst.get("/insights/tests")).text
    assert (await house.analyst.get(f"/insights/tests/{row.id}/file")).status_code == 404


# -- releases -----------------------------------------------------------------------------------------------------


def result(name: str, passed: bool, why: str = "") -> dict[str, Any]:
    return {"name": name, "file": "f.yml", "passed": passed, **({"why": why} if why else {})}


def test_runs_are_compared_test_by_test(clock) -> None:
    before = Run(
        "1", "old", 2, 2, [result("a", True), result("b", False), result("c", True), result("d", True)], clock()
    )
    now = Run(
        "2", "new", 2, 2, [result("a", True), result("b", True), result("c", False, "w"), result("e", False)], clock()
    )
    found = compared(now, before)

    names = {
        kind: [one.name for one in getattr(found, kind)] for kind in ("fixed", "broken", "new", "new_failing", "gone")
    }
    assert names == {"fixed": ["b"], "broken": ["c"], "new": [], "new_failing": ["e"], "gone": ["d"]}
    assert found.broken[0].why == "w"


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (Share(90, 100), Share(50, 100), "better"),
        (Share(50, 100), Share(90, 100), "worse"),
        (Share(9, 10), Share(5, 10), "same"),
        (Share(0, 0), Share(5, 10), "few"),
    ],
)
def test_a_difference_is_told_only_where_intervals_lie_apart(now: Share, before: Share, said: str) -> None:
    assert verdict(now, before) == said


def test_the_latest_run_of_each_release_counts(database, clock, new_id) -> None:
    for release, passed in (("one", False), ("one", True), ("two", True)):
        clock.forward(minutes=1)
        results = [result("a", passed)]
        database.write_now(
            lambda c, release=release, results=results: keep_run(
                c, id=new_id(), release=release, results=results, now=clock()
            )
        )
    runs = database.read_now(latest_runs)

    assert [(run.release, run.passed) for run in runs] == [("two", 1), ("one", 1)]


async def test_the_page_tells_how_each_release_did(house, database, clock, new_id) -> None:
    house.filled(200)
    facts = conversation_facts.c
    latest = clock() - timedelta(days=5)
    house.does(sa.update(conversation_facts).values(release="old-one", score=5, fallbacks=0))
    house.does(sa.update(conversation_facts).where(facts.at >= latest).values(release="new-one", score=1))
    for release, passed in (("old-one", True), ("new-one", False)):
        clock.forward(minutes=1)
        results = [result("the lost lamp", passed, "" if passed else "intent: a, but it was b")]
        database.write_now(
            lambda c, release=release, results=results: keep_run(
                c, id=new_id(), release=release, results=results, now=clock()
            )
        )
    new, old = database.read_now(read_releases)

    assert (new.name, new.score, new.fallback, new.before) == ("new-one", "worse", "same", "old-one")
    assert new.used is not None
    assert sum(new.used.outcomes.values()) == new.used.ended
    assert new.changes is not None
    assert [one.name for one in new.changes.broken] == ["the lost lamp"]
    assert old.used is not None
    page = await house.analyst.get(releases.HERE)
    for said in ("worse than old-one", "1 broken", "the lost lamp", "no difference can be told", "release=new-one"):
        assert said in page.text


def test_ratings_of_people_say_nothing_of_a_release(house, database) -> None:
    house.filled(40)
    facts = conversation_facts.c
    house.does(sa.update(conversation_facts).values(release="one", about="bot", score=2))
    late = sa.select(facts.conversation_id).order_by(facts.at.desc()).limit(15)
    praised = sa.update(conversation_facts).where(facts.conversation_id.in_(late))
    house.does(praised.values(about="agent", score=5))
    [release] = database.read_now(read_releases)

    assert release.used is not None
    assert (release.used.csat.part, release.used.csat.n, release.used.conversations) == (0, 25, 40)


async def test_releases_are_saved_as_a_table(house) -> None:
    house.filled(40)
    file = await house.analyst.get(f"{releases.HERE}?as=csv")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))

    assert sum(int(row["conversations"]) for row in rows) == 40
    assert [line.subject for line in house.audited("export")] == ["releases"]
    assert (await house.analyst.get(f"{releases.HERE}?as=xls")).status_code == 404


async def test_few_answers_are_warned_of(house) -> None:
    house.filled(10)

    assert "few answers (" in (await house.analyst.get(releases.HERE)).text


async def test_without_a_release_that_is_said(house) -> None:
    assert "No release yet" in (await house.analyst.get(releases.HERE)).text


# -- what the command keeps -----------------------------------------------------------------------------------------


def test_a_run_is_kept_where_there_is_a_database(database, clock, tmp_path: Path) -> None:
    outcome = Outcome(2, 1, 9, (Result("a", "f.yml", passed=True), Result("b", "f.yml", passed=False, why="w")))
    model = Path("models/bellhop-abc.tar.gz")

    assert store(database.url, model, outcome, id="r1", now=clock()) is None
    [row] = database.read_now(lambda connection: connection.execute(sa.select(evaluation_runs)).all())
    assert (row.release, row.passed, row.failed, row.results[1]["why"]) == ("abc", 1, 1, "w")

    nowhere = tmp_path / "none.db"
    problem = store(f"sqlite:///{nowhere}", model, outcome, id="r2", now=clock())
    assert "no database" in str(problem)
    assert not nowhere.exists()
