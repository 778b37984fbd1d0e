"""Sending over SMTP, against a real server on loopback."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from bot.customers.mail import MailDelayed, MailRefused, MailUncertain, OutgoingMail
from bot.customers.smtp import SmtpTransport

pytestmark = pytest.mark.integration
MAIL = OutgoingMail("5f3a", "jo@mail.example", "Your code", "Grüße,\nyour code is 123456.\n")


class Server:
    """Takes mails, or answers as told."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.answers: dict[str, str] = {}
        self.breaks_off = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.breaks_off:
            server.transport.abort()
        self.taken.append(envelope)
        return self.answers.get("DATA", "250 OK")


@contextmanager
def running(server: Server) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


async def test_a_mail_arrives_with_its_headers(clock: Callable[[], datetime]) -> None:
    server = Server()
    with running(server) as url:
        await SmtpTransport(url, "help@shop.example", clock).send(MAIL)
    (envelope,) = server.taken
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert envelope.rcpt_tos == ["jo@mail.example"]
    assert (message["From"], message["To"], message["Subject"]) == ("help@shop.example", "jo@mail.example", "Your code")
    assert message["Message-ID"] == "<5f3a@shop.example>"
    assert message.get_content().split() == MAIL.body.split()
    assert b"\r\n" in envelope.content
    assert b"\n" not in envelope.content.replace(b"\r\n", b"")


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
@pytest.mark.parametrize(("answer", "error"), [("550 no such user", MailRefused), ("451 later", MailDelayed)])
async def test_an_answer_of_the_server_is_final_or_not(
    clock: Callable[[], datetime], step: str, answer: str, error: type[Exception]
) -> None:
    server = Server()
    server.answers[step] = answer
    with running(server) as url, pytest.raises(error):
        await SmtpTransport(url, "help@shop.example", clock).send(MAIL)


async def test_a_connection_lost_after_the_text_leaves_the_outcome_unknown(clock: Callable[[], datetime]) -> None:
    server = Server()
    server.breaks_off = True
    with running(server) as url, pytest.raises(MailUncertain):
        await SmtpTransport(url, "help@shop.example", clock).send(MAIL)


async def test_a_server_that_is_not_there_is_a_delay(clock: Callable[[], datetime]) -> None:
    with pytest.raises(MailDelayed):
        await SmtpTransport("smtp://127.0.0.1:1", "help@shop.example", clock).send(MAIL)


async def test_a_server_that_cannot_encrypt_is_not_told_the_mail(clock: Callable[[], datetime]) -> None:
    server = Server()
    with running(server) as url:
        transport = SmtpTransport(url, "help@shop.example", clock, ssl.create_default_context())
        with pytest.raises(MailDelayed):
            await transport.send(MAIL)
    assert server.taken == []


async def test_an_address_with_a_line_break_is_refused(clock: Callable[[], datetime]) -> None:
    mail = OutgoingMail("1", "jo@mail.example\nBcc: all@mail.example", "Your code", "123456")
    with pytest.raises(MailRefused):
        await SmtpTransport("smtp://127.0.0.1:1", "help@shop.example", clock).send(mail)
