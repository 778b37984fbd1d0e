"""What is asked after a rating, as it looks in a chat: many numbers in rows, the answer in place of the question."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.ending import end_conversation
from bot.conversations.models import Change
from bot.conversations.unit import Rules
from bot.storage.database import Database
from bot.storage.insight_tables import extra_questions, reviews
from bot.storage.tables import surveys
from tests.support.telegram_out import WayOut, now, texts, way_out
from tests.telegram.seen import SeenMessage
from tests.telegram.user import TelegramUser

pytestmark = pytest.mark.integration


Opens = Callable[..., Awaitable[WayOut]]


@pytest.fixture
async def opens(database: Database) -> AsyncIterator[Opens]:
    """Opens a shop that asks as its rules say."""
    async with AsyncExitStack() as stack:

        async def opens(**rules: Any) -> WayOut:
            return await stack.enter_async_context(way_out(database, rules=Rules(**rules)))

        yield opens


async def ends(out: WayOut, conversation: str) -> None:
    await out.service.change(
        lambda unit: Change(conversation, "x", messages=end_conversation(unit, conversation, "done") or ())
    )
    await out.carry()


async def asked_further(out: WayOut, comment: str = "no thanks") -> TelegramUser:
    """Somebody who has rated 5 and commented, or declined to."""
    user, conversation = await out.meets()
    await ends(out, conversation)
    for text in ("5", comment):
        await out.service.receive(out.incoming(user, text))
    await out.carry()
    return user


async def taps(out: WayOut, user: TelegramUser, question: SeenMessage, title: str, number: int) -> None:
    data = next(key.data for key in question.buttons if key.title.removeprefix("✓ ") == title)
    external_id = f"{user.account.id}:tap:{number}"
    await out.service.receive(out.incoming(user, None, choice_id=data, external_id=external_id))
    await out.carry()


def rows_of(message: SeenMessage) -> list[list[str]]:
    return [[key.title for key in row] for row in message.keyboard]


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("nps", [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]),
        ("ces", [["1", "2", "3", "4", "5", "6", "7"]]),
    ],
)
async def test_the_numbers_stand_in_rows(opens: Opens, kind: str, rows: list[list[str]]) -> None:
    out = await opens(**{f"{kind}_percent": 100})
    user = await asked_further(out)
    assert user.heard[-1].text == f"utter_app_{kind}_question"
    assert rows_of(user.heard[-1]) == rows


async def test_a_tap_turns_the_question_into_its_answer_and_moves_the_tick(opens: Opens) -> None:
    out = await opens(nps_percent=100)
    user = await asked_further(out)
    number = len(user.heard)
    await taps(out, user, user.heard[-1], "10", 1)
    assert texts(user)[-1] == "utter_app_extra_thanks"
    assert rows_of(user.heard[-1]) == [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "✓ 10"]]
    await taps(out, user, user.heard[-1], "0", 2)
    assert texts(user)[-1] == "utter_app_extra_changed"
    assert rows_of(user.heard[-1])[0][0] == "✓ 0"
    assert len(user.heard) == number
    (row,) = await rows(out, extra_questions)
    assert (row.state, row.score) == ("answered", 0)


async def test_the_rating_above_it_is_changed_in_its_own_place(opens: Opens) -> None:
    out = await opens(nps_percent=100)
    user = await asked_further(out)
    rating = next(message for message in user.heard if [key.title for key in message.buttons] == list("12345"))
    await taps(out, user, rating, "4", 1)
    assert texts(user)[-1] == "utter_app_nps_question"
    assert "utter_app_rating_changed" in texts(user)


async def test_a_review_is_agreed_to_and_taken_back_with_buttons(opens: Opens) -> None:
    out = await opens(review_invitations=True)
    user = await asked_further(out, "splendid")
    assert rows_of(user.heard[-1]) == [["Yes, you may", "Rather not"]]
    await taps(out, user, user.heard[-1], "Yes, you may", 1)
    assert rows_of(user.heard[-1]) == [["Take it back"]]
    await taps(out, user, user.heard[-1], "Take it back", 2)
    assert texts(user)[-1] == "utter_app_review_withdrawn"
    assert [row.state for row in await rows(out, reviews)] == ["withdrawn"]


async def test_a_reminder_comes_without_a_sound_and_can_be_tapped(opens: Opens) -> None:
    out = await opens(survey_reminder=timedelta(hours=1))
    user, conversation = await out.meets()
    await ends(out, conversation)
    earlier = sa.update(surveys).values(asked_at=now() - timedelta(hours=2))
    await out.database.write(lambda connection: connection.execute(earlier))
    assert await out.service.remind() == 1
    await out.carry()
    assert texts(user) == ["utter_app_rating_question", "utter_app_rating_reminder"]
    assert [message.silent for message in user.heard] == [False, True]
    await taps(out, user, user.heard[-1], "4", 1)
    assert texts(user) == ["utter_app_rating_question", "utter_app_rating_thanks"]
    assert "✓ 4" in user.heard[-1].titles


async def test_a_blocked_bot_makes_the_survey_undeliverable_then_and_not_only_at_its_end(opens: Opens) -> None:
    out = await opens()
    user, conversation = await out.meets()
    user.blocks()
    await ends(out, conversation)
    (survey,) = await rows(out, surveys)
    assert (survey.state, survey.exempt_reason) == ("undeliverable", None)
    assert survey.closes_at > now() + timedelta(hours=70)


async def rows(out: WayOut, table: sa.Table) -> list[Any]:
    return await out.database.read(lambda connection: list(connection.execute(sa.select(table)).all()))
