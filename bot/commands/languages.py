"""`bellhop languages`: which languages the assistant speaks, how whole each is, and what is wrong with its files."""

from __future__ import annotations

from pathlib import Path

from bot.languages.check import Finding, check_languages
from bot.languages.languages import BASE, Languages
from bot.languages.reading import LanguageError, read_words

WORDS = ("language", "name", "responses", "labels", "widget", "example files")


def languages_report(project: Path) -> tuple[list[str], list[Finding]]:
    """The lines of a table with a row a language, empty where a file is broken; and all findings."""
    findings = check_languages(project)
    folder = project / "data" / "languages"
    try:
        languages = Languages(folder)
        rows = [WORDS, *(_row(project, languages, code) for code in languages.codes)]
    except LanguageError:
        return [], findings
    widths = [max(len(row[column]) for row in rows) for column in range(len(WORDS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return table, findings


def _row(project: Path, languages: Languages, code: str) -> tuple[str, ...]:
    place = languages.folder / code
    domain = read_words(project / "domain.yml").get("responses") or {}
    own = domain if code == BASE else languages.responses(code)
    all_labels = read_words(languages.folder / BASE / "labels.yml")
    labels = read_words(place / "labels.yml")
    examples = project / "data" / "nlu" / ("" if code == BASE else code)
    return (
        code,
        languages.labels(code).say("language_name") if "language_name" in labels else code,
        f"{len(own)} of {len(domain)}",
        f"{len(labels)} of {len(all_labels)}",
        "yes" if code == BASE or (place / "widget.json").is_file() else "English",
        str(len(list(examples.glob("*.yml")))) if examples.is_dir() else "0",
    )
