"""Settings fail loudly, in one line that says which, why and how to mend it."""

from __future__ import annotations

from datetime import date

import pytest

from bot.cases.hours import BusinessHours
from bot.orders.http_calls import CHANGE_TAKES
from bot.settings import SettingsError, load_settings


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "99999", "BELLHOP_PORT"),
        ("PORT", "eighty", "BELLHOP_PORT"),
        ("LOCALE", "xx-YY", "write it like en-GB"),
        ("DATABASE_URL", "postgresql://host:abc/bellhop", "its port is none"),
        ("DATABASE_URL", "mysql://x", "only sqlite:///FILE and postgresql://"),
        ("WEB_ORIGINS", "shop.example", "write it like https://shop.example.com"),
        ("SECRET", "short", "32 characters or more"),
        ("HOST", "0.0.0.0", "BELLHOP_DEMO"),
        ("TIMEZONE", "Mars/Olympus", "write it like Europe/Berlin"),
        ("ORDER_NUMBER_PATTERN", "[", "no regular expression"),
        ("CURRENCY", "pounds", "BELLHOP_CURRENCY"),
        ("SMTP_URL", "mail.example.com", "smtp://user:password@mail.example.com:587"),
        ("DELAY_NOTICE_SECONDS", "30", "BELLHOP_DELAY_NOTICE_SECONDS"),
        ("INTERNAL_PORT", "8080", "must differ"),
        ("EVENTS_URL", "https://warehouse.example.com/hooks", "needs a BELLHOP_EVENTS_SECRET"),
        ("EVENTS_URL", "warehouse", "write it like https://"),
        ("DATABASE_URL", "sqlite:///:memory:", "names no file"),
        ("PUBLIC_URL", "chat.example.com", "write it like https://chat.example.com"),
        ("BUSINESS_HOURS", "9 to 5", "write it like Mon-Fri 09:00-17:30"),
        ("BUSINESS_HOURS", "Mon-Fri 17:00-09:00", "write it like Mon-Fri 09:00-17:30"),
        ("BUSINESS_HOURS", "Mon-Fri 09:00-24:30", "write it like Mon-Fri 09:00-17:30"),
        ("BUSINESS_HOURS", "", "write it like Mon-Fri 09:00-17:30"),
        ("HOLIDAYS", "25.12.2026", "BELLHOP_HOLIDAYS"),
        ("CASE_HOURS", "0", "BELLHOP_CASE_HOURS"),
        ("CASES_MAIL", "the desk", "BELLHOP_CASES_MAIL"),
        ("SHOP_URL", "shop.example.com", "write it like https://shop.example.com/bellhop"),
        ("SHOP_URL", "https://u:p@shop.example.com", "holds a password"),
        ("SHOP_URL", "https://shop.example.com", "BELLHOP_DEMO has a shop of its own"),
        ("SHOP_TOKEN", "two words", "visible ASCII"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    monkeypatch.setenv("BELLHOP_DEMO", "1")
    monkeypatch.setenv(f"BELLHOP_{name}", value)
    with pytest.raises(SettingsError, match=says) as error:
        load_settings()
    assert len(str(error.value).splitlines()) == 1


def test_without_mail_only_the_demo_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BELLHOP_DEMO", raising=False)
    with pytest.raises(SettingsError, match="BELLHOP_SMTP_URL"):
        load_settings()
    assert load_settings(smtp_url="smtp://localhost:25").smtp_url.get_secret_value() == "smtp://localhost:25"


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLHOP_PORT", "9000")
    assert load_settings(demo=True, port=9001).port == 9001
    assert load_settings(demo=True, port=None).port == 9000


def test_origins_are_split_and_the_own_address_is_one() -> None:
    settings = load_settings(demo=True, web_origins="https://a.example, https://b.example/", port=8090)
    assert {"https://a.example", "https://b.example", "http://127.0.0.1:8090"} <= settings.allowed_origins


def test_a_plain_postgresql_address_gets_its_driver() -> None:
    settings = load_settings(demo=True, database_url="postgresql://u:p@h/d")
    assert settings.resolved_database_url == "postgresql+psycopg://u:p@h/d"


def test_a_shop_of_ones_own_needs_a_token_and_time_for_a_question_and_a_change() -> None:
    own = {"smtp_url": "smtp://localhost:25", "shop_url": "https://shop.example.com/bellhop/"}
    with pytest.raises(SettingsError, match="BELLHOP_SHOP_TOKEN is empty"):
        load_settings(**own)
    with pytest.raises(SettingsError, match="less than a third of BELLHOP_ACTION_TIMEOUT_SECONDS"):
        load_settings(**own, shop_token="t", shop_timeout_seconds=2.7)
    settings = load_settings(**own, shop_token="t")
    assert settings.shop_url == "https://shop.example.com/bellhop"
    assert settings.shop_timeout_seconds * (1 + CHANGE_TAKES) < settings.action_timeout_seconds


def test_holidays_are_split_into_days() -> None:
    assert load_settings(demo=True, holidays="2026-12-25, 2026-12-28").holidays == (
        date(2026, 12, 25),
        date(2026, 12, 28),
    )
    assert load_settings(demo=True).holidays == ()


@pytest.mark.parametrize(
    "hours", [None, "mon-fri 08:00-12:00 13:00-17:30,Sat 10:00-14:00", "Mon-Sun 00:00-24:00", "Sun-Thu 09:00-17:00"]
)
def test_hours_that_are_accepted_can_be_counted_with(hours: str | None) -> None:
    settings = load_settings(demo=True, business_hours=hours)
    assert BusinessHours.parse(settings.business_hours, settings.timezone, settings.holidays)
