"""Whatever a request can come to has its words, with everything in them filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any

import pytest
from ruamel.yaml import YAML

from actions.request_words import CHOSEN, RequestWords, Said, chosen_in
from bot.conversations.phrases import load_domain
from bot.languages.languages import FOLDER
from bot.orders.changes import KINDS as CHANGES
from bot.orders.changes import Reason, Refusal
from bot.orders.formatting import Formatting
from bot.orders.models import OrderItem, OrderStatus, PaymentKind, PaymentMethod
from bot.orders.paying import payment_in_sentence, payment_words
from bot.orders.policy import ShopPolicy
from bot.self_service.deciding import Kind, Step, next_step
from bot.self_service.notes import Note
from bot.self_service.request import KINDS, Request, Task
from bot.self_service.talking import asking, note_of
from bot.self_service.world import EXCHANGE, World
from bot.settings import ROOT
from tests.support.asked_shop import (
    CARD,
    DELIVERED,
    GIFT,
    JO,
    JOS,
    NEW,
    PENDING,
    POUCH,
    PRODUCTS,
    SECOND,
    item,
    only,
    request,
    world,
)

FORMATTING = Formatting("en-GB", "GBP", "Europe/London")
INK = next(version for product in PRODUCTS for version in product.variants if version.id == "lamp-ink")
DETAILS = {
    Refusal.NOT_PENDING: {"status": "pending (items modified)"},
    Refusal.NOT_DELIVERED: {"status": "pending (items modified)"},
    Refusal.ALREADY_REQUESTED: {"status": "exchange requested"},
    Refusal.TOO_LATE: {"days": "30"},
    Refusal.NOTHING_GIVEN: {"missing": "postcode"},
    Refusal.GIFT_CARD_TOO_LOW: {"balance": "5.00", "needed": "7.50"},
    Refusal.OTHER_PRODUCT: {"item_id": "lamp-sand", "new_item_id": "mug-moss"},
}
NOTES: dict[str, dict[str, object]] = {
    "unknown_order": {"number": PENDING},
    "no_such_version": {"item": item("lamp-sand"), "missing": ("purple",)},
    "version_sold_out": {"item": item("lamp-sand"), "versions": (INK,)},
    "no_fitting_version": {"item": item("lamp-sand")},
    **{name: {} for name in ("reason_not_accepted", "stale_yes", "unclear_yes", "past_choice", "nothing_before")},
    "not_allowed_other_product": {},
}
_CHANGEABLE = ("address", "items", "payment", "details")
FIXED = (
    *("known", "back", "dropped", "shop_away", "outcome_unknown", "not_resent"),
    *("not_understood", "missing", "why"),
    "note_not_allowed_unknown_customer",
)


@cache
def responses(language: str) -> dict[str, Any]:
    """What the bot says in a language, by names."""
    if language == "en":
        return load_domain(ROOT / "domain.yml")["responses"]  # type: ignore[no-any-return]
    read = YAML(typ="safe").load((FOLDER / language / "responses.yml").read_text(encoding="utf-8"))
    return dict(read["responses"])


LANGUAGES = ["en", *sorted(path.parent.name for path in FOLDER.glob("*/responses.yml"))]
WORDS = RequestWords(FORMATTING, responses("en"))


def lacking(said: Said, language: str) -> list[str]:
    """What is not there to say it: the response itself, or a value that goes into one of its wordings."""
    if said.response not in responses(language):
        return [said.response]
    wordings = [said.response + ending for ending in ("", "_again", "_more")]
    texts = [variant["text"] for name in wordings for variant in responses(language).get(name, ())]
    return [
        f"{said.response}: {name}" for text in texts for name in re.findall(r"{(\w+)}", text) if name not in said.words
    ]


def steps() -> Iterator[tuple[Step, World]]:
    """What comes next for requests of every task, about every order, with ever more in them."""
    shop = world()
    whats = {task: (None, *KINDS.get(task, ())) for task in Task}
    for task, order in product(Task, (None, *JOS)):
        number = order.number if order else None
        for what, payment, picked in product(whats[task], (None, CARD, GIFT), ((), (0,))):
            asked = request(task, number, what=what, payment=payment, picked=picked)
            yield from _on(asked, shop)
            yield from _on(replace(asked, reason="no longer needed", address=NEW, phone="020"), shop)
            yield from _on(replace(asked, picking=True), shop)
            if order and task is Task.SWAP:
                yield from _on(replace(asked, wanted={0: "lamp-sage" if number == PENDING else "mug-dusk"}), shop)
    for asked in (
        request(Task.RETURN, DELIVERED, unsure=(0, 1)),
        request(Task.ADDRESS, PENDING, partial=NEW),
        request(Task.SWAP, POUCH),
        request(Task.SWAP, SECOND, picked=(0,), wanted={0: "mug-dusk"}, payment=CARD),
        request(Task.SWAP, SECOND, picked=(0,), wanted={0: "mug-moss"}),
        request(Task.CANCEL, PENDING, picked=(0,)),
        request(Task.PROFILE, what="address", address=NEW),
    ):
        yield from _on(asked, shop)
    one_card = replace(JO, payment_methods=JO.payment_methods[:1])
    yield from _on(request(Task.PAYMENT, PENDING), world(customer=one_card))
    for task, orders in product(Task, ((), only(PENDING), JOS)):
        yield from _on(request(task), world(orders))
        yield from _on(request(task), world(orders, policy=nothing_offered()))


def _on(asked: Request, shop: World) -> Iterator[tuple[Step, World]]:
    step = next_step(asked, shop)
    yield step, shop
    if step.kind is Kind.SUMMARY:
        yield replace(step, request=replace(step.request, declined=True)), shop


def nothing_offered() -> ShopPolicy:
    offered = ("cancelling", "returning", "exchanging", *(f"changing_{what}" for what in _CHANGEABLE))
    nothing: dict[str, Any] = dict.fromkeys(offered, False)
    return replace(ShopPolicy(), **nothing)


def everything_said() -> Iterator[Said]:
    """All that the code can have said about a request."""
    for step, shop in steps():
        if step.kind is Kind.CASE:
            yield Said(f"utter_request_case_{step.topic}", {"number": "", "promise": ""})
        yield WORDS.refused(step, step.request) if step.kind is Kind.REFUSED else WORDS.step(step, shop)
        yield from (WORDS.note(note_of(reason, step.request)) for reason in step.notes)
        if step.plan:
            yield WORDS.done(step.plan, shop)
            yield WORDS.done(replace(step.plan, refund_to_gift_card=True), shop)
    for refusal, task in product(Refusal, Task):
        asked = request(task, PENDING)
        reason = Reason(refusal, DETAILS.get(refusal, {}))
        yield WORDS.note(note_of(reason, asked))
        yield WORDS.refused(Step(Kind.REFUSED, asked, about={"reason": reason, "number": PENDING}), asked)
    yield from (WORDS.note(Note(topic, about)) for topic, about in NOTES.items())
    yield from (Said(f"utter_request_{name}", {"request": ""}) for name in FIXED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_a_request_can_come_to_has_its_words(language: str) -> None:
    assert sorted({part for said in everything_said() for part in lacking(said, language)}) == []


def test_every_kind_of_step_question_and_change_is_among_what_was_walked_through() -> None:
    walked = list(steps())
    assert {step.kind for step, _ in walked} == set(Kind)
    assert {
        name.rpartition("summary_")[2] for said in everything_said() if "summary_" in (name := said.response)
    } == set(CHANGES)


def test_every_note_that_the_code_names_is_known() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in (
            *(ROOT / "bot" / "self_service").glob("*.py"),
            *(ROOT / "actions").glob("request*.py"),
        )
    )
    assert set(re.findall(r'(?:_say|Note)\("([a-z_]+)"', sources)) == set(NOTES)


def test_no_words_about_requests_are_left_over() -> None:
    said = {said.response for said in everything_said()}
    known = {name for name in responses("en") if name.startswith("utter_request_")}
    endings = {name + ending for name in said for ending in ("", "_again", "_more")}
    assert sorted(known - endings - {"utter_request_refused"}) == []


# -- labels ----------------------------------------------------------------------------------------------------------


def test_every_label_that_is_named_is_there() -> None:
    labels = YAML(typ="safe").load((FOLDER / "en" / "labels.yml").read_text(encoding="utf-8"))
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "actions").glob("*.py"))
    named = set(re.findall(r'label\(\s*"([a-z_]+)"', sources))
    named |= {f"task_{task}" for task in Task} | {f"task_{EXCHANGE}"}
    named |= {f"summary_{kind}" for kind in CHANGES}
    named |= {f"status_{status.in_names}" for status in OrderStatus}
    named |= {choice.subject for step, _ in steps() for choice in step.choices if isinstance(choice.subject, str)}
    named |= {f"field_{name}" for name in re.findall(r'^\s+\(?"([a-z_]+)",', _fields_of_the_summary(), re.M)}
    assert sorted(named - set(labels)) == []


def _fields_of_the_summary() -> str:
    source = (ROOT / "actions" / "request_words.py").read_text(encoding="utf-8")
    return source.partition("fields = [")[2].partition("]\n")[0]


def test_a_reason_of_the_shops_own_is_said_as_its_setting_writes_it() -> None:
    step = next_step(request(Task.CANCEL, PENDING), world(policy=ShopPolicy(cancel_reasons=("found it cheaper",))))
    assert WORDS.step(step, world()).buttons[0]["title"] == "Found it cheaper"


# -- buttons and cards -----------------------------------------------------------------------------------------------


def said_for(asked: Request) -> Said:
    step = next_step(asked, world())
    return WORDS.step(replace(step, request=asking(step)), world())


def chosen(button: dict[str, str]) -> tuple[str, str, str, int | None] | None:
    return chosen_in([json.loads(button["payload"].removeprefix("/choose"))[CHOSEN]])


@pytest.mark.parametrize(
    ("asked", "titles", "values"),
    [
        (
            request(Task.CANCEL),
            [f"{PENDING}: Desk Lamp and Kettle", f"{SECOND}: Mug"],
            [("r1", "order_number", PENDING, None), ("r1", "order_number", SECOND, None)],
        ),
        (
            request(Task.SWAP, PENDING, picked=(0,)),
            ["sage · £75.50"],
            [("r1", "variant", "lamp-sage", 0)],
        ),
        (
            request(Task.PAYMENT, PENDING),
            ["PayPal"],
            [("r1", "payment_method", "paypal-1", None)],
        ),
    ],
)
def test_a_button_says_what_it_stands_for_and_for_whom(asked: Request, titles: list[str], values: list[object]) -> None:
    buttons = said_for(asked).buttons
    assert [button["title"] for button in buttons] == titles
    assert [chosen(button) for button in buttons] == values


def test_a_yes_stands_for_the_summary_it_is_below() -> None:
    asked = request(Task.CANCEL, PENDING, reason="no longer needed")
    mark = asking(next_step(asked, world())).summary
    assert [chosen(button) for button in said_for(asked).buttons] == [
        ("r1", "confirmation", f"yes:{mark}", None),
        ("r1", "confirmation", f"no:{mark}", None),
    ]


@pytest.mark.parametrize("value", ["", "a", "a|b", "a|b|c", "a|b|c|d|e"])
def test_what_no_button_of_ours_says_is_no_choice(value: str) -> None:
    assert chosen_in([value]) is None
    assert chosen_in([]) is None


@pytest.mark.parametrize("place", ["", "x", "-1", "²", "1.5"])
def test_a_place_that_is_no_number_is_none(place: str) -> None:
    assert chosen_in([f"a|b|c|{place}"]) == ("a", "b", "c", None)


def test_the_summary_shows_what_is_swapped_with_the_difference_in_price() -> None:
    asked = request(Task.SWAP, PENDING, picked=(0,), wanted={0: "lamp-sage"}, payment=CARD)
    (card,) = said_for(asked).cards
    assert [(row["title"], row["detail"], row["price"]) for row in card["items"]] == [
        ("Desk Lamp", "sand → sage", "£75.50")
    ]
    fields = {field["label"]: field["value"] for field in card["fields"]}
    assert fields["Difference in price"] == "you pay £7.50 more"
    assert fields["Payment method"] == "Visa ending in 4242"


def test_the_summary_of_a_return_shows_each_of_two_of_a_kind_and_the_refund() -> None:
    (card,) = said_for(request(Task.RETURN, DELIVERED, picked=(0, 2), payment=CARD)).cards
    assert [row["title"] for row in card["items"]] == ["Mug", "Mug"]
    assert {"label": "Refund", "value": "£24.00", "href": None} in card["fields"]


def test_a_choice_that_is_yes_or_no_is_said_with_its_name() -> None:
    lamp = OrderItem("x", "lamp", "Desk Lamp", {"dimmable": "yes", "colour": "sand"}, item("lamp-sand").price)
    assert WORDS.note(Note("version_sold_out", {"item": lamp})).words["item"] == "Desk Lamp (dimmable: yes, sand)"


def test_what_is_sold_out_is_the_version_that_was_asked_for() -> None:
    said = WORDS.note(Note("version_sold_out", {"item": item("lamp-sand"), "versions": (INK,)}))
    (wording,) = responses("en")[said.response]
    assert wording["text"].format(**said.words) == "Sold out at the moment: Desk Lamp (ink)."


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "your gift card"), ("de", "Ihre Geschenkkarte"), ("es", "su tarjeta regalo"), ("fr", "votre carte cadeau")],
)
def test_the_balance_of_a_gift_card_stands_on_its_button_and_not_in_a_sentence(language: str, words: str) -> None:
    method = JO.payment_methods[-1]
    formatting = FORMATTING.in_language(language)
    assert payment_in_sentence(method, formatting) == words
    assert formatting.money(Decimal("5.00")) in payment_words(method, formatting)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (PaymentMethod("c", PaymentKind.CREDIT_CARD, "visa", "4242"), "Visa ending in 4242"),
        (PaymentMethod("c", PaymentKind.CREDIT_CARD), "your card"),
        (PaymentMethod("p", PaymentKind.PAYPAL), "PayPal"),
    ],
)
def test_other_ways_to_pay_are_said_in_a_sentence_as_they_are_known(method: PaymentMethod, words: str) -> None:
    assert payment_in_sentence(method, FORMATTING) == words


def test_what_costs_the_same_is_asked_about_without_a_difference() -> None:
    same, more = ({0: "mug-moss"}, "same_price"), ({0: "mug-dusk"}, "difference")
    for wanted, topic in (same, more):
        said = said_for(request(Task.SWAP, SECOND, picked=(0,), wanted=wanted))
        assert said.response == f"utter_request_payment_method_{topic}"
