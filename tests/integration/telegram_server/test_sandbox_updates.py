"""Updates by `getUpdates`: what people do, read by python-telegram-bot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.error import Conflict
from telegram.ext import Application, MessageHandler, filters

from tests.integration.telegram_server.conftest import client_of
from tests.telegram import Sandbox, SeenMessage, TelegramUser

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning"),  # seconds as numbers
]
Deed = Callable[[TelegramUser], Any]


async def only_message(bot: Bot) -> Message:
    (update,) = await bot.get_updates()
    assert update.message is not None
    return update.message


@pytest.mark.parametrize(
    ("deed", "read"),
    [
        (lambda ada: ada.start("link_7"), lambda message: message.text == "/start link_7"),
        (lambda ada: ada.says("/help"), lambda message: message.entities[0].type == "bot_command"),
        (lambda ada: ada.sends_photo(caption="A mug"), lambda message: message.photo and message.caption == "A mug"),
        (lambda ada: ada.sends_document(), lambda message: message.document.file_name == "file.txt"),
        (lambda ada: ada.sends_voice(7), lambda message: message.voice.duration == 7),
        (lambda ada: ada.sends_video("Look"), lambda message: message.video and message.caption == "Look"),
        (lambda ada: ada.sends_video(kind="video_note"), lambda message: message.video_note.length == 240),
        (lambda ada: ada.sends_video(kind="animation"), lambda message: message.animation.width == 320),
        (lambda ada: ada.sends_video(kind="audio"), lambda message: message.audio.mime_type == "audio/mpeg"),
        (lambda ada: ada.sends_sticker("👋"), lambda message: message.sticker.emoji == "👋"),
        (lambda ada: ada.sends_location(1.5, 2.5), lambda message: message.location.latitude == 1.5),
        (lambda ada: ada.sends_venue("Café"), lambda message: message.venue.title == "Café"),
        (lambda ada: ada.shares_contact("+491"), lambda message: message.contact.user_id == message.from_user.id),
        (lambda ada: ada.shares_contact(own=False), lambda message: message.contact.user_id is None),
        (lambda ada: ada.shares_contact(own=False, user_id=5), lambda message: message.contact.user_id == 5),
        (lambda ada: ada.sends_poll("Tea?", ["Yes", "No"]), lambda message: len(message.poll.options) == 2),
        (lambda ada: ada.sends_dice(), lambda message: 1 <= message.dice.value <= 6),
        (lambda ada: ada.forwards("News", of="Bob"), lambda message: message.forward_origin.sender_user_name == "Bob"),
    ],
)
async def test_everything_a_user_sends_can_be_read(deed: Deed, read: Any, ada: TelegramUser, bot: Bot) -> None:
    deed(ada)
    message = await only_message(bot)
    assert read(message)
    assert (message.chat.id, message.from_user and message.from_user.language_code) == (ada.id, "de")


async def test_an_album_is_several_messages_with_one_number(ada: TelegramUser, bot: Bot) -> None:
    ada.sends_album(["one", "two"])
    messages = [update.message for update in await bot.get_updates()]
    assert [message and message.caption for message in messages] == ["one", "two"]
    assert len({message and message.media_group_id for message in messages}) == 1


async def test_a_text_that_is_too_long_comes_in_pieces(ada: TelegramUser, bot: Bot) -> None:
    ada.says("😀" * 2049)
    texts = [update.message and update.message.text for update in await bot.get_updates()]
    assert texts == ["😀" * 2048, "😀"]


async def test_an_edit_is_an_edited_message(ada: TelegramUser, bot: Bot) -> None:
    said = ada.says("Helo")
    ada.edits(said, "Hello")
    first, second = await bot.get_updates()
    assert first.message is not None
    assert second.edited_message is not None
    assert (second.edited_message.message_id, second.edited_message.text) == (first.message.message_id, "Hello")


async def test_a_reply_brings_what_it_answers(ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_message(ada.id, "Which one?")
    ada.says("The red one", reply_to=ada.last)
    message = await only_message(bot)
    assert message.reply_to_message is not None
    assert message.reply_to_message.message_id == sent.message_id


async def test_a_tap_is_a_callback_query_with_its_message(ada: TelegramUser, bot: Bot) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
    await bot.send_message(ada.id, "Sure?", reply_markup=keyboard)
    ada.taps("Yes")
    assert ada.unanswered_taps == ["y"]
    (update,) = await bot.get_updates()
    query = update.callback_query
    assert query is not None
    assert isinstance(query.message, Message)
    assert (query.data, query.message.text, query.from_user.id) == ("y", "Sure?", ada.id)
    await query.answer("Saved", show_alert=True)
    assert [(popup.text, popup.alert) for popup in ada.popups] == [("Saved", True)]
    assert ada.unanswered_taps == []


async def test_a_tap_on_an_old_message_comes_without_it(ada: TelegramUser, bot: Bot) -> None:
    ada.taps_inaccessible("y", 3)
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.message is not None
    assert not update.callback_query.message.is_accessible
    assert update.callback_query.message.message_id == 3


async def test_a_button_that_is_not_there_cannot_be_tapped(ada: TelegramUser) -> None:
    with pytest.raises(AssertionError, match="no button 'Yes'"):
        ada.taps("Yes")


async def test_blocking_changes_the_bots_membership(ada: TelegramUser, bot: Bot) -> None:
    ada.blocks()
    ada.unblocks()
    changes = [update.my_chat_member for update in await bot.get_updates()]
    assert [change and change.new_chat_member.status for change in changes] == ["kicked", "member"]
    assert [change and change.old_chat_member.status for change in changes] == ["member", "kicked"]


async def test_in_a_group_the_bot_hears_what_is_meant_for_it(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    group = sandbox.group("Friends", ada)
    sent = await bot.send_message(group.id, "Hello all")
    ada.says("Lovely weather", place=group)
    ada.says("/help", place=group)
    ada.says("/help@other_bot", place=group)
    ada.says("@sandbox_bot, are you there?", place=group)
    ada.says("Yes", place=group, reply_to=sent.message_id)
    added, *updates = await bot.get_updates()
    assert added.my_chat_member is not None
    assert [update.message and update.message.text for update in updates] == [
        "/help",
        "@sandbox_bot, are you there?",
        "Yes",
    ]


async def test_a_bot_without_privacy_hears_everything(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    sandbox.bot.reads_groups = True
    group = sandbox.group("Friends", ada, supergroup=True)
    ada.says("Lovely weather", place=group)
    _, update = await bot.get_updates()
    assert update.message is not None
    assert update.message.chat.type == "supergroup"


async def test_a_group_that_moves_says_so_on_both_sides(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    group = sandbox.group("Friends", ada)
    supergroup = sandbox.upgrades(group, ada)
    _, old, new = [update.message for update in await bot.get_updates()]
    assert old is not None
    assert new is not None
    assert (old.chat.id, old.migrate_to_chat_id) == (group.id, supergroup.id)
    assert (new.chat.id, new.migrate_from_chat_id) == (supergroup.id, group.id)


async def test_a_channels_post_is_a_channel_post(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    channel = sandbox.channel("News", ada, username="shop_news")
    sandbox.posts(channel, "Sale!")
    _, update = await bot.get_updates()
    assert update.channel_post is not None
    assert (update.channel_post.text, update.channel_post.from_user) == ("Sale!", None)
    assert (await bot.send_message("@shop_news", "Over")).sender_chat == update.channel_post.chat


async def test_an_update_of_unknown_shape_comes_as_it_is(sandbox: Sandbox, bot: Bot) -> None:
    number = sandbox.update({"telepathy": {"thought": "?"}})
    (update,) = await bot.get_updates()
    assert (update.update_id, update.effective_chat) == (number, None)
    assert update.api_kwargs == {"telepathy": {"thought": "?"}}


async def test_update_numbers_rise_from_somewhere(ada: TelegramUser, bot: Bot) -> None:
    for text in ("one", "two", "three"):
        ada.says(text)
    numbers = [update.update_id for update in await bot.get_updates()]
    assert numbers == [numbers[0] + n for n in range(3)]
    assert numbers[0] > 10**8


async def test_an_offset_confirms_what_is_below_it(ada: TelegramUser, bot: Bot, sandbox: Sandbox) -> None:
    for text in ("one", "two", "three"):
        ada.says(text)
    first = (await bot.get_updates(limit=1))[0].update_id
    assert len(await bot.get_updates()) == 3
    assert [update.update_id for update in await bot.get_updates(offset=first + 1)] == [first + 1, first + 2]
    assert [update.update_id for update in await bot.get_updates(offset=-1)] == [first + 2]
    assert await bot.get_updates(offset=first + 3) == ()
    assert sandbox.pending == 0


async def test_only_the_kinds_that_are_asked_for_come(ada: TelegramUser, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["message"])
    said = ada.says("Helo")
    ada.edits(said, "Hello")
    ada.blocks()
    assert [update.message is not None for update in await bot.get_updates()] == [True]


async def test_a_long_poll_answers_as_soon_as_there_is_something(ada: TelegramUser, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    ada.says("Hi")
    assert len(await polling) == 1
    assert time.monotonic() - began < 1


async def test_of_two_polls_the_first_is_ended(ada: TelegramUser, bot: Bot, sandbox: Sandbox) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    async with client_of(sandbox) as other:
        second = asyncio.create_task(other.get_updates(timeout=5))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        ada.says("Hi")
        assert len(await second) == 1


async def test_a_webhook_ends_polling(bot: Bot, sandbox: Sandbox) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    await bot.set_webhook("https://shop.example/hook")
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await polling
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_a_poll_whose_client_has_gone_is_forgotten(sandbox: Sandbox, ada: TelegramUser, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    polling.cancel()
    await asyncio.sleep(0.1)
    ada.says("Hi")
    assert len(await bot.get_updates()) == 1
    assert [call.status for call in sandbox.calls_of("getUpdates")] == [200]


async def test_an_application_of_the_library_runs_on_it(sandbox: Sandbox) -> None:
    async def echo(update: Update, _: object) -> None:
        assert update.message is not None
        await update.message.reply_text(f"You said {update.message.text}")

    application = Application.builder().bot(client_of(sandbox)).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=2)
        ada = sandbox.user("Ada")
        said = ada.start()
        heard: SeenMessage = await ada.hears("You said /start", after=said)
        await application.updater.stop()
        await application.stop()
    assert heard.from_bot
    assert sandbox.pending == 0
    assert sandbox.counters() == {"too_many": 0, "ignored_retry_after": 0, "bad_requests": [], "pending": 0}


async def test_waiting_for_what_does_not_come_shows_the_chat(ada: TelegramUser) -> None:
    with pytest.raises(AssertionError, match=r"'Hello' did not come within 0\.01 s; the chat:\n1 user: /start"):
        ada.waits_for("Hello", 0.01)
