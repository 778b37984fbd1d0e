"""The methods that the sandbox knows. `getUpdates` waits and is apart, in receiving.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.telegram import editing, sending, settling
from tests.telegram.replies import Request

Method = Callable[[Request], Any]

# Names are not case sensitive.
METHODS: Mapping[str, Method] = {
    "getme": settling.get_me,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "senddocument": sending.send_document,
    "sendchataction": sending.send_chat_action,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "deletemessage": editing.delete_message,
    "answercallbackquery": editing.answer_callback_query,
    "setmycommands": settling.set_my_commands,
    "getmycommands": settling.get_my_commands,
    "deletemycommands": settling.delete_my_commands,
    "setmydescription": settling.set_my_description,
    "getmydescription": settling.get_my_description,
    "setmyshortdescription": settling.set_my_short_description,
    "getmyshortdescription": settling.get_my_short_description,
    "getchat": settling.get_chat,
    "leavechat": settling.leave_chat,
    "getfile": settling.get_file,
    "setwebhook": settling.set_webhook,
    "deletewebhook": settling.delete_webhook,
    "getwebhookinfo": settling.get_webhook_info,
}
# What Telegram says beside `true`.
SAID = {"setwebhook": "Webhook was set", "deletewebhook": "Webhook was deleted"}
GET_UPDATES = "getupdates"
