"""The conversation core as the settings say: the same for the app and for commands that change conversations.

What only the app has, such as the engine and the channels, is wired in `bot.app`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.cases.cases import CaseBook
from bot.cases.promises import promises_of
from bot.conversations.phrases import Phrases
from bot.conversations.service import Conversations, ProofHandler
from bot.conversations.turns import EffectHandler
from bot.conversations.unit import Rules
from bot.handoff.people import people_of
from bot.helpdesk.built_in import BuiltIn, built_in
from bot.helpdesk.chatwoot.desk import ChatwootDesk, chatwoot_desk
from bot.languages.languages import shipped_languages
from bot.orders.formatting import Formatting
from bot.privacy.tombstones import FILE, Tombstones
from bot.settings import ROOT, Settings
from bot.storage.database import Database

DOMAIN = ROOT / "domain.yml"
PRIVACY_ARTICLE = "your-data"  # the help centre's


def phrases_of(settings: Settings, domain: Mapping[str, Any]) -> Phrases:
    """The sentences of the app, out of the loaded domain.

    Raises:
        DomainError: the domain cannot serve the app.
        LanguageError: a language of ours cannot.
    """
    return Phrases(domain["responses"], shipped_languages(), settings.locale)


def case_book_of(settings: Settings, database: Database) -> CaseBook:
    """Cases, with what the shop promises and whom it tells."""
    formatting = Formatting(settings.locale, settings.currency, settings.timezone)
    return CaseBook(database, promises_of(settings, formatting), new_id=new_id, mail_to=settings.cases_mail)


def conversations_of(
    settings: Settings,
    database: Database,
    phrases: Phrases,
    cases: CaseBook,
    *,
    effect_handlers: Mapping[str, EffectHandler],
    on_proof: ProofHandler | None = None,
) -> Conversations:
    """The door to conversations, for a process of its own among those on `database`."""
    return Conversations(
        database,
        phrases,
        rules_of(settings),
        cases,
        clock=utc_now,
        new_id=new_id,
        effect_handlers=effect_handlers,
        instance=new_id(),
        on_proof=on_proof,
        people=people_of(settings, helpdesk_of(settings)),
    )


def helpdesk_of(settings: Settings) -> BuiltIn | ChatwootDesk:
    """Where people work."""
    return chatwoot_desk(settings) if settings.helpdesk == "chatwoot" else built_in(settings)


def rules_of(settings: Settings) -> Rules:
    """The times and limits that conversations keep to."""
    return Rules(
        idle_after=timedelta(minutes=settings.idle_minutes),
        survey_window=timedelta(hours=settings.survey_hours),
        order_number_pattern=settings.order_number_pattern,
        order_number_prefix=settings.order_number_prefix,
        link_lives=timedelta(minutes=settings.link_minutes),
        link_keeps=settings.link_keeps,
        chat_page=settings.chat_page_url,
        survey_reminder=timedelta(hours=settings.survey_reminder_hours) or None,
        nps_percent=settings.nps_percent,
        ces_percent=settings.ces_percent,
        review_invitations=settings.review_invitations,
        privacy_page=f"{settings.base_url}/help/{PRIVACY_ARTICLE}",
    )


def tombstones_of(settings: Settings) -> Tombstones:
    """Whom we have forgotten, beside the data."""
    return Tombstones(settings.data_path / FILE, utc_now)


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def new_id() -> str:
    """A fresh identifier of 32 characters."""
    return uuid.uuid4().hex
