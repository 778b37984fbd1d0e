"""Accepted annotations become lines of data/nlu: in the right place, nothing else changed, nothing twice."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.engine.fingerprint import NLU_FOLDER
from bot.insights.learning.exporting import CannotWrite, Plan, changed_files, diff_of, plan, write
from bot.insights.learning.sentences import (
    Marked,
    UnfitSentence,
    entities_of,
    example_of,
    key_of,
    marked,
    plain_of,
)
from bot.insights.learning.training_files import TrainingData, TrainingFiles, blocks_in
from bot.settings import ROOT

ENGLISH = """version: "3.1"

# The whole order shall not come.
nlu:
  - intent: cancel_order   # a remark
    examples: |
      - cancel my order
      - cancel [W4193620](order_number)

  - regex: order_number
    examples: |
      - w\\d{7}
  - intent: stop
    examples: |
        - stop

        - never mind
"""
GERMAN = """version: "3.1"
nlu:
  - intent: cancel_order
    metadata: {language: de}
    examples: |
      - bestellung stornieren"""
DOMAIN = """version: "3.1"
intents:
  - cancel_order
  - stop
  - greet
  - something_else

entities:
  - order_number
  - product

forms:
  request_form:
    required_slots: [answer]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small Rasa project."""
    (tmp_path / "data/nlu/de").mkdir(parents=True)
    (tmp_path / "domain.yml").write_text(DOMAIN)
    (tmp_path / "data/nlu/cancel.yml").write_text(ENGLISH)
    (tmp_path / "data/nlu/de/cancel.yml").write_text(GERMAN)
    (tmp_path / "data/nlu/talk.yml").write_text(
        'version: "3.1"\r\nnlu:\r\n  - intent: greet\r\n    examples: |\r\n      - hello\r\n'
    )
    return tmp_path


def accepted(text: str, intent: str = "cancel_order", language: str = "en", **more: Any) -> dict[str, Any]:
    return {"id": f"{intent}:{text}", "text": text, "intent": intent, "language": language, "entities": [], **more}


def planned(project: Path, *rows: Mapping[str, Any], force: bool = False) -> Plan:
    return plan(rows, TrainingFiles(project).read(), force=force)


def exported(project: Path, *rows: Mapping[str, Any], force: bool = False) -> Plan:
    made = planned(project, *rows, force=force)
    write(project, changed_files(project, made.added))
    return made


def test_an_example_goes_below_those_of_its_intent(project: Path) -> None:
    exported(project, accepted("kill that order"))

    assert (project / "data/nlu/cancel.yml").read_text() == ENGLISH.replace(
        "(order_number)\n", "(order_number)\n      - kill that order\n", 1
    )


def test_the_files_own_indent_is_used_and_empty_lines_stay(project: Path) -> None:
    exported(project, accepted("leave it", "stop"))

    assert (project / "data/nlu/cancel.yml").read_text() == ENGLISH + "        - leave it\n"


def test_each_language_has_files_of_its_own_and_a_missing_last_newline_stays_missing(project: Path) -> None:
    exported(project, accepted("weg damit", language="de"))

    assert (project / "data/nlu/de/cancel.yml").read_text() == GERMAN + "\n      - weg damit"
    assert (project / "data/nlu/cancel.yml").read_text() == ENGLISH


def test_line_ends_are_as_in_the_file(project: Path) -> None:
    exported(project, accepted("good day", "greet"))

    assert (project / "data/nlu/talk.yml").read_bytes().endswith(b"      - hello\r\n      - good day\r\n")


def test_what_was_masked_is_written_as_what_stands_for_it(project: Path) -> None:
    text = "cancel [order number] with the lamp"
    product = {"start": text.index("lamp"), "end": len(text), "entity": "product"}
    made = exported(project, accepted(text, entities=[product]))

    assert [one.line for one in made.added] == ["cancel [W4193620](order_number) with the [lamp](product)"]


@pytest.mark.parametrize("text", ["I am [name]", "pay to [IBAN]", "see [link]", "  ", "?!", "x" * 500])
def test_what_cannot_be_learnt_from_is_refused(project: Path, text: str) -> None:
    made = planned(project, accepted(text))

    assert not made.added
    assert len(made.refused) == 1


@pytest.mark.parametrize(
    ("text", "intent"),
    [("Cancel my ORDER!", "cancel_order"), ("  cancel   W4193620 ", "cancel_order"), ("Stop.", "stop")],
)
def test_what_is_there_already_is_skipped(project: Path, text: str, intent: str) -> None:
    made = planned(project, accepted(text, intent))

    assert not made.added
    assert [one.id for one in made.duplicates] == made.done


def test_the_same_sentence_twice_is_written_once(project: Path) -> None:
    made = exported(project, accepted("kill it", id="1"), accepted("Kill it!", id="2"))

    assert [one.id for one in made.added] == ["1"]
    assert made.done == ["1", "2"]


def test_a_sentence_of_another_intent_is_flagged_and_not_written(project: Path) -> None:
    made = exported(project, accepted("never mind"))

    assert not made.added
    assert "stop" in made.conflicts[0].why
    assert made.done == []


def test_two_annotations_that_contradict_each_other_are_flagged(project: Path) -> None:
    made = planned(project, accepted("drop it"), accepted("drop it", "stop"))

    assert [one.block.intent for one in made.added] == ["cancel_order"]
    assert "another annotation" in made.conflicts[0].why


def test_by_force_a_conflict_is_written_and_named(project: Path) -> None:
    made = exported(project, accepted("never mind"), force=True)

    assert made.added[0].against == ("stop",)


def test_the_same_words_in_another_language_are_no_conflict(project: Path) -> None:
    assert planned(project, accepted("stop", language="de")).added


@pytest.mark.parametrize(
    ("intent", "language"), [("fly", "en"), ("", "en"), ("something_else", "en"), ("stop", "de"), ("stop", "xx")]
)
def test_an_intent_without_a_place_is_refused(project: Path, intent: str, language: str) -> None:
    made = planned(project, accepted("whatever this is", intent, language))

    assert not made.added
    assert len(made.refused) == 1


def test_exporting_again_changes_nothing(project: Path) -> None:
    exported(project, accepted("kill that order"))
    before = (project / "data/nlu/cancel.yml").read_bytes()
    again = exported(project, accepted("kill that order"))

    assert (project / "data/nlu/cancel.yml").read_bytes() == before
    assert again.done == ["cancel_order:kill that order"]


def test_a_file_that_changed_meanwhile_is_not_overwritten(project: Path) -> None:
    files = changed_files(project, planned(project, accepted("kill that order")).added)
    (project / "data/nlu/cancel.yml").write_text(ENGLISH + "# by hand\n")

    with pytest.raises(CannotWrite, match="just now"):
        write(project, files)
    assert (project / "data/nlu/cancel.yml").read_text() == ENGLISH + "# by hand\n"


def test_a_place_that_is_no_longer_one_is_noticed_before_anything_is_written(project: Path) -> None:
    made = planned(project, accepted("kill that order"))
    (project / "data/nlu/cancel.yml").write_text('version: "3.1"\n' * 4 + ENGLISH)

    with pytest.raises(CannotWrite):
        changed_files(project, made.added)


def test_the_diff_has_added_lines_alone(project: Path) -> None:
    files = changed_files(
        project, planned(project, accepted("kill that order"), accepted("weg damit", language="de")).added
    )
    lines = diff_of(files).splitlines()

    assert [line for line in lines if line.startswith("+") and not line.startswith("+++")] == [
        "+      - kill that order",
        "+      - bestellung stornieren",  # its line had no end before
        "+      - weg damit",
    ]


# -- for any sentence, on the real files --------------------------------------------------------------------------

ALPHABET = "abcxyz äöüßéñ ¿?!.,;:'\"`-–—#/\\|>&*@%{}[]()<>~=+0123456789 \t\n\u00a0\u2028\u0007\ufeff🙂 W4193620"


def _sentence(chance: random.Random) -> str:
    return "".join(chance.choice(ALPHABET) for _ in range(chance.randint(1, 60)))


def _examples(content: str) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for entry in YAML(typ="safe").load(content)["nlu"]:
        kind, name = next((key, entry[key]) for key in ("intent", "lookup", "regex", "synonym") if key in entry)
        found.setdefault((kind, name), []).extend(entry["examples"].splitlines())
    return found


@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_said_files_stay_as_they_are_but_for_added_lines(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = TrainingFiles(ROOT).read()
    intents = [intent for intent in data.intents if intent not in data.buttons_only]
    rows: list[dict[str, Any]] = []
    for number in range(40):
        text = _sentence(chance)
        start = chance.randrange(len(text))
        entity = {
            "start": start,
            "end": min(len(text), start + chance.randint(1, 9)),
            "entity": chance.choice(data.entities),
        }
        language = chance.choice(("en", "de", "es", "fr"))
        rows.append(accepted(text, chance.choice(intents), language, entities=[entity], id=str(number)))
    made = plan(rows, data, force=True)
    assert len(made.added) > 20

    for file, (before, after) in changed_files(ROOT, made.added).items():
        own = [one for one in made.added if one.block.file == file]
        new = [f"{one.block.dash}{one.line}" for one in own]
        left = after.splitlines()
        for line in new:
            left.remove(line)
        assert left == before.splitlines()
        old_examples, new_examples = _examples(before), _examples(after)
        assert {key for key in new_examples if new_examples[key] != old_examples[key]} == {
            ("intent", one.block.intent) for one in own
        }


@pytest.mark.parametrize("seed", range(50))
def test_marks_are_read_again_as_they_were_written(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choice("ab cd é🙂") for _ in range(30))
    start = chance.randrange(10)
    marks = [Marked(start, start + 5, "product"), Marked(start + 8, start + 12, "option", "another value")]
    line = marked(text, marks)

    assert plain_of(line) == text
    assert entities_of(line) == marks


def test_marks_that_overlap_or_lie_outside_are_left_out() -> None:
    assert (
        marked("abcdef", [Marked(0, 3, "x"), Marked(2, 5, "y"), Marked(4, 99, "z"), Marked(5, 5, "q")]) == "[abc](x)def"
    )


def test_brackets_of_customers_are_no_marks() -> None:
    assert example_of("see [this](here) {now}", None) == "see (this)(here) (now)"


@pytest.mark.parametrize("text", ["/cancel_order", "- /stop"])
def test_an_example_is_no_command(text: str) -> None:
    with pytest.raises(UnfitSentence):
        example_of(text, None)


def test_an_example_begins_as_no_comment_and_no_item() -> None:
    assert example_of("- # - where is it", None) == "where is it"


def test_the_same_words_are_the_same_sentence() -> None:
    assert key_of(" Where’s  my ORDER?? ") == key_of("where's my order") == "where's my order"


def test_all_examples_of_the_project_are_found() -> None:
    data: TrainingData = TrainingFiles(ROOT).read()
    expected: dict[str, int] = {}
    for file in sorted((ROOT / NLU_FOLDER).rglob("*.yml")):
        for entry in YAML(typ="safe").load(file)["nlu"]:
            if "intent" in entry:
                lines = [line for line in entry["examples"].splitlines() if line.startswith("- ")]
                expected[entry["intent"]] = expected.get(entry["intent"], 0) + len(lines)
    found: dict[str, int] = {}
    for block in data.blocks:
        found[block.intent] = found.get(block.intent, 0) + len(block.examples)

    assert found == expected
    assert {block.language for block in data.blocks} == {"en", "de", "es", "fr"}


def test_an_entry_written_otherwise_has_no_place_for_more() -> None:
    lines: Sequence[str] = "nlu:\n  - intent: greet\n    examples:\n      - text: |\n          hi".splitlines()
    [block] = blocks_in(lines, "x.yml", "en")

    assert block.last is None


def test_files_are_read_again_when_they_change(project: Path) -> None:
    files = TrainingFiles(project)
    before = files.read()
    assert files.read() is before
    exported(project, accepted("kill that order"))

    assert "kill that order" in files.read().examples("cancel_order", "en", 99)
