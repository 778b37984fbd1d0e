"""Tokens: one visitor stays one visitor."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.client.sessions import HttpSessions, SessionRefused, SessionUnavailable

START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def answering(*answers: httpx.Response, clock: Clock | None = None) -> tuple[HttpSessions, list[httpx.Request]]:
    """Sessions whose server gives these answers, and the requests it got."""
    requests: list[httpx.Request] = []
    remaining = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return remaining.pop(0)

    transport = httpx.MockTransport(handle)
    return HttpSessions("http://shop.test", now=clock or Clock(), transport=transport), requests


def token(name: str, hours: int) -> httpx.Response:
    return httpx.Response(200, json={"token": name, "expires_at": (START + timedelta(hours=hours)).isoformat()})


async def test_a_valid_token_is_asked_for_once() -> None:
    sessions, requests = answering(token("t1", 1))
    assert [await sessions.token(), await sessions.token()] == ["t1", "t1"]
    assert len(requests) == 1


async def test_a_token_about_to_end_is_extended_with_itself() -> None:
    clock = Clock()
    sessions, requests = answering(token("t1", 1), token("t2", 2), clock=clock)
    await sessions.token()
    clock.now = START + timedelta(minutes=59, seconds=30)
    assert await sessions.token() == "t2"
    assert [r.headers.get("Authorization") for r in requests] == [None, "Bearer t1"]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_trouble_on_the_server_is_worth_another_try(status: int) -> None:
    sessions, _ = answering(httpx.Response(status, text="no"), token("t1", 1))
    with pytest.raises(SessionUnavailable):
        await sessions.token()
    assert await sessions.token() == "t1"


async def test_a_refusal_carries_the_servers_own_words() -> None:
    sessions, _ = answering(httpx.Response(403, json={"error": {"code": "foreign_origin", "message": "No."}}))
    with pytest.raises(SessionRefused, match="403 foreign_origin: No"):
        await sessions.token()


@pytest.mark.parametrize("body", [{}, {"token": "t1"}, {"token": "t1", "expires_at": "2026-01-01T00:00:00"}])
async def test_an_answer_of_another_shape_is_a_refusal(body: dict[str, str]) -> None:
    sessions, _ = answering(httpx.Response(200, json=body))
    with pytest.raises(SessionRefused, match="unreadable"):
        await sessions.token()
