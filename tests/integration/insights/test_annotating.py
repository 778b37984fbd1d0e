"""From a misunderstood message to a line of training data: found, decided on, undone, exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from bot.cli import main
from bot.insights.learning import annotations as inbox
from bot.insights.learning.annotations import DecidedMeanwhile, Decision
from bot.insights.learning.candidates import Candidates
from bot.insights.learning.training_files import TrainingFiles
from bot.insights.pages import annotating
from bot.staff.models import Role
from bot.storage.article_tables import article_showings, unanswered_questions
from bot.storage.desk_tables import conversation_tags
from bot.storage.insight_tables import nlu_annotations
from bot.storage.tables import conversations, messages
from tests.integration.insights.lived import Life
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration
PAGE = annotating.HERE
DOMAIN = (
    "intents:\n  - track_order\n  - cancel_order\n  - greet\n  - choose\nentities:\n  - order_number\n  - product\n"
)
NLU = """nlu:
  - intent: track_order
    examples: |
      - where is my order
  - intent: cancel_order
    examples: |
      - cancel my order
  - intent: greet
    examples: |
      - hello
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project/data/nlu").mkdir(parents=True)
    (tmp_path / "project/domain.yml").write_text(DOMAIN)
    (tmp_path / "project/data/nlu/all.yml").write_text(NLU)
    return tmp_path / "project"


@pytest.fixture
def life(database, clock) -> Life:
    return Life(database, clock)


@pytest.fixture
def house(database, clock, new_id, project: Path) -> InsightHouse:
    feature = ModuleType("annotating_here")
    feature.NAV = annotating.NAV  # type: ignore[attr-defined]
    feature.routes = lambda tools: annotating.routes_in(tools, TrainingFiles(project))  # type: ignore[attr-defined]
    return InsightHouse(database, clock, new_id, features=[feature])


@pytest.fixture
def digest(database, new_id: Callable[[], str]) -> Callable[..., list[Any]]:
    """Tells the listener of conversations, and gives what is kept then, in the order it was said."""

    def run(*ids: str, language: str = "en") -> list[Any]:
        rows = [{"conversation_id": id, "language": language} for id in ids]
        listener = Candidates(0.6, new_id)
        database.write_now(lambda connection: listener.digested(connection, rows))
        query = (
            sa.select(nlu_annotations)
            .join(messages, messages.c.id == nlu_annotations.c.message_id)
            .order_by(messages.c.conversation_id, messages.c.seq)
        )
        return list(database.read_now(lambda connection: connection.execute(query).all()))

    return run


# -- what is found ------------------------------------------------------------------------------------------------


def test_what_was_hardly_understood_is_kept_masked_and_once(life, digest) -> None:
    talk = life.begins(life.customer("Mei Halasz"))
    life.says(talk, "where is my order", "track_order", "utter_x", confidence=0.95)
    life.says(talk, "Mei Halasz here, the thing W1234567 to mei@mail.example", "track_order", "utter_x", confidence=0.4)
    life.says(talk, "blargh", "nlu_fallback", "utter_x")
    digest(talk)
    found = digest(talk)

    assert [(row.text, row.reasons, row.state) for row in found] == [
        ("[name] here, the thing [order number] to [e-mail]", ["low_confidence"], "open"),
        ("blargh", ["fallback"], "open"),
    ]
    assert found[0].guessed_intent == "track_order"
    assert found[0].confidence == pytest.approx(0.4)
    assert found[1].guessed_intent is None


def test_a_number_or_an_answer_that_was_asked_for_is_not_kept(life, digest) -> None:
    talk = life.begins(life.customer())
    life.says(talk, "W1234567", "inform", ("utter_ask_email", "email"), confidence=0.3)

    assert digest(talk) == []


def test_something_else_a_thumb_down_a_person_and_no_answer_are_reasons(life, digest, database, clock) -> None:
    talk = life.begins(life.customer())
    guessed = life.says(talk, "the stuff please", "nlu_fallback", "utter_guess")
    chosen = life.says(talk, "Something else", "something_else", "utter_something_else")
    liked = life.says(talk, "how long do refunds take", "policy_question", "utter_article")
    lost = life.says(talk, "do you ship to the moon", "shipping_question", "utter_unanswered")
    taken = life.says(talk, "garble warble", "nlu_fallback", "utter_not_understood")
    agent = life.agent()

    def more(connection: sa.engine.Connection) -> None:
        button = sa.update(messages).where(messages.c.id == chosen)
        connection.execute(button.values(kind="choice", payload="/something_else"))
        common = {"conversation_id": talk, "message_id": liked, "language": "en"}
        connection.execute(
            sa.insert(article_showings).values(
                id="a1", **common, slug="refunds", passage="", shown_at=clock(), helpful=False, judged_at=clock()
            )
        )
        common["message_id"] = lost
        connection.execute(
            sa.insert(unanswered_questions).values(id="u1", **common, text="?", asked_at=clock(), intent=None)
        )

    database.write_now(more)
    life.agent_says(talk, life.asks_for_a_person(talk), agent, "Hello, Robin here")

    assert [(row.message_id, row.reasons) for row in digest(talk)] == [
        (guessed, ["fallback", "something_else"]),
        (liked, ["not_helpful"]),
        (lost, ["unanswered"]),
        (taken, ["fallback", "person_took_over"]),
    ]


def test_a_tag_points_at_the_least_certain_message(life, digest, database, clock) -> None:
    talk = life.begins(life.customer())
    life.says(talk, "hello", "greet", "utter_greet", confidence=0.99)
    unsure = life.says(talk, "where is the lamp", "track_order", "utter_x", confidence=0.7)
    tag = sa.insert(conversation_tags).values(conversation_id=talk, tag="Misunderstood", created_at=clock())
    database.write_now(lambda connection: connection.execute(tag))

    assert [(row.message_id, row.reasons) for row in digest(talk)] == [(unsure, ["tagged"])]


def test_a_further_reason_is_added_and_a_decision_stays(life, digest, database, house, clock) -> None:
    talk = life.begins(life.customer())
    life.says(talk, "garble", "nlu_fallback", "utter_x")
    [row] = digest(talk)
    decide(database, row, Decision("where is the garble", "track_order"), house)
    life.agent_says(talk, life.asks_for_a_person(talk), life.agent(), "Hello")
    [after] = digest(talk)

    assert after.reasons == ["fallback", "person_took_over"]
    assert (after.state, after.text, after.intent) == ("accepted", "where is the garble", "track_order")


def test_of_an_emptied_conversation_nothing_is_kept(life, digest, database, clock) -> None:
    talk = life.begins(life.customer())
    life.says(talk, "garble", "nlu_fallback", "utter_x")
    emptied = sa.update(conversations).where(conversations.c.id == talk).values(emptied_at=clock())
    database.write_now(lambda connection: connection.execute(emptied))

    assert digest(talk) == []


# -- deciding -----------------------------------------------------------------------------------------------------


def decide(database, row: Any, decision: Decision, house: InsightHouse, role: Role = Role.ANALYST) -> None:
    person = house.person(role)
    database.write_now(
        lambda connection: inbox.decide(
            connection, row.id, row.version, decision, agent_id=person.id, now=house.clock()
        )
    )


@pytest.fixture
def three(life, digest) -> list[Any]:
    """Three messages that nobody has decided on, as they were said."""
    found = []
    for text in ("where the heck is my lamp", "so where is my lamp", "I am Mei and furious"):
        talk = life.begins(life.customer("Mei Halasz"))
        life.says(talk, text, "nlu_fallback", "utter_x")
        found.append(talk)
    rows = {row.conversation_id: row for row in digest(*found)}
    return [rows[talk] for talk in found]


def test_of_two_at_once_the_second_is_told_and_nothing_is_lost(database, house, three) -> None:
    decide(database, three[0], Decision("where is it", "track_order"), house)

    with pytest.raises(DecidedMeanwhile) as told:
        decide(database, three[0], Decision("x", "greet"), house, Role.SUPERVISOR)
    assert (told.value.row.by_name, told.value.row.intent, told.value.row.text) == (
        "Ana Lyst",
        "track_order",
        "where is it",
    )


def row_of(database, id: str) -> Any:
    return database.read_now(lambda connection: inbox.one(connection, id))


async def test_the_page_shows_one_with_its_reason_and_suggestions(house, three) -> None:
    page = await house.analyst.get(PAGE)

    assert page.status_code == 200
    for said in ("3 messages", "Nothing certain understood", "Track order", "where is my order", "[name]"):
        assert said in page.text
    assert "Mei" not in page.text


async def test_accepting_leads_to_the_next_and_can_be_undone(house, three, database) -> None:
    row = three[0]
    form = {"version": "1", "do": "accept", "intent": "track_order", "text": "where the heck is my lamp"}
    marks = '[{"start": 21, "end": 25, "entity": "product"}]'
    answer = await house.analyst.post(f"{PAGE}/{row.id}?reason=fallback", data={**form, "entities": marks})

    assert answer.status_code == 303
    assert row_of(database, row.id).entities == [{"start": 21, "end": 25, "entity": "product"}]
    following = await house.analyst.get(answer.headers["location"])
    assert "Accepted as Track order" in following.text
    assert f'action="{PAGE}/{row.id}/undo' in following.text
    assert f'action="{PAGE}/{row.id}?' not in following.text  # another one is asked about

    back = await house.analyst.post(f"{PAGE}/{row.id}/undo", data={"version": "2"})
    assert back.status_code == 303
    assert row_of(database, row.id).state == "open"
    assert [line.subject for line in house.audited("annotation_accepted")] == [row.id]


async def test_the_second_of_two_reads_who_decided_what_and_finds_their_own_words(house, three, database) -> None:
    row = three[0]
    decide(database, row, Decision("where is it", "track_order"), house)
    form = {"version": "1", "do": "accept", "intent": "greet", "text": "my own words", "entities": "[]"}
    answer = await house.supervisor.post(f"{PAGE}/{row.id}", data=form)

    assert answer.status_code == 409
    for said in ("Ana Lyst", "accepted this as Track order", "where is it", "my own words", 'name="version" value="2"'):
        assert said in answer.text
    assert row_of(database, row.id).intent == "track_order"

    again = await house.supervisor.post(f"{PAGE}/{row.id}", data={**form, "version": "2"})
    assert again.status_code == 303
    assert row_of(database, row.id).intent == "greet"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"intent": ""}, "Choose what was meant"),
        ({"intent": "choose"}, "no such meaning"),
        ({"intent": "fly"}, "no such meaning"),
        ({"text": "I am [name]"}, "ordinary words"),
        ({"text": "  "}, "no words"),
        ({"entities": "{"}, "marks cannot be read"),
    ],
)
async def test_what_teaches_nothing_is_not_accepted(house, three, database, changed, said) -> None:
    form = {"version": "1", "do": "accept", "intent": "greet", "text": "hi", "entities": "[]", **changed}
    answer = await house.analyst.post(f"{PAGE}/{three[0].id}", data=form)

    assert answer.status_code == 422
    assert said in answer.text
    assert row_of(database, three[0].id).state == "open"


async def test_similar_ones_are_decided_on_together(house, three, database) -> None:
    page = await house.analyst.get(f"{PAGE}?id={three[0].id}")
    assert f'value="{three[1].id}:1"' in page.text
    assert f'value="{three[2].id}:1"' not in page.text

    form = {"version": "1", "do": "reject", "alike": f"{three[1].id}:1"}
    await house.analyst.post(f"{PAGE}/{three[0].id}", data=form)
    assert [row_of(database, row.id).state for row in three] == ["rejected", "rejected", "open"]


async def test_filters_and_an_empty_inbox_are_said_in_words(house, three) -> None:
    found = await house.analyst.get(f"{PAGE}?reason=not_helpful&language=en")
    assert "under this filter" in found.text
    odd = await house.analyst.get(f"{PAGE}?state=nonsense&reason=%00&id=nobody&after=nobody&done=nobody")
    assert odd.status_code == 200
    assert "3 messages" in odd.text


async def test_who_may_not_annotate_gets_nowhere(house, three) -> None:
    assert (await house.agents.get(PAGE)).status_code == 403
    assert (await house.analyst.post(f"{PAGE}/nobody", data={"do": "reject", "version": "1"})).status_code == 404


async def test_a_message_can_be_picked_from_what_is_read(house, life, database) -> None:
    talk = life.begins(life.customer())
    message = life.says(talk, "hello lamp", "greet", "utter_greet", confidence=0.99)
    answer = await house.analyst.post(f"{PAGE}/message/{message}")

    assert answer.status_code == 303
    assert "Picked by one of us" in (await house.analyst.get(answer.headers["location"])).text
    assert (await house.analyst.post(f"{PAGE}/message/nobody")).status_code == 409


# -- exporting ----------------------------------------------------------------------------------------------------


@pytest.fixture
def bellhop(database_url_of_command: str, project: Path) -> Callable[..., Any]:
    def run(*arguments: str) -> Any:
        command = ["annotations", *arguments]
        if arguments[0] == "export":
            command += ["--project", str(project)]
        return CliRunner().invoke(main, command, env={"BELLHOP_DATABASE_URL": database_url_of_command})

    return run


@pytest.fixture
def database_url_of_command(database) -> str:
    return str(database.url)


def test_accepted_ones_are_exported_once(bellhop, project: Path, database, house, three) -> None:
    decide(database, three[0], Decision("where the heck is [order number]", "track_order"), house)
    decide(database, three[1], Decision("Cancel my order!", "track_order"), house)
    decide(database, three[2], Decision("x", None), house)

    assert "where the heck" in bellhop("list").output
    dry = bellhop("export", "--dry-run")
    assert "+      - where the heck is [W4193620](order_number)\n" in dry.output
    assert (project / "data/nlu/all.yml").read_text() == NLU

    done = bellhop("export")
    assert done.exit_code == 1  # of the conflict
    assert "data/nlu/all.yml got 1 example." in done.output
    assert "is an example of cancel_order" in done.output
    expected = NLU.replace("is my order\n", "is my order\n      - where the heck is [W4193620](order_number)\n")
    assert (project / "data/nlu/all.yml").read_text() == expected
    assert row_of(database, three[0].id).exported_at is not None
    assert row_of(database, three[1].id).exported_at is None

    bellhop("export")
    assert (project / "data/nlu/all.yml").read_text() == expected


async def test_what_was_exported_is_not_taken_back(house, three, database, bellhop) -> None:
    decide(database, three[0], Decision("where the heck is it", "track_order"), house)
    assert bellhop("export").exit_code == 0
    answer = await house.analyst.post(f"{PAGE}/{three[0].id}/undo", data={"version": "2"})

    assert answer.status_code == 409
    assert "training files" in answer.text


def test_without_anything_to_export_that_is_said(bellhop, database, house) -> None:
    assert "nothing to export" in bellhop("export").output
    assert "No accepted message" in bellhop("list").output
