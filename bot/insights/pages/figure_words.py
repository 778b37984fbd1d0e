"""How figures look to people: shares in per cent, seconds as spans, changes in points; no queries."""

from __future__ import annotations

from typing import Any

from bot.insights.csat import TOO_FEW
from bot.insights.figures.drawn import Drawn
from bot.insights.figures.tiles import Tile
from bot.insights.filters import Wanted, query_of

NOTHING = "–"


def cell_words(value: Any, kind: str) -> str:
    """A value as its column shows it."""
    if value is None:
        return NOTHING
    match kind:
        case "count":
            return f"{value:,}"
        case "share":
            return f"{100 * value:.1f} %"
        case "percent":
            return f"{value:.1f} %"
        case "points":
            return f"{value:.2f}"
        case "seconds":
            return span_words(value)
    return str(value)


def span_words(seconds: float) -> str:
    """A span of time as one says it: "1.4 s", "48 s", "3 min 20 s", "2 h 05 min", "3.1 days"."""
    if 0 < seconds < 0.05:
        return "under 0.1 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s" if whole < 600 else f"{round(whole / 60)} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole / 86400:.1f} days"


def tile_words(tile: Tile) -> str:
    """A tile's figure."""
    if tile.kind == "points" and tile.value is not None:
        return _signed(tile.value) if round(tile.value) else "0"
    if tile.kind == "share" and tile.value is not None:
        return f"{100 * tile.value:.0f} %" if tile.few else f"{100 * tile.value:.1f} %"
    return cell_words(tile.value, tile.kind)


def interval_words(tile: Tile) -> str:
    """How sure it is: "95 %: 78–84 %"; nothing where there is no interval."""
    if tile.low is None or tile.high is None:
        return ""
    if tile.kind == "points":
        return f"95 %: {tile.low:+.0f} to {tile.high:+.0f}"
    return f"95 %: {100 * tile.low:.0f}–{100 * tile.high:.0f} %"


def change_words(tile: Tile) -> str:
    """How it was before, in words; empty where there is no period before."""
    if tile.n_before is None:
        return ""
    if tile.change is None:
        return f"too few to compare (n = {tile.n_before:,} before)" if tile.n_before < TOO_FEW or tile.few else ""
    if tile.kind == "share":
        return (
            f"{_signed(100 * tile.change, 1)} points (before {100 * (tile.before or 0):.1f} %, n = {tile.n_before:,})"
            f"{_unsure(tile)}"
        )
    if tile.kind == "points":
        return f"{_signed(tile.change)} (before {tile.before or 0:+.0f}, n = {tile.n_before:,}){_unsure(tile)}"
    return f"{_signed(100 * tile.change)} % (before {cell_words(tile.before, tile.kind)}{_of(tile)})"


def sure_tone(tile: Tile) -> str:
    """good, bad or nothing: what a change means; nothing where it may be chance, or nobody can tell whether it is."""
    return tile.tone if tile.sure else ""


def _unsure(tile: Tile) -> str:
    return "" if tile.sure else ": no difference can be told"


def file_query(wanted: Wanted, drawn: Drawn, form: str) -> str:
    """The query of a figure's file, of the page that shows it."""
    return "&".join(part for part in (query_of(wanted), f"figure={drawn.name}", f"as={form}") if part)


def _signed(value: float, digits: int = 0) -> str:
    """With its sign; what is rounded to nothing has none."""
    return f"{value:+.{digits}f}" if round(value, digits) else f"±{0:.{digits}f}"


def _of(tile: Tile) -> str:
    return "" if tile.always else f", n = {tile.n_before:,}"
