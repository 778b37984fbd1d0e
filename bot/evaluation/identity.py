"""How the scripted customer says who they are; only ever what the task's customer knows."""

from __future__ import annotations

from bot.evaluation import phrases
from bot.evaluation.messages import LookForCode, Message, Move, Say, Tap
from bot.evaluation.wishes import Knowledge
from bot.evaluation.wording import Voice


class Identity:
    """One customer's name, postcode and e-mail addresses, told as they are asked for."""

    def __init__(self, knowledge: Knowledge, voice: Voice) -> None:
        self._knowledge = knowledge
        self._voice = voice
        self._untried = list(knowledge.emails)
        self._told: str | None = None

    def introduction(self) -> str:
        """Who they are, without being asked."""
        if self._untried and (self._knowledge.postcode is None or self._voice.chance(0.5)):
            return self._by_email(phrases.EMAIL_IDENTITIES)
        return self._by_name(phrases.IDENTITIES)

    def answer(self, question: Message, times: int) -> Move:
        """What is asked for.

        Args:
            question: expects `email`, `postcode`, `name` or `one_time_code`.
            times: how often the same was asked, with this time.
        """
        expects = question.expects
        by_code = question.choice("code")
        if expects == "postcode" and not self._knowledge.postcode and self._told:
            tapped = by_code is not None and self._voice.chance(0.6 if times == 1 else 1.0)
            return Tap(by_code) if by_code and tapped else Say(self._voice.one_of(phrases.NO_POSTCODE))
        if expects == "one_time_code":
            return LookForCode(self._told) if self._told and times < 3 else self.no_code()
        if expects == "postcode" and self._knowledge.postcode:
            return Say(
                self._voice.one_of(("{postcode}", "My zip code is {postcode}", "it's {postcode}"), **self._facts())
            )
        if expects == "name":
            name = ("{name}", "I'm {name}", "My name is {name}")
            return Say(self._voice.one_of(name, **self._facts()))
        if expects == "email" and self._untried:
            return Say(self._by_email(("{email}", "My email is {email}", "it's {email}", "{email} I think")))
        return Say(self._by_name(phrases.NO_EMAIL))

    def no_code(self) -> Move:
        """No code is in the mailbox, or it did not help: another address, or the name."""
        if self._untried:
            return Say(self._by_email(phrases.NO_CODE))
        return Say(self._by_name(phrases.NEVER_A_CODE))

    def contact(self) -> str:
        """Where a person can reach them."""
        if self._knowledge.emails:
            return self._knowledge.emails[0]
        return f"+1 212 555 01{sum(map(ord, self._knowledge.name)) % 90 + 10}"

    def _by_email(self, said: phrases.Phrases) -> str:
        self._told = self._untried.pop(0)
        return self._voice.one_of(said, **{**self._facts(), "email": self._told})

    def _by_name(self, said: phrases.Phrases) -> str:
        if self._knowledge.postcode is None:
            email = self._knowledge.emails[0] if self._knowledge.emails else ""
            return f"I'm {self._knowledge.name}, {email}".rstrip(", ")
        return self._voice.one_of(said, **self._facts())

    def _facts(self) -> dict[str, str]:
        return {"name": self._knowledge.name, "postcode": self._knowledge.postcode or ""}
