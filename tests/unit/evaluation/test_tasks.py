"""Reading tasks: whose they are, what the customer knows, and what is said of a file that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.tasks import BadInput, Task, read_shop, read_tasks
from bot.evaluation.wishes import Kind, knowledge_of, wishes_of
from tests.support.small_shop import CANCEL, EXCHANGE, PAYMENT, RETURN, TRANSFER, USER_ADDRESS, a_task, small_shop


def read(tmp_path: Path, *tasks: Any, only: tuple[str, ...] = ()) -> tuple[Task, ...]:
    file = tmp_path / "tasks.json"
    file.write_text(json.dumps(list(tasks)))
    return read_tasks(file, small_shop(), only)


def test_a_task_keeps_the_steps_that_change_something(tmp_path: Path) -> None:
    look = {"name": "get_order_details", "arguments": {"order_id": "#W1000001"}}
    [task] = read(tmp_path, a_task(look, CANCEL, TRANSFER))
    assert [action.name for action in task.actions] == ["cancel_pending_order", "transfer_to_human_agents"]
    assert task.transfers


def test_a_task_without_steps_is_told_by_its_words(tmp_path: Path) -> None:
    [task] = read(tmp_path, {**a_task(), "user_scenario": {"instructions": "You are Tom Hill, zip code 78701."}})
    assert task.customer == "tom_hill"


def test_some_tasks_can_be_picked(tmp_path: Path) -> None:
    assert [task.id for task in read(tmp_path, a_task(), a_task(name="2"), only=("2",))] == ["2"]


@pytest.mark.parametrize(
    ("tasks", "why"),
    [
        (["x"], "entry 0 is no task"),
        ([{"id": "7"}], "task 7 is of a form we do not know"),
        ([a_task({"name": "fly", "arguments": {}})], "task 1: an action we do not know: fly"),
        (
            [a_task({"name": "cancel_pending_order", "arguments": {"order_id": "#W1000001"}})],
            "task 1: .* lacks `reason`",
        ),
        ([a_task({"name": "cancel_pending_order"})], "task 1: an action of a form we do not know"),
        ([a_task(CANCEL), a_task(CANCEL)], "task 1 is there twice"),
        (
            [{**a_task(), "user_scenario": {"instructions": "You want help."}}],
            "task 1: nothing in it says which customer",
        ),
        (
            [a_task(CANCEL, {**RETURN, "arguments": {**RETURN["arguments"], "order_id": "#W1000005"}})],
            "another customer",
        ),
        ([], "should be a list of tasks"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, tasks: list[Any], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read(tmp_path, *tasks)


def test_a_task_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no task 9"):
        read(tmp_path, a_task(), only=("9",))


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    with pytest.raises(BadInput, match="is not JSON"):
        read_shop(bad)
    bad.write_text('{"users": {}}')
    with pytest.raises(BadInput, match="`orders`"):
        read_shop(bad)


def test_the_customer_knows_what_the_tasks_words_tell(tmp_path: Path) -> None:
    [task] = read(tmp_path, a_task(CANCEL, words="It is about #W1000001. Mail: ada.berg@example.com"))
    knows = knowledge_of(task, small_shop())
    assert (knows.name, knows.postcode, knows.emails) == ("Ada Berg", "02110", ("ada.berg@example.com",))
    assert knows.numbers == {"#W1000001"}


def test_the_customer_does_not_know_an_email_that_nobody_told(tmp_path: Path) -> None:
    [task] = read(tmp_path, a_task(CANCEL))
    knows = knowledge_of(task, small_shop())
    assert (knows.emails, knows.numbers) == ((), frozenset())


def test_wishes_name_things_apart_from_others_of_their_name_and_versions_by_what_differs(tmp_path: Path) -> None:
    [task] = read(tmp_path, a_task(EXCHANGE))
    [wish] = wishes_of(task, small_shop())
    assert wish.kind is Kind.EXCHANGE
    assert [(thing.name, thing.apart) for thing in wish.things] == [
        ("Rain Jacket", ("color",)),
        ("Lantern", ("power",)),
    ]
    assert [version.differs for version in wish.versions] == [("size",), ("power",)]


def test_a_wish_that_a_right_shop_refuses_is_marked(tmp_path: Path) -> None:
    too_dear = {**PAYMENT, "arguments": {**PAYMENT["arguments"], "payment_method_id": "gift_card_1"}}
    [task] = read(tmp_path, a_task(too_dear, USER_ADDRESS))
    assert [wish.refused for wish in wishes_of(task, small_shop())] == [True, False]
