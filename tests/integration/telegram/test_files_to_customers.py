"""Files that our people send reach customers on Telegram: whole, named, once, and as a link where it takes none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.conversations.models import Change, Draft
from bot.conversations.transcript import append
from bot.conversations.unit import Unit
from bot.handoff.files import NewFile, keep_files, numbered
from bot.storage.channel_tables import attachment_contents, delivery_parts
from bot.storage.database import Database
from bot.storage.tables import conversations
from tests.support.telegram_out import WayOut, texts, way_out
from tests.telegram import Ill
from tests.telegram.pictures import SMALL_PNG

pytestmark = pytest.mark.integration

LABEL = NewFile("Rücksendung.pdf", "application/pdf", b"%PDF-1.7 a label")
PHOTO = NewFile("cup.png", "image/png", SMALL_PNG)


@pytest.fixture
async def out(database: Database) -> AsyncIterator[WayOut]:
    async with way_out(database) as out:
        yield out


async def sends(out: WayOut, conversation_id: str, text: str, *files: NewFile) -> None:
    """Robin sends files with these words."""

    def work(unit: Unit) -> Change:
        stored = numbered(unit, files)
        cards = tuple(file.card for file in stored)
        (message,) = append(unit, conversation_id, [Draft(text, "agent", "Robin", cards=cards)])
        keep_files(unit, message.id, stored)
        owner = sa.select(conversations.c.customer_id).where(conversations.c.id == conversation_id)
        return Change(conversation_id, unit.connection.execute(owner).scalar_one(), messages=(message,))

    await out.service.change(work)


async def test_a_file_and_a_picture_arrive_whole_and_in_order(out: WayOut) -> None:
    user, conversation = await out.meets()
    await sends(out, conversation, "Here you are.", LABEL, PHOTO)
    await out.say(conversation, Draft("Anything else?", "agent", "Robin"))
    await out.carry()
    document, photo, _ = user.heard
    assert (document.kind, document.file_name, document.text) == ("document", LABEL.name, "Robin\nHere you are.")
    assert (photo.kind, photo.text) == ("photo", "")
    assert [user.picture(message) for message in (document, photo)] == [LABEL.content, PHOTO.content]
    assert await out.states() == ["delivered", "delivered"]
    assert out.sandbox.too_many == 0


async def test_a_file_of_fifty_megabytes_is_taken(out: WayOut) -> None:
    user, conversation = await out.meets()
    await sends(out, conversation, "", NewFile("film.bin", "application/octet-stream", b"x" * 50 * 2**20))
    await out.carry()
    assert [(message.kind, message.text) for message in user.heard] == [("document", "Robin")]


async def test_a_picture_that_is_none_goes_as_a_file(out: WayOut) -> None:
    user, conversation = await out.meets()
    await sends(out, conversation, "Look.", NewFile("cup.png", "image/png", b"no picture"))
    await out.carry()
    assert [(message.kind, message.text) for message in user.heard] == [("document", "Robin\nLook.")]


async def test_a_file_that_is_refused_or_gone_is_named_and_linked(database: Database) -> None:
    async with way_out(database, files=True) as out:
        user, conversation = await out.meets()
        await sends(out, conversation, "Look.", NewFile("empty.txt", "text/plain", b""))
        await out.carry()
        await sends(out, conversation, "And this.", LABEL)
        await database.write(lambda connection: connection.execute(sa.delete(attachment_contents)))
        await out.carry()
        assert texts(user) == ["Robin\nLook.\n📎 empty.txt", "Robin\nAnd this.\n📎 Rücksendung.pdf"]
        links = [entity["url"] for message in user.heard for entity in message.entities if "url" in entity]
        assert [link.startswith("https://shop.example/api/web/files/") for link in links] == [True, True]
        assert await out.states() == ["delivered", "delivered"]


async def test_a_file_of_which_nobody_knows_is_not_sent_again_and_the_rest_goes_on(out: WayOut) -> None:
    user, conversation = await out.meets()
    out.sandbox.fault(Ill.DROP, method="sendDocument", times=1)
    await sends(out, conversation, "Both.", LABEL, PHOTO)
    await out.carry()
    parts = await out.database.read(lambda c: c.execute(sa.select(delivery_parts).order_by("part")).all())
    assert [part.outcome for part in parts][:2] == ["unknown", "sent"]
    assert sum(message.kind == "document" for message in user.heard) <= 1
    assert [message.kind for message in user.heard if message.kind == "photo"] == ["photo"]
