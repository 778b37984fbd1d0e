"""A tap on a score changes the question itself; what cannot be changed is answered by a message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.ending import end_conversation
from bot.conversations.models import Change
from bot.storage.database import Database
from bot.storage.tables import surveys
from tests.support.telegram_out import WayOut, now, texts, way_out
from tests.telegram import Ill
from tests.telegram.seen import SeenMessage
from tests.telegram.user import TelegramUser

pytestmark = pytest.mark.integration


class Rater:
    """A customer whose conversation has ended, and who was asked how it was."""

    def __init__(self, out: WayOut, user: TelegramUser, conversation: str) -> None:
        self._out = out
        self.user = user
        self.conversation = conversation
        self._taps = 0

    @property
    def question(self) -> SeenMessage:
        return self.user.heard[0]

    def choice(self, title: str) -> str:
        return next(key.data for key in self.question.buttons if key.title.removeprefix("✓ ") == title)

    async def taps(self, title: str) -> None:
        """A score: each tap counts."""
        self._taps += 1
        await self.chooses(title, f"{self.user.account.id}:tap:{self._taps}")

    async def declines(self) -> None:
        title = self.question.titles[-1]
        await self.chooses(title, f"{self.user.account.id}:choice:{self.choice(title)}")

    async def chooses(self, title: str, external_id: str) -> None:
        choice = self.choice(title)
        await self._out.service.receive(self._out.incoming(self.user, None, choice_id=choice, external_id=external_id))
        await self._out.carry()


@pytest.fixture
async def out(database: Database) -> AsyncIterator[WayOut]:
    async with way_out(database) as out:
        yield out


@pytest.fixture
async def rater(out: WayOut) -> Rater:
    user, conversation = await out.meets()
    await out.service.change(
        lambda unit: Change(conversation, "x", messages=end_conversation(unit, conversation, "done") or ())
    )
    await out.carry()
    return Rater(out, user, conversation)


async def test_the_question_is_the_scores_in_one_row(rater: Rater) -> None:
    assert texts(rater.user) == ["utter_app_rating_question"]
    assert [[key.title for key in row] for row in rater.question.keyboard] == [["1", "2", "3", "4", "5"]]


async def test_a_tap_turns_the_question_into_its_answer(out: WayOut, rater: Rater) -> None:
    await rater.taps("4")
    assert texts(rater.user) == ["utter_app_rating_thanks"]
    assert [[key.title for key in row] for row in rater.question.keyboard] == [
        ["1", "2", "3", "✓ 4", "5"],
        ["No, thanks"],
    ]
    assert await out.states() == ["delivered", "delivered"]


async def test_a_change_of_mind_moves_the_tick(rater: Rater) -> None:
    await rater.taps("4")
    await rater.taps("2")
    await rater.taps("2")
    assert texts(rater.user) == ["utter_app_rating_sorry"]
    assert rater.question.titles == ["1", "✓ 2", "3", "4", "5", "No, thanks"]
    await rater.declines()
    await rater.taps("3")
    assert texts(rater.user) == ["utter_app_rating_changed"]
    assert rater.question.titles == ["1", "2", "✓ 3", "4", "5"]


async def test_who_would_rather_not_say_more_can_still_change_the_score(rater: Rater) -> None:
    await rater.taps("5")
    await rater.declines()
    assert texts(rater.user) == ["utter_app_comment_declined"]
    assert rater.question.titles == ["1", "2", "3", "4", "✓ 5"]
    await rater.taps("3")
    assert rater.question.titles == ["1", "2", "✓ 3", "4", "5"]


async def test_after_its_time_the_scores_are_gone(out: WayOut, rater: Rater) -> None:
    await rater.taps("5")
    over = sa.update(surveys).values(closes_at=now() - timedelta(seconds=1))
    await out.database.write(lambda connection: connection.execute(over))
    await rater.declines()
    assert rater.question.titles == []


async def test_a_typed_score_is_answered_by_a_message(out: WayOut, rater: Rater) -> None:
    await out.service.receive(out.incoming(rater.user, "5/5"))
    await out.carry()
    assert texts(rater.user) == ["utter_app_rating_question", "utter_app_rating_thanks"]


async def test_a_question_that_is_gone_is_answered_by_a_message(out: WayOut, rater: Rater) -> None:
    score = rater.choice("1")
    rater.user.clears_history()
    out.sandbox.fault(Ill.BAD, method="editMessageText", description="Bad Request: message to edit not found")
    external_id = f"{rater.user.account.id}:tap:1"
    await out.service.receive(out.incoming(rater.user, None, choice_id=score, external_id=external_id))
    await out.carry()
    assert texts(rater.user)[-1] == "utter_app_rating_sorry"
    assert rater.user.heard[-1].titles == ["No, thanks"]


@pytest.mark.parametrize("ill", [Ill.LOST, Ill.DROP])
async def test_an_edit_whose_answer_is_lost_is_made_again(out: WayOut, rater: Rater, ill: Ill) -> None:
    out.sandbox.fault(ill, method="editMessageText", times=1)
    await rater.taps("4")
    assert texts(rater.user) == ["utter_app_rating_thanks"]
    assert await out.states() == ["delivered", "delivered"]
