"""How values look at the desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desk.rendering import called, icon, initials, moment, since, span_words, templates_of, tint, until, version_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Grace Hopper", "G\u200cH"),
        ("Søren Kierkegård von Østergaard", "S\u200cØ"),
        ("Zoë", "Z"),
        ("Visitor 01C6", "VC6"),
        ("Visitor AB3F", "V3F"),
        ("محمد عبد الله", "م\u200cا"),
        ("  ", "?"),
        (None, "?"),
        ("'; --", "?"),
        ("(Bob)", "B"),
        ("42", "?"),
    ],
)
def test_initials_stand_for_a_name(name: str | None, shown: str) -> None:
    assert initials(name) == shown


def test_a_name_has_one_colour() -> None:
    assert tint("Grace Hopper") == tint("Grace Hopper")
    assert {tint(f"name {number}") for number in range(200)} == set(range(8))


def test_who_has_no_name_is_told_from_others() -> None:
    assert called("Grace", "0a1b2c3d") == "Grace"
    assert called(None, "0a1b2c3d") == "Visitor 2C3D"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h 00"), (11100, "3 h 05"), (200000, "2 d")],
)
def test_spans_are_told_in_few_signs(seconds: float, words: str) -> None:
    assert span_words(seconds) == words


def test_clocks_say_when_they_are_soon_and_late() -> None:
    assert 'class="clock "' in until(NOW + timedelta(minutes=5), NOW)
    assert 'class="clock soon"' in until(NOW + timedelta(minutes=5), NOW, NOW - timedelta(minutes=1))
    late = until(NOW - timedelta(minutes=3), NOW)
    assert 'class="clock late"' in late
    assert "3 min late" in late
    assert 'datetime="2026-03-02T08:48:00Z"' in since(NOW - timedelta(minutes=12), NOW)
    assert since(None, NOW) == ""


def test_moments_are_told_by_the_shops_clock_until_the_page_knows_better() -> None:
    told = moment(datetime(2026, 7, 1, 9, 0, tzinfo=UTC), ZoneInfo("Europe/London"))
    assert told == '<time datetime="2026-07-01T09:00:00Z" data-moment>01 Jul 10:00</time>'


def test_a_label_of_an_icon_is_text() -> None:
    assert "&#34;&gt;" in icon("web", '">', "v1")
    assert 'aria-hidden="true"' in icon("web", None, "v1")


def test_templates_escape_what_they_are_given() -> None:
    environment = templates_of(ZoneInfo("UTC"), "v1")
    assert environment.from_string("{{ name }}").render(name="<b>") == "&lt;b&gt;"


def test_no_template_lets_anything_through_unescaped() -> None:
    folder = Path(templates_of.__code__.co_filename).parent / "templates"
    for path in folder.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", ""), path.name
        assert "autoescape false" not in text, path.name


def test_the_version_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a {}")
    before = version_of(tmp_path, tmp_path)
    assert version_of(tmp_path, tmp_path) == before
    (tmp_path / "a.css").write_text("b {}")
    assert version_of(tmp_path, tmp_path) != before
