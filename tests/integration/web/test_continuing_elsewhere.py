"""One conversation on the website and on another channel: links both ways, and what is shown of the other side."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
import sqlalchemy as sa
import structlog

from bot.conversations.edits import record_edit
from bot.conversations.models import Attachment, Incoming
from bot.storage import tables
from tests.conftest import Clock
from tests.integration.web.conftest import IDENTITY_SECRET, ORIGIN, Site, Talk

PHONE = "77"  # somebody's identity on Telegram


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def link_to_telegram(site: Site, token: str) -> str:
    """The token of a link that the visitor asked for."""
    answer = await site.post("continue", {"to": "telegram"}, **bearer(token))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"]).partition("start=")[2]


async def follow(site: Site, link: str, phone: str = PHONE) -> None:
    await site.conversations.follow_link(link, "telegram", phone, "en")


async def write(site: Site, number: int, text: str, *attached: Attachment, phone: str = PHONE) -> None:
    """Somebody writes on Telegram."""
    external = f"{phone}:4:{number}"
    incoming = Incoming("telegram", phone, external, text, None, "en", attachments=attached)
    await site.conversations.receive(incoming)


async def linked(site: Site) -> str:
    """The session of a visitor whose conversation goes on on Telegram as well."""
    token = await site.token()
    async with site.visit(token) as talk:
        await talk.until_done(await talk.say("hello"))
    await follow(site, await link_to_telegram(site, token))
    return token


async def messages(talk: Talk) -> list[dict[str, object]]:
    return [frame for frame in await talk.quiet() if frame["type"] == "message"]


async def test_a_visitor_gets_a_link_and_its_code(site) -> None:
    token = await site.token()
    answer = await site.post("continue", {"to": "telegram"}, **bearer(token), Origin=ORIGIN)
    given = answer.json()
    assert given["url"].startswith("https://t.me/shop_bot?start=")
    assert given["expires_at"].endswith("Z")
    assert given["qr"]["path"].startswith("M4 4h7v1h-7z")  # the corner of any code, after four units of white
    assert (answer.headers["access-control-allow-origin"], answer.headers["cache-control"]) == (ORIGIN, "no-store")


@pytest.mark.parametrize("body", [{}, {"to": "pigeon"}, {"to": ["telegram"]}, {"to": None}])
async def test_there_is_no_link_to_a_channel_that_there_is_not(site, body) -> None:
    answer = await site.post("continue", body, **bearer(await site.token()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_available")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer forged"}, {"Authorization": "Basic abc"}])
async def test_only_a_visitor_gets_a_link(site, headers) -> None:
    answer = await site.post("continue", {"to": "telegram"}, **headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")


async def test_a_foreign_page_gets_no_link(site) -> None:
    answer = await site.post(
        "continue", {"to": "telegram"}, **bearer(await site.token()), Origin="https://evil.example"
    )
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


async def test_links_are_few_for_each_visitor(site) -> None:
    tokens = [await site.token() for _ in range(2)]
    told = [(await site.post("continue", {"to": "telegram"}, **bearer(tokens[0]))).status_code for _ in range(8)]
    assert (told[:5], told[-1]) == ([200] * 5, 429)
    assert (await site.post("continue", {"to": "telegram"}, **bearer(tokens[1]))).status_code == 200


async def test_a_channel_that_is_down_is_said_to_be(site) -> None:
    site.telegram.up = False
    answer = await site.post("continue", {"to": "telegram"}, **bearer(await site.token()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")


async def test_what_is_said_over_there_is_shown_here_with_where_it_was_said(site) -> None:
    async with site.visit(await linked(site)) as talk:
        notice = (await messages(talk))[2]
        assert (notice["author"]["kind"], notice["via"]) == ("system", "telegram")
        await write(site, 1, "from my phone")
        frames = await talk.quiet(1.0)
        theirs, answer = [frame for frame in frames if frame["type"] == "message"]
        assert (theirs["text"], theirs["via"], theirs["author"]["kind"]) == ("from my phone", "telegram", "customer")
        assert "id" not in theirs
        assert (answer["text"], answer["in_reply_to"]) == ("You said from my phone", None)
        assert not [frame for frame in frames if frame["type"] == "turn_done"]
        own = await talk.until_done(await talk.say("and from here"))
        assert all("via" not in frame for frame in own)


async def test_what_came_with_a_message_is_named(site) -> None:
    async with site.visit(await linked(site)) as talk:
        await messages(talk)
        await write(site, 1, "my invoice", Attachment("document", file_id="f", name="invoice.pdf"))
        theirs = await talk.next("message")
        assert theirs["attachments"] == [{"kind": "document", "name": "invoice.pdf"}]


async def test_an_edit_is_told_at_once_again_after_a_break_and_in_every_replay(site, clock: Clock) -> None:
    token = await linked(site)
    async with site.visit(token) as talk:
        await messages(talk)
        await write(site, 1, "the blue one")
        seen = await messages(talk)
        seq = seen[0]["seq"]
        at = clock()
        await site.conversations.change(lambda unit: record_edit(unit, "telegram", f"{PHONE}:4:1", "the green one", at))
        assert await talk.next("edited") == {"type": "edited", "seq": seq, "text": "the green one"}
        last = max(int(str(one["seq"])) for one in seen)
    async with site.visit(token, after=last) as talk:
        assert (await talk.next("edited"))["text"] == "the green one"
    async with site.visit(token) as talk:
        replayed = [frame for frame in await messages(talk) if frame["seq"] == seq]
        assert [(frame["text"], frame["edited"]) for frame in replayed] == [("the green one", True)]


async def test_sockets_begin_anew_when_somebody_joins_or_leaves(site) -> None:
    token = await site.token()
    async with site.visit(token) as talk:
        await talk.until_done(await talk.say("hello"))
        followed = await site.conversations.follow_link(await link_to_telegram(site, token), "telegram", PHONE, "en")
        assert await talk.close_code() == 1012
    async with site.visit(token) as talk:
        await messages(talk)
        await site.conversations.undo_link(followed.link_id, "customer")
        assert await talk.close_code() == 1012
    async with site.visit(token) as talk:
        await messages(talk)
        await write(site, 1, "on my own again")
        assert await messages(talk) == []


async def test_who_has_said_nothing_yet_hears_what_is_said_over_there_once_they_say_hello_anew(site) -> None:
    token = await site.token()
    link = await link_to_telegram(site, token)
    async with site.visit(token) as talk:
        await talk.next("ready")
        await follow(site, link)
        assert await talk.close_code() == 1012
    async with site.visit(token) as talk:
        await messages(talk)
        await write(site, 1, "first words")
        assert "first words" in [frame["text"] for frame in await messages(talk)]


async def link_to_here(site: Site, phone: str = PHONE) -> str:
    """The token of a link that somebody on Telegram asked for, who has said something there."""
    await write(site, 1, "where is my order", phone=phone)
    token, _ = await site.conversations.open_link("telegram", phone, "web", "en")
    return str(token)


async def test_a_link_from_over_there_makes_this_visitor_part_of_the_conversation(site) -> None:
    link = await link_to_here(site)
    token = await site.token()
    answer = await site.post_session({"link": link}, **bearer(token))
    assert answer.json()["linked"] is True
    assert site.tokens.read_session(answer.json()["token"]).id == site.tokens.read_session(token).id
    async with site.visit(token) as talk:
        assert (await messages(talk))[0]["text"] == "where is my order"
        await talk.until_done(await talk.say("it is #W1234567"))


def signed_in(who: str, clock: Clock) -> dict[str, str]:
    """What the shop's own page says of its customer when a chat is opened."""
    claims = {"sub": who, "exp": clock.now + timedelta(minutes=5)}
    return {"identity": jwt.encode(claims, IDENTITY_SECRET, "HS256")}


async def test_a_signed_in_visitor_is_not_joined_to_another_customer_of_the_shop(site, clock: Clock) -> None:
    alice = str((await site.post_session(signed_in("alice", clock))).json()["token"])
    await follow(site, await link_to_telegram(site, alice))  # neither has said a word on the website
    link, _ = await site.conversations.open_link("telegram", PHONE, "web", "en")

    refused = (await site.post_session({**signed_in("bob", clock), "link": link})).json()

    assert (refused["linked"], refused["message"].split()[0]) == (False, "utter_app_link_other_customer")
    assert (await site.post_session({**signed_in("alice", clock), "link": link})).json()["linked"] is True


async def test_a_link_followed_twice_by_the_same_visitor_is_no_refusal(site) -> None:
    link, token = await link_to_here(site), await site.token()
    told = [(await site.post_session({"link": link}, **bearer(token))).json()["linked"] for _ in range(2)]
    assert told == [True, True]


async def test_the_open_sockets_of_a_visitor_who_followed_a_link_begin_anew(site) -> None:
    token = await site.token()
    async with site.visit(token) as talk:
        await talk.next("ready")
        await site.post_session({"link": await link_to_here(site)}, **bearer(token))
        assert await talk.close_code() == 1012


async def test_a_refused_link_is_said_in_words_and_changes_nothing(site) -> None:
    token = await site.token()
    async with site.visit(token) as talk:
        await talk.until_done(await talk.say("hello"))
        taken = await link_to_here(site)
        assert (await site.post_session({"link": taken})).json()["linked"] is True
        for link in (taken, "never-given", "x" * 5000):
            refused = (await site.post_session({"link": link}, **bearer(token))).json()
            assert (refused["linked"], refused["message"].split()[0]) == (False, "utter_app_link_unknown")
            assert site.tokens.read_session(refused["token"]).id == site.tokens.read_session(token).id
        await talk.until_done(await talk.say("still the same"))
    async with site.visit(token) as talk:
        assert [f["text"] for f in await messages(talk) if f["author"]["kind"] == "customer"] == [
            "hello",
            "still the same",
        ]


@pytest.mark.parametrize("link", [7, ["a"], {"a": 1}, True])
async def test_a_link_that_is_no_text_is_a_bad_request(site, link) -> None:
    assert (await site.post_session({"link": link})).status_code == 400


async def test_a_link_is_not_followed_with_a_token_that_opens_nothing(site) -> None:
    link = await link_to_here(site)
    assert (await site.post_session({"link": link}, **bearer("forged"))).status_code == 401
    assert (await site.post_session({"link": link})).json()["linked"] is True


async def test_no_token_of_a_link_is_ever_logged(site) -> None:
    with structlog.testing.capture_logs() as logs:
        token = await site.token()
        links = [await link_to_telegram(site, token), await link_to_here(site)]
        await follow(site, links[0], phone="88")
        await site.post_session({"link": links[1]}, **bearer(token))
        await site.post_session({"link": "never-given"}, **bearer(token))
    assert [link for link in (*links, "never-given") if link in str(logs)] == []


async def test_a_link_undone_over_there_is_undone_here(site) -> None:
    async with site.visit(await linked(site)) as talk:
        notice = next(frame for frame in await messages(talk) if frame["choices"])
        undo = notice["choices"][0]["id"]
        await site.conversations.receive(Incoming("telegram", PHONE, f"{PHONE}:choice:{undo}", None, undo, "en"))
        assert await talk.close_code() == 1012


async def test_a_socket_that_missed_that_its_visitor_moved_begins_anew(site) -> None:
    """Between reading who the visitor is and being told of changes lies a moment."""
    token = await site.token()
    async with site.visit(token) as talk:
        await talk.until_done(await talk.say("hello"))
        await write(site, 1, "somebody else")
        other = await site.conversations.status("telegram", PHONE)
        visitor = tables.identities.c.external_id == site.tokens.read_session(token).id
        move = sa.update(tables.identities).where(visitor).values(customer_id=other.customer_id)
        await site.database.write(lambda connection: connection.execute(move))
        site.hub.look_again()
        assert await talk.close_code() == 1012
