"""Settings fail loudly, in one line that says which, why and how to mend it."""

from __future__ import annotations

import pytest

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
        ("DATABASE_URL", "sqlite:///:memory:", "names no file"),
        ("PUBLIC_URL", "chat.example.com", "write it like https://chat.example.com"),
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
