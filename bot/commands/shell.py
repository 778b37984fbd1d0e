"""Chat in the terminal with the assistant that runs, over the same public protocol that the widget speaks."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from bot.commands.reports import printable

Frame = dict[str, Any]
ANSWER_SECONDS = 90.0  # longer than the assistant itself takes to say that it cannot answer
SETTLE_SECONDS = 0.3  # what belongs to an answer but comes right after its end, like the rating question
RECONNECT_SECONDS = 60.0


class CannotTalk(Exception):
    """The assistant does not answer; the text says what to do."""


def open_session(base_url: str) -> str:
    """A fresh visitor's token.

    Raises:
        CannotTalk: nothing there gives one.
    """
    try:
        answer = httpx.post(f"{base_url}/api/web/sessions", json={}, headers={"Origin": base_url}, timeout=10)
        return str(answer.raise_for_status().json()["token"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise CannotTalk(f"the assistant at {base_url} gives no session ({error}); is it up?") from error


class Talk:
    """One visitor's conversation. Survives a restart of the server: what is not acknowledged is sent again."""

    def __init__(self, base_url: str, token: str, show: Callable[[str], None]) -> None:
        self._base_url = base_url
        self._address = base_url.replace("http", "ws", 1) + "/api/web/socket"
        self._token = token
        self._show = show
        self._connection: ClientConnection | None = None
        self._conversation: str | None = None
        self._seen = 0
        self._unacknowledged: dict[str, Frame] = {}
        self._done: dict[str, threading.Event] = {}
        self._choices: list[Frame] = []
        self._closed = False
        self._lock = threading.Lock()

    def open(self) -> None:
        """Connect and listen.

        Raises:
            CannotTalk: nobody answers.
        """
        self._reconnect(give_up=time.monotonic() + 5)
        threading.Thread(target=self._listen, name="shell", daemon=True).start()

    def close(self) -> None:
        """Hang up."""
        self._closed = True
        if self._connection:
            self._connection.close()

    def say(self, text: str) -> None:
        """Send a line, or the button that it numbers, and wait until it has been answered."""
        identifier = str(uuid.uuid4())
        frame: Frame = {"type": "message", "id": identifier, "text": text}
        if (meant := chosen(text, self._choices)) is not None:
            frame = {"type": "choose", "id": identifier, "choice": meant["id"]}
        self._choices = []
        done = self._done[identifier] = threading.Event()
        with self._lock:
            self._unacknowledged[identifier] = frame
        self._send(frame)
        if not done.wait(ANSWER_SECONDS):
            self._show("(no answer yet; it will come when the assistant is back)")
        time.sleep(SETTLE_SECONDS)

    def _send(self, frame: Frame) -> None:
        try:
            if self._connection:
                self._connection.send(json.dumps(frame))
        except (ConnectionClosed, OSError):
            return  # sent again after the reconnect, with the same id

    def _listen(self) -> None:
        while not self._closed:
            try:
                assert self._connection is not None
                for text in self._connection:
                    self._receive(json.loads(text))
                if self._closed:
                    return
                self._reconnect(give_up=time.monotonic() + RECONNECT_SECONDS)
            except (CannotTalk, ConnectionClosed) as error:
                if not self._closed:
                    self._show(f"({error})")
                for done in self._done.values():
                    done.set()
                return

    def _reconnect(self, give_up: float) -> None:
        hello: Frame = {"type": "hello", "token": self._token, "after": self._seen}
        if self._conversation:
            hello["conversation"] = self._conversation
        while True:
            try:
                self._connection = connect(self._address, origin=self._base_url, open_timeout=5)  # type: ignore[arg-type]  # a NewType of str
                self._connection.send(json.dumps(hello))
                break
            except (OSError, WebSocketException) as error:
                if time.monotonic() > give_up:
                    raise CannotTalk(f"the connection is gone and does not come back: {error}") from error
                time.sleep(0.3)
        with self._lock:
            waiting = list(self._unacknowledged.values())
        for frame in waiting:
            self._send(frame)

    def _receive(self, frame: Frame) -> None:
        match frame.get("type"):
            case "ready":
                if frame["conversation"] != self._conversation:
                    self._conversation, self._seen = frame["conversation"], 0
            case "ack":
                with self._lock:
                    self._unacknowledged.pop(frame["id"], None)
            case "message":
                self._seen = max(self._seen, frame["seq"])
                if frame["author"]["kind"] != "customer":
                    self._choices = frame.get("choices") or []
                    self._show(as_text(frame))
            case "turn_done":
                if done := self._done.get(frame["in_reply_to"]):
                    done.set()
            case "error":
                self._show(f"({frame['message']})")
                if frame.get("id") and not frame.get("retryable"):
                    with self._lock:
                        self._unacknowledged.pop(frame["id"], None)
                    if done := self._done.get(frame["id"]):
                        done.set()


def chosen(text: str, choices: Sequence[Frame]) -> Frame | None:
    """The button that a typed line means; None for words of one's own.

    Buttons are numbered from 1, but those of a scale are called by numbers of their own, the first one perhaps "0":
    whoever types a number there means that one.
    """
    typed = text.strip()
    if _is_scale(choices):
        return next((one for one in choices if one["title"] == typed), None)
    if re.fullmatch(r"[0-9]{1,3}", typed) and 0 < int(typed) <= len(choices):
        return choices[int(typed) - 1]
    return None


def _is_scale(choices: Sequence[Frame]) -> bool:
    return bool(choices) and all(re.fullmatch(r"[0-9]{1,2}", one["title"]) for one in choices)


def as_text(message: Frame) -> str:
    """A message frame as lines of plain text: words, cards, numbered choices; a scale in one line."""
    lines = message.get("text", "").splitlines()
    for card in message.get("cards") or []:
        badge = f"  [{card['badge']['text']}]" if card.get("badge") else ""
        lines.append(f"  ┌ {card['title']}{badge}")
        lines += [f"  │ {card['subtitle']}"] if card.get("subtitle") else []
        for item in card.get("items") or []:
            lines.append("  │ " + " · ".join(item[key] for key in ("title", "detail", "price") if item.get(key)))
        lines += [f"  │ {field['label']}: {field['value']}" for field in card.get("fields") or []]
        lines += [f"  │ {card['total']}"] if card.get("total") else []
    choices = message.get("choices") or []
    if _is_scale(choices):
        lines.append("  " + " ".join(f"[{option['title']}]" for option in choices))
    else:
        lines += [f"  {number}) {option['title']}" for number, option in enumerate(choices, 1)]
    return "\n".join(printable(line) for line in lines)
