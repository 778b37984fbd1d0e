"""What calls to the Bot API bring, and what each way they can fail means for who called."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.conversations.errors import TransportError
from channels.telegram.client import (
    CallRejected,
    ChatMoved,
    Me,
    OtherReader,
    RemoteFile,
    TelegramClient,
    TokenRefused,
    Upload,
    repeatable,
)
from channels.telegram.updates import KINDS
from tests.support.telegram_updates import TOKEN
from tests.telegram import Ill, Limits, Sandbox, TelegramUser
from tests.telegram.pictures import SMALL_PNG

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=Limits.off()) as sandbox:
        sandbox.add_bot(TOKEN, "shop_bot")
        yield sandbox


@pytest.fixture
def ada(sandbox: Sandbox) -> TelegramUser:
    ada = sandbox.user("Ada")
    ada.start()
    return ada


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[TelegramClient]:
    client = TelegramClient(TOKEN, sandbox.root)
    yield client
    await client.close()


async def failure(client: TelegramClient, method: str = "sendMessage", **arguments: Any) -> TransportError:
    """The error that a call ends with."""
    with pytest.raises(TransportError) as caught:
        await client.call(method, arguments or {"chat_id": 1, "text": "x"}, seconds=0.5)
    return caught.value


def meaning(error: TransportError) -> str:
    """What it says whoever has to go on."""
    names = ("blocked", "permanent", "outcome_unknown", "unreachable")
    return next((name for name in names if getattr(error, name)), "again")


async def test_the_bot_knows_itself_and_sends(client, ada) -> None:
    assert await client.me() == Me(7001, "shop_bot")
    number = await client.send("sendMessage", {"chat_id": ada.id, "text": "Hello", "reply_markup": None})
    assert (ada.last.id, ada.last.text) == (number, "Hello")


async def test_an_edit_that_changes_nothing_is_well(client, ada) -> None:
    number = await client.send("sendMessage", {"chat_id": ada.id, "text": "Hello"})
    edit = {"chat_id": ada.id, "message_id": number, "text": "Hello"}
    assert await client.call("editMessageText", edit) is None
    assert (await client.call("editMessageText", {**edit, "text": "Bye"}))["text"] == "Bye"


async def test_a_picture_goes_along(client, ada) -> None:
    await client.send("sendPhoto", {"chat_id": ada.id, "caption": "A cup"}, files={"photo": Upload(SMALL_PNG)})
    assert (ada.last.text, ada.picture(ada.last)) == ("A cup", SMALL_PNG)


@pytest.mark.parametrize(
    ("ill", "given", "sent", "asked"),
    [
        (Ill.TOO_MANY, {"retry_after": 7}, "again", "again"),
        (Ill.FORBIDDEN, {}, "blocked", "blocked"),
        (Ill.BAD, {"description": "chat not found"}, "permanent", "permanent"),
        (Ill.BROKEN, {"status": 500}, "again", "again"),
        (Ill.BROKEN, {"status": 502}, "outcome_unknown", "again"),
        (Ill.BROKEN, {"status": 502, "html": True}, "outcome_unknown", "again"),
        (Ill.BROKEN, {"status": 504}, "outcome_unknown", "again"),
        (Ill.BROKEN, {"status": 503}, "unreachable", "unreachable"),
        (Ill.SLOW, {"seconds": 2.0}, "outcome_unknown", "again"),
        (Ill.LATE, {"seconds": 2.0}, "outcome_unknown", "again"),
        (Ill.DROP, {}, "outcome_unknown", "again"),
        (Ill.LOST, {}, "outcome_unknown", "again"),
        (Ill.MALFORMED, {}, "outcome_unknown", "again"),
    ],
)
async def test_each_failure_has_its_meaning(sandbox, client, ada, ill, given, sent, asked) -> None:
    sandbox.fault(ill, "sendMessage", **given)
    assert meaning(await failure(client, chat_id=ada.id, text="x")) == sent
    sandbox.fault(ill, "getMe", **given)
    assert meaning(await failure(client, "getMe")) == asked


async def test_how_long_to_wait_is_what_telegram_says(sandbox, client, ada) -> None:
    sandbox.fault(Ill.TOO_MANY, retry_after=7)
    assert (await failure(client, chat_id=ada.id, text="x")).retry_after == 7


async def test_a_refusal_says_why(client, ada) -> None:
    error = await failure(client, "editMessageText", chat_id=ada.id, message_id=999, text="x")
    assert isinstance(error, CallRejected)
    assert "message to edit not found" in error.description.lower()


async def test_a_text_that_is_none_is_never_sent(sandbox, client, ada) -> None:
    assert meaning(await failure(client, chat_id=ada.id, text="a\ud800")) == "permanent"
    assert sandbox.calls_of("sendMessage") == []


async def test_a_token_that_is_revoked_is_told_apart_and_waits(sandbox, client, ada) -> None:
    sandbox.revokes()
    for method in ("getMe", "sendMessage", "getFile"):
        error = await failure(client, method)
        assert isinstance(error, TokenRefused)
        assert (meaning(error), error.retry_after) == ("unreachable", 60)
    sandbox.restores()
    assert await client.me() == Me(7001, "shop_bot")


async def test_a_group_that_moved_says_where(sandbox, client, ada) -> None:
    group = sandbox.group("Friends", by=ada)
    moved = sandbox.upgrades(group, by=ada)
    error = await failure(client, chat_id=group.id, text="x")
    assert isinstance(error, ChatMoved)
    assert error.new_chat_id == moved.id


async def test_updates_come_as_they_are(sandbox, client) -> None:
    sandbox.update({"hologram": {"anything": [1, None]}})
    (raw,) = await client.updates(None, wait_seconds=1, kinds=[*KINDS, "hologram"])
    assert raw["hologram"] == {"anything": [1, None]}
    assert await client.updates(raw["update_id"] + 1, wait_seconds=0, kinds=KINDS) == []


async def test_a_set_webhook_is_told_apart(sandbox, client) -> None:
    await client.call("setWebhook", {"url": "http://127.0.0.1:1/"})
    with pytest.raises(OtherReader):
        await client.updates(None, wait_seconds=0, kinds=KINDS)


async def test_waiting_for_updates_holds_up_no_message(client, ada) -> None:
    offset = (await client.updates(None, wait_seconds=0, kinds=KINDS))[-1]["update_id"] + 1
    waiting = asyncio.create_task(client.updates(offset, wait_seconds=5, kinds=KINDS))
    await asyncio.gather(*(client.send("sendMessage", {"chat_id": ada.id, "text": f"{n}"}) for n in range(20)))
    assert not waiting.done()
    ada.says("hello")
    assert [raw["message"]["text"] for raw in await waiting] == ["hello"]


async def test_a_file_is_found_and_fetched(client, ada) -> None:
    sent = ada.sends_document(b"words", name="a.txt")
    found = await client.find_file(sent.file_ids[0])
    assert found.size == 5
    assert await client.download(found, 1000) == b"words"


async def test_a_file_that_is_not_where_it_should_be_is_no_wrong_token_and_is_asked_for_again(client) -> None:
    with pytest.raises(TransportError) as caught:
        await client.download(RemoteFile("documents/none.txt", None), 1000)
    assert meaning(caught.value) == "again"
    assert not isinstance(caught.value, TokenRefused)
    assert meaning(await failure(client, "getFile", file_id="nonsense")) == "permanent"


async def test_nobody_there_is_told_apart() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    client = TelegramClient(TOKEN, f"http://127.0.0.1:{port}")
    assert meaning(await failure(client)) == "unreachable"
    await client.close()


@asynccontextmanager
async def answering(head: str, body: bytes) -> AsyncIterator[TelegramClient]:
    """A client of a server that always answers so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = TelegramClient(TOKEN, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    yield client
    await client.close()
    server.close()


@pytest.mark.parametrize("head", ["403 Forbidden", "404 Not Found", "401 Unauthorized", "400 Bad Request", "302 Found"])
async def test_a_proxys_page_says_nothing_of_customers_or_tokens(head) -> None:
    async with answering(head, b"<html>no</html>") as client:
        for method in ("sendMessage", "getMe"):
            error = await failure(client, method)
            assert (meaning(error), type(error)) == ("unreachable", TransportError)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b'"x"', b"7", b"[" * 100_000, b'{"ok": true}', b"\xff\xfe"]
)
async def test_an_answer_that_is_none_leaves_a_message_in_doubt(body) -> None:
    async with answering("200 OK", body) as client:
        assert meaning(await failure(client, "sendMessage")) == "outcome_unknown"
        assert meaning(await failure(client, "editMessageText")) == "again"


@pytest.mark.parametrize("result", [b"{}", b"true", b'{"message_id": "5"}', b"[]", b"null"])
async def test_a_sent_message_without_a_number_is_in_doubt(result) -> None:
    async with answering("200 OK", b'{"ok": true, "result": ' + result + b"}") as client:
        with pytest.raises(TransportError) as caught:
            await client.send("sendMessage", {"chat_id": 1, "text": "x"})
        assert meaning(caught.value) == "outcome_unknown"
        for ask in (client.me(), client.find_file("F")):
            with pytest.raises(TransportError):
                await ask


async def test_the_token_is_in_no_error() -> None:
    body = b'{"ok": false, "error_code": 400, "description": "Bad Request: ' + TOKEN.encode() + b'"}'
    async with answering("400 Bad Request", body) as client:
        assert TOKEN not in str(await failure(client))


@pytest.mark.parametrize(
    "method", ["getFile", "setMyCommands", "editMessageText", "answerCallbackQuery", "sendChatAction"]
)
def test_what_nobody_sees_twice_may_be_repeated(method) -> None:
    assert repeatable(method)
    assert not repeatable("sendMessage")
    assert not repeatable("sendPhoto")
