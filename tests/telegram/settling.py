"""What a bot says about itself and asks about others: getMe, commands, descriptions, chats, files, the webhook."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from tests.telegram.events import membership_changed
from tests.telegram.model import Webhook, Wire
from tests.telegram.pictures import MOST_DOWNLOAD_BYTES
from tests.telegram.refusals import bad_request, forbidden
from tests.telegram.replies import Request
from tests.telegram.strings import clean_line, utf16_length

MOST_COMMANDS = 100
WEBHOOK_PORTS = frozenset({443, 80, 88, 8443})
SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def get_me(request: Request) -> Wire:
    return request.bot.account.wire() | {
        "can_join_groups": True,
        "can_read_all_group_messages": request.bot.reads_groups,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def set_my_commands(request: Request) -> bool:
    given = request.arguments.json("commands")
    if not isinstance(given, list):
        raise bad_request("can't parse commands: expected an Array")
    if len(given) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    request.bot.commands[_scope(request), _language(request)] = [_command(command) for command in given]
    return True


def get_my_commands(request: Request) -> list[Wire]:
    return request.bot.commands.get((_scope(request), _language(request)), [])


def delete_my_commands(request: Request) -> bool:
    request.bot.commands.pop((_scope(request), _language(request)), None)
    return True


def set_my_description(request: Request) -> bool:
    return _describe(request, "description", 512)


def get_my_description(request: Request) -> Wire:
    return {"description": _described(request, "description")}


def set_my_short_description(request: Request) -> bool:
    return _describe(request, "short_description", 120)


def get_my_short_description(request: Request) -> Wire:
    return {"short_description": _described(request, "short_description")}


def get_chat(request: Request) -> Wire:
    """A `ChatFullInfo`."""
    chat = request.chat()
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return chat.wire() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }


def leave_chat(request: Request) -> bool:
    chat = request.chat()
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    if chat.bot_status != "member":
        raise forbidden(f"bot is not a member of the {chat.type} chat")
    membership_changed(request.state, request.bot, chat, request.bot.account, "left")
    return True


def get_file(request: Request) -> Wire:
    file = request.state.files.get(request.arguments.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if file.size > MOST_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {"file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.size, "file_path": file.path}


def set_webhook(request: Request) -> bool:
    url = request.arguments.text("url").strip()
    if not url:
        return delete_webhook(request)
    check_webhook_url(url)
    secret = request.arguments.text("secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request(
            "secret token contains unallowed characters" if len(secret) <= 256 else "secret token is too long"
        )
    connections = request.arguments.integer("max_connections", 40)
    if not 1 <= connections <= 100:
        raise bad_request("max_connections must be between 1 and 100")
    _drop_pending(request)
    wanted = request.arguments.json("allowed_updates")
    request.bot.allowed_updates = allowed_updates(wanted, request.bot.allowed_updates)
    request.bot.webhook = Webhook(url, secret, connections)
    request.bot.poll += 1
    return True


def delete_webhook(request: Request) -> bool:
    _drop_pending(request)
    request.bot.webhook = None
    return True


def get_webhook_info(request: Request) -> Wire:
    hook, pending = request.bot.webhook, len(request.bot.updates)
    found: Wire = {"url": hook.url if hook else "", "has_custom_certificate": False, "pending_update_count": pending}
    if request.bot.allowed_updates:
        found["allowed_updates"] = request.bot.allowed_updates
    if hook is not None:
        found |= {"max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
        if hook.last_error:
            found |= {"last_error_date": int(hook.last_error_at), "last_error_message": hook.last_error}
    return found


def check_webhook_url(url: str) -> None:
    """HTTPS on one of four ports; here also HTTP on this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise bad_request("bad webhook: invalid HTTP URL specified") from None
    if parts.scheme in ("http", "https") and host in _LOOPBACK:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if "." not in host:
        raise bad_request("bad webhook: Failed to resolve host: Name or service not known")
    if port is not None and port not in WEBHOOK_PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def allowed_updates(given: Any, before: list[str] | None) -> list[str] | None:
    """The kinds of updates a bot wants: none given, as before; an empty list, the usual ones."""
    if given is None:
        return before
    if not isinstance(given, list) or not all(isinstance(kind, str) for kind in given):
        raise bad_request("can't parse allowed updates: expected an Array of String")
    return given or None


def _drop_pending(request: Request) -> None:
    if request.arguments.flag("drop_pending_updates"):
        request.bot.updates.clear()


def _scope(request: Request) -> str:
    """The scope in one form, as a key."""
    given = request.arguments.json("scope") or {"type": "default"}
    if not isinstance(given, dict) or given.get("type") not in SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    needed = SCOPES[given["type"]]
    if any(name not in given for name in needed):
        raise bad_request("can't parse BotCommandScope: chat_id is empty")
    return json.dumps({"type": given["type"], **{name: int(given[name]) for name in needed}})


def _language(request: Request) -> str:
    code = request.arguments.text("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


def _command(given: object) -> Wire:
    if not isinstance(given, dict) or not all(isinstance(given.get(name), str) for name in ("command", "description")):
        raise bad_request("can't parse BotCommand: expected an Object with command and description")
    command = given["command"].removeprefix("/")
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    description = clean_line(given["description"])
    if not 1 <= utf16_length(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def _describe(request: Request, name: str, most: int) -> bool:
    text = request.arguments.text(name)
    if utf16_length(text) > most:
        raise bad_request(f"bot {name.replace('_', ' ')} is too long")
    request.bot.descriptions[name, _language(request)] = text
    return True


def _described(request: Request, name: str) -> str:
    descriptions = request.bot.descriptions
    return descriptions.get((name, _language(request))) or descriptions.get((name, ""), "")
