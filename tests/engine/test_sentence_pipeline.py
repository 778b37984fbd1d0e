"""The pipeline of sentence encoders in a running engine: vectors, order numbers, languages; and line by line."""

import http.client
import io
import json
import math
import select
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT
from engine_process import SECRET, Engine, settings_for
from fake_actions import FakeActions

from bot.engine.cross_validate import figures_of, judge, table_of
from bot.engine.errors import StartError
from bot.engine.model import load_model
from bot.engine.train import train
from bot.engine.training_data import read_examples
from bot.engine.understand import understand_lines

PIPELINE = """
  - name: bot.engine.nlu.language_detector.LanguageDetector
    languages: [en, de]
  - name: bot.engine.nlu.sentence_featurizer.SentenceFeaturizer
    languages: [en, de]
  - name: bot.engine.nlu.pattern_extractor.PatternEntityExtractor
  - name: bot.engine.nlu.lookup_extractor.LookupEntityExtractor
    entities: [size]
  - name: bot.engine.nlu.intent_classifier.SentenceIntentClassifier
"""
LINEAR = "\n  - name: bot.engine.nlu.linear_classifier.LinearIntentClassifier\n  - name: RegexEntityExtractor\n"
LOOKUP = 'version: "3.1"\nnlu:\n  - lookup: size\n    examples: |\n      - family size\n      - small\n'


@pytest.fixture(scope="module")
def sentence_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("sentences") / "project"
    shutil.copytree(PROJECT, project)
    config = (project / "config.yml").read_text()
    assert LINEAR in config
    (project / "config.yml").write_text(config.replace(LINEAR, PIPELINE))
    (project / "data/nlu/sizes.yml").write_text(LOOKUP)
    return project


@pytest.fixture(scope="module")
def sentence_model(sentence_project: Path) -> Path:
    return train(sentence_project, force=False)


@pytest.fixture(scope="module")
def reader(sentence_model: Path, running_actions: FakeActions) -> Iterator[Engine]:
    settings = settings_for(sentence_model, running_actions.url, order_number_pattern=r"ORD-\d{4}")
    engine = Engine(settings)
    yield engine
    engine.stop()


def encode(engine: Engine, secret: str | None = SECRET, **asked: Any) -> tuple[int, dict[str, Any]]:
    return engine.request("POST", "/encode", json.dumps(asked).encode(), secret)


@pytest.mark.parametrize(("encoder", "size"), [("english", 384), ("multilingual", 512)])
def test_texts_become_vectors_of_length_one(reader: Engine, encoder: str, size: int) -> None:
    status, answer = encode(reader, texts=["where is my parcel", "when are you open"], encoder=encoder)
    assert (status, answer["encoder"]) == (200, encoder)
    assert [len(vector) for vector in answer["vectors"]] == [size, size]
    assert [math.hypot(*vector) for vector in answer["vectors"]] == pytest.approx([1.0, 1.0], abs=1e-3)


def test_no_texts_are_no_vectors(reader: Engine) -> None:
    assert encode(reader, texts=[], encoder="english") == (200, {"vectors": [], "encoder": "english"})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"texts": ["a"], "encoder": "latin"}, "encoder must be one that the pipeline"),
        ({"texts": ["a"]}, "encoder"),
        ({"texts": "a", "encoder": "english"}, "texts"),
        ({"texts": ["a"] * 65, "encoder": "english"}, "at most 64"),
        ({"texts": [5], "encoder": "english"}, "texts"),
        ({"texts": ["x" * 20_001], "encoder": "english"}, "at most 20000"),
    ],
)
def test_what_cannot_be_encoded_is_refused(reader: Engine, asked: dict[str, Any], said: str) -> None:
    status, answer = encode(reader, **asked)
    assert (status, answer["error"]["code"]) == (400, "bad_request")
    assert said in answer["error"]["message"]


def test_vectors_need_the_secret(reader: Engine) -> None:
    assert encode(reader, None, texts=["a"], encoder="english")[0] == 401
    assert encode(reader, "wrong", texts=["a"], encoder="english")[0] == 401


def test_a_model_without_encoders_makes_no_vectors(engine: Engine) -> None:
    assert encode(engine, texts=["a"], encoder="english")[0] == 400


def test_turns_go_on_while_texts_are_encoded(reader: Engine) -> None:
    body = json.dumps({"texts": ["a rather long sentence about parcels and refunds " * 8] * 64, "encoder": "english"})
    with closing(http.client.HTTPConnection("127.0.0.1", reader.port, timeout=60)) as connection:
        connection.request("POST", "/encode", body, {"Authorization": f"Bearer {SECRET}"})
        assert reader.say("hello")[0] == 200
        answered, _, _ = select.select([connection.sock], [], [], 0)
        assert answered == []
        assert connection.getresponse().status == 200


def test_order_numbers_look_as_the_shop_says(reader: Engine) -> None:
    _, answer = reader.say("where is ord-1234, not W1234567")
    numbers = [one["value"] for one in answer["understanding"]["entities"] if one["entity"] == "order_number"]
    assert numbers == ["ord-1234"]


def test_names_of_lookup_tables_are_found(reader: Engine) -> None:
    _, answer = reader.say("a familly size pizza please")
    assert [one["value"] for one in answer["understanding"]["entities"]] == ["family size"]


def test_an_impossible_form_of_order_numbers_is_told_by_its_setting(sentence_model: Path) -> None:
    with pytest.raises(StartError, match=r"order_number_pattern.*no regular expression"):
        load_model(sentence_model).use_order_number_pattern("(")


def test_lines_are_understood_in_order(sentence_model: Path) -> None:
    lines = io.StringIO('{"text": "hello"}\n\n{"text": "wann habt ihr offen", "language": "de"}\n{"text": ""}\n')
    out = io.StringIO()
    understand_lines(load_model(sentence_model), lines, out)
    first, second, empty = (json.loads(line) for line in out.getvalue().splitlines())
    assert set(first) == {"intent", "confidence", "ranking", "language", "entities", "milliseconds"}
    assert (first["intent"], first["ranking"][0]["name"]) == ("greet", "greet")
    assert second["language"]["name"] == "de"
    assert empty["intent"] == "nlu_fallback"


def test_a_line_that_is_none_is_told_by_its_number(sentence_model: Path) -> None:
    with pytest.raises(StartError, match="line 2"):
        understand_lines(load_model(sentence_model), io.StringIO('{"text": "a"}\n["b"]\n'), io.StringIO())


def test_every_example_is_judged_once_by_a_model_that_has_not_seen_it(sentence_project: Path) -> None:
    judged = list(judge(sentence_project, 2))
    files = (sentence_project / "data/nlu").rglob("*.yml")
    assert sorted(one.text for one in judged) == sorted(one.text for file in files for one in read_examples(file))
    figures = figures_of(judged)
    assert figures["accuracy"] > 0.4
    assert "most confused" in table_of(figures)
