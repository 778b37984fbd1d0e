"""Money, days and addresses as customers read them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.orders.formatting import Formatting
from bot.orders.models import Address

BRITISH = Formatting("en-GB", "GBP", "Europe/London")
AMERICAN = Formatting("en_US", "USD", "America/New_York")
GERMAN = Formatting("de", "EUR", "Europe/Berlin")


@pytest.mark.parametrize(
    ("formatting", "text"), [(BRITISH, "£1,068.50"), (AMERICAN, "$1,068.50"), (GERMAN, "1.068,50\xa0€")]
)
def test_money_is_written_as_the_language_does(formatting: Formatting, text: str) -> None:
    assert formatting.money(Decimal("1068.5")) == text


@pytest.mark.parametrize(
    ("formatting", "text"),
    [(BRITISH, "Tuesday 24 November"), (AMERICAN, "Tuesday, November 24"), (GERMAN, "Dienstag, 24. November")],
)
def test_a_day_has_its_weekday_in_full(formatting: Formatting, text: str) -> None:
    assert formatting.day(date(2026, 11, 24)) == text


def test_a_moment_becomes_the_day_it_is_at_the_shop() -> None:
    late = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
    assert AMERICAN.day(late) == "Tuesday, November 24"
    assert BRITISH.day(late) == "Wednesday 25 November"
    assert AMERICAN.today(late) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("formatting", "at", "text"),
    [
        (BRITISH, datetime(2026, 11, 24, 17, 30, tzinfo=UTC), "17:30 today"),
        (BRITISH, datetime(2026, 11, 25, 12, 0, tzinfo=UTC), "noon on Wednesday"),
        (BRITISH, datetime(2026, 12, 1, 12, 0, tzinfo=UTC), "noon on Tuesday 1 December"),
        (AMERICAN, datetime(2026, 11, 24, 22, 30, tzinfo=UTC), "5:30 PM today"),
        (AMERICAN, datetime(2026, 11, 25, 2, 30, tzinfo=UTC), "9:30 PM today"),
        (GERMAN, datetime(2026, 11, 30, 9, 0, tzinfo=UTC), "am Montag um 10:00 Uhr"),
    ],
)
def test_a_moment_to_come_is_told_by_the_shops_clock(formatting: Formatting, at: datetime, text: str) -> None:
    assert formatting.moment(at, now=datetime(2026, 11, 24, 9, 0, tzinfo=UTC)) == text


def test_a_day_with_its_year_has_no_weekday() -> None:
    assert BRITISH.day_with_year(date(2026, 11, 24)) == "24 November 2026"


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (Address("14 Larch Grove", "", "London", "", "N1 5QT", "GB"), "14 Larch Grove, London, N1 5QT"),
        (
            Address("1207 Maple Avenue", "Unit 4B", "Chicago", "IL", "60614", "US"),
            "1207 Maple Avenue, Unit 4B, Chicago, IL 60614, United States",
        ),
        (Address("Ahornweg 9", "", "Hamburg", "", "22085", "DE"), "Ahornweg 9, 22085 Hamburg, Germany"),
    ],
)
def test_an_address_is_written_in_its_own_countrys_order(address: Address, text: str) -> None:
    assert BRITISH.address(address) == text


@pytest.mark.parametrize(
    ("language", "day", "year", "money"),
    [
        ("en", "Tuesday 25 November", "25 November 2025", "£1,068.00"),
        ("de", "Dienstag, 25. November", "25. November 2025", "1.068,00 £"),
        ("es", "martes, 25 de noviembre", "25 de noviembre de 2025", "1.068,00 £"),
        ("fr", "mardi 25 novembre", "25 novembre 2025", "1 068,00 £"),
    ],
)
def test_each_language_writes_days_and_the_shops_money_its_own_way(
    language: str, day: str, year: str, money: str
) -> None:
    formatting = Formatting("en-GB", "GBP", "Europe/London").in_language(language)
    assert formatting.language == language
    assert formatting.day(date(2025, 11, 25)) == day
    assert formatting.day_with_year(date(2025, 11, 25)) == year
    assert re.sub(r"\s", " ", formatting.money(Decimal("1068"))) == money


def test_the_shops_own_country_is_left_out_in_every_language() -> None:
    address = Address("14 Larch Grove", "", "London", "", "N1 5QT", "GB")
    formatting = Formatting("en-GB", "GBP", "Europe/London")
    assert formatting.in_language("de").address(address) == "14 Larch Grove, London, N1 5QT"
    abroad = Address("Rue de la Paix 2", "", "Paris", "", "75002", "FR")
    assert formatting.in_language("de").address(abroad) == "Rue de la Paix 2, 75002 Paris, Frankreich"


def test_parts_are_listed_and_languages_named_in_words() -> None:
    german = Formatting("en-GB", "GBP", "Europe/London").in_language("de")
    assert german.listed(["DHL", "Hermes", "GLS"]) == "DHL, Hermes und GLS"
    assert german.name_of_language("it") == "Italienisch"
    assert german.label("order", number="#W1") == "Bestellung #W1"
