"""The composition root: the only place where the app's parts are built and wired together."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
import uvloop
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from actions.route import ActionRoute
from actions.services import build_services
from bot.composing import DOMAIN, case_book_of, conversations_of, helpdesk_of, new_id, phrases_of, utc_now
from bot.composing_desk import at_the_desk, people_shown, signals_of
from bot.composing_insights import at_insights
from bot.conversations.bursts import Bursts
from bot.conversations.engine_client import HttpEngine, engine_session
from bot.conversations.listeners import Listeners
from bot.conversations.models import Change, PendingTurn
from bot.conversations.phrases import DomainError, load_domain
from bot.conversations.remote_changes import RemoteChanges
from bot.conversations.sweeper import Sweeper
from bot.conversations.turns import EffectHandler
from bot.conversations.unit import Unit
from bot.conversations.worker import Patience, TurnWorker, WakesWorker
from bot.customers.codes import OneTimeCodes
from bot.customers.mail import DemoTransport, MailTransport, MailWorker
from bot.customers.smtp import SmtpTransport
from bot.handoff.seen import PeopleSeen
from bot.health import Health, operations_routes
from bot.knowledge.answers import Articles
from bot.knowledge.encoding import HttpEncoder, VectorCache
from bot.knowledge.library import Library
from bot.knowledge.records import EFFECTS, record
from bot.languages.languages import Languages
from bot.languages.reading import LanguageError
from bot.orders.formatting import Formatting
from bot.orders.http import HttpShop
from bot.orders.opening import open_shop
from bot.serving import Server, WithHeaders, running
from bot.settings import ROOT, Settings, SettingsError, load_settings
from bot.storage.database import Database, DatabaseUnavailable, StorageError
from bot.storage.migrate import check_revision
from bot.storage.secret import derived_key, signing_secret
from bot.telemetry import Metrics, set_up_logs
from channels.limits import Buckets
from channels.web.demo import PAGES, demo_routes
from channels.web.files import file_links
from channels.web.frames import LARGEST_FRAME_BYTES
from channels.web.help import Shop, help_routes
from channels.web.hub import Hub
from channels.web.routes import SECURE_HEADERS, WebChannel, not_found
from channels.web.tokens import Tokens
from channels.web.tools import SocketTools

if TYPE_CHECKING:
    from channels.telegram.channel import TelegramChannel

log = structlog.get_logger(__name__)

STOP_SERVING_SECONDS, FINISH_TURNS_SECONDS, FINISH_CALLS_SECONDS = 3.0, 3.5, 1.5  # together less than supervisors wait
WRONG_SETTINGS = 2  # exit code: starting again cannot help


@dataclass(frozen=True, slots=True)
class Child:
    """What the supervisor tells this process, over its standard input."""

    engine_url: str
    engine_secret: str
    actions_secret: str
    internal_port: int


class App:
    """All parts of the app, built but not running. `run` serves until told to stop."""

    def __init__(self, settings: Settings, child: Child) -> None:
        self.settings = settings
        self._child = child
        self._stopping = asyncio.Event()
        self.database = Database(settings.resolved_database_url)
        self.metrics = Metrics()
        domain = load_domain(DOMAIN)
        phrases = phrases_of(settings, domain)
        secret = signing_secret(settings)
        code_key = derived_key(secret, "one-time codes")
        self._engine_session = engine_session()
        encoder = HttpEncoder(self._engine_session, child.engine_url, child.engine_secret)
        self._articles = Articles(
            Library(ROOT / "data" / "articles"),
            encoder,
            VectorCache(settings.data_path),
            settings.base_url,
            languages=phrases.languages.codes,
        )
        self.cases = case_book_of(settings, self.database)
        self._shop = open_shop(settings, self.database)
        services = build_services(
            settings, self.database, self._shop, self._articles, key=code_key, clock=utc_now, new_id=new_id
        )
        codes = OneTimeCodes(
            key=code_key,
            lives=timedelta(minutes=settings.code_minutes),
            shop_name=settings.shop_name,
            new_id=new_id,
            languages=phrases.languages,
        )
        self._mail = MailWorker(self.database, _mail_transport(settings), utc_now)
        self.conversations = conversations_of(
            settings,
            self.database,
            phrases,
            self.cases,
            effect_handlers={"send_code": self._send_code(codes), **dict.fromkeys(EFFECTS, _record_article)},
            on_proof=lambda unit, conversation, customer, until, method: services.verification.grant(
                unit.connection, conversation, customer, method=method, now=unit.now, until=until
            ),
        )
        self._people_seen = PeopleSeen(self.database, helpdesk_of(settings), phrases.languages.codes, utc_now)
        engine = HttpEngine(
            self._engine_session, child.engine_url, child.engine_secret, phrases.language_for, self._people_seen
        )
        self.hub = Hub(self.conversations)
        self._signals = signals_of(self.conversations, self.hub)
        self.telegram = self._telegram_channel(secret)
        self.worker = TurnWorker(
            self.conversations,
            engine,
            self.metrics,
            Listeners([self.hub, *([self.telegram.listener] if self.telegram else [])]),
            clock=utc_now,
            chance=random.Random(),
            patience=Patience(
                notice_after=timedelta(seconds=settings.delay_notice_seconds),
                offer_after=timedelta(seconds=settings.person_offer_seconds),
            ),
            bursts=Bursts(
                quiet=timedelta(seconds=settings.burst_seconds),
                longest=timedelta(seconds=min(4.0, settings.delay_notice_seconds * 0.7)),  # before that notice
            ),
        )
        self.conversations.subscribe(self.hub)
        self.conversations.subscribe(WakesWorker(self.worker))
        self.conversations.subscribe(_WakesMail(self._mail))
        if self.telegram:
            self.conversations.subscribe(self.telegram)
            self._signals.subscribe(self.telegram)
        self._people = at_the_desk(
            settings,
            self.conversations,
            self._shop,
            services.verification,
            services.formatting,
            self._signals,
            self.hub,
            secret,
        )
        self._insights = at_insights(settings, self.conversations, self._people.desk.tools, encoder)
        self._sweeper = Sweeper(self.conversations, every_seconds=min(15.0, settings.idle_minutes * 60 / 4))
        self._health = Health(
            self.database,
            engine,
            self.metrics,
            self.worker,
            lambda: self.hub.open_sockets,
            settings.data_path / "run.json",
            (lambda: channel.state) if (channel := self.telegram) else None,
            self._people.helpdesk_state,
            self._insights.courier.state if self._insights.courier else None,
        )
        actions = ActionRoute(services, child.actions_secret, domain)
        self.public = Starlette(
            routes=[
                *self._web_channel(secret).routes(),
                *(self.telegram.routes() if self.telegram else ()),
                *self._help_centre(phrases.languages, services.formatting),
                self._health.route(),
                *self._people.routes(),
                *self._insights.routes(),
                *(
                    demo_routes(self.database, services.shop, services.formatting, settings.data_path)
                    if settings.demo
                    else ()
                ),
            ],
            middleware=[Middleware(WithHeaders, headers=SECURE_HEADERS)],
            exception_handlers={404: not_found},
        )
        self.internal = Starlette(
            routes=[Route("/actions", actions.__call__, methods=["POST"]), *operations_routes(self._health)]
        )

    def _send_code(self, codes: OneTimeCodes) -> EffectHandler:
        def send_code(unit: Unit, turn: PendingTurn, effect: Mapping[str, Any]) -> None:
            codes.apply_send_code(unit.connection, effect, turn.conversation_id, turn.message_id, unit.now)

        return send_code

    def _help_centre(self, languages: Languages, formatting: Formatting) -> Sequence[BaseRoute]:
        settings = self.settings
        shop = Shop(settings.shop_name, "/" if settings.demo else "/help", settings.locale)
        return help_routes(self._articles, languages, formatting, shop)

    def _telegram_channel(self, secret: str) -> TelegramChannel | None:
        if not self.settings.telegram_token.get_secret_value():
            return None
        from channels.telegram.channel import TelegramChannel  # half a second, only where it is wanted
        from channels.telegram.pacing import Pacing

        return TelegramChannel(
            self.settings,
            self.conversations,
            self._shop,
            PAGES if self.settings.demo else None,
            secret,
            pace=Pacing(time.monotonic),
            clock=utc_now,
            chance=random.Random(),
        )

    def _web_channel(self, secret: str) -> WebChannel:
        settings = self.settings
        tools = SocketTools(
            conversations=self.conversations,
            hub=self.hub,
            tokens=Tokens(secret, settings.identity_secret.get_secret_value(), utc_now, new_id),
            messages=Buckets(settings.messages_per_second, settings.messages_per_second * 3, time.monotonic),
            noise=Buckets(settings.messages_per_second * 20, settings.messages_per_second * 60, time.monotonic),
            longest_text=settings.message_max_chars,
            locale=settings.locale,
            continuations={"telegram": self.telegram.link} if self.telegram else {},
            people=people_shown(settings),
            files=file_links(secret, utc_now),
            signals=self._signals,
        )
        per_second = settings.sessions_per_minute / 60
        sessions = Buckets(per_second, float(settings.sessions_per_minute), time.monotonic)
        return WebChannel(tools, settings.allowed_origins, sessions)

    async def run(self) -> None:
        """Serve until `stop` is called or a signal comes; then finish what runs and close."""
        servers = [
            Server(self.public, self.settings.host, self.settings.port, largest_frame=LARGEST_FRAME_BYTES),
            Server(
                self.internal,
                "127.0.0.1",
                self._child.internal_port,
                largest_frame=LARGEST_FRAME_BYTES,
                behind_proxy=False,
            ),
        ]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        workers: list[Coroutine[Any, Any, None]] = [
            self.worker.run(),
            self.worker.keep_leases(),
            self.hub.run(),
            self._sweeper.run(),
            self._mail.run(),
            self._health.run(),
            self._articles.run(),
            self._people_seen.run(),
            *self._people.workers(),
            *self._insights.workers(),
        ]
        if self.telegram:
            workers.append(self.telegram.run())
        if isinstance(self._shop, HttpShop):
            workers.append(self._shop.run())
        if not self.database.is_sqlite:
            workers.append(RemoteChanges(self.conversations, self.database.url, self._signals).run())
        async with running(workers):
            serving = [asyncio.create_task(server.serve()) for server in servers]
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.wait([stopping, *serving], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            self._people.stop()
            servers[0].should_exit = True  # no new messages; running turns still need the actions
            await asyncio.wait(serving[:1], timeout=STOP_SERVING_SECONDS)
            await self.worker.stop(FINISH_TURNS_SECONDS)
            if self.telegram:
                await self.telegram.stop(FINISH_CALLS_SECONDS)
            await self._people.finish(FINISH_CALLS_SECONDS)
            servers[1].should_exit = True
            await asyncio.wait(serving, timeout=1)
        if self.telegram:
            await self.telegram.close()
        await self._engine_session.close()
        self.database.close()
        log.info("stopped")

    def stop(self) -> None:
        """Ask `run` to end."""
        self._stopping.set()


class _WakesMail:
    """A code should be in the mailbox before the customer has switched to it."""

    def __init__(self, mail: MailWorker) -> None:
        self._mail = mail

    def look_again(self) -> None:
        """The outbox is looked at every second in any case."""

    def changed(self, change: Change) -> None:
        """A code was queued."""
        if "send_code" in change.effects:
            self._mail.wake()


def _record_article(unit: Unit, turn: PendingTurn, effect: Mapping[str, Any]) -> None:
    of_turn = {"conversation_id": turn.conversation_id, "message_id": turn.message_id}
    record(unit.connection, effect, row_id=unit.new_id(), now=unit.now, **of_turn)


def _mail_transport(settings: Settings) -> MailTransport:
    url = settings.smtp_url.get_secret_value()
    return SmtpTransport(url, settings.mail_from, utc_now) if url else DemoTransport()


def _stop_with_parent(stop: Callable[[], None]) -> None:
    """Our standard input closes when the supervisor is gone, however it went; then there is nobody to run for."""
    while sys.stdin.readline():
        continue
    stop()


def _read_child() -> tuple[Child, dict[str, Any]]:
    try:
        told = json.loads(sys.stdin.readline())
        child = Child(
            str(told["engine_url"]), str(told["engine_secret"]), str(told["actions_secret"]), int(told["internal_port"])
        )
        return child, dict(told.get("settings") or {})
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"this process is started by `bellhop up`, which tells it on standard input what it needs ({error!r})"
        ) from None


async def _serve(settings: Settings, child: Child) -> None:
    app = App(settings, child)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.call_soon_threadsafe(app.stop)

    threading.Thread(target=_stop_with_parent, args=(stop,), daemon=True).start()
    await app.run()


def main() -> int:
    """Run the app as a child of the supervisor; returns the exit code."""
    try:
        child, overrides = _read_child()
        settings = load_settings(**overrides)
        set_up_logs(settings.log_level, settings.log_format)
        check_revision(settings.resolved_database_url)
        uvloop.run(_serve(settings, child))
    except DatabaseUnavailable as error:  # it may come back: the supervisor tries again
        print(error, file=sys.stderr)
        return 1
    except (SettingsError, StorageError, DomainError, LanguageError) as error:
        print(error, file=sys.stderr)
        return WRONG_SETTINGS
    return 0


if __name__ == "__main__":
    sys.exit(main())
