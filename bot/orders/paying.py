"""How a way to pay is called, on a card and within a sentence; moves no money."""

from __future__ import annotations

from bot.orders.formatting import Formatting
from bot.orders.models import PaymentKind, PaymentMethod


def payment_words(method: PaymentMethod, formatting: Formatting) -> str:
    """A payment method as a customer knows it: "Visa ending in 4242", "Gift card (£30.00 left)"."""
    if method.kind is PaymentKind.GIFT_CARD:
        if method.balance is None:
            return formatting.label("gift_card")
        return formatting.label("gift_card_with_balance", money=formatting.money(method.balance))
    if method.kind is PaymentKind.PAYPAL:
        return "PayPal"
    brand = method.brand.capitalize() if method.brand else formatting.label("card")
    return formatting.label("card_ending", brand=brand, digits=method.last_four) if method.last_four else brand


def payment_in_sentence(method: PaymentMethod, formatting: Formatting) -> str:
    """The same within a sentence, where a balance has no place: "your gift card"."""
    if method.kind is PaymentKind.GIFT_CARD:
        return formatting.label("your_gift_card")
    if method.kind is PaymentKind.CREDIT_CARD and not (method.brand or method.last_four):
        return formatting.label("your_card")
    return payment_words(method, formatting)
