"""Messages of ours said once more, and which of them is the question that is open."""

from __future__ import annotations

import pytest

from bot.conversations.models import Choice, Draft
from bot.conversations.repeats import copy_of, open_question
from tests.support.pigeons import Deliveries

CARD = {"type": "order", "title": "W1234567"}


@pytest.fixture
def post(service) -> Deliveries:
    return Deliveries(service)


async def test_a_copy_says_and_offers_the_same_with_buttons_of_its_own(service, post, new_id) -> None:
    offered = (
        Choice(new_id(), "Yes", "/affirm", "yes"),
        Choice(new_id(), "No", "/deny", "no"),
        Choice(new_id(), "?", "x"),
    )
    original = Draft(
        "Shall I?",
        author_kind="agent",
        author_name="Mia",
        kind="offer",
        response="utter_shall_i",
        choices=offered,
        cards=(CARD,),
        expects="confirmation",
    )
    talk = await post.hears("7")
    (said,) = await post.says(talk, original)
    copy = await service.transact(lambda unit: copy_of(unit, said))
    same = [(choice.title, choice.payload, choice.value) for choice in copy.choices]
    assert same == [(choice.title, choice.payload, choice.value) for choice in offered]
    assert not {choice.id for choice in copy.choices} & {choice.id for choice in offered}
    assert (copy.text, copy.author_kind, copy.author_name, copy.kind) == ("Shall I?", "agent", "Mia", "offer")
    assert (copy.response, copy.cards, copy.expects) == ("utter_shall_i", (CARD,), "confirmation")
    await post.says(talk, copy)


def choosing(text: str) -> Draft:
    return Draft(text, choices=(Choice(text, text, "/x"),))


OPEN = [
    ("nothing was said", [], None),
    ("the last that we said", ["one", "two"], "two"),
    ("notices aside", ["one", Draft("wait", author_kind="system", kind="notice")], "one"),
    ("what expects something", [Draft("your number?", expects="order_number"), "by the way"], "your number?"),
    ("what offers something", [choosing("this or that?"), "by the way"], "this or that?"),
    ("the later of two", [choosing("this or that?"), Draft("your number?", expects="order_number")], "your number?"),
    (
        "not a notice with a button",
        ["one", Draft("linked", kind="notice", choices=(Choice("u", "Undo", "/u"),))],
        "one",
    ),
    ("not what was answered since", [choosing("this or that?"), None, "fine"], "fine"),
    ("what was said before an unanswered word", ["one", None], "one"),
]


@pytest.mark.parametrize(("said", "expected"), [case[1:] for case in OPEN], ids=[case[0] for case in OPEN])
async def test_the_open_question_is(service, post, said, expected) -> None:
    talk = await post.hears("7")
    for draft in said:
        if draft is None:
            await post.hears("7", "that")
        else:
            await post.says(talk, draft)
    found = await service.transact(lambda unit: open_question(unit, talk))
    texts = {message.id: message.text for message in await service.messages_after(talk, 0)}
    assert texts.get(found) == expected
