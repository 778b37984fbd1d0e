"""Starts the engine as the supervisor does, and speaks with it over real HTTP."""

import http.client
import itertools
import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECRET = "engine-secret"
START_SECONDS = 60.0  # a busy machine's; what a quiet one takes is in docs/engine.md


def start_process(settings: str) -> "subprocess.Popen[str]":
    """The engine's process, with `settings` as the first line of its standard input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.engine.server"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(settings + "\n")
    process.stdin.flush()
    return process


def settings_for(model: Path, actions_url: str, **changes: Any) -> dict[str, Any]:
    settings = {
        "port": 0,
        "secret": SECRET,
        "model": str(model),
        "actions_url": actions_url,
        "actions_secret": "actions-secret",
        "action_timeout": 1.0,
    }
    return {**settings, **changes}


class Engine:
    """A running engine; `log` holds the lines it wrote before it was ready, and after it was stopped all of them."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.process = start_process(json.dumps(settings))
        self.log: list[dict[str, Any]] = []
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(json.loads(line))
            if self.log[-1]["event"] == "engine_ready":
                break
        else:
            raise AssertionError(f"the engine did not start: {self.log}")
        self.port = int(self.log[-1]["port"])
        self._ids = itertools.count(1)
        self._wait_until_served()

    def _wait_until_served(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.request("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("the engine says it is ready, but serves nothing")

    def request(
        self, method: str, path: str, body: bytes | None = None, secret: str | None = SECRET
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        return response.status, json.loads(content) if content.startswith(b"{") else {}

    def post_turn(self, **turn: Any) -> tuple[int, dict[str, Any]]:
        """Posts a turn as it stands, for what is not as it should be."""
        return self.request("POST", "/turn", json.dumps(turn).encode())

    def say(
        self,
        text: str,
        history: Any = (),
        *,
        payload: str | None = None,
        context: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        id: str | None = None,
    ) -> tuple[int, dict[str, Any]]:
        message = {
            "id": id or f"message-{next(self._ids)}",
            "text": text,
            "payload": payload,
            "metadata": metadata or {},
        }
        return self.post_turn(conversation="c-1", history=list(history), context=context or {}, message=message)

    def stop(self) -> int:
        """Closes standard input, as the supervisor's death would, and returns the exit code."""
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.close()
        code = self.process.wait(timeout=20)
        self.log += [json.loads(line) for line in self.process.stderr]
        return code


class Conversation:
    """One customer, who sends back the history each answer held."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.history: list[dict[str, Any]] = []

    def say(self, text: str, **more: Any) -> list[str | None]:
        """Says it and returns the texts of the replies."""
        return [reply["text"] for reply in self.answer_to(text, **more)["replies"]]

    def answer_to(self, text: str, **more: Any) -> dict[str, Any]:
        status, answer = self.engine.say(text, self.history, **more)
        assert status == 200, answer
        self.history = answer["history"]
        return answer
