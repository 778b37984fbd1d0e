"""One turn of a conversation: events so far and one message in, new events and replies out; nothing is kept between.

Does what rasa.core.processor.MessageProcessor does with a message, in the same order, with four differences: typed
text is never a command, a failing action fails the turn, the session never expires by itself (when a conversation ends
is the caller's business), and nothing happens outside of the answer (reminders are not scheduled).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
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
from rasa.shared.core.events import ActionExecutionRejected, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from bot.engine.actions import ActionClient, ActionEndpoint
from bot.engine.errors import ActionFailed, BadHistory, TurnFailed
from bot.engine.folding import fold
from bot.engine.model import Model
from bot.engine.protocol import Message, TurnRequest, reply_from_event, understanding_from
from bot.engine.responses import Responses
from bot.engine.tracker import TurnTracker

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
        self.responses = Responses(model.domain.responses, seed=request.message.id)
        self.channel: Any = _Channel(request.message.channel)
        self.tracker = _replayed(request, model)
        self.first_new = len(self.tracker.events)

    async def run(self) -> dict[str, Any]:
        started = time.perf_counter()
        await self._start_session()
        self._set_context()
        nlu_seconds = self._understand(self.request.message)
        await self._extract_slots()
        await self._act_until_listening()
        events = [event.as_dict() for event in list(self.tracker.events)[self.first_new :]]
        latest = next(event for event in events if event["event"] == "user")
        return {
            "history": fold([*self.request.history, *events], self.model.lookback),
            "events": events,
            "replies": [reply_from_event(event) for event in events if event["event"] == "bot"],
            "understanding": understanding_from(latest["parse_data"], self.request.message.text),
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

    def _understand(self, message: Message) -> float:
        """Logs the message with what the pipeline makes of it; returns the seconds that took."""
        started = time.perf_counter()
        if message.payload is not None and message.payload.startswith("/"):
            parsed = self.model.understand_payload(message.payload)
        else:
            text = message.text if message.payload is None else message.payload
            parsed = self.model.understand_text(
                _TextForPipeline(text, message.id, dict(message.metadata)), self.tracker
            )
        parsed["text"] = message.text
        seconds = time.perf_counter() - started
        uttered = UserUttered(
            message.text,
            parsed["intent"],
            parsed["entities"],
            parsed,
            input_channel=self.channel.name(),
            message_id=message.id,
            metadata=dict(message.metadata),
        )
        self.tracker.update(uttered, self.domain)
        return seconds

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
