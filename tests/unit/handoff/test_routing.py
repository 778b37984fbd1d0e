"""Who gets which waiting customer: examples, and what holds for whatever queue and people there are."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.handoff.routing import Room, WaitingFor, assignments, takers

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def waits(name: str, minute: float = 0, language: str = "en", **more: object) -> WaitingFor:
    return WaitingFor(name, language, START + timedelta(minutes=minute), **more)  # type: ignore[arg-type]  # a test's shorthand


def room(name: str, capacity: int = 4, open_: int = 0, minute: float | None = None, **more: object) -> Room:
    last = {} if minute is None else {"last_assigned_at": START + timedelta(minutes=minute)}
    return Room(name, capacity, open_, **last, **more)  # type: ignore[arg-type]


def test_the_one_with_the_smallest_share_of_their_capacity_in_use_gets_it() -> None:
    assert assignments([waits("c")], [room("a", 4, 2), room("b", 8, 3)]) == [("c", "b")]


def test_of_two_as_busy_the_one_whose_last_is_longest_ago_gets_it() -> None:
    people = [room("a", minute=-1), room("b", minute=-9), room("c", minute=-5)]
    assert assignments([waits("c")], people) == [("c", "b")]
    assert assignments([waits("c")], [*people, room("d")]) == [("c", "d")], "who never had any comes before"


def test_several_are_spread_evenly() -> None:
    given_ = assignments([waits(str(number), number) for number in range(6)], [room(name) for name in "abc"])
    assert Counter(agent for _, agent in given_) == {"a": 2, "b": 2, "c": 2}


def test_priority_goes_first_and_then_the_order_of_the_requests() -> None:
    queue = [waits("late", 2), waits("early", 1), waits("returned", 3, priority=1)]
    assert assignments(queue, [room("a", 2)]) == [("returned", "a"), ("early", "a")]


@pytest.mark.parametrize(
    ("languages", "gets"),
    [
        ([("de",), ("en",)], "a0"),
        ([("fr",), ("en",)], "a0"),  # nobody there answers in it: anybody does
        ([("en",), ()], "a1"),  # who is said to answer in no language answers in any
    ],
)
def test_a_language_is_answered_by_those_who_answer_in_it(languages: list[tuple[str, ...]], gets: str) -> None:
    people = [room(f"a{number}", languages=spoken) for number, spoken in enumerate(languages)]
    assert assignments([waits("c", language="de")], people) == [("c", gets)]


def test_a_region_is_answered_by_those_who_answer_in_its_language() -> None:
    assert assignments([waits("c", language="pt-BR")], [room("a"), room("b", languages=("pt",))]) == [("c", "a")]
    assert takers(waits("c", language="pt-BR"), [room("a", languages=("en",)), room("b", languages=("pt",))]) == [
        room("b", languages=("pt",))
    ]


def test_who_speaks_the_language_but_is_busy_is_waited_for() -> None:
    people = [room("a", 1, 1, languages=("de",)), room("b", languages=("en",))]
    assert assignments([waits("c", language="de")], people) == []


def test_a_team_is_waited_for_and_after_a_while_anybody_may() -> None:
    people = [room("a", team_ids=("other",))]
    assert assignments([waits("c", team_id="refunds")], people) == []
    assert assignments([waits("c", team_id="refunds", by_anybody=True)], people) == [("c", "a")]
    people.append(room("b", 1, 1, team_ids=("refunds",)))
    assert assignments([waits("c", team_id="refunds", by_anybody=True)], people) == [], "somebody of the team is there"


def test_what_somebody_gave_back_does_not_come_back_at_once() -> None:
    gave = frozenset({"a"})
    assert assignments([waits("c", let_go_by=gave)], [room("a"), room("b", 4, 3)]) == [("c", "b")]
    assert assignments([waits("c", let_go_by=gave)], [room("a")]) == []
    assert assignments([waits("c", let_go_by=gave, by_anybody=True)], [room("a")]) == [("c", "a")]


def test_one_who_can_take_either_makes_place_for_what_nobody_else_can() -> None:
    people = [room("both", 1, languages=("de", "en")), room("english", 1, languages=("en",))]
    queue = [waits("easy", 0), waits("german", 1, language="de")]
    assert dict(assignments(queue, people)) == {"easy": "english", "german": "both"}


# -- whatever the queue and the people ---------------------------------------------------------------------

LANGUAGES, TEAMS, PEOPLE = ("en", "de", "fr"), ("t1", "t2"), ("a0", "a1", "a2", "a3")
queues = st.lists(
    st.builds(
        lambda minute, language, priority, team, let_go, anybody: {
            "minute": minute,
            "language": language,
            "priority": priority,
            "team_id": team,
            "let_go_by": frozenset(let_go),
            "by_anybody": anybody,
        },
        st.integers(0, 5),
        st.sampled_from(LANGUAGES),
        st.sampled_from((0, 0, 0, 1)),
        st.sampled_from((None, None, *TEAMS)),
        st.sets(st.sampled_from(PEOPLE), max_size=1),
        st.booleans(),
    ),
    max_size=7,
).map(lambda rows: [waits(f"c{number}", **row) for number, row in enumerate(rows)])
crews = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(0, 5),
        st.sets(st.sampled_from(LANGUAGES)),
        st.sets(st.sampled_from(TEAMS)),
        st.integers(-5, 0),
    ),
    max_size=len(PEOPLE),
).map(
    lambda rows: [
        room(f"a{number}", capacity, open_, minute, languages=tuple(sorted(spoken)), team_ids=tuple(sorted(teams)))
        for number, (capacity, open_, spoken, teams, minute) in enumerate(rows)
    ]
)
seeded = settings(max_examples=300, deadline=None, derandomize=True)


@seeded
@given(queues, crews)
def test_nobody_gets_more_than_fits_nor_what_is_not_theirs(queue: list[WaitingFor], crew: list[Room]) -> None:
    given_ = assignments(queue, crew)
    by_id = {one.conversation_id: one for one in queue}
    assert len({conversation for conversation, _ in given_}) == len(given_)
    for agent in crew:
        assert sum(agent_id == agent.agent_id for _, agent_id in given_) <= agent.free
    for conversation, agent_id in given_:
        assert agent_id in {agent.agent_id for agent in takers(by_id[conversation], crew)}


@seeded
@given(queues, crews)
def test_nobody_able_is_idle_while_somebody_waits(queue: list[WaitingFor], crew: list[Room]) -> None:
    given_ = dict(assignments(queue, crew))
    got = Counter(given_.values())
    for one in queue:
        if one.conversation_id not in given_:
            assert all(agent.free == got[agent.agent_id] for agent in takers(one, crew))


@seeded
@given(queues, crews)
def test_as_many_as_can_be_and_the_first_of_the_queue_before_all(queue: list[WaitingFor], crew: list[Room]) -> None:
    """Nobody is left waiting who could be served without leaving somebody before them, by trying all ways."""
    given_ = dict(assignments(queue, crew))
    served: list[WaitingFor] = []
    for one in sorted(queue, key=lambda one: one.order):
        if _can_all_be_served([*served, one], crew):
            served.append(one)
    assert list(given_) == [one.conversation_id for one in served]


@seeded
@given(queues, crews, st.randoms(use_true_random=False))
def test_the_same_whatever_order_it_is_read_in(queue: list[WaitingFor], crew: list[Room], chance: object) -> None:
    shuffled, others = list(queue), list(crew)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(others)  # type: ignore[attr-defined]
    assert assignments(shuffled, others) == assignments(queue, crew)


@seeded
@given(st.integers(1, 12), st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_equally_skilled_people_end_up_equally_busy(many: int, capacities: list[int]) -> None:
    crew = [room(f"a{number}", capacity) for number, capacity in enumerate(capacities)]
    got = Counter(agent for _, agent in assignments([waits(f"c{n:02}", n) for n in range(many)], crew))
    for one, other in itertools.permutations(crew, 2):
        if got[one.agent_id]:
            before = (got[one.agent_id] - 1) / one.capacity
            assert before <= got[other.agent_id] / other.capacity or got[other.agent_id] == other.capacity


def _can_all_be_served(wanted: list[WaitingFor], crew: list[Room]) -> bool:
    free = {agent.agent_id: agent.free for agent in crew}

    def rest(index: int) -> bool:
        if index == len(wanted):
            return True
        for agent in takers(wanted[index], crew):
            if free[agent.agent_id]:
                free[agent.agent_id] -= 1
                fits = rest(index + 1)
                free[agent.agent_id] += 1
                if fits:
                    return True
        return False

    return rest(0)
