"""What `bellhop evaluate tasks` says of files that it cannot use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from tests.support.small_shop import CANCEL, a_task, small_shop


@pytest.mark.parametrize(
    ("tasks", "shop", "why"),
    [
        ([a_task({"name": "fly", "arguments": {}}, name="12")], small_shop(), "task 12: an action we do not know: fly"),
        ({"tasks": []}, small_shop(), "should be a list of tasks"),
        ([a_task(CANCEL)], {"users": {}}, "`orders` should be an object"),
        ([a_task(CANCEL)], small_shop() | {"orders": {}}, "the shop has no order #W1000002"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(
    tmp_path: Path, tasks: object, shop: object, why: str
) -> None:
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    (tmp_path / "db.json").write_text(json.dumps(shop))
    command = ["evaluate", "tasks", str(tmp_path / "tasks.json"), "--shop", str(tmp_path / "db.json")]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert why in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there_is_a_mistake_of_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["evaluate", "tasks", str(tmp_path / "no.json"), "--shop", __file__])
    assert result.exit_code == 2
    assert "does not exist" in result.output
