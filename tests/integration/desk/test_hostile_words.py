"""Three hundred texts that would do harm as markup stay text on every page beside the conversation itself."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.desk import audit_page, supervisor, worklists
from bot.staff.models import Role
from bot.staff.presence import choose
from tests.support.desk_house import DeskHouse, database_at
from tests.support.hostile_desk import NOW, HostileShop, conversation_of, fill, order_of
from tests.support.hostile_words import PAYLOADS, Look, harm_in

pytestmark = pytest.mark.integration
LISTS = ("promises", "follow-ups", "people", "canned", "audit", "supervise", "people/new", "canned/new")


def test_the_look_finds_what_leads_away() -> None:
    for address in ("//evil.example", "/\\\\evil.example", "javascript:alert(1)", "data:text/html,x", ""):
        assert harm_in(f'<a href="{address}">'), address
    for address in ("/desk/inbox", "#side", "?queue=mine", "https://shop.example", "mailto:a@shop.example"):
        assert harm_in(f'<a href="{address}">') == [], address
    assert len(set(PAYLOADS)) == len(PAYLOADS) == 300


class Pages:
    """All pages of a desk full of payloads, as an admin reads them."""

    def __init__(self, desk: DeskHouse, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        boss = desk.door.add("Bea Boss", role=Role.ADMIN)
        desk.database.write_now(lambda connection: fill(connection, boss.id))
        desk.database.write_now(lambda connection: choose(connection, boss.id, boss.presence, NOW))
        cookie = desk.cookie(boss)
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=desk.app),
            base_url="http://desk.test",
            cookies=cookie,
            headers={"X-CSRF-Token": desk.csrf(cookie)},
            timeout=60,
        )
        self.lists = {name: self.get(f"/desk/{name}") for name in LISTS}

    def get(self, path: str, **query: str) -> str:
        return self._read(self._client.get(path, params=query or None))

    def post(self, path: str, **data: str) -> str:
        return self._read(self._client.post(path, data=data))

    def _read(self, asked: Any) -> str:
        answer = self._loop.run_until_complete(asked)
        assert answer.status_code == 200, answer.text
        return str(answer.text)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[Pages]:
    numbers = itertools.count(1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(worklists, "MOST_SHOWN", 400)
        patched.setattr(supervisor, "MOST_SHOWN", 400)
        patched.setattr(audit_page, "PAGE", 400)
        database = database_at(tmp_path_factory.mktemp("hostile"), empty_file)
        desk = DeskHouse(database, lambda: NOW, lambda: f"{next(numbers):032x}")
        desk.rebuilt(replace(desk.tools, shop=HostileShop()))  # type: ignore[arg-type]  # as much of a shop as pages ask
        loop = asyncio.new_event_loop()
        yield Pages(desk, loop)
        loop.close()
        database.close()


@pytest.mark.parametrize("name", LISTS)
def test_lists_full_of_payloads_have_no_harm_in_them(pages: Pages, name: str) -> None:
    assert harm_in(pages.lists[name]) == []


@pytest.fixture(scope="module")
def looks(pages: Pages) -> dict[str, str]:
    """The words of each list, without space."""
    return {name: "".join("\n".join(Look(page).texts).split()) for name, page in pages.lists.items()}


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_a_payload_stays_text_beside_the_conversation(pages: Pages, looks: dict[str, str], number: int) -> None:
    words = PAYLOADS[number]
    shown = "".join(words.split())
    for name in ("promises", "follow-ups", "people", "canned", "audit", "supervise"):
        assert shown in looks[name], name
    path = f"/desk/c/{conversation_of(number)}"
    side, shop = pages.get(f"{path}/side"), pages.get(f"{path}/side/shop")
    form = pages.get(f"{path}/order/form", order=order_of(number), kind="change_order_items")
    filled = {"order": order_of(number), "kind": "change_order_items", "token": words, "swap-0": f"other{words}"}
    summary = pages.post(f"{path}/order/preview", **filled, payment=f"card{words}")
    address = pages.post(
        f"{path}/order/preview", order=order_of(number), kind="change_order_address", token="t", line1=words
    )
    for name, page in {"side": side, "shop": shop, "form": form, "summary": summary, "address": address}.items():
        assert harm_in(page) == [], name
        assert Look(page).shows(words), name


@pytest.mark.parametrize("number", [0, 60, 120, 180, 240, 299])
def test_what_was_done_for_a_payload_is_noted_as_text(pages: Pages, number: int) -> None:
    path, words = f"/desk/c/{conversation_of(number)}", PAYLOADS[number]
    data = {"order": order_of(number), "kind": "change_order_items", "token": f"t{number}", "swap-0": f"other{words}"}
    summary = pages.post(f"{path}/order/preview", **data, payment=f"card{words}")
    mark = re.search(r'name="mark" value="([^"]+)"', summary)
    assert mark
    done = pages.post(f"{path}/order/apply", **data, payment=f"card{words}", mark=unescape(mark[1]))
    assert "<strong>Done.</strong>" in done
    assert harm_in(done) == []


def test_harm_is_found_where_there_is_some() -> None:
    assert harm_in("<p onclick=x>") == ["p onclick=x"]
    assert harm_in("<script>x</script>") == ["<script>"]
    assert harm_in('<a href="javascript:x">') == ["a href=javascript:x"]
    assert harm_in('<script src="/desk/static/1/desk.js"></script><a href="/desk">') == []
