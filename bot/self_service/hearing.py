"""Takes what a customer says into a request: orders, things, versions, payment, reason, address. Decides nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.languages.requests import request_words
from bot.orders.rules import original_methods
from bot.self_service.grouping import Group, grouped
from bot.self_service.mentioning import is_named, tells_order
from bot.self_service.notes import Note
from bot.self_service.reading.addresses import AddressSaid, KnownAddress, read_address
from bot.self_service.reading.items import ItemsSaid, Line, Mention, read_items
from bot.self_service.reading.orders import OrdersSaid, read_orders
from bot.self_service.reading.payments import read_payment
from bot.self_service.reading.phones import read_phone
from bot.self_service.reading.pieces import says_any
from bot.self_service.reading.reasons import names_a_reason, read_reason
from bot.self_service.request import KINDS, Request, Slot, Task
from bot.self_service.versions import with_versions
from bot.self_service.world import World

_WITH_ITEMS = (Task.CANCEL, Task.RETURN, Task.SWAP, Task.PROBLEM)
_WITH_PAYMENT = (Task.RETURN, Task.SWAP, Task.PAYMENT)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+|\s+(?=Also\b)")
_ABOUT_SOMETHING_ELSE = (Slot.VARIANT, Slot.ADDRESS, Slot.PHONE, Slot.REASON)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of listening. `more` are further requests of the same kind; `fruitful`: there was something
    new in it; `confirms`: it says what is known already."""

    request: Request
    more: tuple[Request, ...] = ()
    notes: tuple[Note, ...] = ()
    fruitful: bool = False
    confirms: bool = False


def hear(request: Request, text: str, world: World) -> Heard:
    """Take into a request what `text` says about it."""
    order = world.by_number.get(str(request.number))
    return _Ear(request.within(len(order.items)) if order else request, text, world).listen()


def hear_again(request: Request, world: World) -> Request:
    """Take in what was said before it was known which order is meant; what was answered since stays."""
    # "One size up" is from the thing there is, not from what the same words were read as before.
    request = replace(request, wanted={}, hints={})
    for text in request.heard:
        heard = _Ear(replace(request, asked=None), text, world, known_order=True).listen().request
        request = replace(heard, number=request.number, asked=request.asked, heard=request.heard)
    return request


class _Ear:
    """One text, heard for one request."""

    def __init__(self, request: Request, text: str, world: World, *, known_order: bool = False) -> None:
        self._before = request
        self._request = request
        self._text = text
        self._world = world
        self._known_order = known_order
        self._more: list[Request] = []
        self._notes: list[Note] = []
        self._recognised = False

    def listen(self) -> Heard:
        """Hear everything that can be in it."""
        asked = self._request.asked
        self._what()
        if self._request.task is not Task.PROFILE and not self._known_order and asked != Slot.VARIANT:
            self._orders()
        if self._request.task in _WITH_ITEMS and asked not in _ABOUT_SOMETHING_ELSE:
            self._items()
        if self._request.task is Task.SWAP and self._request.number in self._world.by_number:
            self._request, notes = with_versions(self._request, self._text, self._world)
            self._notes += notes
            self._left_out()
            if asked == Slot.VARIANT and self._request == self._before:
                self._elsewhere()
        if self._request.task in _WITH_PAYMENT:
            self._payment()
        if self._request.task is Task.CANCEL:
            self._reason()
        if self._request.task in (Task.ADDRESS, Task.PROFILE):
            self._address()
        changed = self._request != self._before
        fruitful = changed or bool(self._more or self._notes)
        return Heard(self._request, tuple(self._more), tuple(self._notes), fruitful, self._recognised and not fruitful)

    def _say(self, topic: str, **about: object) -> None:
        self._notes.append(Note(topic, about))

    def _set(self, **values: object) -> None:
        self._request = replace(self._request, **values)  # type: ignore[arg-type]  # names of its own fields

    # -- which order --------------------------------------------------------------------------------------------

    def _orders(self) -> None:
        world, request = self._world, self._request
        said = read_orders(self._text, world.orders, world.numbers, world.language)
        numbers = [number for number in said.numbers if number not in self._sources(said)]
        for number in numbers:
            if number not in world.by_number:
                self._say("unknown_order", number=number)
                self._set(doubtful=True)  # another order is not what they meant, even if there is only one
        known = [number for number in numbers if number in world.by_number] or self._pointed_at(said)
        if not known and request.number is None:
            self._by_things(said)
        elif not known:
            self._elsewhere()
        elif request.number is None and len(known) > 1 and self._doubts():
            self._set(candidates=tuple(known))
        elif request.number is None:
            self._set(number=known[0], candidates=(), doubtful=False)
            self._others(known[1:])
        elif request.number in known or self._adds():
            self._others([number for number in known if number != request.number])
        else:
            self._request = moved_to(request, known[0])
            self._others(known[1:])

    def _sources(self, said: OrdersSaid) -> set[str]:
        """Orders named for the address on them, not for being changed."""
        if self._request.task is not Task.ADDRESS:
            return set()
        address = read_address(self._text, self._world.known_addresses(), self._world.language)
        return {known.key for known in address.known} if len(address.known) == 1 else set()

    def _pointed_at(self, said: OrdersSaid) -> list[str]:
        """Orders meant without a number: all of a kind, the newest, the other one."""
        world, request = self._world, self._request
        fitting = [number for number in world.eligible(request.task) if self._has_status(number, said)]
        if said.every and not self._names_things(fitting):
            return fitting
        if said.latest:
            return fitting[:1]
        by_place = [number for number in said.by_place if number in fitting and number not in self._sources(said)]
        if len(by_place) == 1 and request.number is None:
            return by_place
        left = [number for number in fitting if number not in (request.number, world.at_hand)]
        if said.other and len(left) == 1:
            return left
        if said.other and left and request.number is None:
            self._set(candidates=tuple(left))
        sure = said.statuses and request.number is None and len(fitting) == 1
        if sure and not self._names_things(world.eligible(request.task)):
            return fitting
        return []

    def _has_status(self, number: str, said: OrdersSaid) -> bool:
        status = self._world.by_number[number].status
        return not said.statuses or any(status.startswith(name) for name in said.statuses)

    def _names_things(self, numbers: Sequence[str]) -> bool:
        return self._request.task in _WITH_ITEMS and bool(self._read(numbers).mentions)

    def _others(self, numbers: Sequence[str]) -> None:
        """The same for more orders: each is a request of its own with the facts that hold for all."""
        for number in numbers:
            fresh = Request(f"{self._request.id}{number[-4:]}", self._request.task, number=number)
            self._more.append(fresh.hears(self._text))

    def _doubts(self) -> bool:
        """ "W1234567 or W7654321, I'm not sure": one of them is meant."""
        return says_any(self._text, request_words(self._world.language)["request_or"])

    def _adds(self) -> bool:
        return says_any(self._text, request_words(self._world.language)["request_also"])

    # -- which things -------------------------------------------------------------------------------------------

    def _read(self, numbers: Sequence[str]) -> ItemsSaid:
        return read_items(self._text, self._world.lines(numbers), self._world.language)

    def _by_things(self, said: OrdersSaid) -> None:
        """Find the order by the things in it."""
        world, request = self._world, self._request
        eligible = list(request.candidates) or [n for n in world.eligible(request.task) if self._has_status(n, said)]
        found = self._read(eligible)
        if not found.mentions and said.statuses:  # the status may be that of an order in another wish
            found = self._read(world.eligible(request.task))
        if not found.mentions:  # a thing of an order that does not allow it: said so, instead of asking which order
            found = self._read([order.number for order in world.orders])
        if not found.mentions:
            self._set(whole=request.whole or found.everything)
            return
        groups = grouped(found.mentions, everything=found.everything)
        if not groups:
            return
        first = groups[0]
        if first.number is None:
            self._set(candidates=first.candidates)
            self._request = self._request.hears(self._text)
            return
        self._set(number=first.number, candidates=())
        for group in groups[1:]:
            self._apart(group)

    def _elsewhere(self) -> None:
        """A thing of another order of theirs: it is that order they mean, or that one too."""
        request = self._request
        if request.task not in _WITH_ITEMS or any(not mention.excluded for mention in self._named([request.number])):
            return
        others = [number for number in self._world.eligible(request.task) if number != request.number]
        groups = grouped(self._named(others), everything=False)
        number = groups[0].number if groups else None
        if number is None:
            return
        if self._adds():
            self._apart(groups[0])
        else:
            self._request = moved_to(replace(request, whole=False), number)

    def _named(self, numbers: Sequence[str | None]) -> list[Mention]:
        """The things that are called by their names, not by what they are like alone."""
        found = self._read([number for number in numbers if number]).mentions
        return [mention for mention in found if is_named(mention, self._text)]

    def _apart(self, group: Group) -> None:
        task, place = self._request.task, len(self._more) + 1
        fresh = Request(f"{self._request.id}-{place}", task, number=group.number, candidates=group.candidates)
        self._more.append(fresh.hears(self._text))

    def _items(self) -> None:
        request = self._request
        if request.number is None:
            return
        order = self._world.by_number.get(request.number)
        if order is None:
            return
        said, every = self._read([request.number]), tuple(range(len(order.items)))
        self._recognised |= bool(said.mentions or said.everything)
        whole = said.everything or says_any(self._text, request_words(self._world.language)["request_whole"])
        if whole and not any(not mention.excluded for mention in said.mentions):
            self._pick(every, done=True)
        meant = [
            mention
            for mention in said.mentions
            if not (mention.excluded or tells_order(mention, self._text, self._world.language))
        ]
        picked: list[int] = []
        unsure: list[int] = []
        for mention in meant:
            places = [line.position for line in mention.lines if line.number == request.number]
            if mention.every or len(places) == 1 or _all_alike(mention.lines):
                wanted = places if mention.every else _fresh(places, picked, mention.number_meant)
                picked += [place for place in wanted if place not in picked]
            elif not set(places) & set(picked):
                unsure += places
        if picked or unsure:
            self._picked(picked, unsure)
        excluded = {line.position for mention in said.mentions if mention.excluded for line in mention.lines}
        if excluded & set(self._request.picked):
            left = tuple(place for place in self._request.picked if place not in excluded)
            self._set(picked=left, wanted={p: v for p, v in self._request.wanted.items() if p in left})

    def _left_out(self) -> None:
        """ "Not the bottle" while a version of something else is asked for."""
        request = self._request
        if request.asked != Slot.VARIANT or request.wanted != self._before.wanted:
            return
        said = self._read([str(request.number)])
        out = {line.position for mention in said.mentions if mention.excluded for line in mention.lines}
        left = tuple(place for place in request.picked if place not in out)
        if left and len(left) < len(request.picked):
            self._set(picked=left, wanted={place: new for place, new in request.wanted.items() if place in left})

    def _picked(self, picked: Sequence[int], unsure: Sequence[int]) -> None:
        only = says_any(self._text, request_words(self._world.language)["request_only"]) and not self._adds()
        kept = () if only and picked and self._request.asked == Slot.CONFIRMATION else self._request.picked
        open_ = self._request.unsure
        if open_ and set(open_) & set(picked):
            unsure = ()
        elif open_:
            unsure = [place for place in unsure if place in open_] or open_
        self._set(unsure=tuple(dict.fromkeys(unsure)))
        self._pick((*kept, *picked), done=True)

    def _pick(self, places: Sequence[int], *, done: bool) -> None:
        self._set(picked=tuple(sorted(set(places))), picking=not done and self._request.picking)

    # -- how, why, where ----------------------------------------------------------------------------------------

    def _payment(self) -> None:
        order = self._world.by_number.get(str(self._request.number))
        paid = original_methods(order) if order else ()
        methods = self._world.customer.payment_methods
        found = read_payment(self._text, methods, paid, self._world.language)
        if self._request.task is Task.PAYMENT and len(found) > 1:
            found = tuple(method for method in found if method.id not in paid)
        if len(found) == 1:
            self._recognised = True
            self._set(payment=found[0].id)

    def _reason(self) -> None:
        language, reasons = self._world.language, self._world.policy.cancel_reasons
        reason = read_reason(self._text, reasons, language)
        if reason is not None:
            self._recognised = True
            self._set(reason=reason)
        elif self._request.asked == Slot.REASON and names_a_reason(self._text, language):
            self._say("reason_not_accepted")

    def _address(self) -> None:
        if self._request.task is Task.PROFILE and self._request.what not in (None, "address"):
            return
        world, order = self._world, self._world.by_number.get(str(self._request.number))
        current = order.address if order else world.customer.address
        known = world.known_addresses(but=self._request.number or "profile")
        said = self._address_said(known, current.country)
        if len(said.known) == 1:
            self._set(address=said.known[0].address, partial=None)
        elif said.address is not None:
            self._set(address=said.address, partial=None)
        elif said.said and said.partial is not None and self._request.asked == Slot.ADDRESS:
            self._set(partial=said.partial)
        if self._request.task is Task.PROFILE and self._request.address is not None:
            self._set(what="address")

    def _address_said(self, known: Sequence[KnownAddress], country: str) -> AddressSaid:
        """What the sentence that has an address in it says; what is said after it is no part of it."""
        language, so_far = self._world.language, self._request.partial
        sentences = [part for part in _SENTENCE_END.split(self._text) if part.strip()]
        for sentence in sentences if len(sentences) > 1 else ():
            said = read_address(sentence, known, language, so_far=so_far, country=country)
            if said.address is not None or len(said.known) == 1:
                return said
        return read_address(self._text, known, language, so_far=so_far, country=country)

    def _what(self) -> None:
        kinds = KINDS.get(self._request.task)
        if kinds is None:
            return
        words = request_words(self._world.language)
        found = [kind for kind in kinds if says_any(self._text, words[f"request_{self._request.task}_{kind}"])]
        mails = [word for word in words.get("request_update_profile_other", ()) if "add" in word or "adr" in word]
        if self._request.task is Task.PROFILE and says_any(self._text, mails):
            found = ["other"]  # an e-mail address is none that things are sent to
        if self._request.task is Task.PROFILE and (phone := read_phone(self._text)):
            self._set(phone=phone)
            found = ["phone"]
        if len(found) == 1 and (self._request.what is None or self._request.asked == Slot.WHAT):
            self._set(what=found[0])


def moved_to(request: Request, number: str) -> Request:
    """The same request for another order: what hangs on the order is forgotten."""
    return replace(
        request, number=number, candidates=(), picked=(), unsure=(), wanted={}, hints={}, summary=None, offer=None
    )


def _all_alike(lines: Sequence[Line]) -> bool:
    return len({(line.number, line.item.item_id) for line in lines}) == 1


def _fresh(places: Sequence[int], taken: Sequence[int], count: int) -> list[int]:
    return [place for place in places if place not in taken][: max(count, 1)]
