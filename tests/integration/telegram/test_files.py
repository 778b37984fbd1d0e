"""Files that customers sent are fetched and kept, or it is said why not."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.conversations.attachments import MOST_ATTEMPTS, read_content
from bot.conversations.errors import TransportError
from bot.storage.channel_tables import attachments
from channels.telegram.client import RemoteFile, TelegramClient
from channels.telegram.files import Files
from channels.telegram.polling import Polling
from tests.support.telegram_in import WayIn, way_in
from tests.support.telegram_updates import TOKEN, sent
from tests.telegram import Ill, Limits, Sandbox, TelegramUser

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")]
MOST = 1000


@pytest.fixture
def files_sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=Limits.off()) as sandbox:
        sandbox.add_bot(TOKEN, "shop_bot")
        yield sandbox


@pytest.fixture
def bea(files_sandbox: Sandbox) -> TelegramUser:
    bea = files_sandbox.user("Bea")
    bea.start()
    return bea


@pytest.fixture
async def files_client(files_sandbox: Sandbox) -> AsyncIterator[TelegramClient]:
    client = TelegramClient(TOKEN, files_sandbox.root)
    yield client
    await client.close()


@pytest.fixture
def line(database, clock, new_id) -> WayIn:
    return way_in(database, clock, new_id, most_file_bytes=MOST)


@pytest.fixture
def files(line, files_client) -> Files:
    return Files(line.conversations, files_client, most_bytes=MOST)


async def takes_all(line: WayIn, client: TelegramClient) -> None:
    """Bring in what customers have sent so far."""
    polling = asyncio.create_task(Polling(client, line.inbox, random.Random(1), wait_seconds=1).run())
    while not line.inbox.arrived.is_set():  # noqa: ASYNC110  # the event is cleared by nobody here
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    line.inbox.arrived.clear()
    await line.handles()


async def states(line: WayIn) -> list[tuple[str, str]]:
    rows = await line.rows(sa.select(attachments.c.kind, attachments.c.state).order_by(attachments.c.next_at))
    return [tuple(row) for row in rows]


async def test_a_file_is_fetched_and_kept(line, files, files_client, bea) -> None:
    bea.sends_document(b"the words in it", name="letter.txt", caption="my letter")
    await takes_all(line, files_client)
    assert await states(line) == [("document", "waiting")]
    assert await files.fetch_due() == 1
    assert await states(line) == [("document", "kept")]
    (row,) = await line.rows(sa.select(attachments))
    content = await line.conversations.database.read(lambda connection: read_content(connection, row.id))
    assert (content, row.name, row.media_type) == (b"the words in it", "letter.txt", "text/plain")
    assert await files.fetch_due() == 0


async def test_of_a_picture_the_largest_size_is_kept(line, files, files_client, bea) -> None:
    bea.sends_photo(caption="broken")
    await takes_all(line, files_client)
    await files.fetch_due()
    assert await states(line) == [("photo", "kept")]


async def test_a_file_that_says_it_is_too_large_is_never_promised(line, files, files_client, bea) -> None:
    bea.sends_document(b"x" * 10, size=MOST + 1)
    await takes_all(line, files_client)
    assert await files.fetch_due() == 0
    (row,) = await line.rows(sa.select(attachments))
    assert (row.state, row.details["too_large"], row.size) == ("too_large", True, MOST + 1)


async def test_a_file_that_turns_out_too_large_is_not_kept(line, files, files_client, bea) -> None:
    found = bea.sends_document(b"x" * (MOST + 1))
    raw = sent(1, document={"file_id": found.file_ids[0]}, sender=bea.id, number=77)
    await line.takes(raw)
    await files.fetch_due()
    assert await states(line) == [("document", "too_large")]
    assert [m.response for m in await line.said(str(bea.id))][-2:] == [
        "utter_app_media_kept",
        "utter_app_media_not_kept",
    ]


async def test_where_no_file_is_kept_one_of_unknown_size_is_not_promised(database, clock, new_id) -> None:
    keeps_none = way_in(database, clock, new_id, most_file_bytes=0)
    await keeps_none.takes(sent(1, document={"file_id": "F"}))
    assert [m.response for m in await keeps_none.said()] == [None, "utter_app_media_unknown"]
    assert await states(keeps_none) == [("document", "too_large")]


async def test_a_file_that_telegram_does_not_give_to_bots_is_too_large(line, files, files_sandbox) -> None:
    await line.takes(sent(1, document={"file_id": "F"}))
    files_sandbox.fault(Ill.BAD, "getFile", description="Bad Request: file is too big")
    await files.fetch_due()
    assert await states(line) == [("document", "too_large")]


async def test_a_file_that_is_not_there_is_gone(line, files) -> None:
    await line.takes(sent(1, document={"file_id": "nonsense"}))
    await files.fetch_due()
    assert (await states(line))[0][1] in ("gone", "waiting")


async def test_a_file_that_is_away_for_a_moment_is_asked_for_again(
    line, files, files_client, files_sandbox, bea, clock
) -> None:
    bea.sends_document(b"words")
    await takes_all(line, files_client)
    temporarily = "Bad Request: wrong file_id or the file is temporarily unavailable"
    for ill, given in ((Ill.BAD, {"description": temporarily}), (Ill.DROP, {}), (Ill.BROKEN, {"status": 502})):
        files_sandbox.fault(ill, "getFile", **given)
        assert await files.fetch_due() == 1
        assert await states(line) == [("document", "waiting")]
        assert await files.fetch_due() == 0
        clock.forward(hours=2)
    await files.fetch_due()
    assert await states(line) == [("document", "kept")]


async def test_a_telegram_that_is_away_counts_against_no_file(line, files, files_client, files_sandbox, bea) -> None:
    bea.sends_document(b"words")
    await takes_all(line, files_client)
    files_sandbox.revokes()
    for _ in range(12):
        with pytest.raises(TransportError):
            await files.fetch_due()
    files_sandbox.restores()
    await files.fetch_due()
    assert await states(line) == [("document", "kept")]


async def test_a_running_fetcher_wakes_when_a_file_comes(line, files, files_client, bea) -> None:
    line.conversations.subscribe(files)
    running = asyncio.create_task(files.run())
    await asyncio.sleep(0.1)
    bea.sends_document(b"words")
    await takes_all(line, files_client)
    async with asyncio.timeout(5):
        while await states(line) != [("document", "kept")]:  # noqa: ASYNC110  # a database has no event
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class Uneven(TelegramClient):
    """Telegram cannot be reached for one file, while another is being fetched slowly."""

    def __init__(self) -> None:
        self.fetching: list[str] = []
        self.at_once: list[str] = []

    async def find_file(self, file_id: str) -> RemoteFile:
        if file_id == "away":
            raise TransportError("away", unreachable=True)
        return RemoteFile(file_id, None)

    async def download(self, file: RemoteFile, most_bytes: int) -> bytes | None:
        self.at_once += [path for path in self.fetching if path == file.path]
        self.fetching.append(file.path)
        await asyncio.sleep(0.1)
        self.fetching.remove(file.path)
        return b"words"


async def test_a_file_that_is_being_fetched_is_not_fetched_beside_it_when_another_fails(line) -> None:
    await line.takes(sent(1, document={"file_id": "slow"}, number=1), sent(2, document={"file_id": "away"}, number=2))
    client = Uneven()
    uneven = Files(line.conversations, client, most_bytes=MOST)
    for _ in range(2):
        with pytest.raises(TransportError):
            await uneven.fetch_due()
        assert client.fetching == []
    assert client.at_once == []
    assert sorted(state for _, state in await states(line)) == ["kept", "waiting"]


class Stumbling(TelegramClient):
    """Telegram knows where a file lies, and its file server has a bad moment."""

    async def find_file(self, file_id: str) -> RemoteFile:
        return RemoteFile(file_id, None)


@pytest.fixture
async def stumbling() -> AsyncIterator[tuple[TelegramClient, list[str]]]:
    """A client, and the statuses with which the file server refuses its next downloads."""
    refusals: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        status = refusals.pop(0) if refusals else "200 OK"
        writer.write(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 5\r\n\r\nwords".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = Stumbling(TOKEN, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    yield client, refusals
    await client.close()
    server.close()


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "502 Bad Gateway"])
async def test_a_file_whose_download_fails_is_fetched_the_next_time(line, stumbling, clock, status) -> None:
    client, refusals = stumbling
    refusals += [status] * 2
    fetching = Files(line.conversations, client, most_bytes=MOST)
    await line.takes(sent(1, document={"file_id": "letter.txt"}))
    for _ in range(2):
        await fetching.fetch_due()
        assert await states(line) == [("document", "waiting")]
        clock.forward(hours=1)
    await fetching.fetch_due()
    assert await states(line) == [("document", "kept")]


async def test_a_file_that_cannot_be_fetched_for_hours_is_given_up_and_the_customer_told(
    line, stumbling, clock
) -> None:
    client, refusals = stumbling
    refusals += ["404 Not Found"] * MOST_ATTEMPTS
    fetching = Files(line.conversations, client, most_bytes=MOST)
    await line.takes(sent(1, document={"file_id": "letter.txt"}))
    began = clock()
    while await states(line) == [("document", "waiting")]:
        await fetching.fetch_due()
        clock.forward(minutes=15)
    assert await states(line) == [("document", "gone")]
    assert refusals == []
    assert clock() - began > timedelta(hours=6)
    assert [m.response for m in await line.said()][-1] == "utter_app_media_not_kept"


async def test_of_a_file_that_names_no_size_no_more_is_read_than_is_kept() -> None:
    read = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal read
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(2000):
                writer.write(b"x" * 65536)
                await writer.drain()
                read += 65536
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = TelegramClient(TOKEN, f"http://127.0.0.1:{port}")
    assert await client.download(RemoteFile("documents/endless", None), MOST) is None
    await client.close()
    server.close()
    assert read < 50_000_000
