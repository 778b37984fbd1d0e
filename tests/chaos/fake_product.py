"""A product in miniature, with a flaw on request: shows that the proof finds what it is there to find.

`python -m tests.chaos.fake_product FLAW` stands for `bellhop up`: a supervisor with an app and an (idle) engine.
"""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

FLAWS = ("none", "acks_before_storing", "answers_in_two_steps", "ignores_after", "skips_a_number", "dies_by_itself")
# Between the two halves of what should be one: long enough for a kill to fall into.
GAP_SECONDS = 0.15
SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, state TEXT, last_seq INTEGER, turns INTEGER);
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, conversation_id TEXT, seq INTEGER, external_id TEXT UNIQUE,
  author_kind TEXT, kind TEXT, text TEXT, payload TEXT, in_reply_to TEXT, created_at TEXT, handled_at TEXT);
CREATE TABLE IF NOT EXISTS turns (message_id TEXT, conversation_id TEXT, number INTEGER, understanding TEXT,
  finished_at TEXT);
CREATE TABLE IF NOT EXISTS surveys (conversation_id TEXT, state TEXT, score INTEGER);
"""


class App:
    """One conversation a visitor, one reply a message; the visitor's token is the conversation's id."""

    def __init__(self, database: Path, flaw: str) -> None:
        self._db = sqlite3.connect(database, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(SCHEMA)
        self._flaw = flaw
        self._sockets: dict[str, set[WebSocket]] = {}
        self._lock = asyncio.Lock()

    async def session(self, request: Request) -> JSONResponse:
        """POST /api/web/sessions."""
        expires = datetime.now(UTC) + timedelta(hours=1)
        return JSONResponse({"token": str(uuid.uuid4()), "expires_at": expires.isoformat()})

    async def socket(self, websocket: WebSocket) -> None:
        """GET /api/web/socket."""
        await websocket.accept()
        try:
            hello = await websocket.receive_json()
            who = str(hello["token"])
            await self._greet(websocket, who, int(hello["after"]))
            while True:
                frame = await websocket.receive_json()
                if frame["type"] == "message":
                    await self._take(websocket, who, frame["id"], frame["text"])
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            for followers in self._sockets.values():
                followers.discard(websocket)

    async def finish_turns(self) -> None:
        """Answer what was stored and not answered before the last death."""
        rows = self._db.execute(
            "SELECT id FROM messages WHERE author_kind = 'customer' AND handled_at IS NULL ORDER BY created_at"
        ).fetchall()
        for row in rows:
            await self._answer(row["id"])

    async def _greet(self, websocket: WebSocket, who: str, after: int) -> None:
        async with self._lock:
            row = self._db.execute("SELECT * FROM conversations WHERE id = ?", (who,)).fetchone()
            known = {"conversation": who, "status": "open", "last_seq": row["last_seq"]} if row else None
            await websocket.send_json(
                {"type": "ready"} | (known or {"conversation": None, "status": "none", "last_seq": 0})
            )
            first = 0 if self._flaw == "ignores_after" else after
            for message in self._db.execute(
                "SELECT * FROM messages WHERE conversation_id = ? AND seq > ? ORDER BY seq", (who, first)
            ).fetchall():
                await websocket.send_json(self._frame(message))
            self._sockets.setdefault(who, set()).add(websocket)

    async def _take(self, websocket: WebSocket, who: str, id: str, text: str) -> None:
        external = f"{who}:{id}"
        async with self._lock:
            known = self._db.execute("SELECT seq FROM messages WHERE external_id = ?", (external,)).fetchone()
            if known is not None:
                await websocket.send_json({"type": "ack", "id": id, "seq": known["seq"]})
                return
            row = self._db.execute("SELECT * FROM conversations WHERE id = ?", (who,)).fetchone()
            seq = (row["last_seq"] if row else 0) + 1
            if self._flaw == "acks_before_storing":
                await websocket.send_json({"type": "ack", "id": id, "seq": seq})
                await asyncio.sleep(GAP_SECONDS)
            self._db.execute("BEGIN IMMEDIATE")
            if row is None:
                self._db.execute("INSERT INTO conversations VALUES (?, 'open', 0, 0)", (who,))
            message = self._append(who, text, author="customer", external=external)
            self._db.execute("COMMIT")
            if row is None:
                await self._show(who, {"type": "ready", "conversation": who, "status": "open", "last_seq": 1})
            await self._show(who, self._frame(message))
            if self._flaw != "acks_before_storing":
                with suppress(WebSocketDisconnect, RuntimeError):  # gone or not: what is stored is answered
                    await websocket.send_json({"type": "ack", "id": id, "seq": seq})
        await self._answer(message["id"])

    async def _answer(self, message_id: str) -> None:
        async with self._lock:
            asked = self._row(message_id)
            if asked["handled_at"] is not None:
                return
            who = asked["conversation_id"]
            await asyncio.sleep(0.005)
            now = _now()
            if self._flaw == "dies_by_itself" and asked["seq"] == 5:
                os._exit(1)
            self._db.execute("BEGIN IMMEDIATE")
            skipped = 1 if self._flaw == "skips_a_number" and asked["seq"] == 5 else 0
            reply = self._append(
                who, f"You said {asked['text']}", author="bot", to=message_id, now=now, skipped=skipped
            )
            if self._flaw == "answers_in_two_steps":
                self._db.execute("COMMIT")
                await asyncio.sleep(GAP_SECONDS)
                self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("UPDATE conversations SET turns = turns + 1 WHERE id = ?", (who,))
            self._db.execute(
                "INSERT INTO turns SELECT ?, id, turns, NULL, ? FROM conversations WHERE id = ?",
                (message_id, now, who),
            )
            self._db.execute("UPDATE messages SET handled_at = ? WHERE id = ?", (now, message_id))
            self._db.execute("COMMIT")
            await self._show(who, self._frame(reply))
            await self._show(who, {"type": "turn_done", "in_reply_to": asked["external_id"].rpartition(":")[2]})

    def _append(
        self,
        who: str,
        text: str,
        *,
        author: str,
        external: str | None = None,
        to: str | None = None,
        now: str | None = None,
        skipped: int = 0,
    ) -> sqlite3.Row:
        self._db.execute("UPDATE conversations SET last_seq = last_seq + 1 + ? WHERE id = ?", (skipped, who))
        seq = self._db.execute("SELECT last_seq FROM conversations WHERE id = ?", (who,)).fetchone()[0]
        id = str(uuid.uuid4())
        self._db.execute(
            "INSERT INTO messages VALUES (?, ?, ?, ?, ?, 'text', ?, NULL, ?, ?, NULL)",
            (id, who, seq, external, author, text, to, now or _now()),
        )
        return self._row(id)

    def _row(self, id: str) -> sqlite3.Row:
        row: sqlite3.Row = self._db.execute("SELECT * FROM messages WHERE id = ?", (id,)).fetchone()
        return row

    def _frame(self, message: sqlite3.Row) -> dict[str, Any]:
        asked = self._row(message["in_reply_to"]) if message["in_reply_to"] else None
        frame = {
            "type": "message",
            "seq": message["seq"],
            "at": message["created_at"],
            "author": {"kind": message["author_kind"], "name": None},
            "text": message["text"],
            "in_reply_to": asked["external_id"].rpartition(":")[2] if asked else None,
        }
        own = {"id": message["external_id"].rpartition(":")[2]} if message["external_id"] else {}
        return frame | own

    async def _show(self, who: str, frame: dict[str, Any]) -> None:
        for websocket in list(self._sockets.get(who, ())):
            try:
                await websocket.send_json(frame)
            except (WebSocketDisconnect, RuntimeError):
                self._sockets[who].discard(websocket)


def _now() -> str:
    return datetime.now(UTC).isoformat()


async def run_app(flaw: str) -> None:
    """The app process."""
    app = App(Path(os.environ["BELLHOP_DATA_DIR"]) / "bellhop.db", flaw)
    await app.finish_turns()
    routes = [
        Route("/api/web/sessions", app.session, methods=["POST"]),
        WebSocketRoute("/api/web/socket", app.socket),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes), port=int(os.environ["BELLHOP_PORT"]), log_level="warning", lifespan="off"
    )
    await uvicorn.Server(config).serve()


def supervise(flaw: str) -> int:
    """Keeps both processes running until SIGTERM."""
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: stopping.append(number))
    data_dir, port = Path(os.environ["BELLHOP_DATA_DIR"]), int(os.environ["BELLHOP_PORT"])
    commands = {
        "app": [sys.executable, "-m", "tests.chaos.fake_product", flaw, "app"],
        "engine": ["sleep", "3600"],
    }
    children = {name: subprocess.Popen(command) for name, command in commands.items()}
    restarts = dict.fromkeys(commands, 0)
    print(f"ready http://127.0.0.1:{port}", flush=True)
    while not stopping:
        for name, child in children.items():
            if child.poll() is not None:
                children[name] = subprocess.Popen(commands[name])
                restarts[name] += 1
        running = {"supervisor": os.getpid(), "port": port, "restarts": restarts}
        fresh = data_dir / "run.json.new"
        fresh.write_text(json.dumps(running | {name: child.pid for name, child in children.items()}))
        fresh.replace(data_dir / "run.json")
        time.sleep(0.02)
    for child in children.values():
        child.kill()
        child.wait()
    return 0


if __name__ == "__main__":
    if sys.argv[2:] == ["app"]:
        asyncio.run(run_app(sys.argv[1]))
    else:
        sys.exit(supervise(sys.argv[1]))
