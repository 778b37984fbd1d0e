"""Training: a model that appears whole or not at all, and errors that say where to look."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import PROJECT
from engine_process import ROOT

from bot.engine.fingerprint import model_path
from bot.engine.train import main


@dataclass(frozen=True)
class Done:
    code: int
    output: str
    errors: str


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[[Path], Done]:
    """Trains as the command does, in this process, which has Rasa loaded already."""

    def run_main(project: Path) -> Done:
        code = main(["--project", str(project)])
        return Done(code, *capfd.readouterr())

    return run_main


@pytest.fixture
def untrained(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT, tmp_path / "project")
    return tmp_path / "project"


def test_the_model_is_named_after_what_it_is_trained_from(project: Path, model_file: Path) -> None:
    assert model_file == model_path(project, ROOT)


def test_what_is_up_to_date_is_not_trained_again(project: Path, model_file: Path, run: Callable[[Path], Done]) -> None:
    before = model_file.stat().st_mtime_ns
    done = run(project)
    assert done.code == 0
    assert "up to date" in done.output
    assert model_file.stat().st_mtime_ns == before


def assert_refused(done: Done, project: Path, *words: str) -> None:
    assert done.code == 1, done.output
    last = done.errors.splitlines()[-1]
    assert last.startswith("train: ")
    assert all(word in last for word in words), last
    assert "Traceback" not in done.errors
    models = project / "models"
    assert not models.exists() or os.listdir(models) in ([], [".training.lock"])


def test_bad_yaml_is_told_with_file_and_line(untrained: Path, run: Callable[[Path], Done]) -> None:
    (untrained / "data/nlu/bad.yml").write_text('version: "3.1"\nnlu:\n  - intent: a\n   examples: b\n')
    assert_refused(run(untrained), untrained, "data/nlu/bad.yml:4:")


def test_a_missing_domain_is_told(untrained: Path, run: Callable[[Path], Done]) -> None:
    (untrained / "domain.yml").unlink()
    assert_refused(run(untrained), untrained, "domain.yml is missing")


def test_contradicting_rules_are_told_by_name(untrained: Path, run: Callable[[Path], Done]) -> None:
    rule = "  - rule: other hours\n    steps:\n      - intent: ask_hours\n      - action: utter_price\n"
    (untrained / "data/rules/more.yml").write_text('version: "3.1"\nrules:\n' + rule)
    assert_refused(run(untrained), untrained, "'hours'", "'other hours'")


def test_a_component_that_needs_tensorflow_is_named_with_what_to_do(
    untrained: Path, run: Callable[[Path], Done]
) -> None:
    if os.environ.get("BELLHOP_TEST_TENSORFLOW"):
        pytest.skip("the real TensorFlow is installed")
    config = (untrained / "config.yml").read_text()
    diet = "WhitespaceTokenizer\n  - name: CountVectorsFeaturizer\n  - name: DIETClassifier"
    config = config.replace("bot.engine.nlu.linear_classifier.LinearIntentClassifier", diet)
    (untrained / "config.yml").write_text(config)
    assert_refused(run(untrained), untrained, "DIETClassifier", "install TensorFlow")


@pytest.mark.parametrize(
    ("setting", "said"),
    [("C: 0", "C must be"), ("depth: 2", "no setting depth"), ("min_piece: 5", "min_piece"), ("C: much", "C must be")],
)
def test_a_wrong_setting_of_the_classifier_is_told_by_its_name(
    untrained: Path, run: Callable[[Path], Done], setting: str, said: str
) -> None:
    name = "LinearIntentClassifier\n"
    config = (untrained / "config.yml").read_text().replace(name, f"{name}    {setting}\n")
    (untrained / "config.yml").write_text(config)
    assert_refused(run(untrained), untrained, "LinearIntentClassifier", said)


def test_the_command_runs_from_the_project_root(untrained: Path) -> None:
    (untrained / "config.yml").unlink()
    command = [sys.executable, "-m", "bot.engine.train", "--project", str(untrained)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "config.yml is missing" in done.stderr


def test_two_trainings_at_once_in_one_project_wait_for_each_other(untrained: Path) -> None:
    command = [sys.executable, "-m", "bot.engine.train", "--project", str(untrained)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [training.communicate(timeout=300) for training in running]
    assert [training.returncode for training in running] == [0, 0], said
    assert len(list((untrained / "models").glob("*.tar.gz"))) == 1
    trained, waited = sorted((output for output, _ in said), key=lambda output: "Another training" in output)
    assert "Trained " in trained
    assert "is under way here; waiting" in waited
    assert "has made it meanwhile" in waited


def test_a_training_that_was_killed_holds_up_no_other(untrained: Path, run: Callable[[Path], Done]) -> None:
    command = [sys.executable, "-m", "bot.engine.train", "--project", str(untrained)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        assert any("Loading Rasa" in line for line in killed.stdout)
        killed.kill()
    done = run(untrained)
    assert done.code == 0, done.errors
    assert "Trained " in done.output
    assert "Another training" not in done.output


def test_rasas_own_command_finds_the_project_valid(project: Path) -> None:
    command = [str(Path(sys.executable).parent / "rasa"), "data", "validate"]
    files = ["--config", "config.yml", "--domain", "domain.yml", "--data", "data"]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, *files], cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
