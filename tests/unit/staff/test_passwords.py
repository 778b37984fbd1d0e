"""Passwords: hashes, equal work for nobody, and what is too weak."""

from __future__ import annotations

import re
import time

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from bot.staff.passwords import LONGEST, Passwords, made_password, weakness
from tests.support.staffed import quick_passwords


class CountingHasher(PasswordHasher):
    """Notes what is compared."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.compared: list[tuple[str, int]] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # the name is the library's
        self.compared.append((str(hash).rsplit("$", 2)[0], len(password)))
        return super().verify(hash, password)


def test_a_password_matches_its_own_hash_alone() -> None:
    passwords = quick_passwords()
    stored = passwords.hash("marmalade on tuesdays")
    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, "marmalade on tuesdays")
    assert not passwords.matches(stored, "marmalade on Tuesdays")
    assert not passwords.matches(stored, "")


def test_the_usual_cost_is_what_the_rfc_recommends() -> None:
    assert "$m=65536,t=3,p=4$" in Passwords().hash("marmalade on tuesdays")


def test_an_accent_typed_as_two_signs_is_the_same_password() -> None:
    passwords = quick_passwords()
    assert passwords.matches(passwords.hash("café au lait!"), "cafe\N{COMBINING ACUTE ACCENT} au lait!")


def test_where_there_is_no_account_as_much_is_computed_and_nothing_matches() -> None:
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    stored = passwords.hash("marmalade on tuesdays")

    assert not passwords.matches(None, "marmalade on tuesdays")
    assert not passwords.matches(stored, "wrong, of course")
    (cost_of_nobody, _), (cost_of_somebody, _) = hasher.compared
    assert cost_of_nobody == cost_of_somebody


def test_the_hash_of_nobody_is_computed_to_its_end() -> None:
    passwords = quick_passwords()
    with pytest.raises(VerifyMismatchError):  # and not: this is no hash
        passwords._hasher.verify(passwords._nobodys, "anything")


@pytest.mark.parametrize("stored", ["", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$$"])
def test_a_damaged_hash_matches_nothing(stored: str) -> None:
    assert not quick_passwords().matches(stored, "marmalade on tuesdays")


def test_a_password_of_a_megabyte_costs_no_more_than_a_short_one() -> None:
    hasher = CountingHasher()
    started = time.perf_counter()
    assert not Passwords(hasher).matches(None, "x" * 1_000_000)
    assert time.perf_counter() - started < 0.1
    assert [length for _, length in hasher.compared] == [0]


def test_half_a_character_is_wrong_and_no_error() -> None:
    passwords = quick_passwords()
    assert not passwords.matches(passwords.hash("marmalade on tuesdays"), "marmalade \ud800")


def test_a_hash_made_at_another_cost_is_to_be_made_anew() -> None:
    stored = quick_passwords().hash("marmalade on tuesdays")
    assert Passwords().needs_new_hash(stored)
    assert not quick_passwords().needs_new_hash(stored)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "at least 10"),
        ("x" * (LONGEST + 1), f"at most {LONGEST}"),
        ("aaaaaaaaaaaa", "easy to guess"),
        ("1234567890", "easy to guess"),
        ("Password123!", "tried first"),
        ("passwordpassword", "tried first"),
        ("Qwertyuiop1", "tried first"),
        ("robin.hale2026", "your own name"),
        ("RobinHale!!", "your own name"),
        ("shop-example1", "your own name"),
    ],
)
def test_what_is_guessed_first_is_refused_with_the_reason(password: str, said: str) -> None:
    assert said in (weakness(password, "robin.hale@shop.example", "Robin Hale") or "")


@pytest.mark.parametrize(
    "password", ["marmalade on tuesdays", "tH7-kk-wq2-pp", "дождь и чай вечером", "robin likes tea"]
)
def test_a_good_password_is_not_complained_about(password: str) -> None:
    assert weakness(password, "robin.hale@shop.example", "Robin Hale") is None


def test_a_made_password_is_good_readable_and_never_the_same() -> None:
    made = {made_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"(?:[a-km-zA-HJ-NP-Z2-9]{4}-){3}[a-km-zA-HJ-NP-Z2-9]{4}", one) for one in made)
    assert [weakness(one) for one in made] == [None] * 50
