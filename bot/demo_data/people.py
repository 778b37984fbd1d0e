"""How our people take over in a made-up conversation: the queue, who comes, what is said, how it ends; and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.conversations.models import Json
from bot.demo_data.desk_lines import LINES, NOTES, TAGS
from bot.demo_data.hours import Hours
from bot.demo_data.staff import Colleague
from bot.demo_data.talk import Talk
from bot.storage.case_tables import cases
from bot.storage.desk_tables import conversation_tags, handoff_events, handoffs, notes
from bot.storage.tables import callbacks, messages

_ANNOUNCED = {"failed_action": "utter_handoff_failed"}
_PROMISED = {"not_understood": "utter_promise_not_understood", "upset": "utter_promise_upset"}
_STILL_TALKING = timedelta(hours=11)  # before the end of the year: some conversations go on the next day
LONGEST_WAIT = 560.0  # seconds


class People:
    """Takes conversations over.

    Args:
        staff: who they are.
    """

    def __init__(self, staff: Sequence[Colleague], hours: Hours) -> None:
        self._staff = {
            language: [one for one in staff if language in one.languages] or list(staff)
            for language in ("en", "de", "fr", "es")
        }
        self.hours = hours

    def takes_over(self, talk: Talk, reason: str, *, asked: bool) -> None:
        """A person is wanted; where nobody is there, an answer is promised.

        Args:
            asked: the customer says so first; otherwise it is said already, or the bot's own idea.
        """
        if asked:
            talk.says("human", seconds=15)
        if not self.hours.are_there(talk.at):
            talk.bot(_PROMISED.get(reason, "utter_promise_asked"))
            self._promise(talk, reason)
            return
        talk.bot(_ANNOUNCED.get(reason, f"utter_handoff_{reason}"))
        talk.effect("request_person", reason=reason)
        talk.goal = "people"
        Handoff(talk, reason, self.hours).run(self.somebody(talk), self.somebody(talk))

    def somebody(self, talk: Talk) -> Colleague:
        """One of those who speak the customer's language."""
        there = self._staff[talk.language]
        return talk.chance.choices(there, [one.weight for one in there])[0]

    def _promise(self, talk: Talk, reason: str) -> None:
        """Nobody is there: they are answered later, where they wrote."""
        due = self.hours.promises.call_back(talk.at)
        done = self.hours.kept(talk.at, due, talk.chance)
        contact, state = talk.words.label(f"channel_{talk.channel}", "en"), "open" if done is None else "closed"
        talk.app("utter_app_promise_here", values={"promise": self.hours.promises.words(due, talk.at, talk.language)})
        talk.rows.add(
            callbacks, id=talk.new_id(), conversation_id=talk.id, reason=reason, contact=contact, state=state,
            created_at=talk.at, closed_at=done,
        )  # fmt: skip
        talk.rows.add(
            cases, id=talk.new_id(), key=f"call_back:{talk.id}:0", conversation_id=talk.id, kind="call_back",
            level=talk.level, items=[], words="", contact=contact, status="open" if done is None else "done",
            opened_at=talk.at, due_at=due, done_at=done, agent_id=None if done is None else self.somebody(talk).id,
        )  # fmt: skip
        talk.goal, talk.mood = "people", talk.mood - (0.5 if done is not None and done <= due else 1.2)


class Handoff:
    """One conversation with our people."""

    def __init__(self, talk: Talk, reason: str, hours: Hours) -> None:
        self._talk, self._hours, self._number = talk, hours, 0
        due = hours.business.due(talk.at, hours.first_reply)
        self.row = talk.rows.add(
            handoffs, id=talk.new_id(), conversation_id=talk.id, reason=reason, state="queued", language=talk.language,
            packet=_packet(talk, reason), requested_at=talk.at, queued_at=talk.at, waiting_since=talk.at,
            first_reply_due=due, told_position=1, told_at=talk.at,
        )  # fmt: skip
        self._note("requested", details={"reason": reason})

    def run(self, agent: Colleague, another: Colleague) -> None:
        """From the queue to the end."""
        talk = self._talk
        wait = min(LONGEST_WAIT, talk.chance.lognormvariate(4.6, 0.75))
        talk.app("utter_app_handoff_queued_next_unknown")
        fate = talk.chance.random()
        if fate < 0.06:
            self._withdrawn(wait * 0.7)
        elif fate < 0.11:
            talk.at += timedelta(seconds=wait * 1.2)
            self._note("ended", details={"reason": "left", "with": None})
            self._close("left")
            talk.with_people, talk.end_reason, talk.mood = True, "left", talk.mood - 1
        else:
            talk.at += timedelta(seconds=wait)
            self._talks(agent, another, wait)

    def _withdrawn(self, after: float) -> None:
        talk = self._talk
        talk.at += timedelta(seconds=after)
        talk.tells(talk.words.title("utter_app_handoff_queued", talk.language), kind="choice", payload="app:go_back")
        self._close("withdrawn")
        self._note("withdrawn")
        talk.app("utter_app_went_back")
        talk.goal, talk.mood = "open", talk.mood - 0.4

    def _talks(self, agent: Colleague, another: Colleague, wait: float) -> None:
        talk, lines = self._talk, LINES[self._talk.language]
        talk.with_people = True
        talk.mood += agent.liked - wait / 700
        self._claimed(agent, "claimed" if talk.likely(0.4) else "assigned")
        talk.wait(35)
        self._replies(agent, talk.chance.choice(lines.hellos))
        if talk.likely(0.07) and another is not agent:
            talk.wait(40)
            self._moved(agent, another)
            agent = another
        for _ in range(talk.chance.choices((1, 2, 3, 4), (34, 38, 20, 8))[0]):
            talk.tells(talk.chance.choice(lines.customers), seconds=45)
            talk.wait(55)
            self._replies(agent, talk.chance.choice(lines.answers))
        if self._hours.end - talk.at < _STILL_TALKING and talk.visit.last and talk.likely(0.25):
            self._goes_on(agent)
            return
        if talk.likely(0.75):
            talk.tells(talk.chance.choice(lines.thanks), seconds=30)
            talk.wait(25)
            self._replies(agent, talk.chance.choice(lines.goodbyes))
        if talk.likely(0.3):
            self._writes_note(agent)
        if talk.likely(0.3):
            talk.rows.add(
                conversation_tags, conversation_id=talk.id, tag=talk.chance.choice(TAGS), agent_id=agent.id,
                created_at=talk.at,
            )  # fmt: skip
        talk.wait(30)
        self._ends(agent)

    def _ends(self, agent: Colleague) -> None:
        talk, how = self._talk, self._talk.chance.random()
        if how < 0.08:
            self._close("handed_back")
            self._note("handed_back", agent=agent)
            talk.app("utter_app_handed_back", values={"agent": agent.name})
            talk.with_people, talk.goal = False, "reached"
            return
        resolved = how < 0.95
        self._close("resolved" if resolved else "left")
        self._note("resolved", agent=agent, details={"reason": "resolved" if resolved else "customer_left"})
        talk.end_reason = "resolved" if resolved else "left"
        talk.goal, talk.mood = ("resolved", talk.mood + 0.3) if resolved else ("people", talk.mood - 0.5)

    def _claimed(self, agent: Colleague, kind: str) -> None:
        talk = self._talk
        self.row["held_at"] = talk.at
        self._note(kind, agent=agent, to=agent)
        talk.app("utter_app_handoff_taken", values={"agent": agent.name})

    def _moved(self, agent: Colleague, another: Colleague) -> None:
        talk = self._talk
        self._note("transferred", agent=agent, to=another)
        self.row["held_at"] = talk.at
        talk.app("utter_app_handoff_moved", values={"agent": another.name})
        talk.mood -= 0.35
        talk.wait(50)

    def _replies(self, agent: Colleague, text: str) -> None:
        talk = self._talk
        message = talk.colleague(
            text.format(order=f"#{talk.matter.order}", thing=talk.matter.thing, **talk.about), agent
        )
        seq = talk.rows.of(messages)[-1]["seq"]
        self._note("replied", agent=agent, details={"message": message, "seq": seq})
        if self.row["first_reply_at"] is None:
            self.row["first_reply_at"] = talk.at
            if talk.at > self.row["first_reply_due"]:
                self.row["first_reply_breached_at"] = self.row["first_reply_due"]
        self.row["waiting_since"] = None

    def _writes_note(self, agent: Colleague) -> None:
        talk = self._talk
        talk.rows.add(
            notes, id=talk.new_id(), conversation_id=talk.id, agent_id=agent.id, after_seq=talk.row["last_seq"],
            text=talk.chance.choice(NOTES), created_at=talk.at,
        )  # fmt: skip

    def _goes_on(self, agent: Colleague) -> None:
        self.row |= {"state": "held", "held_by": agent.id}
        self._talk.row["owner"] = agent.id
        self._talk.stays_open = True

    def _close(self, outcome: str) -> None:
        talk = self._talk
        self.row |= {"state": "closed", "closed_at": talk.at, "outcome": outcome, "waiting_since": None}
        if outcome in ("resolved", "handed_back") and talk.likely(0.6):
            self.row["wrap_up"] = talk.chance.choices((1, 2, 3), (15, 45, 40))[0]

    def _note(
        self, kind: str, *, agent: Colleague | None = None, to: Colleague | None = None, details: Any = None
    ) -> None:
        self._number += 1
        talk = self._talk
        talk.rows.add(
            handoff_events, id=talk.new_id(), handoff_id=self.row["id"], number=self._number, conversation_id=talk.id,
            kind=kind, agent_id=agent.id if agent else None, to_agent_id=to.id if to else None, details=details,
            at=talk.at,
        )  # fmt: skip


def _packet(talk: Talk, reason: str) -> Json:
    """What whoever takes over found, as `bot.handoff.packet` makes it."""
    return {
        "reason": reason,
        "at": talk.at.isoformat(),
        "language": talk.language,
        "channel": talk.channel,
        "level": talk.level,
        "shop_customer_id": talk.person.shop_id if talk.level == "verified" else None,
        "orders_opened": [f"#{talk.matter.order}"] if talk.level != "anonymous" else [],
        "understood": talk.understood[-6:],
        "slots": {"order_number": f"#{talk.matter.order}"} if talk.level != "anonymous" else {},
        "contact": None,
        "promises": [],
        "earlier": [],
        "channels": [talk.channel],
        "linked": [],
    }
