"""The event stream as the settings say: who puts events in, and who carries them; nothing where no address is set."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversations.duties import Transactions
from bot.events.courier import Courier
from bot.events.receiver import Receiver, client
from bot.events.stream import EventStream
from bot.settings import Settings
from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Events:
    """Both ends: `stream` is a listener of the digest, `courier.run()` a worker of the app."""

    stream: EventStream
    courier: Courier


def event_stream_of(
    settings: Settings,
    database: Database,
    transactions: Transactions,
    holder: str,
    *,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    chance: random.Random,
) -> Events | None:
    """The event stream; None where nobody is to be told anything.

    Args:
        transactions: the app's `Conversations`, whose duties make sure that one process sends.
        holder: this process's name among several.
    """
    if not settings.events_url:
        return None
    receiver = Receiver(client(), settings.events_url, settings.events_secret.get_secret_value(), clock=clock)
    courier = Courier(
        database,
        receiver,
        transactions=transactions,
        holder=holder,
        clock=clock,
        chance=chance,
        survey_window=timedelta(hours=settings.survey_hours),
    )
    return Events(EventStream(settings.events_url, clock=clock, new_id=new_id, wake=courier.wake), courier)
