"""What the sandbox refuses, and which exception python-telegram-bot makes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, MessageEntity
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter

from tests.integration.telegram_server.conftest import client_of
from tests.telegram import Limits, Sandbox, TelegramUser
from tests.telegram.pictures import SMALL_PNG

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning"),  # seconds as numbers
]
Ask = Callable[[Bot, int], Awaitable[Any]]
SVG = InputFile(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg")
WIDE_PNG = SMALL_PNG[:16] + (9000).to_bytes(4, "big") + (1001).to_bytes(4, "big") + SMALL_PNG[24:]


def with_data(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data=data)]])


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda bot, chat: bot.send_message(chat, ""), "Message text is empty"),
        (lambda bot, chat: bot.send_message(chat, " \n\u200b"), "Text must be non-empty"),
        (lambda bot, chat: bot.send_message(chat, "<b> </b>", parse_mode="HTML"), "Text must be non-empty"),
        (lambda bot, chat: bot.send_message(chat, "a" * 4097), "Message is too long"),
        (lambda bot, chat: bot.send_message(chat, "😀" * 2049), "Message is too long"),
        (lambda bot, chat: bot.send_message(chat, "1 < 2", parse_mode="HTML"), "Can't parse entities: "),
        (lambda bot, chat: bot.send_message(chat, "Hi.", parse_mode="MarkdownV2"), "Can't parse entities: "),
        (lambda bot, chat: bot.send_message(chat, "Hi", parse_mode="BBCode"), "Unsupported parse_mode"),
        (lambda bot, chat: bot.send_message(chat, "Hi", reply_markup=with_data("ä" * 33)), "Button_data_invalid"),
        (lambda bot, chat: bot.send_message(chat, "Hi", entities=[MessageEntity("bold", 0, 9)]), "Entity beginning at"),
        (lambda bot, chat: bot.send_message(chat, "Hi", reply_to_message_id=99), "Message to be replied not found"),
        (lambda bot, chat: bot.send_message(4242, "Hi"), "Chat not found"),
        (lambda bot, chat: bot.send_message("@nobody", "Hi"), "Chat not found"),
        (lambda bot, chat: bot.send_photo(chat, SMALL_PNG, caption="a" * 1025), "Message caption is too long"),
        (lambda bot, chat: bot.send_photo(chat, SVG), "Image_process_failed"),
        (lambda bot, chat: bot.send_photo(chat, WIDE_PNG), "Photo_invalid_dimensions"),
        (lambda bot, chat: bot.send_photo(chat, "http://127.0.0.1:8080/a.png"), "Failed to get http url content"),
        (lambda bot, chat: bot.send_photo(chat, "http://localhost/a.png"), "Failed to get http url content"),
        (lambda bot, chat: bot.send_photo(chat, "https://shop.example/a.svg"), "Wrong type of the web page content"),
        (lambda bot, chat: bot.send_photo(chat, "no-such-file"), "Wrong file identifier/http url specified"),
        (lambda bot, chat: bot.edit_message_text("Hi", chat, 99), "Message to edit not found"),
        (lambda bot, chat: bot.edit_message_text("Hi", chat, 1), "Message can't be edited"),
        (lambda bot, chat: bot.delete_message(chat, 99), "Message to delete not found"),
        (
            lambda bot, chat: bot.answer_callback_query("99"),
            "Query is too old and response timeout expired or query id",
        ),
        (lambda bot, chat: bot.send_chat_action(chat, "dancing"), "Wrong parameter action in request"),
        (lambda bot, chat: bot.set_my_commands([BotCommand("Help!", "x")]), "Bot_command_invalid"),
        (lambda bot, chat: bot.set_my_commands([BotCommand("help", "x" * 257)]), "Bot_command_description_invalid"),
        (lambda bot, chat: bot.set_my_commands([BotCommand("a", "x")] * 101), "Bot_commands_too_much"),
        (lambda bot, chat: bot.set_my_commands([("help", "x")], language_code="deu"), "Invalid language code"),
        (lambda bot, chat: bot.set_my_short_description("x" * 121), "Bot short description is too long"),
        (lambda bot, chat: bot.get_file("no-such-file"), "Invalid file_id"),
        (lambda bot, chat: bot.leave_chat(chat), "Chat member status can't be changed in private chats"),
        (lambda bot, chat: bot.set_webhook("http://shop.example/"), "Bad webhook: an https url must be provided"),
        (lambda bot, chat: bot.set_webhook("https://shop.example:9000/"), "Bad webhook: webhook can be set up only on"),
        (
            lambda bot, chat: bot.set_webhook("https://shop.example/", secret_token="ä"),
            "Secret token contains unallowed",
        ),
        (
            lambda bot, chat: bot.set_webhook("https://shop.example/", secret_token="a" * 257),
            "Secret token is too long",
        ),
        (lambda bot, chat: bot.set_webhook("https://shop.example/", max_connections=101), "Max_connections must be"),
    ],
)
async def test_a_request_that_telegram_would_not_take_is_a_bad_request(
    ask: Ask, why: str, sandbox: Sandbox, ada: TelegramUser, bot: Bot
) -> None:
    with pytest.raises(BadRequest) as refused:
        await ask(bot, ada.id)
    # The client writes messages in its own way: capitals only at the beginning.
    assert refused.value.message.lower().startswith(why.lower())
    assert len(sandbox.bad_requests) == 1
    assert ada.heard == []


@pytest.mark.parametrize("text", ["a" * 4096, "😀" * 2048, f"<b>{'a' * 4096}</b>"])
async def test_a_text_may_have_4096_units_after_its_markup_is_read(text: str, ada: TelegramUser, bot: Bot) -> None:
    assert await bot.send_message(ada.id, text, parse_mode="HTML")


async def test_a_change_that_changes_nothing_is_a_bad_request(ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_message(ada.id, "Sure?", reply_markup=with_data("y"))
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await sent.edit_text("Sure?", reply_markup=with_data("y"))
    assert await sent.edit_text("Sure?", reply_markup=with_data("n"))


async def test_text_and_caption_are_edited_each_in_its_own_way(ada: TelegramUser, bot: Bot) -> None:
    text, photo = await bot.send_message(ada.id, "Hi"), await bot.send_photo(ada.id, SMALL_PNG, caption="A mug")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await text.edit_caption("Hello")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await photo.edit_text("Hello")


async def test_a_message_is_deleted_within_48_hours(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_message(ada.id, "Hi")
    later = datetime.now(UTC) + timedelta(hours=48, seconds=2)
    sandbox.state.clock = later.timestamp
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await sent.delete()


async def test_a_tap_can_be_answered_for_a_while(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    await bot.send_message(ada.id, "Sure?", reply_markup=with_data("y"))
    with pytest.raises(BadRequest, match="Message_too_long"):
        await bot.answer_callback_query(ada.taps("Yes"), "a" * 201)
    assert await bot.answer_callback_query(ada.taps("Yes"), "a" * 200)
    sandbox.state.query_seconds = 0
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(ada.taps("Yes"))


async def test_a_large_file_cannot_be_fetched(ada: TelegramUser, bot: Bot) -> None:
    sent = ada.sends_document(size=20 * 2**20 + 1)
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(sent.file_ids[0])


async def test_nobody_is_written_to_who_has_not_started(sandbox: Sandbox, bot: Bot) -> None:
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(sandbox.user("Grace").id, "Hi")


async def test_who_blocks_the_bot_hears_nothing_until_they_unblock(ada: TelegramUser, bot: Bot) -> None:
    ada.blocks()
    for ask in (bot.send_message(ada.id, "Hi"), bot.send_chat_action(ada.id, "typing")):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await ask
    ada.unblocks()
    assert await bot.send_message(ada.id, "Hi")


async def test_an_account_that_is_gone_hears_nothing(ada: TelegramUser, bot: Bot) -> None:
    ada.deletes_account()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(ada.id, "Hi")


async def test_a_group_that_has_become_a_supergroup_says_where_it_is(
    sandbox: Sandbox, ada: TelegramUser, bot: Bot
) -> None:
    group = sandbox.group("Friends", ada)
    supergroup = sandbox.upgrades(group, ada)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "Hi")
    assert moved.value.new_chat_id == supergroup.id
    assert await bot.send_message(supergroup.id, "Hi")


@pytest.mark.parametrize(
    ("leave", "why"),
    [
        ("removed", "bot was kicked from the group chat"),
        ("left", "bot is not a member of the group chat"),
    ],
)
async def test_a_group_that_the_bot_is_not_in_hears_nothing(
    leave: str, why: str, sandbox: Sandbox, ada: TelegramUser, bot: Bot
) -> None:
    group = sandbox.group("Friends", ada)
    if leave == "left":
        await bot.leave_chat(group.id)
    else:
        sandbox.removes_bot(group, ada)
    with pytest.raises(Forbidden, match=why):
        await bot.send_message(group.id, "Hi")


async def test_too_many_messages_must_wait(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    sandbox.set_limits(Limits())
    await bot.send_message(ada.id, "one")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(ada.id, "two")
    assert refused.value._retry_after == timedelta(seconds=1)
    assert [message.text for message in ada.heard] == ["one"]
    assert (sandbox.too_many, sandbox.ignored_retry_after) == (1, 0)


async def test_who_does_not_wait_is_counted(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    now = [1e9]
    sandbox.state.clock = lambda: now[0]
    sandbox.set_limits(Limits())
    for step in (0.0, 0.3, 0.3):
        now[0] += step
        try:
            await bot.send_message(ada.id, "Hi")
        except RetryAfter:
            continue
    assert sandbox.counters() | {"pending": 0} == {
        "too_many": 2,
        "ignored_retry_after": 1,
        "bad_requests": [],
        "pending": 0,
    }


@pytest.mark.parametrize("token", ["9009:another-token-of-nobody", "nonsense"])
async def test_a_token_that_is_none_is_invalid(token: str, sandbox: Sandbox) -> None:
    with pytest.raises(InvalidToken):
        await client_of(sandbox, token).initialize()


async def test_a_token_is_revoked_and_restored(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    sandbox.revokes()
    with pytest.raises(InvalidToken):
        await bot.send_message(ada.id, "Hi")
    sandbox.restores()
    assert await bot.send_message(ada.id, "Hi")


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/bot7001:a-token-of-the-sandbox/danceAround", 404, "Not Found: method not found"),
        ("/bot7001:a-token-of-the-sandbox", 404, "Not Found"),
        ("/botnonsense/getMe", 404, "Not Found"),
        ("/bot9009:another-token-of-nobody/getMe", 401, "Unauthorized"),
        ("/bot7001:a-token-of-the-sandbox/sendMessage", 400, "Bad Request: chat_id is empty"),
        (
            "/bot7001:a-token-of-the-sandbox/sendMessage?chat_id=100001&text=%ff",
            400,
            "Bad Request: strings must be encoded",
        ),
        ("/file/bot7001:a-token-of-the-sandbox/photos/none.jpg", 404, "Not Found"),
        ("/file/bot9009:another-token-of-nobody/photos/none.jpg", 401, "Unauthorized"),
    ],
)
async def test_refusals_have_their_status_and_words(
    path: str, status: int, description: str, sandbox: Sandbox, ada: TelegramUser
) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{sandbox.root}{path}")
    body = answer.json()
    assert (answer.status_code, body["ok"], body["error_code"]) == (status, False, status)
    assert body["description"].startswith(description)
