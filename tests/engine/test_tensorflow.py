"""With the real TensorFlow installed a DIET pipeline trains and answers; run on request, it takes a minute.

uv sync --project bot/engine/with-tensorflow
BELLHOP_TEST_TENSORFLOW=1 bot/engine/with-tensorflow/.venv/bin/python -m pytest tests/engine/test_tensorflow.py
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT
from engine_process import ROOT, Conversation, Engine, settings_for
from fake_actions import FakeActions

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(
        not os.environ.get("BELLHOP_TEST_TENSORFLOW"),
        reason="needs the environment of bot/engine/with-tensorflow; BELLHOP_TEST_TENSORFLOW=1 asks for it",
    ),
]

DIET = "  - name: DIETClassifier\n    epochs: 60\n    constrain_similarities: true\n    run_eagerly: true\n"


def test_a_diet_pipeline_trains_and_answers(tmp_path: Path, actions: FakeActions) -> None:
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    config = (project / "config.yml").read_text()
    replaced = config.replace("  - name: LogisticRegressionClassifier\n    max_iter: 100\n", DIET)
    assert replaced != config
    (project / "config.yml").write_text(replaced)
    command = [sys.executable, "-m", "bot.engine.train", "--project", str(project)]
    trained = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert trained.returncode == 0, trained.stderr[-2000:]
    (model,) = (project / "models").glob("bellhop-*.tar.gz")
    engine = Engine(settings_for(model, actions.url))
    try:
        assert Conversation(engine).say("when are you open") == ["Nine to five."]
    finally:
        engine.stop()
