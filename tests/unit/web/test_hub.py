"""Who is told of what, and who has to begin anew."""

from __future__ import annotations

from typing import cast

from bot.conversations.models import Change
from bot.conversations.service import Conversations
from bot.conversations.signals import Signal, SignalKind
from bot.handoff.models import Place, QueuePlaceOf
from channels.web.hub import Hub


class FakeFollower:
    """An open socket that remembers what it was told."""

    since_typing: float | None = None

    def __init__(self, visitor: str, customer: str | None, hub: Hub) -> None:
        self.visitor = visitor
        self.customer = customer
        self.told: list[str] = []
        self._hub = hub
        hub.add(self)

    def follow(self, change: Change) -> None:
        self.told.append(change.conversation_id)

    def catch_up(self) -> None:
        self.told.append("catch up")

    def moved_in_queue(self, conversation_id: str, place: Place) -> None:
        self.told.append(f"{conversation_id}: {place.position}")

    def push(self, frame: str) -> None:
        self.told.append(frame)

    def leave(self) -> None:
        self.told.append("leave")
        self._hub.changed(Change("said meanwhile", self.customer or ""))


def hub() -> Hub:
    return Hub(cast("Conversations", None))  # nothing here asks it


def test_a_change_is_told_to_its_customer_alone() -> None:
    here = hub()
    followers = [FakeFollower(visitor, customer, here) for visitor, customer in (("v", "a"), ("w", "a"), ("x", "b"))]
    here.changed(Change("c", "a"))
    assert [follower.told for follower in followers] == [["c"], ["c"], []]


def test_once_a_customer_has_moved_their_sockets_leave_and_hear_nothing_more() -> None:
    here = hub()
    ours, other = FakeFollower("v", "a", here), FakeFollower("x", "b", here)
    here.changed(Change("c", "a", moved=True))
    here.changed(Change("c", "a"))
    assert (ours.told, other.told) == (["leave"], [])
    assert here.open_sockets == 1
    here.remove(ours)  # as it closes


def test_a_visitor_who_may_have_become_somebody_else_begins_anew() -> None:
    here = hub()
    known, unknown, other = (FakeFollower(v, c, here) for v, c in (("v", "a"), ("v", None), ("w", "a")))
    here.renew("v")
    here.renew("nobody here")
    assert [follower.told[0] for follower in (known, unknown)] == ["leave", "leave"]
    assert "leave" not in other.told


def test_who_waits_is_told_their_place_and_nobody_elses() -> None:
    here = hub()
    followers = [FakeFollower(visitor, customer, here) for visitor, customer in (("v", "a"), ("w", "a"), ("x", "b"))]
    here.places_moved({"a": QueuePlaceOf("a", "c", Place(2, 60)), "z": QueuePlaceOf("z", "elsewhere", Place(1, None))})
    assert [follower.told for follower in followers] == [["c: 2"], ["c: 2"], []]


def test_an_agent_who_types_is_seen_by_that_customer_alone() -> None:
    here = hub()
    ours, other = FakeFollower("v", "a", here), FakeFollower("x", "b", here)
    here.signalled(Signal(SignalKind.AGENT_TYPING, "c", "a", "robin", "Robin"))
    here.signalled(Signal(SignalKind.CUSTOMER_TYPING, "c", "a"))
    assert (ours.told, other.told) == (['{"type":"typing","agent":"Robin"}'], [])
