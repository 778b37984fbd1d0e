"""Makes a one-time code and queues the mail that carries it, inside the transaction of the turn that asked for it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.customers.mail import queue_mail
from bot.customers.verification import code_hash
from bot.languages.languages import Labels, Languages, shipped_languages
from bot.storage.tables import conversations, one_time_codes


class OneTimeCodes:
    """Applies the effect `send_code`.

    Args:
        key: the secret the codes are hashed with; the same that `Verification` has.
        lives: how long a code can be used.
        shop_name: signs the mail.
        new_id: makes row ids.
        random_below: a secure random number from 0 to below its argument.
        languages: where the words of the mail are; left out, those of the project.
    """

    def __init__(
        self,
        *,
        key: bytes,
        lives: timedelta,
        shop_name: str,
        new_id: Callable[[], str],
        random_below: Callable[[int], int] = secrets.randbelow,
        languages: Languages | None = None,
    ) -> None:
        self._key = key
        self._lives = lives
        self._shop_name = shop_name
        self._new_id = new_id
        self._random_below = random_below
        self._languages = languages or shipped_languages()

    def apply_send_code(
        self, connection: Connection, effect: Mapping[str, Any], conversation_id: str, message_id: str, now: datetime
    ) -> None:
        """Store a new code for the conversation, make its older ones useless, and queue the mail.

        Args:
            effect: {"type": "send_code", "shop_customer_id": str or None, "email": str}. Without a customer the code is
                stored all the same and mailed to nobody, so that what follows is answered alike.
            message_id: the customer's message; a second effect of the same message changes nothing.
        """
        made = sa.select(one_time_codes.c.id).where(one_time_codes.c.message_id == message_id)
        if connection.execute(made).first() is not None:
            return
        code = f"{self._random_below(1_000_000):06d}"
        older = sa.and_(one_time_codes.c.conversation_id == conversation_id, one_time_codes.c.used_at.is_(None))
        connection.execute(sa.update(one_time_codes).where(older).values(used_at=now))
        customer_id = effect.get("shop_customer_id")
        connection.execute(
            sa.insert(one_time_codes).values(
                id=self._new_id(),
                conversation_id=conversation_id,
                message_id=message_id,
                shop_customer_id=customer_id,
                code_hash=code_hash(self._key, conversation_id, code),
                created_at=now,
                expires_at=now + self._lives,
            )
        )
        if customer_id is not None:
            words = {"code": code, "minutes": round(self._lives.total_seconds() / 60), "shop_name": self._shop_name}
            labels = self._labels(connection, conversation_id)
            queue_mail(
                connection,
                mail_id=self._new_id(),
                recipient=str(effect["email"]),
                subject=labels.say("mail_code_subject", **words),
                body=labels.say("mail_code_body", **words),
                now=now,
                conversation_id=conversation_id,
            )

    def _labels(self, connection: Connection, conversation_id: str) -> Labels:
        spoken = sa.select(conversations.c.locale).where(conversations.c.id == conversation_id)
        return self._languages.labels(self._languages.language_for(connection.execute(spoken).scalar()))
