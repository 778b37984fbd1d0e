"""One trained model, one fake action server and one running engine for all tests of the engine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_process import Conversation, Engine, settings_for
from fake_actions import FakeActions

from bot.engine import quick_start
from bot.engine.train import train

quick_start.leave_out(quick_start.NOT_FOR_TRAINING)  # before any test imports Rasa

PROJECT = Path(__file__).parent / "project"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small project, trained."""
    copy = tmp_path_factory.mktemp("project") / "project"
    shutil.copytree(PROJECT, copy)
    train(copy, force=False)
    return copy


@pytest.fixture(scope="session")
def model_file(project: Path) -> Path:
    (found,) = (project / "models").glob("bellhop-*.tar.gz")
    return found


@pytest.fixture(scope="session")
def running_actions() -> Iterator[FakeActions]:
    actions = FakeActions()
    yield actions
    actions.close()


@pytest.fixture
def actions(running_actions: FakeActions) -> FakeActions:
    running_actions.reset()
    return running_actions


@pytest.fixture(scope="session")
def engine(model_file: Path, running_actions: FakeActions) -> Iterator[Engine]:
    running = Engine(settings_for(model_file, running_actions.url))
    yield running
    running.stop()


@pytest.fixture
def conversation(engine: Engine, actions: FakeActions) -> Conversation:
    return Conversation(engine)
