"""Telephone numbers: which are one, and which are somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.orders.models import Address, CustomerProfile
from bot.orders.phones import has_phone, may_have_phone, normal_phone, region_of_locale


def customer(phone: str | None, country: str = "GB") -> CustomerProfile:
    address = Address("14 Larch Grove", "", "London", "", "N1 5QT", country)
    return CustomerProfile("jo", "Jo", "Hart", "jo@mail.example", phone, address, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "region", "normal"),
    [
        ("+44 7700 900123", None, "+447700900123"),
        ("+44 (0)7700-900.123", None, "+447700900123"),
        (" 0044 7700 900123 ", None, "+447700900123"),
        ("0044 7700 900123", "US", "+447700900123"),
        ("07700 900123", "GB", "+447700900123"),
        ("07700 900123", None, None),
        ("447700900123", None, None),
        ("040 66969 475", "DE", "+494066969475"),
        ("(415) 555-0100", "US", "+14155550100"),
        ("555-0100", "US", None),
        ("020 7946 0000 ext 5", "GB", None),
        ("+44", "GB", None),
        ("07700 900123 or 07700 900124", "GB", None),
        ("none, please", "GB", None),
        ("", "GB", None),
        ("\ud800", "GB", None),
        ("+44 7700 900123 " * 40, "GB", None),
    ],
)
def test_a_number_has_one_form(text: str, region: str | None, normal: str | None) -> None:
    assert normal_phone(text, region) == normal


@pytest.mark.parametrize(
    ("locale", "region"), [("en-GB", "GB"), ("de-CH", "CH"), ("zh-Hant-TW", "TW"), ("en", None), ("es-419", None)]
)
def test_the_country_of_a_shop_is_the_one_its_locale_names(locale: str, region: str | None) -> None:
    assert region_of_locale(locale) == region


@pytest.mark.parametrize(
    ("on_file", "country", "region", "is_theirs"),
    [
        ("07700 900123", "GB", "GB", True),
        ("07700 900123", "gb", "GB", True),
        ("07700 900123", "", "GB", True),
        ("07700 900123", "GB", None, False),
        ("07700 900123", "", None, False),
        ("07700 900123", "DE", "GB", False),
        ("07700 900123", "GB", "DE", False),
        ("+44 7700 900123", "DE", None, True),
        ("07700 900124", "GB", "GB", False),
        (None, "GB", "GB", False),
    ],
)
def test_a_number_without_country_code_is_at_home_or_nobodys(
    on_file: str | None, country: str, region: str | None, is_theirs: bool
) -> None:
    assert has_phone(customer(on_file, country), "+447700900123", region) == is_theirs


@pytest.mark.parametrize(
    ("on_file", "phone", "may_be"),
    [
        ("07700 900123", "+447700900123", True),
        ("040 66969 475", "+494066969475", True),
        ("040 66969 475", "+447700900123", False),
        ("+49 40 66969 475", "+444066969475", False),
        (None, "+447700900123", False),
        ("07700 900123", "07700 900123", False),
        ("07700 900123", "", False),
    ],
)
def test_a_shop_may_take_a_number_for_one_of_the_country_asked_about(
    on_file: str | None, phone: str, may_be: bool
) -> None:
    assert may_have_phone(customer(on_file), phone) == may_be
