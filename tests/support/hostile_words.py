"""Three hundred texts that would do harm if they ever became markup, and a look at a page that finds those that did."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from tests.e2e.widget.hostile import SCRIPTS

# Where a text may stand: between tags, in an attribute of either kind, in what ends differently, in a template.
AROUND = ("{}", '">{}', "'>{}", "</option></select>{}", "</textarea></title>{}", "{{% raw %}}{}")
# Each once: a text that is there already says nothing new.
PAYLOADS = tuple(dict.fromkeys(around.format(words) for around in AROUND for words in SCRIPTS))[:300]
HARMLESS = re.compile(r"(/(?![/\\])|#|\?|https?://|mailto:)", re.IGNORECASE)  # "//evil.example" leads away
# What no page of the desk has, whatever is shown on it.
FOREIGN = frozenset(
    {
        *("iframe", "object", "embed", "base", "marquee", "math", "mi", "animate", "style", "audio", "video", "source"),
        *("bellhop-chat", "slot", "scr", "frame", "applet"),
    }
)


class Look(HTMLParser):
    """Reads a page and keeps what should not be there."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in FOREIGN or (tag == "script" and not (values.get("src") or "").startswith("/desk/static/")):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on"):
                self.found.append(f"{tag} {name}={value}")
            if name in ("href", "src", "action", "formaction") and not HARMLESS.match(value or ""):
                self.found.append(f"{tag} {name}={value}")
            self.texts.append(value or "")

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def shows(self, words: str) -> bool:
        """Whether the page has these words as text or as the value of an attribute, whatever space is around them."""
        wanted = "".join(words.split())
        return any(wanted in "".join(text.split()) for text in self.texts)


def harm_in(html: str) -> list[str]:
    """What on a page has become markup, an address or a handler that is none of ours."""
    return Look(html).found
