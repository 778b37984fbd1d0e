"""A transcript is counted for what it is: sent once, sent again, acknowledged, shown, refused."""

from tests.chaos.records import Acked, Customers, Noted, Shown
from tests.client.frames import Ack, Author, Message, Ready, Refusal
from tests.client.transcript import Breach, Connected, Entry, Lost, Received, Sent

MESSAGE = Message(2, None, "2026-01-01T00:00:00Z", Author("bot", None), "Hello!", (), (), None, "u1")


def test_a_transcript_becomes_records() -> None:
    entries: list[Entry] = [
        Connected(0.0, 1),
        Received(0.1, 1, None, Ready(None, "none", 0)),
        Sent(0.2, 1, "u1", "message", "hi", 1),
        Lost(0.3, 1, "closed", 1006),
        Received(0.4, 3, "c1", Ready("c1", "open", 0)),
        Sent(0.5, 3, "u1", "message", "hi", 2),
        Received(0.6, 3, "c1", Ack("u1", 1)),
        Received(0.7, 3, "c1", MESSAGE),
        Breach(0.8, 3, "c1", "message 2 came again"),
        Received(0.9, 3, "c1", Refusal("delayed", "One moment.", "u1", True)),
        Received(1.0, 3, "c1", Refusal("empty", "Nothing.", "u2", False)),
    ]
    customers = Customers()
    customers.add("ann", entries)
    assert (customers.sent, customers.resent, customers.connections) == (1, 1, 2)
    assert customers.acked == [Acked("ann", "u1", 1)]
    assert customers.shown == [Shown("ann", 3, "c1", 2, "bot", "Hello!", None, "u1")]
    assert customers.breaches == [Noted("ann", "connection 3: message 2 came again")]
    assert customers.refused == [Noted("ann", "empty: Nothing.")]
