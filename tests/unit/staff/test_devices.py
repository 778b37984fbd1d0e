"""The cookie of a device that somebody signed in on before."""

from __future__ import annotations

import itertools

import pytest

from bot.staff.devices import Devices


@pytest.fixture
def devices() -> Devices:
    numbers = itertools.count(1)
    return Devices(b"key", lambda: f"d{next(numbers)}")


def test_a_device_is_known_to_those_who_signed_in_on_it(devices: Devices) -> None:
    cookie = devices.with_account("ines", devices.with_account("robin", None))
    assert (devices.known_to("robin", cookie), devices.known_to("ines", cookie)) == ("d1", "d2")
    assert devices.known_to("sam", cookie) is None


def test_signing_in_again_keeps_the_device_what_it_is(devices: Devices) -> None:
    cookie = devices.with_account("robin", None)
    assert devices.known_to("robin", devices.with_account("robin", cookie)) == "d1"


def test_of_many_who_share_a_computer_the_last_five_are_known(devices: Devices) -> None:
    cookie = None
    for number in range(7):
        cookie = devices.with_account(f"agent{number}", cookie)
    known = [number for number in range(7) if devices.known_to(f"agent{number}", cookie)]
    assert known == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "cookie",
    ["", "robin", "robin.d1", "robin.d1.", "robin.d1.00ff", "~~~...", "é", "robin.d1." + "0" * 64, "x" * 10_000],
)
def test_a_forged_cookie_is_a_strangers(devices: Devices, cookie: str) -> None:
    assert devices.known_to("robin", cookie) is None


def test_a_cookie_cannot_be_made_into_another_accounts(devices: Devices) -> None:
    cookie = devices.with_account("robin", None)
    assert devices.known_to("ines", cookie.replace("robin", "ines")) is None
    assert Devices(b"another key").known_to("robin", cookie) is None
