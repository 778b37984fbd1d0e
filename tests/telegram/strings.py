"""Telegram's strings: lengths in UTF-16 code units, and what is taken out of a text before it is looked at."""

from __future__ import annotations

from tests.telegram.refusals import bad_request

# https://github.com/tdlib/td, clean_input_string: line separators, direction marks, vertical lines over letters.
_REMOVED = frozenset("\r\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u0333\u033f\u030a")
# Characters that show nothing; a text of them alone is empty.
_INVISIBLE = frozenset(
    " \n\u00a0\u00ad\u061c\u115f\u1160\u1680\u180e\u202f\u205f\u2060\u2061\u2062\u2063\u2064\u2800\u3000\u3164"
    "\ufeff\ufffc"
) | frozenset(chr(code) for code in range(0x2000, 0x2010))


def units(character: str) -> int:
    """UTF-16 code units of one character."""
    return 2 if ord(character) > 0xFFFF else 1


def utf16_length(text: str) -> int:
    return sum(map(units, text))


def utf16_slice(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity covers."""
    encoded = text.encode("utf-16-le")
    return encoded[2 * offset : 2 * (offset + length)].decode("utf-16-le", errors="replace")


def byte_offset(text: str, position: int) -> int:
    """Where a character is in the text's UTF-8 form; Telegram's messages about markup count so."""
    return len(text[:position].encode("utf-8"))


def check_utf8(text: str) -> None:
    """Refuse what is no text: half a surrogate pair, or bytes that were not UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None


def cleaned(character: str) -> str:
    """A character as Telegram keeps it: itself, a blank, or nothing."""
    if character in _REMOVED:
        return ""
    return " " if character < " " and character != "\n" else character


def shows_nothing(text: str) -> bool:
    return all(character in _INVISIBLE for character in text)


def clean_line(text: str) -> str:
    """A short string (a name, a command's description) as Telegram keeps it."""
    check_utf8(text)
    return "".join(map(cleaned, text)).strip(" \n")
