"""The code that stands for a link."""

from __future__ import annotations

import re

import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.web.continuing import QUIET_ZONE, qr_code

_STRETCH = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


@settings(max_examples=25, deadline=None)
@given(
    st.from_regex(
        r"https://t\.me/[a-z_]{5,32}\?start=[\w-]{22,43}", fullmatch=True, alphabet=st.characters(max_codepoint=126)
    )
)
def test_the_path_draws_the_code_and_nothing_else(link: str) -> None:
    drawn = qr_code(link)
    path, size = str(drawn["path"]), int(str(drawn["size"]))
    dark = {
        (int(y), int(x) + step)
        for x, y, width, back in _STRETCH.findall(path)
        for step in range(int(width))
        if width == back
    }
    code = segno.make(link, micro=False).matrix
    wanted = {
        (y + QUIET_ZONE, x + QUIET_ZONE) for y, row in enumerate(code) for x, is_dark in enumerate(row) if is_dark
    }
    assert _STRETCH.sub("", path) == ""
    assert dark == wanted
    assert size == len(code) + 2 * QUIET_ZONE
