"""What is put into the outbox: each thing that happened once, in order, and never what was said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.events import outbox
from bot.events.stream import EventStream, receiver_of
from bot.storage.insight_tables import conversation_facts as facts
from bot.storage.insight_tables import event_outbox
from bot.storage.tables import follow_ups, surveys
from tests.integration.insights.recorded import Recorder
from tests.support.insight_rows import plausible

URL = "https://warehouse.example.com/hooks"


@pytest.fixture
def stream(clock, new_id) -> EventStream:
    return EventStream(URL, clock=clock, new_id=new_id)


@pytest.fixture
def filled(database, clock):
    database.write_now(lambda connection: plausible(connection, 12, clock(), days=4))
    return database


def digest(database, stream: EventStream, *where) -> list[dict]:
    """Let the stream hear of all conversations; what is in the outbox then, in order."""

    def work(connection) -> list[dict]:
        rows = [dict(row) for row in connection.execute(sa.select(facts).where(*where)).mappings()]
        stream.digested(connection, rows)
        order = (event_outbox.c.created_at, event_outbox.c.id)
        return [dict(row) for row in connection.execute(sa.select(event_outbox).order_by(*order)).mappings()]

    return database.write_now(work)


def change(database, statement) -> None:
    database.write_now(lambda connection: connection.execute(statement))


def rated(database) -> str:
    """A conversation that was rated."""
    query = sa.select(surveys.c.conversation_id).where(surveys.c.state == "answered").limit(1)
    return database.read_now(lambda connection: connection.execute(query).scalar_one())


def test_every_end_and_every_survey_is_told_once(filled, stream) -> None:
    events = digest(filled, stream)
    kinds = [event["kind"] for event in events]
    assert kinds.count("conversation.ended") == 12
    assert kinds.count("survey.answered") + kinds.count("survey.expired") >= kinds.count("survey.answered") > 0
    assert {event["state"] for event in events} == {"waiting"}
    assert digest(filled, stream) == events


def test_a_body_tells_figures_and_no_words(filled, stream) -> None:
    conversation_id = rated(filled)
    secret = "Nobody answered me, signed Mei Halasz"
    change(filled, sa.update(surveys).values(comment=secret))
    change(filled, sa.update(facts).values(commented=True))
    events = digest(filled, stream)
    (event,) = [one for one in events if one["conversation_id"] == conversation_id and one["kind"] == "survey.answered"]
    body = event["body"]
    assert (body["version"], body["id"], body["type"]) == (1, event["id"], "survey.answered")
    assert body["survey"]["score"] in (1, 2, 3, 4, 5)
    assert body["conversation"]["id"] == conversation_id
    assert body["conversation"]["topic"]
    assert secret not in str(events)
    assert not [word for word in ("text", "comment", "note", "name", "email") if word in body["survey"] | body]


def test_a_changed_score_is_told_again_and_says_so(filled, stream, clock) -> None:
    conversation_id = rated(filled)
    before = len(digest(filled, stream))
    clock.forward(seconds=5)
    own = surveys.c.conversation_id == conversation_id
    change(filled, sa.update(surveys).where(own).values(score=3, changes=1))
    events = digest(filled, stream)
    assert len(events) == before + 1
    assert (events[-1]["kind"], events[-1]["body"]["survey"]["changes"]) == ("survey.answered", 1)


def test_a_follow_up_is_told_when_it_opens_and_when_it_closes(filled, stream, clock) -> None:
    survey = sa.select(surveys).where(surveys.c.conversation_id == rated(filled))
    row = filled.read_now(lambda connection: connection.execute(survey).one())
    values = {"id": "f1", "survey_id": row.id, "conversation_id": row.conversation_id, "created_at": clock()}
    change(filled, sa.insert(follow_ups).values(state="open", note="call Mei", **values))
    own = facts.c.conversation_id == row.conversation_id
    assert [event["kind"] for event in digest(filled, stream, own)][-1] == "follow_up.opened"
    clock.forward(seconds=5)
    change(filled, sa.update(follow_ups).values(state="closed", outcome="put_right", closed_at=clock()))
    last = digest(filled, stream, own)[-1]
    assert (last["kind"], last["body"]["follow_up"]["outcome"]) == ("follow_up.closed", "put_right")
    assert "Mei" not in str(last)


def test_a_handoff_and_a_return_are_told(database, stream, clock) -> None:
    def work(connection) -> list[str]:
        return plausible(connection, 20, clock(), days=5, agents=[Recorder(connection).agent()])

    first, second = database.write_now(work)[:2]
    handed = {row["conversation_id"] for row in _facts(database) if row["handed_off"]}
    back = sa.update(facts).where(facts.c.conversation_id == second)
    change(database, back.values(outcome="reopened", reopened_by=first))
    events = digest(database, stream)
    assert {one["conversation_id"] for one in events if one["kind"] == "conversation.handed_off"} == handed != set()
    assert [one["kind"] for one in events if one["conversation_id"] == second][-1] == "conversation.reopened"
    of_one = [one["kind"] for one in events if one["conversation_id"] in handed]
    assert of_one.index("conversation.handed_off") < of_one.index("conversation.ended")


def _facts(database) -> list:
    return database.read_now(lambda connection: connection.execute(sa.select(facts)).mappings().all())


def test_what_happened_too_long_ago_is_no_news(database, stream, clock) -> None:
    database.write_now(lambda connection: plausible(connection, 10, clock(), days=100))
    told = {event["conversation_id"] for event in digest(database, stream) if event["kind"] == "conversation.ended"}
    recent = {row["conversation_id"] for row in _facts(database) if row["ended_at"] > clock() - timedelta(days=6)}
    assert told == recent
    assert len(recent) < 10


def test_what_was_told_and_is_forgotten_is_not_told_again(filled, stream, clock) -> None:
    digest(filled, stream)
    change(filled, sa.update(event_outbox).values(state="done", done_at=clock()))
    clock.forward(days=7, seconds=1)
    window = timedelta(days=3)
    filled.write_now(lambda connection: outbox.purge(connection, clock(), window))
    assert digest(filled, stream)
    clock.forward(days=3)
    filled.write_now(lambda connection: outbox.purge(connection, clock(), window))
    assert digest(filled, stream) == []


def test_a_receiver_that_is_gone_is_told_nothing_and_another_one_is(filled, stream, clock, new_id) -> None:
    filled.write_now(lambda connection: outbox.mark_gone(connection, receiver_of(URL), clock()))
    assert digest(filled, stream) == []
    assert digest(filled, EventStream("https://other.example.com", clock=clock, new_id=new_id))


def test_nothing_is_put_in_where_the_facts_are_rolled_back(filled, stream) -> None:
    class Broken(Exception):
        pass

    def work(connection) -> None:
        stream.digested(connection, [dict(row) for row in connection.execute(sa.select(facts)).mappings()])
        raise Broken

    with pytest.raises(Broken):
        filled.write_now(work)
    assert digest(filled, stream, sa.false()) == []


def test_somebody_is_woken_where_something_is_put_in(filled, clock, new_id) -> None:
    woken: list[int] = []
    wake: Callable[[], None] = lambda: woken.append(1)  # noqa: E731
    stream = EventStream(URL, clock=clock, new_id=new_id, wake=wake)
    digest(filled, stream)
    digest(filled, stream)
    assert woken == [1]
