"""Passwords: hashed with argon2id, compared in equal time whether there is an account or not, and which are too weak.

Hashing takes long on purpose: call `hash` and `matches` in a thread, never on the event loop.
"""

from __future__ import annotations

import base64
import re
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST = 10  # characters
LONGEST = 200
_MADE_LENGTH = 16
_MADE_FROM = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that are taken for one another
# What is tried first anywhere, without its digits and signs; after the lists of what is found most often in leaks.
_TRIED_FIRST = """
    password passwort motdepasse contrasena contraseña kennwort passw pass secret geheim letmein welcome willkommen
    bienvenue bienvenido admin administrator administrador root user login guest test testing default changeme
    qwerty qwertyuiop qwertz qwertzuiop azerty azertyuiop asdfgh asdfghjkl asdf zxcvbn zxcvbnm yxcvbnm qazwsx qwaszx
    iloveyou tequiero teamo jetaime ichliebedich sunshine princess monkey dragon football baseball superman batman
    trustno starwars pokemon master shadow hello hallo bonjour hola whatever freedom summer winter spring autumn sommer
    company support helpdesk service bellhop chatbot desk abc abcd abcde abcdef abcdefg abcdefgh abcdefghij
"""
_COMMON = frozenset(_TRIED_FIRST.split())
_ASIDE = re.compile(r"[\W\d_]+")


class Passwords:
    """Makes and compares hashes.

    Args:
        hasher: with the cost of each; the default is what RFC 9106 recommends for memory of 64 MiB.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = _hash_of_nothing(self._hasher)

    def hash(self, password: str) -> str:
        """The hash to be stored, with its parameters and salt."""
        return self._hasher.hash(_normal(password))

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether `stored` was made of `password`; None, where there is no account, takes as long and is False."""
        given = _normal(password) if len(password) <= LONGEST else ""  # hashed all the same: in the same time
        try:
            right = self._hasher.verify(stored or self._nobodys, given)
        except (Argon2Error, InvalidHashError):
            return False
        return right and stored is not None and 0 < len(password) <= LONGEST

    def needs_new_hash(self, stored: str) -> bool:
        """Whether `stored` was made at another cost than new ones are."""
        return self._hasher.check_needs_rehash(stored)


def weakness(password: str, email: str = "", name: str = "") -> str | None:
    """Why a password must not be used, as a sentence; None for a good one.

    Length is what counts; digits and signs are not asked for, since they make people write passwords down.
    """
    if len(password) < SHORTEST:
        return f"Take at least {SHORTEST} characters; a few words that do not belong together are good."
    if len(password) > LONGEST:
        return f"Take at most {LONGEST} characters."
    plain = _normal(password).casefold()
    if len(set(plain)) < 5 or plain in "01234567890123456789" or plain in "98765432109876543210":
        return "That is too easy to guess; take more different characters."
    letters = _ASIDE.sub("", plain)
    own = (email, *re.split(r"[@._+-]", email), *email.split("@"), name, *name.split())
    if letters and letters in {_ASIDE.sub("", part).casefold() for part in own}:
        return "That is your own name or e-mail address; take something that others do not know of you."
    if letters in _COMMON or _halved(letters) in _COMMON:
        return "That is among the passwords that are tried first; take another."
    return None


def made_password() -> str:
    """A password that nobody has thought of: easy to read out, 16 characters in groups."""
    signs = "".join(secrets.choice(_MADE_FROM) for _ in range(_MADE_LENGTH))
    return "-".join(signs[start : start + 4] for start in range(0, _MADE_LENGTH, 4))


def _normal(password: str) -> str:
    """Alike from every keyboard: an é is one sign or two, depending on who made it."""
    # A lone half of a surrogate pair cannot be encoded, and would be an error instead of a wrong password.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


def _halved(letters: str) -> str:
    half = letters[: len(letters) // 2]
    return half if half * 2 == letters else letters


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """What no password gives, at the cost of all others; made without the work of a hash."""

    def signs(length: int) -> str:
        return base64.b64encode(bytes(length)).decode().rstrip("=")

    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}${signs(hasher.salt_len)}${signs(hasher.hash_len)}"
