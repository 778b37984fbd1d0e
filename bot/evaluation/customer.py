"""The scripted customer: hears what the assistant shows and decides what to do next; knows nothing of its inside."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.evaluation import phrases
from bot.evaluation.answers import Answers
from bot.evaluation.habits import ALL_FACTS, Errand, Habits, draw_habits, plan_mistake
from bot.evaluation.identity import Identity
from bot.evaluation.messages import Message, Move, Say, Tap
from bot.evaluation.summaries import Fault, faults, speaks_of
from bot.evaluation.wishes import SWAPS, Kind, Knowledge, Wish, idle_wishes
from bot.evaluation.wording import Voice, with_typo

MOST_STATED = 3  # times that one wish is said before it is given up
MOST_CORRECTIONS = 3
SAME_QUESTION = 5  # times that one question is answered before what it is about is given up
_MORE = re.compile(r"anything else|something else|what else|else I can", re.IGNORECASE)
_IDENTITY = ("email", "postcode", "name", "one_time_code")
_FACTS = ("order_number", "items", "variant", "payment_method", "reason", "address")


class Customer:
    """One customer in one conversation. Call `begin` once, then `hear` with what each move brought.

    Args:
        knowledge: what the customer knows.
        wishes: what is wanted, in order; empty for somebody who changes nothing in the end.
        rng: all the customer's randomness; the same one says the same to the same assistant.
        habits: how they go about it; left out, drawn.
    """

    def __init__(
        self, knowledge: Knowledge, wishes: Sequence[Wish], rng: random.Random, habits: Habits | None = None
    ) -> None:
        self.habits = habits or draw_habits(rng)
        self.remarks: list[str] = []
        self._rng = rng
        self._knowledge = knowledge
        self._voice = Voice(rng, knowledge, plain_typing=self.habits.plain_typing)
        wanted = list(wishes) or list(idle_wishes(knowledge, rng))
        if self.habits.asks_first and (number := next((wish.order for wish in wanted if wish.order), None)):
            wanted.insert(0, Wish(Kind.LOOK_UP, order=number))
        self.errands = [Errand(wish) for wish in wanted]
        if self.habits.mistakes:
            plan_mistake(self.errands, knowledge, rng)
        self._known = set(knowledge.numbers)
        self._identity = Identity(knowledge, self._voice)
        self._answers = Answers(knowledge, self._voice, rng, self.habits.taps, self._known)
        self._asides = self.habits.asides
        self._aside_asked = False
        self._asked: tuple[Message | None, int] = (None, 0)
        self._leaving = 0

    @property
    def unfinished(self) -> list[str]:
        """Why wishes were given up or not come to, a line each."""
        return [
            f"{errand.wish.kind} {errand.wish.order or ''}".strip()
            + f": {errand.why or ('left open' if errand.stated else 'not come to')}"
            for errand in self.errands
            if not errand.done and errand.wish.kind is not Kind.LOOK_UP
        ]

    def begin(self) -> Move:
        """The first message."""
        greeting = self._voice.one_of(phrases.GREETINGS) if self._voice.chance(0.5) or self.habits.greets_alone else ""
        if self.habits.greets_alone or not self.errands:
            return Say(greeting or phrases.GREETINGS[0])
        who = self._identity.introduction() if self.habits.identity_first else ""
        return self._say([f"{greeting}, {who}" if greeting and who else greeting or who, self._announce(first=True)])

    def hear(self, messages: Sequence[Message]) -> Move | None:
        """What the customer does next; None when they have nothing more to say.

        Args:
            messages: what the last move brought, in order.
        """
        heard = [message for message in messages if message.author != "customer"]
        whole = "\n".join(message.whole for message in heard).upper()
        self._known |= {number for number in self._knowledge.orders if number.lstrip("#") in whole}
        question = next((message for message in reversed(heard) if message.asks), None)
        rating = next((message for message in heard if message.expects == "rating"), None)
        if rating or (question and question.expects == "comment"):
            return self._rate(rating or question)
        if self._leaving:
            return self._leave_still(question)
        if question is None:
            return self._go_on(heard)
        return self._answer(question, heard)

    def no_code(self) -> Move:
        """What the customer does when no one-time code is in the mailbox."""
        return self._identity.no_code()

    # -- saying wishes -----------------------------------------------------------------------------------------

    def _waiting(self) -> list[Errand]:
        return [errand for errand in self.errands if errand.open and not errand.stated]

    def _current(self) -> list[Errand]:
        return [errand for errand in self.errands if errand.open and errand.stated]

    def _announce(self, *, first: bool = False) -> str:
        """Say the next wish, or some of them in one message."""
        batch: list[Errand] = []
        for errand in self._waiting()[: self.habits.batch]:
            if any(_same_target(errand.wish, other.wish) for other in batch):
                break  # nobody asks for a change and for its opposite at once
            batch.append(errand)
        groups: list[list[Errand]] = []
        for errand in batch:
            if groups and _mergeable(groups[-1][0], errand):
                groups[-1].append(errand)
            else:
                groups.append([errand])
        said = [self._state(group[0], self._some_facts(), [one.wish.order or "" for one in group]) for group in groups]
        for group in groups:
            for errand in group[1:]:
                errand.stated += 1
        lead = self._voice.one_of(phrases.OPENED_BY) if first else self._voice.one_of(phrases.ALSO)
        text = said[0]
        for more in said[1:]:
            text = text.rstrip(".?! ") + self._voice.one_of(phrases.JOINED) + more
        return lead + text

    def _some_facts(self) -> set[str]:
        if self.habits.talk == "all":
            return set(ALL_FACTS)
        if self.habits.talk == "step":
            return {"order"} if self._voice.chance(0.5) else set()
        return {fact for fact in ALL_FACTS if self._voice.chance(0.6)}

    def _state(self, errand: Errand, facts: set[str], orders: Sequence[str] = ()) -> str:
        errand.stated += 1
        wish = errand.extra or errand.wish
        if errand.extra is not None and "items" in facts:
            errand.extra = None  # said once
        instead = {fact: errand.instead.pop(fact) for fact in list(errand.instead) if fact in facts}
        numbers = orders if len(orders) > 1 else ()
        explicit = errand.stated > 1
        return self._voice.wish(wish, facts, self._known, explicit=explicit, orders=numbers, **instead)

    def _restate(self, errand: Errand, lead: str) -> Move:
        """Say a wish again, in other words and with all that belongs to it."""
        return self._say([lead + self._state(errand, set(ALL_FACTS))])

    def _say(self, parts: Sequence[str]) -> Move:
        text = self._voice.sentences(parts)
        return Say(with_typo(text, self._rng) if self._voice.chance(self.habits.typos) else text)

    # -- when nothing is asked ---------------------------------------------------------------------------------

    def _go_on(self, heard: Sequence[Message]) -> Move:
        for errand in self._current():
            person = errand.wish.kind is Kind.PERSON and any(speaks_of(Kind.PERSON, one.text) for one in heard)
            if person or errand.wish.kind is Kind.LOOK_UP:
                errand.done = True
            elif errand.stated > 1 and (errand.wish.refused or errand.wish.withdrawn):
                errand.done = True  # told that it is not possible, or never asked to confirm it
        if current := self._current():
            errand = current[0]
            if self._aside_asked:
                self._aside_asked, errand.stated = False, errand.stated - 1
                return self._restate(errand, self._voice.one_of(phrases.BACK))
            if errand.stated < MOST_STATED:
                return self._restate(errand, self._voice.one_of(phrases.AGAIN))
            errand.why = "said three times; the last answer was: " + _short(heard)
            return self._go_on(heard)
        if self._waiting():
            return self._say([self._voice.one_of(phrases.THANKS) + self._announce(first=not self._stated_any())])
        self._leaving = 1
        return Say(self._voice.one_of(phrases.FAREWELLS))

    def _stated_any(self) -> bool:
        return any(errand.stated for errand in self.errands)

    def _leave_still(self, question: Message | None) -> Move | None:
        self._leaving += 1
        if question is None or self._leaving > 3:
            return None
        no = question.choice("no")
        return Tap(no) if no else Say(self._voice.one_of(phrases.FAREWELLS))

    def _rate(self, question: Message | None) -> Move | None:
        for errand in self._current() if not self._leaving else ():
            errand.why = "the assistant ended the conversation"
        self._leaving = max(self._leaving, 1)
        if question is None:
            return None
        if question.expects == "rating":
            choice = question.choice(self._rng.choice(("3", "4", "5", "5")))
            return Tap(choice) if choice else Say("5")
        self._leaving = 9
        decline = question.choices[0] if question.choices and self._voice.chance(0.6) else None
        return Tap(decline) if decline else Say(self._voice.one_of(phrases.COMMENTS))

    # -- when something is asked -------------------------------------------------------------------------------

    def _answer(self, question: Message, heard: Sequence[Message]) -> Move:
        count = self._count(question)
        expects = question.expects
        if count > SAME_QUESTION and (current := self._current()):
            current[0].why = f"asked the same {count} times: {question.text}"
            return self._go_on(heard)
        if expects in _IDENTITY:
            return self._identity.answer(question, count)
        if question.summary is not None or expects == "confirmation" or question.choice("yes"):
            return self._confirm(question, heard)
        if self._asides and expects in _FACTS and self._voice.chance(0.25):
            self._asides -= 1
            self._aside_asked = True
            return Say(self._voice.one_of(phrases.ASIDES))
        self._aside_asked = False
        if expects in _FACTS:
            errand = self._asked_about(question)
            if errand is None:
                return self._go_on(heard)
            if count > 1 and (errand.wish.refused or errand.wish.kind is Kind.LOOK_UP):
                return self._let_go(errand)
            return self._answers.answer(errand, question, count)
        return self._free_text(question, heard)

    def _let_go(self, errand: Errand) -> Move:
        """Leave something that is not worth more words."""
        errand.done = True
        return Say(self._voice.one_of(phrases.NEVER_MIND))

    def _count(self, question: Message) -> int:
        """How often in a row the very same was asked, with this time; other choices are a step forward."""
        before, count = self._asked
        again = before is not None and _sense(before) == _sense(question)
        self._asked = (question, count + 1 if again else 1)
        return self._asked[1]

    def _asked_about(self, question: Message) -> Errand | None:
        """The errand a question is about: one whose answer is among its choices, else the first it can be about."""
        fact = question.expects or ""
        text = question.whole.upper()
        current = self._current() or self._waiting()[:1]
        current.sort(key=lambda errand: (errand.wish.order or "-").lstrip("#") not in text)
        values = {choice.value for choice in question.choices}
        for errand in current:
            if values & set(errand.values(fact, self._answers.places)):
                return errand
        fitting = [errand for errand in current if errand.values(fact, self._answers.places)]
        if not fitting and fact == "address":
            fitting = [errand for errand in current if errand.wish.address is not None]
        if not fitting:
            return None
        fitting[0].stated = fitting[0].stated or 1  # it is asked for before it was said
        return fitting[0]

    def _free_text(self, question: Message, heard: Sequence[Message]) -> Move:
        current = self._current()
        person = next((errand for errand in current if errand.wish.kind is Kind.PERSON), None)
        if person is not None:
            person.done = True
            return Say(self._identity.contact())
        if re.search(r"\bname\b", question.text) and not re.search(r"e-?mail|phone", question.text):
            return Say(self._knowledge.name)
        for errand in current:
            fitting = next((one for one in question.choices if speaks_of(errand.wish.kind, one.title)), None)
            if fitting is not None:
                return Tap(fitting)
        if current and current[0].wish.kind is Kind.LOOK_UP:
            return self._let_go(current[0])
        if speaks_of(Kind.PERSON, question.text) and current and current[0].stated < MOST_STATED:
            return self._restate(current[0], self._voice.one_of(phrases.NO_PERSON))
        return self._go_on(heard)

    def _confirm(self, question: Message, heard: Sequence[Message]) -> Move:
        if question.summary is None:
            return self._settle_offer(question, heard)
        judged = [(errand, faults(question, errand.wish, self._knowledge)) for errand in self._current()]
        if not judged:
            return self._reply(question, yes=False)
        errand, wrong = min(judged, key=lambda pair: _weight(pair[1]))
        if errand.wish.withdrawn:
            errand.done = True
            no = question.choice("no")
            return (
                Tap(no) if no and self._voice.chance(self.habits.taps) else Say(self._voice.one_of(phrases.WITHDRAWN))
            )
        if not wrong or (errand.corrections and not any(fault.seen for fault in wrong)):
            self.remarks += [f"confirmed although {fault.text}" for fault in wrong]
            self._finish(errand)
            return self._reply(question, yes=True)
        if errand.corrections >= MOST_CORRECTIONS:
            errand.why = "the summary stays wrong: " + "; ".join(fault.text for fault in wrong)
            return self._reply(question, yes=False)
        errand.corrections += 1
        self.remarks.append("corrected: " + "; ".join(fault.text for fault in wrong))
        errand.picked.clear()
        return Say(self._answers.correction(errand, wrong))

    def _finish(self, errand: Errand) -> None:
        errand.done = True
        wish = errand.wish
        if wish.address is not None:
            self._answers.places["profile" if wish.kind is Kind.DEFAULT_ADDRESS else wish.order or ""] = wish.address

    def _settle_offer(self, question: Message, heard: Sequence[Message]) -> Move:
        """A yes-or-no question without a summary: an offer, or one whether something was understood rightly."""
        text, current = question.whole, self._current()
        offers_person = speaks_of(Kind.PERSON, text)
        numbers = {number for number in self._knowledge.orders if number.lstrip("#") in text.upper()}
        if _MORE.search(text) and not current:
            return self._go_on(heard)
        for errand in current:
            wish = errand.wish
            if wish.withdrawn or (numbers and wish.order and wish.order not in numbers):
                continue
            named = any(thing.name.casefold() in text.casefold() for thing in wish.things)
            kind = Kind.EXCHANGE if wish.kind in SWAPS and speaks_of(Kind.EXCHANGE, text) else wish.kind
            if offers_person == (wish.kind is Kind.PERSON) and (named or speaks_of(kind, text)):
                return self._reply(question, yes=True)
        for errand in current:
            if errand.wish.refused or errand.wish.withdrawn:
                errand.done = True
        if (open_still := self._current()) and open_still[0].stated < MOST_STATED and not question.choice("no"):
            return self._restate(open_still[0], self._voice.one_of(phrases.WRONG))
        for errand in self._current():
            if errand.stated >= MOST_STATED:
                errand.why = f"offered something else: {question.text}"
        return self._reply(question, yes=False)

    def _reply(self, question: Message, *, yes: bool) -> Move:
        choice = question.choice("yes" if yes else "no")
        if choice is not None and self._voice.chance(self.habits.taps):
            return Tap(choice)
        return Say(self._voice.one_of(phrases.YES if yes else phrases.NO))


def _sense(question: Message) -> tuple[object, ...]:
    """What makes a question the same, though its buttons have fresh ids."""
    asks_for_a_fact = question.expects in (*_IDENTITY, *_FACTS)  # in whichever words
    choices = tuple((one.title, one.value) for one in question.choices)
    return question.expects, "" if asks_for_a_fact else question.text, question.cards, choices


def _same_target(one: Wish, other: Wish) -> bool:
    return (one.kind, one.order) == (other.kind, other.order)


def _mergeable(one: Errand, other: Errand) -> bool:
    """Whether two wishes can be said as one for two orders."""
    if one.wish.kind not in (Kind.CANCEL, Kind.ORDER_ADDRESS) or one.instead or other.instead:
        return False
    return replace(one.wish, order=None) == replace(other.wish, order=None)


def _weight(wrong: Sequence[Fault]) -> tuple[int, int]:
    """How far a summary is from a wish: the kind and the order weigh most."""
    return sum(fault.about in ("kind", "order") for fault in wrong), len(wrong)


def _short(heard: Sequence[Message]) -> str:
    text = " / ".join(" ".join(message.text.split()) for message in heard if message.text)
    return text if len(text) <= 160 else f"{text[:159]}…"
