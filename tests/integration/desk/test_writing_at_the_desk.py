"""What agents write and do: said once or not at all, refused in words, and never over somebody else's head."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from bot.desk.drafts import keep_draft
from bot.handoff import owning
from bot.staff.models import Agent, Role
from bot.staff.teams import add_team
from bot.storage.channel_tables import attachment_contents
from bot.storage.desk_tables import audit, desk_drafts, notes
from bot.storage.tables import messages
from tests.conftest import Clock
from tests.support.core import Visitor
from tests.support.desk_house import DeskHouse

Browse = Callable[..., httpx.AsyncClient]
KEY = "a" * 32


def said_by(desk: DeskHouse, kind: str = "agent") -> list[str]:
    wanted = sa.select(messages.c.text).where(messages.c.author_kind == kind).order_by(messages.c.seq)
    return [row.text for row in desk.house.read(wanted)]


async def test_a_reply_is_said_and_shown_and_its_draft_gone(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        await browser.post(f"/desk/c/{conversation_id}/draft", data={"kind": "reply", "text": "on its w"})
        assert [row.text for row in desk.house.read(sa.select(desk_drafts))] == ["on its w"]
        form = {"key": KEY, "text": "on its way", "after": "1"}
        shown = await browser.post(f"/desk/c/{conversation_id}/reply", data=form)
    assert "on its way" in shown.text
    assert said_by(desk) == ["on its way"]
    assert desk.house.read(sa.select(desk_drafts)) == []


async def test_sent_twice_at_once_it_is_said_once(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        form = {"key": KEY, "text": "only once"}
        sent = await asyncio.gather(*(browser.post(f"/desk/c/{conversation_id}/reply", data=form) for _ in range(5)))
    assert {answer.status_code for answer in sent} == {200}
    assert said_by(desk) == ["only once"]


async def test_to_somebody_elses_conversation_nothing_is_said(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    kim = desk.agent("Kim Ode")
    conversation_id = await desk.held_by(here)
    async with browse(kim, htmx=True) as browser:
        refused = await browser.post(f"/desk/c/{conversation_id}/reply", data={"key": KEY, "text": "me too"})
    assert refused.status_code == 409
    assert "Robin Hale has this conversation now." in refused.text
    assert said_by(desk) == []


async def test_to_a_conversation_that_has_ended_nothing_is_said(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    await desk.house.does(owning.resolve, conversation_id, here)
    async with browse(here, htmx=True) as browser:
        refused = await browser.post(f"/desk/c/{conversation_id}/reply", data={"key": KEY, "text": "one more"})
    assert refused.status_code == 409
    assert "has ended" in refused.text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        (" \0\n ", "is empty"),
        ("   \u200b ", "is empty"),
        ("x" * 4001, "4,001 characters"),
        ("😀" * 2001, "4,002 characters"),
        ("x" * 500_000, "far too long"),
        ("Dear {customer_name}", "{customer_name} still stands"),
        ("{order_number} of {shop_name}", "{order_number} and {shop_name} still stand"),
    ],
)
async def test_a_reply_that_is_not_sent_says_why(
    desk: DeskHouse, browse: Browse, here: Agent, text: str, why: str
) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        refused = await browser.post(f"/desk/c/{conversation_id}/reply", data={"key": KEY, "text": text})
    assert refused.status_code == 422
    assert why in refused.text
    assert said_by(desk) == []


async def test_what_no_screen_can_take_is_taken_out(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        body = b"key=" + KEY.encode() + b"&text=a%00b%1B%ED%A0%80c%0D%0Ad"
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await browser.post(f"/desk/c/{conversation_id}/reply", content=body, headers=head)).status_code == 200
    (text,) = said_by(desk)
    assert "\0" not in text
    assert "\x1b" not in text
    assert text.startswith("ab")
    assert text.endswith("c\nd")


@pytest.mark.parametrize("key", ["", "x" * 32, "a" * 31, "A" * 32, "a" * 31 + "\0"])
async def test_a_page_that_sends_no_key_is_out_of_date(desk: DeskHouse, browse: Browse, here: Agent, key: str) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        for path in ("reply", "note"):
            refused = await browser.post(f"/desk/c/{conversation_id}/{path}", data={"key": key, "text": "x"})
            assert (refused.status_code, "out of date" in refused.text) == (422, True)


async def test_files_are_sent_with_and_without_words(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        path = f"/desk/c/{conversation_id}/reply"
        files = [("files", ("label.pdf", b"%PDF-1.4 one")), ("files", ("b.txt", b"two"))]
        assert (await browser.post(path, data={"key": KEY, "text": ""}, files=files)).status_code == 200
        wrong = [("files", ("label.pdf", b"%PDF-1.4")), ("files", ("x.html", b"<p>"))]
        refused = await browser.post(path, data={"key": "b" * 32, "text": "look"}, files=wrong)
    assert refused.status_code == 422
    assert "“x.html” was not sent" in refused.text
    assert sorted(row.content for row in desk.house.read(sa.select(attachment_contents))) == [b"%PDF-1.4 one", b"two"]
    assert said_by(desk) == [""]


async def test_a_note_is_written_once_and_by_anybody_who_may(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    kim = desk.agent("Kim Ode")
    conversation_id = await desk.held_by(here)
    async with browse(kim, htmx=True) as browser:
        for _ in range(2):
            form = {"key": KEY, "text": "look at <b>this</b>"}
            shown = await browser.post(f"/desk/c/{conversation_id}/note", data=form)
            assert "look at &lt;b&gt;this&lt;/b&gt;" in shown.text
        too_long = await browser.post(f"/desk/c/{conversation_id}/note", data={"key": "b" * 32, "text": "x" * 4001})
        assert too_long.status_code == 422
    assert [row.text for row in desk.house.read(sa.select(notes))] == ["look at <b>this</b>"]
    assert said_by(desk) == []


async def test_a_draft_is_kept_by_kind_and_dropped_when_empty(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        path = f"/desk/c/{conversation_id}/draft"
        for kind, text in (("reply", "a\0b"), ("note", "n"), ("reply", "ab" * 50_000), ("note", " ")):
            assert (await browser.post(path, data={"kind": kind, "text": text})).status_code == 204
        assert (await browser.post(path, data={"kind": "sms", "text": "x"})).status_code == 400
        page = await browser.get(f"/desk/c/{conversation_id}")
    assert [(row.kind, len(row.text)) for row in desk.house.read(sa.select(desk_drafts))] == [("reply", 20_000)]
    assert "ababab" in page.text


async def test_what_a_colleague_had_begun_is_offered_to_who_has_it_now(
    desk: DeskHouse, browse: Browse, here: Agent, clock: Clock
) -> None:
    kim = desk.agent("Kim Ode")
    conversation_id = await desk.held_by(here)
    desk.database.write_now(lambda c: keep_draft(c, conversation_id, here.id, "reply", "half a", clock()))
    async with browse(kim) as browser:
        assert "half a" not in (await browser.get(f"/desk/c/{conversation_id}")).text
        await desk.house.does(owning.transfer, conversation_id, here, to_agent=kim)
        text = (await browser.get(f"/desk/c/{conversation_id}")).text
    assert "<bdi>Robin Hale</bdi> had begun to write" in text
    assert "half a" in text


async def test_taking_what_somebody_else_took_first_is_told(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    kim = desk.agent("Kim Ode")
    conversation_id = await desk.house.waits()
    async with browse(here, htmx=True) as first, browse(kim, htmx=True) as second:
        path, seen = f"/desk/c/{conversation_id}/claim", {"owner": "queue"}
        answers = await asyncio.gather(first.post(path, data=seen), second.post(path, data=seen))
        assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert desk.house.owner(conversation_id) in (here.id, kim.id)


async def test_who_may_reassign_takes_it_from_a_colleague_and_others_do_not(
    desk: DeskHouse, browse: Browse, here: Agent
) -> None:
    kim, sam = desk.agent("Kim Ode"), desk.agent("Sam Super", role=Role.SUPERVISOR)
    conversation_id = await desk.held_by(here)
    async with browse(kim, htmx=True) as agents_page, browse(sam, htmx=True) as supervisors:
        path = f"/desk/c/{conversation_id}/claim"
        assert (await agents_page.post(path, data={"owner": here.id})).status_code == 409
        assert (await supervisors.post(path, data={"owner": "queue"})).status_code == 409
        assert (await supervisors.post(path, data={"owner": here.id})).status_code == 204
    assert desk.house.owner(conversation_id) == sam.id


async def test_a_conversation_is_passed_on_with_a_note(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    kim = desk.agent("Kim Ode")
    desk.database.write_now(lambda c: add_team(c, team_id="t1", name="Returns", now=desk.clock()))
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        path = f"/desk/c/{conversation_id}/transfer"
        offered = (await browser.get(path)).text
        assert "Kim Ode" in offered
        assert "0 of 4" in offered
        assert "Returns" in offered
        for wrong in ("", "agent:", "agent:nobody", "team:nobody", "queue", "agent:a\0"):
            assert (await browser.post(path, data={"to": wrong})).status_code in (409, 422)
        moved = await browser.post(path, data={"to": f"agent:{kim.id}", "note": "They are upset"})
        assert (moved.status_code, "Kim Ode has it now." in moved.headers["hx-trigger"]) == (204, True)
    assert desk.house.owner(conversation_id) == kim.id
    assert [row.text for row in desk.house.read(sa.select(notes))] == ["They are upset"]
    async with browse(kim, htmx=True) as browser:
        assert (await browser.post(path, data={"to": "team:t1"})).status_code == 204
    assert desk.house.owner(conversation_id) == "queue"


async def test_what_a_colleague_has_put_off_is_no_load_of_theirs(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    kim, talk = desk.agent("Kim Ode"), await desk.held_by(here)
    put_off = await desk.house.waits(Visitor(desk.house.service, "later"))
    await desk.house.does(owning.claim, put_off, kim)
    async with browse(here, htmx=True) as browser:
        assert "1 of 4" in (await browser.get(f"/desk/c/{talk}/transfer")).text
        await desk.house.does(owning.snooze, put_off, kim, desk.clock() + timedelta(hours=1))
        assert "0 of 4" in (await browser.get(f"/desk/c/{talk}/transfer")).text


async def test_a_conversation_is_put_off_and_taken_up(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        path = f"/desk/c/{conversation_id}/snooze"
        assert (await browser.post(path, data={"until": "yesterday"})).status_code == 422
        assert (await browser.post(path, data={"until": "2026-03-02T12:00"})).status_code == 204
        assert desk.house.handoff(conversation_id).snoozed_until == desk.clock() + timedelta(hours=3)
        assert "Wake it" in (await browser.get(f"/desk/c/{conversation_id}")).text
        assert (await browser.post(path)).status_code == 204
    assert desk.house.handoff(conversation_id).snoozed_until is None


@pytest.mark.parametrize(
    ("path", "owner", "state"), [("back", "bot", "open"), ("end", "bot", "ended"), ("release", "queue", "open")]
)
async def test_a_conversation_is_given_away(
    desk: DeskHouse, browse: Browse, here: Agent, path: str, owner: str, state: str
) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        assert (await browser.post(f"/desk/c/{conversation_id}/{path}")).status_code == 204
        assert (await browser.post(f"/desk/c/{conversation_id}/{path}")).status_code == 409
    found = desk.house.conversation(conversation_id)
    assert (found.owner, found.state) == (owner, state)


async def test_why_it_ended_stands_in_it_and_can_be_asked_for(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        path = f"/desk/c/{conversation_id}/end"
        assert (await browser.post(path, data={"reason": "boredom"})).status_code == 422
        assert (await browser.post(path, data={"reason": "spam"})).status_code == 204
        assert "ended it: spam" in (await browser.get(f"/desk/c/{conversation_id}")).text
        listed = {
            ending: conversation_id in (await browser.get(f"/desk/inbox?queue=ended&ending={ending}")).text
            for ending in ("", "spam", "resolved", "nonsense")
        }
    assert listed == {"": True, "spam": True, "resolved": False, "nonsense": True}
    assert desk.house.conversation(conversation_id).end_reason == "left"


async def test_all_that_is_done_is_in_the_audit_log(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.house.waits()
    base = f"/desk/c/{conversation_id}"
    async with browse(here, htmx=True) as browser:
        for path, data in (
            ("claim", {"owner": "queue"}),
            ("reply", {"key": KEY, "text": "on its way"}),
            ("reply", {"key": KEY, "text": "on its way"}),
            ("note", {"key": "b" * 32, "text": "nice"}),
            ("tags", {"tag": "late"}),
            ("tags", {"tag": "late"}),
            ("tags/remove", {"tag": "late"}),
            ("tags/remove", {"tag": "late"}),
            ("snooze", {"until": "2026-03-02T12:00"}),
            ("snooze", {}),
            ("end", {}),
            ("wrap-up", {"how": "3"}),
        ):
            assert (await browser.post(f"{base}/{path}", data=data)).is_success, path
    wanted = sa.select(audit.c.action).where(audit.c.conversation_id == conversation_id, audit.c.agent_id == here.id)
    lines = [row.action for row in desk.house.read(wanted.order_by(audit.c.number))]
    assert [line for line in lines if line != "conversation_read"] == [
        *("claim", "reply", "note", "tag", "untag", "snooze", "take_up", "resolve", "wrap_up"),
    ]


async def test_after_the_end_one_writes_again_and_takes_ones_words_along(
    desk: DeskHouse, browse: Browse, here: Agent
) -> None:
    conversation_id = await desk.held_by(here)
    await desk.house.does(owning.resolve, conversation_id, here)
    async with browse(here, htmx=True) as browser:
        await browser.post(f"/desk/c/{conversation_id}/draft", data={"kind": "reply", "text": "one last thing"})
        led = (await browser.post(f"/desk/c/{conversation_id}/again")).headers["hx-redirect"]
        assert led != f"/desk/c/{conversation_id}"
        page = await browser.get(led)
    assert ">one last thing</textarea>" in page.text
    assert desk.house.owner(led.removeprefix("/desk/c/")) == here.id


async def test_the_end_waits_for_who_has_just_written(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    path = f"/desk/c/{conversation_id}"
    shown = desk.house.conversation(conversation_id).last_seq
    async with browse(here, htmx=True) as browser:
        assert f'name="seen" value="{shown}"' in (await browser.get(path)).text
        await desk.house.wanda.types("wait, one more thing")
        refused = await browser.post(f"{path}/end", data={"seen": str(shown)})
        assert (refused.status_code, "They have just written; read it first." in refused.text) == (409, True)
        assert desk.house.conversation(conversation_id).state == "open"
        assert (await browser.post(f"{path}/end", data={"seen": "9" * 25})).status_code == 400
        shown = desk.house.conversation(conversation_id).last_seq
        assert (await browser.post(f"{path}/end", data={"seen": str(shown)})).status_code == 204


@pytest.mark.parametrize("path", ["back", "release"])
async def test_a_stale_page_gives_nothing_away_unread(desk: DeskHouse, browse: Browse, here: Agent, path: str) -> None:
    conversation_id = await desk.held_by(here)
    shown = desk.house.conversation(conversation_id).last_seq
    async with browse(here, htmx=True) as browser:
        page = (await browser.get(f"/desk/c/{conversation_id}")).text
        await desk.house.wanda.types("wait, one more thing")
        refused = await browser.post(f"/desk/c/{conversation_id}/{path}", data={"seen": str(shown)})
        assert (refused.status_code, "They have just written; read it first." in refused.text) == (409, True)
        assert desk.house.owner(conversation_id) == here.id
        shown = desk.house.conversation(conversation_id).last_seq
        assert (await browser.post(f"/desk/c/{conversation_id}/{path}", data={"seen": str(shown)})).status_code == 204
    assert desk.house.owner(conversation_id) != here.id
    assert f"""hx-vals='{{"seen": "{shown - 1}"}}'""" in page, "the menu says what the page shows"
    assert page.count("data-seen") == 2, "and so do the two questions"


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 25, "9" * 10, "-1", "²"])
async def test_a_number_out_of_all_bounds_breaks_nothing(
    desk: DeskHouse, browse: Browse, here: Agent, number: str
) -> None:
    conversation_id = await desk.held_by(here)
    path = f"/desk/c/{conversation_id}"
    async with browse(here, htmx=True) as browser:
        form = {"key": KEY, "text": "on its way", "after": number}
        shown = await browser.post(f"{path}/reply", data=form)
        assert (shown.status_code, "on its way" in shown.text) == (200, True)
        assert (await browser.post(f"{path}/read", data={"seq": number})).status_code == 404
        assert (await browser.get(f"{path}/thread", params={"after": number})).status_code == 404
    assert said_by(desk) == ["on its way"]


async def test_who_answers_nobody_types_to_nobody(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    path = f"/desk/c/{conversation_id}"
    async with browse(desk.agent("Ana Lyst", role=Role.ANALYST), htmx=True) as browser:
        for kind, draft, typing in (("reply", 403, 403), ("note", 204, 403)):
            kept = await browser.post(f"{path}/draft", data={"kind": kind, "text": "hello"})
            assert kept.status_code == draft
            assert (await browser.post(f"{path}/here", data={"types": kind})).status_code == typing
    assert [row.kind for row in desk.house.read(sa.select(desk_drafts))] == ["note"]


async def test_a_note_of_nothing_visible_is_empty(desk: DeskHouse, browse: Browse, here: Agent) -> None:
    conversation_id = await desk.held_by(here)
    async with browse(here, htmx=True) as browser:
        form = {"key": KEY, "text": "   \u200b "}
        refused = await browser.post(f"/desk/c/{conversation_id}/note", data=form)
    assert (refused.status_code, "is empty" in refused.text) == (422, True)
