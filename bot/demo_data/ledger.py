"""How made-up conversations end, and what their customers say of it: the survey in every state, and what follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.demo_data.desk_lines import COMMENTS, FOLLOWED_UP
from bot.demo_data.hours import Hours
from bot.demo_data.people import People
from bot.demo_data.talk import Talk
from bot.storage.insight_tables import extra_questions, reviews
from bot.storage.tables import follow_ups, surveys

_LEFT_BEHIND = timedelta(hours=9)  # before the end of the year: some conversations have not ended yet
_LIKED = {"reached": 4.6, "resolved": 4.65, "open": 3.2, "refused": 3.4, "failed": 2.9, "people": 3.8}
_SPREAD = 0.8
# By how it ended: the share that the question reaches on the website, and of those the share that answers.
_REACHED = {"done": 0.97, "resolved": 0.91, "left": 0.7, "idle": 0.62}
_ANSWERS = {"done": 0.5, "resolved": 0.54, "left": 0.12, "idle": 0.2}
_EXTRAS = {"nps": 0.16, "ces": 0.16}


class Ledger:
    """Ends conversations.

    Args:
        people: who looks after those who are unhappy.
    """

    def __init__(self, hours: Hours, people: People) -> None:
        self._hours, self._people = hours, people

    def end(self, talk: Talk) -> None:
        """End it, unless it still goes on when the year is over; and open its survey."""
        if talk.stays_open or self._is_left_behind(talk):
            return
        reason = talk.end_reason or ("done" if talk.closed else "left" if talk.likely(0.05) else "idle")
        if reason == "idle":
            talk.at += self._hours.idle + timedelta(seconds=30 * talk.chance.random())
        talk.row |= {"state": "ended", "ended_at": talk.at, "end_reason": reason}
        survey = talk.rows.add(
            surveys, id=talk.new_id(), conversation_id=talk.id, about="agent" if talk.agent else "bot", changes=0,
            due_at=talk.at, closes_at=talk.at + self._hours.survey_window,
        )  # fmt: skip
        exempt = "nothing_asked" if talk.asked_nothing else "blocked" if self._has_blocked(talk) else None
        if exempt:
            survey |= {"state": "exempt", "exempt_reason": exempt}
            return
        self._ask(talk, survey, reason)

    def _is_left_behind(self, talk: Talk) -> bool:
        left = self._hours.end - talk.at
        near = left < _LEFT_BEHIND and talk.visit.last and talk.channel == "web" and not talk.end_reason
        return left < self._hours.idle * 2 or (near and talk.likely(0.12))

    def _has_blocked(self, talk: Talk) -> bool:
        return talk.channel == "telegram" and not talk.agent and talk.likely(0.006)

    # -- the score ------------------------------------------------------------------------------------------

    def _ask(self, talk: Talk, survey: dict[str, Any], reason: str) -> None:
        reached = talk.likely(0.985 if talk.channel == "telegram" else _REACHED[reason])
        delivery = "sent" if reached else "failed" if talk.channel == "telegram" else "waiting"
        name = "utter_app_rating_question_agent" if talk.agent else "utter_app_rating_question"
        values = {"agent": talk.agent.name} if talk.agent else {}
        scores = [(str(score), str(score)) for score in range(1, 6)]
        survey["message_id"] = talk.app(name, kind="rating", values=values, choices=scores, delivery=delivery)
        over = survey["closes_at"] <= self._hours.end
        if not reached:
            survey["state"] = "undeliverable" if over or talk.channel == "telegram" else "due"
            return
        survey["asked_at"] = talk.at + timedelta(seconds=0.3)
        survey["state"] = "expired" if over else "asked"
        mood = _LIKED[talk.goal] + talk.mood + talk.release.liked
        share = _ANSWERS[reason] * (1.35 if talk.channel == "telegram" and reason == "idle" else 1.0)
        if talk.likely(share * (1.15 if mood > 4.2 or mood < 2.2 else 0.9)):
            self._answers(talk, survey, mood, reason)

    def _answers(self, talk: Talk, survey: dict[str, Any], mood: float, reason: str) -> None:
        score = max(1, min(5, round(talk.chance.gauss(mood, _SPREAD))))
        wait = (
            talk.chance.lognormvariate(3.4, 0.9)
            if reason in ("done", "resolved")
            else talk.chance.expovariate(1 / 9000)
        )
        at = talk.at + timedelta(seconds=wait)
        if at + timedelta(minutes=30) >= min(survey["closes_at"], self._hours.end):
            return
        talk.at = at
        talk.tells(str(score), kind="choice", payload=f"app:rate:{score}", seconds=0)
        survey |= {"state": "answered", "score": score, "answered_at": talk.at, "changes": int(talk.likely(0.03))}
        if score <= 2:
            self._follow_up(talk, survey)
        none = [(talk.words.label("no_thanks", talk.language), None)]
        sorry = "utter_app_rating_sorry" if score <= 2 else "utter_app_rating_thanks"
        talk.app(sorry, kind="comment", values={"score": str(score)}, choices=none)
        self._comments(talk, survey, score)

    def _comments(self, talk: Talk, survey: dict[str, Any], score: int) -> None:
        how = talk.chance.random()
        if how < (0.42 if score <= 2 else 0.18):
            kind = 0 if score >= 4 else 1 if score == 3 else 2
            survey["comment"] = talk.chance.choice(COMMENTS[talk.language][kind])
            talk.tells(survey["comment"], seconds=25)
            talk.app("utter_app_comment_thanks")
        elif how < 0.62:
            talk.tells(talk.words.label("no_thanks", talk.language), kind="choice", payload="app:no_comment", seconds=8)
            talk.app("utter_app_comment_declined")
        else:
            talk.row["prompt"] = "comment"
            return
        if score == 5 and survey["comment"] and talk.likely(0.5):
            self._review(talk, survey)
            return
        kind_of_extra = talk.chance.choices(("nps", "ces", ""), (*_EXTRAS.values(), 1 - sum(_EXTRAS.values())))[0]
        if kind_of_extra:
            self._extra(talk, survey, kind_of_extra, score)

    def _extra(self, talk: Talk, survey: dict[str, Any], kind: str, score: int) -> None:
        highest = 10 if kind == "nps" else 7
        numbers = [(str(number), str(number)) for number in range(0 if kind == "nps" else 1, highest + 1)]
        reached = talk.likely(0.97)
        asked = talk.app(
            f"utter_app_{kind}_question", kind=kind, choices=numbers, delivery="sent" if reached else "failed"
        )
        over = survey["closes_at"] <= self._hours.end
        row = talk.rows.add(
            extra_questions, id=talk.new_id(), survey_id=survey["id"], kind=kind, message_id=asked, asked_at=talk.at,
            closes_at=survey["closes_at"], state="undeliverable" if not reached else "expired" if over else "asked",
        )  # fmt: skip
        if reached and talk.likely(0.66):
            meant = highest * (score - 0.25) / 5 + talk.chance.gauss(0.3, highest * 0.1)
            number = max(0 if kind == "nps" else 1, min(highest, round(meant)))
            talk.tells(str(number), kind="choice", payload=f"app:extra:{kind}:{number}", seconds=9)
            row |= {"state": "answered", "score": number, "answered_at": talk.at}
            talk.app("utter_app_extra_thanks", values={"score": str(number)})
        elif reached and not over:
            talk.row["prompt"] = kind

    def _review(self, talk: Talk, survey: dict[str, Any]) -> None:
        shown_as = talk.person.first_name if talk.level == "verified" else None
        name = "utter_app_review_question" if shown_as else "utter_app_review_question_unnamed"
        answers = [(talk.words.label(f"review_{word}", talk.language), word) for word in ("yes", "no")]
        talk.app(name, kind="review", values={"shown_as": shown_as or ""}, choices=answers)
        row = talk.rows.add(
            reviews, id=talk.new_id(), survey_id=survey["id"], conversation_id=talk.id, state="invited", score=5,
            name=shown_as, text=survey["comment"], language=talk.language, asked_at=talk.at,
        )  # fmt: skip
        how = talk.chance.random()
        if how < 0.3:
            return
        word = "yes" if how < 0.75 else "no"
        title = talk.words.label(f"review_{word}", talk.language)
        talk.tells(title, kind="choice", payload=f"app:review:{word}:{row['id']}", seconds=12)
        row |= {"state": "consented" if word == "yes" else "declined", "decided_at": talk.at}
        talk.app("utter_app_review_agreed" if word == "yes" else "utter_app_review_declined")
        shown = talk.at + timedelta(days=1 + 4 * talk.chance.random())
        if word == "yes" and talk.likely(0.6) and shown < self._hours.end:
            row |= {"state": "published", "published_at": shown, "published_by": self._people.somebody(talk).id}

    # -- what comes of it -----------------------------------------------------------------------------------

    def _follow_up(self, talk: Talk, survey: dict[str, Any]) -> None:
        due = self._hours.promises.follow_up(talk.at)
        done = self._hours.kept(talk.at, due, talk.chance)
        row = talk.rows.add(
            follow_ups, id=talk.new_id(), survey_id=survey["id"], conversation_id=talk.id, state="open",
            created_at=talk.at, due_at=due,
        )  # fmt: skip
        if done is not None:
            outcome = talk.chance.choices(tuple(FOLLOWED_UP), (44, 30, 18, 8))[0]
            note = talk.chance.choice(FOLLOWED_UP[outcome])
            agent = self._people.somebody(talk).id
            row |= {"state": "closed", "closed_at": done, "outcome": outcome, "note": note, "agent_id": agent}
