"""Who gets in at the desk's door, what is refused there, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa

from bot.desk.pages import COOKIE
from bot.staff.accounts import change_agent
from bot.staff.models import Agent, Role
from bot.storage.desk_tables import audit
from bot.storage.tables import agents
from tests.conftest import Clock
from tests.support.desk_house import DeskHouse
from tests.support.staffed import PASSWORD

Browse = Callable[..., httpx.AsyncClient]


def actions(desk: DeskHouse) -> list[str]:
    return [row.action for row in desk.house.read(sa.select(audit.c.action).order_by(audit.c.number))]


async def test_a_stranger_is_led_to_the_sign_in_page_and_back_afterwards(browse: Browse, robin: Agent) -> None:
    async with browse() as browser:
        led = await browser.get("/desk/inbox?queue=waiting")
        assert (led.status_code, led.headers["location"]) == (303, "/desk/sign-in?next=/desk/inbox%3Fqueue%3Dwaiting")
        page = await browser.get(led.headers["location"])
        assert 'value="/desk/inbox?queue=waiting"' in page.text
        form = {"email": robin.email, "password": PASSWORD, "next": "/desk/inbox?queue=waiting"}
        entered = await browser.post("/desk/sign-in", data=form)
        assert (entered.status_code, entered.headers["location"]) == (303, "/desk/inbox?queue=waiting")
        assert (await browser.get(entered.headers["location"])).status_code == 200


async def test_for_a_part_of_a_page_a_stranger_is_led_by_htmx(browse: Browse) -> None:
    async with browse(htmx=True) as browser:
        answer = await browser.get("/desk/inbox")
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/desk/sign-in?ended=1")


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/desk/../x", "/help", "/desk/sign-in", "/\\x"]
)
async def test_signing_in_leads_nowhere_else(browse: Browse, robin: Agent, path: str) -> None:
    async with browse() as browser:
        entered = await browser.post("/desk/sign-in", data={"email": robin.email, "password": PASSWORD, "next": path})
    assert entered.headers["location"] == "/desk/inbox"


async def test_cookies_are_for_the_desk_alone(browse: Browse, robin: Agent) -> None:
    async with browse() as browser:
        entered = await browser.post("/desk/sign-in", data={"email": robin.email, "password": PASSWORD})
    for cookie in entered.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/desk" in cookie or "Path=/insights" in cookie
        assert "Secure" not in cookie  # on this machine there is no https


async def test_over_https_cookies_travel_over_nothing_else(desk: DeskHouse) -> None:
    secure = DeskHouse(desk.database, desk.clock, desk.new_id, public_url="https://chat.example.com")
    robin = secure.door.add("Robin Hale")
    transport = httpx.ASGITransport(app=secure.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://chat.example.com") as browser:
        entered = await browser.post("/desk/sign-in", data={"email": robin.email, "password": PASSWORD})
    assert all("Secure" in cookie for cookie in entered.headers.get_list("set-cookie"))


async def test_a_wrong_password_is_refused_and_noted(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    async with browse() as browser:
        refused = await browser.post("/desk/sign-in", data={"email": robin.email, "password": "something else"})
    assert refused.status_code == 401
    assert "do not belong together" in refused.text
    assert f'value="{robin.email}"' in refused.text
    assert actions(desk) == ["sign_in_failed"]


async def test_too_many_wrong_passwords_are_told_to_wait(browse: Browse, robin: Agent) -> None:
    async with browse() as browser:
        for _ in range(30):
            refused = await browser.post("/desk/sign-in", data={"email": robin.email, "password": "something else"})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


async def test_without_accounts_the_page_says_how_to_make_one(browse: Browse) -> None:
    async with browse() as browser:
        assert "bellhop agents add" in (await browser.get("/desk/sign-in")).text


async def test_signing_in_from_another_site_is_refused(browse: Browse, robin: Agent) -> None:
    async with browse() as browser:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            form = {"email": robin.email, "password": PASSWORD}
            refused = await browser.post("/desk/sign-in", data=form, headers=headers)
            assert refused.status_code == 403
            assert COOKIE not in refused.cookies


async def test_signing_out_ends_the_session(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    async with browse(robin) as browser:
        out = await browser.post("/desk/sign-out")
        assert out.headers["location"] == "/desk/sign-in"
        assert (await browser.get("/desk/inbox")).status_code == 303
    assert "sign_out" in actions(desk)


@pytest.mark.parametrize("token", [None, "", "wrong", "ä"])
async def test_a_change_needs_the_token_of_the_session(browse: Browse, robin: Agent, token: str | None) -> None:
    async with browse(robin, csrf=False) as browser:
        form = {"presence": "online"} | ({} if token is None else {"csrf": token})
        assert (await browser.post("/desk/presence", data=form)).status_code == 403


async def test_the_token_is_taken_from_a_field_as_well(desk: DeskHouse, robin: Agent) -> None:
    cookie = desk.cookie(robin)
    transport = httpx.ASGITransport(app=desk.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test", cookies=cookie) as browser:
        form = {"presence": "online", "csrf": desk.csrf(cookie)}
        assert (await browser.post("/desk/presence", data=form)).status_code == 204


async def test_the_token_of_one_session_opens_no_other(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    other = desk.csrf(desk.cookie(desk.door.add("Kim Ode")))
    async with browse(robin, csrf=False) as browser:
        form = {"presence": "online"}
        refused = await browser.post("/desk/presence", data=form, headers={"X-CSRF-Token": other})
        assert refused.status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}]
)
async def test_a_change_from_another_site_is_refused_even_with_the_token(
    browse: Browse, robin: Agent, headers: dict[str, str]
) -> None:
    async with browse(robin) as browser:
        assert (await browser.post("/desk/presence", data={"presence": "online"}, headers=headers)).status_code == 403


async def test_a_disabled_agent_is_out_with_the_next_request(desk: DeskHouse, browse: Browse) -> None:
    desk.door.add("Ada Admin", role=Role.ADMIN)
    robin = desk.door.add("Robin Hale")
    async with browse(robin) as browser:
        assert (await browser.get("/desk/inbox")).status_code == 200
        desk.database.write_now(lambda connection: change_agent(connection, robin.id, desk.clock(), state="disabled"))
        assert (await browser.get("/desk/inbox")).status_code == 303


async def test_what_a_page_asks_for_by_itself_keeps_nobody_signed_in(
    desk: DeskHouse, browse: Browse, robin: Agent, clock: Clock
) -> None:
    async with browse(robin) as browser:
        for _ in range(13):
            clock.forward(hours=1)
            answer = await browser.get("/desk/attention", headers={"X-Desk-Auto": "1"})
        assert answer.status_code == 303


async def test_what_somebody_does_keeps_them_signed_in(browse: Browse, robin: Agent, clock: Clock) -> None:
    async with browse(robin) as browser:
        for _ in range(13):
            clock.forward(hours=1)
            answer = await browser.get("/desk/inbox")
        assert answer.status_code == 200


async def test_a_password_that_somebody_else_made_is_changed_first(desk: DeskHouse, browse: Browse) -> None:
    robin = desk.door.add("Robin Hale", must_change_password=True)
    async with browse(robin) as browser:
        assert (await browser.get("/desk/inbox")).headers["location"] == "/desk/account/password"
        new = "seven quiet lanterns"
        form = {"current": PASSWORD, "new": new, "again": new}
        assert (await browser.post("/desk/account/password", data=form)).headers["location"] == "/desk/inbox"
        assert (await browser.get("/desk/inbox")).status_code == 200


async def test_every_answer_is_kept_to_itself(browse: Browse, robin: Agent) -> None:
    async with browse(robin) as browser:
        paths = ("/desk/inbox", "/desk/account", "/desk/nowhere", "/desk/attention", "/desk/search?q=hello")
        answers = [await browser.get(path) for path in paths]
        answers.append(await browser.post("/desk/presence", data={"presence": "sleeping"}))
    async with browse() as stranger:
        answers += [await stranger.get(path) for path in ("/desk/sign-in", "/desk/inbox")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_pages_have_no_scripts_and_styles_of_their_own(browse: Browse, robin: Agent) -> None:
    async with browse(robin) as browser:
        for path in ("/desk/inbox", "/desk/account", "/desk/search"):
            text = (await browser.get(path)).text
            assert "<style" not in text
            assert " style=" not in text
            assert " onclick=" not in text
            assert "<script>" not in text


async def test_whatever_is_not_there_is_not_found_by_those_who_are_signed_in_alone(
    browse: Browse, robin: Agent
) -> None:
    async with browse() as stranger:
        assert (await stranger.get("/desk/nowhere")).status_code == 303
    async with browse(robin) as browser:
        assert (await browser.get("/desk/nowhere")).status_code == 404


async def test_more_than_a_page_can_need_is_not_read(browse: Browse, robin: Agent) -> None:
    async with browse(robin) as browser:
        assert (await browser.post("/desk/presence", data={"presence": "x" * 2_000_000})).status_code == 413


async def test_the_files_of_the_desk_may_be_kept_for_ever_under_their_version(desk: DeskHouse, browse: Browse) -> None:
    async with browse() as browser:
        kept = await browser.get(f"/desk/static/{desk.tools.version}/tokens.css")
        assert "immutable" in kept.headers["cache-control"]


async def test_a_name_is_text_wherever_it_is_shown(desk: DeskHouse, browse: Browse, robin: Agent) -> None:
    name = "<img src=x onerror=alert(1)>"
    desk.database.write_now(lambda connection: connection.execute(sa.update(agents).values(name=name)))
    async with browse(robin) as browser:
        for path in ("/desk/inbox", "/desk/account"):
            text = (await browser.get(path)).text
            assert "<img" not in text
            assert "&lt;img" in text


def half_of_a_character(**fields: str) -> dict[str, object]:
    """A form in an encoding that lets half a character through."""
    lines = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{v}\r\n' for name, v in fields.items()]
    content = ("".join(lines) + "--x--\r\n").encode()
    return {"content": content, "headers": {"Content-Type": "multipart/form-data; boundary=x; charset=utf-7"}}


async def test_what_is_no_address_is_not_our_page(browse: Browse, robin: Agent) -> None:
    async with browse(robin) as browser:
        refused = await browser.post("/desk/sign-out", headers={"Origin": "http://["})
    assert refused.status_code == 403


async def test_half_a_character_opens_and_breaks_nothing(browse: Browse, robin: Agent) -> None:
    async with browse() as stranger:
        form = half_of_a_character(email="a+2AA-@b", password=PASSWORD)
        assert (await stranger.post("/desk/sign-in", **form)).status_code == 401
    async with browse(robin, csrf=False) as browser:
        assert (await browser.post("/desk/sign-out", **half_of_a_character(csrf="+2AA-"))).status_code == 403
        form = half_of_a_character(csrf="x")
        form["headers"] = {"Content-Type": "multipart/form-data; boundary=x; charset=punycode"}
        assert (await browser.post("/desk/sign-out", **form)).status_code in (400, 403)


async def test_who_works_is_there_though_their_events_are_silent(desk: DeskHouse, browse: Browse, clock: Clock) -> None:
    here = desk.agent()
    talk = await desk.held_by(here)

    def seen() -> object:
        return desk.house.read(sa.select(agents.c.seen_at).where(agents.c.id == here.id))[0].seen_at

    async with browse(here) as browser:
        before = seen()
        clock.forward(seconds=9)
        await browser.get("/desk/inbox")
        assert seen() == before, "not with every request"
        clock.forward(seconds=2)
        await browser.get("/desk/inbox", headers={"X-Desk-Auto": "1"})
        assert seen() == before, "the page asked by itself"
        await browser.get("/desk/inbox")
        assert seen() == clock()
        clock.forward(seconds=30)
        looked = await browser.post(f"/desk/c/{talk}/here", data={"types": ""}, headers={"X-Desk-Auto": "1"})
        assert (looked.status_code, seen()) == (200, clock())
        clock.forward(hours=-1)  # it was wrong, and is set right
        await browser.get("/desk/inbox")
        assert seen() == clock()
