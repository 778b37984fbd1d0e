"""What browsers send, read so that no value of it can break a page: forms and numbers; decides nothing."""

from __future__ import annotations

import re

from starlette.datastructures import FormData
from starlette.requests import Request

from bot.conversations.cleaning import encodable

_NUMBER = re.compile(r"[0-9]{1,9}")


class UnreadableForm(Exception):
    """The form is in an encoding that is none."""


def number_of(typed: str) -> int | None:
    """The number that was sent, if it is one of at most nine digits, as every database keeps; None otherwise."""
    return int(typed) if _NUMBER.fullmatch(typed) else None


async def form_of(request: Request, *, max_files: int, max_fields: int) -> FormData:
    """The fields that were sent, without signs that no database keeps.

    Raises:
        UnreadableForm: they cannot be told apart from noise.
    """
    try:
        sent = await request.form(max_files=max_files, max_fields=max_fields)
    except ValueError as error:
        raise UnreadableForm from error
    return FormData([(name, storable(v) if isinstance(v, str) else v) for name, v in sent.multi_items()])


def storable(text: str) -> str:
    """The text without zeros and halves of characters."""
    return encodable(text).replace("\0", "")
