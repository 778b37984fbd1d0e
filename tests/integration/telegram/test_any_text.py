"""Whatever the words are, Telegram takes the message, and they arrive whole."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from channels.telegram.client import TelegramClient
from channels.telegram.pictures import Pictures
from channels.telegram.rendering import render
from channels.telegram.texts import cleaned, cleaned_line
from tests.support.telegram_messages import WORDS, drawn, field, fuzzed_text, item, joined_without_blanks, shown
from tests.telegram import Limits, Sandbox

pytestmark = pytest.mark.integration

TOKEN = "7001:aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
MESSAGES = 1000  # of five texts each
AT_ONCE = 8


@pytest.mark.parametrize("seed", [1, 2])
async def test_none_of_five_thousand_texts_is_refused_or_loses_a_word(seed: int) -> None:
    chance = random.Random(seed)
    with Sandbox(limits=Limits.off()) as sandbox:
        sandbox.add_bot(TOKEN, "shop_bot")
        reader = sandbox.user("Ada")
        reader.start()
        client = TelegramClient(TOKEN, sandbox.root)
        slots = asyncio.Semaphore(AT_ONCE)

        async def arrives(text: str, choice: str, title: str, value: str, thing: str) -> None:
            card = drawn(
                chance.choice(["order", "product", "profile", "summary", "article"]),
                title=title,
                fields=[field("Label", value, f"https://shop.example/{value}"), field(value, "value")],
                items=[item(thing, detail=f"{thing[:40]} → {thing[:40]}")],
            )
            message = shown(text, cards=(card,), choices=({"id": "a" * 32, "title": choice[:200]},))
            async with slots:
                parts = render(message, WORDS, Pictures(None, ""), "")
                received = joined_without_blanks([await sent(client, reader.id, part) for part in parts])
            lines = map(cleaned_line, (choice[:200], title, thing))
            for words in (cleaned(text), cleaned(value), *lines):
                assert joined_without_blanks([words]) in received

        texts = [[fuzzed_text(chance) for _ in range(5)] for _ in range(MESSAGES // 2)]
        await asyncio.gather(*(arrives(*five) for five in texts))
        await client.close()
        assert sandbox.bad_requests == []


async def sent(client: TelegramClient, chat: int, part: Any) -> str:
    """The text as it arrived, with the titles of the buttons below."""
    answer = await client.call(part.method, {"chat_id": chat, **part.arguments()})
    rows = answer.get("reply_markup", {}).get("inline_keyboard", [])
    return "".join([answer["text"], *(key["text"] for row in rows for key in row)])
