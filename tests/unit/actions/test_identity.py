"""Proving who one is within a request: by a code, or by what else the shop's setting takes for a proof."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.identity import Proven, Question, prove
from actions.one_time_code import ActionAskEmail, ActionAskPostcode
from actions.reading import read_facts
from bot.conversations.phrases import load_domain
from bot.customers.verification import Access, Level, Proof
from bot.settings import ROOT

JO = "jo@mail.example"
FIRST = Question(None, True, True)


@pytest.fixture
def take(stage: Any) -> Any:
    """Takes one message towards a proof, where the shop's setting is as given."""

    async def taken(
        text: str, question: Question = FIRST, *, by: str = "name_postcode", intent: str = "inform"
    ) -> Proven:
        settings = stage.services.settings.model_copy(update={"change_proof": by})
        stage.services = replace(stage.services, settings=settings)
        tracker = stage.tracker(text, intent)
        dispatcher = CollectingDispatcher()
        found = await prove(
            stage.services, dispatcher, tracker, read_facts(tracker, stage.services.order_numbers), question
        )
        stage.effects = [effect for said in dispatcher.messages for effect in said["custom"].get("effects", [])]
        stage.slots |= {event["name"]: event["value"] for event in found.events if event["event"] == "slot"}
        return found

    return taken


def asked_for(slot: str, *, answers: bool = True) -> Question:
    return Question(slot, False, answers)


async def test_who_is_verified_needs_no_proof(stage: Any, take: Any) -> None:
    stage.verification.now = Access(Level.VERIFIED, "jo")
    assert await take("hello") == Proven(verified=True)
    assert stage.verification.asked == []


@pytest.mark.parametrize(
    ("text", "tried"),
    [
        (f"{JO}, N1 5QT", (JO, None, "N15QT")),
        ("I'm Jo Hart, N1 5QT", (None, ("Jo", "Hart"), "N15QT")),
        ("my name is Jo Hart and my zip is 28202", (None, ("Jo", "Hart"), "28202")),
        (f"cancel my order, I'm Jo Hart ({JO}), N1 5QT", (JO, ("Jo", "Hart"), "N15QT")),
    ],
)
async def test_all_of_it_in_the_first_message_is_judged_at_once(
    stage: Any, take: Any, text: str, tried: tuple[Any, ...]
) -> None:
    stage.verification.proof = Proof.RIGHT
    assert (await take(text)).verified
    _, email, name, postcode = stage.verification.asked[0]
    assert (email, name, str(postcode).replace(" ", "")) == tried


@pytest.mark.parametrize("first", [JO, "my name is Jo Hart"])
async def test_the_postcode_is_asked_for_where_it_is_missing_and_then_judged(stage: Any, take: Any, first: str) -> None:
    stage.verification.proof = Proof.RIGHT
    assert (await take(first)).ask == "postcode"
    assert (await take("N1 5QT", asked_for("postcode"))).verified


async def test_a_bare_name_and_postcode_are_one_where_they_were_asked_for(stage: Any, take: Any) -> None:
    stage.verification.proof = Proof.RIGHT
    assert (await take("Jo Hart 28202", asked_for("email"))).verified


async def test_a_postcode_alone_leaves_the_question_who_it_is(stage: Any, take: Any) -> None:
    found = await take("N1 5QT", asked_for("email"))
    assert (found.ask, found.verified, found.over) == ("email", False, False)
    assert stage.slots["problem"] == "with_postcode"
    stage.verification.proof = Proof.RIGHT
    assert (await take(JO, asked_for("email"))).verified


async def test_a_name_where_the_shop_takes_only_an_address_leads_to_that_question(stage: Any, take: Any) -> None:
    stage.verification.proof = Proof.NEEDED
    assert (await take("I'm Jo Hart, N1 5QT", by="email_postcode")).ask == "email"
    assert stage.slots["problem"] == "with_postcode"


async def test_what_does_not_match_is_forgotten_and_asked_for_again(stage: Any, take: Any) -> None:
    stage.verification.proof = Proof.WRONG
    found = await take(f"{JO}, N1 5QT")
    assert (found.ask, found.verified) == ("email", False)
    assert (stage.slots["name"], stage.slots["contact"], stage.slots["problem"]) == (None, None, "no_match")


async def test_too_many_tries_are_over(stage: Any, take: Any) -> None:
    stage.verification.proof = Proof.LOCKED
    assert (await take(f"{JO}, N1 5QT")).over
    assert stage.slots["problem"] == "locked"


@pytest.mark.parametrize("by", ["email_postcode", "name_postcode"])
@pytest.mark.parametrize(
    ("text", "intent"),
    [("send me a code", "inform"), ("I don't have it at hand", "cannot_provide"), ("no", "deny")],
)
async def test_who_has_no_postcode_at_hand_gets_a_code(stage: Any, take: Any, by: str, text: str, intent: str) -> None:
    await take(JO, by=by)
    stage.verification.proof = Proof.SENT
    assert (await take(text, asked_for("postcode"), by=by, intent=intent)).ask == "one_time_code"
    assert [effect["email"] for effect in stage.effects] == [JO]


@pytest.mark.parametrize("text", [f"{JO}, N1 5QT", "I'm Jo Hart, N1 5QT"])
async def test_a_shop_that_takes_only_codes_judges_nothing_else(stage: Any, take: Any, text: str) -> None:
    stage.verification.proof = Proof.SENT
    found = await take(text, by="one_time_code")
    assert not found.verified
    assert all(len(tried) == 2 for tried in stage.verification.asked)


@pytest.mark.parametrize("text", ["hello", "what is your return policy?", "stop"])
async def test_what_is_no_proof_leaves_the_question_as_it_is(stage: Any, take: Any, text: str) -> None:
    assert await take(text, asked_for("email", answers=False)) == Proven()


async def test_numbers_that_say_nothing_lead_to_a_person_in_the_end(stage: Any, take: Any) -> None:
    stage.form = "request_form"
    for place in range(2):
        stage.message_id = f"m{place}"
        assert (await take("99", asked_for("one_time_code"), by="one_time_code")).ask == "one_time_code"
        stage.heard_before("inform", stage.message_id)
    stage.message_id = "m2"
    assert (await take("98", asked_for("one_time_code"), by="one_time_code")).over
    assert stage.slots["problem"] == "given_up"


@pytest.mark.parametrize(
    ("by", "response"),
    [
        ("one_time_code", "utter_ask_email"),
        ("email_postcode", "utter_ask_email_and_postcode"),
        ("name_postcode", "utter_ask_name"),
    ],
)
async def test_what_is_asked_for_is_what_the_shop_takes(stage: Any, by: str, response: str) -> None:
    settings = stage.services.settings.model_copy(update={"change_proof": by})
    stage.services = replace(stage.services, settings=settings)
    assert (await stage.run(ActionAskEmail, "cancel my order", "cancel_order")).responses == [response]


ALWAYS = (None, "not_understood", "missing", "why")
TRIED = (*ALWAYS, "no_match", "with_postcode")


@pytest.mark.parametrize(
    ("action", "by", "problem"),
    [
        *((ActionAskEmail, "one_time_code", problem) for problem in ALWAYS),
        *((ActionAskEmail, by, problem) for by in ("email_postcode", "name_postcode") for problem in TRIED),
        *((ActionAskPostcode, by, problem) for by in ("email_postcode", "name_postcode") for problem in ALWAYS),
    ],
)
async def test_each_question_of_identity_has_its_words(stage: Any, action: Any, by: str, problem: str | None) -> None:
    settings = stage.services.settings.model_copy(update={"change_proof": by})
    stage.services = replace(stage.services, settings=settings)
    stage.slots["problem"] = problem
    (response,) = (await stage.run(action, "x")).responses
    assert response in load_domain(ROOT / "domain.yml")["responses"]
