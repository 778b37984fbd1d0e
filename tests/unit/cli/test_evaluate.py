"""What `bellhop evaluate dialogues` makes of Rasa's reports, with a rasa that only writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bot.commands.evaluate import (
    FAILED,
    FROM_CONVERSATIONS,
    LOG,
    PASSED,
    NoResult,
    Outcome,
    Result,
    play,
    play_all,
    results_in,
    wrong_dialogues,
)
from bot.commands.evaluate_runs import release_of

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


TOLD_FAILED = """version: "3.1"
stories:
- story: a complaint (tests/dialogues/test_person.yml)
  steps:
  - intent: greet
  - intent: complaint  # predicted: human: i want (a) person
  - action: action_complaint  # predicted: action_request_callback
"""
TOLD_PASSED = """version: "3.1"
stories:
- story: goodbye (tests/dialogues/test_goodbye.yml)
  steps:
  - intent: goodbye
"""


def test_each_dialogue_is_told_with_the_first_thing_that_went_otherwise(tmp_path: Path) -> None:
    (tmp_path / FAILED).write_text(TOLD_FAILED)
    (tmp_path / PASSED).write_text(TOLD_PASSED)

    assert results_in(tmp_path, tmp_path) == (
        Result("goodbye", "tests/dialogues/test_goodbye.yml", passed=True),
        Result(
            "a complaint",
            "tests/dialogues/test_person.yml",
            passed=False,
            why="intent: complaint, but it was human: i want (a) person",
        ),
    )


# Passes every story file it finds, and fails those whose words it was not to read.
RASA_OF_FILES = """
import json, sys
from pathlib import Path
asked, out = (Path(sys.argv[sys.argv.index(name) + 1]) for name in ("--stories", "--out"))
words = "--e2e" in sys.argv
files = sorted(path for path in asked.rglob("test_*.yml"))
good = [f"- story: s ({path})" for path in files if words or "from_conversations" not in str(path)]
bad = [f"- story: s ({path})" for path in files if not words and "from_conversations" in str(path)]
(out / "successful_test_stories.yml").write_text("\\n".join(["stories:", *good]))
(out / "failed_test_stories.yml").write_text("\\n".join(["stories:", *bad]))
report = {"conversation_accuracy": {"correct": len(good), "total": len(files)}, "weighted avg": {"support": 3}}
(out / "story_report.json").write_text(json.dumps(report))
"""


@pytest.mark.parametrize("kept", [False, True])
def test_what_was_made_of_conversations_is_played_with_its_words(tmp_path: Path, kept: bool) -> None:
    (tmp_path / "rasa.py").write_text(RASA_OF_FILES)
    folder = tmp_path / "stories"
    folder.mkdir()
    (folder / "test_a.yml").touch()
    if kept:
        (folder / FROM_CONVERSATIONS).mkdir()
        (folder / FROM_CONVERSATIONS / "test_b.yml").touch()
    rasa = [sys.executable, str(tmp_path / "rasa.py")]
    outcome = play_all(rasa, folder, tmp_path / "model", tmp_path / "reports", tmp_path)

    assert outcome.passed
    assert [result.file for result in outcome.results] == [
        "stories/test_a.yml",
        *(["stories/from_conversations/test_b.yml"] if kept else []),
    ]
    assert outcome.predictions == (6 if kept else 3)


def test_a_release_is_called_as_conversations_call_it() -> None:
    assert release_of(Path("models/bellhop-0d12e41cafee.tar.gz")) == "0d12e41cafee"
