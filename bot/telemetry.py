"""Logs and metrics: what operators see, without a customer's words or identifiers."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_STAGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def set_up_logs(level: str, form: str) -> None:
    """Write structured lines to standard error: one JSON object a line, or for a person at a console."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer()
    )
    processors: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _where_it_failed,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *processors,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=processors,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "uvicorn", "alembic", "rasa_sdk", "asyncio", "websockets"):
        logging.getLogger(noisy).setLevel("WARNING")
    logging.getLogger("telegram").setLevel("CRITICAL")  # it logs whole answers; what fails is logged by us


def _where_it_failed(logger: object, name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """The kind of an exception and the lines it went through: its text may hold a customer's words."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-8:]
        event["error_kind"] = type(error).__name__
        event["where"] = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    return event


class Metrics:
    """Everything that is counted, in one registry (the worker's `Gauge`)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("bellhop_turns", "Turns by outcome", ["outcome"], registry=self.registry)
        self.retries = Counter(
            "bellhop_turn_retries", "Failed tries of turns by reason", ["code"], registry=self.registry
        )
        self.stages = Histogram(
            "bellhop_turn_seconds",
            "Time of a turn by stage",
            ["stage"],
            buckets=_STAGES,
            registry=self.registry,
        )
        self.queue = Gauge("bellhop_turns_active", "Conversations being answered or retried", registry=self.registry)
        self.waiting = Gauge(
            "bellhop_messages_waiting", "Customers' messages without an answer", registry=self.registry
        )
        self.sockets = Gauge("bellhop_web_sockets", "Open web sockets", registry=self.registry)
        self.engine_up = Gauge("bellhop_engine_up", "Whether the engine answers", registry=self.registry)
        self.telegram_up = Gauge(
            "bellhop_telegram_up", "Whether Telegram knows our token and we hear from it", registry=self.registry
        )
        self.restarts = Gauge(
            "bellhop_restarts",
            "Restarts by the supervisor since it started",
            ["process"],
            registry=self.registry,
        )
        self.deliveries = Gauge(
            "bellhop_deliveries", "Our messages by delivery state", ["state"], registry=self.registry
        )
        self.surveys = Gauge("bellhop_surveys", "Surveys by state", ["state"], registry=self.registry)
        self.events = Gauge("bellhop_events", "Events of the stream by state", ["state"], registry=self.registry)
        self.mails = Gauge("bellhop_mails", "E-mails by state", ["state"], registry=self.registry)

    def turn_done(self, outcome: str, *, wait_ms: float, engine_ms: float, actions_ms: float, store_ms: float) -> None:
        """See the worker's `Gauge`."""
        self.turns.labels(outcome).inc()
        if outcome == "answered":
            for stage, spent in (
                ("wait", wait_ms),
                ("engine", engine_ms),
                ("actions", actions_ms),
                ("store", store_ms),
            ):
                self.stages.labels(stage).observe(spent / 1000)

    def turn_retried(self, code: str) -> None:
        """See the worker's `Gauge`."""
        self.retries.labels(code).inc()
