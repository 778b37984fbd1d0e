"""The menu of commands is there in every language, and its absence stops nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.conversations.commands import COMMANDS
from bot.conversations.phrases import Phrases, load_domain
from bot.settings import ROOT
from channels.telegram.client import TelegramClient, TokenRefused
from channels.telegram.commands import menu, set_menu
from tests.support.telegram_updates import TOKEN
from tests.telegram import Ill, Limits, Sandbox

pytestmark = pytest.mark.integration


@pytest.fixture
def phrases() -> Phrases:
    return Phrases(load_domain(ROOT / "domain.yml")["responses"], locale="en-GB")


@pytest.fixture
def menu_sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=Limits.off()) as sandbox:
        sandbox.add_bot(TOKEN, "shop_bot")
        yield sandbox


async def test_the_menu_is_set_for_every_language_and_for_all_others(menu_sandbox, phrases) -> None:
    client = TelegramClient(TOKEN, menu_sandbox.root)
    await set_menu(client, phrases)
    calls = menu_sandbox.calls_of("setMyCommands")
    assert [call.arguments.get("language_code") for call in calls] == [None, "en", "de", "es", "fr"]
    assert {call.status for call in calls} == {200}
    assert all(call.arguments["scope"] == {"type": "all_private_chats"} for call in calls)
    assert all([c["command"] for c in call.arguments["commands"]] == list(COMMANDS) for call in calls)
    await client.close()


def test_descriptions_fit_and_differ_by_language(phrases) -> None:
    menus = {language: menu(phrases, language) for language in phrases.languages.codes}
    for entries in menus.values():
        assert all(3 <= len(entry["description"]) <= 60 for entry in entries)
    assert len({tuple(entry["description"] for entry in entries) for entries in menus.values()}) == len(menus)


@pytest.mark.parametrize("ill", [Ill.TOO_MANY, Ill.BAD, Ill.DROP, Ill.MALFORMED])
@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
async def test_a_menu_that_cannot_be_set_stops_nothing(menu_sandbox, phrases, ill) -> None:
    client = TelegramClient(TOKEN, menu_sandbox.root)
    menu_sandbox.fault(ill)
    await set_menu(client, phrases)
    await client.close()


async def test_a_wrong_token_is_heard(menu_sandbox, phrases) -> None:
    client = TelegramClient(TOKEN, menu_sandbox.root)
    menu_sandbox.revokes()
    with pytest.raises(TokenRefused):
        await set_menu(client, phrases)
    await client.close()
