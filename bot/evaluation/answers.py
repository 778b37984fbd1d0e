"""How the scripted customer answers questions about a wish, with buttons or in words, and corrects a wrong summary."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from bot.evaluation import phrases
from bot.evaluation.habits import Errand, typed_choice
from bot.evaluation.messages import Message, Move, Say, Tap
from bot.evaluation.summaries import About, Fault
from bot.evaluation.wishes import Kind, Knowledge, Thing, Version
from bot.evaluation.wording import Voice


class Answers:
    """One customer's answers.

    Args:
        taps: share of the questions with buttons that are answered with one.
        known: order numbers the customer can name; grows while they talk.
    """

    def __init__(self, knowledge: Knowledge, voice: Voice, rng: random.Random, taps: float, known: set[str]) -> None:
        self._knowledge = knowledge
        self._voice = voice
        self._rng = rng
        self._taps = taps
        self._known = known
        self.places: dict[str, Mapping[str, str]] = {"profile": knowledge.address}
        self.places |= {number: order.address for number, order in knowledge.orders.items()}

    def answer(self, errand: Errand, question: Message, times: int) -> Move:
        """The answer to a question about an errand.

        Args:
            errand: which.
            question: expects one of the facts of a wish.
            times: how often the same was asked, with this time: who was not understood says it otherwise.
        """
        match question.expects:
            case "items":
                return self._items(errand, question, times)
            case "variant":
                return self._variant(errand, question, times)
            case "order_number":
                return self._tapped(question, errand, times) or Say(self._order(errand))
            case "payment_method":
                return self._payment(errand, question, times)
            case "reason":
                return self._reason(errand, question, times)
            case _:
                return self._tapped(question, errand, times) or Say(self._address(errand, times))

    def _taps_now(self, times: int) -> bool:
        """Whether a button is used: what was typed and not understood is tapped the next time, at the latest then."""
        return self._voice.chance((self._taps, 0.8)[times - 1] if times < 3 else 1.0)

    def _tapped(self, question: Message, errand: Errand, times: int) -> Move | None:
        """The right button, where there is one and the customer is in the mood for it."""
        choice = question.choice(*errand.values(question.expects or "", self.places))
        if choice is None:
            return None
        if self._taps_now(times):
            return Tap(choice)
        return Say(typed_choice(choice, self._rng)) if self._voice.chance(0.2) else None

    def _order(self, errand: Errand) -> str:
        number = errand.wish.order
        if number is None:
            return self._voice.one_of(phrases.NO)
        if number in self._known:
            return self._voice.number(number)
        return self._voice.one_of(phrases.NO_NUMBER, order=self._voice.order(number, self._known))

    def _items(self, errand: Errand, question: Message, times: int) -> Move:
        wish = errand.wish
        wanted = [thing.item_id for thing in wish.things]
        if not wanted:
            return Say(self._voice.one_of(phrases.DONE))
        if times > 1:  # what was typed was not understood where it is still offered
            offered = [choice.value for choice in question.choices]
            errand.picked = [one for one in errand.picked if one not in offered]
        left = errand.left(wanted)
        done = question.choice("done")
        if not left and done:
            tapped = self._taps_now(times)
            return Tap(done) if tapped else Say(self._voice.one_of(phrases.DONE))
        if not left:
            errand.picked.clear()  # it is asked from the start
            left = wanted
        order = self._knowledge.orders.get(wish.order or "")
        whole = order is not None and len(order.things) == len(wanted)
        everything = question.choice("all")
        if whole and everything and left == wanted and self._voice.chance(0.5):
            errand.picked += wanted
            return Tap(everything)
        choice = question.choice(*left)
        if choice is not None and self._taps_now(times):
            errand.picked.append(choice.value or "")
            return Tap(choice)
        errand.picked += left
        things = [next(thing for thing in wish.things if thing.item_id == item_id) for item_id in left]
        text = self._voice.things(things)
        return Say(text[4:] if text.startswith("the ") and self._voice.chance(0.4) else text)

    def _variant(self, errand: Errand, question: Message, times: int) -> Move:
        wish = errand.wish
        pairs = list(zip(wish.things, wish.versions, strict=False))
        if not pairs:
            return Say(self._voice.one_of(phrases.NO))
        if wrong := self._other_thing(errand, question):
            things = self._voice.things(wish.things)
            return Say(self._voice.one_of(phrases.NOT_THAT, wrong=self._voice.thing(wrong, apart=False), things=things))
        values = [choice.value for choice in question.choices]
        offered = [pair for pair in pairs if pair[1].item_id in values]
        _, version = self._asked_for(errand, offered or _named(pairs, question.whole) or pairs)
        choice = question.choice(version.item_id)
        if choice is not None and self._taps_now(times):
            errand.picked.append(f"version {version.item_id}")
            return Tap(choice)
        errand.picked.append(f"version {version.item_id}")
        return Say(self._voice.version(version, explicit=times > 1))

    def _other_thing(self, errand: Errand, question: Message) -> Thing | None:
        """What a question asks about instead, where it is something that is not to change."""
        wanted = {version.item_id for version in errand.wish.versions}
        text = question.text.casefold()
        names = {thing.name for thing in errand.wish.things}
        if wanted & {choice.value for choice in question.choices} or any(name.casefold() in text for name in names):
            return None
        things = [thing for order in self._knowledge.orders.values() for thing in order.things]
        return next((thing for thing in things if thing.name not in names and thing.name.casefold() in text), None)

    @staticmethod
    def _asked_for(errand: Errand, pairs: Sequence[tuple[Thing, Version]]) -> tuple[Thing, Version]:
        """Of two of one product, the one that was not spoken of yet."""
        fresh = [pair for pair in pairs if f"version {pair[1].item_id}" not in errand.picked]
        return (fresh or list(pairs))[0]

    def _payment(self, errand: Errand, question: Message, times: int) -> Move:
        wish = errand.wish
        if wrong := errand.instead.pop("payment", None):
            choice = question.choice(wrong)
            return Tap(choice) if choice and self._voice.chance(self._taps) else Say(self._voice.payment(wrong))
        order = self._knowledge.orders.get(wish.order or "")
        original = order.paid_with if order and wish.kind is Kind.RETURN else None
        said = self._voice.payment(wish.payment or (order.paid_with if order else ""), original)
        return self._tapped(question, errand, times) or Say(said)

    def _reason(self, errand: Errand, question: Message, times: int) -> Move:
        if wrong := errand.instead.pop("reason", None):
            choice = question.choice(wrong)
            return Tap(choice) if choice and self._voice.chance(self._taps) else Say(self._voice.reason(wrong))
        reason = errand.wish.reason or "no longer needed"
        return self._tapped(question, errand, times) or Say(self._voice.reason(reason))

    def _address(self, errand: Errand, times: int) -> str:
        wish = errand.wish
        if wish.address is None:
            return self._voice.one_of(phrases.NO)
        known = errand.values("address", self.places)
        if "profile" in known and times == 1 and self._voice.chance(0.4):
            return self._rng.choice(("my default address", "the address in my profile", "the one in my profile please"))
        number = next((name for name in known if name in self._known), None)
        if number and times == 1 and self._voice.chance(0.3):
            return f"the same address as {self._voice.number(number)}"
        return self._voice.address(wish.address)

    def correction(self, errand: Errand, wrong: Sequence[Fault]) -> str:
        """What is wrong with a summary, said to the assistant."""
        wish = errand.wish
        if any(fault.about is About.KIND for fault in wrong):
            facts = {"order", "items", "versions", "payment", "reason", "address"}
            return self._voice.one_of(phrases.WRONG) + self._voice.wish(wish, facts, self._known, explicit=True)
        said = list(dict.fromkeys(self._mend(errand, fault) for fault in wrong))
        hedged = all(fault.about in (About.PAYMENT, About.REASON) for fault in wrong) and self._voice.chance(0.25)
        return ("Yes, but " if hedged else self._voice.one_of(phrases.WRONG)) + " and ".join(said)

    def _mend(self, errand: Errand, fault: Fault) -> str:
        wish, thing = errand.wish, fault.thing
        match fault.about:
            case About.ORDER:
                return f"I mean {self._voice.order(wish.order or '', self._known)}"
            case About.MISSING if thing is not None:
                pair = next((one for one in zip(wish.things, wish.versions, strict=False) if one[0] is thing), None)
                verb = {Kind.RETURN: "return", Kind.EXCHANGE: "exchange"}.get(wish.kind, "change")
                return f"I also want to {verb} {self._voice.swap(*pair) if pair else self._voice.thing(thing)}"
            case About.EXTRA if thing is not None:
                if thing.name in {one.name for one in wish.things}:
                    return f"I mean {self._voice.things(wish.things)}"
                return f"not {self._voice.thing(thing, apart=False)}, only {self._voice.things(wish.things)}"
            case About.VERSION if thing is not None and fault.version is not None:
                return (
                    f"I'd like {self._voice.thing(thing)} to become {self._voice.version(fault.version, explicit=True)}"
                )
            case About.PAYMENT:
                where = "the refund should go to" if wish.kind is Kind.RETURN else "please use"
                return f"{where} {self._voice.payment(wish.payment or '')}"
            case About.REASON:
                return f"the reason is: {self._voice.reason(wish.reason or '')}"
            case _:
                return f"the address should be {self._voice.address(wish.address or {})}"


def _named(pairs: Sequence[tuple[Thing, Version]], text: str) -> list[tuple[Thing, Version]]:
    """The things that a question names."""
    return [pair for pair in pairs if pair[0].name.casefold() in text.casefold()]
