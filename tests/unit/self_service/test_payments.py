"""Which payment method is meant, in words; a wrong one would send money to the wrong place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.orders.models import PaymentKind, PaymentMethod
from bot.self_service.reading.payments import names_a_payment, read_payment

VISA = PaymentMethod("credit_card_1111111", PaymentKind.CREDIT_CARD, "visa", "4242")
MASTER = PaymentMethod("credit_card_2222222", PaymentKind.CREDIT_CARD, "mastercard", "9212")
PAYPAL = PaymentMethod("paypal_3333333", PaymentKind.PAYPAL)
GIFT = PaymentMethod("gift_card_4444444", PaymentKind.GIFT_CARD, balance=Decimal(80))
ALL = (VISA, MASTER, PAYPAL, GIFT)
NAMES = {"visa": VISA, "master": MASTER, "paypal": PAYPAL, "gift": GIFT}


def read(text: str, methods: tuple[PaymentMethod, ...] = ALL, original: str = "visa", language: str = "en") -> str:
    found = read_payment(text, methods, [NAMES[name].id for name in original.split()], language)
    return " ".join(name for name, method in NAMES.items() if method in found)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("paypal", "paypal"),
        ("Pay-Pal please", "paypal"),
        ("use my gift card", "gift"),
        ("the giftcard", "gift"),
        ("GC", "gift"),
        ("the mastercard", "master"),
        ("Master Card", "master"),
        ("my visa ending in 4242", "visa"),
        ("the card ending with 9212", "master"),
        ("ending in 9212", "master"),
        ("9212", "master"),
        ("visa (4242)", "visa"),
        ("visa ending in 9999", ""),
        ("American Express", ""),
        ("credit card", "visa master"),
        ("my card", "visa master"),
        ("the other card", "master"),
        ("a different card please", "master"),
        ("another payment method", "master paypal gift"),
        ("the other one", "master paypal gift"),
        ("original payment method", "visa"),
        ("back to the card I paid with", "visa"),
        ("same card", "visa"),
        ("the original one", "visa"),
        ("credit_card_2222222", "master"),
        ("please use paypal_3333333.", "paypal"),
        ("4444444", "gift"),
        ("not paypal", "visa master gift"),
        ("anything but my visa", "master paypal gift"),
        ("not the visa, the mastercard", "master"),
        ("paypal instead of my visa", "paypal"),
        ("I don't want it on my visa, use the gift card", "gift"),
        ("change it from visa to paypal", "paypal"),
        ("I'd prefer PayPal, otherwise credit card", "paypal"),
        ("gift card if possible, but visa is fine too", "gift"),
        ("not paypal but my gift card", "gift"),
        ("paypal or the gift card", "paypal gift"),
        ("refund to the original payment method, my visa", "visa"),
        ("the second one", "master"),
        ("3", "paypal"),
        ("no preference", ""),
        ("exchange the other one", ""),
        ("a memory card of 64 GB", ""),
        ("send it to 4242 Maple Drive", ""),
        ("the same colour as the original", ""),
        ("", ""),
    ],
)
def test_one_of_four_methods(text: str, meant: str) -> None:
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "methods", "original", "meant"),
    [
        ("the card", (PAYPAL, GIFT), "paypal", "gift"),
        ("the card", (VISA, GIFT), "visa", "visa"),
        ("the other card", (VISA, GIFT), "visa", "gift"),
        ("the other card", (VISA, MASTER), "master", "visa"),
        ("the other card", (VISA, PAYPAL), "visa", ""),
        ("the other payment method", (VISA, PAYPAL), "visa", "paypal"),
        ("same card", (VISA, PAYPAL), "paypal", "paypal"),
        ("not paypal", (VISA, PAYPAL), "visa", "visa"),
        ("gift card", (VISA, PAYPAL), "visa", ""),
        ("original payment", (VISA, GIFT), "visa gift", "visa gift"),
    ],
)
def test_what_a_customer_has_decides(text: str, methods: tuple[PaymentMethod, ...], original: str, meant: str) -> None:
    assert read(text, methods, original) == meant


@pytest.mark.parametrize(
    ("text", "language", "meant"),
    [
        ("auf die Geschenkkarte", "de", "gift"),
        ("die andere Karte", "de", "master"),
        ("nicht PayPal sondern die Mastercard", "de", "master"),
        ("ursprüngliche Zahlungsart", "de", "visa"),
        ("a la tarjeta regalo", "es", "gift"),
        ("la otra tarjeta", "es", "master"),
        ("el método de pago original", "es", "visa"),
        ("sur la carte cadeau", "fr", "gift"),
        ("l'autre carte", "fr", "master"),
        ("pas PayPal, la Visa", "fr", "visa"),
        ("le moyen de paiement d'origine", "fr", "visa"),
    ],
)
def test_other_languages(text: str, language: str, meant: str) -> None:
    assert read(text, language=language) == meant


def test_a_way_to_pay_that_the_customer_has_not_is_named_all_the_same() -> None:
    assert names_a_payment("use my gift card", "en")
    assert names_a_payment("amex please", "en")
    assert not names_a_payment("the black one", "en")
