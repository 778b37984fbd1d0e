"""What a reader of the insights gets to see of who a customer is: all of it with the right, else it is masked."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk.pages import DeskCall
from bot.desk.rendering import called
from bot.privacy.masking import mask, mask_value
from bot.staff.rights import Right


@dataclass(frozen=True, slots=True)
class Eyes:
    """How one reader sees texts and names.

    Args:
        clear: they may see who customers are.
        order_number: regular expression of the shop's order numbers.
    """

    clear: bool
    order_number: str

    def text(self, text: str, *names: str | None) -> str:
        """What was said, by or to somebody of these names."""
        if self.clear or not text:
            return text
        return mask(text, known=tuple(name for name in names if name), order_number=self.order_number)

    def value(self, name: str, value: str, *names: str | None) -> str:
        """The value of an entity, or of a field of a card."""
        if self.clear or not value:
            return value
        known = tuple(one for one in names if one)
        return str(mask_value(name, value, known=known, order_number=self.order_number))

    def name(self, name: str | None, customer_id: str) -> str:
        """What the customer is called."""
        return called(name if self.clear else None, customer_id)


def eyes_of(call: DeskCall) -> Eyes:
    """How the one who asks sees."""
    return Eyes(call.may(Right.SEE_IDENTIFIERS), call.tools.settings.order_number_pattern)


def strangers_eyes(order_number: str) -> Eyes:
    """How somebody without an account sees.

    Args:
        order_number: regular expression of the shop's order numbers.
    """
    return Eyes(False, order_number)
