"""One turn of a conversation: events so far and one message in, new events and replies out; nothing is kept between.

Does what rasa.core.processor.MessageProcessor does with a message, in the same order, with four differences: typed
text is never a command, a failing action fails the turn, the session never expires by itself (when a conversation ends
is the caller's business), and nothing happens outside of the answer (reminders are not scheduled). Several wishes in
one message are several utterances, heard and answered one after another (see `bot.engine.wishes`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from jsonschema import ValidationError
from rasa.core.actions.action import Action, ActionExecutionRejection, action_for_name_or_text
from rasa.core.policies.policy import PolicyPrediction
from rasa.shared.core.constants import (
    ACTION_EXTRACT_SLOTS,
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    FOLLOWUP_ACTION,
    SESSION_START_METADATA_SLOT,
)
from rasa.shared.core.events import ActionExecutionRejected, ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from bot.engine.actions import ActionClient, ActionEndpoint
from bot.engine.errors import ActionFailed, BadHistory, TurnFailed
from bot.engine.folding import fold
from bot.engine.language import SLOT as LANGUAGE_SLOT
from bot.engine.model import Model
from bot.engine.nlu.wishes import WishSplitter
from bot.engine.parts import Splitting, parts_of
from bot.engine.protocol import Message, TurnRequest, reply_from_event, understanding_from
from bot.engine.responses import Responses
from bot.engine.tracker import TurnTracker
from bot.engine.wishes import NEXT_WISH, Said, Utterance, from_slot, plan
from bot.engine.wishes import SLOT as WAITING_SLOT

MOST_WISHES = 6  # answered in one turn
LAST_EFFECTS = ("end", "request_callback", "request_handoff")  # of an action, after which no other wish is answered
MAX_ACTIONS = 10  # as Rasa's own limit: more in one turn means that policies go round in circles


@dataclass(frozen=True)
class _TextForPipeline:
    """What the first node of Rasa's pipeline reads of a message."""

    text: str
    message_id: str
    metadata: Any


class _Channel:
    """Where Rasa expects an output channel; replies are taken from the events instead of being sent."""

    def __init__(self, name: str | None) -> None:
        self._name = name or "bellhop"

    def name(self) -> str:
        return self._name


async def run_turn(model: Model, client: ActionClient, request: TurnRequest) -> dict[str, Any]:
    """Answers one message; the result is the body of the protocol's answer.

    Raises:
        EngineError: the turn failed; nothing of it counts, and the same request may be sent again.
    """
    return await _Turn(model, client, request).run()


# Event.from_parameters searches all subclasses of Event for every event, which is a sixth of a turn's time.
_EVENT_KINDS: dict[str, Any] = {kind.type_name: kind for kind in all_subclasses(Event)}


class _Turn:
    def __init__(self, model: Model, client: ActionClient, request: TurnRequest) -> None:
        self.model = model
        self.domain = model.domain
        self.request = request
        self.endpoint: Any = ActionEndpoint(client, model.actions_that_may_not_reject)
        self.responses = Responses(model.languages, seed=request.message.id)
        self.channel: Any = _Channel(request.message.channel)
        self.tracker = _replayed(request, model)
        self.first_new = len(self.tracker.events)
        splitters = (part.splitting for part in model.graph.components() if isinstance(part, WishSplitter))
        self.splitting = next(splitters, None)

    async def run(self) -> dict[str, Any]:
        started = time.perf_counter()
        await self._start_session()
        self._set_context()
        said, nlu_seconds = self._understand(self.request.message)
        await self._answer_all(said)
        events = [event.as_dict() for event in list(self.tracker.events)[self.first_new :]]
        heard = next(event for event in events if event["event"] == "user")  # of several wishes the first
        return {
            "history": fold([*self.request.history, *events], self.model.lookback),
            "events": events,
            "replies": [reply_from_event(event) for event in events if event["event"] == "bot"],
            "understanding": {
                **understanding_from(heard["parse_data"], self.request.message.text),
                **({"wishes": [wish.named() for wish in said.wishes]} if said.wishes else {}),
            },
            "language": self.model.languages.language_of(self.tracker.current_slot_values()),
            "model": self.model.fingerprint,
            "timing": {
                "nlu_ms": _milliseconds(nlu_seconds),
                "actions_ms": _milliseconds(self.endpoint.seconds),
                "total_ms": _milliseconds(time.perf_counter() - started),
            },
        }

    async def _start_session(self) -> None:
        if self.tracker.applied_events():
            return
        metadata = dict(self.request.message.metadata)
        if metadata:
            self.tracker.update(SlotSet(SESSION_START_METADATA_SLOT, metadata), self.domain)
        prediction = PolicyPrediction.for_action_name(self.domain, ACTION_SESSION_START_NAME)
        await self._run_action(self._action(ACTION_SESSION_START_NAME), prediction)

    def _set_context(self) -> None:
        for name, value in self.request.context.items():
            if name in self.tracker.slots and self.tracker.get_slot(name) != value:
                self.tracker.update(SlotSet(name, value), self.domain)

    def _understand(self, message: Message) -> tuple[Said, float]:
        """What the pipeline makes of the message, and the seconds that took."""
        started = time.perf_counter()
        if message.payload is not None and message.payload.startswith("/"):
            parsed = self.model.understand_payload(message.payload)
        else:
            parsed = self._parsed(message.text if message.payload is None else message.payload)
        parsed["text"] = message.text
        self._decide_language(parsed)
        said = Said([Utterance(message.text, parsed)])
        if self.splitting is not None and message.payload is None:
            said = self._divided(message.text, parsed, self.splitting)
        return said, time.perf_counter() - started

    def _divided(self, text: str, parsed: dict[str, Any], splitting: Splitting) -> Said:
        parts = parts_of(text, splitting)
        if len(parts) < 2:
            return Said([Utterance(text, parsed)])
        understood = [replace(part, parsed=self._parsed(text[part.start : part.end])) for part in parts]
        return plan(text, parsed, understood, splitting, self._wish_of_form())

    def _parsed(self, text: str) -> dict[str, Any]:
        language = self.model.languages.language_of(self.tracker.current_slot_values())
        metadata = {**self.request.message.metadata, "language": language}
        return self.model.understand_text(_TextForPipeline(text, self.request.message.id, metadata), self.tracker)

    def _wish_of_form(self) -> str | None:
        """The intent that began the form which is waiting; "" if it cannot be told, None if none is."""
        if not self.tracker.active_loop_name:
            return None
        wish = latest = ""
        for event in self.tracker.applied_events():
            if isinstance(event, UserUttered):
                latest = event.intent_name or ""
            elif isinstance(event, ActiveLoop) and event.name == self.tracker.active_loop_name:
                wish = latest
        return wish

    async def _answer_all(self, said: Said) -> None:
        """Answers what was said, then what has been waiting, until a form asks something; the rest waits on."""
        first, *rest = said.utterances
        await self._answer(first)
        forget = self.splitting is None or first.intent in self.splitting.forget
        heard = {utterance.intent for utterance in said.utterances}
        kept = [] if forget else from_slot(self.tracker.get_slot(WAITING_SLOT))
        waiting = [*(wish for wish in kept if wish.intent not in heard), *rest]
        introduced = not waiting or waiting[0] in rest
        for number in range(2, MOST_WISHES + 1):
            if not waiting or not self._may_go_on():
                break
            if not introduced:
                await self._say(NEXT_WISH)
                introduced = True
            await self._answer(waiting.pop(0), number)
        self._keep(waiting)

    async def _answer(self, said: Utterance, number: int = 1) -> None:
        """Logs an utterance and acts until it is the customer's turn.

        Every utterance after the first has an id of its own, by which actions know what they have done already.
        """
        message = self.request.message
        id, metadata = message.id, dict(message.metadata)
        if number > 1:
            id = f"{id}:{number}"
            metadata.update({"message_id": id} if "message_id" in metadata else {})
        if said.text != message.text:
            metadata["whole_text"] = message.text  # a number that stands beside another wish is for this one as well
        parsed = {"entities": [], "intent_ranking": [], **said.parsed, "text": said.text}
        uttered = UserUttered(
            said.text,
            parsed["intent"],
            parsed["entities"],
            parsed,
            input_channel=self.channel.name(),
            message_id=id,
            metadata=metadata,
        )
        self.tracker.update(uttered, self.domain)
        await self._extract_slots()
        await self._act_until_listening()

    def _may_go_on(self) -> bool:
        """Whether another wish may be answered now: nothing is being asked for, and nothing has ended."""
        if self.tracker.is_paused() or self.tracker.active_loop_name:
            return False
        said = (event for event in list(self.tracker.events)[self.first_new :] if isinstance(event, BotUttered))
        effects = (effect for event in said for effect in (event.data.get("custom") or {}).get("effects") or ())
        return not any(isinstance(effect, dict) and effect.get("type") in LAST_EFFECTS for effect in effects)

    async def _say(self, response: str) -> None:
        """Says something between two utterances; it is no action, so policies see each as if it stood alone."""
        if response in self.domain.responses:
            self.tracker.update_with_events(await self._run(self._action(response), self.tracker), self.domain)

    def _keep(self, wishes: Sequence[Utterance]) -> None:
        if WAITING_SLOT not in self.tracker.slots or self.splitting is None:
            return
        kept = [wish.waiting() for wish in wishes[: self.splitting.most_waiting]] or None
        if kept != self.tracker.get_slot(WAITING_SLOT):
            self.tracker.update(SlotSet(WAITING_SLOT, kept), self.domain)

    def _decide_language(self, parsed: dict[str, Any]) -> None:
        if LANGUAGE_SLOT not in self.tracker.slots:
            return
        decided = self.tracker.get_slot(LANGUAGE_SLOT)
        languages, slots = self.model.languages, self.tracker.current_slot_values()
        default = languages.language_of({**slots, LANGUAGE_SLOT: None})
        heard = (event.text for event in reversed(self.tracker.events) if isinstance(event, UserUttered))
        previous = next(heard, None) or ""
        if language := languages.decide(decided, parsed["text"], parsed, default=default, previous=previous):
            self.tracker.update(SlotSet(LANGUAGE_SLOT, language), self.domain)

    async def _extract_slots(self) -> None:
        events = await self._run(self._action(ACTION_EXTRACT_SLOTS), self.tracker)
        self.tracker.update_with_events(events, self.domain)

    async def _act_until_listening(self) -> None:
        actions = 0
        while not self.tracker.is_paused():
            prediction = self._predict()
            name = self.domain.action_names_or_texts[prediction.max_confidence_index]
            if name != ACTION_LISTEN_NAME:
                actions += 1
                if actions > MAX_ACTIONS:
                    raise TurnFailed(f"more than {MAX_ACTIONS} actions in one turn; the next would be {name}")
            if prediction.is_end_to_end_prediction:
                await self._extract_slots()
            await self._run_action(self._action(name), prediction)
            if name in (ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME):
                return

    def _predict(self) -> Any:
        followup = self.tracker.followup_action
        if followup:
            self.tracker.clear_followup_action()
            if followup not in self.domain.action_names_or_texts:
                raise TurnFailed(f"an action asked for {followup} to follow, which the domain does not have")
            return PolicyPrediction.for_action_name(self.domain, followup, FOLLOWUP_ACTION)
        return self.model.predict(self.tracker)

    def _action(self, name: str) -> Action:
        return action_for_name_or_text(name, self.domain, self.endpoint)

    async def _run(self, action: Action, tracker: DialogueStateTracker) -> Sequence[Event]:
        try:
            return await action.run(self.channel, self.responses, tracker, self.domain) or []
        except ValidationError as error:
            where = "/".join(str(part) for part in error.absolute_path)
            raise ActionFailed(f"action {action.name()} answered what is no event or response (at {where})") from None

    async def _run_action(self, action: Action, prediction: Any) -> None:
        # On a copy, because a rejection discards the events of the prediction.
        tracker = self.tracker.copy()
        tracker.update_with_events(prediction.events, self.domain)
        try:
            events = await self._run(action, tracker)
        except ActionExecutionRejection:
            self.tracker.update(
                ActionExecutionRejected(action.name(), prediction.policy_name, prediction.max_confidence)
            )
            return
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            self.tracker.update_with_events(prediction.events, self.domain)
            self.tracker.update(action.event_for_successful_execution(prediction))
        self.tracker.update_with_events(list(events), self.domain)
        if any(isinstance(event, UserUttered) for event in events):
            await self._extract_slots()


def _replayed(request: TurnRequest, model: Model) -> DialogueStateTracker:
    tracker = TurnTracker(request.conversation, model.domain.slots)
    for position, parameters in enumerate(request.history):
        kind = _EVENT_KINDS.get(str(parameters.get("event")))
        try:
            event = kind and kind._from_parameters(dict(parameters))
        except (ValueError, KeyError, TypeError, AttributeError):
            event = None
        if event is None:
            raise BadHistory(f"history[{position}] is no event that Rasa knows") from None
        tracker.update(event, model.domain)
    return tracker


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
