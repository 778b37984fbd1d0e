"""The demo in the terminal, with a stand-in for the product."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.client.product import ROOT

pytestmark = pytest.mark.integration

# Answers every message with its text, and edits the answer when its button is tapped. It has a child of its own.
STAND_IN = """
import json, os, subprocess, sys
from urllib.request import ProxyHandler, Request, build_opener

api = f"{os.environ['BELLHOP_TELEGRAM_API_URL']}/bot{os.environ['BELLHOP_TELEGRAM_TOKEN']}"
opener = build_opener(ProxyHandler({}))
assert os.environ["BELLHOP_TELEGRAM_MODE"] == "polling" and "BELLHOP_LOG_LEVEL" not in os.environ
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("Training the model …", child.pid, flush=True)
if "fail" in sys.argv:
    sys.exit("no model")

def call(method, **given):
    request = Request(f"{api}/{method}", json.dumps(given).encode(), {"Content-Type": "application/json"})
    return json.load(opener.open(request, timeout=30))["result"]

call("setMyDescription", description="Ask me anything")
print(f"ready http://127.0.0.1:{os.environ['BELLHOP_PORT']}/", flush=True)
print("this is not shown any more", flush=True)
offset = 0
while True:
    for update in call("getUpdates", timeout=20, offset=offset):
        offset = update["update_id"] + 1
        if query := update.get("callback_query"):
            message = query["message"]
            call("answerCallbackQuery", callback_query_id=query["id"], text="Saved")
            call("editMessageText", chat_id=query["from"]["id"], message_id=message["message_id"], text="Done")
        elif message := update.get("message"):
            keyboard = {"inline_keyboard": [[{"text": "Fine", "callback_data": "f"}]]}
            call("sendMessage", chat_id=message["chat"]["id"], text=f"Echo: {message['text']}", reply_markup=keyboard)
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> str:
    path = tmp_path / "stand_in.py"
    path.write_text(textwrap.dedent(STAND_IN))
    return f"{sys.executable} {path}"


def demo(product: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.telegram.demo", "--silence", "0.3", "--product", product],
        cwd=ROOT,
        env={**os.environ, "BELLHOP_LOG_LEVEL": "debug"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def grandchild(output: str) -> int:
    line = next(line for line in output.splitlines() if line.startswith("Training"))
    return int(line.split()[-1])


def is_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_script_of_lines_is_a_chat(stand_in: str) -> None:
    process = demo(stand_in)
    output, errors = process.communicate("/start\n:1\n", timeout=30)
    assert (process.returncode, errors) == (0, "")
    told, chat = output.split("Ask me anything\n")
    assert "Training the model …" in told
    assert "this is not shown any more" not in output
    assert "/demo/mailbox" in told
    lines = [line.strip() for line in chat.splitlines()]
    assert lines[:5] == ["> /start", "Bellhop #2  Echo: /start", "[:1 Fine]", "> :1", "(tapped Fine)"]
    assert sorted(lines[5:7]) == ["(notice) Saved", "Bellhop #2  (edited) Done"]
    assert lines[7:] == ["Stopping …"]
    assert is_gone(grandchild(output))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_the_product_too(stand_in: str, sign: signal.Signals) -> None:
    process = demo(stand_in)
    assert process.stdout
    told = ""
    while "Enter presses START" not in told:
        told += process.stdout.readline()
    process.send_signal(sign)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert output.endswith("Stopping …\n")
    assert is_gone(grandchild(told))


def test_a_product_that_fails_says_its_last_words(stand_in: str) -> None:
    process = demo(f"{stand_in} fail")
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (1, "")
    assert "The product ended with 1. Its last words:" in output
    assert "no model" in output
    assert is_gone(grandchild(output))
