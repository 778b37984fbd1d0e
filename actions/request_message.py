"""What the message at hand is, seen from the requests: another wish, a refusal, an answer, or none of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.reading import Facts, answers_form, confidence_of, intent_of, language_of, turn_of
from bot.languages.requests import request_words
from bot.self_service.reading.answers import Reply, read_done, read_reply
from bot.self_service.reading.pieces import says_any
from bot.self_service.request import TASK_OF, Request, Slot, Task, begun
from bot.self_service.talking import answer
from bot.self_service.world import World

SURE_OF_ANOTHER = 0.55
_SURE_OF_QUESTION = 0.85
DIRECT = (Slot.ORDER, Slot.ITEMS, Slot.VARIANT, Slot.PAYMENT, Slot.REASON, Slot.ADDRESS, Slot.WHAT)
_FIRST = 4
LONG = 9  # words; beside a proof of who it is, so many say more than that


@dataclass(frozen=True, slots=True)
class Message:
    """What an action needs of the message at hand."""

    dispatcher: CollectingDispatcher
    tracker: Tracker
    domain: dict[str, Any]
    facts: Facts

    @property
    def text(self) -> str:
        """What the customer wrote, or what the button says."""
        return str(self.tracker.latest_message.get("text") or "")

    @property
    def whole_text(self) -> str:
        """The message of which this is one wish or answer of several; "" where it is all of it."""
        whole = str((self.tracker.latest_message.get("metadata") or {}).get("whole_text") or "")
        return "" if whole == self.text else whole

    def fresh(self, task: Task, place: int) -> Request:
        """A request begun by this message. "The address in my account" is the profile's, whatever it was taken for."""
        words, text = request_words(language_of(self.tracker)), self.text
        of_profile = says_any(text, words["request_of_profile"]) and not says_any(text, words["order_words"])
        if self._is_about_address(task):
            task = Task.ADDRESS
        if task is Task.ADDRESS and of_profile and not self.facts.order_number:
            return replace(begun(Task.PROFILE, turn_of(self.tracker).message_id, place), what="address").hears(text)
        return begun(task, turn_of(self.tracker).message_id, place).hears(text)

    def _is_about_address(self, task: Task) -> bool:
        """Whether "change" is about where it goes: things may be named only to say which order is meant."""
        words = request_words(language_of(self.tracker))["request_of_address"]
        return task is Task.SWAP and says_any(self.text, words)

    def new_wish(self, request: Request | None) -> Task | None:
        """The task that the message asks for, if it is another than the one at hand."""
        task = TASK_OF.get(intent_of(self.tracker) or "")
        sure = confidence_of(self.tracker) >= SURE_OF_ANOTHER
        if not sure and request is not None and self._speaks_of_address(request):
            return Task.ADDRESS
        if task is Task.PAYMENT and request is not None and request.task in (Task.SWAP, Task.RETURN):
            return None  # "the difference on my gift card" is how this one is paid
        return task if task and sure and (request is None or task is not request.task) else None

    def may_answer(self, request: Request, world: World) -> bool:
        """Whether it may be about the request, rather than a question or another wish with facts in it."""
        if read_reply(self.text, world.language, kind=request.task.value) is not Reply.NONE:
            return True
        if request.asked in (Slot.ADDRESS, Slot.PHONE) and self.facts.digits:
            return True
        if request.asked == Slot.ITEMS and read_done(self.text, world.language):
            return True
        if TASK_OF.get(str(intent_of(self.tracker))) is request.task:
            return True
        if self.text.rstrip().endswith("?") and confidence_of(self.tracker) >= SURE_OF_ANOTHER:
            return False
        if request.asked in DIRECT and answer((request,), self.text, world).answered:
            return confidence_of(self.tracker) < _SURE_OF_QUESTION or self._is_brief()
        return answers_form(self.tracker, self.facts, tuple(TASK_OF))

    def _is_brief(self) -> bool:
        return len(self.text.split()) < LONG

    def _speaks_of_address(self, request: Request) -> bool:
        """Whether it is surely about an address, however unsure the understanding is."""
        words, text = request_words(language_of(self.tracker)), self.text
        named = says_any(text, words["request_of_profile"]) or self.facts.order_number is not None
        about = says_any(text, words["request_of_address"]) and len(text.split()) >= LONG // 2
        return about and named and request.task not in (Task.ADDRESS, Task.PROFILE)

    def means(self, request: Request) -> bool:
        """Whether a wish is about the order that is at hand: no other is named."""
        return all(number == request.number for number in self.facts.order_numbers)

    def refuses(self, request: Request, world: World) -> bool:
        """ "Don't cancel it", to the question whether it shall be cancelled."""
        if request.asked != Slot.CONFIRMATION or TASK_OF.get(str(intent_of(self.tracker))) is None:
            return False
        first = self.text.split()[:_FIRST]
        return says_any(" ".join(first), request_words(world.language)["request_do_not"])

    def is_all(self, world: World) -> bool:
        """ "That's all" in the middle of a request: no goodbye, and no yes."""
        words = request_words(world.language)
        ends = read_done(self.text, world.language) and not says_any(self.text, words["request_bye"])
        return ends and read_reply(self.text, world.language) is not Reply.YES

    def remedy(self, request: Request) -> str | None:
        intent = str(intent_of(self.tracker))
        is_one = request.asked == Slot.REMEDY and intent in ("exchange_items", "return_items", "human")
        return ("case" if intent == "human" else intent) if is_one else None
