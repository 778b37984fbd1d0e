"""Who gets which waiting customer: by skill, then by load, then by who has waited longest. Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """A conversation in the queue, and whom it waits for."""

    conversation_id: str
    language: str
    requested_at: datetime
    priority: int = 0  # higher goes first
    team_id: str | None = None
    let_go_by: frozenset[str] = frozenset()  # had it and gave it back: not to them at once
    by_anybody: bool = False  # has waited so long that the last two count only where they can be met

    @property
    def order(self) -> tuple[int, datetime, str]:
        """What the queue is sorted by."""
        return (-self.priority, self.requested_at, self.conversation_id)


@dataclass(frozen=True, slots=True)
class Room:
    """Somebody who takes conversations now, and how many more fit."""

    agent_id: str
    capacity: int
    open: int  # conversations they have; what is put off does not count
    languages: tuple[str, ...] = ()  # empty: any
    team_ids: tuple[str, ...] = ()
    last_assigned_at: datetime = field(default=NEVER)

    @property
    def free(self) -> int:
        """How many more they take."""
        return max(0, self.capacity - self.open)

    def speaks(self, language: str) -> bool:
        """Whether they answer in that language."""
        return not self.languages or language.split("-")[0] in self.languages


def assignments(waiting: Sequence[WaitingFor], agents: Sequence[Room]) -> list[tuple[str, str]]:
    """Give waiting conversations to those who have room for them.

    Nobody gets more than their capacity. Whoever comes first in the queue is served if anybody can serve them; an
    agent who could also take somebody else makes place for one whom nobody else can. Among several, the one with the
    smallest share of their capacity in use gets it, then whoever's last conversation is longest ago.

    Returns:
        (conversation id, agent id), in the order of the queue.
    """
    round_ = _Round(agents)
    for one in sorted(waiting, key=lambda one: one.order):
        round_.place(one)
    return [(one.conversation_id, agent_id) for one, agent_id in round_.given.items()]


def takers(one: WaitingFor, agents: Collection[Room]) -> list[Room]:
    """Those who may take it, whether they have room or not; nobody where it has to wait for somebody not there."""
    able = [agent for agent in agents if one.team_id is None or one.team_id in agent.team_ids]
    found = [agent for agent in able if agent.agent_id not in one.let_go_by]
    if not found and one.by_anybody:
        found = able or list(agents)
    return [agent for agent in found if agent.speaks(one.language)] or found


class _Round:
    """What has been given away so far."""

    def __init__(self, agents: Sequence[Room]) -> None:
        self._agents = agents
        self._taken = dict.fromkeys((agent.agent_id for agent in agents), 0)
        self.given: dict[WaitingFor, str] = {}
        self._takers: dict[WaitingFor, list[Room]] = {}

    def place(self, one: WaitingFor) -> None:
        """Find somebody for it, or nobody."""
        self._takers[one] = takers(one, self._agents)
        self._placed(one, set())

    def _placed(self, one: WaitingFor, asked: set[str]) -> bool:
        """Give it to the fittest with room; else to one who can pass on what they were given in this round."""
        fitting = sorted(self._takers[one], key=self._fit)
        for agent in fitting:
            if self._room(agent) > 0:
                self._give(one, agent.agent_id)
                return True
        for agent in fitting:
            if agent.agent_id in asked:
                continue
            asked.add(agent.agent_id)
            for other in [other for other, has in self.given.items() if has == agent.agent_id]:
                if self._placed(other, asked):
                    self._taken[agent.agent_id] -= 1
                    self._give(one, agent.agent_id)
                    return True
        return False

    def _give(self, one: WaitingFor, agent_id: str) -> None:
        self.given[one] = agent_id
        self._taken[agent_id] += 1

    def _room(self, agent: Room) -> int:
        return agent.free - self._taken[agent.agent_id]

    def _fit(self, agent: Room) -> tuple[float, datetime, str]:
        taken = self._taken[agent.agent_id]
        load = (agent.open + taken) / agent.capacity if agent.capacity else 1.0
        return (load, agent.last_assigned_at, agent.agent_id)
