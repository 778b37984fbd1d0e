"""How the sandbox says no: one exception that carries what the Bot API answers."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A request that is answered with ``ok: false``.

    Attributes:
        code: the HTTP status and ``error_code``.
        description: the sentence, as Telegram words it.
        parameters: ``retry_after`` or ``migrate_to_chat_id`` where there is one.
    """

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def answer(self) -> dict[str, Any]:
        """The body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(why: str, **parameters: int) -> Refused:
    """`why` may have the prefix already."""
    return Refused(400, f"Bad Request: {why.removeprefix('Bad Request: ')}", **parameters)


def forbidden(why: str) -> Refused:
    return Refused(403, f"Forbidden: {why.removeprefix('Forbidden: ')}")


def conflict(why: str) -> Refused:
    return Refused(409, f"Conflict: {why}")


def too_many_requests(seconds: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
