"""The webhook: nobody but Telegram is heard, and what Telegram said is stored before it is acknowledged."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette

from bot.storage.channel_tables import telegram_updates
from bot.storage.database import DatabaseUnavailable
from channels.telegram.client import TelegramClient
from channels.telegram.inbox import Inbox
from channels.telegram.webhook import LARGEST_BODY, PATH, Webhook, set_webhook, webhook_secret
from tests.integration.web.conftest import free_port
from tests.support.telegram_in import WayIn
from tests.support.telegram_updates import TOKEN, texts_of, thousand_again, typed
from tests.telegram import Limits, Sandbox

SECRET = webhook_secret("s" * 64)
HEADER = b"X-Telegram-Bot-Api-Secret-Token"
Headers = Iterable[tuple[bytes, bytes]]


class Door:
    """The route, called as a server calls it, so that anything can be put into a request."""

    def __init__(self, inbox: Inbox) -> None:
        self._app = Starlette(routes=[Webhook(inbox, SECRET).route()])

    async def post(self, body: bytes | list[bytes], headers: Headers | None = None, *, method: str = "POST") -> int:
        """Send a request, right in all that is not given; the status of the answer."""
        given = [(HEADER, SECRET.encode())] if headers is None else list(headers)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": b"",
            "headers": [(name.lower(), value) for name, value in given],
            "scheme": "https",
            "server": ("shop.example", 443),
            "client": ("149.154.160.1", 5000),
        }
        chunks = [body] if isinstance(body, bytes) else list(body)
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            chunk = chunks.pop(0) if chunks else b""
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await self._app(scope, receive, send)  # type: ignore[arg-type]
        (status,) = statuses
        return status

    async def push(self, raw: object) -> int:
        """What Telegram would send."""
        return await self.post(json.dumps(raw).encode())


@pytest.fixture
def door(inward: WayIn) -> Door:
    return Door(inward.inbox)


async def stored(inward: WayIn) -> int:
    return len(await inward.rows(sa.select(telegram_updates.c.update_id)))


async def test_what_telegram_pushes_is_stored_and_acknowledged(inward, door) -> None:
    assert await door.push(typed(1, "hello")) == 200
    assert inward.inbox.arrived.is_set()
    await inward.handles()
    assert await inward.stored_texts() == ["hello"]


FORGED: list[Headers] = [
    [],
    [(HEADER, b"")],
    [(HEADER, b" ")],
    [(HEADER, b"wrong")],
    [(HEADER, SECRET[:-1].encode())],
    [(HEADER, SECRET.encode() + b"x")],
    [(HEADER, SECRET.upper().encode())],
    [(HEADER, b"x" * 60_000)],
    [(HEADER, "päßwört".encode())],
    [(HEADER, b"\xff\xfe\x00")],
    [(HEADER, b"\0" * 64)],
    [(b"Authorization", b"Bearer " + SECRET.encode())],
    [(b"X-Telegram-Bot-Api-Secret", SECRET.encode())],
]


@pytest.mark.parametrize("headers", FORGED)
async def test_who_does_not_know_the_secret_is_refused_and_leaves_nothing(inward, door, headers) -> None:
    assert await door.post(json.dumps(typed(1, "hello")).encode(), headers) == 403
    assert await stored(inward) == 0


async def test_who_does_not_know_the_secret_has_nothing_read(door) -> None:
    class Endless(list[bytes]):
        def pop(self, index: int = -1) -> bytes:  # type: ignore[override]
            raise AssertionError("the body was read")

    assert await door.post(Endless([b"x"]), [(HEADER, b"wrong")]) == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"null",
        b"[]",
        b"7",
        b'"x"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b"x" * (LARGEST_BODY + 1),
        b'{"update_id": "1"}',
        b'{"update_id": 1.0}',
        b'{"update_id": -1}',
        b'{"update_id": 9223372036854775808}',
        b'{"update_id": 1e400}',
        b'{"update_id": true}',
        b'{"update_id": null, "message": {}}',
        b'{"message": {}}',
        b'{"update_id": ' + b"9" * 4000 + b"}",
        b'{"update_id": ' + b"9" * 5000 + b"}",
    ],
)
async def test_what_can_never_be_stored_is_acknowledged_so_that_it_does_not_come_for_hours(inward, door, body) -> None:
    assert await door.post(body) == 200
    assert await stored(inward) == 0


async def test_a_body_of_any_pieces_is_read_up_to_a_limit(inward, door) -> None:
    whole = json.dumps(typed(1, "hello")).encode()
    assert await door.post([whole[i : i + 7] for i in range(0, len(whole), 7)]) == 200
    assert await stored(inward) == 1
    assert await door.post([b" " * 65_536] * 17 + [json.dumps(typed(2, "x")).encode()]) == 200
    assert await stored(inward) == 1


async def test_a_shape_nobody_knows_is_stored_and_harmless(inward, door) -> None:
    for n, raw in enumerate([{"hologram": {}}, {"message": []}, {"message": {"text": "\ud800\0"}}, {"x": [[]] * 9}]):
        assert await door.push({"update_id": n, **raw}) == 200
    await inward.handles()
    assert set((await inward.outcomes()).values()) == {"ignored:hologram", "unknown"}


async def test_a_database_that_is_away_has_it_sent_again(inward, clock) -> None:
    class Away(Inbox):
        async def store(self, raws):  # type: ignore[no-untyped-def]
            raise DatabaseUnavailable("locked")

    away = Door(Away(inward.conversations.database, 1, clock))
    assert await away.push(typed(1, "hello")) == 503
    assert await away.post(b"{}", [(HEADER, b"wrong")]) == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_posts_are_taken(inward, door, method) -> None:
    assert await door.post(json.dumps(typed(1, "x")).encode(), method=method) == 405


def test_the_secret_is_of_characters_that_telegram_allows() -> None:
    assert webhook_secret("s" * 64) == SECRET
    assert webhook_secret("t" * 64) != SECRET
    assert 1 <= len(SECRET) <= 256
    assert SECRET.isalnum()


# -- a thousand updates, again and again -------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", [1])
async def test_a_thousand_updates_pushed_again_and_again_have_one_effect_each(inward, door, seed) -> None:
    updates, again = thousand_again(random.Random(seed))
    running = asyncio.create_task(inward.handler.run())
    for start in range(0, len(again), 10):  # as many at once as Telegram would
        assert set(await asyncio.gather(*map(door.push, again[start : start + 10]))) == {200}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await inward.handles()
    assert sorted(text for text in await inward.stored_texts() if text.startswith("text ")) == texts_of(updates)
    outcomes = await inward.outcomes()
    assert len(outcomes) == 1000
    assert not {None, "failed"} & set(outcomes.values())


# -- with Telegram -----------------------------------------------------------------------------------------


@pytest.fixture
async def public(inward: WayIn) -> AsyncIterator[str]:
    """The route on a real server; its address."""
    port = free_port()
    app = Starlette(routes=[Webhook(inward.inbox, SECRET).route()])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.mark.integration
async def test_telegram_pushes_what_waits_and_what_comes(inward, public) -> None:
    with Sandbox(limits=Limits.off()) as sandbox:
        sandbox.add_bot(TOKEN, "shop_bot")
        ada = sandbox.user("Ada")
        ada.start()
        client = TelegramClient(TOKEN, sandbox.root)
        await set_webhook(client, public, SECRET)
        sandbox.pushes_each(3, shuffled=True)
        for n in range(10):
            ada.says(f"{n}")
        give_up = time.monotonic() + 10
        while len(await inward.inbox.waiting()) < 11 or sandbox.pending:
            assert time.monotonic() < give_up
            await asyncio.sleep(0.02)
        await inward.handles()
        assert {push.status for push in sandbox.pushes} == {200}
        assert [m.text for m in await inward.said(str(ada.id))] == ["/start", *map(str, range(10))]
        await client.close()


@pytest.mark.integration
async def test_a_webhook_with_another_secret_gets_nothing_in(inward, public) -> None:
    with Sandbox(limits=Limits.off()) as sandbox:
        sandbox.add_bot(TOKEN, "shop_bot")
        client = TelegramClient(TOKEN, sandbox.root)
        await set_webhook(client, public, webhook_secret("another" * 9))
        sandbox.user("Ada").start()
        give_up = time.monotonic() + 5
        while not sandbox.pushes:  # it runs in a thread of its own
            assert time.monotonic() < give_up
            await asyncio.sleep(0.02)
        assert {push.status for push in sandbox.pushes} == {403}
        assert await stored(inward) == 0
        await client.close()
