"""Languages as folders of files: which there are, which one fits a locale, labels, and what customers type."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.languages.languages import Languages, plain, shipped_languages
from bot.languages.reading import LanguageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {
        "en/labels.yml": 'order: "Order {number}"\nphone: Phone\n',
        "en/words.yml": "ratings: {five: 5}\nno_comment: [No thanks]\n",
        "nl/responses.yml": 'responses:\n  utter_hello: [{text: "Hallo"}]\n',
        "nl/labels.yml": 'order: "Bestelling {number}"\n',
        "nl/words.yml": "ratings: {vijf: 5}\nlanguage_names: {nederlands: nl}\n",
        "xx/labels.yml": "order: x\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def test_a_folder_with_responses_is_a_language_we_speak(folder: Path) -> None:
    assert Languages(folder).codes == ("en", "nl")


def test_without_any_folder_there_is_english(tmp_path: Path) -> None:
    assert Languages(tmp_path / "none").codes == ("en",)


@pytest.mark.parametrize(
    ("tags", "language"),
    [(("nl-BE",), "nl"), (("NL",), "nl"), (("it", "nl"), "nl"), (("it", "fr"), "en"), ((None, ""), "en")],
)
def test_the_first_locale_whose_language_we_speak_decides(
    folder: Path, tags: tuple[str | None, ...], language: str
) -> None:
    assert Languages(folder).language_for(*tags) == language


def test_a_label_that_a_language_lacks_is_english(folder: Path) -> None:
    labels = Languages(folder).labels("nl")
    assert labels.say("order", number="#W1") == "Bestelling #W1"
    assert labels.say("phone") == "Phone"
    with pytest.raises(KeyError):
        labels.say("nothing")


def test_values_with_braces_stay_as_they_are(folder: Path) -> None:
    assert Languages(folder).labels("en").say("order", number="{number}") == "Order {number}"


def test_words_of_all_languages_are_heard_at_once(folder: Path) -> None:
    heard = Languages(folder).heard
    assert heard.ratings == {"five": 5, "vijf": 5}
    assert heard.no_comment == {"no thanks"}
    assert heard.language_names == {"nederlands": "nl"}


@pytest.mark.parametrize(
    ("text", "bare"), [("  Nein,   danke! ", "nein, danke"), ("¡Hola!", "hola"), ("C’est tout", "c'est tout")]
)
def test_case_spaces_and_outer_punctuation_do_not_matter(text: str, bare: str) -> None:
    assert plain(text) == bare


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("nl/responses.yml", "responses:\n  utter_x: [{text: 'x]\n", r"nl/responses\.yml:\d"),
        ("nl/responses.yml", "responses: {utter_x: Hallo}\n", "utter_x must be a list"),
        ("nl/labels.yml", "order: 3\n", "order must be a text"),
        ("nl/labels.yml", "- x\n", "must be a mapping"),
    ],
)
def test_a_broken_file_is_named(folder: Path, name: str, content: str, reason: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(LanguageError, match=reason):
        Languages(folder)


def test_the_shipped_languages_are_four() -> None:
    assert shipped_languages().codes == ("en", "de", "es", "fr")


def test_the_widgets_words_are_json_or_nothing(folder: Path) -> None:
    (folder / "nl" / "widget.json").write_text('{"send": "Versturen"}')
    assert Languages(folder).widget_words("nl") == '{"send":"Versturen"}'
    assert Languages(folder).widget_words("en") is None
    (folder / "nl" / "widget.json").write_text("{")
    with pytest.raises(LanguageError, match="widget"):
        Languages(folder).widget_words("nl")
