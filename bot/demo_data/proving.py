"""How customers prove who they are, or that an order is theirs; what that opens is written down as the app does."""

from __future__ import annotations

from datetime import timedelta

from bot.demo_data.talk import Talk
from bot.storage.tables import verifications

_OPEN_FOR = timedelta(hours=2)
_WRITTEN = ("{}", "#{}", "it's {}", "order {}")
_WRITTEN_ELSEWHERE = ("{}", "#{}")


def knows_order(talk: Talk) -> bool:
    """Ask for number and contact until the order is open; False where they gave up."""
    if not _named_an_order(talk):
        talk.bot("utter_ask_order_number")
        if talk.likely(0.09):
            talk.mood -= 0.6
            return False
        written = talk.chance.choice(_WRITTEN if talk.language == "en" else _WRITTEN_ELSEWHERE)
        _types(talk, written.format(talk.matter.order), talk.matter.order, "order_number")
    if talk.visit.previous is not None and talk.likely(0.3):
        return True  # still known from before
    talk.bot("utter_ask_contact")
    if talk.likely(0.06):
        return False
    if talk.likely(0.09):
        _types(talk, "SW1A 1AA", "SW1A 1AA", "postcode")
        talk.bot("utter_ask_contact_no_match")
        talk.mood -= 0.4
        if talk.likely(0.3):
            return False
    with_email = talk.likely(0.55)
    typed = talk.person.email if with_email else talk.person.postcode
    _types(talk, typed, typed, "email" if with_email else "postcode")
    _granted(talk, "matched", "email" if with_email else "postcode", order_id=talk.matter.order)
    return True


def knows_customer(talk: Talk) -> bool:
    """Ask for their address and the code that is sent there; False where they gave up."""
    talk.bot("utter_ask_email")
    if talk.likely(0.1):
        talk.mood -= 0.5
        return False
    _types(talk, talk.person.email, talk.person.email, "email")
    talk.effect("send_code", email=talk.person.email)
    talk.bot("utter_ask_one_time_code")
    if talk.likely(0.07):
        return False
    if talk.likely(0.06):
        _types_code(talk)
        talk.bot("utter_ask_one_time_code_wrong")
        talk.mood -= 0.3
        if talk.likely(0.35):
            return False
    _types_code(talk)
    _granted(talk, "verified", "one_time_code")
    return True


def _types(talk: Talk, text: str, value: str, entity: str) -> None:
    start = text.index(value)
    talk.says("inform", text, entities=((start, start + len(value), entity),), seconds=22)
    talk.slot(entity, value)


def _types_code(talk: Talk) -> None:
    code = f"{talk.chance.randrange(1_000_000):06}"
    talk.says("inform", code, entities=((0, len(code), "one_time_code"),), seconds=40)


def _named_an_order(talk: Talk) -> bool:
    return talk.matter.order in talk.said_last


def _granted(talk: Talk, level: str, method: str, order_id: str | None = None) -> None:
    talk.level = level
    talk.rows.add(
        verifications, id=talk.new_id(), conversation_id=talk.id, shop_customer_id=talk.person.shop_id, level=level,
        order_id=order_id, method=method, granted_at=talk.at, expires_at=talk.at + _OPEN_FOR,
    )  # fmt: skip
