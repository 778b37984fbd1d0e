"""An action server for tests: real HTTP on loopback, rasa_sdk's wire format, and the failures a test asks for."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "actions-secret"


class FakeActions:
    """Answers as its `answers` say: a name maps to (status, body); body may be a function of the call."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.connections = 0
        self.answers: dict[str, tuple[int, Any]] = {}
        self.delay = 0.0  # seconds before each answer
        actions = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                actions.connections += 1

            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = actions.answer(call, self.headers.get("Authorization"))
                time.sleep(actions.delay)
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/actions"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def reset(self) -> None:
        self.calls.clear()
        self.answers.clear()
        self.delay = 0.0

    def answer(self, call: dict[str, Any], authorization: str | None) -> tuple[int, Any]:
        self.calls.append(call)
        if authorization != f"Bearer {SECRET}":
            return 401, {}
        name = call["next_action"]
        status, body = self.answers.get(name, (200, _usual_answer(name, call)))
        return status, body(call) if callable(body) else body

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _usual_answer(name: str, call: dict[str, Any]) -> dict[str, Any]:
    events: list[dict[str, Any]] = []
    responses: list[dict[str, Any]] = []
    if name == "action_joke":
        jokes = call["tracker"]["slots"]["jokes"] + 1
        events = [{"event": "slot", "name": "jokes", "value": jokes}]
        responses = [{"text": f"Joke {jokes:.0f}."}]
    if name in ("action_slow", "action_hand_over"):
        responses = [{"text": "Done."}]
    return {"events": events, "responses": responses}
