"""Draws the figures of understanding: a table for the terminal, and one self-contained HTML page; computes nothing."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.commands.language_figures import Figures, PerAnswer

TEMPLATES = Path(__file__).parent / "templates"
WORST = 20
CELL = 20  # pixels


def language_text(figures: Figures, title: str) -> str:
    """The figures as a table for people."""
    lines = [title, "", f"{'source':<16}{'lines':>7}{'accuracy':>10}"]
    lines += [f"{name:<16}{figures.sizes[name]:>7}{_percent(share):>10}" for name, share in figures.sources.items()]
    lines += [
        f"{'macro':<16}{'':>7}{_percent(figures.macro):>10}   (mean of the sources in scope)",
        "",
        f"out of scope: {_percent(figures.recall)} refused; of the others {_percent(figures.false_refusals)} refused",
        f"  of which asked back: {_percent(figures.asked_back[0])} and {_percent(figures.asked_back[1])}",
        "",
        f"{'answer':<24}{'wanted':>7}{'recall':>9}{'answered':>10}{'precision':>11}",
    ]
    lines += [_row(one) for one in sorted(figures.answers, key=_weakest)]
    lines += ["", "worst confusions"]
    for confusion in figures.confusions[:WORST]:
        lines.append(f"  {confusion.count:>3} × {confusion.wanted} → {confusion.answered}")
        lines += [f"        {_short(example)}" for example in confusion.examples[:2]]
    return "\n".join(lines)


def language_page(figures: Figures, title: str) -> str:
    """The figures as an HTML page that needs nothing but itself."""
    names = sorted({name for pair in figures.matrix for name in pair})
    rows = {name: sum(count for (wanted, _), count in figures.matrix.items() if wanted == name) for name in names}
    cells = [
        {
            "x": names.index(answered) * CELL,
            "y": names.index(wanted) * CELL,
            "share": count / rows[wanted],
            "right": wanted == answered,
            "tip": f"{wanted} → {answered}: {count} of {rows[wanted]}",
        }
        for (wanted, answered), count in sorted(figures.matrix.items())
    ]
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    templates.filters["percent"] = _percent
    return templates.get_template("language.html").render(
        title=title,
        figures=figures,
        answers=sorted(figures.answers, key=_weakest),
        worst=figures.confusions[:WORST],
        names=names,
        cells=cells,
        cell=CELL,
        side=len(names) * CELL,
    )


def _row(one: PerAnswer) -> str:
    shares = f"{one.wanted:>7}{_percent(one.recall):>9}{one.answered:>10}{_percent(one.precision):>11}"
    return f"{one.answer:<24}{shares}"


def _weakest(one: PerAnswer) -> float:
    known = [share for share in (one.recall, one.precision) if share is not None]
    return min(known) if known else 1.0


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 110 else f"{line[:109]}…"
