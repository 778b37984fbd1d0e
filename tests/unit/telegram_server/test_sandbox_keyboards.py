"""Buttons that Telegram takes, and those that it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.telegram.keyboards import check_inline, check_markup
from tests.telegram.refusals import Refused


def inline(*rows: list[Any]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


def button(**given: object) -> dict[str, object]:
    return {"text": "Yes", **given}


@pytest.mark.parametrize("data", ["y", "y" * 64, "ä" * 32, "😀" * 16])
def test_data_of_64_bytes_is_taken(data: str) -> None:
    markup = inline([button(callback_data=data)])
    assert check_markup(markup) == markup


@pytest.mark.parametrize("data", ["", "y" * 65, "ä" * 33, "😀" * 17])
def test_data_of_none_or_more_bytes_is_refused(data: str) -> None:
    with pytest.raises(Refused, match="BUTTON_DATA_INVALID"):
        check_markup(inline([button(callback_data=data)]))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("text", "object expected as reply markup"),
        (inline({"text": "a"}), "expected an Array of Array"),
        (inline(["a"]), "expected an Object"),
        (inline([{"callback_data": "a"}]), 'Can\'t find field "text"'),
        (inline([button(text=" \n", callback_data="a")]), "inline keyboard button text must be non-empty"),
        (inline([button(text="\ud83d", callback_data="a")]), "strings must be encoded in UTF-8"),
        (inline([button()]), "Text buttons are unallowed in the inline keyboard"),
        (inline([button(callback_data="a", url="https://shop.example/")]), "exactly one action expected"),
        (inline([button(callback_data=7)]), 'Field "callback_data" must be of type String'),
        (inline([button(url="http://localhost:8080/")]), "Wrong HTTP URL"),
        (inline([button(callback_data="a")] * 9), "reply markup is too long"),
        (inline(*[[button(callback_data="a")]] * 101), "reply markup is too long"),
        ({"keyboard": [[{"text": ""}]]}, "keyboard button text must be non-empty"),
    ],
)
def test_a_keyboard_that_telegram_would_not_show_is_refused(given: object, why: str) -> None:
    with pytest.raises(Refused) as refused:
        check_markup(given)
    assert refused.value.code == 400
    assert why in refused.value.description


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("", None),
        (inline(), None),
        (inline([]), None),
        ({"remove_keyboard": True}, {"remove_keyboard": True}),
        ({"force_reply": True}, {"force_reply": True}),
        ({"keyboard": [["Yes"]]}, {"keyboard": [[{"text": "Yes"}]]}),
        (inline([button(url="shop.example")]), inline([button(url="http://shop.example/")])),
        (inline(*[[button(callback_data="a")] * 5] * 20), inline(*[[button(callback_data="a")] * 5] * 20)),
    ],
)
def test_what_is_kept_of_a_keyboard(given: object, kept: object) -> None:
    assert check_markup(given) == kept


def test_an_edit_takes_inline_keyboards_alone() -> None:
    with pytest.raises(Refused, match="inline keyboard expected"):
        check_inline({"keyboard": [["Yes"]]})
