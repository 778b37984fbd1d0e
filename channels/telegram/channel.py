"""Telegram as the app runs it: all parts of the channel wired together, and whether it works; no update, no message.

    starting ──► up ◄──► unreachable      Telegram cannot be reached just now: everything waits
                 ▲ ▲
                 │ └───► deaf             it knows us, but what customers write does not come: who is sent there, waits
                 └─────► refused          it does not know the token: an operator has to put it right

Of several processes on one database each can make links and take what Telegram pushes; one holds the duty to do the
rest. Whatever happens here, the other channels go on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

import structlog
from starlette.routing import BaseRoute

from bot.conversations.couriers import Couriers
from bot.conversations.duties import Duty
from bot.conversations.errors import TransportError
from bot.conversations.models import Change
from bot.conversations.service import Conversations
from bot.conversations.signals import Signal
from bot.conversations.worker import Listener
from bot.customers.phone_proof import customer_of_phone
from bot.orders.phones import region_of_locale
from bot.orders.shop import Shop, ShopError
from bot.settings import Settings
from bot.storage.database import DatabaseUnavailable
from channels.limits import Buckets
from channels.telegram import CHANNEL, commands
from channels.telegram.answers import Answers
from channels.telegram.calls import Calls, forget_old
from channels.telegram.client import Me, TelegramClient, TokenRefused
from channels.telegram.effects import MESSAGES_AT_ONCE, MESSAGES_PER_SECOND, Acceptance, Effects, WhosePhone
from channels.telegram.files import Files
from channels.telegram.handling import UpdateHandler
from channels.telegram.hearing import look_at_webhook
from channels.telegram.inbox import Inbox
from channels.telegram.pacing import Pacing
from channels.telegram.pictures import Pictures
from channels.telegram.polling import Polling
from channels.telegram.queue_buttons import QueueButtons
from channels.telegram.transport import Looks, TelegramTransport
from channels.telegram.typing import Typing
from channels.telegram.updates import LONGEST_TEXT, Reading
from channels.telegram.webhook import Webhook, set_webhook, webhook_secret
from channels.web.files import file_links

log = structlog.get_logger(__name__)

State = Literal["starting", "up", "deaf", "refused", "unreachable"]


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds between looks at whether Telegram knows us."""

    check: float = 30.0
    after_refusal: float = 60.0
    first_pause: float = 1.0  # where it cannot be reached; then twice as long, and so on
    longest_pause: float = 30.0
    deaf: float = 60.0  # without updates, because of trouble, until we say so
    tidy: float = 3600.0


class TelegramChannel:
    """The channel. `run` it, tell it of changes, hand its `listener` to the worker.

    Args:
        shop: asked whose a phone number is, where the settings let that count.
        folder: files served at the shop's address whose pictures are sent as they are; None where there are none.
        signing_secret: what the webhook's secret is derived from.
        pace: how fast Telegram may be sent to.
        clock: the present moment, aware.
    """

    def __init__(
        self,
        settings: Settings,
        conversations: Conversations,
        shop: Shop,
        folder: Path | None,
        signing_secret: str,
        *,
        pace: Pacing,
        clock: Callable[[], datetime],
        chance: random.Random,
        tempo: Tempo | None = None,
    ) -> None:
        self._settings = settings
        self._conversations = conversations
        self._shop = shop
        self._secret = webhook_secret(signing_secret)
        self._clock = clock
        self._chance = chance
        self._tempo = tempo or Tempo()
        self._client = TelegramClient(settings.telegram_token.get_secret_value(), settings.telegram_api_url)
        self._inbox = Inbox(conversations.database, self._client.bot_id, clock)
        self._duty = Duty(conversations, CHANNEL, conversations.instance)
        looks = Looks(
            Pictures(folder, settings.base_url),
            settings.base_url,
            number_counts=settings.telegram_phone == "identity",
            file_address=file_links(signing_secret, clock).address,
        )
        transport = TelegramTransport(self._client, pace, conversations.database, conversations.phrases, looks, clock)
        may_carry = self._duty.held
        self._couriers = Couriers(conversations, {CHANNEL: transport}, chance, may_carry=may_carry)
        self._calls = Calls(conversations, self._client, pace, chance, may_carry=may_carry)
        self._files = Files(conversations, self._client, most_bytes=self._most_file_bytes)
        self._typing = Typing(self._client, pace, conversations.phrases, conversations.database)
        self._queue_buttons = QueueButtons(conversations, self._client.bot_id)
        self._works = False
        self._state: State = "starting"
        self._me: Me | None = None
        self._polling: Polling | None = None
        self._webhook_trouble = False
        self._deaf_since: datetime | None = None

    @property
    def state(self) -> State:
        """Whether Telegram knows us and we hear from it, as of the last look."""
        deaf = self._deaf_since is not None and (self._clock() - self._deaf_since).total_seconds() > self._tempo.deaf
        return "deaf" if deaf and self._state == "up" else self._state

    @property
    def listener(self) -> Listener:
        """Shows customers that the worker is busy."""
        return self._typing

    def routes(self) -> Sequence[BaseRoute]:
        """What Telegram pushes to; nothing where we ask for updates."""
        return [Webhook(self._inbox, self._secret).route()] if self._settings.telegram_mode == "webhook" else []

    def link(self, token: str) -> str | None:
        """The address that opens our chat with `token`; None while the channel is not up."""
        return f"https://t.me/{self._me.username}?start={token}" if self._me and self.state == "up" else None

    def changed(self, change: Change) -> None:
        """See `Subscriber`."""
        for part in (self._couriers, self._calls, self._files, self._typing, self._queue_buttons):
            part.changed(change)

    def signalled(self, signal: Signal) -> None:
        """See `SignalListener`; all processes hear it, and one shows it."""
        if self._works:
            self._typing.signalled(signal)

    def look_again(self) -> None:
        """See `Subscriber`."""
        for part in (self._couriers, self._calls, self._files, self._queue_buttons):
            part.look_again()

    async def run(self) -> None:
        """Run until cancelled. What breaks off is begun anew."""
        pause = self._tempo.first_pause
        while True:
            try:
                me = await self._introduced()
                pause = self._tempo.first_pause
                await _together([self._duty.run(partial(self._work, me)), self._watch()])
            except TokenRefused:
                self._became_refused()
                await asyncio.sleep(self._tempo.after_refusal)
            except TransportError as error:
                self._became_unreachable(error)
                await asyncio.sleep(pause * (0.75 + self._chance.random() / 2))
                pause = min(pause * 2, self._tempo.longest_pause)
            except Exception as error:  # a fault of ours must not take the other channels down
                log.error("telegram_broke_off", exc_info=error)
                await asyncio.sleep(self._tempo.longest_pause)

    async def stop(self, seconds: float) -> None:
        """Begin no more calls, and let those under way end for at most `seconds`. Before `run` is cancelled."""
        self._typing.stop()
        await asyncio.gather(self._couriers.stop(seconds), self._calls.stop(seconds))

    async def close(self) -> None:
        """Close all connections, after `run` was cancelled."""
        await self._client.close()

    # -- whether it works -------------------------------------------------------------------------------------

    async def _introduced(self) -> Me:
        """Ask Telegram who we are. Raises as the client does."""
        me = await self._client.me()
        if self._state != "up":
            log.info("telegram_up", bot=me.username, mode=self._settings.telegram_mode)
        self._me, self._state = me, "up"
        return me

    async def _watch(self) -> None:
        """Look now and then whether Telegram still knows us. Raises `TokenRefused` when it does not."""
        while True:
            await asyncio.sleep(self._tempo.check)
            trouble = self._webhook_trouble or (self._polling is not None and self._polling.trouble is not None)
            self._deaf_since = (self._deaf_since or self._clock()) if trouble else None
            try:
                await self._introduced()
            except TokenRefused:
                raise
            except TransportError as error:  # everything waits by itself, and goes on by itself
                self._became_unreachable(error)

    def _became_refused(self) -> None:
        if self._state != "refused":
            log.error(
                "telegram_token_refused",
                what_to_do="set BELLHOP_TELEGRAM_TOKEN to what @BotFather shows for the bot, and start again; "
                "until then everything but Telegram works, and its messages wait",
            )
        self._state = "refused"

    def _became_unreachable(self, error: TransportError) -> None:
        if self._state not in ("unreachable", "refused"):
            log.warning("telegram_unreachable", error=str(error))
        self._state = "unreachable" if self._state != "refused" else "refused"

    # -- what the holder of the duty does ---------------------------------------------------------------------

    async def _work(self, me: Me) -> None:
        """Everything that one process does for all. Raises `TokenRefused`."""
        await commands.set_menu(self._client, self._conversations.phrases)
        handler = UpdateHandler(self._inbox, self._effects(me), self._clock, self._chance)
        parts = [
            handler.run(),
            handler.keep_short(),
            self._couriers.run(),
            self._calls.run(),
            self._files.run(),
            self._queue_buttons.run(),
            self._tidy(),
        ]
        if self._settings.telegram_mode == "webhook":
            parts.append(self._keep_webhook())
        else:
            self._polling = Polling(self._client, self._inbox, self._chance)
            parts.append(self._polling.run())
        try:
            self._works = True
            await _together(parts)
        finally:
            self._works = False
            self._polling, self._webhook_trouble = None, False  # from now on another process hears, or knows of it

    async def _keep_webhook(self) -> None:
        """Have Telegram push to us, and look now and then whether it does. Raises `TokenRefused`."""
        pause, is_set = self._tempo.first_pause, False
        while True:
            try:
                if not is_set:
                    await set_webhook(self._client, self._settings.base_url, self._secret)
                found = await look_at_webhook(self._client, self._settings.base_url, self._clock())
                is_set, trouble, pause = found.ours, found.trouble, self._tempo.check
            except TokenRefused:
                raise
            except TransportError as error:
                is_set, trouble, pause = False, str(error), min(pause * 2, self._tempo.longest_pause)
            if trouble and not self._webhook_trouble:
                log.error("telegram_webhook_trouble", url=self._settings.base_url, error=trouble)
            self._webhook_trouble = bool(trouble)
            await asyncio.sleep(pause)

    def _effects(self, me: Me) -> Effects:
        settings = self._settings
        longest = max(settings.message_max_chars, LONGEST_TEXT)
        reading = Reading(me.id, me.username, commands.ORDER, longest, settings.locale)
        acceptance = Acceptance(
            Buckets(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE, lambda: self._clock().timestamp()),
            most_file_bytes=self._most_file_bytes,
            proof_lives=timedelta(minutes=settings.verification_minutes),
            whose_phone=self._whose_phone() if settings.telegram_phone == "identity" else None,
        )
        answers = Answers(self._client, self._conversations)
        return Effects(self._conversations, self._inbox, answers, reading, acceptance, self._clock)

    def _whose_phone(self) -> WhosePhone:
        region = region_of_locale(self._settings.locale)

        async def whose_phone(number: str) -> str | None:
            try:
                return await customer_of_phone(self._shop, number, region)
            except ShopError as error:
                log.warning("telegram_number_not_looked_up", error=str(error))
                return None

        return whose_phone

    @property
    def _most_file_bytes(self) -> int:
        return self._settings.telegram_file_mb * 1024 * 1024

    async def _tidy(self) -> None:
        """Forget calls that are long over, now and then."""
        while True:
            try:
                await self._conversations.transact(forget_old)
            except DatabaseUnavailable as error:
                log.info("telegram_calls_not_tidied", error=str(error))
            await asyncio.sleep(self._tempo.tidy)


async def _together(parts: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all until one of them ends or fails, then end the others; raises what it raised."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
