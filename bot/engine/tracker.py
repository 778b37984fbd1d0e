"""Rasa's tracker for the length of one turn: what policies ask of it again and again is worked out once.

Rasa replays the whole conversation for every policy at every prediction, and once more for the text of the message.
Here each action's state is worked out when it is first asked for, and kept while events are only added.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.constants import PREVIOUS_ACTION
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

State = dict[str, Any]


@dataclass(frozen=True)
class _Moment:
    """How things stood before an action, or at the end."""

    state: Mapping[str, Mapping[str, Any]]
    latest_action: Any
    hides_turn: bool
    turn_goes_on: bool  # a follow-up, or a form on its happy path: no new decision on what is hidden


class TurnTracker(DialogueStateTracker):  # type: ignore[misc]  # Rasa has no types
    """As its parent in every answer; tests/engine/test_tracker.py compares them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._applied: tuple[object, list[Event]] | None = None
        self._replayed: list[Event] = []
        self._replaying: DialogueStateTracker | None = None
        self._moments: list[_Moment] = []
        self._now: tuple[object, _Moment] | None = None
        super().__init__(*args, **kwargs)

    def init_copy(self) -> "TurnTracker":
        """A new tracker with the same slots, which are copied without the detour that `copy.copy` makes."""
        fresh = TurnTracker(
            self.sender_id, None, max_event_history=self._max_event_history, is_rule_tracker=self.is_rule_tracker
        )
        fresh.slots = {name: _copied(slot) for name, slot in self.slots.items()}
        fresh._reset_slots()
        return fresh

    def applied_events(self) -> list[Event]:
        version = self._version()
        if self._applied is None or self._applied[0] != version:
            self._applied = version, super().applied_events()
        return list(self._applied[1])

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        """What Domain.states_for_tracker_history answers, in its own steps; callers may change what they get."""
        if omit_unset_slots:  # only in training
            states: list[State] = super().past_states(domain, True, ignore_rule_only_turns, rule_only_data)
            return states
        moments = self._all_moments(domain)
        if not ignore_rule_only_turns:
            return [_state_of(moment) for moment in moments]
        return _states_without_rule_turns(moments, domain, rule_only_data)

    def _all_moments(self, domain: Domain) -> list[_Moment]:
        version = self._version()
        if self._now is None or self._now[0] != version:
            self._replay(domain)
            self._now = version, _moment(self._replaying, domain, hides_turn=False)
        return [*self._moments, self._now[1]]

    def _replay(self, domain: Domain) -> None:
        applied = self.applied_events()
        done = len(self._replayed)
        undone = len(applied) < done or any(applied[place] is not self._replayed[place] for place in range(done))
        if self._replaying is None or undone:
            done, self._moments, self._replaying = 0, [], self.init_copy()
        for event in applied[done:]:
            if isinstance(event, ActionExecuted):
                self._moments.append(_moment(self._replaying, domain, hides_turn=event.hide_rule_turn))
            self._replaying.update(event)
        self._replayed = applied

    def _version(self) -> object:
        """Changes with every event, and with nothing else: events are only ever added."""
        return len(self.events)


def _copied(slot: Slot) -> Slot:
    copied = slot.__class__.__new__(slot.__class__)
    copied.__dict__.update(slot.__dict__)
    return copied


def _moment(tracker: Any, domain: Domain, *, hides_turn: bool) -> _Moment:
    return _Moment(
        state=domain.get_active_state(tracker),
        latest_action=tracker.latest_action,
        hides_turn=hides_turn,
        turn_goes_on=bool(tracker.followup_action) or tracker.latest_action_name == tracker.active_loop_name,
    )


def _state_of(moment: _Moment) -> State:
    return {kind: dict(features) for kind, features in moment.state.items()}


def _states_without_rule_turns(
    moments: list[_Moment], domain: Domain, rule_only_data: dict[str, Any] | None
) -> list[State]:
    """The states story policies see: turns that only rules know are left out, with what only rules use."""
    states: list[State] = []
    last_visible_action: Any = None
    hidden = False
    for moment in moments:
        if not hidden:
            last_visible_action = moment.latest_action
        if not moment.turn_goes_on:
            hidden = moment.hides_turn
        if hidden:
            continue
        state = _state_of(moment)
        domain._remove_rule_only_features(state, rule_only_data)
        if states:
            domain._substitute_rule_only_user_input(state, states[-1])
        if last_visible_action:
            state[PREVIOUS_ACTION] = last_visible_action
        states.append(domain._clean_state(state))
    return states
