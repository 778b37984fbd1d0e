"""The conversation core as the settings say."""

from __future__ import annotations

from datetime import timedelta

from bot.composing import rules_of
from bot.settings import load_settings


def test_conversations_keep_to_the_rules_of_the_settings() -> None:
    settings = load_settings(
        demo=True, public_url="", idle_minutes=7, survey_hours=5, link_minutes=3, link_keeps="matched"
    )
    rules = rules_of(settings)
    assert (rules.idle_after, rules.survey_window) == (timedelta(minutes=7), timedelta(hours=5))
    assert (rules.link_lives, rules.link_keeps) == (timedelta(minutes=3), "matched")
    assert rules.order_number_pattern == settings.order_number_pattern
    assert rules.privacy_page == f"{settings.base_url}/help/your-data"
