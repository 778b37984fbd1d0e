"""Files beyond what is kept of one customer in a day, and files that were promised to be kept and are not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.conversations import attachments as kept
from bot.conversations.models import Attachment
from bot.conversations.unkept import NOT_KEPT, admit_unkept
from bot.insights.ledger import verify
from bot.storage.channel_tables import attachments
from bot.storage.tables import conversations
from tests.support.telegram_customer import TelegramCustomer

LIMIT = "utter_app_media_limit"


@pytest.fixture
def tom(service, monkeypatch) -> TelegramCustomer:
    monkeypatch.setattr(kept, "MOST_BYTES_A_DAY", 1000)
    return TelegramCustomer(service)


def video(size: int | None) -> Attachment:
    return Attachment("video", file_id="v", size=size)


def said(received) -> list[str | None]:
    return [message.response for message in received.change.messages[1:]]


def states(database) -> list[str]:
    wanted = sa.select(attachments.c.state).order_by(attachments.c.next_at, attachments.c.id)
    return list(database.read_now(lambda connection: connection.execute(wanted).scalars().all()))


async def the_due(service) -> list[kept.DueAttachment]:
    return await service.transact(lambda unit: kept.due_attachments(unit, "telegram", 10))


async def test_what_is_beyond_the_limit_of_a_day_is_neither_kept_nor_promised(tom, service, database, clock) -> None:
    assert said(await tom.sends(video(600))) == ["utter_app_media_kept"]
    assert said(await tom.sends(video(401))) == [LIMIT]
    assert said(await tom.sends(video(402))) == []  # just said
    assert said(await tom.sends(video(403), words="the whole film")) == []
    await tom.sends(video(400))
    assert said(await TelegramCustomer(service, "43").sends(video(600))) == ["utter_app_media_kept"]
    assert sorted(states(database)) == ["over_limit"] * 3 + ["waiting"] * 3
    clock.forward(hours=25)
    assert said(await tom.sends(video(900))) == ["utter_app_media_kept"]


async def test_a_file_of_unknown_size_is_counted_once_it_is_here(tom, service, database) -> None:
    received = await tom.sends(video(None))
    assert said(received) == ["utter_app_media_kept"]
    (due,) = await the_due(service)
    await service.transact(lambda unit: kept.keep(unit, due.id, b"x" * 1001))
    assert states(database) == ["over_limit"]
    change = await service.change(lambda unit: admit_unkept(unit, due.id))
    assert [(m.kind, m.response) for m in change.messages] == [("notice", NOT_KEPT)]
    assert database.read_now(verify).breaches == ()


async def test_a_sticker_is_not_fetched(tom, service, database) -> None:
    await tom.sends(Attachment("sticker", {"emoji": "👍"}, file_id="s", size=10))
    assert await the_due(service) == []
    assert states(database) == ["none"]


async def test_a_promise_that_was_not_kept_is_admitted_once_for_an_album(tom, service) -> None:
    for _ in range(3):
        await tom.sends(video(10))
    found = []
    for due in await the_due(service):
        assert await service.change(lambda unit, due=due: admit_unkept(unit, due.id)) is None  # it may still be
        await service.transact(lambda unit, due=due: kept.give_up(unit, due.id, "gone"))
        found.append(await service.change(lambda unit, due=due: admit_unkept(unit, due.id)))
    assert [change is not None for change in found] == [True, False, False]


@pytest.mark.parametrize("owner", ["agent-7"])
async def test_where_a_person_sees_what_became_of_it_nothing_is_said(tom, service, database, owner) -> None:
    await tom.sends(video(10))
    taken = sa.update(conversations).values(owner=owner)
    database.write_now(lambda connection: connection.execute(taken))
    (due,) = await the_due(service)
    await service.transact(lambda unit: kept.give_up(unit, due.id, "too_large"))
    assert await service.change(lambda unit: admit_unkept(unit, due.id)) is None
