"""Where signing in leads."""

from __future__ import annotations

import pytest

from bot.desk.account import browser_name
from bot.desk.signing_in import own_path


@pytest.mark.parametrize(
    "path",
    [
        *("/desk", "/desk/inbox?queue=mine", "/desk/c/0a1b2c?queue=waiting&tag=vip", "/desk/search?q=a%20b"),
        *("/insights", "/insights/conversations?period=7d&step=%5E&q=a+b"),
    ],
)
def test_a_page_of_the_desk_is_led_to(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "//evil.example", "/desk//evil.example/..", "https://evil.example", "/desk\\evil"),
        *(
            "/desk/sign-in",
            "/desk/a\nb",
            "javascript:alert(1)",
            "/deskx",
            "/insightsx",
            "/insights//evil.example/..",
            "/desk/" + "a" * 600,
        ),
    ],
)
def test_nothing_else_is(path: str) -> None:
    assert own_path(path) == "/desk/inbox"


@pytest.mark.parametrize(
    ("told", "called"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPad"),
        ("curl/8.0", "A browser"),
        (None, "A browser"),
    ],
)
def test_browsers_are_called_as_people_call_them(told: str | None, called: str) -> None:
    assert browser_name(told) == called
