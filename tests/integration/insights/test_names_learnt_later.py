"""Who somebody is may be learnt after they have said it: what was kept of that is hidden then, in files too."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import sqlalchemy as sa

from bot.insights.learning.annotations import Decision, decide
from bot.insights.learning.candidates import Candidates
from bot.storage.insight_tables import nlu_annotations
from bot.storage.tables import customers, messages
from tests.integration.insights.lived import Life, digest_of
from tests.support.insight_house import InsightHouse

pytestmark = pytest.mark.integration


def annotated(database: Any) -> Any:
    return database.read_now(lambda connection: connection.execute(sa.select(nlu_annotations)).one())


@pytest.mark.parametrize("state", ["open", "accepted", "rejected", "exported"])
async def test_what_waits_to_be_learnt_from_loses_a_name_that_became_known(database, clock, new_id, state: str) -> None:
    life = Life(database, clock)
    talk = life.begins(life.customer())
    life.says(talk, "Quackenbush wants a refund", "track_order", confidence=0.3)
    digest = digest_of(database, clock, Candidates(0.6, new_id))
    await digest.catch_up()
    before = annotated(database)
    assert before.text == "Quackenbush wants a refund"
    if state != "open":
        agent, intent = life.agent(), None if state == "rejected" else "return_items"
        decision = Decision(before.text, intent, ({"start": 0, "end": 11, "entity": "name"},))
        database.write_now(lambda connection: decide(connection, before.id, 1, decision, agent_id=agent, now=clock()))
    if state == "exported":  # is in a file of the project's: that is a person's to change
        database.write_now(
            lambda connection: connection.execute(sa.update(nlu_annotations).values(exported_at=clock()))
        )

    named = sa.update(customers).values(name="Zebulon Quackenbush")
    database.write_now(lambda connection: connection.execute(named))
    clock.forward(seconds=2)
    life.says(talk, "thank you", "thank", confidence=0.99)
    await digest.catch_up()

    after = annotated(database)
    if state == "exported":
        assert (after.text, after.state) == (before.text, "accepted")
        return
    assert after.text == "[name] wants a refund"
    assert after.state == {"accepted": "open"}.get(state, state)
    assert after.version > before.version  # whoever has it open with the name in it is told
    assert not after.entities
    clock.forward(seconds=2)
    life.says(talk, "bye", "goodbye", confidence=0.99)
    await digest.catch_up()
    assert annotated(database).version == after.version


async def test_a_customer_s_name_is_hidden_in_a_file_however_it_is_written(database, clock, new_id) -> None:
    house = InsightHouse(database, clock, new_id)
    house.filled(4)
    names = [" Zebulon Quackenbush ", "Zebulon\u00a0 Quackenbush", "X", "☃"]
    rows = database.read_now(
        lambda connection: (
            connection.execute(
                sa.select(messages.c.id).where(messages.c.author_kind == "customer").order_by(messages.c.id)
            )
            .scalars()
            .all()
        )
    )
    for number, own in enumerate(rows):
        house.does(sa.update(messages).where(messages.c.id == own).values(author_name=names[number % 4]))
    async with house.analyst as browser:
        answer = await browser.get("/insights/exports/file?what=messages&as=csv&period=all")
    lines = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert {line["author_name"] for line in lines if line["author"] == "customer"} == {"[name]"}
