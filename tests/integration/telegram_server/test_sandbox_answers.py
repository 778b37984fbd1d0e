"""What the sandbox answers, read by python-telegram-bot, and what users see of it."""

from __future__ import annotations

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.constants import ParseMode

from tests.telegram import Sandbox, TelegramUser
from tests.telegram.pictures import SMALL_PNG

pytestmark = pytest.mark.integration
YES_OR_NO = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Yes", callback_data="y"), InlineKeyboardButton("No", callback_data="n")]]
)


async def test_the_bot_knows_itself(sandbox: Sandbox, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot, me.can_read_all_group_messages) == (7001, "sandbox_bot", True, False)


async def test_a_message_arrives_with_its_formatting(ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_message(ada.id, "<b>Hello</b> 😀 <i>you</i>", parse_mode=ParseMode.HTML)
    assert sent.text_html == "<b>Hello</b> 😀 <i>you</i>"
    seen = ada.last
    assert (seen.id, seen.text, seen.from_bot, seen.silent) == (sent.message_id, "Hello 😀 you", True, False)
    assert [(entity["type"], entity["offset"]) for entity in seen.entities] == [("bold", 0), ("italic", 9)]


async def test_entities_and_markdown_come_to_the_same(ada: TelegramUser, bot: Bot) -> None:
    bold = MessageEntity(MessageEntity.BOLD, 0, 5)
    by_entity = await bot.send_message(ada.id, "Hello!", entities=[bold])
    by_markdown = await bot.send_message(ada.id, r"*Hello*\!", parse_mode=ParseMode.MARKDOWN_V2)
    assert by_entity.entities == by_markdown.entities == (bold,)


async def test_a_message_may_be_silent_and_answer_another(ada: TelegramUser, bot: Bot) -> None:
    question = ada.says("Hello?")
    sent = await bot.send_message(
        ada.id, "Yes?", disable_notification=True, reply_parameters=ReplyParameters(question.id)
    )
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "Hello?"
    assert (ada.last.silent, ada.last.reply_to) == (True, question.id)


async def test_an_answer_to_a_message_that_is_gone_may_be_sent_without_it(ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_message(
        ada.id, "Yes?", reply_parameters=ReplyParameters(999, allow_sending_without_reply=True)
    )
    assert sent.reply_to_message is None


async def test_buttons_are_shown_as_they_are_sent(ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_message(ada.id, "Sure?", reply_markup=YES_OR_NO)
    assert sent.reply_markup == YES_OR_NO
    assert [[button.data for button in row] for row in ada.last.keyboard] == [["y", "n"]]


async def test_an_edit_changes_what_is_seen_and_takes_the_buttons_away(ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_message(ada.id, "Sure?", reply_markup=YES_OR_NO)
    edited = await sent.edit_text("Done")
    assert edited is not True
    assert (edited.text, edited.reply_markup, edited.edit_date is None) == ("Done", None, False)
    assert (ada.last.text, ada.last.edits, ada.last.titles) == ("Done", 1, [])


async def test_buttons_alone_can_be_changed(ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_message(ada.id, "Sure?", reply_markup=YES_OR_NO)
    await sent.edit_reply_markup(None)
    assert (ada.last.text, ada.last.titles) == ("Sure?", [])


async def test_a_deleted_message_is_not_seen(ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_message(ada.id, "Oh")
    assert await sent.delete()
    assert ada.heard == []


@pytest.mark.parametrize("signature", [SMALL_PNG, b"\xff\xd8\xff\xe0jpeg", b"GIF89a\x01\x00\x01\x00", b"RIFF0000WEBP"])
async def test_a_picture_is_uploaded_and_sent_again_by_its_id(
    ada: TelegramUser, bot: Bot, sandbox: Sandbox, signature: bytes
) -> None:
    sent = await bot.send_photo(ada.id, InputFile(signature, "mug.png"), caption="<b>A</b> mug", parse_mode="HTML")
    assert (sent.caption, ada.last.text, ada.last.photo) == ("A mug", "A mug", True)
    again = await bot.send_photo(ada.id, sent.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
    assert ada.picture(ada.last) == signature
    assert sandbox.calls_of("sendPhoto")[0].files == ("mug.png",)


async def test_a_public_address_of_a_picture_is_taken(ada: TelegramUser, bot: Bot) -> None:
    assert (await bot.send_photo(ada.id, "https://shop.example/mug.png")).photo


async def test_a_caption_is_edited(ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_photo(ada.id, SMALL_PNG, caption="A mug")
    await sent.edit_caption("Two mugs")
    assert (ada.last.text, ada.last.photo) == ("Two mugs", True)


async def test_a_document_may_be_anything(ada: TelegramUser, bot: Bot) -> None:
    sent = await bot.send_document(ada.id, InputFile(b"<svg/>", "logo.svg"), caption="Our logo")
    assert sent.document is not None
    assert (sent.document.file_name, ada.last.kind) == ("logo.svg", "document")


async def test_a_users_file_can_be_fetched(ada: TelegramUser, bot: Bot) -> None:
    ada.sends_document(b"a receipt", "receipt.txt")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.document is not None
    file = await update.message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"a receipt"


async def test_the_bot_shows_that_it_is_busy(ada: TelegramUser, bot: Bot) -> None:
    await bot.send_chat_action(ada.id, "typing")
    await bot.send_chat_action(ada.id, "upload_photo")
    assert ada.typing == 2


async def test_a_reply_keyboard_stays_until_it_is_removed(ada: TelegramUser, bot: Bot) -> None:
    keyboard = ReplyKeyboardMarkup([[KeyboardButton("Share number", request_contact=True)], ["Skip"]])
    await bot.send_message(ada.id, "Who are you?", reply_markup=keyboard)
    await bot.send_message(ada.id, "Well?", reply_markup=ForceReply())
    assert [[button.title for button in row] for row in ada.keyboard_below] == [["Share number"], ["Skip"]]
    ada.taps("Share number")
    ada.taps("Skip")
    shared, skipped = (update.message for update in await bot.get_updates())
    assert shared is not None
    assert shared.contact is not None
    assert shared.contact.user_id == ada.id
    assert skipped is not None
    assert skipped.text == "Skip"
    await bot.send_message(ada.id, "Thanks", reply_markup=ReplyKeyboardRemove())
    assert ada.keyboard_below == ()


async def test_commands_depend_on_scope_and_language(ada: TelegramUser, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("help", "What I can do")])
    await bot.set_my_commands([("help", "Was ich kann")], language_code="de")
    assert ada.commands == [("help", "Was ich kann")]
    private = BotCommandScopeAllPrivateChats()
    await bot.set_my_commands([("start", "Begin")], scope=private)
    assert ada.commands == [("start", "Begin")]
    assert await bot.get_my_commands(scope=private) == (BotCommand("start", "Begin"),)
    await bot.delete_my_commands(scope=private)
    assert await bot.get_my_commands(scope=private) == ()
    assert ada.commands == [("help", "Was ich kann")]


async def test_the_bot_describes_itself(ada: TelegramUser, bot: Bot) -> None:
    await bot.set_my_description("Ask me")
    await bot.set_my_description("Frag mich", language_code="de")
    await bot.set_my_short_description("A shop")
    assert ada.description == "Frag mich"
    assert (await bot.get_my_description("fr")).description == "Ask me"
    assert (await bot.get_my_short_description()).short_description == "A shop"


async def test_a_chat_tells_who_is_there(ada: TelegramUser, bot: Bot) -> None:
    chat = await bot.get_chat(ada.id)
    assert (chat.type, chat.first_name, chat.last_name, chat.username) == ("private", "Ada", "Byron", "ada_b")
