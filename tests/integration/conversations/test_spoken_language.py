"""The app's own sentences come in the conversation's language, which the engine decides and the app keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.conversations.errors import EngineError, Refused
from bot.conversations.models import PendingTurn, Reply, TurnResult
from bot.conversations.phrases import Phrases, load_domain
from bot.settings import ROOT
from bot.storage import tables
from tests.support.core import FakeEngine

BYE = (Reply("Tschüss!", custom={"effects": [{"type": "end", "reason": "done"}]}),)


class GermanEngine(FakeEngine):
    """Finds that every message is German, whatever the page said."""

    async def run(self, turn: PendingTurn, history: list[dict[str, object]]) -> TurnResult:
        return replace(await super().run(turn, history), language="de")


@pytest.fixture
def phrases() -> Phrases:
    return Phrases(load_domain(ROOT / "domain.yml")["responses"])


@pytest.fixture
def engine() -> GermanEngine:
    engine = GermanEngine()
    engine.scripted["tschüss"] = [BYE]
    return engine


async def locale_of(database, conversation: str) -> str:  # type: ignore[no-untyped-def]
    query = sa.select(tables.conversations.c.locale).where(tables.conversations.c.id == conversation)
    return await database.read(lambda connection: connection.execute(query).scalar_one())  # type: ignore[no-any-return]


async def last_text(service, conversation: str) -> str:  # type: ignore[no-untyped-def]
    return (await service.messages_after(conversation, 0))[-1].text  # type: ignore[no-any-return]


async def test_the_language_of_a_turn_becomes_the_conversations(database, worker, ann) -> None:
    receipt = await ann.types("wo ist meine Bestellung")
    await worker.stop(2)
    assert await locale_of(database, receipt.conversation_id) == "de"


async def test_the_rating_is_asked_for_thanked_for_and_commented_in_it(service, worker, ann) -> None:
    conversation = (await ann.types("tschüss")).conversation_id
    await worker.stop(2)
    assert (await last_text(service, conversation)).startswith("Bevor Sie gehen: Wie war ich heute?")
    await ann.types("vier von fünf")
    asked = (await service.messages_after(conversation, 0))[-1]
    assert asked.text.startswith("Danke für die 4!")
    assert [choice["title"] for choice in asked.choices] == ["Nein, danke"]
    await ann.types("nein danke")
    assert await last_text(service, conversation) == "In Ordnung. Nochmals danke und bis bald!"


async def test_a_button_whose_time_is_over_is_refused_in_it(service, worker, ann) -> None:
    conversation = (await ann.types("tschüss")).conversation_id
    await worker.stop(2)
    with pytest.raises(Refused) as refused:
        await ann.taps("no-such-choice")
    assert refused.value.sentence.startswith("Diese Schaltfläche")
    assert conversation


async def test_a_turn_that_fails_says_so_in_it(service, engine, worker, ann) -> None:
    conversation = (await ann.types("wo ist meine Bestellung")).conversation_id
    engine.scripted["noch eine"] = [EngineError("turn_failed", "x", retryable=False)] * 3
    await worker.stop(2)
    await ann.types("noch eine")
    await worker.stop(3)
    failed = (await service.messages_after(conversation, 0))[-1]
    assert failed.text.startswith("Entschuldigung, darauf konnte ich keine Antwort finden")
    assert [choice["title"] for choice in failed.choices] == ["Mit einem Menschen sprechen"]


async def test_a_page_of_a_language_we_lack_is_spoken_to_in_the_shops(database, service) -> None:
    phrases = Phrases(load_domain(ROOT / "domain.yml")["responses"], locale="es-ES")
    assert phrases.language_for("it-IT") == "es"
    assert phrases.say("utter_app_comment_thanks", locale="it-IT").text.endswith("¡Hasta pronto!")
