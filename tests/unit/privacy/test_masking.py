"""What tells who somebody is is hidden; what everybody says is left as it was."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy.masking import mask, mask_value

PLACEHOLDERS = ("[e-mail]", "[phone]", "[card]", "[IBAN]", "[order number]", "[postcode]", "[code]", "[link]", "[name]")
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
AT_HOME = ("GB", "DE", "FR", "ES", "US", "IT", "NL", "AT", "CH")

ORDINARY = (
    "Where is my parcel?",
    "I ordered two shirts in size 42 and one in 38 on 3 November.",
    "It cost 1,299.00 EUR, 12000 € or $45.50, and 50% of that is back.",
    "Sizes 38 40 42 44 46, please.",
    "Are you open 24/7, or from 9:30 to 18:00?",
    "Delivered on 22.11.2026, said to come 2026-11-20 or 11/24/2026.",
    "An iPhone 15 Pro Max with 256GB, a WH-1000XM5 and an E27 lamp with 1055 lm at 2700K.",
    "I have waited 30 days!!! That's 3 weeks too long (4, in truth).",
    "see https://shop.example/help/returns for it",
    "Ich warte seit 14 Tagen auf meine Größe 41, kostet 89,95 €.",
    "J'ai payé 120 euros pour 2 chemises en taille 40.",
    "Quiero devolver 3 camisetas de la talla 38, me costaron 59,99 euros.",
    "may I have a rose, and will you mark it?",
    "",
    "   \n\t",
    "👍🏽 🇩🇪",
)

HIDDEN = (
    ("write to mei.halasz+shop@mail.example.co.uk please", "write to [e-mail] please"),
    ("MEI@EXAMPLE.COM", "[e-mail]"),
    ("mei (at) example.com", "[e-mail]"),
    ("müller@straße.de", "[e-mail]"),
    ("card 4111 1111 1111 1111, thanks", "card [card], thanks"),
    ("5500-0055-5555-5559", "[card]"),
    ("378282246310005", "[card]"),
    ("DE89 3704 0044 0532 0130 00 is my iban", "[IBAN] is my iban"),
    ("GB29NWBK60161331926819", "[IBAN]"),
    ("fr14 2004 1010 0505 0001 3m02 606", "[IBAN]"),
    ("ES91 2100 0418 4502 0005 1332", "[IBAN]"),
    ("my order #W2507194 and w 2507195", "my order [order number] and [order number]"),
    ("order 48291, and #10023", "[order number], and [order number]"),
    ("it is 2507194", "it is [number]"),
    ("London SW1A 1AA", "London [postcode]"),
    ("m1 1ae", "[postcode]"),
    ("22085 Hamburg", "[postcode] Hamburg"),
    ("75002 Paris, 28013 Madrid", "[postcode] Paris, [postcode] Madrid"),
    ("482913", "[code]"),
    ("the code is 482 913.", "the code is [code]."),
    ("open https://shop.example/a?token=s3cr3t now", "open [link] now"),
    ("https://chat.example/#bellhop=dGhpcyBpcyBhIHRva2Vu", "[link]"),
    ("tracking 1Z999AA10123456784", "tracking [number]"),
    ("00340434161094042557", "[number]"),
    ("12 Baker Street, London", "[address], London"),
    ("Hauptstraße 12b in Köln", "[address] in Köln"),
    ("12 rue de la Paix", "[address]"),
    ("me@x.de,me@y.de", "[e-mail],[e-mail]"),
)


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_sentence_is_left_alone(text: str) -> None:
    assert mask(text, known=("Rose May", "Will Mark")) == text


@pytest.mark.parametrize(("text", "expected"), HIDDEN)
def test_what_tells_who_it_is_is_hidden(text: str, expected: str) -> None:
    assert mask(text) == expected


@pytest.mark.parametrize("region", REGIONS)
def test_numbers_of_every_country_are_hidden(region: str) -> None:
    number = phonenumbers.example_number(region)
    for form in (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.E164):
        assert mask(f"call {phonenumbers.format_number(number, form)} now") == "call [phone] now"


@pytest.mark.parametrize("region", AT_HOME)
def test_numbers_as_people_write_them_at_home_are_hidden(region: str) -> None:
    for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
        number = phonenumbers.example_number_for_type(region, kind)
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        assert mask(f"call {written} now") == "call [phone] now"


def test_the_shop_says_what_its_order_numbers_look_like() -> None:
    assert mask("ORD-77-A, please", order_number=r"ORD-\d{2}-[A-Z]") == "[order number], please"
    assert mask("a (b", order_number="(") == "a (b"


def test_names_are_hidden_whole_and_in_part_and_in_any_writing() -> None:
    known = ("José García-López", "Mei")
    assert mask("I'm JOSE garcia-lopez, José's the name. Mei here.", known=known) == (
        "I'm [name], [name]'s the name. [name] here."
    )
    assert mask("the meisje and joseph", known=known) == "the meisje and joseph"


def test_a_name_that_is_a_word_is_hidden_where_it_has_a_capital() -> None:
    assert mask("May I? I am May. may i?", known=("May",)) == "[name] I? I am [name]. may i?"


def test_names_that_are_our_own_words_for_what_is_hidden_do_no_harm() -> None:
    once = mask("Name Code wrote a@b.de, 482913", known=("Name Code", "Link", "E-Mail"))
    assert once == "[name] wrote [e-mail], [code]"
    assert mask(once, known=("Name Code", "Link", "E-Mail")) == once


def test_values_are_hidden_by_their_name_and_by_what_they_look_like() -> None:
    assert mask_value("email", "mei") == "[e-mail]"
    assert mask_value("first_name", "Mei") == "[name]"
    assert mask_value("order_number", "#W2507194") == "[order number]"
    assert mask_value("shipping_address", "anything") == "[address]"
    assert mask_value("product_name", "Linen shirt") == "Linen shirt"
    assert mask_value("details", {"phone": "1", "note": ["mei@example.com", 3, None, True]}) == {
        "phone": "[phone]",
        "note": ["[e-mail]", 3, None, True],
    }
    assert mask_value("confidence", 0.73) == 0.73


@given(st.text(max_size=300), st.lists(st.text(max_size=12), max_size=3))
def test_any_text_is_masked_and_masked_once(text: str, known: list[str]) -> None:
    once = mask(text, known=known)
    assert mask(once, known=known) == once


MADE = st.lists(
    st.sampled_from(
        [
            "4111 1111 1111 1111",
            "a@b.de",
            "+49 151 23456789",
            "W2507194",
            "482913",
            "1",
            " ",
            "-",
            ".",
            "[",
            "]",
            "DE89",
            "3704 0044 0532 0130 00",
            "22085",
            "SW1A 1AA",
            "x",
            "Mei",
            "€",
            "[name]",
            "#",
            "12.03.2026",
            "https://a.b/?c",
        ]
    ),
    max_size=14,
)


@given(MADE)
def test_numbers_side_by_side_are_masked_once_as_well(parts: list[str]) -> None:
    once = mask("".join(parts), known=("Mei",))
    assert mask(once, known=("Mei",)) == once


@given(
    st.from_regex(r"[a-z]{1,12}(\.[a-z]{1,12})?@[a-z]{2,12}\.(com|de|co\.uk|es|fr)", fullmatch=True),
    st.text(max_size=20),
)
def test_no_address_stays(address: str, beside: str) -> None:
    assert address not in mask(f"{beside} {address} {beside}")


@given(st.text(alphabet=st.characters(categories=("L", "Z")), max_size=200))
def test_texts_of_letters_alone_are_left_as_they_are(text: str) -> None:
    assert mask(text) == text
