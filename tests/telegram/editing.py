"""Changing and deleting what the bot has sent, and answering taps."""

from __future__ import annotations

from tests.telegram.keyboards import check_inline
from tests.telegram.model import Chat, Message, Wire
from tests.telegram.refusals import bad_request
from tests.telegram.replies import Request, check_writable
from tests.telegram.sending import caption_content, text_content
from tests.telegram.strings import check_utf8, utf16_length

MOST_POPUP = 200
DELETABLE_SECONDS = 48 * 3600
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def edit_message_text(request: Request) -> Wire:
    text = request.text()
    message = _editable(request)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    return _edited(request, message, text_content(text))


def edit_message_caption(request: Request) -> Wire:
    caption = request.caption()
    message = _editable(request)
    if "text" in message.content:
        raise bad_request("there is no caption in the message to edit")
    media = {key: value for key, value in message.content.items() if key not in ("caption", "caption_entities")}
    return _edited(request, message, {**media, **caption_content(caption)})


def edit_message_reply_markup(request: Request) -> Wire:
    message = _editable(request)
    return _edited(request, message, message.content)


def delete_message(request: Request) -> bool:
    chat = request.chat()
    check_writable(chat)
    message = request.message(chat, "message to delete not found")
    too_old = request.state.clock() - message.date > DELETABLE_SECONDS
    not_own = chat.type != "private" and not message.from_bot
    if too_old or not_own:
        raise bad_request("message can't be deleted")
    message.deleted = True
    return True


def answer_callback_query(request: Request) -> bool:
    """Ends the tap's spinner, with a text or without. A tap can be answered once, and not for long."""
    text = request.arguments.text("text")
    check_utf8(text)
    if utf16_length(text) > MOST_POPUP:
        raise bad_request("MESSAGE_TOO_LONG")
    tap = request.bot.taps.get(request.arguments.text("callback_query_id"))
    if tap is None or request.state.clock() - tap.at > request.state.query_seconds:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if not tap.answered:
        tap.answered, tap.text, tap.alert = True, text, request.arguments.flag("show_alert")
        tap.url = request.arguments.text("url")
    return True


def _editable(request: Request) -> Message:
    """The bot's own message that is to be changed."""
    if not request.arguments.given("chat_id") and request.arguments.given("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat: Chat = request.writable_chat()
    if not request.arguments.given("message_id"):
        raise bad_request("message identifier is not specified")
    message = request.message(chat, "message to edit not found")
    own = message.from_bot or (chat.type == "channel" and message.sender is None)
    if not own or (message.markup is not None and "inline_keyboard" not in message.markup):
        raise bad_request("message can't be edited")
    return message


def _edited(request: Request, message: Message, content: Wire) -> Wire:
    """Change a message. Without `reply_markup` its buttons go, as with Telegram."""
    markup = check_inline(request.arguments.json("reply_markup"))
    if content == message.content and markup == message.markup:
        raise bad_request(_NOT_MODIFIED)
    request.bot.pacer.edit(message.chat.id, message.id, now=request.state.clock())
    message.edits += 1
    message.edit_date = request.state.now()
    message.content, message.markup = content, markup
    return message.wire()
