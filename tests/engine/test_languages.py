"""Languages from their files, broken files, and a real engine that answers in them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_process import Conversation, Engine, settings_for, start_process
from fake_actions import FakeActions

from bot.engine.errors import StartError
from bot.engine.language import load_languages

BASE: dict[str, list[dict[str, Any]]] = {"utter_hello": [{"text": "Hello"}]}


def test_a_folder_with_responses_is_a_language(tmp_path: Path) -> None:
    (tmp_path / "nl").mkdir()
    (tmp_path / "nl" / "responses.yml").write_text('responses:\n  utter_hello: [{text: "Hallo"}]\n')
    (tmp_path / "nl" / "words.yml").write_text("tells: [Goedemorgen]\n")
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "words.yml").write_text("tells: [Good morning]\n")
    languages = load_languages(tmp_path, BASE)
    assert tuple(languages.codes) == ("en", "nl")
    assert languages.responses("nl")["utter_hello"] == [{"text": "Hallo"}]
    assert languages.decide(None, "Goedemorgen.", {}) == "nl"
    assert languages.decide(None, "good morning", {}) == "en"


def test_without_a_folder_there_is_english(tmp_path: Path) -> None:
    assert load_languages(None, BASE).codes == load_languages(tmp_path / "none", BASE).codes == ("en",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("responses:\n  utter_hello: [{text: 'x]\n", r"de/responses\.yml:\d"),
        ("- a list\n", r"de/responses\.yml:1: must be a mapping"),
        ("responses: {utter_hello: Hallo}\n", r"utter_hello must be a list"),
        ("responses: [utter_hello]\n", r"responses must be a mapping"),
    ],
)
def test_a_broken_file_is_named_with_its_reason(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "responses.yml").write_text(content)
    with pytest.raises(StartError, match=reason):
        load_languages(tmp_path, BASE)


DUTCH = """\
responses:
  utter_goodbye: [{text: "Tot ziens."}]
  utter_hours: [{text: "Van negen tot vijf."}]
"""


@pytest.fixture(scope="module")
def dutch_engine(
    model_file: Path, running_actions: FakeActions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """The small project's model, unchanged, beside a folder with two sentences and three words of Dutch."""
    folder = tmp_path_factory.mktemp("languages")
    (folder / "nl").mkdir()
    (folder / "nl" / "responses.yml").write_text(DUTCH)
    (folder / "nl" / "words.yml").write_text("tells: [hallo daar, goedemorgen]\n")
    running = Engine(settings_for(model_file, running_actions.url, languages=str(folder)))
    yield running
    running.stop()


@pytest.fixture
def dutch(dutch_engine: Engine, actions: FakeActions) -> Conversation:
    return Conversation(dutch_engine)


def test_a_new_language_is_files_alone(dutch: Conversation) -> None:
    dutch.say("goedemorgen")
    answer = dutch.answer_to("when are you open")
    assert [reply["text"] for reply in answer["replies"]] == ["Van negen tot vijf."]
    assert answer["language"] == "nl"


def test_what_the_new_language_lacks_is_said_in_english(dutch: Conversation) -> None:
    dutch.say("goedemorgen")
    assert dutch.say("price please") == ["Ten euros."]


def test_until_it_is_known_the_suggested_language_is_spoken(dutch: Conversation) -> None:
    answer = dutch.answer_to("when are you open", context={"default_language": "nl"})
    assert [reply["text"] for reply in answer["replies"]] == ["Van negen tot vijf."]


def test_a_suggested_language_that_is_not_there_is_english(dutch: Conversation) -> None:
    answer = dutch.answer_to("when are you open", context={"default_language": "it"})
    assert [reply["text"] for reply in answer["replies"]] == ["Nine to five."]
    assert answer["language"] == "en"


def test_the_language_is_kept_through_the_folded_history(dutch: Conversation) -> None:
    dutch.say("goedemorgen")
    for _ in range(4):
        dutch.say("price please")
    assert dutch.say("when are you open") == ["Van negen tot vijf."]


def test_an_action_that_changes_the_language_is_heard_in_it(dutch: Conversation, actions: FakeActions) -> None:
    change = [{"event": "slot", "name": "language", "value": "nl"}]
    said = [{"response": "utter_goodbye", "language": "nl"}]
    actions.answers["action_joke"] = (200, {"events": change, "responses": said})
    answer = dutch.answer_to("tell me a joke")
    assert [reply["text"] for reply in answer["replies"]] == ["Tot ziens."]
    assert answer["language"] == "nl"


def test_a_broken_language_keeps_the_engine_from_starting(
    model_file: Path, running_actions: FakeActions, tmp_path: Path
) -> None:
    (tmp_path / "nl").mkdir()
    (tmp_path / "nl" / "responses.yml").write_text("responses: {utter_hours: Van negen}\n")
    process = start_process(json.dumps(settings_for(model_file, running_actions.url, languages=str(tmp_path))))
    assert process.wait(timeout=60) == 1
    assert process.stderr is not None
    assert "utter_hours must be a list" in process.stderr.read()
