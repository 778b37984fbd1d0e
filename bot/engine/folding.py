"""Folds a conversation's events into as few as let every policy predict what it would from all of them.

Rasa's cost grows with the number of events it replays, so a history is cut down to what can still matter before it is
handed out. Works on event dictionaries and knows nothing of Rasa's classes; `model.lookback_of` says how far the loaded
policies look back. What is kept, of the events that Rasa itself would apply:

- the start of the session, so that a rule for the start of a conversation still sees where that was,
- the turns at the end that hold the actions any rule can look back at,
- the turns before them that stories can look back at. A story policy does not see a turn made by rules alone (Rasa
  marks its actions `hide_rule_turn`), so it may look back past any number of those: the hidden ones between are
  dropped,
- the turn that activated the form now active, because `from_trigger_intent` and Rasa's way of undoing repeated form
  executions refer to it,
- of all other turns only what they left behind: slots, the active form, a pause.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Event = Mapping[str, Any]

LISTEN = "action_listen"

# All that Rasa's featurisers read of an earlier message; text and metadata are in the event itself as well.
PARSE_DATA_KEPT = ("intent", "entities")


@dataclass(frozen=True)
class Lookback:
    """How far policies look back, counted in actions executed."""

    actions: int  # for policies that see every turn (rules)
    story_actions: int  # for policies that do not see turns made by rules alone (stories); 0 if there are none

    def __post_init__(self) -> None:
        if self.actions < 1 or self.story_actions < 0:
            raise ValueError("a look-back is at least one action, and never negative")


def fold(events: Sequence[Event], lookback: Lookback | None) -> list[Event]:
    """Returns the events to send with the next message; `lookback` None means that nothing can be left out safely."""
    if lookback is None:
        return [slim(event) for event in events]
    turns = _split_into_turns(applied(events))
    kept = _turns_to_keep(turns, lookback)
    folded: list[Event] = []
    left_behind = _LeftBehind()
    for position, turn in enumerate(turns):
        rest = turn
        if position in kept:
            done = _length_of_done(turn)
            folded += left_behind.events()
            folded += [slim(event) for event in _without_overwritten(turn[:done])]
            left_behind, rest = _LeftBehind(), turn[done:]
        for event in rest:
            left_behind.add(event)
    return folded + left_behind.events()


def _length_of_done(turn: Sequence[Event]) -> int:
    """Up to where a turn is its own; what follows its last action was left behind by turns folded away earlier."""
    return max((position + 1 for position, event in enumerate(turn) if event["event"] == "action"), default=len(turn))


def _without_overwritten(turn: Sequence[Event]) -> list[Event]:
    """Leaves out slot values overwritten, and bot messages followed by another, with no action between.

    A form that asks again and again stays one action, and its one turn would grow with every answer.
    """
    kept: list[Event] = []
    seen: set[object] = set()
    for event in reversed(turn):
        kind = event["event"]
        key = event.get("name") if kind == "slot" else None
        if kind not in ("slot", "bot"):
            seen.clear()
        elif (kind, key) in seen:
            continue
        else:
            seen.add((kind, key))
        kept.append(event)
    kept.reverse()
    return kept


def slim(event: Event) -> Event:
    """The event without what only matters in the turn that made it: rankings, tokens, cards, buttons."""
    if event.get("event") == "user" and isinstance(event.get("parse_data"), Mapping):
        parse_data = event["parse_data"]
        return {**event, "parse_data": {key: parse_data[key] for key in PARSE_DATA_KEPT if key in parse_data}}
    if event.get("event") == "bot":
        return {**event, "data": {}}
    return event


def _split_into_turns(events: Sequence[Event]) -> list[list[Event]]:
    """Turn 0 is the start of the session; every other turn begins with what the customer said."""
    turns: list[list[Event]] = [[]]
    for event in events:
        if event["event"] == "user":
            turns.append([])
        turns[-1].append(event)
    return turns


def _turns_to_keep(turns: Sequence[Sequence[Event]], lookback: Lookback) -> set[int]:
    visible = _visible_actions(turns)
    kept = {0}
    actions = story_actions = 0
    # One more than asked for: the state before the oldest action names the action before that one.
    for position in range(len(turns) - 1, 0, -1):
        seen_by_rules = actions <= lookback.actions
        seen_by_stories = visible[position] > 0 and story_actions <= lookback.story_actions
        if seen_by_rules or (lookback.story_actions and seen_by_stories):
            kept.add(position)
        actions += sum(event["event"] == "action" for event in turns[position])
        story_actions += visible[position]
    activation = _turn_of_activation(turns)
    if activation is not None:
        kept.add(activation)
    return kept


def _visible_actions(turns: Sequence[Sequence[Event]]) -> list[int]:
    """How many actions of each turn a story policy sees; mirrors rasa.shared.core.domain.states_for_tracker_history."""
    counts = []
    hidden = False
    loop: str | None = None
    latest_action: str | None = None
    followup: str | None = LISTEN
    for turn in turns:
        count = 0
        for event in turn:
            kind = event["event"]
            if kind == "action":
                # A follow-up and a form on its happy path do not change whether the turn is hidden.
                if not followup and (latest_action != loop or loop is None):
                    hidden = bool(event.get("hide_rule_turn"))
                count += not hidden
                latest_action, followup = _action_name(event), None
            elif kind == "active_loop":
                loop = event.get("name")
            elif kind == "followup":
                followup = event.get("name")
        counts.append(count)
    return counts


def _turn_of_activation(turns: Sequence[Sequence[Event]]) -> int | None:
    """Where the form that is active at the end was activated."""
    found: int | None = None
    active: str | None = None
    for position, turn in enumerate(turns):
        for event in turn:
            if event["event"] == "active_loop" and event.get("name") != active:
                active = event.get("name")
                found = position if active else None
    return found


@dataclass
class _LeftBehind:
    """What dropped turns leave behind, in as few events as say it."""

    slots: dict[str, Event] = field(default_factory=dict)
    reset: Event | None = None
    loop: Event | None = None
    rejections: dict[str | None, Event] = field(default_factory=dict)
    pause: Event | None = None

    def add(self, event: Event) -> None:
        kind = event["event"]
        if kind == "slot":
            self.slots[str(event.get("name"))] = event
        elif kind == "reset_slots":
            self.slots, self.reset = {}, event
        elif kind == "active_loop":
            self.loop, self.rejections = event, {}
        elif kind == "action_execution_rejected":
            self.rejections[event.get("name")] = event
        elif kind == "action":
            self.rejections.pop(_action_name(event), None)
        elif kind in ("pause", "resume"):
            self.pause = event

    def events(self) -> list[Event]:
        reset = [self.reset] if self.reset else []
        loop = [self.loop] if self.loop else []
        pause = [self.pause] if self.pause else []
        return [*reset, *self.slots.values(), *loop, *self.rejections.values(), *pause]


def applied(events: Sequence[Event]) -> list[Event]:
    """The events that count, in order; mirrors DialogueStateTracker.applied_events of Rasa 3.6.21.

    Undone turns are gone, and so are repeated executions of a form on its happy path: to the policies a form is one
    action, however many questions it took.
    """
    loops = {event.get("name") for event in events if event["event"] == "active_loop" and event.get("name")}
    done: list[Event] = []
    for event in events:
        kind = event["event"]
        if kind in ("restart", "session_started"):
            # Rasa begins anew after this event; keeping it (and the action before it) says so again next time.
            before = done[-1:] if done and done[-1]["event"] == "action" else []
            done = [*before, event]
        elif kind == "undo":
            _undo_till_previous("action", done)
        elif kind == "rewind":
            _undo_till_previous("user", done)
            _undo_till_previous("action", done)
        elif kind == "action" and _action_name(event) in loops and _repeats_loop(str(_action_name(event)), done):
            _undo_till_previous_execution(str(_action_name(event)), done)
        else:
            done.append(event)
    return done


def _action_name(event: Event) -> str | None:
    return event.get("name") or event.get("action_text")


def _undo_till_previous(kind: str, done: list[Event]) -> None:
    while done and done[-1]["event"] not in ("session_started", "restart"):
        if done.pop()["event"] == kind:
            break


def _repeats_loop(loop: str, done: Sequence[Event]) -> bool:
    next_action: str | None = None
    for event in reversed(done):
        kind = event["event"]
        if kind in ("session_started", "restart") or (kind == "active_loop" and event.get("name") is None):
            return False
        if kind == "action_execution_rejected" and event.get("name") == loop:
            return False
        if kind == "user" and next_action is not None and next_action != loop:
            return False
        if kind == "action":
            if event.get("name") == loop:
                return True
            next_action = event.get("name")
    return False


def _undo_till_previous_execution(loop: str, done: list[Event]) -> None:
    for position in range(len(done) - 1, -1, -1):
        event = done[position]
        if event["event"] == "action" and event.get("name") == loop:
            break
        if event["event"] in ("action", "user", "user_featurization"):
            del done[position]
