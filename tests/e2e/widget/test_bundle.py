"""The script browsers download: small, whole, and made only of ways to build pages that cannot run what they show."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from channels.web.widget.bundle import BundleError, widget_script
from tests.e2e.widget.fake_server import WEB

MODULES = sorted((WEB / "widget").glob("*.js"))
BUDGET = 20_000  # bytes, gzipped


def test_the_whole_widget_is_at_most_twenty_kilobytes_gzipped() -> None:
    size = len(gzip.compress(widget_script(WEB / "widget").encode(), 9))
    assert size <= BUDGET, f"{size} bytes"


def test_the_script_holds_every_module_and_no_import() -> None:
    script = widget_script(WEB / "widget")
    for module in MODULES:
        names = re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", module.read_text(), re.MULTILINE)
        assert [name for name in names if name not in script] == []
    assert re.search(r"^(import|export) ", script, re.MULTILINE) is None


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
    assert widget_script(tmp_path) == 'const url="https://shop.example";const text="/** kept */";\n'
