"""Arguments of a call, however they come."""

from __future__ import annotations

import json

import pytest

from tests.telegram.arguments import Arguments
from tests.telegram.refusals import Refused

FORM = "application/x-www-form-urlencoded"
PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n7\r\n'
    b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    b"\x89PNG\r\n--\x00\r\n\r\n--x--\r\n"
)


@pytest.mark.parametrize(
    ("query", "kind", "body"),
    [
        ("chat_id=7&text=a%20%C3%A4", "", b""),
        ("", FORM, b"chat_id=7&text=a+%C3%A4"),
        ("chat_id=7", f"{FORM}; charset=utf-8", "text=a ä".encode()),
        ("", "application/json", '{"chat_id": 7, "text": "a ä", "reply_markup": null}'.encode()),
    ],
)
def test_a_call_says_the_same_in_every_form(query: str, kind: str, body: bytes) -> None:
    arguments = Arguments.read(query, kind, body)
    assert (arguments.integer("chat_id"), arguments.text("text")) == (7, "a ä")
    assert not arguments.given("reply_markup")


def test_a_file_comes_in_a_part_of_its_own() -> None:
    arguments = Arguments.read("", 'multipart/form-data; boundary="x"', PARTS)
    photo = arguments.files["photo"]
    assert (photo.name, photo.mime, photo.body) == ("a.png", "image/png", b"\x89PNG\r\n--\x00\r\n")
    assert arguments.integer("chat_id") == 7


def test_a_structure_may_be_a_string_with_json() -> None:
    given = {"inline_keyboard": []}
    for body in ({"reply_markup": given}, {"reply_markup": json.dumps(given)}):
        arguments = Arguments.read("", "application/json", json.dumps(body).encode())
        assert arguments.json("reply_markup") == given
        assert arguments.recorded() == {"reply_markup": given}


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("application/json", b"{", "can't parse JSON object"),
        ("application/json", b"[]", "expected an Object"),
        ("multipart/form-data", PARTS, "no boundary"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(kind: str, body: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        Arguments.read("", kind, body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [(FORM, b"text=%ff"), (FORM, b"text=\xff"), ("application/json", b'{"text": "\\ud83d"}')],
)
def test_bytes_that_are_not_utf8_are_refused_where_they_are_read(kind: str, body: bytes) -> None:
    with pytest.raises(Refused, match="strings must be encoded in UTF-8"):
        Arguments.read("", kind, body).text("text")


def test_a_structure_that_is_no_json_is_refused() -> None:
    with pytest.raises(Refused, match="can't parse reply markup JSON object"):
        Arguments({"reply_markup": "{"}).json("reply_markup")
