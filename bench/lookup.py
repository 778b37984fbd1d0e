"""A customer who looks up an order: says so, gives what is asked for, until the order's card is there."""

from dataclasses import dataclass
from typing import Any, Protocol

from tests.client.frames import Message

OPENING = "where is my order?"
MOST_STEPS = 5


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the demo shop and what proves that it is one's own."""

    number: str
    email: str
    postcode: str

    def answer(self, expects: str | None) -> str | None:
        """What a customer says when asked for ``expects``; None where a look-up has nothing to say."""
        return {"order_number": self.number, "postcode": self.postcode, "email": self.email}.get(expects or "")


class Visitor(Protocol):
    """Somebody who can say a text and gets the replies and the seconds they took."""

    async def exchange(self, text: str) -> tuple[list[Message], float]:
        """Say ``text``."""
        ...


async def look_up(visitor: Visitor, order: Order, latencies: list[float], notes: dict[str, Any]) -> None:
    """One look-up; adds each message's seconds to ``latencies`` and the outcome to ``notes``."""
    text: str | None = OPENING
    replies: list[Message] = []
    for _ in range(MOST_STEPS):
        if text is None:
            break
        replies, seconds = await visitor.exchange(text)
        latencies.append(seconds)
        if any(card.kind == "order" for reply in replies for card in reply.cards):
            notes["found"] += 1
            return
        asked = next((reply.expects for reply in reversed(replies) if reply.expects), None)
        text = order.answer(asked)
    # A handful is enough to see what went wrong.
    if len(notes["not_found"]) < 5:
        notes["not_found"].append({"order": order.number, "last": [reply.text for reply in replies]})
    else:
        notes["not_found_more"] = notes.get("not_found_more", 0) + 1
