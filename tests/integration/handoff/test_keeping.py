"""What the keeper does by itself: gives, takes back, promises, wakes, marks, ends, and tells; once each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.handoff import owning
from bot.handoff.keeping import DESERTED_AFTER
from bot.staff.models import Presence
from bot.storage.case_tables import cases
from bot.storage.database import Database
from bot.storage.desk_tables import audit, desk_drafts, handoff_events, helpdesk_links
from bot.storage.tables import conversations
from tests.conftest import Clock
from tests.support.staffed_house import House

WAITS_AGAIN = "utter_app_handoff_waits_again"


@pytest.fixture
def house(database: Database, clock: Clock, new_id: Callable[[], str]) -> House:
    return House(database, clock, new_id)


async def passes(house: House, *there: str, seconds: float, every: float = 5) -> None:
    """Time goes by in the keeper's rounds, and the desks of those who are there give signs of life."""
    end = house.clock() + timedelta(seconds=seconds)
    while house.clock() < end:
        house.clock.forward(seconds=min(every, (end - house.clock()).total_seconds()))
        house.lives(*there)
        await house.keeper.keep()


# -- giving ------------------------------------------------------------------------------------------------


async def test_who_waits_is_given_to_who_has_room(house: House) -> None:
    house.adds("ada", capacity=1)
    house.adds("ben", capacity=2)
    for customer in ("c1", "c2", "c3", "c4"):
        await house.asks(customer)
        house.clock.forward(seconds=1)
    await house.keeper.keep()
    given = list(house.owners().values())
    assert sorted(given[:3]) == ["ada", "ben", "ben"]
    assert given[3] == "queue", "nobody has more than fits"
    assert house.events("c1") == ["requested", "assigned"]
    assert await house.told("c1") == ["utter_app_handoff_queued_next_unknown", "utter_app_handoff_taken"]
    await house.keeper.keep()
    assert list(house.owners().values()) == given, "a second round changes nothing"
    wanted = sa.select(audit.c.agent_id, audit.c.subject).where(audit.c.action == "assign").order_by(audit.c.number)
    rows = house.database.read_now(lambda connection: connection.execute(wanted).all())
    assert [tuple(row) for row in rows] == [(None, f"agent:{agent}") for agent in given[:3]]


async def test_a_place_that_becomes_free_goes_to_who_waits_longest(house: House) -> None:
    house.adds("ada", capacity=1)
    for customer in ("c1", "c2", "c3"):
        await house.asks(customer)
        house.clock.forward(seconds=1)
    await house.keeper.keep()
    await house.does(owning.resolve, "c1", "ada")
    await house.keeper.keep()
    assert house.owners() == {"c1": "bot", "c2": "ada", "c3": "queue"}


async def test_turns_are_taken(house: House) -> None:
    house.adds("ada")
    house.adds("ben")
    got = []
    for customer in ("c1", "c2", "c3", "c4"):
        await house.asks(customer)
        await house.keeper.keep()
        got.append(house.owner(customer))
        house.clock.forward(seconds=1)
        await house.does(owning.hand_back, customer, got[-1])
    assert got == ["ada", "ben", "ada", "ben"]


async def test_people_who_pick_by_hand_are_given_nothing(
    database: Database, clock: Clock, new_id: Callable[[], str]
) -> None:
    house = House(database, clock, new_id, routing="by_hand")
    house.adds("ada")
    await house.asks("c1")
    await house.keeper.keep()
    assert house.owner("c1") == "queue"


async def test_what_was_put_off_in_the_queue_is_given_to_nobody(house: House) -> None:
    house.adds("ada")
    await house.asks("c1", snoozed_until=house.clock() + timedelta(minutes=10))
    await house.keeper.keep()
    assert house.owner("c1") == "queue"
    assert house.place("c1") is None
    await passes(house, "ada", seconds=601)
    assert house.owner("c1") == "ada"


async def test_what_somebody_gave_back_goes_to_another_first_and_after_a_while_to_them(house: House) -> None:
    house.adds("ada")
    house.adds("ben", capacity=1)
    await house.asks("c1")
    await house.keeper.keep()
    assert house.owner("c1") == "ada"
    await house.asks("c2")
    await house.keeper.keep()
    await house.service.change(
        lambda unit: owning.release(unit, house.ids["c1"], by=house.agent("ada"), why="released")
    )
    await passes(house, "ada", "ben", seconds=60)
    assert house.owner("c1") == "queue", "Ben is busy, and will be free"
    await house.does(owning.resolve, "c2", "ben")
    await house.keeper.keep()
    assert house.owner("c1") == "ben"


# -- taking back -------------------------------------------------------------------------------------------


async def test_whose_agent_vanishes_goes_first_and_is_told_once(house: House) -> None:
    house.adds("ada", capacity=2)
    await house.asks("waits")
    await house.asks("answered")
    await house.keeper.keep()
    await house.answers("answered", "ada")
    house.database.write_now(
        lambda connection: connection.execute(
            sa.insert(desk_drafts).values(
                conversation_id=house.ids["waits"], agent_id="ada", kind="reply", text="Dear", updated_at=house.clock()
            )
        )
    )
    await passes(house, seconds=59)
    assert house.owner("waits") == "ada"
    await passes(house, seconds=30)
    assert house.owners() == {"waits": "queue", "answered": "ada"}
    assert (await house.told("waits")).count(WAITS_AGAIN) == 1
    handoff = house.handoff("waits")
    assert (handoff.priority, handoff.first_reply_at) == (1, None)
    drafts = house.database.read_now(
        lambda connection: connection.execute(sa.select(desk_drafts.c.text)).scalars().all()
    )
    assert drafts == ["Dear"]


async def test_the_others_go_back_as_soon_as_their_customers_write(house: House) -> None:
    house.adds("ada")
    await house.asks("c1")
    await house.keeper.keep()
    await house.answers("c1", "ada")
    await passes(house, seconds=120)
    assert house.owner("c1") == "ada"
    await house.writes("c1", "and the blue one?")
    await house.keeper.keep()
    assert house.owner("c1") == "queue"
    house.adds("ben")
    await house.keeper.keep()
    assert house.owner("c1") == "ben"


async def test_after_a_start_nobody_has_vanished_whom_nobody_could_hear(
    house: House, database: Database, clock: Clock, new_id: Callable[[], str]
) -> None:
    house.adds("ada")
    await house.asks("c1")
    await house.keeper.keep()
    clock.forward(minutes=20)  # the app is down
    await house.keeper.keep()
    assert house.owner("c1") == "ada"
    await passes(house, seconds=55)
    assert house.owner("c1") == "ada"
    await passes(house, seconds=10)
    assert house.owner("c1") == "queue"


async def test_after_the_clock_was_set_back_nobody_is_there_for_ever_and_nobody_vanishes_by_it(house: House) -> None:
    house.adds("ada", capacity=1)
    house.adds("ben", capacity=1)
    for customer in ("c1", "c2"):
        await house.asks(customer)
        await house.keeper.keep()
    assert house.owners() == {"c1": "ada", "c2": "ben"}
    house.clock.forward(hours=-1)
    await house.keeper.keep()
    assert house.owners() == {"c1": "ada", "c2": "ben"}
    await passes(house, "ben", seconds=90)
    assert house.owners() == {"c1": "queue", "c2": "ben"}, "ada has left meanwhile"


async def test_without_anybody_there_one_waits_no_longer_because_the_clock_was_set_back(house: House) -> None:
    house.adds("ada")
    await house.asks("c1")
    house.chooses("ada", Presence.OFFLINE)
    await house.keeper.keep()
    house.clock.forward(hours=-1)
    await passes(house, seconds=DESERTED_AFTER.total_seconds() + 10)
    assert house.owner("c1") == "bot"


async def test_all_that_a_disabled_agent_has_goes_to_the_queue(house: House) -> None:
    house.adds("ada")
    house.adds("ben", capacity=1)
    house.chooses("ben", Presence.AWAY)
    for customer in ("c1", "c2"):
        await house.asks(customer)
    await house.keeper.keep()
    await house.answers("c1", "ada")
    house.disables("ada")
    house.chooses("ben", Presence.ONLINE)
    await house.keeper.keep()
    assert sorted(house.owners().values()) == ["ben", "queue"]
    assert (await house.told("c1")).count(WAITS_AGAIN) == 1


async def test_where_people_work_elsewhere_only_what_is_there_is_left_to_that(
    database: Database, clock: Clock, new_id: Callable[[], str]
) -> None:
    house = House(database, clock, new_id, routing="elsewhere")
    house.adds("ada")
    for customer in ("ours", "theirs"):
        await house.asks(customer)
        await house.does(owning.claim, customer, "ada")
    link = {"helpdesk": "chatwoot", "external_id": "7", "details": {}, "created_at": clock()}
    linked = sa.insert(helpdesk_links).values(conversation_id=house.ids["theirs"], **link)
    database.write_now(lambda connection: connection.execute(linked))
    house.disables("ada")
    await house.keeper.keep()
    assert (house.owner("ours"), house.owner("theirs")) == ("queue", "ada")


# -- promising ---------------------------------------------------------------------------------------------


async def test_at_the_end_of_business_hours_the_queue_becomes_promises(house: House) -> None:
    house.clock.now = datetime(2026, 3, 2, 17, 59, 50, tzinfo=UTC)
    house.adds("ada", capacity=1)
    await house.asks("c1")
    await house.keeper.keep()
    await house.asks("c2")
    await house.keeper.keep()
    await passes(house, "ada", seconds=10)
    assert house.owners() == {"c1": "ada", "c2": "bot"}, "who is with somebody stays with them"
    await passes(house, "ada", seconds=10)
    assert (await house.told("c2")).count("utter_app_handoff_closed") == 1
    due = house.database.read_now(lambda connection: connection.execute(sa.select(cases.c.due_at)).scalars().all())
    assert due == [datetime(2026, 3, 3, 11, 0, tzinfo=UTC)], "two hours of the next day"
    assert house.handoff("c2").outcome == "promised"


async def test_without_anybody_there_one_waits_a_while_and_is_then_promised_an_answer(house: House) -> None:
    house.adds("ada", capacity=1)
    await house.asks("c1")
    await house.keeper.keep()
    await house.asks("c2")
    house.chooses("ada", Presence.OFFLINE)
    await passes(house, "ada", seconds=DESERTED_AFTER.total_seconds() - 10)
    assert house.owner("c2") == "queue"
    place = house.place("c2")
    assert place is not None
    assert (place.position, place.eta_seconds) == (1, None)
    await passes(house, "ada", seconds=20)
    assert house.owners() == {"c1": "ada", "c2": "bot"}
    assert (await house.told("c2"))[-1] == "utter_app_handoff_deserted"


async def test_somebody_who_comes_back_in_time_finds_the_queue_as_it_was(house: House) -> None:
    house.adds("ada", capacity=1)
    await house.asks("c1")
    house.chooses("ada", Presence.AWAY)
    await passes(house, "ada", seconds=500)
    house.chooses("ada", Presence.ONLINE)
    await passes(house, "ada", seconds=5)
    assert house.owner("c1") == "ada"


async def test_whose_agent_vanishes_after_hours_is_promised_an_answer_at_once(house: House) -> None:
    house.clock.now = datetime(2026, 3, 2, 17, 59, tzinfo=UTC)
    house.adds("ada")
    await house.asks("c1")
    await house.keeper.keep()
    await passes(house, seconds=120)
    assert house.owner("c1") == "bot"
    told = await house.told("c1")
    assert told[-1] == "utter_app_handoff_left"
    assert WAITS_AGAIN not in told


# -- waking, marking, ending -------------------------------------------------------------------------------


async def test_what_was_put_off_wakes(house: House) -> None:
    house.adds("ada")
    await house.asks("c1")
    await house.keeper.keep()
    await house.answers("c1", "ada")
    await house.does(owning.snooze, "c1", "ada", house.clock() + timedelta(minutes=2))
    await passes(house, "ada", seconds=115)
    assert house.handoff("c1").snoozed_until is not None
    house.heard.changes.clear()
    await passes(house, "ada", seconds=10)
    assert house.handoff("c1").snoozed_until is None
    assert [change.desk for change in house.heard.changes] == [True]
    wanted = sa.select(handoff_events.c.agent_id).where(handoff_events.c.kind == "taken_up")
    doers = house.database.read_now(lambda connection: connection.execute(wanted).scalars().all())
    assert doers == [None], "the clock did it"


async def test_the_desk_is_warned_before_a_breach_and_the_breach_is_written_down_once(house: House) -> None:
    house.adds("ada")
    await house.asks("c1")
    await house.keeper.keep()
    asked = house.handoff("c1").requested_at
    house.heard.changes.clear()
    await passes(house, "ada", seconds=220)
    assert house.heard.changes == []
    await passes(house, "ada", seconds=10)
    assert house.handoff("c1").warned_at == asked + timedelta(seconds=225)
    assert [change.desk for change in house.heard.changes] == [True]
    await passes(house, "ada", seconds=600, every=7)
    breached = house.handoff("c1").first_reply_breached_at
    assert breached == asked + timedelta(minutes=5)
    assert [change.desk for change in house.heard.changes] == [True, True]
    await house.answers("c1", "ada")
    await house.writes("c1", "thanks, and?")
    await passes(house, "ada", seconds=16 * 60, every=20)
    assert house.handoff("c1").first_reply_breached_at == breached
    assert house.handoff("c1").next_reply_breached_at == house.handoff("c1").next_reply_due


async def test_what_fell_silent_with_an_agent_ends(database: Database, clock: Clock, new_id: Callable[[], str]) -> None:
    house = House(database, clock, new_id, idle_after=timedelta(hours=2))
    house.adds("ada")
    for customer in ("silent", "waits", "asleep"):
        await house.asks(customer)
    await house.keeper.keep()
    await house.answers("silent", "ada")
    await house.answers("asleep", "ada")
    await house.does(owning.snooze, "asleep", "ada", clock() + timedelta(hours=5))
    await passes(house, "ada", seconds=7210, every=50)
    ended = {customer: house.conversation(customer).end_reason for customer in house.ids}
    assert ended == {"silent": "idle", "waits": None, "asleep": None}
    assert house.handoff("silent").outcome == "idle"


# -- telling -----------------------------------------------------------------------------------------------


async def test_on_a_channel_that_we_send_to_one_hears_of_a_better_place_now_and_then(house: House) -> None:
    house.adds("ada", capacity=1)
    for customer in ("c1", "c2", "c3", "c4"):
        await house.asks(customer)
        house.clock.forward(seconds=1)
    on_telegram = sa.update(conversations).where(conversations.c.id == house.ids["c4"]).values(channel="telegram")
    house.database.write_now(lambda connection: connection.execute(on_telegram))
    await house.keeper.keep()
    await house.does(owning.resolve, "c1", "ada")
    await passes(house, "ada", seconds=60)
    moved = "utter_app_queue_moved_unknown"
    assert moved not in await house.told("c4"), "they came two minutes ago"
    await passes(house, "ada", seconds=60)
    assert (await house.told("c4")).count(moved) == 1
    assert moved not in await house.told("c3"), "a page shows it without a word"
    await passes(house, "ada", seconds=600)
    assert (await house.told("c4")).count(moved) == 1, "only where it has improved"
    await house.does(owning.resolve, "c2", "ada")
    await house.does(owning.resolve, "c3", "ada") if house.owner("c3") == "ada" else None
    await passes(house, "ada", seconds=5)
    assert (await house.told("c4"))[-1] in ("utter_app_queue_next", "utter_app_handoff_taken")


async def test_places_and_presences_are_shown_when_they_change(house: House) -> None:
    house.adds("ada", capacity=1)
    for customer in ("c1", "c2"):
        await house.asks(customer)
        house.clock.forward(seconds=1)
    await house.keeper.show()
    await house.keeper.show()
    (shown,) = house.shown
    assert sorted(one.place.position for one in shown.values()) == [1, 2]
    assert {customer: one.customer_id for customer, one in shown.items()} == {customer: customer for customer in shown}
    await house.keeper.keep()
    await house.keeper.show()
    assert [one.place.position for one in house.shown[-1].values()] == [1]
    house.clock.forward(seconds=61)
    await house.keeper.show()
    assert house.presences == [{"ada": Presence.ONLINE}, {"ada": Presence.AWAY}]


# -- what goes wrong ---------------------------------------------------------------------------------------
