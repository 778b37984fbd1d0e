"""All settings, read from the environment once; the only module that reads it, and no place for decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, NoDecode, SettingsConfigDict

from bot import settings_checks as checks
from bot.settings_insights import InsightSettings
from bot.settings_together import LOOPBACK, together

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "BELLHOP_"
SelfService = Literal[
    "cancel_order",
    "change_order_address",
    "change_order_items",
    "change_order_payment",
    "return_items",
    "exchange_items",
    "change_details",
]


class SettingsError(Exception):
    """A setting that cannot work; its text says which one, why, and how to mend it, in one line each."""


class Settings(InsightSettings, BaseSettings):
    """Every setting, named `BELLHOP_<FIELD>` in the environment or in `.env`.

    Each field's description is what `.env.example` and the documentation say about it.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ROOT / ".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    # The server
    host: str = Field("127.0.0.1", description="Address to listen on. 127.0.0.1 is this machine only.")
    port: int = Field(8080, ge=1, le=65535, description="Port of the shop page, the widget and the web channel.")
    public_url: str = Field(
        "",
        description="How customers reach this server, e.g. https://chat.example.com. Default: http://HOST:PORT.",
    )
    internal_port: int = Field(
        0, ge=0, le=65535, description="Loopback port for actions and /metrics; 0 takes any free one."
    )
    engine_port: int = Field(0, ge=0, le=65535, description="Loopback port of the engine; 0 takes any free one.")
    engine_python: Path = Field(
        Path("bot/engine/.venv/bin/python"), description="The engine's own Python 3.10 interpreter."
    )
    data_dir: Path = Field(Path("var"), description="Folder for the embedded database, the secret and run.json.")
    database_url: str = Field("", description="Empty: SQLite in DATA_DIR. Or postgresql://user:password@host/database.")
    secret: SecretStr = Field(
        SecretStr(""),
        description="Signs visitors' tokens; 32 characters or more. Empty: made once and kept in DATA_DIR/secret.",
    )
    log_format: Literal["json", "console"] = Field("json", description="json or console.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")

    # The shop
    demo: bool = Field(False, description="Serve the demo shop and its mailbox; refused on any address but loopback.")
    shop_name: str = Field("Marlow & Finch", min_length=1, max_length=60, description="The shop's name.")
    shop_url: str = Field("", description="Address of the shop's API (docs/shop-api.md). Empty: the embedded shop.")
    shop_token: SecretStr = Field(SecretStr(""), description="Bearer token for SHOP_URL.")
    shop_timeout_seconds: float = Field(
        2.5,
        gt=0,
        description="Longest time one question to SHOP_URL may take; a change may take twice as long.",
    )
    locale: str = Field(
        "en-GB",
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="Language tag: how dates, money, addresses are written, and what customers are first spoken to in.",
    )
    catalogue_language: str = Field(
        "en", pattern="^[a-z]{2,3}$", description="Language that the products of the catalogue are described in."
    )
    currency: str = Field("GBP", pattern="^[A-Z]{3}$", description="ISO 4217 code for amounts.")
    timezone: str = Field("Europe/London", description="IANA zone in which dates are told to customers.")
    order_number_pattern: str = Field(
        r"#?\s*[Ww]\s*\d{7}", min_length=1, description="Regular expression of an order number as customers type it."
    )
    order_number_prefix: str = Field("#W", description="What a stored order number begins with.")
    self_service: Annotated[tuple[SelfService, ...], NoDecode] = Field(
        get_args(SelfService), description="What customers may do in the chat by themselves, separated by commas."
    )
    cancel_reasons: Annotated[tuple[str, ...], NoDecode] = Field(
        ("no longer needed", "ordered by mistake"),
        min_length=1,
        description="Reasons for which an order may be cancelled, separated by commas.",
    )
    change_items_once: bool = Field(
        True, description="After a change of its items an order can be changed or cancelled no more."
    )
    refund_to: Literal["original", "original_or_gift_card", "any"] = Field(
        "original_or_gift_card", description="Where the money of a return may go."
    )
    return_days: int = Field(30, ge=0, description="Days after delivery in which a return can be asked for; 0: always.")
    exchange_days: int = Field(30, ge=0, description="The same for an exchange.")
    refund_days: str = Field(
        "5-7",
        pattern=r"^\d{1,3}-\d{1,3}$",
        description="Working days until money is back that does not go to a gift card; what customers are told.",
    )

    # The web channel
    web_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins whose pages may embed the widget, separated by commas. PUBLIC_URL always may.",
    )
    identity_secret: SecretStr = Field(
        SecretStr(""),
        description="Shared with the shop's own site to sign identity tokens. Empty: none accepted.",
    )
    message_max_chars: int = Field(4000, ge=100, le=20000, description="Longest message accepted, in characters.")
    messages_per_second: float = Field(
        20.0,
        gt=0,
        le=1000,
        description="Messages a second one visitor may send after a burst of three seconds' worth.",
    )
    sessions_per_minute: int = Field(120, ge=1, description="New web sessions a minute from one address.")

    # Telegram
    telegram_token: SecretStr = Field(
        SecretStr(""), description="Token of a bot, from @BotFather. Empty: no Telegram; nothing of it runs."
    )
    telegram_mode: Literal["polling", "webhook"] = Field(
        "polling",
        description="polling asks Telegram for news and works everywhere; webhook needs an https PUBLIC_URL.",
    )
    telegram_api_url: str = Field("https://api.telegram.org", description="The Bot API; another for one of your own.")
    telegram_file_mb: int = Field(20, ge=0, le=20, description="Largest file of a customer's that is kept, in MB.")
    telegram_phone: Literal["nothing", "identity"] = Field(
        "nothing", description="What a customer's own number, shared on Telegram, proves if one account has it."
    )

    # One customer on several channels
    link_minutes: float = Field(10.0, gt=0, le=60, description="Life of a link to another channel, in minutes.")
    link_keeps: Literal["verified", "matched", "nothing"] = Field(
        "verified", description="How much of what was proven goes along to another channel at most."
    )
    chat_page: str = Field(
        "",
        description="Page with the widget that links from Telegram lead to. Default: the demo's shop, or /help.",
    )

    # Conversations
    idle_minutes: float = Field(30.0, gt=0, description="Silence after which a conversation ends, in minutes.")
    survey_hours: float = Field(72.0, gt=0, description="How long a rating can be given or changed, in hours.")
    delay_notice_seconds: float = Field(
        6.0, gt=0, le=9, description="Waiting time after which the customer hears that it takes a moment."
    )
    person_offer_seconds: float = Field(
        60.0, gt=0, description="Waiting time after which a call back by a person is offered."
    )
    burst_seconds: float = Field(
        0.9,
        ge=0,
        le=3,
        description="Silence after which an uncertain message is answered, in case more is coming; 0 answers at once.",
    )
    action_timeout_seconds: float = Field(8.0, gt=0, le=60, description="Longest time an action may take.")

    # What people do for customers
    business_hours: str = Field(
        "Mon-Fri 08:00-18:00, Sat 09:00-16:00",
        description="When people answer, by the clock of TIMEZONE. With a break: Mon-Fri 09:00-12:00 13:00-17:30.",
    )
    holidays: Annotated[tuple[date, ...], NoDecode] = Field(
        (), description="Days on which nobody answers, separated by commas: 2026-12-25,2026-12-28."
    )
    case_hours: float = Field(
        8.0, gt=0, le=500, description="Business hours within which a person answers a case; what customers are told."
    )
    callback_hours: float = Field(2.0, gt=0, le=500, description="Business hours within which a call back is made.")
    cases_mail: str = Field("", pattern="^$|.+@.+", description="Address that hears of every new case. Empty: none.")

    # The desk
    desk_session_hours: float = Field(
        12.0,
        gt=0,
        le=720,
        description="How long somebody stays signed in at the desk without a sign of life, in hours.",
    )
    desk_file_mb: int = Field(10, ge=0, le=50, description="Largest file that an agent may send, in MB; 0: none.")
    routing: Literal["automatic", "by_hand"] = Field(
        "automatic",
        description="automatic gives waiting customers to whoever has room; by_hand lets agents pick from the queue.",
    )
    agent_capacity: int = Field(4, ge=1, le=50, description="Conversations at once of a new agent.")
    agent_vanishes_seconds: float = Field(
        60.0, gt=0, le=3600, description="Silence of an agent's desk after which they count as away."
    )
    agent_idle_hours: float = Field(
        24.0, gt=0, le=1000, description="Silence after which a conversation with an agent ends, in hours."
    )
    first_reply_minutes: float = Field(
        5.0, gt=0, description="Business time within which a person gives the first reply, in minutes."
    )
    next_reply_minutes: float = Field(15.0, gt=0, description="The same for every later reply.")
    resolution_hours: float = Field(
        8.0, gt=0, description="The same for the end of a handed-over conversation, in hours."
    )
    sla_warning_percent: int = Field(
        75, ge=1, le=99, description="Share of such a time after which the desk warns of the breach."
    )
    follow_up_hours: float = Field(
        16.0, gt=0, le=500, description="Business hours within which somebody follows up a rating of 1 or 2."
    )

    # Another helpdesk
    helpdesk: Literal["desk", "chatwoot"] = Field(
        "desk", description="Where people work on what is handed over: the desk that is built in, or Chatwoot."
    )
    chatwoot_url: str = Field("", description="Address of Chatwoot, like https://chatwoot.example.com.")
    chatwoot_token: SecretStr = Field(SecretStr(""), description="Access token of an agent or administrator of it.")
    chatwoot_account: int = Field(0, ge=0, description="Number of the account in Chatwoot.")
    chatwoot_inbox: int = Field(0, ge=0, description="Number of its inbox of the kind API.")
    chatwoot_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret with which Chatwoot signs its webhooks to PUBLIC_URL/api/chatwoot/webhook."
    )

    # Identity and mail
    code_minutes: float = Field(10.0, gt=0, le=60, description="Life of a one-time code, in minutes.")
    code_attempts: int = Field(5, ge=1, le=10, description="Wrong codes or proofs before a lock.")
    lock_minutes: float = Field(15.0, gt=0, description="Length of that lock, in minutes.")
    verification_minutes: float = Field(30.0, gt=0, description="How long a proven identity holds, in minutes.")
    change_proof: Literal["one_time_code", "email_postcode", "name_postcode"] = Field(
        "one_time_code",
        description="What opens an account beside a code: nothing, e-mail and postcode, or that and name and postcode.",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="smtp://user:password@host:587 (STARTTLS), or smtps://…:465. Empty: the demo's mailbox.",
    )
    mail_from: str = Field("help@marlow-finch.example", pattern=".+@.+", description="Sender of e-mails.")

    @field_validator("web_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        return (
            tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("web_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
                raise ValueError(f"{origin!r} is no origin; write it like https://shop.example.com")
        return value

    @field_validator("holidays", "self_service", "cancel_reasons", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    _check_business_hours = field_validator("business_hours")(checks.business_hours)

    _check_public_url = field_validator("public_url")(checks.public_url)

    _check_telegram_token = field_validator("telegram_token")(checks.telegram_token)

    _check_address = field_validator("shop_url", "telegram_api_url", "chat_page", "chatwoot_url", "events_url")(
        checks.address
    )

    _check_shop_token = field_validator("shop_token")(checks.shop_token)

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str) -> str:
        if value and not re.match(r"^(sqlite:///|postgres(ql)?(\+psycopg)?://)", value):
            raise ValueError("only sqlite:///FILE and postgresql://user:password@host/database are supported")
        try:
            _ = urlsplit(value).port
        except ValueError as error:
            raise ValueError(f"its port is none ({error}); write it like postgresql://…@host:5432/database") from error
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", value)

    _check_smtp_url = field_validator("smtp_url")(checks.smtp_url)

    _check_pattern = field_validator("order_number_pattern")(checks.pattern)

    _check_locale = field_validator("locale")(checks.locale)

    _check_timezone = field_validator("timezone")(checks.timezone)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        for wrong, sentence in together(self):
            if wrong:
                raise ValueError(sentence)
        return self

    @property
    def base_url(self) -> str:
        """The address customers use, without a final slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def chat_page_url(self) -> str:
        """The page that a link from another channel leads to."""
        return self.chat_page or (self.base_url + ("/" if self.demo else "/help"))

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins whose pages may talk to the web channel."""
        own = {self.base_url}
        if self.host in LOOPBACK:
            own |= {f"http://{name}:{self.port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        return frozenset(own | set(self.web_origins))

    @property
    def people_hours(self) -> str:
        """When people answer: the business hours; in a demo without any of its own always, so that it can be tried."""
        always = self.demo and "business_hours" not in self.model_fields_set
        return "Mon-Sun 00:00-24:00" if always else self.business_hours

    @property
    def data_path(self) -> Path:
        """`data_dir`, absolute; a relative one is below the project's root."""
        return ROOT / self.data_dir

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy address of the database."""
        return self.database_url or f"sqlite:///{self.data_path / 'bellhop.db'}"


def load_settings(**overrides: object) -> Settings:
    """Read and check the settings.

    Args:
        overrides: fields that win over the environment (command-line options).

    Raises:
        SettingsError: one line for each setting that cannot work.
    """
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_url=False, include_context=False):
            name = PREFIX + str(problem["loc"][0]).upper() + ": " if problem["loc"] else ""
            lines.append(name + problem["msg"].removeprefix("Value error, "))
        raise SettingsError("\n".join(lines)) from None


def as_written() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What the environment and `.env` say, by field and unchecked: for telling people where a value comes from."""
    return EnvSettingsSource(Settings)(), DotEnvSettingsSource(Settings)()
