"""Messages go out over Telegram: each once, in order, no faster than it allows, and shown simpler rather than lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations.models import Choice, Draft, Incoming
from bot.storage.channel_tables import delivery_parts
from bot.storage.database import Database
from bot.storage.tables import deliveries
from tests.support.plans import plans_of
from tests.support.telegram_messages import drawn, field, item
from tests.support.telegram_out import WayOut, drafts, now, texts, way_out
from tests.telegram import Ill

pytestmark = pytest.mark.integration

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c636800000082008177cd72b6"
    "0000000049454e44ae426082"
)


@pytest.fixture
async def out(database: Database) -> AsyncIterator[WayOut]:
    async with way_out(database) as out:
        yield out


async def test_messages_arrive_once_and_in_order_without_a_single_429(out: WayOut) -> None:
    people = [await out.meets(f"Person {number}") for number in range(8)]
    for number, (_, conversation) in enumerate(people):
        await out.say(conversation, *drafts(6, lambda at, number=number: f"{number} says {at}"))  # type: ignore[misc]
    await out.carry()
    for number, (user, _) in enumerate(people):
        assert texts(user) == [f"{number} says {at}" for at in range(6)]
    assert out.sandbox.too_many == 0
    assert set(await out.states()) == {"delivered"}


async def test_who_is_told_much_does_not_hold_up_the_others(out: WayOut) -> None:
    (_, busy), (quick, other) = await out.meets("Busy"), await out.meets("Quick")
    await out.say(busy, *drafts(30))
    async with out.carrying():
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await out.say(other, Draft("at once"))
        await quick.hears("at once", seconds=2)
        assert time.monotonic() - began < 1


async def test_a_long_text_arrives_whole_in_parts(out: WayOut) -> None:
    user, conversation = await out.meets()
    text = " ".join(f"word{number}" for number in range(2500))
    await out.say(conversation, Draft(text, choices=(Choice("a" * 32, "Yes", "/affirm"),)))
    await out.carry()
    assert len(user.heard) == 6
    assert " ".join(texts(user)) == text
    assert [message.titles for message in user.heard] == [[], [], [], [], [], ["Yes"]]
    parts = await out.database.read(lambda c: c.execute(sa.select(delivery_parts).order_by("part")).all())
    assert [part.external_id for part in parts] == [f"{user.account.id}:7001:{message.id}" for message in user.heard]


async def test_a_429_loses_nothing_and_doubles_nothing(out: WayOut) -> None:
    user, conversation = await out.meets()
    out.sandbox.fault(Ill.TOO_MANY, method="sendMessage", times=2, retry_after=1)
    await out.say(conversation, *drafts(5))
    await out.carry()
    assert texts(user) == ["0", "1", "2", "3", "4"]
    assert out.sandbox.ignored_retry_after == 0
    assert set(await out.states()) == {"delivered"}


@pytest.mark.parametrize("ill", [Ill.LOST, Ill.MALFORMED])
async def test_what_may_have_arrived_is_not_sent_again_and_the_rest_goes_on(out: WayOut, ill: Ill) -> None:
    user, conversation = await out.meets()
    out.sandbox.fault(ill, method="sendMessage", times=1)
    await out.say(conversation, Draft("one"), Draft("two"))
    await out.carry()
    assert texts(user)[:2] == ["one", "two"]
    assert texts(user).count("one") == 1
    assert (await out.states())[:2] == ["unknown", "delivered"]


@pytest.mark.parametrize(("ill", "given"), [(Ill.BROKEN, {"status": 502, "html": True}), (Ill.DROP, {})])
async def test_a_storm_ends_with_all_having_heard_of_it(out: WayOut, ill: Ill, given: dict[str, Any]) -> None:
    met = [await out.meets(name) for name in ("Ada", "Ben")]
    out.sandbox.fault(ill, method="sendMessage", times=4, **given)
    for _, conversation in met:
        await out.say(conversation, Draft("one"))
    await out.carry()
    assert [texts(user) for user, _ in met] == [["utter_app_maybe_lost"]] * 2


async def test_what_never_arrived_is_sent_again(out: WayOut) -> None:
    user, conversation = await out.meets()
    out.sandbox.fault(Ill.BROKEN, method="sendMessage", times=1, status=500)
    await out.say(conversation, Draft("one"), Draft("two"))
    await out.carry()
    assert texts(user) == ["one", "two"]


async def test_a_bot_that_is_blocked_fails_for_good(out: WayOut) -> None:
    user, conversation = await out.meets()
    user.blocks()
    await out.say(conversation, Draft("one"), Draft("two"))
    await out.carry()
    assert set(await out.states()) == {"failed"}


# -- how it looks -----------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "lamp.png").write_bytes(PNG)
    (tmp_path / "images" / "torn.png").write_bytes(b"no picture at all")
    return tmp_path


def lamp(image: str) -> Draft:
    card = drawn("product", title="Lamp", items=[item("sand", None, "£68.00", image)])
    return Draft("Look:", cards=(card,), choices=(Choice("b" * 32, "Take it", "/affirm"),))


@pytest.mark.parametrize(
    ("image", "photo"),
    [
        ("/images/lamp.svg", True),
        ("https://cdn.example.com/lamp.jpg", True),
        ("/images/torn.svg", False),
        ("https://10.0.0.1/lamp.jpg", False),
    ],
)
async def test_a_picture_that_is_refused_becomes_text(
    database: Database, folder: Path, image: str, photo: bool
) -> None:
    async with way_out(database, folder=folder) as out:
        user, conversation = await out.meets()
        await out.say(conversation, lamp(image))
        await out.carry()
        (message,) = user.heard
        assert message.photo is photo
        assert message.text == "Look:\n\nLamp\nsand · £68.00"
        assert message.titles == ["Take it"]
        assert not photo or not image.startswith("/") or user.picture(message) == PNG
        assert await out.states() == ["delivered"]


async def test_a_picture_that_is_gone_becomes_text(database: Database, folder: Path) -> None:
    async with way_out(database, folder=folder) as out:
        user, conversation = await out.meets()
        (folder / "images" / "lamp.png").unlink()
        await out.say(conversation, lamp("/images/lamp.svg"))
        await out.carry()
        assert [message.photo for message in user.heard] == [False]


async def test_a_refused_picture_whose_words_come_after_it_is_left_out(database: Database, folder: Path) -> None:
    async with way_out(database, folder=folder) as out:
        user, conversation = await out.meets()
        card = drawn("product", title="Lamp", items=[item("sand " * 300, None, "£68.00", "/images/torn.svg")])
        await out.say(conversation, Draft("Look:", cards=(card,)))
        await out.carry()
        (message,) = user.heard
        assert message.text.startswith("Look:\n\nLamp\nsand")
        assert await out.states() == ["delivered"]


async def test_formatting_that_is_refused_is_left_out(out: WayOut) -> None:
    user, conversation = await out.meets()
    out.sandbox.fault(Ill.BAD, method="sendMessage", times=1, description="Bad Request: ENTITY_BOUNDS_INVALID")
    card = drawn(title="Order W1", fields=[field("Tracking", "RM 1", "https://track.example/1")])
    await out.say(conversation, Draft("", cards=(card,)))
    await out.carry()
    assert texts(user) == ["Order W1\n\nTracking: RM 1 (https://track.example/1)"]


async def test_a_plain_text_that_is_refused_fails_and_the_next_goes_on(out: WayOut) -> None:
    user, conversation = await out.meets()
    out.sandbox.fault(Ill.BAD, method="sendMessage", times=1, description="Bad Request: something")
    await out.say(conversation, Draft("one"), Draft("two"))
    await out.carry()
    assert texts(user) == ["two"]
    assert await out.states() == ["failed", "delivered"]


async def test_words_of_ours_are_in_the_language_of_the_conversation(out: WayOut) -> None:
    user, conversation = await out.meets(locale="de")
    await out.say(conversation, Draft("", cards=(drawn(total="£106.00"),)))
    await out.carry()
    assert texts(user) == ["Order W4827310\n\nSumme: £106.00"]


async def test_a_key_shares_the_number_where_an_address_is_asked_for_and_goes_with_the_next_message(
    database: Database,
) -> None:
    async with way_out(database, number=True) as out:
        user, conversation = await out.meets()
        await out.say(conversation, Draft("Your e-mail address?", expects="email"))
        await out.carry()
        assert [[key.shares for key in row] for row in user.keyboard_below] == [["contact"]]
        await out.say(conversation, Draft("Which?", choices=(Choice("c" * 32, "This", "/affirm"),)))
        await out.carry()
        assert user.keyboard_below
        await out.say(conversation, Draft("Thank you."))
        await out.carry()
        assert not user.keyboard_below
        assert await out.states() == ["delivered"] * 3


async def test_a_number_that_proves_nothing_has_no_key(out: WayOut) -> None:
    user, conversation = await out.meets()
    await out.say(conversation, Draft("Your e-mail address?", expects="email"))
    await out.carry()
    assert not user.keyboard_below


async def test_what_is_said_on_the_website_is_shown_to_who_went_on_to_telegram_without_a_sound(out: WayOut) -> None:
    user = out.sandbox.user("Ada")
    user.start()
    visitor = {"channel": "web", "identity": "visitor", "choice_id": None, "locale": "en"}
    received = await out.service.receive(Incoming(external_id="one", text="hello", **visitor))
    token, _ = await out.service.open_link("web", "visitor", "telegram", "en")
    await out.service.follow_link(token, "telegram", str(user.account.id), "en")
    await out.carry()
    before = len(user.heard)
    await out.service.receive(Incoming(external_id="two", text="where is it", **visitor))
    await out.say(received.conversation_id, Draft("On its way."))
    await out.carry()
    assert texts(user)[before:] == ["You, on our website: “where is it”", "On its way."]
    assert [message.silent for message in user.heard[before:]] == [True, True]


async def test_whether_the_key_is_shown_is_looked_up_in_their_conversation_however_much_was_ever_sent(
    database: Database,
) -> None:
    async with way_out(database, number=True) as out:
        for name in ("Ada", "Ben", "Cem"):
            _, long_over = await out.meets(name)
            await out.say(long_over, *drafts(700))
        sent = sa.update(deliveries).values(state="delivered", updated_at=now())
        await database.write(lambda connection: connection.execute(sent))
        _, conversation = await out.meets("Dora")
        await out.say(conversation, Draft("Thank you."))
        plans = await plans_of(database, out.carry, begins="SELECT messages.expects")
        assert plans
        for plan in plans:
            assert "ix_deliveries" not in plan
            assert "SCAN" not in plan.upper().replace("INDEX SCAN", "").replace("INDEX ONLY SCAN", ""), plan
