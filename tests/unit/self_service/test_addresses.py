"""Addresses in one messy line, and those the shop knows already."""

from __future__ import annotations

import pytest

from bot.orders.models import Address
from bot.self_service.reading.addresses import AddressSaid, KnownAddress, read_address

HOME = Address("12 Maple Drive", "Suite 5", "Seattle", "WA", "98102", "US")
NEW_YORK = Address("9 Elm Avenue", "", "New York", "NY", "10128", "US")
LOS_ANGELES = Address("77 Cedar Street", "Apt 3", "Los Angeles", "CA", "90108", "US")
KNOWN = (
    KnownAddress("profile", HOME),
    KnownAddress("#W1111111", NEW_YORK),
    KnownAddress("#W2222222", LOS_ANGELES),
    KnownAddress("#W3333333", HOME),
)


def read(text: str, language: str = "en", so_far: Address | None = None, country: str = "") -> AddressSaid:
    return read_address(text, KNOWN, language, so_far=so_far, country=country)


def parts(address: Address | None) -> tuple[str, ...]:
    assert address is not None
    return (address.line1, address.line2, address.city, address.region, address.postcode, address.country)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("pls send to 101 highway, new york 10001", ("101 Highway", "", "New York", "NY", "10001", "US")),
        (
            "change all of them to 101 Highway, New York, 10001 (both)",
            ("101 Highway", "", "New York", "NY", "10001", "US"),
        ),
        ("Flat 2, 14 Rose Lane Leeds LS1 4AB", ("14 Rose Lane", "Flat 2", "Leeds", "", "LS1 4AB", "GB")),
        ("Hauptstr. 5, 22085 Hamburg", ("Hauptstr. 5", "", "Hamburg", "", "22085", "DE")),
        ("Am Markt 3, 01067 Dresden", ("Am Markt 3", "", "Dresden", "", "01067", "DE")),
        ("Königstraße 27 70173 Stuttgart", ("Königstraße 27", "", "Stuttgart", "", "70173", "DE")),
        ("Kärntner Straße 12, 1010 Wien, Österreich", ("Kärntner Straße 12", "", "Wien", "", "1010", "AT")),
        (
            "318 Oak Court, Suite 40, Fort Worth, Texas, 76107",
            ("318 Oak Court", "Suite 40", "Fort Worth", "TX", "76107", "US"),
        ),
        ("12345 Main Street, Austin TX 78701. Thanks!", ("12345 Main Street", "", "Austin", "TX", "78701", "US")),
        ("1 Infinite Loop Cupertino CA 95014", ("1 Infinite Loop", "", "Cupertino", "CA", "95014", "US")),
        ("350 5th Ave, New York, NY 10118", ("350 5th Ave", "", "New York", "NY", "10118", "US")),
        (
            "123 Main St Apt 4B, Boston, MA 02101-1234 USA",
            ("123 Main St", "Apt 4B", "Boston", "MA", "02101-1234", "US"),
        ),
        ("12 Main St NW Washington DC 20001", ("12 Main St NW", "", "Washington", "DC", "20001", "US")),
        (
            "55 Hill Road, Apt 3, Houston TX 77005 instead of my place",
            ("55 Hill Road", "Apt 3", "Houston", "TX", "77005", "US"),
        ),
        ("5 oak ln\nApt 2\nDallas, TX 75214", ("5 Oak Ln", "Apt 2", "Dallas", "TX", "75214", "US")),
        ("PO Box 12, Austin, TX 78701", ("PO Box 12", "", "Austin", "TX", "78701", "US")),
        ("10 Downing Street, London SW1A 2AA, UK", ("10 Downing Street", "", "London", "", "SW1A 2AA", "GB")),
        ("44 St James Street, Brighton bn21re", ("44 St James Street", "", "Brighton", "", "BN2 1RE", "GB")),
        ("12 Grafton Street, Dublin 2, D02 X285", ("12 Grafton Street", "", "Dublin 2", "", "D02 X285", "IE")),
        ("Prinsengracht 263, 1016GV Amsterdam", ("Prinsengracht 263", "", "Amsterdam", "", "1016 GV", "NL")),
        ("12 rue de la Paix, 75002 Paris, France", ("12 rue de la Paix", "", "Paris", "", "75002", "FR")),
        ("15 avenue Victor Hugo, 69003 Lyon", ("15 avenue Victor Hugo", "", "Lyon", "", "69003", "FR")),
        ("Calle Mayor 12, 2º B, 28013 Madrid", ("Calle Mayor 12", "2º B", "Madrid", "", "28013", "ES")),
        ("Via Roma 3, 00184 Roma, Italia", ("Via Roma 3", "", "Roma", "", "00184", "IT")),
        (
            "order #W1234567 to 7 Oak Court, San Jose, California 95121",
            ("7 Oak Court", "", "San Jose", "CA", "95121", "US"),
        ),
    ],
)
def test_a_new_address_in_one_line(text: str, address: tuple[str, ...]) -> None:
    said = read(text)
    assert (parts(said.address), said.missing, said.known, said.said) == (address, (), (), True)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("101 Highway", ("city", "postcode")),
        ("100 Main Street, Tacoma WA", ("postcode",)),
        ("Tacoma WA 98402", ("line1",)),
        ("10001", ("line1", "city")),
    ],
)
def test_what_an_address_lacks(text: str, missing: tuple[str, ...]) -> None:
    said = read(text)
    assert (said.address, said.missing, said.said) == (None, missing, True)
    assert said.partial is not None


def test_the_missing_parts_are_taken_from_the_next_answers() -> None:
    first = read("101 Highway")
    second = read("New York", so_far=first.partial)
    assert second.missing == ("postcode",)
    assert parts(read("10001", so_far=second.partial).address) == ("101 Highway", "", "New York", "NY", "10001", "US")
    street = read("Dallas, TX 75214").partial
    assert parts(read("22 Rose Street", so_far=street).address) == ("22 Rose Street", "", "Dallas", "TX", "75214", "US")


@pytest.mark.parametrize("text", ["can you tell me the price", "how long will it take", "yes", "the black one"])
def test_a_remark_does_not_complete_an_address(text: str) -> None:
    so_far = Address("101 Highway", "", "", "", "", "US")
    said = read(text, so_far=so_far)
    assert (said.said, said.address) == (False, None)


@pytest.mark.parametrize(
    ("text", "language", "keys"),
    [
        ("my NYC address", "en", ["#W1111111"]),
        ("the one in LA", "en", ["#W2222222"]),
        ("ship it to new york please", "en", ["#W1111111"]),
        ("my Cedar Street address", "en", ["#W2222222"]),
        ("the California one", "en", ["#W2222222"]),
        ("change my LA order to my NYC address", "en", ["#W1111111"]),
        ("not my NYC address, the Seattle one", "en", ["profile"]),
        ("from New York to Los Angeles", "en", ["#W2222222"]),
        ("my default address", "en", ["profile"]),
        ("the address on file", "en", ["profile"]),
        ("same as order #W2222222", "en", ["#W2222222"]),
        ("change #W1111111 to be the same as order #W2222222", "en", ["#W2222222"]),
        ("use the address of #W3333333", "en", ["#W3333333"]),
        ("change the address of order #W1111111 to my default address", "en", ["profile"]),
        ("the address of my other order", "en", ["#W1111111", "#W2222222", "#W3333333"]),
        ("an meine Standardadresse", "de", ["profile"]),
        ("dieselbe wie bei Bestellung #W2222222", "de", ["#W2222222"]),
        ("mi dirección predeterminada", "es", ["profile"]),
        ("mon adresse par défaut", "fr", ["profile"]),
    ],
)
def test_one_that_is_known(text: str, language: str, keys: list[str]) -> None:
    said = read(text, language)
    assert [one.key for one in said.known] == keys
    assert said.address == (said.known[0].address if len(keys) == 1 else None)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I want to change the address of my order", "en"),
        ("change the address of order #W1111111", "en"),
        ("I live in Seattle, 98102", "en"),
        ("exchange 2 items please", "en"),
        ("3 large green lamps", "en"),
        ("1 TB SSD drive", "en"),
        ("3 square mirrors please", "en"),
        ("it cost 200 dollars", "en"),
        ("my Washington DC address", "en"),
        ("la misma lámpara", "es"),
        ("", "en"),
    ],
)
def test_no_address(text: str, language: str) -> None:
    said = read(text, language)
    assert (said.address, said.known, said.said) == (None, (), False)


def test_as_it_was_before_a_change() -> None:
    known = (*KNOWN, KnownAddress("previous", LOS_ANGELES))
    said = read_address("back to the original address", known, "en")
    assert said.address == LOS_ANGELES
    assert read("back to the old address").known == ()
    assert read("back to the old address").said


def test_two_known_addresses_in_one_city_are_no_decision() -> None:
    other = KnownAddress("#W4444444", Address("1 Oak Court", "", "New York", "NY", "10001", "US"))
    said = read_address("my New York address", (*KNOWN, other), "en")
    assert [one.key for one in said.known] == ["#W1111111", "#W4444444"]
    assert said.address is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (
            "flat 2 the old mill,12 high st newcastle ne1 4aa",
            ("12 High St", "Flat 2 the Old Mill", "Newcastle", "", "NE1 4AA", "GB"),
        ),
        (
            "Flat 2, The Old Mill, 12 High St, Newcastle NE1 4AA",
            ("12 High St", "Flat 2, The Old Mill", "Newcastle", "", "NE1 4AA", "GB"),
        ),
        ("c/o Smith 12a King St, Leeds LS1 4AB", ("12a King St", "c/o Smith", "Leeds", "", "LS1 4AB", "GB")),
        ("c/o Müller, Hauptstr. 5, 22085 Hamburg", ("Hauptstr. 5", "c/o Müller", "Hamburg", "", "22085", "DE")),
        ("<b>1 A St</b><br>Leeds LS1 4AB<script>x()</script>", ("1 A St", "", "Leeds", "", "LS1 4AB", "GB")),
        ("4 Mill Lane, Bath BA1 1AA", ("4 Mill Lane", "", "Bath", "", "BA1 1AA", "GB")),
        ("not Leeds, 5 High St, York YO1 7HH", ("5 High St", "", "York", "", "YO1 7HH", "GB")),
    ],
)
def test_houses_people_and_markup_around_a_street(text: str, address: tuple[str, ...]) -> None:
    assert parts(read(text).address) == address


def test_markup_is_no_part_of_a_street() -> None:
    assert parts(read("<b>1 A St</b>", country="GB").partial)[:2] == ("1 A St", "")


def test_a_place_that_is_taken_back_is_no_part_of_the_address() -> None:
    said = read("no wait not leeds, york YO1 7HH")
    assert (said.address, said.missing) == (None, ("line1",))
    assert parts(said.partial) == ("", "", "York", "", "YO1 7HH", "GB")
    so_far = Address("5 High St", "", "Leeds", "", "", "GB")
    put_right = read("no wait not leeds, york YO1 7HH", so_far=so_far)
    assert parts(put_right.address) == ("5 High St", "", "York", "", "YO1 7HH", "GB")
