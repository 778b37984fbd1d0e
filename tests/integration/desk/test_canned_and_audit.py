"""Canned replies as they are kept, and the audit log as a page."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa

from bot.desk.audit_page import PAGE
from bot.staff import audit as log
from bot.staff.models import Agent, Role
from bot.storage.desk_tables import audit, canned_replies
from tests.support.desk_house import DeskHouse

pytestmark = pytest.mark.integration
Browse = Callable[..., httpx.AsyncClient]
REPLY = {"shortcut": "refund-time", "title": "How long a refund takes", "text": "Hi {customer_name}, 5 days."}


@pytest.fixture
def boss(desk: DeskHouse) -> Agent:
    return desk.agent("Bea Boss", role=Role.SUPERVISOR)


async def sends(browse: Browse, agent: Agent, path: str = "", **data: str) -> httpx.Response:
    async with browse(agent, htmx=True) as browser:
        return await browser.post(f"/desk/canned{path}", data=data)


async def shown(browse: Browse, agent: Agent, path: str) -> str:
    async with browse(agent) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return answer.text


async def test_a_reply_is_kept_and_shown_as_it_would_read(desk: DeskHouse, browse: Browse, boss: Agent) -> None:
    assert (await sends(browse, boss, **(REPLY | {"shortcut": " /Refund-Time "}))).status_code == 204
    listed = await shown(browse, boss, "/desk/canned")
    assert "/refund-time" in listed
    assert "Hi Ada, 5 days." in listed
    (row,) = desk.house.read(sa.select(canned_replies))
    assert (row.shortcut, row.text, row.updated_by) == ("refund-time", REPLY["text"], boss.id)


async def test_the_preview_warns_of_what_nobody_fills_in(browse: Browse, boss: Agent) -> None:
    answer = await sends(browse, boss, "/preview", text="Hi {customer_name}, your {parcel} and {x}")
    assert "Hi Ada, your {parcel} and {x}" in answer.text
    assert re.findall(r'<span class="mono">([^<]+)</span>', answer.text) == ["{parcel}", "{x}"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"shortcut": "two words"}, "A shortcut is one word"),
        ({"shortcut": ""}, "A shortcut is one word"),
        ({"shortcut": "x" * 41}, "A shortcut is one word"),
        ({"title": " "}, "A title has 1 to 100 characters."),
        ({"title": "x" * 101}, "A title has 1 to 100 characters."),
        ({"text": ""}, "A text has 1 to 4,000 characters."),
        ({"text": "x" * 4001}, "A text has 1 to 4,000 characters."),
        ({"language": "English"}, "Customers are not spoken to in that language."),
        ({"language": "xx"}, "Customers are not spoken to in that language."),
        ({"team_id": "none"}, "There is no such team any more."),
    ],
)
async def test_what_cannot_be_kept_is_a_sentence(
    desk: DeskHouse, browse: Browse, boss: Agent, fields: dict[str, str], sentence: str
) -> None:
    answer = await sends(browse, boss, **(REPLY | fields))
    assert (answer.status_code, sentence in answer.text) == (200, True)
    assert desk.house.read(sa.select(canned_replies)) == []


async def test_a_shortcut_is_taken_once(desk: DeskHouse, browse: Browse, boss: Agent) -> None:
    await sends(browse, boss, **REPLY)
    assert "There is a reply with that shortcut already." in (await sends(browse, boss, **REPLY)).text
    assert len(desk.house.read(sa.select(canned_replies))) == 1


async def test_of_two_who_change_the_same_reply_the_second_sees_the_first(
    desk: DeskHouse, browse: Browse, boss: Agent
) -> None:
    await sends(browse, boss, **REPLY)
    (row,) = desk.house.read(sa.select(canned_replies))
    form = await shown(browse, boss, f"/desk/canned/{row.id}")
    version = re.findall(r'name="version" value="([^"]+)"', form)[0]
    first = await sends(browse, boss, f"/{row.id}", **(REPLY | {"text": "First", "version": version}))
    assert first.status_code == 204
    second = await sends(browse, boss, f"/{row.id}", **(REPLY | {"text": "Second", "version": version}))
    assert "Somebody else has changed it meanwhile." in second.text
    assert [row.text for row in desk.house.read(sa.select(canned_replies.c.text))] == ["First"]


async def test_a_removed_reply_is_gone_and_its_words_are_in_the_log(
    desk: DeskHouse, browse: Browse, boss: Agent
) -> None:
    await sends(browse, boss, **REPLY)
    (row,) = desk.house.read(sa.select(canned_replies))
    assert (await sends(browse, boss, f"/{row.id}/remove")).status_code == 204
    assert (await sends(browse, boss, f"/{row.id}/remove")).status_code == 404
    (line,) = desk.house.read(sa.select(audit).where(audit.c.action == "canned_removed"))
    assert line.details["text"] == REPLY["text"]


async def test_agents_use_replies_and_do_not_keep_them(browse: Browse, robin: Agent) -> None:
    assert (await sends(browse, robin, **REPLY)).status_code == 403


# -- the audit log


def write(desk: DeskHouse, *actions: str, agent: Agent | None = None) -> None:
    def work(connection: sa.Connection) -> None:
        for action in actions:
            agent_id = agent.id if agent else None
            log.note(connection, now=desk.clock(), action=action, agent_id=agent_id, subject=f"about {action}")

    desk.database.write_now(work)


async def test_the_log_is_leafed_through_without_gaps(desk: DeskHouse, browse: Browse, boss: Agent) -> None:
    write(desk, *(f"a{number:03}" for number in range(PAGE * 2 + 5)))
    found: list[str] = []
    path = "/desk/audit"
    for _ in range(4):
        page = await shown(browse, boss, path)
        found += re.findall(r"about (a\d{3})", page)
        older = re.search(r'href="(/desk/audit\?[^"]*before=\d+)"', page)
        if older is None:
            break
        path = older[1].replace("&amp;", "&")
    assert found == [f"a{number:03}" for number in reversed(range(PAGE * 2 + 5))]


async def test_the_log_is_filtered(desk: DeskHouse, browse: Browse, boss: Agent, robin: Agent) -> None:
    write(desk, "claim", "note", agent=robin)
    write(desk, "claim")
    page = await shown(browse, boss, f"/desk/audit?action=claim&agent={robin.id}")
    assert page.count("about claim") == 1
    assert "about note" not in page


@pytest.mark.parametrize(
    "query", ["before=x", "before=99999999999999999999", "before=-1", "agent=nobody", "action=%00", "conversation='"]
)
async def test_any_question_to_the_log_is_answered(browse: Browse, boss: Agent, query: str) -> None:
    assert "Audit log" in await shown(browse, boss, f"/desk/audit?{query}")


async def test_the_log_can_only_be_read(browse: Browse, boss: Agent, robin: Agent) -> None:
    async with browse(boss, htmx=True) as browser:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert (await browser.request(method, "/desk/audit")).status_code in (404, 405)
    async with browse(robin) as browser:
        assert (await browser.get("/desk/audit")).status_code == 403
