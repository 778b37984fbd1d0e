"""Calls of Chatwoot's application API, one method each; repeats nothing, and decides nothing.

The API: https://developers.chatwoot.com/api-reference. Messages carry a key of ours in `content_attributes`, which
Chatwoot keeps as it is: by it they are known again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from bot.conversations.models import Json
from bot.handoff.files import NewFile
from bot.helpdesk.chatwoot.errors import ChatwootError, Gone, Invalid, Refused, TooMany, Unclear, Unreachable

KEY = "bellhop"  # in a message's content_attributes, and in a conversation's custom_attributes
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0  # longer than its server lets a request live, so what was given up here is over there as well
LARGEST_ANSWER = 8 * 2**20
WAIT_SECONDS = 30.0  # where it wants us to wait and does not say how long
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class ChatwootClient:
    """One account of one Chatwoot.

    Args:
        http: what requests are made with; knows the address and the token.
        files: the same without the token, for files that lie elsewhere.
        account: number of the account.
        inbox: number of its inbox of the kind API.
    """

    def __init__(self, http: httpx.AsyncClient, files: httpx.AsyncClient, account: int, inbox: int) -> None:
        self.account = account
        self.inbox = inbox
        self._http = http
        self._files = files

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()
        await self._files.aclose()

    async def read_inbox(self) -> Json:
        """The inbox. Raises `Refused` where there is none that we may use."""
        return _object(await self._ask("GET", f"inboxes/{self.inbox}"))

    # -- who writes

    async def create_contact(self, identifier: str, name: str, attributes: Json) -> tuple[int, str | None]:
        """A new contact, and its source id in our inbox. Raises `Invalid` also where the identifier is known."""
        body = {"inbox_id": self.inbox, "identifier": identifier, "name": name, "custom_attributes": attributes}
        payload = _object(_object(await self._ask("POST", "contacts", json=body)).get("payload"))
        made = _object(payload.get("contact"))
        return _number(made.get("id")), _text(_object(payload.get("contact_inbox")).get("source_id"))

    async def find_contact(self, identifier: str) -> tuple[int, str | None] | None:
        """The contact of that identifier, and its source id in our inbox, where it has one."""
        found = _object(await self._ask("GET", "contacts/search", params={"q": identifier}))
        for contact in _list(found.get("payload")):
            if contact.get("identifier") == identifier:
                ours = (
                    _text(at.get("source_id"))
                    for at in _list(contact.get("contact_inboxes"))
                    if _object(at.get("inbox")).get("id") == self.inbox
                )
                return _number(contact.get("id")), next(ours, None)
        return None

    # -- conversations

    async def conversations_of(self, contact_id: int) -> list[Json]:
        """A contact's conversations, the latest first."""
        found = _object(await self._ask("GET", f"contacts/{contact_id}/conversations"))
        return _list(found.get("payload"))

    async def create_conversation(self, contact_id: int, source_id: str | None, attributes: Json) -> Json:
        """A new conversation, open."""
        body: Json = {
            "inbox_id": self.inbox,
            "contact_id": contact_id,
            "status": "open",
            "custom_attributes": attributes,
        }
        if source_id is not None:
            body["source_id"] = source_id
        return _object(await self._ask("POST", "conversations", json=body))

    async def read_conversation(self, number: str) -> Json:
        """A conversation as it is now."""
        return _object(await self._ask("GET", f"conversations/{number}", one=True))

    async def is_gone(self, number: str) -> bool:
        """Whether a conversation is no more: Chatwoot itself answers, and has none of that number.

        A proxy in front of it may answer 404 as well, while Chatwoot is exchanged for a newer one.
        """
        await self.read_inbox()
        try:
            await self.read_conversation(number)
        except Gone:
            return True
        return False

    async def set_status(self, number: str, status: str) -> None:
        """Make a conversation open, pending or resolved."""
        await self._ask("POST", f"conversations/{number}/toggle_status", json={"status": status}, one=True)

    async def add_labels(self, number: str, labels: Sequence[str]) -> None:
        """Give a conversation labels beside those it has: the API knows only how to replace them all."""
        path = f"conversations/{number}/labels"
        known = _object(await self._ask("GET", path, one=True)).get("payload")
        has = [label for label in known if isinstance(label, str)] if isinstance(known, list) else []
        wanted = [*has, *(label for label in labels if label not in has)]
        if wanted != has:
            await self._ask("POST", path, json={"labels": wanted}, one=True)

    # -- what is said

    async def messages_after(self, number: str, after: int) -> list[Json]:
        """Messages of a conversation with numbers above `after`, in order, at most a hundred."""
        return await self._messages(number, {"after": str(after)})

    async def messages_before(self, number: str, before: int | None) -> list[Json]:
        """The twenty messages before that number, or the last twenty, in order."""
        return await self._messages(number, {} if before is None else {"before": str(before)})

    async def create_message(
        self, number: str, text: str, *, key: str, private: bool, files: Sequence[NewFile] = ()
    ) -> None:
        """Say something in a conversation: as the customer, or where `private` as a note that only agents read."""
        path = f"conversations/{number}/messages"
        kind = "outgoing" if private else "incoming"
        if not files:
            body = {"content": text, "message_type": kind, "private": private, "content_attributes": {KEY: key}}
            await self._ask("POST", path, json=body, one=True)
            return
        form = {
            "content": text,
            "message_type": kind,
            "private": "true" if private else "false",
            "content_attributes": json.dumps({KEY: key}),
        }
        parts = [("attachments[]", (file.name, file.content, file.media_type)) for file in files]
        await self._ask("POST", path, data=form, files=parts, one=True)

    async def contact_types(self, inbox_identifier: str, source_id: str, number: str, *, on: bool) -> None:
        """Show that the customer types, or no longer does. Only the API for clients can say so of a contact."""
        path = f"/public/api/v1/inboxes/{inbox_identifier}/contacts/{source_id}/conversations/{number}/toggle_typing"
        await self._ask("POST", path, params={"typing_status": "on" if on else "off"}, one=True)

    async def download(self, url: str, most: int) -> bytes:
        """A file of a message's, from wherever it lies; the token does not go along.

        Raises:
            Invalid: there is none there, or it is larger than `most`.
            ChatwootError: it could not be fetched just now.
        """
        if not url.startswith(("https://", "http://")):
            raise Invalid("a file without an address")
        content = bytearray()
        try:
            async with self._files.stream("GET", url) as response:
                if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                    raise Unclear(f"file: status {response.status_code}")
                if response.status_code != httpx.codes.OK:
                    raise Invalid(f"file: status {response.status_code}")
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > most:
                        raise Invalid("file: too large")
        except (httpx.TooManyRedirects, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Invalid(f"file: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise Unclear(f"file: {type(error).__name__}") from None
        return bytes(content)

    async def _messages(self, number: str, query: Mapping[str, str]) -> list[Json]:
        found = _object(await self._ask("GET", f"conversations/{number}/messages", params=query, one=True))
        return sorted(_list(found.get("payload")), key=lambda message: _number(message.get("id")))

    async def _ask(self, method: str, path: str, *, one: bool = False, **content: Any) -> Any:
        """Make a request; `one`: it is about one thing there, which may be gone."""
        shown = f"{method} {path.split('/')[-1]}"
        target = path if path.startswith("/") else f"/api/v1/accounts/{self.account}/{path}"
        try:
            response = await self._http.request(method, target, **content)
        except _NOT_SENT as error:
            raise Unreachable(f"{shown}: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise Unclear(f"{shown}: {type(error).__name__}") from None
        if response.is_success:
            return _json(response, shown)
        raise _failure(response, shown, one=one)


def chatwoot_client(url: str, token: str, account: int, inbox: int) -> ChatwootClient:
    """A client for one account, which sends the token to that address and nowhere else."""
    times = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    http = httpx.AsyncClient(
        base_url=url.rstrip("/"),
        headers={"api_access_token": token, "Accept": "application/json"},
        timeout=times,
        follow_redirects=False,  # or the token would go along
        trust_env=False,  # else it would read the environment by itself
    )
    files = httpx.AsyncClient(timeout=times, follow_redirects=True, max_redirects=3, trust_env=False)
    return ChatwootClient(http, files, account, inbox)


def _failure(response: httpx.Response, shown: str, *, one: bool) -> ChatwootError:
    why = f"{shown}: status {response.status_code}"
    match response.status_code:
        case 429:
            return TooMany(why, _seconds(response.headers.get("retry-after")))
        case 404 if one:
            return Gone(why)
        case 401 | 403 | 404:
            return Refused(why)
        case 408 | 425:
            return Unclear(why)
        case status if 400 <= status < 500:
            return Invalid(why)
    return Unclear(why)  # also where it leads elsewhere: that is not what was asked for


def _seconds(header: str | None) -> float:
    try:
        seconds = float(header or WAIT_SECONDS)
    except ValueError:  # a date, which nobody sends
        return WAIT_SECONDS
    return min(max(seconds, 0.0), 3600.0) if math.isfinite(seconds) else WAIT_SECONDS


def _json(response: httpx.Response, shown: str) -> Any:
    if not response.content:
        return {}
    try:
        return json.loads(response.content) if len(response.content) <= LARGEST_ANSWER else {}
    except ValueError:
        raise Unclear(f"{shown}: the answer is no JSON") from None


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Json]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int:
    """A number out of an answer that must have one."""
    if type(value) is not int:
        raise Unclear("an answer without the number it must have")
    return value
