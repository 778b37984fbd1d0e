"""Questions are answered from the articles as they are now, with vectors or without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.knowledge.answers import LOOK_EVERY_SECONDS, Articles
from bot.knowledge.encoding import ENGLISH, MULTILINGUAL, VectorCache
from bot.knowledge.library import Library
from tests.support.articles import FakeEncoder, write_article

RETURNS = """You can send back anything unused within 30 days.

## What a return costs

Nothing: we pay for the label.

## When the refund comes

We refund within two working days of the parcel's arrival.
"""


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    write_article(folder, "returns", RETURNS, title="Returns", languages="[en, de]")
    write_article(folder, "payment", "Pay by card or with PayPal.", title="Ways to pay", topic="payment")
    write_article(folder, "de/returns", "Sie haben 30 Tage Zeit für eine Rückgabe.", title="Rückgabe")
    return folder


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def articles(folder: Path, encoder: FakeEncoder, tmp_path: Path, seconds: Seconds) -> Articles:
    vectors = VectorCache(tmp_path / "data")
    return Articles(Library(folder), encoder, vectors, "https://shop.example", languages=("en", "de"), clock=seconds)


async def test_the_answer_is_the_passage_with_its_address(articles: Articles) -> None:
    await articles.make_vectors()
    answer = await articles.answer("what does a return cost", "en")
    assert answer is not None
    assert (answer.slug, answer.title, answer.heading) == ("returns", "Returns", "What a return costs")
    assert answer.passage == "Nothing: we pay for the label."
    assert answer.url == "https://shop.example/help/returns#what-a-return-costs"


@pytest.mark.parametrize("question", ["who won the football", "", "   ", "?", "7", "x" * 4000])
async def test_what_no_article_answers_is_not_answered(articles: Articles, question: str) -> None:
    await articles.make_vectors()
    assert await articles.answer(question, "en") is None


async def test_without_an_encoder_words_alone_answer(articles: Articles, encoder: FakeEncoder) -> None:
    encoder.up = False
    assert not await articles.make_vectors()
    answer = await articles.answer("what does a return cost", "en")
    assert answer is not None
    assert answer.heading == "What a return costs"


async def test_a_question_is_answered_in_its_language(articles: Articles) -> None:
    await articles.make_vectors()
    answer = await articles.answer("Wie lange habe ich Zeit für eine Rückgabe?", "de")
    assert answer is not None
    assert (answer.language, answer.url) == ("de", "https://shop.example/help/returns?lang=de")


async def test_what_is_not_translated_is_found_in_english(articles: Articles) -> None:
    await articles.make_vectors()
    answer = await articles.answer("pay paypal", "de")
    assert answer is not None
    assert (answer.slug, answer.language) == ("payment", "en")


async def test_each_language_has_its_encoder(articles: Articles, encoder: FakeEncoder) -> None:
    await articles.make_vectors()
    encoder.asked.clear()
    await articles.answer("pay by card", "en")
    await articles.answer("pay by card", "de")
    assert [name for name, _, _ in encoder.asked] == [ENGLISH, MULTILINGUAL]


async def test_while_passages_have_no_vectors_a_question_waits_for_none(
    articles: Articles, encoder: FakeEncoder
) -> None:
    assert await articles.answer("pay by card", "en") is not None
    assert encoder.asked == []


async def test_an_edit_answers_within_a_second(articles: Articles, folder: Path, seconds: Seconds) -> None:
    await articles.make_vectors()
    await articles.answer("can I pay by cheque", "en")
    path = write_article(folder, "payment", "Pay by cheque.", title="Ways to pay", topic="payment")
    os.utime(path, ns=(0, 0))
    seconds.now += LOOK_EVERY_SECONDS
    answer = await articles.answer("can I pay by cheque", "en")
    assert answer is not None
    assert answer.passage == "Pay by cheque."


async def test_passages_are_encoded_once_and_kept(
    articles: Articles, folder: Path, encoder: FakeEncoder, tmp_path: Path
) -> None:
    assert await articles.make_vectors()
    asked = len(encoder.asked)
    again = Articles(Library(folder), encoder, VectorCache(tmp_path / "data"), "", languages=("en", "de"))
    assert await again.make_vectors()
    assert len(encoder.asked) == asked


async def test_others_come_close_and_are_other_articles(articles: Articles) -> None:
    await articles.make_vectors()
    others = await articles.others("pay by card or paypal for a return", "en", "returns")
    assert [answer.slug for answer in others] == ["payment"]


async def test_a_topic_that_is_asked_for_comes_first(articles: Articles, folder: Path, seconds: Seconds) -> None:
    write_article(folder, "invoices", "Pay by card or with PayPal.", title="Ways to pay", topic="invoices")
    for topic, slug in (("invoices", "invoices"), ("payment", "payment")):
        answer = await articles.answer("ways to pay by card", "en", (topic,))
        assert answer is not None
        assert answer.slug == slug


async def test_no_articles_are_no_answers(tmp_path: Path, encoder: FakeEncoder) -> None:
    articles = Articles(Library(tmp_path / "none"), encoder, VectorCache(tmp_path), "")
    assert await articles.make_vectors()
    assert await articles.answer("anything", "en") is None


REGIONS = """We deliver to Spain, Jersey and the UK.

## Spain

Delivery to Spain costs £13.

## Jersey

Delivery to Jersey costs £8.
"""


@pytest.mark.parametrize(
    ("question", "heading"),
    [("can you post it to the iberian peninsula", "Spain"), ("how much is delivery to Jersey", "Jersey")],
)
async def test_a_question_is_credited_to_the_section_it_is_written_under(
    articles: Articles, folder: Path, seconds: Seconds, question: str, heading: str
) -> None:
    asked = "[{Spain: [can you post it to the iberian peninsula]}]"
    write_article(folder, "regions", REGIONS, title="Regions", topic="shipping", questions=asked)
    seconds.now += LOOK_EVERY_SECONDS
    await articles.make_vectors()
    answer = await articles.answer(question, "en")
    assert answer is not None
    assert answer.heading == heading


async def test_a_place_that_no_passage_names_gets_no_other_places_price(
    articles: Articles, folder: Path, seconds: Seconds
) -> None:
    write_article(folder, "regions", REGIONS, title="Regions", topic="shipping")
    seconds.now += LOOK_EVERY_SECONDS
    await articles.make_vectors()
    assert await articles.answer("how much is delivery to Japan", "en") is None
