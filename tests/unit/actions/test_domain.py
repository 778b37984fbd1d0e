"""The domain and the data: everything that is used is there, and everything that is there is used."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from actions.base import ServiceAction
from actions.catalogue import ACTIONS
from actions.guesses import MEANS
from bot.orders.models import OrderStatus
from bot.settings import ROOT

EXPECTS = {
    "order_number",
    "email",
    "postcode",
    "one_time_code",
    "items",
    "variant",
    "address",
    "payment_method",
    "reason",
    "confirmation",
    "rating",
    "comment",
    "recommendation",
    "effort",
    "text",
}
PROBLEMS = {
    "order_number": ("unreadable", "malformed", "not_understood", "missing", "why", "back"),
    "contact": ("no_match", "not_understood", "missing", "why", "back"),
    "email": ("not_understood", "missing", "why", "back"),
    "one_time_code": ("resent", "wrong", "expired", "not_understood", "missing", "why", "back"),
}
BUTTONS_ONLY = {"something_else", "article_helpful", "article_not_helpful", "choose"}
NO_GUESSES = {
    *("greet", "goodbye", "thanks", "help", "bot_challenge", "smalltalk", "insult", "affirm", "deny", "stop", "wait"),
    *("has_question", "explain", "inform", "cannot_provide", "resend_code", "out_of_scope"),
    *("choose", "go_back", "resume"),
    *("article_helpful", "article_not_helpful", "not_helped", "distress"),
    *MEANS,
}


@functools.cache
def load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def domain() -> dict[str, Any]:
    return load(ROOT / "domain.yml")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def sources() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "actions").glob("*.py")))


def test_the_domain_and_the_code_name_the_same_actions(domain: dict[str, Any]) -> None:
    assert sorted(domain["actions"]) == sorted(action.action_name for action in ACTIONS)


def test_every_action_of_the_package_is_in_the_catalogue() -> None:
    def below(kind: type) -> set[type]:
        return {kind, *(deeper for child in kind.__subclasses__() for deeper in below(child))}

    assert {kind for kind in below(ServiceAction) if "action_name" in vars(kind)} == set(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.action_name)
def test_an_action_has_fewer_than_twenty_lines(action: type[ServiceAction]) -> None:
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(action.run))).body
    _docstring, first, *rest = function.body  # type: ignore[attr-defined]
    last = rest[-1] if rest else first
    assert last.end_lineno - first.lineno + 1 < 20


def test_every_sentence_an_action_names_is_in_the_domain(domain: dict[str, Any], sources: str) -> None:
    named = set(re.findall(r'"(utter_[a-z_]*[a-z])"', sources)) - {"utter_action"}  # that one is Rasa's key
    assert named <= set(domain["responses"])


def test_every_question_has_all_its_wordings(domain: dict[str, Any]) -> None:
    for slot, problems in PROBLEMS.items():
        names = [f"utter_ask_{slot}", *(f"utter_ask_{slot}_{problem}" for problem in problems)]
        for name in [*names, *(f"{name}_again" for name in names)]:
            assert domain["responses"].get(name), name


def test_every_question_says_what_it_expects(domain: dict[str, Any]) -> None:
    for name, variants in domain["responses"].items():
        for variant in variants:
            expects = (variant.get("metadata") or {}).get("expects")
            assert expects is None or expects in EXPECTS, name
            assert expects is not None or not name.startswith("utter_ask_"), name


def test_every_wording_a_second_time_exists(domain: dict[str, Any], sources: str) -> None:
    for name in re.findall(r'reworded\(tracker, domain, "(utter_[a-z_]+)"\)', sources):
        assert f"{name}_again" in domain["responses"]


def test_every_wording_belongs_to_a_first_one(domain: dict[str, Any]) -> None:
    for name in domain["responses"]:
        if name.startswith("utter_app_"):
            continue  # the app's own are not reworded by their names
        first = re.sub(r"_(again|more)$", "", name)
        assert first in domain["responses"], name
        assert not name.endswith("_more") or f"{first}_again" in domain["responses"], name


def test_every_wish_has_a_name_for_the_button_of_a_guess(domain: dict[str, Any]) -> None:
    named = {name.removeprefix("utter_guess_") for name in domain["responses"] if name.startswith("utter_guess_")}
    assert named - {"again", "more"} == set(domain["intents"]) - NO_GUESSES


def test_every_status_of_an_order_has_its_sentence(domain: dict[str, Any]) -> None:
    for status in OrderStatus:
        assert f"utter_order_{status.in_names}" in domain["responses"]


def test_every_button_leads_somewhere(domain: dict[str, Any]) -> None:
    for name, variants in domain["responses"].items():
        for button in (button for variant in variants for button in variant.get("buttons", [])):
            payload = button["payload"]
            assert payload.startswith("app:") or payload.lstrip("/") in domain["intents"], (name, payload)


def test_every_intent_has_examples_and_a_rule(domain: dict[str, Any]) -> None:
    examples = {
        block["intent"]
        for path in (ROOT / "data" / "nlu").glob("*.yml")
        for block in load(path)["nlu"]
        if "intent" in block
    }
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "data" / "rules").glob("*.yml"))
    assert examples == set(domain["intents"]) - BUTTONS_ONLY
    for intent in domain["intents"]:
        assert re.search(rf"intent: {intent}\n", rules), intent


def test_a_topic_with_stories_has_rules_under_the_same_name() -> None:
    rules, stories = ({path.name for path in (ROOT / "data" / kind).glob("*.yml")} for kind in ("rules", "stories"))
    assert stories <= rules


def test_no_example_is_given_for_two_intents() -> None:
    seen: dict[str, str] = {}
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in load(path)["nlu"]:
            for line in block["examples"].splitlines() if "intent" in block else []:
                text = line.removeprefix("- ").strip().lower()
                assert seen.setdefault(text, block["intent"]) == block["intent"], text
