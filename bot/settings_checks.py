"""What one setting must be like by itself; what they must not be together is said beside this."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import SecretStr

_DAY = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_ENTRY = rf"{_DAY}(-{_DAY})?( +[0-2]\d:[0-5]\d-[0-2]\d:[0-5]\d)+"
_BUSINESS_HOURS = rf" *{_ENTRY}( *, *{_ENTRY})* *"


def business_hours(value: str) -> str:
    """Business hours as `bot.cases.hours` reads them. Raises ValueError, with how it is written."""
    spans = re.findall(r"(\d\d:\d\d)-(\d\d:\d\d)", value)
    in_order = all(begins < ends <= "24:00" for begins, ends in spans)
    if not in_order or not re.fullmatch(_BUSINESS_HOURS, value, re.IGNORECASE):
        raise ValueError(f"{value!r} is none; write it like Mon-Fri 09:00-17:30, Sat 10:00-14:00")
    return value


def public_url(value: str) -> str:
    """An address that others reach us on. Raises ValueError, with how it is written."""
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise ValueError(f"{value!r} is no address; write it like https://chat.example.com")
    return value.rstrip("/")


def telegram_token(value: SecretStr) -> SecretStr:
    """A bot's token. Raises ValueError, with how it is written."""
    token = value.get_secret_value().strip()
    if token and not re.fullmatch(r"\d{1,18}:[\w-]{20,}", token, re.ASCII):
        raise ValueError(
            "is no token of a bot; @BotFather gives one, like 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
        )
    return SecretStr(token)


def address(value: str) -> str:
    """An address of somebody else, without a password in it. Raises ValueError, with how it is written."""
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError(f"{value!r} is no address; write it like https://shop.example.com/bellhop")
    if "@" in parts.netloc:
        raise ValueError("holds a password, which would be shown; tokens have settings of their own")
    return value.rstrip("/")


def shop_token(value: SecretStr) -> SecretStr:
    """A token that fits into a header. Raises ValueError, with how it is written."""
    if not re.fullmatch("[!-~]*", value.get_secret_value()):
        raise ValueError("has characters that no token has; visible ASCII characters only, without spaces")
    return value


def smtp_url(value: SecretStr) -> SecretStr:
    """A mail server. Raises ValueError, with how it is written."""
    url = value.get_secret_value()
    if url and (urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname):
        raise ValueError("write it like smtp://user:password@mail.example.com:587")
    return value


def pattern(value: str) -> str:
    """A regular expression. Raises ValueError, with how it is written."""
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return value


def locale(value: str) -> str:
    """A language tag whose dates and money we can write. Raises ValueError, with how it is written."""
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(value, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"{value!r} is no language whose dates and money we can write; write it like en-GB") from error
    return value


def timezone(value: str) -> str:
    """An IANA time zone. Raises ValueError, with how it is written."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{value!r} is no IANA time zone; write it like Europe/Berlin") from error
    return value
