"""Signatures, and what the page about them tells receivers to do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bot.events.happenings import KINDS
from bot.events.signing import signature
from bot.settings import ROOT

BODY = '{"type":"survey.answered","é":1}'.encode()
SECRET, NOW = "0123456789abcdef", 1_774_958_400
PAGE = (ROOT / "docs" / "data-out.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def is_from_bellhop() -> Callable[..., bool]:
    """The example of the page."""
    (example,) = re.findall(r"```python\n# example: verify\n(.+?)```", PAGE, re.DOTALL)
    known: dict = {}
    exec(example, known)  # our own page
    return known["is_from_bellhop"]


def test_the_pages_example_takes_what_we_sign(is_from_bellhop) -> None:
    assert is_from_bellhop(SECRET, signature(SECRET, BODY, NOW), BODY, NOW + 299)


@pytest.mark.parametrize(
    ("header", "body", "now"),
    [
        (signature("another secret of ours", BODY, NOW), BODY, NOW),
        (signature(SECRET, BODY, NOW), BODY + b" ", NOW),
        (signature(SECRET, BODY, NOW), BODY, NOW + 301),
        (signature(SECRET, BODY, NOW), BODY, NOW - 301),
        (signature(SECRET, BODY, NOW).replace(str(NOW), str(NOW + 1)), BODY, NOW),
        ("", BODY, NOW),
        ("t=,v1=", BODY, NOW),
        ("t=²,v1=é", BODY, NOW),
        (f"t={NOW},v1=é", BODY, NOW),
    ],
)
def test_the_pages_example_refuses_what_is_not_ours(is_from_bellhop, header, body, now) -> None:
    assert not is_from_bellhop(SECRET, header, body, now)


def test_a_signature_stays_as_it_is() -> None:
    """Receivers check it: whoever changes it breaks them."""
    assert signature(SECRET, b"{}", 1) == "t=1,v1=2af693cb56b22c16912222aeefdc75a01de562bf70ee2015f41ecea48382997f"


def test_the_page_lists_exactly_the_events_that_there_are() -> None:
    section = PAGE.split("## The event stream", 1)[1].split("```json", 1)[0]
    assert sorted(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", section, re.MULTILINE)) == sorted(KINDS)
