"""Messages sent in a burst: which are understood together, and when it is worth waiting for the next. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.conversations.models import PendingTurn, Standing, TurnResult, Waiting

MOST_MESSAGES = 8
MOST_CHARACTERS = 4000

# What an answer may be held back for. A turn that is thrown away must have done nothing in the world, so only intents
# stand here whose actions do nothing but speak.
UNSURE = frozenset({"nlu_fallback", "out_of_scope"})  # perhaps only half a sentence
OPENINGS = frozenset({"greet", "smalltalk", "has_question", "wait"})  # what is wanted comes after it
# A wish by its first words already; their actions only look things up, so while more is typed they may wait as well.
LOOKED_UP = frozenset(
    {
        *("shipping_question", "payment_question", "policy_question", "product_question", "place_order"),
        *("promo_code", "membership", "review", "newsletter", "invoice", "payment_problem", "site_problem"),
        *("cancel_order", "change_order_address", "change_order_items", "change_order_payment", "order_problem"),
        *("return_items", "exchange_items", "refund_status"),
        *("account_create", "account_access", "account_delete", "update_profile"),
    }
)
MAY_WAIT = UNSURE | OPENINGS | LOOKED_UP

TYPING_LASTS_SECONDS = 2.5  # after a signal that the customer is typing


def pending_turn(standing: Standing, waiting: Sequence[Waiting]) -> PendingTurn:
    """The next turn of a conversation: its first waiting message and those that are understood together with it.

    Args:
        waiting: in order, at least one. A choice is a turn of its own; typed texts go together while they came over
            one channel and are not too many or too long.
    """
    together = [waiting[0]]
    length = len(waiting[0].text)
    for message in waiting[1:MOST_MESSAGES]:
        length += len(message.text)
        typed = together[0].payload is None and message.payload is None
        if not typed or message.channel != together[0].channel or length > MOST_CHARACTERS:
            break
        together.append(message)
    last = together[-1]
    return PendingTurn(
        conversation_id=standing.conversation_id,
        customer_id=standing.customer_id,
        identity_id=standing.identity_id,
        message_id=last.message_id,
        external_id=last.external_id,
        channel=last.channel,
        locale=standing.locale,
        seq=last.seq,
        text="\n".join(message.text for message in together),
        payload=last.payload,
        received_at=together[0].received_at,
        number=standing.turns,
        history=standing.history,
        owner=standing.owner,
        state=standing.state,
        earlier=tuple(together[:-1]),
    )


@dataclass(frozen=True, slots=True)
class Quiet:
    """How long it has been quiet, in seconds, since an answer was ready.

    `typing` is the time since the customer was seen to type after their last message: None where their client never
    says, infinite where it does and they have not.
    """

    held: float
    typing: float | None


@dataclass(frozen=True, slots=True)
class Bursts:
    """When an answer is held back, in case the customer has not finished.

    Args:
        quiet: how long nothing must come before an uncertain message is answered; 0 answers everything at once.
        longest: for how long an answer is held back at most, counted from the first of the messages.
    """

    quiet: timedelta = timedelta(seconds=0.9)
    longest: timedelta = timedelta(seconds=4)

    def may_hold(self, turn: PendingTurn, result: TurnResult) -> bool:
        """Whether the result may be thrown away for a fuller one: the turn can grow and has done nothing yet."""
        grows = turn.payload is None and len(turn.earlier) + 1 < MOST_MESSAGES
        # A number or an address may have been looked up by now, and a wrong one counted.
        facts = any(character.isdigit() or character == "@" for character in turn.text)
        # The understanding is the first wish's; of others, heard in the same turn, actions have run as well.
        alone = sum(event.get("event") == "user" for event in result.events) <= 1
        return self.quiet > timedelta(0) and grows and not facts and alone and _intent(result) in MAY_WAIT

    def pause(self, turn: PendingTurn, result: TurnResult, waited: float, quiet: Quiet) -> float:
        """For how many seconds more a result that may be held should be; 0 or less: say it.

        Args:
            waited: seconds from the receipt of the turn's first message to the result.
        """
        # A program says hello and waits; a person whose client shows that they type goes on. After a wish they do
        # where they have been writing in pieces.
        goes_on = _intent(result) in OPENINGS or bool(turn.earlier)
        expected = _intent(result) in UNSURE or (quiet.typing is not None and goes_on)
        pause = self.quiet.total_seconds() - quiet.held if expected else 0.0
        if quiet.typing is not None:
            pause = max(pause, TYPING_LASTS_SECONDS - quiet.typing)
        return min(pause, self.longest.total_seconds() - waited - quiet.held)


def _intent(result: TurnResult) -> str | None:
    name = ((result.understanding or {}).get("intent") or {}).get("name")
    return name if isinstance(name, str) else None
