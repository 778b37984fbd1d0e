"""Puts the staff's parts together as the settings say; no behaviour of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.settings import Settings
from bot.staff.devices import Devices
from bot.staff.passwords import Passwords
from bot.staff.sessions import Sessions
from bot.staff.signing_in import SignIn
from bot.staff.throttle import Limits, Throttle
from bot.storage.database import Database
from bot.storage.secret import derived_key


@dataclass(frozen=True, slots=True)
class Staff:
    """What the desk needs to know who is there."""

    sessions: Sessions
    sign_in: SignIn
    passwords: Passwords


def open_staff(
    settings: Settings, database: Database, secret: str, *, clock: Callable[[], datetime], new_id: Callable[[], str]
) -> Staff:
    """The parts on `database`.

    Args:
        secret: the installation's, from which each part's key is derived.
        clock: the time now, in UTC.
        new_id: makes row ids.
    """
    sessions = Sessions(
        key=derived_key(secret, "desk sessions"),
        lives=timedelta(hours=settings.desk_session_hours),
        demo=settings.demo,
    )
    passwords = Passwords()
    sign_in = SignIn(
        database,
        sessions,
        passwords,
        Devices(derived_key(secret, "desk devices")),
        Throttle(derived_key(secret, "desk sign-in tries"), Limits(), new_id),
        clock=clock,
    )
    return Staff(sessions, sign_in, passwords)
