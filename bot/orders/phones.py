"""Telephone numbers in the one form in which they are compared; proves nothing."""

from __future__ import annotations

from babel import Locale

from bot.orders.models import CustomerProfile

_LONGEST = 60  # "+44 (0) 7700 900123 (evenings)" and more; what is longer is no number


def region_of_locale(locale: str) -> str | None:
    """The country that a language tag names, in two capitals: "en-GB" is "GB", "en" none."""
    territory = Locale.parse(locale, sep="-").territory
    return territory if territory and territory.isalpha() else None


def normal_phone(text: str, region: str | None = None) -> str | None:
    """The international form of a telephone number, "+447700900123", in which two are the same or not.

    Args:
        text: as somebody typed or shared it, with its country code ("+44 7700 900123", "0044 7700 900123") or, where
            `region` is known, without ("07700 900123").
        region: country of a number without country code, in two capitals.

    Returns:
        None for what is no whole number, and for one with an extension: a switchboard is nobody's own.
    """
    # Here and not above: its tables take a tenth of a second that only shops with this proof should pay.
    from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult, format_number, parse
    from phonenumbers import is_possible_number_with_reason as possible

    text = text.strip()[:_LONGEST]
    for spelling in (text, f"+{text[2:]}") if text.startswith("00") else (text,):
        try:
            number = parse(spelling, region)
        except NumberParseException:
            continue
        # Possible is enough, and valid too much to ask: numbers are handed out faster than tables are renewed.
        if possible(number) == ValidationResult.IS_POSSIBLE:
            return None if number.extension else format_number(number, PhoneNumberFormat.E164)
    return None


def has_phone(customer: CustomerProfile, phone: str, region: str | None) -> bool:
    """Whether `phone`, in international form, is the number in a customer's profile.

    A number without country code is read as one of the shop's country, and only where the customer lives there: abroad
    it would be somebody else's number.
    """
    at_home = customer.address.country.strip().upper() in ("", region)
    return normal_phone(customer.phone or "", region if at_home else None) == phone


def may_have_phone(customer: CustomerProfile, phone: str) -> bool:
    """Whether the number in a profile is `phone`, one without country code being taken for one of that country.

    For answers of shops that know better than we do which country is meant.
    """
    from phonenumbers import parse, region_code_for_country_code

    if normal_phone(phone) != phone:
        return False
    country = region_code_for_country_code(parse(phone).country_code or 0)
    return normal_phone(customer.phone or "", country) == phone
