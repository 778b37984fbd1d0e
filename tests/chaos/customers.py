"""Seeded customers: they type, tap, hurry, lose their connection, say goodbye, rate, change their mind."""

import asyncio
import random
from dataclasses import dataclass, field

from tests.chaos.progress import Progress, count_answered, count_sent
from tests.chaos.records import Noted
from tests.client.exchange import ClientError, Exchange
from tests.client.frames import Choice
from tests.client.transcript import Transcript
from tests.client.web_client import WebClient

# Nothing here ends a conversation, so that several can be on their way at once.
SMALL_TALK = (
    "hello",
    "are you a bot?",
    "hey there",
    "where is my order?",
    "what can you do?",
    "my parcel is late",
    "how do returns work?",
    "#W1234567",
    "Łódź 90-001 🙂",
    "asdf ghjk",
)
GOODBYES = ("goodbye", "bye", "that's all, thanks", "bye bye")
COMMENTS = ("quick and friendly", "took a while", "I liked it")


@dataclass(slots=True)
class Customer:
    """One customer with ``budget`` messages to send, who waits ``patience`` seconds for an answer."""

    name: str
    client: WebClient
    transcript: Transcript
    rng: random.Random
    progress: Progress
    budget: int
    patience: float
    exchanges: list[Exchange] = field(default_factory=list)
    failure: Noted | None = None
    kinds: dict[str, int] = field(default_factory=dict)

    async def live(self) -> None:
        """Send all of the budget, however long it takes; a failure is noted and ends the customer."""
        try:
            while self.budget > 0:
                await self._step()
        except ClientError as error:
            self.failure = Noted(self.name, str(error))
        finally:
            await self.progress.change(_one_less)

    async def _step(self) -> None:
        await asyncio.sleep(self.rng.uniform(0, 0.4))
        view = self.client.view
        if view.status == "ended" and self._rating_choices():
            await self._after_the_end()
            return
        dice = self.rng.random()
        if dice < 0.40:
            await self._finish("typed", await self._say(self.rng.choice(SMALL_TALK)))
        elif dice < 0.55:
            await self._burst()
        elif dice < 0.65 and self._choices():
            await self._finish("tapped", await self._choose(self.rng.choice(self._choices())))
        elif dice < 0.78:
            said = await self._say(self.rng.choice(SMALL_TALK))
            # Anywhere between leaving the client and the end of the answer.
            await asyncio.sleep(self.rng.choice((0, 0.002, 0.01, 0.05)))
            self.client.drop()
            await self._finish("typed, then cut off", said)
        elif dice < 0.83:
            self._count("cut off while idle")
            self.client.drop()
        elif view.last_seq > 1:
            await self._finish("goodbye", await self._say(self.rng.choice(GOODBYES)))

    async def _burst(self) -> None:
        """Several messages before any answer."""
        count = min(self.budget, self.rng.randint(2, 4))
        said = [await self._say(self.rng.choice(SMALL_TALK)) for _ in range(count)]
        if self.rng.random() < 0.3:
            self.client.drop()
        for exchange in said:
            await self._finish("in a hurry", exchange)

    async def _after_the_end(self) -> None:
        """Rate by button or by hand, think again, comment; or go on with something else."""
        dice = self.rng.random()
        if dice < 0.15:
            await self._finish("new conversation", await self._say("hello"))
            return
        if dice < 0.30:
            await self._finish("rating typed", await self._say(str(self.rng.randint(1, 5))))
        else:
            await self._finish("rating tapped", await self._choose(self.rng.choice(self._rating_choices())))
        if self.budget > 0 and self.rng.random() < 0.3:
            await self._finish("mind changed", await self._choose(self.rng.choice(self._rating_choices())))
        if self.budget > 0 and self.rng.random() < 0.5:
            await self._finish("comment", await self._say(self.rng.choice(COMMENTS)))
        if self.budget > 0:
            # A question is no comment, so it begins a new conversation.
            await self._finish("new conversation", await self._say("are you a bot?"))

    def _rating_choices(self) -> list[Choice]:
        for message in reversed(self.client.view.messages):
            if message.expects == "rating" and message.choices:
                return list(message.choices)
        return []

    def _choices(self) -> list[Choice]:
        """The buttons under the last message that has any, while they are good."""
        if self.client.view.status != "open" or self.client.pending:
            return []
        for message in reversed(self.client.view.messages):
            if message.choices and message.author.kind == "bot":
                return list(message.choices)
        return []

    async def _say(self, text: str) -> Exchange:
        await self._turn()
        return self._sent(await self.client.say(text))

    async def _choose(self, choice: Choice) -> Exchange:
        await self._turn()
        return self._sent(await self.client.choose(choice.id))

    async def _turn(self) -> None:
        await self.progress.wait(self.progress.may_send, self.patience)
        await self.progress.change(count_sent)
        self.budget -= 1

    def _sent(self, exchange: Exchange) -> Exchange:
        self.exchanges.append(exchange)
        return exchange

    def _count(self, kind: str) -> None:
        self.kinds[kind] = self.kinds.get(kind, 0) + 1

    async def _finish(self, kind: str, exchange: Exchange) -> None:
        self._count(kind)
        await exchange.done(self.patience)
        await self.progress.change(count_answered)


def _one_less(progress: Progress) -> None:
    progress.customers_left -= 1
