"""Starting and stopping: one clear line when it cannot start, and a clean end whoever asks for it."""

import json
import signal
import socket
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from engine_process import Engine, settings_for, start_process
from fake_actions import FakeActions


def line_of_refusal(settings: str) -> str:
    """What the engine says on standard error when it does not start; checks that it is one line, and exit code 1."""
    process = start_process(settings)
    assert process.stderr is not None
    errors = process.stderr.read()  # with standard input left open: its end would be a reason of its own to stop
    assert process.wait(timeout=20) == 1
    (line,) = errors.splitlines()
    assert line.startswith("engine: ")
    return line


BAD_SETTINGS: dict[str, tuple[str, str]] = {
    "nothing": ("", "one line of JSON"),
    "no JSON": ("{", "one line of JSON"),
    "no port": ('{"secret": "hush"}', "`port`"),
    "a port too high": (json.dumps(settings_for(Path("m"), "http://x", port=70_000)), "`port`"),
    "no secret": (json.dumps(settings_for(Path("m"), "http://x", secret="")), "`secret`"),
    "an URL without http": (json.dumps(settings_for(Path("m"), "x")), "`actions_url`"),
    "no time at all": (json.dumps(settings_for(Path("m"), "http://x", action_timeout=0)), "`action_timeout`"),
}


@pytest.mark.parametrize(("settings", "named"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_a_wrong_setting_is_named(settings: str, named: str) -> None:
    line = line_of_refusal(settings)
    assert named in line
    assert "hush" not in line


def test_a_missing_model_is_told_with_what_to_do(tmp_path: Path) -> None:
    line = line_of_refusal(json.dumps(settings_for(tmp_path / "bellhop-1.tar.gz", "http://127.0.0.1:1/")))
    assert "there is no model at" in line
    assert "bellhop train" in line


def broken(path: Path) -> None:
    path.write_bytes(b"\x1f\x8b" + b"broken")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def a_tar_of_something_else(path: Path) -> None:
    with tarfile.open(path, "w:gz") as tar:
        tar.add(__file__, arcname="something.py")


@pytest.mark.parametrize("make", [broken, empty, a_tar_of_something_else])
def test_a_model_that_cannot_be_read_is_told(tmp_path: Path, make: Any) -> None:
    make(tmp_path / "model.tar.gz")
    assert "cannot be read" in line_of_refusal(
        json.dumps(settings_for(tmp_path / "model.tar.gz", "http://127.0.0.1:1/"))
    )


def test_a_port_in_use_is_told_at_once(model_file: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        started = time.monotonic()
        line = line_of_refusal(json.dumps(settings_for(model_file, "http://127.0.0.1:1/", port=port)))
    assert f"port {port}" in line
    assert "in use" in line
    assert time.monotonic() - started < 3


def test_the_end_of_standard_input_stops_it_cleanly(model_file: Path, actions: FakeActions) -> None:
    engine = Engine(settings_for(model_file, actions.url))
    assert engine.stop() == 0
    assert engine.log[-1]["event"] == "engine_stopped"


def test_sigterm_stops_it_cleanly_after_the_turn_under_way(model_file: Path, actions: FakeActions) -> None:
    engine = Engine(settings_for(model_file, actions.url, action_timeout=5.0))
    actions.delay = 0.6
    body = {"conversation": "c", "history": [], "message": {"id": "1", "text": "tell me a joke", "metadata": {}}}
    with socket.create_connection(("127.0.0.1", engine.port)) as connection:
        content = json.dumps(body).encode()
        head = (
            f"POST /turn HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer engine-secret\r\nContent-Length: {len(content)}"
        )
        connection.sendall(head.encode() + b"\r\n\r\n" + content)
        while not actions.calls:
            time.sleep(0.01)
        engine.process.send_signal(signal.SIGTERM)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"Joke 1." in answer
    assert engine.process.wait(timeout=15) == 0


def test_the_loss_of_the_supervisor_while_loading_ends_it_too(model_file: Path) -> None:
    process = start_process(json.dumps(settings_for(model_file, "http://127.0.0.1:1/")))
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=20) == 0
