"""`parse_mode=HTML` as Telegram reads it."""

from __future__ import annotations

import pytest

from tests.telegram.html_mode import parse_html
from tests.telegram.refusals import Refused


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("plain > text", "plain > text", []),
        ("<b>bold</b> <strong>too</strong>", "bold too", [("bold", 0, 4), ("bold", 5, 3)]),
        ("<i>a</i><em>b</em>", "ab", [("italic", 0, 1), ("italic", 1, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [("underline", 0, 1), ("underline", 1, 1)]),
        ("<s>a</s><strike>b</strike><del>c</del>", "abc", [("strikethrough", n, 1) for n in range(3)]),
        ('<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>', "ab", [("spoiler", 0, 1), ("spoiler", 1, 1)]),
        ("<B>A</b>", "A", [("bold", 0, 1)]),
        ("<b>a <i>b</i></b>", "a b", [("bold", 0, 3), ("italic", 2, 1)]),
        ("😀<b>x</b>", "😀x", [("bold", 2, 1)]),
        ("<b>open</>", "open", [("bold", 0, 4)]),
        ("<b></b>nothing", "nothing", []),
        ("a &lt;b&gt; &amp; &quot;c&quot;", 'a <b> & "c"', []),
        ("&nbsp;&eacute;& &", "&nbsp;&eacute;& &", []),
        ("&#228;&#xe4;&lt", "ää<", []),
        ('<a href="shop.example?a&amp;b">link</a>', "link", [("text_link", 0, 4, "http://shop.example/?a&b")]),
        ("<a href='http://localhost/'>link</a>", "link", []),
        ("<a>shop.example</a>", "shop.example", [("text_link", 0, 12, "http://shop.example/")]),
        ("<code>a</code>", "a", [("code", 0, 1)]),
        ('<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1, "py")]),
        ("<pre>a\nb</pre>", "a\nb", [("pre", 0, 3)]),
        ("<blockquote>a</blockquote>", "a", [("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        ('<tg-emoji emoji-id="5368">👍</tg-emoji>', "👍", [("custom_emoji", 0, 2, "5368")]),
    ],
)
def test_tags_become_entities(source: str, text: str, found: list[tuple[object, ...]]) -> None:
    parsed = parse_html(source)
    assert parsed.text == text
    assert [(entity.type, entity.offset, entity.length, *entity.more.values()) for entity in parsed.entities] == found


def test_a_link_to_a_user_is_a_mention() -> None:
    (entity,) = parse_html('<a href="tg://user?id=42">Ada</a>').entities
    assert (entity.type, entity.more["user"]["id"]) == ("text_mention", 42)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("1 <2", "Unclosed start tag at byte offset 2"),
        ("ä<p>a</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("a<br/>", 'Unsupported start tag "br/" at byte offset 1'),
        ("<b>a", "Can't find end tag corresponding to start tag b"),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a ="x">a</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href>a</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ('<a href="x>a</a>', "Unclosed start tag at byte offset 0"),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=x/y>a</a>", "Unexpected end of name token at byte offset 8"),
        ('<tg-emoji emoji-id="x">👍</tg-emoji>', "Invalid custom emoji identifier specified"),
        ("&#xd83d;", "Text contains invalid Unicode characters after decoding HTML entities"),
    ],
)
def test_what_is_wrong_with_tags_is_said_in_telegrams_words(source: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_html(source)
    assert refused.value.description.startswith(f"Bad Request: can't parse entities: {why}")
