"""What `bellhop evaluate dialogues` makes of Rasa's reports, with a rasa that only writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bot.commands.evaluate import FAILED, LOG, NoResult, Outcome, play, wrong_dialogues

FAKE_RASA = """
import json, sys
from pathlib import Path
print("called with", *sys.argv[1:])
out = Path(sys.argv[sys.argv.index("--out") + 1])
report = json.loads({report!r})
if report is not None:
    (out / "story_report.json").write_text(json.dumps(report))
    (out / "failed_test_stories.yml").write_text("# None of the test stories failed - all good!")
"""


def run(folder: Path, report: object) -> Outcome:
    (folder / "rasa.py").write_text(FAKE_RASA.format(report=json.dumps(report)))
    rasa = [sys.executable, str(folder / "rasa.py")]
    return play(rasa, folder / "stories", folder / "model.tar.gz", folder / "reports", folder)


def counted(correct: int, total: int) -> dict[str, object]:
    return {"conversation_accuracy": {"correct": correct, "total": total}, "weighted avg": {"support": 198}}


@pytest.mark.parametrize(("right", "total", "passed"), [(35, 35, True), (34, 35, False), (0, 0, False)])
def test_all_dialogues_must_go_as_written(tmp_path: Path, right: int, total: int, passed: bool) -> None:
    outcome = run(tmp_path, counted(right, total))

    assert (outcome.right, outcome.dialogues, outcome.predictions) == (right, total, 198)
    assert outcome.passed is passed


def test_rasas_words_go_to_the_log(tmp_path: Path) -> None:
    run(tmp_path, counted(1, 1))

    log = (tmp_path / "reports" / LOG).read_text()
    assert f"called with test core --stories {tmp_path / 'stories'} --model {tmp_path / 'model.tar.gz'}" in log


def test_no_report_is_no_result_even_when_an_older_one_lies_there(tmp_path: Path) -> None:
    run(tmp_path, counted(1, 1))

    with pytest.raises(NoResult, match=LOG):
        run(tmp_path, None)


def test_the_dialogues_that_went_wrong_are_shown(tmp_path: Path) -> None:
    run(tmp_path, counted(1, 2))
    (tmp_path / "reports" / FAILED).write_text("version: '3.1'\n")

    assert wrong_dialogues(tmp_path / "reports") == "version: '3.1'"
    assert wrong_dialogues(tmp_path / "nowhere") == ""
