"""Addresses that Telegram takes, and those that it could fetch from."""

from __future__ import annotations

import pytest

from tests.telegram.links import checked_link, on_a_private_network


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://shop.example", "https://shop.example/"),
        ("https://shop.example?a=b", "https://shop.example/?a=b"),
        ("shop.example/a", "http://shop.example/a"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
        ("tg://user?id=1", "tg://user?id=1"),
        ("http://localhost:8080/", None),
        ("javascript://shop.example", None),
        ("mailto:a@shop.example", None),
        ("https://shop.example/a b", None),
        ("https://shop.example:x/", None),
        ("shop", None),
        ("", None),
    ],
)
def test_an_address_of_a_link_or_button(given: str, kept: str | None) -> None:
    assert checked_link(given) == kept


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://shop.example/a.png", False),
        ("http://localhost:8080/a.png", True),
        ("http://127.0.0.1:8080/a.png", True),
        ("http://10.0.0.7/a.png", True),
        ("http://192.168.1.2/a.png", True),
        ("http://shop/a.png", True),
        ("http://shop.local/a.png", True),
        ("http://8.8.8.8/a.png", False),
    ],
)
def test_what_telegrams_servers_cannot_reach(url: str, private: bool) -> None:
    assert on_a_private_network(url) is private
