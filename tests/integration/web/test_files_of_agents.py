"""Files that our people send: who has the address gets them, for a while, and nothing in them runs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.conversations.models import Change, Draft
from bot.conversations.transcript import append
from bot.conversations.unit import Unit
from bot.storage.channel_tables import attachment_contents, attachments
from bot.storage.tables import conversations

pytestmark = pytest.mark.integration

PNG = b"\x89PNG\r\n\x1a\n and more"


async def sent(
    site: Any, token: str, content: bytes = PNG, name: str = "cup.png", media_type: str = "image/png"
) -> str:
    """An agent sends a file to that visitor; its id."""
    status = await site.conversations.status("web", site.tokens.read_session(token).id)

    def work(unit: Unit) -> Change:
        file_id = unit.new_id()
        card = {"kind": "file", "attachment": file_id, "title": name, "media_type": media_type, "size": len(content)}
        said = Draft("Here it is.", "agent", "Robin", cards=(card,))
        (message,) = append(unit, status.conversation_id, [said])
        unit.connection.execute(
            sa.insert(attachments).values(
                id=file_id,
                message_id=message.id,
                position=0,
                channel="desk",
                kind="document",
                details={},
                name=name,
                media_type=media_type,
                size=len(content),
                state="kept",
                attempts=0,
                next_at=unit.now,
            )
        )
        unit.connection.execute(sa.insert(attachment_contents).values(attachment_id=file_id, content=content))
        own = sa.select(conversations.c.customer_id).where(conversations.c.id == status.conversation_id)
        return Change(status.conversation_id, unit.connection.execute(own).scalar_one(), messages=(message,))

    change = await site.conversations.change(work)
    return str(change.messages[0].cards[0]["attachment"])


async def visitor(site: Any) -> str:
    token: str = await site.token()
    async with site.visit(token) as talk:
        await talk.until_done(await talk.say("hello"))
    return token


async def got(site: Any, address: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(site.url + address)


async def test_a_file_comes_as_a_card_with_an_address_that_serves_it(site) -> None:
    token = await visitor(site)
    await sent(site, token)
    async with site.visit(token) as talk:
        while not (cards := (await talk.next("message"))["cards"]):
            pass
    (card,) = cards
    assert (card["kind"], card["title"], card["subtitle"]) == ("file", "cup.png", "PNG · 1 KB")
    assert card["image"] == card["href"]
    assert "attachment" not in card
    answer = await got(site, card["href"])
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].startswith('inline; filename="cup.png"')
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "name", "media_type", "served_as"),
    [
        (b"<script>alert(1)</script>", "x.html", "text/html", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "x.svg", "image/svg+xml", "image/svg+xml"),
        (b"<script>alert(1)</script>", "x.png", "image/png", "application/octet-stream"),
        (b"%PDF-1.7", 'Ré"çu\r\n.pdf', "application/pdf", "application/pdf"),
        (b"?", "x", "text/html\r\nSet-Cookie: a=b", "application/octet-stream"),
    ],
)
async def test_what_is_no_picture_is_for_saving(site, content, name, media_type, served_as) -> None:
    file_id = await sent(site, await visitor(site), content, name, media_type)
    answer = await got(site, site.files.address(file_id))
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == served_as
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


async def test_an_address_that_was_changed_opens_nothing(site) -> None:
    token = await visitor(site)
    one, other = await sent(site, token), await sent(site, token, b"%PDF", "bill.pdf", "application/pdf")
    address = site.files.address(one)
    later = address.replace("until=", "until=1")
    for forged in (address.replace(one, other), address[:-1] + "x", later, address.partition("?")[0], address + "é"):
        assert (await got(site, forged)).status_code == 404, forged


async def test_an_address_runs_out_and_the_next_look_makes_another(site, clock) -> None:
    file_id = await sent(site, await visitor(site))
    address = site.files.address(file_id)
    clock.forward(days=7)
    assert (await got(site, address)).status_code == 200
    clock.forward(days=1, seconds=1)
    assert (await got(site, address)).status_code == 410
    assert (await got(site, site.files.address(file_id))).status_code == 200


async def test_a_file_that_was_erased_is_not_there(site) -> None:
    file_id = await sent(site, await visitor(site))
    await site.database.write(lambda connection: connection.execute(sa.delete(attachment_contents)))
    assert (await got(site, site.files.address(file_id))).status_code == 404
