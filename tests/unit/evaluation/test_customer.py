"""The scripted customer: says what it should, chooses what is right, repairs what is wrong, and comes to an end."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bot.evaluation import phrases
from bot.evaluation.customer import Customer
from bot.evaluation.habits import Habits
from bot.evaluation.judge import differences
from bot.evaluation.messages import Card, Choice, Item, LookForCode, Message, Move, Say, Tap
from bot.evaluation.replay import only_customer, replay
from bot.evaluation.tasks import Action, Task
from bot.evaluation.wishes import Kind, knowledge_of, wishes_of
from bot.evaluation.wording import Voice, with_typo
from tests.support.asking_assistant import AskingAssistant
from tests.support.small_shop import (
    BOTH_MUGS,
    CANCEL,
    CHANGE,
    EXCHANGE,
    ORDER_ADDRESS,
    PAYMENT,
    RETURN,
    TRANSFER,
    USER_ADDRESS,
    a_task,
    small_shop,
)

QUIET = Habits(
    talk="step",
    batch=1,
    identity_first=False,
    greets_alone=False,
    taps=1.0,
    asides=0,
    typos=0.0,
    plain_typing=False,
    asks_first=False,
    mistakes=False,
)
YES_OR_NO = (Choice("y", "Yes", "yes"), Choice("n", "No", "no"))


def task_of(*steps: dict[str, Any], words: str = "") -> Task:
    actions = tuple(Action(step["name"], step["arguments"]) for step in steps)
    return Task("1", "ada_berg", a_task(words=words)["user_scenario"]["instructions"]["known_info"], actions)


def customer_of(*steps: dict[str, Any], seed: object = 1, habits: Habits | None = QUIET, words: str = "") -> Customer:
    task = task_of(*steps, words=words)
    return Customer(knowledge_of(task, small_shop()), wishes_of(task, small_shop()), random.Random(str(seed)), habits)


def bot(text: str, *choices: Choice, expects: str | None = None, card: Card | None = None) -> list[Message]:
    return [Message("bot", text, choices, (card,) if card else (), expects)]


def summary(title: str, *items: Item, lines: tuple[str, ...]) -> list[Message]:
    return bot("Shall I?", *YES_OR_NO, expects="confirmation", card=Card("summary", title, lines, items))


def text_of(move: Move | None) -> str:
    assert isinstance(move, Say), move
    return move.text


@pytest.mark.parametrize(
    "steps",
    [
        (CANCEL,),
        (CHANGE,),
        (RETURN,),
        (EXCHANGE,),
        (BOTH_MUGS,),
        (PAYMENT,),
        (CANCEL, RETURN, BOTH_MUGS),
        (ORDER_ADDRESS, CHANGE),
    ],
    ids=lambda steps: "+".join(step["name"] for step in steps),
)
def test_a_right_answer_comes_of_asking_for_every_fact(steps: tuple[dict[str, Any], ...]) -> None:
    for seed in range(25):
        task = task_of(*steps, words="My mail is ada.berg@example.com")
        shop, wanted = small_shop(), only_customer(small_shop(), "ada_berg")
        replay(wanted, task.actions)
        customer = customer_of(*steps, seed=seed, habits=None, words="My mail is ada.berg@example.com")
        customer.errands = [errand for errand in customer.errands if errand.wish.kind is not Kind.LOOK_UP]
        assistant = AskingAssistant(shop, "ada_berg", task.actions)
        move: Move | None = customer.begin()
        for _ in range(80):
            if move is None:
                break
            move = customer.hear(assistant.hear(move))
        assert move is None
        assert customer.unfinished == []
        assert differences(wanted, shop, "ada_berg") == []


def test_the_same_seed_says_the_same_and_another_something_else() -> None:
    said = [text_of(customer_of(EXCHANGE, seed=seed, habits=None).begin()) for seed in (1, 1, 2, 3, 4)]
    assert said[0] == said[1]
    assert len(set(said)) >= 3  # two of them may only greet


@pytest.mark.parametrize("kind", phrases.WISHES)
def test_every_kind_of_wish_has_six_phrasings(kind: Kind) -> None:
    assert len(phrases.WISHES[kind]) >= 6
    assert len(phrases.BARE_WISHES.get(kind, phrases.WISHES[kind])) >= 6


def test_an_order_is_named_by_its_number_only_where_the_customer_knows_it() -> None:
    unknown = [text_of(customer_of(CANCEL, seed=seed, habits=None).begin()) for seed in range(40)]
    assert not any("1000002" in text for text in unknown)
    known = customer_of(CANCEL, words="It is order #W1000002.")
    known.begin()
    assert "1000002" in text_of(known.hear(bot("Which order?", expects="order_number")))


def test_a_number_that_was_shown_is_known_from_then_on() -> None:
    customer = customer_of(CANCEL)
    customer.begin()
    shown = Card("order", "Order #W1000002", (), ())
    answer = customer.hear([Message("bot", "Which one?", (), (shown,), "order_number")])
    assert "1000002" in text_of(answer)


def test_who_does_not_know_the_email_says_name_and_postcode() -> None:
    customer = customer_of(CANCEL)
    customer.begin()
    text = text_of(customer.hear(bot("Your e-mail?", expects="email")))
    assert "Ada Berg" in text
    assert "02110" in text


def test_the_code_is_looked_for_in_the_mailbox_of_the_address_that_was_told() -> None:
    customer = customer_of(CANCEL, words="Mail: wrong@example.com or ada.berg@example.com")
    customer.begin()
    assert "wrong@example.com" in text_of(customer.hear(bot("Your e-mail?", expects="email")))
    assert customer.hear(bot("The code?", expects="one_time_code")) == LookForCode("wrong@example.com")
    assert "ada.berg@example.com" in text_of(customer.no_code())


def test_who_does_not_know_the_postcode_asks_for_a_code() -> None:
    task = Task("1", "ada_berg", "You are ada.berg@example.com.", task_of(CANCEL).actions)
    for seed in range(20):
        customer = Customer(knowledge_of(task, small_shop()), wishes_of(task, small_shop()), random.Random(seed), QUIET)
        customer.begin()
        customer.hear(bot("Your e-mail?", expects="email"))
        by_code = Choice("c", "E-mail me a code", "code")
        answer = customer.hear(bot("And the postcode?", by_code, expects="postcode"))
        assert answer == Tap(by_code) or "code" in text_of(answer)


def test_a_right_summary_is_confirmed() -> None:
    customer = customer_of(RETURN)
    customer.begin()
    lantern, jacket = Item("Lantern", "USB", "$30.10"), Item("Rain Jacket", "olive, M", "$95.50")
    lines = ("Order: #W1000003", "Refund to: PayPal")
    assert customer.hear(summary("Return", lantern, jacket, lines=lines)) == Tap(YES_OR_NO[0])
    assert customer.unfinished == []


@pytest.mark.parametrize(
    ("title", "items", "lines", "said"),
    [
        ("Cancel order", [], ["Order: #W1000003", "PayPal"], "anter"),  # says the whole wish again
        ("Return", ["Lantern USB", "Rain Jacket olive"], ["Order: #W1000001", "PayPal"], "I mean"),
        ("Return", ["Lantern USB"], ["Order: #W1000003", "PayPal"], "also want to return"),
        ("Return", ["Lantern USB", "Rain Jacket olive", "Rain Jacket navy"], ["#W1000003", "PayPal"], "I mean"),
        ("Return", ["Lantern USB", "Rain Jacket navy"], ["#W1000003", "PayPal"], "olive"),
        ("Return", ["Lantern USB", "Rain Jacket olive"], ["#W1000003", "To: visa 4321"], "refund should go to"),
    ],
)
def test_a_wrong_summary_is_corrected_in_words(title: str, items: list[str], lines: list[str], said: str) -> None:
    customer = customer_of(RETURN)
    customer.begin()
    rows = [Item(*name.rsplit(" ", 1), "") for name in items]
    assert said in text_of(customer.hear(summary(title, *rows, lines=tuple(lines))))


def test_a_wrong_version_is_corrected() -> None:
    customer = customer_of(CHANGE)
    customer.begin()
    lines = ("Order: #W1000001", "Paid with: gift card")
    wrong = summary("Change items", Item("Rain Jacket", "navy, M → red, M", "$60"), lines=lines)
    assert "olive" in text_of(customer.hear(wrong))


def test_of_two_of_a_kind_the_missing_one_is_named() -> None:
    both = {**RETURN, "arguments": {**RETURN["arguments"], "item_ids": ["j1", "j2"]}}
    customer = customer_of(both)
    customer.begin()
    row = Item("Rain Jacket", "olive, M", "")
    said = text_of(customer.hear(summary("Return", row, lines=("Order: #W1000003", "PayPal"))))
    assert "navy" in said
    assert "olive" not in said


@pytest.mark.parametrize(
    ("shown", "right"),
    [
        ("9 Mill Lane, Austin, TX 78701", True),
        ("9 Mill Lane, Austin, TX 78701, United States", True),
        ("9 Mill Lane, Flat 3, Austin, TX 78701", False),
        ("9 Mill Lane, Also, Austin, TX 78701", False),
        ("9 Mill Lane, Boston, TX 78701", False),
        ("12 Quay Street, Austin, TX 78701", False),
    ],
)
def test_an_address_is_read_to_the_letter(shown: str, right: bool) -> None:
    customer = customer_of(ORDER_ADDRESS)
    customer.begin()
    lines = ("Order: #W1000001", f"New address: {shown}")
    answer = customer.hear(summary("Change the delivery address", lines=lines))
    assert answer == Tap(YES_OR_NO[0]) if right else "9 Mill Lane" in text_of(answer)


def test_a_summary_that_stays_wrong_is_not_confirmed() -> None:
    customer = customer_of(RETURN)
    customer.begin()
    wrong = summary("Return", Item("Mug", "white", ""), lines=("Order: #W1000003", "PayPal"))
    moves = [customer.hear(wrong) for _ in range(4)]
    assert moves[-1] == Tap(YES_OR_NO[1])
    assert "the summary stays wrong" in customer.unfinished[0]


def test_a_mistake_is_said_first_and_corrected_at_the_summary() -> None:
    habits = Habits("all", 1, False, False, 0.0, 0, 0.0, False, False, True)
    for seed in range(12):
        customer = customer_of(CANCEL, seed=seed, habits=habits)
        first = text_of(customer.begin()).lower()
        mistaken = any(words.lower() in first for words in phrases.REASONS["no longer needed"])
        answer = customer.hear(summary("Cancel", lines=("Order: #W1000002", "Reason: no longer needed")))
        assert mistaken
        assert any(words in text_of(answer) for words in phrases.REASONS["ordered by mistake"])


def test_versions_are_chosen_one_by_one_where_two_of_a_kind_become_different_things() -> None:
    two = {**BOTH_MUGS, "arguments": {**BOTH_MUGS["arguments"]}}
    customer = customer_of(two)
    customer.begin()
    question = bot("Which version?", Choice("a", "white", "m1"), Choice("b", "blue", "m2"), expects="variant")
    assert customer.hear(question) == Tap(Choice("b", "blue", "m2"))


def test_what_is_not_understood_is_said_otherwise_and_given_up_in_the_end() -> None:
    customer = customer_of(CANCEL)
    said = [text_of(customer.begin())]
    while (move := customer.hear(bot("I can't do that."))) is not None:
        said.append(text_of(move))
    assert len(set(said)) == len(said) == 4  # three times the wish, and a goodbye
    assert "said three times" in customer.unfinished[0]


def test_an_offer_of_a_person_is_declined_unless_one_is_wanted() -> None:
    offer = bot("I can't cancel. Shall one of our people do it?", *YES_OR_NO, expects="confirmation")
    customer = customer_of(CANCEL)
    customer.begin()
    assert customer.hear(offer) == Tap(YES_OR_NO[1])
    customer = customer_of(TRANSFER)
    customer.begin()
    assert customer.hear(offer) == Tap(YES_OR_NO[0])
    contact = text_of(customer.hear(bot("Where can they reach you?", expects="text")))
    assert contact.startswith("+1")
    assert customer.unfinished == []


def test_a_task_that_changes_nothing_withdraws_when_asked_to_confirm() -> None:
    for seed in range(30):
        customer = customer_of(seed=seed)
        move: Move | None = customer.begin()
        for _ in range(12):
            if move is None:
                break
            wish = next((errand.wish for errand in customer.errands if errand.open and errand.stated), None)
            if wish is None or wish.kind is Kind.LOOK_UP:
                answer = bot("It is on its way.")
            else:
                rows = [Item(thing.name, " ".join(thing.options.values()), "") for thing in wish.things]
                lines = (f"Order: {wish.order}", "PayPal", "no longer needed")
                answer = summary("Cancel" if wish.kind is Kind.CANCEL else "Return", *rows, lines=lines)
            move = customer.hear(answer)
            assert move != Tap(YES_OR_NO[0])
        assert move is None


def test_a_change_and_its_opposite_are_not_asked_for_at_once() -> None:
    habits = Habits("all", 3, False, False, 1.0, 0, 0.0, False, False, False)
    home = {**USER_ADDRESS, "arguments": {"user_id": "ada_berg", **small_shop()["users"]["ada_berg"]["address"]}}
    first = text_of(customer_of(USER_ADDRESS, home, habits=habits).begin())
    assert "Austin" in first
    assert "Boston" not in first


def test_ratings_are_given_and_end_it() -> None:
    customer = customer_of()
    customer.errands.clear()
    customer.begin()
    rating = bot("How was it?", *(Choice(str(n), str(n), str(n)) for n in range(1, 6)), expects="rating")
    assert isinstance(customer.hear(rating), Tap)
    assert customer.hear(bot("Anything to add?", Choice("c", "No", None), expects="comment")) is not None
    assert customer.hear(bot("Bye")) is None


def test_a_typo_leaves_numbers_and_addresses_alone() -> None:
    rng = random.Random(1)
    text = "Please cancel order #W1000002, mail ada.berg@example.com"
    for _ in range(50):
        wrong = with_typo(text, rng)
        assert "#W1000002" in wrong
        assert "ada.berg@example.com" in wrong
        assert sorted(wrong) == sorted(text)


def test_two_of_a_kind_are_told_apart_and_versions_say_what_differs() -> None:
    task = task_of(EXCHANGE)
    [wish] = wishes_of(task, small_shop())
    for seed in range(20):
        voice = Voice(random.Random(seed), knowledge_of(task, small_shop()))
        text = voice.wish(wish, {"items", "versions"}, frozenset(), explicit=True)
        assert "navy" in text
        assert "size L" in text
        assert "power battery" in text
