"""What is found in the files of a language: broken, unknown, different from English, missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.languages import languages_report
from bot.languages.check import check_languages
from bot.settings import ROOT

DOMAIN = """\
responses:
  utter_hello:
    - text: "Hello {name}"
      buttons: [{title: "Yes", payload: "/affirm", value: "yes"}]
      metadata: {expects: text}
  utter_bye: [{text: "Bye"}]
"""
HELLO = """\
responses:
  utter_hello:
    - text: "Hallo {name}"
      buttons: [{title: "Ja", payload: "/affirm", value: "yes"}]
      metadata: {expects: text}
"""
BYE = '  utter_bye: [{text: "Tschüss"}]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in English and, whole, in German."""
    (tmp_path / "domain.yml").write_text(DOMAIN)
    for code in ("en", "de"):
        (tmp_path / "data" / "languages" / code).mkdir(parents=True)
        write(tmp_path, f"{code}/labels.yml", 'language_name: x\norder: "Order {number}"\n')
    write(tmp_path, "de/responses.yml", HELLO + BYE)
    return tmp_path


def write(project: Path, name: str, content: str) -> None:
    (project / "data" / "languages" / name).write_text(content, encoding="utf-8")


def test_a_whole_language_has_no_findings(project: Path) -> None:
    assert check_languages(project) == []


def test_what_is_missing_is_a_warning_with_its_names(project: Path) -> None:
    write(project, "de/responses.yml", HELLO)
    (finding,) = check_languages(project)
    assert not finding.grave
    assert finding.text.endswith("de/responses.yml: 1 missing, said in English: utter_bye")


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("responses.yml", HELLO + BYE + "  utter_ciao: [{text: x}]\n", "responses.yml:7: utter_ciao is unknown"),
        ("responses.yml", HELLO.replace("{name}", "{nombre}") + BYE, "responses.yml:2: utter_hello has other place"),
        ("responses.yml", HELLO.replace("/affirm", "/deny") + BYE, "responses.yml:2: utter_hello has other buttons"),
        ("responses.yml", HELLO.replace('"yes"', '"ja"') + BYE, "responses.yml:2: utter_hello has other buttons"),
        ("responses.yml", HELLO.replace("expects: text", "expects: email") + BYE, "other metadata"),
        ("responses.yml", HELLO + "  utter_bye: Tschüss\n", "responses.yml:6: utter_bye must be a list"),
        ("responses.yml", HELLO + '  utter_bye: [{text: ""}]\n', "responses.yml:6: utter_bye has a variant without"),
        ("responses.yml", HELLO + "  utter_bye: [{text: 'x]\n", r"responses.yml:7:"),
        ("responses.yml", "- a\n- list\n", "responses.yml:1: must be a mapping"),
        ("responses.yml", "responses: 3\n", "responses.yml:1: must hold"),
        ("labels.yml", 'language_name: x\norder: "Nr. {nummer}"\n', "labels.yml:2: order has other"),
        ("labels.yml", 'language_name: x\norder: "{number}"\nodrer: x\n', "labels.yml:3: odrer is unknown"),
        ("words.yml", "rating: {eins: 1}\n", "words.yml:1: unknown list rating"),
        ("widget.json", '{"send": }', "widget.json:1: "),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_reason(project: Path, file: str, content: str, reason: str) -> None:
    write(project, f"de/{file}", content)
    grave = [finding.text for finding in check_languages(project) if finding.grave]
    assert len(grave) == 1
    assert reason in grave[0]


def test_a_folder_without_responses_is_no_language(project: Path) -> None:
    (project / "data" / "languages" / "de" / "responses.yml").unlink()
    assert "missing" in check_languages(project)[0].text


def test_the_report_has_a_row_for_each_language(project: Path) -> None:
    table, findings = languages_report(project)
    assert [row.split()[0] for row in table] == ["language", "en", "de"]
    assert findings == []


def test_the_languages_of_this_project_are_whole() -> None:
    assert [finding.text for finding in check_languages(ROOT)] == []
