"""A look-up gives what is asked for, and ends with the order's card or an honest note."""

from typing import Any

from bench.lookup import OPENING, Order, look_up
from tests.client.frames import Author, Card, Message

ORDER = Order("#W1234567", "ann@example.com", "10001")
CARD = Card("order", "Order #W1234567", None, None, (), (), None)


def reply(expects: str | None = None, cards: tuple[Card, ...] = ()) -> Message:
    return Message(1, None, "", Author("bot", None), "…", (), cards, expects, None)


class Desk:
    """Somebody who says these things, one after the other."""

    def __init__(self, *replies: Message) -> None:
        self.replies = list(replies)
        self.heard: list[str] = []

    async def exchange(self, text: str) -> tuple[list[Message], float]:
        self.heard.append(text)
        return [self.replies.pop(0)], 0.01


async def looked_up(desk: Desk) -> tuple[list[float], dict[str, Any]]:
    latencies: list[float] = []
    notes: dict[str, Any] = {"found": 0, "not_found": []}
    await look_up(desk, ORDER, latencies, notes)
    return latencies, notes


async def test_what_is_asked_for_is_given_until_the_card_is_there() -> None:
    desk = Desk(reply("order_number"), reply("postcode"), reply(cards=(CARD,)))
    latencies, notes = await looked_up(desk)
    assert desk.heard == [OPENING, "#W1234567", "10001"]
    assert (len(latencies), notes["found"], notes["not_found"]) == (3, 1, [])


async def test_a_question_that_a_look_up_cannot_answer_is_not_found() -> None:
    _, notes = await looked_up(Desk(reply("one_time_code")))
    assert notes["found"] == 0
    assert notes["not_found"] == [{"order": "#W1234567", "last": ["…"]}]


async def test_a_look_up_does_not_go_round_for_ever() -> None:
    desk = Desk(*[reply("order_number")] * 9)
    _, notes = await looked_up(desk)
    assert len(desk.heard) == 5
    assert notes["found"] == 0
