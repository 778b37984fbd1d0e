"""The Bot API as the rest of the channel calls it: one client, raw answers, one translation of what can go wrong."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
import telegram
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.conversations.errors import TransportError

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 20.0
FILE_SECONDS = 60.0  # between two pieces of a file
CONNECTIONS = 64  # more than the messages that are carried at once
REFUSED_PAUSE_SECONDS = 60.0
_REPEATABLE = ("get", "set", "edit", "delete", "answer", "sendchataction")
# A gateway may have lost the answer of a server that did what it was told. 500 and 503 are Telegram's own word that
# it did not ("Internal Server Error: restart", "Service Unavailable").
_PERHAPS_DONE = (502, 504)
_MALFORMED = (LookupError, TypeError, AttributeError, ValueError, RecursionError)


class TokenRefused(TransportError):
    """Telegram does not know the bot's token (any more). What was to be sent can be sent when it does again."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after=REFUSED_PAUSE_SECONDS, unreachable=True)


class OtherReader(TransportError):
    """Somebody else asks for this bot's updates, or a webhook is set: Telegram gives them to one only."""


class CallRejected(TransportError):
    """Telegram does not do what was asked, and says why in `description`: "message to edit not found"."""

    def __init__(self, message: str, description: str) -> None:
        super().__init__(message, permanent=True)
        self.description = description


class ChatMoved(TransportError):
    """A group became a supergroup, which has another id."""

    def __init__(self, message: str, new_chat_id: int) -> None:
        super().__init__(message, permanent=True)
        self.new_chat_id = new_chat_id


@dataclass(frozen=True, slots=True)
class Me:
    """The bot that a token belongs to."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is sent along; without a name it gets one."""

    content: bytes
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that Telegram holds: where it can be fetched for an hour, and its size in bytes if that is known."""

    path: str
    size: int | None


class TelegramClient:
    """Calls the Bot API for one bot.

    All methods raise `TransportError`, which says whether to try again, give up, or admit not to know; `TokenRefused`
    where the token is none (any more).

    Args:
        token: of the bot.
        api_url: https://api.telegram.org, or that of one's own Bot API server.
    """

    def __init__(self, token: str, api_url: str) -> None:
        self.bot_id = int(token.partition(":")[0])
        self._token = token
        # Waiting for updates takes a connection for half a minute: it must not be one that messages are sent over.
        self._requests, self._waiting = _requests(CONNECTIONS), _requests(2)
        self._bot, self._poller = (
            telegram.Bot(
                token, base_url=lambda own: f"{api_url}/bot{own}", request=requests, get_updates_request=requests
            )
            for requests in (self._requests, self._waiting)
        )
        # Of our own: the library's reads a file whole before anybody can say that it is too large.
        self._files = httpx.AsyncClient(
            timeout=httpx.Timeout(FILE_SECONDS, connect=CONNECT_SECONDS), trust_env=False, verify=_authorities()
        )
        self._files_url = f"{api_url}/file/bot{token}"

    async def close(self) -> None:
        """Close all connections."""
        await self._requests.shutdown()
        await self._waiting.shutdown()
        await self._files.aclose()

    async def call(
        self,
        method: str,
        arguments: Mapping[str, Any],
        *,
        files: Mapping[str, Upload] | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> Any:
        """Call a method by its name in the Bot API.

        Args:
            arguments: as JSON; None is left out.
            files: what goes along, by the argument's name.

        Returns:
            Telegram's `result` as it came. None where an edit changes nothing: the message is as it should be.
        """
        uploads = {name: telegram.InputFile(file.content, file.name) for name, file in (files or {}).items()}
        return await self._asked(self._bot, method, {**arguments, **uploads}, seconds)

    async def send(
        self, method: str, arguments: Mapping[str, Any], *, files: Mapping[str, Upload] | None = None
    ) -> int:
        """Call a method that sends one message, such as sendMessage; returns the number of that message."""
        sent = await self.call(method, arguments, files=files)
        number = sent.get("message_id") if isinstance(sent, dict) else None
        if not isinstance(number, int):
            raise TransportError(f"{method}: an answer without a message_id", outcome_unknown=True)
        return number

    async def me(self) -> Me:
        """Who we are."""
        found = await self.call("getMe", {})
        if not isinstance(found, dict) or not isinstance(found.get("username"), str):
            raise TransportError("getMe: an answer without a username")
        return Me(self.bot_id, found["username"])

    async def updates(
        self, offset: int | None, *, wait_seconds: int, kinds: Sequence[str], most: int = 100
    ) -> list[Any]:
        """The updates from `offset` on, as they came; waits for one if there is none. Raises `OtherReader`, too."""
        arguments = {"offset": offset, "timeout": wait_seconds, "limit": most, "allowed_updates": list(kinds)}
        found = await self._asked(self._poller, "getUpdates", arguments, wait_seconds + ANSWER_SECONDS)
        if not isinstance(found, list):
            raise TransportError("getUpdates: an answer that is no list")
        return found

    async def find_file(self, file_id: str) -> RemoteFile:
        """Where a file can be fetched. A permanent error where there is none (any more), or it is too big for bots."""
        found = await self.call("getFile", {"file_id": file_id})
        if not isinstance(found, dict) or not isinstance(found.get("file_path"), str):
            raise TransportError("getFile: an answer without a file_path")
        size = found.get("file_size")
        return RemoteFile(found["file_path"], size if isinstance(size, int) else None)

    async def download(self, file: RemoteFile, most_bytes: int) -> bytes | None:
        """The content of a file; None where it is larger than that: no more of it is read."""
        content = bytearray()
        try:
            async with self._files.stream("GET", f"{self._files_url}/{file.path.lstrip('/')}") as response:
                _refuse(response)
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > most_bytes:
                        return None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise TransportError(self._said(error), unreachable=True) from error
        except (httpx.HTTPError, httpx.InvalidURL, *_MALFORMED) as error:
            raise TransportError(self._said(error)) from error
        return bytes(content)

    def _said(self, error: Exception) -> str:
        return f"a file: {type(error).__name__} {error}".replace(self._token, "…")[:300]

    async def _asked(self, bot: telegram.Bot, method: str, arguments: dict[str, Any], seconds: float) -> Any:
        try:
            # The raw call, so that shapes the library does not know break nothing. In lower case, which the Bot API
            # takes as well: of names the library knows it would warn that it has typed methods.
            return await bot.do_api_request(method.lower(), arguments, read_timeout=seconds)
        except BadRequest as error:
            if "message is not modified" in str(error).lower():
                return None
            raise translated(error, method, self._token) from error
        except (TelegramError, *_MALFORMED) as error:
            raise translated(error, method, self._token) from error


def _refuse(response: httpx.Response) -> None:
    """Raise what a file server's answer means that is no file.

    Not even that it is not there is for good: where it lies was asked just before, and holds for an hour.
    """
    match response.status_code:
        case httpx.codes.OK:
            return
        case httpx.codes.UNAUTHORIZED:
            raise TokenRefused("a file: the token is refused")
        case status:
            raise TransportError(f"a file: status {status}")


def repeatable(method: str) -> bool:
    """Whether calling a method twice is as good as once: nobody sees a second message."""
    return method.lower().startswith(_REPEATABLE)


def translated(error: Exception, method: str, token: str) -> TransportError:
    """What an error of the library means for whoever called `method`; the token does not appear in it."""
    text = f"{method}: {error}".replace(token, "…")[:300]
    if _not_of_telegram(error):  # a proxy's page for 403 says nothing of the customer, nor one for 404 of the token
        return TransportError(f"{method}: an answer that is not the Bot API's", unreachable=True)
    match error:
        case RetryAfter():
            pause = error.retry_after
            seconds = pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
            return TransportError(text, retry_after=seconds)
        case Forbidden():
            return TransportError(text, blocked=True)
        case ChatMigrated():
            return ChatMoved(text, error.new_chat_id)
        case InvalidToken():
            return TokenRefused(text)
        case Conflict():
            return OtherReader(text)
        case BadRequest():
            return CallRejected(text, str(error))
    return _trouble_on_the_way(error, method, text)


def _trouble_on_the_way(error: Exception, method: str, text: str) -> TransportError:
    """Of what never got there, what may have, and what cannot be sent at all."""
    cause = error.__cause__
    unsure = not repeatable(method)
    match cause:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.ProxyError():
            return TransportError(text, unreachable=True)
        case httpx.HTTPStatusError() if cause.response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return TransportError(text, unreachable=True)
        case httpx.HTTPStatusError():
            return TransportError(text, outcome_unknown=unsure and cause.response.status_code in _PERHAPS_DONE)
        case UnicodeError():
            return TransportError(f"{method}: cannot be written ({type(cause).__name__})", permanent=True)
        case None if isinstance(error, TelegramError):  # a refusal in words, with a status that has no class of its own
            return TransportError(text)
    return TransportError(text, outcome_unknown=unsure)


def _not_of_telegram(error: Exception) -> bool:
    """Whether an error's status came with a body that is not the Bot API's."""
    seen: BaseException | None = error
    while isinstance(seen, TelegramError) and isinstance(seen.__cause__, TelegramError):
        seen = seen.__cause__
    return seen is not error and type(seen) is TelegramError


@cache
def _authorities() -> ssl.SSLContext:
    """Whose certificates are believed; reading them takes as long as all else that a client begins with."""
    return httpx.create_ssl_context(trust_env=False)


def _requests(connections: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=ANSWER_SECONDS,
        write_timeout=ANSWER_SECONDS,
        media_write_timeout=ANSWER_SECONDS,
        pool_timeout=CONNECT_SECONDS,
        httpx_kwargs={
            "trust_env": False,  # else it would read the environment by itself
            "verify": _authorities(),
            "event_hooks": {"response": [_raise_server_error]},
        },
    )


async def _raise_server_error(response: httpx.Response) -> None:
    """Keep the status, which the library forgets. Not `raise_for_status`: its text holds the address, so the token."""
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise httpx.HTTPStatusError(f"status {response.status_code}", request=response.request, response=response)
