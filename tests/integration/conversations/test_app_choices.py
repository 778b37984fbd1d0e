"""Buttons of the app's own, beside those of ratings and call backs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.conversations.errors import Refused
from bot.conversations.models import Draft
from bot.conversations.transcript import append, choice
from bot.insights.ledger import verify
from bot.storage.tables import surveys
from tests.support.telegram_customer import TelegramCustomer, settled


@pytest.fixture
def tom(service) -> TelegramCustomer:
    return TelegramCustomer(service)


async def offered(service, conversation_id: str, payload: str) -> str:
    """The id of a button with this payload, under a message of the app's."""

    def work(unit) -> str:
        button = choice(unit.new_id(), "A button", payload)
        append(unit, conversation_id, [Draft("Well?", author_kind="system", kind="notice", choices=(button,))])
        return button.id

    return str(await service.transact(work))


async def score(service, conversation_id: str, value: str) -> str:
    found = [m for m in await service.messages_after(conversation_id, 0) if m.kind == "rating"][-1]
    return next(str(option["id"]) for option in found.choices if option["value"] == value)


async def test_the_same_score_tapped_again_changes_nothing_and_is_met_with_silence(service, database, tom) -> None:
    received = await tom.types("hello")
    await tom.commands("end")
    four = await score(service, received.conversation_id, "4")
    first, again = await tom.rates(four), await tom.rates(four)
    assert [m.response for m in first.change.messages[1:]] == ["utter_app_rating_thanks"]
    assert again.change.messages[1:] == ()
    survey = database.read_now(lambda connection: connection.execute(sa.select(surveys)).one())
    assert (survey.score, survey.changes) == (4, 0)


async def test_the_same_score_typed_again_is_answered(service, tom) -> None:
    received = await tom.types("hello")
    await tom.commands("end")
    await tom.rates(await score(service, received.conversation_id, "4"))
    await tom.types("no thanks")
    again = await tom.types("4")
    assert [m.response for m in again.change.messages[1:]] == ["utter_app_rating_changed"]


async def test_a_score_tapped_after_its_time_is_refused_also_where_it_is_the_same(service, tom, clock) -> None:
    received = await tom.types("hello")
    await tom.commands("end")
    four = await score(service, received.conversation_id, "4")
    await tom.rates(four)
    clock.forward(days=4)
    with pytest.raises(Refused) as refusal:
        await tom.rates(four)
    assert refusal.value.code == "unknown_choice"


async def test_what_may_be_lost_is_said_again_and_the_ledger_balances(service, database, tom, worker) -> None:
    received = await tom.types("hello")
    await settled(worker)
    lost = (await service.messages_after(received.conversation_id, 1))[0]
    again = await tom.taps(await offered(service, received.conversation_id, f"app:say_again:{lost.id}"))
    assert [m.text for m in again.change.messages[1:]] == [lost.text]
    assert database.read_now(verify).breaches == ()


async def test_a_button_tapped_twice_has_its_effect_once(service, tom, worker) -> None:
    received = await tom.types("hello")
    await settled(worker)
    lost = (await service.messages_after(received.conversation_id, 1))[0]
    button = await offered(service, received.conversation_id, f"app:say_again:{lost.id}")
    first, second = await tom.taps(button), await tom.taps(button)
    assert (first.duplicate, second.duplicate) == (False, True)


async def test_the_way_to_the_website_is_said_without_the_engine(tom) -> None:
    received = await tom.commands("web")
    assert not received.needs_turn
    assert [m.response for m in received.change.messages[1:]] == ["utter_app_web_link"]


@pytest.mark.parametrize("payload", ["app:unlink:no-such-link", "app:unheard_of", "app:end:now"])
async def test_a_button_that_stands_for_nothing_any_more_is_refused_and_not_stored(service, tom, payload) -> None:
    received = await tom.types("hello")
    button = await offered(service, received.conversation_id, payload)
    with pytest.raises(Refused):
        await tom.taps(button)
    assert len(await service.messages_after(received.conversation_id, 0)) == 2
