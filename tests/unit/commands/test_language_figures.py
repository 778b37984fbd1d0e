"""The figures of understanding count what they say they count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.commands.language_figures import BadLines, Line, Understood, figures, read_lines


def understood(intent: str | None, *wants: str, source: str = "shop:x", text: str = "words") -> Understood:
    return Understood(Line(text, wants, source), intent, 0.5)


def test_an_answer_is_right_when_the_line_accepts_it() -> None:
    found = figures([understood("invoice", "payment_problem", "invoice"), understood("greet", "invoice")])
    assert found.sources == {"shop": 0.5}


def test_macro_counts_each_source_alike_whatever_its_size() -> None:
    many = [understood("greet", "greet", source="big:a") for _ in range(9)]
    found = figures([*many, understood("greet", "thanks", source="small:a")])
    assert found.macro == 0.5
    assert found.sizes == {"big": 9, "small": 1}


def test_a_source_out_of_scope_counts_for_recall_and_not_for_macro() -> None:
    found = figures(
        [
            understood("greet", "greet", source="shop:a"),
            understood("greet", "out_of_scope", source="other:a"),
            understood("out_of_scope", "out_of_scope", source="other:a"),
        ]
    )
    assert found.macro == 1.0
    assert found.recall == 0.5
    assert found.sources["other"] == 0.5


def test_asking_back_is_a_refusal_and_a_false_one_where_the_line_is_ours() -> None:
    found = figures([understood("nlu_fallback", "greet"), understood("greet", "greet"), understood(None, "greet")])
    assert found.false_refusals == pytest.approx(2 / 3)
    assert found.macro == pytest.approx(1 / 3)


def test_asking_back_is_told_apart_from_refusing() -> None:
    found = figures(
        [
            understood("nlu_fallback", "out_of_scope", source="other:a"),
            understood("out_of_scope", "out_of_scope", source="other:a"),
            understood("out_of_scope", "greet"),
        ]
    )
    assert (found.recall, found.false_refusals, found.asked_back) == (1.0, 1.0, (0.5, 0.0))


def test_without_lines_out_of_scope_their_recall_is_unknown() -> None:
    found = figures([understood("greet", "greet")])
    assert found.recall is None
    assert found.as_json()["out_of_scope"]["recall"] is None
    assert found.as_json()["out_of_scope"]["false_refusals"] == 0.0


def test_recall_of_an_answer_is_over_the_lines_that_accept_nothing_else() -> None:
    found = figures([understood("invoice", "invoice"), understood("greet", "invoice", "greet")])
    invoice = next(one for one in found.answers if one.answer == "invoice")
    assert (invoice.wanted, invoice.recall, invoice.answered, invoice.precision) == (1, 1.0, 1, 1.0)


def test_confusions_are_told_worst_first_with_examples() -> None:
    wrong = [understood("greet", "invoice", text=f"bill {number}") for number in range(7)]
    found = figures([*wrong, understood("thanks", "invoice", text="bill")])
    assert [(one.answered, one.count) for one in found.confusions] == [("greet", 7), ("thanks", 1)]
    assert len(found.confusions[0].examples) == 5


def test_intents_of_our_own_lead_to_the_answer_they_stand_for() -> None:
    assert understood("another_order", "track_order").right
    assert not understood("inform", "track_order").right


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "x.jsonl:2: no object like"),
        ('{"text": "a", "wants": [], "source": "s"}', "x.jsonl:2: text and source"),
        ('{"text": 1, "wants": ["a"], "source": "s"}', "x.jsonl:2: text and source"),
        ('{"text": "a", "wants": [1], "source": "s"}', "x.jsonl:2: every one of wants"),
        ("[]", "x.jsonl:2: no object like"),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(json.dumps({"text": "a", "wants": ["b"], "source": "s"}) + f"\n{line}\n", encoding="utf-8")
    with pytest.raises(BadLines, match=says.replace(".", r"\.")):
        read_lines(file)


def test_an_empty_file_is_no_measure(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(BadLines, match="holds no lines"):
        read_lines(tmp_path / "x.jsonl")
