"""The views for other tools' eyes: what stands in them, on both databases, and that the page about them is right."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.settings import ROOT
from bot.storage.database import make_engine
from bot.storage.migrate import migrate
from bot.storage.tables import conversations, deliveries, follow_ups, messages, turns
from bot.storage.views import CONVERSATIONS, MESSAGES, conversation_rows, create_views, message_rows
from tests.support.insight_rows import plausible

ROWS = {CONVERSATIONS: conversation_rows, MESSAGES: message_rows}


@pytest.fixture
def filled(database, clock):
    """Some conversations, and the views over them."""

    def work(connection) -> list[str]:
        create_views(connection)
        return plausible(connection, 30, clock(), days=20)

    database.write_now(work)
    return database


def in_view(database, name: str, where: str = "1 = 1") -> list[dict]:
    statement = sa.text(f"SELECT * FROM {name} WHERE {where}")
    return [dict(row) for row in database.read_now(lambda connection: connection.execute(statement).mappings().all())]


def test_a_migrated_database_has_both_views_with_their_columns(database_url) -> None:
    migrate(database_url)
    engine = make_engine(database_url)
    with engine.connect() as connection:
        for name, rows in ROWS.items():
            names = [column.name for column in rows().selected_columns]
            assert list(connection.execute(sa.text(f"SELECT * FROM {name}")).keys()) == names
            connection.execute(sa.text(f"SELECT {', '.join(names)} FROM {name}"))  # none has to be quoted
    engine.dispose()


@pytest.mark.parametrize("name", ROWS)
def test_the_page_describes_exactly_the_columns_of_the_view(name) -> None:
    page = (ROOT / "docs" / "data-out.md").read_text(encoding="utf-8")
    section = page.split(f"## `{name}`", 1)[1].split("\n## ", 1)[0]
    described = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    assert [column for column, _, _ in described] == [column.name for column in ROWS[name]().selected_columns]


@pytest.mark.parametrize("name", ROWS)
def test_a_view_has_the_rows_of_the_exports(filled, name) -> None:
    seen = filled.read_now(lambda connection: connection.execute(ROWS[name]()).mappings().all())
    key = ["conversation_id", "seq"][: 1 if name == CONVERSATIONS else 2]
    plain = [column for column in seen[0] if not column.endswith("at") and column != "steps"]
    ordered = sorted((tuple(row[one] for one in key + plain) for row in seen), key=str)
    assert ordered == sorted((tuple(row[one] for one in key + plain) for row in in_view(filled, name)), key=str)
    assert len(ordered) >= 30


def test_a_conversation_has_its_tags_in_one_cell_and_its_survey(filled, clock) -> None:
    def work(connection) -> str:
        from bot.storage.desk_tables import conversation_tags
        from bot.storage.tables import surveys

        survey = connection.execute(sa.select(surveys).where(surveys.c.state == "answered")).first()
        own = conversation_tags.c.conversation_id == survey.conversation_id
        connection.execute(sa.delete(conversation_tags).where(own))
        for tag in ("vip", "bug", "late"):
            connection.execute(
                sa.insert(conversation_tags).values(conversation_id=survey.conversation_id, tag=tag, created_at=clock())
            )
        connection.execute(sa.update(surveys).where(surveys.c.id == survey.id).values(comment="=why?"))
        connection.execute(
            sa.insert(follow_ups).values(
                id="f1",
                survey_id=survey.id,
                conversation_id=survey.conversation_id,
                state="closed",
                outcome="put_right",
                created_at=clock(),
            )
        )
        return survey.conversation_id

    conversation_id = filled.write_now(work)
    (row,) = in_view(filled, CONVERSATIONS, f"conversation_id = '{conversation_id}'")
    assert row["tags"] == "bug, late, vip"
    assert row["comment"] == "=why?"
    assert (row["follow_up_state"], row["follow_up_outcome"]) == ("closed", "put_right")
    assert len(in_view(filled, CONVERSATIONS)) == 30


def test_a_message_tells_what_was_understood_how_long_it_took_and_how_it_went_out(filled) -> None:
    def work(connection) -> tuple[str, str]:
        question = connection.execute(
            sa.select(messages).where(messages.c.author_kind == "customer").order_by(messages.c.id)
        ).first()
        handled = question.created_at + timedelta(seconds=1.25)
        own = messages.c.conversation_id == question.conversation_id
        connection.execute(
            sa.update(messages)
            .where(messages.c.id == question.id)
            .values(edited_text="as edited", handled_at=handled, edited_at=handled)
        )
        answer = connection.execute(sa.select(messages).where(own, messages.c.seq == question.seq + 1)).one()
        connection.execute(
            sa.update(messages)
            .where(messages.c.id == answer.id)
            .values(in_reply_to=question.id, created_at=question.created_at + timedelta(seconds=2.5))
        )
        identity = connection.execute(
            sa.select(conversations.c.identity_id).where(conversations.c.id == question.conversation_id)
        ).scalar_one()
        connection.execute(
            sa.update(deliveries).where(deliveries.c.message_id == answer.id).values(channel="web", state="delivered")
        )
        connection.execute(  # a copy elsewhere says nothing of how it went
            sa.insert(deliveries).values(
                message_id=answer.id,
                channel="another",
                conversation_id=question.conversation_id,
                identity_id=identity,
                seq=answer.seq,
                state="failed",
                attempts=1,
                copy=True,
                next_at=handled,
                updated_at=handled,
            )
        )
        connection.execute(
            sa.update(turns)
            .where(turns.c.message_id == question.id)
            .values(understanding={"intent": {"name": "cancel_order", "confidence": 0.875}})
        )
        return question.id, answer.id

    asked, answered = (in_view(filled, MESSAGES, f"message_id = '{one}'")[0] for one in filled.write_now(work))
    assert (asked["author"], asked["text"], asked["latency_seconds"]) == ("customer", "as edited", 1.25)
    assert (asked["intent"], asked["confidence"], asked["delivery_state"]) == ("cancel_order", 0.875, None)
    assert (answered["author"], answered["intent"], answered["latency_seconds"]) == ("bot", None, 2.5)
    assert answered["delivery_state"] == "delivered"


def test_a_turn_that_failed_has_no_intent(filled) -> None:
    statement = sa.update(turns).values(understanding={"error": "timeout"})
    filled.write_now(lambda connection: connection.execute(statement))
    assert {(row["intent"], row["confidence"]) for row in in_view(filled, MESSAGES)} == {(None, None)}
