"""Cuts an article's Markdown into passages of plain text, and shows Markdown as safe HTML; knows no files."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

LONGEST_PASSAGE = 700  # characters; longer ones are cut between paragraphs
_TAG = re.compile(r"<(?!https?:|mailto:)/?[a-zA-Z][^>]*>|<!--")
_ANCHOR = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """What one answer is made of: the text of a section, or of a part of a long one.

    `heading` is None before the first heading. `anchor` is the section's address within its page.
    """

    heading: str | None
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of a page's table of contents."""

    heading: str
    anchor: str


def passages_of(body: str, title: str) -> tuple[Passage, ...]:
    """Cut a body at its `##` headings, and long sections between their paragraphs."""
    found: list[Passage] = []
    heading: str | None = None
    blocks: list[str] = []
    for node in [*_tree(body).children, None]:
        if node is None or (node.type == "heading" and node.tag == "h2"):
            anchor = anchor_of(heading) if heading else ""
            found += [Passage(heading, text, anchor) for text in _joined(blocks)]
            heading, blocks = (_inline(node), []) if node is not None else (None, [])
        elif text := "\n".join(_lines(node)):
            blocks.append(text)
    return tuple(found)


def body_problem(body: str) -> tuple[int, str] | None:
    """What is wrong with a body, as its line (from 1) and the reason; None where nothing is."""
    for token in _MARKDOWN.parse(body):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "heading_open" and token.tag not in ("h2", "h3"):
            return line, "a heading is ## or ###; the title stands in the front matter"
        if token.type == "inline" and _TAG.search(token.content):
            return line, "HTML is not allowed; write Markdown"
        if any(child.type == "image" for child in token.children or ()):
            return line, "pictures are not allowed"
    if (line_of_empty := _empty_section(body)) is not None:
        return line_of_empty, "there is no text under this heading"
    seen: set[str] = set()
    for node in _tree(body).children:
        anchor = anchor_of(_inline(node)) if node.tag == "h2" else ""
        if anchor and anchor in seen:
            return node.map[0] + 1 if node.map else 1, "this heading stands in the article twice"
        seen.add(anchor)
    return None if any(_lines(node) for node in _tree(body).children) else (1, "the article has no text")


def links_in(body: str) -> Iterator[tuple[int, str]]:
    """Line (from 1) and address of every link."""
    for token in _MARKDOWN.parse(body):
        for child in token.children or ():
            if child.type == "link_open":
                yield (token.map[0] + 1 if token.map else 1), str(child.attrGet("href") or "")


def as_html(body: str) -> str:
    """A body as HTML: nothing but what Markdown can say, links only to http, https, mailto and pages of our own."""
    tokens = _MARKDOWN.parse(body)
    for token, inline in itertools.pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            token.attrSet("id", anchor_of(_text_of(inline.children or [])))
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def sections_of(passages: Sequence[Passage]) -> tuple[Section, ...]:
    """The table of contents."""
    return tuple(dict.fromkeys(Section(passage.heading, passage.anchor) for passage in passages if passage.heading))


def anchor_of(heading: str) -> str:
    """The address of a section within its page."""
    return _ANCHOR.sub("-", heading.lower()).strip("-") or "section"


def _tree(body: str) -> SyntaxTreeNode:
    return SyntaxTreeNode(_MARKDOWN.parse(body))


def _empty_section(body: str) -> int | None:
    open_since: int | None = None
    for node in _tree(body).children:
        if node.type != "heading":
            open_since = None
        elif node.tag == "h2" or open_since is None:
            if open_since is not None:
                return open_since
            open_since = node.map[0] + 1 if node.map else 1
    return open_since


def _joined(blocks: Sequence[str]) -> Iterator[str]:
    """Blocks put together as long as they make no passage that is too long."""
    together = ""
    for block in blocks:
        if together and len(together) + len(block) + 2 > LONGEST_PASSAGE:
            yield together
            together = ""
        together = f"{together}\n\n{block}" if together else block
    if together:
        yield together


def _lines(node: SyntaxTreeNode, indent: str = "") -> Iterator[str]:
    """A block as lines of plain text."""
    match node.type:
        case "bullet_list" | "ordered_list":
            start = int(node.attrs.get("start", 1))
            for number, item in enumerate(node.children, start):
                mark = "• " if node.type == "bullet_list" else f"{number}. "
                lines = [line for child in item.children for line in _lines(child, indent + "  ")]
                yield f"{indent}{mark}{lines[0].strip() if lines else ''}"
                yield from lines[1:]
        case "table":
            yield from _table_lines(node)
        case "paragraph" | "heading":
            yield from (indent + line for line in _inline(node).splitlines())
        case "blockquote":
            for child in node.children:
                yield from _lines(child, indent)
        case "fence" | "code_block":
            yield from node.content.splitlines()
        case _:
            return


def _table_lines(table: SyntaxTreeNode) -> Iterator[str]:
    """A table as sentences: "Standard: Price £3.95; Arrives in 3 days" reads in a narrow chat, columns do not."""
    rows = [[_inline(cell) for cell in row.children] for part in table.children for row in part.children]
    if not rows:
        return
    names = rows[0]
    for first, *rest in rows[1:]:
        told = [
            f"{name}: {cell}" if name and len(rest) > 1 else cell for name, cell in zip(names[1:], rest, strict=True)
        ]
        yield f"• {first}: {'; '.join(part for part in told if part)}" if any(rest) else f"• {first}"


def _inline(node: SyntaxTreeNode) -> str:
    """The plain text of a heading, a paragraph or a cell."""
    return "".join(
        _text_of(child.token.children or []) if child.type == "inline" and child.token else _inline(child)
        for child in node.children
    ).strip()


def _text_of(tokens: Sequence[Token]) -> str:
    spoken = {"text": None, "code_inline": None, "softbreak": " ", "hardbreak": "\n"}
    return "".join(spoken[token.type] or token.content for token in tokens if token.type in spoken)


def _parser() -> MarkdownIt:
    # HTML off: a tag in an article is shown, never obeyed. markdown-it refuses javascript: and data: links by itself.
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")


_MARKDOWN = _parser()
