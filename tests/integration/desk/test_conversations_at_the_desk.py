"""A conversation's page: what stands in it, how it is kept up to date, and what reading it leaves behind."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.conversations.models import Attachment, Incoming, Reply
from bot.desk.notes import add_note
from bot.desk.reading import OF_LATE
from bot.handoff import owning
from bot.staff.models import Agent, Role
from bot.storage.channel_tables import attachment_contents, attachments
from bot.storage.desk_tables import audit, desk_reads
from bot.storage.tables import conversations, customers, deliveries, messages, turns
from tests.conftest import Clock
from tests.e2e.widget.hostile import ADDRESSES, SCRIPTS
from tests.support.desk_house import DeskHouse
from tests.support.handed_over import handing_over
from tests.unit.desk.test_desk_wording import Tags

Browse = Callable[..., httpx.AsyncClient]
RUNS = {"script", "iframe", "object", "embed", "style", "base", "meta"}
PNG = b"\x89PNG\r\n\x1a\n rest"


def noted(desk: DeskHouse, action: str) -> int:
    wanted = sa.select(sa.func.count()).select_from(audit).where(audit.c.action == action)
    return int(desk.house.read(wanted)[0][0])


async def brought(desk: DeskHouse, kind: str = "photo", content: bytes = PNG, **fields: object) -> tuple[str, str]:
    """A customer's file that is kept; (conversation, attachment)."""
    file = Attachment(kind, {}, "file", **fields)  # type: ignore[arg-type]  # as given
    received = await desk.house.service.receive(
        Incoming("web", "wanda", "wanda:file", "look", None, "en", attachments=(file,))
    )

    def keep(connection: Connection) -> str:
        kept_id = connection.execute(
            sa.update(attachments).values(state="kept").returning(attachments.c.id)
        ).scalar_one()
        connection.execute(sa.insert(attachment_contents).values(attachment_id=kept_id, content=content))
        return str(kept_id)

    return received.conversation_id, desk.database.write_now(keep)


async def test_the_page_has_all_that_was_said_and_its_reading_is_noted(
    desk: DeskHouse, browse: Browse, robin: Agent
) -> None:
    conversation_id = await desk.house.talks(text="where is my parcel")
    async with browse(robin) as browser:
        page = await browser.get(f"/desk/c/{conversation_id}")
    assert page.status_code == 200
    assert "where is my parcel" in page.text
    assert "You said where is my parcel" in page.text
    assert "The assistant has this conversation." in page.text
    assert noted(desk, "conversation_read") == 1


PARTS = ("thread?after=0", "thread?before=2", "side", "side/shop")


async def test_what_an_open_page_asks_for_again_is_no_second_reading(
    desk: DeskHouse, browse: Browse, robin: Agent, clock: Clock
) -> None:
    conversation_id = await desk.house.talks()
    async with browse(robin, htmx=True) as browser:
        await browser.get(f"/desk/c/{conversation_id}")
        for path in (*PARTS, "marks"):
            assert (await browser.get(f"/desk/c/{conversation_id}/{path}")).status_code == 200
        assert noted(desk, "conversation_read") == 1
        clock.now += OF_LATE
        await browser.get(f"/desk/c/{conversation_id}/{PARTS[0]}")
    assert noted(desk, "conversation_read") == 2, "it is open still"


@pytest.mark.parametrize("path", PARTS)
async def test_a_part_of_what_was_not_opened_is_a_reading(
    desk: DeskHouse, browse: Browse, robin: Agent, path: str
) -> None:
    conversation_id = await desk.house.talks()
    async with browse(robin, htmx=True) as browser:
        assert (await browser.get(f"/desk/c/{conversation_id}/{path}")).status_code == 200
        assert (await browser.get(f"/desk/c/{'0' * 32}/{path}")).status_code == 404
    assert noted(desk, "conversation_read") == 1


@pytest.mark.parametrize("wrong", ["nobody", "0" * 32, "a%00b", "ü", "x" * 300, "'%20OR%201=1"])
async def test_a_conversation_that_is_none_is_not_found(browse: Browse, robin: Agent, wrong: str) -> None:
    async with browse(robin) as browser:
        for path in ("", "/thread?after=0", "/transfer", "/canned?q="):
            assert (await browser.get(f"/desk/c/{wrong}{path}")).status_code in (303, 404)
        for path in ("claim", "here", "read", "draft", "note", "tags", "end", "back", "again", "snooze"):
            form = {"seq": "1", "kind": "reply", "text": "x", "key": "a" * 32, "tag": "x"}
            assert (await browser.post(f"/desk/c/{wrong}/{path}", data=form)).status_code in (303, 404, 405)


@pytest.mark.parametrize("number", ["-1", "one", "9" * 11, "1e3", "２"])
async def test_a_number_that_is_none_is_not_found(desk: DeskHouse, browse: Browse, robin: Agent, number: str) -> None:
    conversation_id = await desk.house.talks()
    async with browse(robin) as browser:
        for name in ("after", "before"):
            answer = await browser.get(f"/desk/c/{conversation_id}/thread", params={name: number})
            assert answer.status_code == 404


async def test_what_the_bot_understood_and_did_stands_beside_the_message(
    desk: DeskHouse, browse: Browse, robin: Agent
) -> None:
    conversation_id = await desk.house.talks()
    failed = {"event": "bot", "metadata": {"utter_action": "utter_action_failed"}}

    def work(connection: Connection) -> None:
        understanding = {"intent": {"name": "track_order", "confidence": 0.8}, "entities": []}
        events = [{"event": "action", "name": "action_show_order"}, failed]
        connection.execute(sa.update(turns).values(understanding=understanding, events=events))

    desk.database.write_now(work)
    async with browse(robin) as browser:
        text = (await browser.get(f"/desk/c/{conversation_id}")).text
    assert "Track order" in text
    assert 'value="80"' in text
    assert "Show order failed" in text


async def test_of_choices_the_one_that_was_taken_is_marked(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    house = desk.house
    conversation_id = (await house.wanda.types("hello")).conversation_id
    buttons = ({"title": "Yes please", "payload": "/affirm"}, {"title": "No thanks", "payload": "/deny"})
    await house.turn(conversation_id, Reply("Shall I?", buttons=buttons))
    await house.wanda.taps(house.button(conversation_id, "/affirm"))
    async with browse(robin) as browser:
        text = (await browser.get(f"/desk/c/{conversation_id}")).text
    taken = re.findall(r'<li class="taken">.*?</li>', text, re.DOTALL)
    assert len(taken) == 1
    assert "Yes please" in taken[0]


async def test_an_edited_message_shows_what_it_was_on_demand(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    conversation_id = await desk.house.talks(text="old words")
    customers_own = sa.update(messages).where(messages.c.author_kind == "customer")
    desk.database.write_now(lambda c: c.execute(customers_own.values(edited_text="new words", edited_at=desk.clock())))
    async with browse(robin) as browser:
        text = (await browser.get(f"/desk/c/{conversation_id}")).text
    bubble, former = text.index("new words"), text.index("old words")
    assert text.index('<details class="former">') in range(bubble, former)


@pytest.mark.parametrize(
    ("channel", "state", "words"),
    [
        ("web", "waiting", "Not seen yet"),
        ("web", "delivered", "Seen"),
        ("telegram", "sent", "Sent"),
        ("telegram", "failed", "Not delivered"),
        ("telegram", "unknown", "Nobody knows whether it arrived"),
    ],
)
async def test_what_became_of_our_message_is_told_in_words(
    desk: DeskHouse, browse: Browse, channel: str, state: str, words: str
) -> None:
    robin = desk.agent()
    customer = desk.house.wanda if channel == "web" else desk.house.tom
    conversation_id = await desk.house.waits(customer)
    await desk.house.does(owning.claim, conversation_id, robin)
    await desk.house.does(owning.reply, conversation_id, robin, "hello", key="k")
    desk.database.write_now(lambda connection: connection.execute(sa.update(deliveries).values(state=state)))
    async with browse(robin) as browser:
        text = (await browser.get(f"/desk/c/{conversation_id}")).text
    assert f"</svg>{words}" in text


async def test_notes_and_changes_of_hands_stand_where_they_happened(
    desk: DeskHouse, browse: Browse, clock: Clock
) -> None:
    robin = desk.agent()
    conversation_id = (await desk.house.wanda.types("first")).conversation_id
    clock.forward(seconds=5)
    await desk.house.turn(conversation_id, handing_over())
    clock.forward(seconds=5)
    await desk.house.does(owning.claim, conversation_id, robin)
    await desk.house.does(add_note, conversation_id, robin, "in between", key="a" * 32)
    clock.forward(seconds=5)
    await desk.house.wanda.types("second")
    async with browse(robin) as browser:
        text = (await browser.get(f"/desk/c/{conversation_id}")).text
    entries = text[text.index("data-entries") : text.index("data-outbox")]
    places = [entries.index(words) for words in ("first", "Handed over", "took it", "in between", "second")]
    assert places == sorted(places)


async def test_a_long_conversation_comes_in_parts_that_fit(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    for number in range(1, 91):
        conversation_id = (await desk.house.wanda.types(f"message {number}")).conversation_id
    async with browse(robin) as browser:
        page = await browser.get(f"/desk/c/{conversation_id}")
        earlier = await browser.get(f"/desk/c/{conversation_id}/thread?before=41")
        fresh = await browser.get(f"/desk/c/{conversation_id}/thread?after=85")
    assert re.findall(r'id="m(\d+)"', page.text) == [str(number) for number in range(1, 91)]
    assert re.findall(r'id="m(\d+)"', earlier.text) == [str(number) for number in range(1, 41)]
    assert re.findall(r'id="m(\d+)"', fresh.text) == [str(number) for number in range(56, 91)]


async def test_the_first_unread_message_is_marked_and_reading_marks_it_read(
    desk: DeskHouse, browse: Browse, robin: Agent
) -> None:
    conversation_id = (await desk.house.wanda.types("one")).conversation_id
    async with browse(robin) as browser:
        assert 'id="unread"' not in (await browser.get(f"/desk/c/{conversation_id}")).text
        await desk.house.wanda.types("two")
        await desk.house.wanda.types("three")
        text = (await browser.get(f"/desk/c/{conversation_id}")).text
        assert text.index('id="m1"') < text.index('id="unread"') < text.index('id="m2"')
        assert 'id="unread"' not in (await browser.get(f"/desk/c/{conversation_id}")).text
        await desk.house.wanda.types("four")
        assert (await browser.post(f"/desk/c/{conversation_id}/read", data={"seq": "99"})).status_code == 204
    assert [row.seq for row in desk.house.read(sa.select(desk_reads))] == [4]


async def test_a_picture_is_shown_and_its_reading_noted(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    conversation_id, file_id = await brought(desk)
    async with browse(robin) as browser:
        assert f'<img src="/desk/files/{file_id}"' in (await browser.get(f"/desk/c/{conversation_id}")).text
        shown = await browser.get(f"/desk/files/{file_id}")
    assert (shown.headers["content-type"], shown.content) == ("image/png", PNG)
    assert shown.headers["content-disposition"].startswith("inline")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert noted(desk, "attachment_read") == 1


@pytest.mark.parametrize(
    ("kind", "content", "media_type"),
    [
        ("photo", b"<script>alert(1)</script>", "image/png"),
        ("document", b"<svg onload=alert(1)>", "image/svg+xml"),
        ("document", b"<!doctype html>", "text/html"),
        ("document", PNG, "application/pdf"),
    ],
)
async def test_whatever_is_no_picture_is_only_saved(
    desk: DeskHouse, browse: Browse, robin: Agent, kind: str, content: bytes, media_type: str
) -> None:
    name = 'a"\r\nX: y\u202eexe.pdf'
    _, file_id = await brought(desk, kind, content, media_type=media_type, name=name)
    async with browse(robin) as browser:
        saved = await browser.get(f"/desk/files/{file_id}")
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"].startswith('attachment; filename="a_X_ yexe.pdf"')
    assert "x" not in saved.headers


async def test_a_player_may_ask_for_a_piece(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    _, file_id = await brought(desk, "voice", b"OggS" + b"0123456789")
    async with browse(robin) as browser:
        piece = await browser.get(f"/desk/files/{file_id}", headers={"Range": "bytes=4-6"})
        beyond = await browser.get(f"/desk/files/{file_id}", headers={"Range": "bytes=99-"})
    assert (piece.status_code, piece.content, piece.headers["content-range"]) == (206, b"012", "bytes 4-6/14")
    assert beyond.status_code == 416


@pytest.mark.parametrize(("kind", "query", "lines"), [("voice", "", 1), ("voice", "?save=1", 2), ("document", "", 2)])
async def test_no_range_keeps_the_reading_of_a_file_out_of_the_log(
    desk: DeskHouse, browse: Browse, robin: Agent, kind: str, query: str, lines: int
) -> None:
    _, file_id = await brought(desk, kind, b"OggS" + b"0123456789", media_type="audio/ogg")
    async with browse(robin) as browser:
        for asked in ("bytes=1-", "bytes=2-3"):
            await browser.get(f"/desk/files/{file_id}{query}", headers={"Range": asked})
    assert noted(desk, "attachment_read") == lines


async def test_a_range_that_is_no_number_is_the_whole_file(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    _, file_id = await brought(desk, "voice", b"OggS" + b"0123456789")
    async with browse(robin) as browser:
        for asked in (f"bytes={'9' * 5000}-", f"bytes=0-{'9' * 5000}", "bytes=\u0663-"):
            whole = await browser.get(f"/desk/files/{file_id}", headers={"Range": asked.encode()})
            assert (whole.status_code, len(whole.content)) == (200, 14)


async def test_files_are_for_those_who_are_signed_in(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    _, file_id = await brought(desk)
    async with browse() as stranger:
        assert (await stranger.get(f"/desk/files/{file_id}")).status_code == 303
    async with browse(robin) as browser:
        for wrong in ("nothing", "0" * 32, "a%00"):
            assert (await browser.get(f"/desk/files/{wrong}")).status_code == 404


async def test_the_token_of_a_link_is_hidden(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    conversation_id = await desk.house.talks(text="https://shop.example/#bellhop=sEcReT_token")
    async with browse(robin) as browser:
        assert "sEcReT" not in (await browser.get(f"/desk/c/{conversation_id}")).text


async def test_an_analyst_reads_elsewhere_and_answers_nobody(desk: DeskHouse, browse: Browse) -> None:
    analyst = desk.agent("Ana Lyst", role=Role.ANALYST)
    conversation_id = await desk.house.waits()
    async with browse(analyst) as browser:
        assert (await browser.get(f"/desk/c/{conversation_id}")).status_code == 403  # the desk masks nothing
        assert (await browser.post(f"/desk/c/{conversation_id}/claim")).status_code == 403
        form = {"text": "x", "key": "a" * 32}
        assert (await browser.post(f"/desk/c/{conversation_id}/reply", data=form)).status_code == 403
        assert (await browser.post(f"/desk/c/{conversation_id}/note", data=form)).status_code == 200


async def test_three_hundred_payloads_stay_text_wherever_they_stand(desk: DeskHouse, browse: Browse) -> None:
    robin = desk.agent()
    house, texts = desk.house, [*SCRIPTS, *ADDRESSES]
    conversation_id = await house.waits()
    await house.does(owning.claim, conversation_id, robin)
    for text in texts:
        await house.wanda.types(text)
        await house.does(owning.reply, conversation_id, robin, text + '"', key=house.key())
        await house.does(add_note, conversation_id, robin, f"'{text}", key=desk.new_id())

    def name_it(connection: Connection, text: str) -> None:
        card = {
            "kind": text,
            "title": text,
            "badge": {"text": text, "tone": text},
            "total": text,
            "items": [{"title": text}],
        }
        ours = sa.update(messages).where(messages.c.author_kind == "agent")
        connection.execute(ours.values(author_name=text[:200], cards=[card]))
        connection.execute(sa.update(customers).values(name=text))
        connection.execute(sa.update(conversations).values(locale="en"))
        understanding = {"intent": {"name": text, "confidence": 1}, "entities": [{"entity": text, "value": text}]}
        connection.execute(sa.update(turns).values(understanding=understanding))

    async with browse(robin, htmx=True) as browser:
        await browser.post(f"/desk/c/{conversation_id}/tags", data={"tag": "<b onx=1>"})
        allowed = None
        for text in ("plain", *texts[:24]):
            desk.database.write_now(lambda connection, text=text: name_it(connection, text))
            found = Tags((await browser.get(f"/desk/c/{conversation_id}/thread?after=500")).text)
            assert not {*RUNS, "link", "b"} & set(found.tags)
            assert not {name for name in found.attributes if name.startswith("on")}
            assert all(address.startswith(("/desk/", "http", "#m")) for address in found.addresses)
            allowed = allowed or len(found.tags)
            assert len(found.tags) == allowed, text
        whole = Tags((await browser.get(f"/desk/c/{conversation_id}/thread?after=0")).text)
    assert not RUNS & set(whole.tags)
    assert not {name for name in whole.attributes if name.startswith("on")}
