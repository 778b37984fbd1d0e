"""Sends mail over SMTP with the standard library, and says of every failure whether the mail may have gone out."""

from __future__ import annotations

import asyncio
import email.policy
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from bot.customers.mail import MailDelayed, MailRefused, MailUncertain, OutgoingMail

TIMEOUT_SECONDS = 10.0
# Lines end as SMTP wants them, and nothing needs a server that takes eight bits.
_POLICY = email.policy.SMTP.clone(cte_type="7bit")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SmtpTransport:
    """A mail server, reached anew for each mail.

    Args:
        url: smtp://user:password@host:587 (STARTTLS, required except on this machine), smtps://…:465.
        sender: the address mails come from.
        clock: dates the mails.
        context: TLS settings; the system's authorities by default.
    """

    keeps_body = False

    def __init__(
        self, url: str, sender: str, clock: Callable[[], datetime], context: ssl.SSLContext | None = None
    ) -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._clock = clock
        self._context = context

    async def send(self, mail: OutgoingMail) -> None:
        """Hand one mail over.

        Raises:
            MailRefused: never will be taken.
            MailDelayed: not taken now.
            MailUncertain: lost in the middle.
        """
        await asyncio.to_thread(self._send, mail)

    def _send(self, mail: OutgoingMail) -> None:
        try:
            text = self._message(mail).as_bytes()
        except ValueError as error:  # a line break or a character that no header can hold
            raise MailRefused(f"this cannot be made into a mail: {type(error).__name__}") from error
        try:
            server = self._connect()
        except smtplib.SMTPAuthenticationError as error:
            raise MailDelayed(f"the mail server refused our login: {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailDelayed(f"the mail server cannot be used: {type(error).__name__}") from error
        try:
            self._hand_over(server, mail.recipient, text)
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        host, context = self._url.hostname or "localhost", self._context or ssl.create_default_context()
        server: smtplib.SMTP
        if self._url.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, self._url.port or 587, timeout=TIMEOUT_SECONDS)
        try:
            server.ehlo()
            if self._url.scheme == "smtp" and (host not in _LOOPBACK or self._context is not None):
                server.starttls(context=context)
                server.ehlo()
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, recipient: str, text: bytes) -> None:
        try:
            _expect_accepted(server.mail(self._sender))
            _expect_accepted(server.rcpt(recipient))
        except (smtplib.SMTPException, OSError) as error:
            raise MailDelayed(f"the mail server stopped before the text: {type(error).__name__}") from error
        try:
            answer = server.data(text)
        except smtplib.SMTPDataError as error:  # the server did not want the text: nothing was handed over
            answer = (error.smtp_code, b"")
        except (smtplib.SMTPException, OSError) as error:
            raise MailUncertain(f"the connection broke while sending: {type(error).__name__}") from error
        _expect_accepted(answer)

    def _message(self, mail: OutgoingMail) -> EmailMessage:
        message = EmailMessage(_POLICY)
        message["From"] = self._sender
        message["To"] = mail.recipient
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self._clock())
        # The same id on every try lets mail programs drop a second copy.
        message["Message-ID"] = f"<{mail.id}@{self._sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body)
        return message


def _expect_accepted(answer: tuple[int, bytes]) -> None:
    code, _ = answer
    if 500 <= code < 600:
        raise MailRefused(f"the mail server said no: {code}")
    if not 200 <= code < 300:
        raise MailDelayed(f"the mail server asked to come back later: {code}")
