"""Reads tasks and shop data in τ²-bench retail's file format, and says what is wrong with a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Shop = dict[str, dict[str, Any]]
"""A shop as `db.json` holds it: `users`, `orders` and `products`, each by its id."""

ADDRESS = ("address1", "address2", "city", "country", "state", "zip")
_SWAP = ("order_id", "item_ids", "new_item_ids", "payment_method_id")
# The actions that change something, with the arguments each must have.
WRITES: Mapping[str, tuple[str, ...]] = {
    "cancel_pending_order": ("order_id", "reason"),
    "modify_pending_order_address": ("order_id", *ADDRESS),
    "modify_pending_order_items": _SWAP,
    "modify_pending_order_payment": ("order_id", "payment_method_id"),
    "return_delivered_order_items": ("order_id", "item_ids", "payment_method_id"),
    "exchange_delivered_order_items": _SWAP,
    "modify_user_address": ("user_id", *ADDRESS),
    "transfer_to_human_agents": (),
}
READS = frozenset(
    (
        *("find_user_id_by_email", "find_user_id_by_name_zip", "get_order_details", "get_product_details"),
        *("get_user_details", "get_item_details", "list_all_product_types", "calculate", "think"),
    )
)
TRANSFER = "transfer_to_human_agents"


class BadInput(Exception):
    """A file that cannot be used; the text says which, where in it, and why."""


@dataclass(frozen=True, slots=True)
class Action:
    """One step of a right answer."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """One customer with a wish.

    Attributes:
        id: its name in the file.
        customer: the shop's id of the customer.
        texts: all that the task says in words, to know what the customer knows.
        actions: the steps that change something, in order; none for a task that only asks.
    """

    id: str
    customer: str
    texts: str
    actions: tuple[Action, ...]

    @property
    def transfers(self) -> bool:
        """Whether a right answer hands over to a person."""
        return any(action.name == TRANSFER for action in self.actions)


def read_shop(path: Path) -> Shop:
    """The shop data of a file.

    Raises:
        BadInput: it is not of that form.
    """
    data = _json(path)
    for part in ("users", "orders", "products"):
        if not isinstance(data, dict) or not isinstance(data.get(part), dict):
            raise BadInput(f"{path}: no shop data: `{part}` should be an object of things by id")
    return {part: data[part] for part in ("users", "orders", "products")}


def read_tasks(path: Path, shop: Shop, only: Sequence[str] = ()) -> tuple[Task, ...]:
    """The tasks of a file, all or those named.

    Args:
        path: a JSON list of tasks.
        shop: the data they are about.
        only: ids of the tasks wanted; empty for all.

    Raises:
        BadInput: the file or one of its tasks is not of a form we know, or a wanted one is not there.
    """
    data = _json(path)
    if not isinstance(data, list) or not data:
        raise BadInput(f"{path}: should be a list of tasks")
    tasks = [_task(entry, number, path, shop) for number, entry in enumerate(data)]
    ids = [task.id for task in tasks]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise BadInput(f"{path}: task {twice[0]} is there twice")
    if missing := [one for one in only if one not in ids]:
        raise BadInput(f"{path}: there is no task {missing[0]}")
    return tuple(task for task in tasks if not only or task.id in only)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise BadInput(f"{path}: is not JSON ({error})") from error


def _task(entry: object, number: int, path: Path, shop: Shop) -> Task:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str | int):
        raise BadInput(f"{path}: entry {number} is no task: it has no `id`")
    name = str(entry["id"])
    where = f"{path}: task {name}"
    criteria = entry.get("evaluation_criteria")
    steps = criteria.get("actions") if isinstance(criteria, dict) else None
    scenario = entry.get("user_scenario")
    if not isinstance(criteria, dict) or not isinstance(steps, list | None) or not isinstance(scenario, dict):
        raise BadInput(
            f"{where} is of a form we do not know: it needs `user_scenario` and `evaluation_criteria.actions`"
        )
    actions = [_action(step, where) for step in steps or []]
    texts = _texts(scenario)
    customer = _customer(actions, texts, shop)
    if customer is None:
        raise BadInput(f"{where}: nothing in it says which customer of the shop it is about")
    for action in actions:
        _check_belongs(action, customer, where, shop)
    return Task(name, customer, texts, tuple(action for action in actions if action.name in WRITES))


def _action(step: object, where: str) -> Action:
    if not isinstance(step, dict) or not isinstance(step.get("arguments"), dict):
        raise BadInput(f"{where}: an action of a form we do not know: {json.dumps(step)[:80]}")
    name, arguments = step.get("name"), step["arguments"]
    if name not in WRITES and name not in READS:
        raise BadInput(f"{where}: an action we do not know: {name}")
    if missing := [one for one in WRITES.get(str(name), ()) if one not in arguments]:
        raise BadInput(f"{where}: {name} lacks `{missing[0]}`")
    return Action(str(name), arguments)


def _texts(scenario: Mapping[str, Any]) -> str:
    """All strings of a scenario, wherever in it."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for inner in value.values():
                walk(inner)

    walk(scenario)
    return "\n".join(found)


def _customer(actions: Sequence[Action], texts: str, shop: Shop) -> str | None:
    """Whose task it is: by its actions, the surest first, or by what its words tell of a customer."""
    users = shop["users"]
    named = [str(action.arguments["user_id"]) for action in actions if "user_id" in action.arguments]
    orders = [str(action.arguments["order_id"]) for action in actions if "order_id" in action.arguments]
    named += [shop["orders"][number]["user_id"] for number in orders if number in shop["orders"]]
    known = [name for name in named if name in users]
    if known:
        return known[0]
    words = texts.casefold()
    tests: tuple[Callable[[str, dict[str, Any]], bool], ...] = (
        lambda name, user: name in words,
        lambda name, user: user["email"].casefold() in words,
        lambda name, user: _full_name(user) in words and user["address"]["zip"] in words,
        lambda name, user: any(_is_found(user, action) for action in actions),
    )
    for test in tests:
        if found := [name for name, user in users.items() if test(name, user)]:
            return found[0]
    return None


def _full_name(user: Mapping[str, Any]) -> str:
    return f"{user['name']['first_name']} {user['name']['last_name']}".casefold()


def _is_found(user: Mapping[str, Any], action: Action) -> bool:
    asked = action.arguments
    if action.name == "find_user_id_by_email":
        return bool(asked.get("email") == user["email"])
    if action.name == "find_user_id_by_name_zip":
        name = f"{asked.get('first_name')} {asked.get('last_name')}".casefold()
        return _full_name(user) == name and asked.get("zip") == user["address"]["zip"]
    return False


def _check_belongs(action: Action, customer: str, where: str, shop: Shop) -> None:
    """Changes are the customer's own; a task about another's is of a form we do not know."""
    if action.name not in WRITES:
        return
    number = action.arguments.get("order_id")
    if number is not None and number not in shop["orders"]:
        raise BadInput(f"{where}: {action.name}: the shop has no order {number}")
    owner = shop["orders"][number]["user_id"] if number is not None else action.arguments.get("user_id", customer)
    if owner != customer:
        raise BadInput(f"{where}: {action.name} is about {owner}, another customer than {customer}")


def emails_in(text: str) -> list[str]:
    """The e-mail addresses in a text, in order."""
    return [found.rstrip(".") for found in re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", text)]
