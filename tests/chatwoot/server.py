"""The tests' Chatwoot on loopback: its application API, as far as the bridge uses it, and what its agents do.

It checks token, required fields and what is unique, and fails as a test orders. Webhooks wait in `pushes` until the
test delivers them: at once, twice, late, in another order or with a wrong signature.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.chatwoot.state import Contact, Json, Kept, Said, Talk, User

TOKEN, SECRET = "token-of-an-administrator", "secret-of-the-webhook"
ACCOUNT, INBOX = 3, 7
ROOT = f"/api/v1/accounts/{ACCOUNT}"
IDENTIFIER = "inboxIdentifier7"
Answer = Awaitable[web.StreamResponse]


@dataclass
class Fault:
    """One failure, used up by one request whose method and path's end fit.

    `after`: what was asked for is done all the same. A status of 0 closes the connection.
    """

    status: int
    fits: str = ""
    after: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Push:
    """One webhook that waits to be delivered."""

    event: str
    body: bytes
    delivery: str = field(default_factory=lambda: str(uuid.uuid4()))

    def headers(self, now: float, secret: str = SECRET) -> dict[str, str]:
        timestamp = str(int(now))
        signed = hmac.new(secret.encode(), timestamp.encode() + b"." + self.body, hashlib.sha256).hexdigest()
        return {
            "content-type": "application/json",
            "x-chatwoot-signature": f"sha256={signed}",
            "x-chatwoot-timestamp": timestamp,
            "x-chatwoot-delivery": self.delivery,
        }


@dataclass
class Chatwoot:
    """The server, and its people. `faults` are used up in order; `requests` are all that came."""

    url: str = ""
    token: str = TOKEN
    kept: Kept = field(default_factory=Kept)
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    typing: list[tuple[int, str]] = field(default_factory=list)
    robin: User = field(default_factory=lambda: User(11, "Robin"))
    noor: User = field(default_factory=lambda: User(12, "Noor"))

    # -- what its agents do

    @property
    def talk(self) -> Talk:
        """The latest conversation."""
        return self.kept.talks[max(self.kept.talks)]

    def reply(self, user: User, text: str, *, talk: Talk | None = None, files: dict[str, bytes] | None = None) -> Said:
        return self._say(talk or self.talk, text, "outgoing", False, {}, user.shown(), self._attached(files))

    def note(self, user: User, text: str) -> Said:
        return self._say(self.talk, text, "outgoing", True, {}, user.shown())

    def assign(self, user: User | None, talk: Talk | None = None) -> None:
        talk = talk or self.talk
        talk.assignee = user
        self._push("conversation_updated", talk.shown() | {"changed_attributes": [{"assignee_id": {}}]})

    def set_status(self, status: str, talk: Talk | None = None) -> None:
        talk = talk or self.talk
        talk.status = status
        self._push("conversation_status_changed", talk.shown())

    def types(self, user: User, *, on: bool = True) -> None:
        event = "conversation_typing_on" if on else "conversation_typing_off"
        body = {"user": user.shown(), "conversation": self.talk.shown(), "is_private": False}
        self._push(event, body)

    def deletes(self, talk: Talk | None = None) -> None:
        del self.kept.talks[(talk or self.talk).id]

    def _attached(self, files: dict[str, bytes] | None) -> list[Json]:
        found = []
        for name, content in (files or {}).items():
            self.kept.files[name] = content
            number = next(self.kept.numbers)
            url = f"{self.url}/rails/active_storage/{name}"
            found.append({"id": number, "file_type": "file", "data_url": url, "extension": None})
        return found

    def _say(
        self,
        talk: Talk,
        content: str,
        kind: str,
        private: bool,
        attributes: Json,
        sender: Json | None,
        attachments: list[Json] | None = None,
    ) -> Said:
        number = next(self.kept.numbers)
        said = Said(number, content, kind, private, time.time(), attributes, sender, attachments or [])
        talk.messages.append(said)
        inbox = {"id": talk.inbox_id, "name": "Bellhop"}
        self._push("message_created", said.pushed() | {"conversation": talk.shown(), "inbox": inbox})
        if kind == "incoming" and talk.status in ("resolved", "snoozed"):  # its own rule
            self.set_status("open", talk)
        return said

    def _push(self, event: str, body: Json) -> None:
        content = {"event": event, "account": {"id": ACCOUNT, "name": "Shop"}, **body}
        self.pushes.append(Push(event, json.dumps(content).encode()))

    # -- the API

    def application(self) -> web.Application:
        app = web.Application(client_max_size=2**24, middlewares=[self._door])
        talk = f"{ROOT}/conversations/{{id}}"
        for method, path, handler in (
            ("GET", f"{ROOT}/inboxes/{{id}}", self._inbox),
            ("POST", f"{ROOT}/contacts", self._create_contact),
            ("GET", f"{ROOT}/contacts/search", self._search),
            ("GET", f"{ROOT}/contacts/{{id}}/conversations", self._of_contact),
            ("POST", f"{ROOT}/conversations", self._create_talk),
            ("GET", talk, self._read_talk),
            ("GET", f"{talk}/messages", self._messages),
            ("POST", f"{talk}/messages", self._create_message),
            ("POST", f"{talk}/toggle_status", self._toggle_status),
            ("GET", f"{talk}/labels", self._labels),
            ("POST", f"{talk}/labels", self._set_labels),
            ("GET", "/rails/active_storage/{name}", self._file),
            (
                "POST",
                f"/public/api/v1/inboxes/{IDENTIFIER}/contacts/{{source}}/conversations/{{id}}/toggle_typing",
                self._toggle_typing,
            ),
        ):
            app.router.add_route(method, path, handler)
        return app

    @web.middleware
    async def _door(self, request: web.Request, handler: Callable[[web.Request], Answer]) -> web.StreamResponse:
        shown = f"{request.method} {request.path}"
        self.requests.append(shown)
        fault = next((fault for fault in self.faults if fault.fits in shown), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault.after:
                await handler(request)
            if fault.seconds:
                await asyncio.sleep(fault.seconds)
            if not fault.status:
                assert request.transport is not None
                request.transport.close()
                raise web.HTTPServiceUnavailable
            return web.json_response({"error": "as ordered"}, status=fault.status, headers=fault.headers)
        if request.path.startswith(ROOT) and request.headers.get("api_access_token") != self.token:
            return web.json_response({"errors": ["Invalid Access Token"]}, status=401)
        if request.path.startswith("/rails") and "api_access_token" in request.headers:
            return web.json_response({"error": "a token went where it must not"}, status=400)
        return await handler(request)

    async def _inbox(self, request: web.Request) -> web.Response:
        if int(request.match_info["id"]) != INBOX:
            return _missing()
        return web.json_response({"id": INBOX, "channel_type": "Channel::Api", "inbox_identifier": IDENTIFIER})

    async def _create_contact(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("inbox_id") != INBOX:
            return _missing()
        identifier = body.get("identifier")
        if any(contact.identifier == identifier for contact in self.kept.contacts.values()):
            told = {"message": "Identifier has already been taken", "attributes": ["identifier"]}
            return web.json_response(told, status=422)
        number = next(self.kept.numbers)
        contact = Contact(number, identifier, body["name"], body.get("custom_attributes") or {})
        contact.source_ids[INBOX] = str(uuid.uuid4())
        self.kept.contacts[number] = contact
        joined = {"inbox": {"id": INBOX}, "source_id": contact.source_ids[INBOX]}
        return web.json_response({"payload": {"contact": contact.shown(), "contact_inbox": joined}})

    async def _search(self, request: web.Request) -> web.Response:
        wanted = request.query["q"]
        found = [contact.shown() for contact in self.kept.contacts.values() if wanted in (contact.identifier or "")]
        return web.json_response({"meta": {"count": len(found)}, "payload": found})

    async def _of_contact(self, request: web.Request) -> web.Response:
        contact = int(request.match_info["id"])
        found = [talk.shown() for talk in self.kept.talks.values() if talk.contact.id == contact]
        return web.json_response({"payload": found[::-1]})

    async def _create_talk(self, request: web.Request) -> web.Response:
        body = await request.json()
        contact = self.kept.contacts.get(body.get("contact_id", 0))
        if contact is None or body.get("inbox_id") != INBOX:
            return _missing()
        if body.get("source_id") not in (None, contact.source_ids.get(INBOX)):
            return web.json_response({"error": "source_id should be unique"}, status=422)
        number = next(self.kept.talk_numbers)
        talk = Talk(number, INBOX, contact, body.get("status", "open"), body.get("custom_attributes") or {})
        self.kept.talks[number] = talk
        self._push("conversation_created", talk.shown())
        return web.json_response(talk.shown() | {"account_id": ACCOUNT})

    async def _read_talk(self, request: web.Request) -> web.Response:
        talk = self._talk(request)
        return _missing() if talk is None else web.json_response(talk.shown() | {"account_id": ACCOUNT})

    async def _messages(self, request: web.Request) -> web.Response:
        talk = self._talk(request)
        if talk is None:
            return _missing()
        after, before = request.query.get("after"), request.query.get("before")
        if after is not None:
            found = [said for said in talk.messages if said.id > int(after)][:100]
        else:
            found = [said for said in talk.messages if before is None or said.id < int(before)][-20:]
        return web.json_response({"meta": {}, "payload": [said.listed(talk.id) for said in found]})

    async def _create_message(self, request: web.Request) -> web.Response:
        talk = self._talk(request)
        if talk is None:
            return _missing()
        attached: list[Json] = []
        if request.content_type == "application/json":
            body = await request.json()
        else:
            form = await request.post()
            body = {name: form[name] for name in form if name != "attachments[]"}
            body["private"] = body["private"] == "true"
            body["content_attributes"] = json.loads(str(body["content_attributes"]))
            files = [file for file in form.getall("attachments[]", []) if isinstance(file, web.FileField)]
            attached = self._attached({file.filename: file.file.read() for file in files})
        if not body.get("content") and not attached:
            return web.json_response({"error": "Content can't be blank"}, status=422)
        if len(body["content"]) > 150_000:
            return web.json_response({"error": "Content is too long"}, status=422)
        kind = body.get("message_type", "outgoing")
        sender = self.robin.shown() if kind == "outgoing" else {"id": talk.contact.id, "type": "contact"}
        attributes = body.get("content_attributes") or {}
        said = self._say(talk, body["content"], kind, bool(body.get("private")), attributes, sender, attached)
        return web.json_response(said.listed(talk.id))

    async def _toggle_status(self, request: web.Request) -> web.Response:
        talk = self._talk(request)
        if talk is None:
            return _missing()
        status = (await request.json()).get("status")
        if status not in ("open", "resolved", "pending", "snoozed"):
            return web.json_response({"error": "status"}, status=422)
        if status != talk.status:
            self.set_status(status, talk)
        payload: Json = {"success": True, "current_status": talk.status, "conversation_id": talk.id}
        return web.json_response({"meta": {}, "payload": payload})

    async def _labels(self, request: web.Request) -> web.Response:
        talk = self._talk(request)
        return _missing() if talk is None else web.json_response({"payload": talk.labels})

    async def _set_labels(self, request: web.Request) -> web.Response:
        talk = self._talk(request)
        if talk is None:
            return _missing()
        talk.labels = (await request.json())["labels"]
        return web.json_response({"payload": talk.labels})

    async def _toggle_typing(self, request: web.Request) -> web.Response:
        self.typing.append((int(request.match_info["id"]), request.query["typing_status"]))
        return web.Response(status=200)

    async def _file(self, request: web.Request) -> web.Response:
        content = self.kept.files.get(request.match_info["name"])
        return _missing() if content is None else web.Response(body=content)

    def _talk(self, request: web.Request) -> Talk | None:
        return self.kept.talks.get(int(request.match_info["id"]))


def _missing() -> web.Response:
    return web.json_response({"error": "Resource could not be found"}, status=404)


@asynccontextmanager
async def serving(chatwoot: Chatwoot) -> AsyncIterator[Chatwoot]:
    """The server on a free port, as long as the block lasts."""
    runner = web.AppRunner(chatwoot.application(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server: Any = site._server
    chatwoot.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield chatwoot
    finally:
        with suppress(Exception):
            await runner.cleanup()
