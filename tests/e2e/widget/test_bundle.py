"""The script browsers download: small, whole, and made only of ways to build pages that cannot run what they show."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from channels.web.widget.bundle import CONTINUE, ENTRY, LATER, PEOPLE, BundleError, modules, widget_script
from tests.e2e.widget.fake_pages import WEB

MODULES = sorted((WEB / "widget").glob("*.js"))
SCRIPTS = (ENTRY, *LATER)
BUDGETS = {ENTRY: 20_000, CONTINUE: 5_000, PEOPLE: 5_000}  # bytes, gzipped


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_whole_widget_is_at_most_twenty_kilobytes_gzipped_and_the_rest_small(name: str) -> None:
    size = len(gzip.compress(widget_script(WEB / "widget", name).encode(), 9))
    assert size <= BUDGETS[name], f"{size} bytes"


def test_every_module_is_part_of_a_script() -> None:
    needed = [modules(WEB / "widget", name) for name in SCRIPTS]
    assert {module.name for module in MODULES} == {name for one in needed for name in one}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_imports_nothing_before_it_runs(name: str) -> None:
    assert re.search(r"\bimport\b(?!\.meta|\()", widget_script(WEB / "widget", name)) is None


def test_only_what_is_loaded_later_exports_and_nothing_but_its_door() -> None:
    exports = [re.findall(r"export\b.*", widget_script(WEB / "widget", name)) for name in SCRIPTS]
    assert exports == [[], ["export{showWay};"], ["export{showPeople};"]]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_is_short_and_says_what_it_is_for(module: Path) -> None:
    source = module.read_text()
    assert source.startswith("/** ")
    assert source.count("\n") < 400


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_no_module_can_turn_text_into_markup_or_code(module: Path) -> None:
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|setHTML|srcdoc"
        r"|createContextualFragment"
    )
    assert re.findall(forbidden, module.read_text()) == []


def test_two_modules_with_the_same_name_at_the_top_are_refused(tmp_path: Path) -> None:
    (tmp_path / "widget.js").write_text('import { a } from "./other.js";\nconst twice = a;\n')
    (tmp_path / "other.js").write_text("export const a = 1;\nfunction twice() {}\n")
    with pytest.raises(BundleError, match="twice"):
        widget_script(tmp_path)


def test_an_import_it_cannot_join_is_refused(tmp_path: Path) -> None:
    (tmp_path / "widget.js").write_text('import * as all from "./other.js";\n')
    with pytest.raises(BundleError, match=r"widget\.js"):
        widget_script(tmp_path)


def test_comments_go_and_strings_that_look_like_comments_stay(tmp_path: Path) -> None:
    (tmp_path / "widget.js").write_text(
        '/** What it is. */\n\n// why\nconst url = "https://shop.example"; // because\nconst text = "/** kept */";\n'
    )
    assert widget_script(tmp_path) == 'let $b="https://shop.example";let $a="/** kept */";\n'


def test_a_name_is_shortened_only_where_it_is_nothing_but_a_name(tmp_path: Path) -> None:
    (tmp_path / "widget.js").write_text(
        "const simple = 1;\nconst inText = 2;\nconst member = 3;\nconst key = 4;\n"
        'export const asked = [simple, ...simple, "use inText or not", one.member, { key: 5 }];\n'
    )
    assert widget_script(tmp_path) == (
        "let $a=1;let inText=2;let member=3;let key=4;"
        'let asked=[$a,...$a,"use inText or not",one.member,{key:5}];export{asked};\n'
    )


def test_true_and_false_are_written_shorter_but_for_the_words(tmp_path: Path) -> None:
    (tmp_path / "widget.js").write_text('use(true, false, "true", x.false, { true: 1 }, isTrue === true);\n')
    assert widget_script(tmp_path) == 'use(!0,!1,"true",x.false,{true:1},isTrue===!0);\n'


def test_own_properties_are_shortened_alike_in_all_scripts_and_a_pages_stay(tmp_path: Path) -> None:
    sheet = "const {0} = `a {{ color: var(--ink, var(--bellhop-brand)); --paper: red; }}`;\n"
    for name in ("styles", "continue_styles"):
        (tmp_path / f"{name}.js").write_text("export " + sheet.format(name))
    for entry, name in ((ENTRY, "styles"), (CONTINUE, "continue_styles")):
        (tmp_path / entry).write_text(f'import {{ {name} }} from "./{name}.js";\nuse({name});\n')
        assert "a{color:var(--a,var(--bellhop-brand));--b:red}" in widget_script(tmp_path, entry)
