"""Trials over the real protocol and a real database, against an assistant that asks for everything."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from bot.evaluation import shop_rows
from bot.evaluation.messages import Choice, Message, Move, Say, Tap
from bot.evaluation.product import RunningProduct
from bot.evaluation.tasks import Action, Shop, Task
from bot.evaluation.trials import Trial, Trials
from bot.evaluation.visitor import NoAnswer, Refused, Visitor
from bot.orders.changes import CancelOrder, Change, ExchangeItems, Replacement, ReturnItems
from bot.orders.sql import SqlShop
from bot.storage import tables
from bot.storage.database import Database
from tests.support.asking_assistant import AskingAssistant
from tests.support.small_shop import BOTH_MUGS, CANCEL, RETURN, TRANSFER, a_task, small_shop

pytestmark = pytest.mark.integration


def change_of(action: Action) -> Change:
    wanted = action.arguments
    if action.name == "cancel_pending_order":
        return CancelOrder(wanted["order_id"], wanted["reason"])
    if action.name == "return_delivered_order_items":
        return ReturnItems(wanted["order_id"], tuple(wanted["item_ids"]), wanted["payment_method_id"])
    pairs = zip(wanted["item_ids"], wanted["new_item_ids"], strict=True)
    swaps = tuple(Replacement(old, new) for old, new in pairs)
    return ExchangeItems(wanted["order_id"], swaps, wanted["payment_method_id"])


class Server:
    """The web protocol's other side. Every visitor gets an assistant of their own."""

    def __init__(self, database: Database, assistant: Callable[[], AskingAssistant]) -> None:
        self._shop = SqlShop(database)
        self._assistant = assistant
        self._visitors = 0
        self.drop_first = False  # cut the first connection when something is said
        self.answers = True
        self.refuses = False

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.post("/api/web/sessions", self.session), web.get("/api/web/socket", self.socket)])
        return app

    async def session(self, request: web.Request) -> web.Response:
        self._visitors += 1
        return web.json_response({"token": f"t{self._visitors}", "expires_at": "2099-01-01T00:00:00Z"})

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = json.loads((await socket.receive()).data)
        talk, seq, assistant = f"talk-{hello['token']}", int(hello["after"]), self._assistant()
        choices: dict[str, Choice] = {}
        await socket.send_json({"type": "ready", "conversation": talk, "status": "open", "last_seq": seq})
        async for raw in socket:
            if raw.type is not WSMsgType.TEXT:
                break
            frame = json.loads(raw.data)
            if self.drop_first:
                self.drop_first = False
                await socket.close()
                break
            if self.refuses:
                error = {"type": "error", "id": frame["id"], "code": "too_long", "message": "no", "retryable": False}
                await socket.send_json(error)
                continue
            await socket.send_json({"type": "ack", "id": frame["id"], "seq": seq})
            move: Move = Say(frame["text"]) if frame["type"] == "message" else Tap(choices[frame["choice"]])
            for message in await self._answer(assistant, move, talk):
                seq += 1
                choices |= {choice.id: choice for choice in message.choices}
                await socket.send_json(as_frame(message, seq, frame["id"]))
            if self.answers:
                await socket.send_json({"type": "turn_done", "in_reply_to": frame["id"]})
        return socket

    async def _answer(self, assistant: AskingAssistant, move: Move, talk: str) -> list[Message]:
        done = len(assistant.carried_out)
        messages = assistant.hear(move)
        for place, action in enumerate(assistant.carried_out[done:]):
            await self._shop.apply("ada_berg", change_of(action), key=f"{talk}-{done + place}")
        return messages


def as_frame(message: Message, seq: int, reply_to: str) -> dict[str, Any]:
    cards = [
        {
            "kind": card.kind,
            "title": card.title,
            "subtitle": " ".join(card.lines),
            "items": [asdict(i) for i in card.items],
        }
        for card in message.cards
    ]
    return {
        "type": "message",
        "seq": seq,
        "author": {"kind": message.author, "name": None},
        "text": message.text,
        "choices": [asdict(choice) for choice in message.choices],
        "cards": cards,
        "expects": message.expects,
        "in_reply_to": reply_to,
    }


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[str]:
    runner = web.AppRunner(server.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
def database(tmp_path: Path) -> Any:
    database = Database(f"sqlite:///{tmp_path / 'bellhop.db'}")
    tables.metadata.create_all(database.engine)
    yield database
    database.close()


def task_of(name: str, *steps: dict[str, Any]) -> Task:
    words = a_task(words="My mail is ada.berg@example.com")["user_scenario"]["instructions"]["known_info"]
    return Task(name, "ada_berg", words, tuple(Action(step["name"], step["arguments"]) for step in steps))


async def outcomes(database: Database, tasks: list[Task], server: Server, shop: Shop) -> list[Trial]:
    async with serving(server) as url:
        product = RunningProduct(url, database, Path("output.log"))
        return await Trials(product, shop, tasks, trials=3, seed=5, jobs=2, say=lambda *_: None).run()


async def test_trials_pass_where_the_data_is_right_and_leave_the_shop_as_it_was(database: Database) -> None:
    shop = await asyncio.to_thread(shop_rows.load, database, small_shop())
    before = shop_rows.marks(database)
    for steps in ((CANCEL,), (RETURN,), (BOTH_MUGS,)):
        task = task_of("1", *steps)
        server = Server(database, lambda: AskingAssistant(small_shop(), "ada_berg", task.actions))  # noqa: B023 - used at once
        trials = await outcomes(database, [task], server, shop)
        assert [trial.why for trial in trials] == [(), (), ()]
        assert shop_rows.marks(database) == before


async def test_a_trial_fails_with_reasons_and_a_transcript_where_nothing_was_done(database: Database) -> None:
    shop = await asyncio.to_thread(shop_rows.load, database, small_shop())
    server = Server(database, lambda: AskingAssistant(small_shop(), "ada_berg", ()))
    trials = await outcomes(database, [task_of("a", CANCEL), task_of("b"), task_of("c", TRANSFER)], server, shop)
    passed = {trial.task: trial.passed for trial in trials}
    assert passed == {"a": False, "b": True, "c": False}
    assert "said three times" in trials[0].why[0]
    assert "order #W1000002 status is pending, should be cancelled" in trials[0].why
    assert "! order #W1000002 status is pending" in trials[0].transcript
    assert any("nobody was asked to take over" in why for why in trials[-1].why)


async def test_a_change_that_nobody_asked_for_is_noticed(database: Database) -> None:
    shop = await asyncio.to_thread(shop_rows.load, database, small_shop())
    trials_of_nothing = [task_of("1")]
    server = Server(database, lambda: AskingAssistant(small_shop(), "ada_berg", ()))
    async with serving(server) as url:
        product = RunningProduct(url, database, Path("output.log"))
        runs = Trials(product, shop, trials_of_nothing, trials=1, seed=1, jobs=1, say=lambda *_: None)
        await SqlShop(database).apply("tom_hill", CancelOrder("#W1000005", "no longer needed"), key="x")
        [trial] = await runs.run()
    assert trial.why == ("changed, and nobody asked for it: tom_hill",)


async def test_a_visitor_says_it_again_after_the_connection_was_lost(database: Database) -> None:
    await asyncio.to_thread(shop_rows.load, database, small_shop())
    server = Server(database, lambda: AskingAssistant(small_shop(), "ada_berg", ()))
    server.drop_first = True
    async with serving(server) as url, Visitor(url, random.Random(1)) as visitor:
        assert [message.text for message in await visitor.say("hello")] == [
            "Which e-mail address are you with us under?"
        ]
        assert visitor.conversations == ["talk-t1"]


async def test_a_visitor_tells_what_is_refused_and_what_is_never_answered(database: Database) -> None:
    server = Server(database, lambda: AskingAssistant(small_shop(), "ada_berg", ()))
    server.answers = False
    async with serving(server) as url, Visitor(url, random.Random(1), patience=0.3) as visitor:
        with pytest.raises(NoAnswer, match=r"0\.3 s"):
            await visitor.say("hello")
        server.refuses = True
        with pytest.raises(Refused, match="too_long"):
            await visitor.say("hello")
