"""One message within the requests of a conversation: what it does to them, and what is to be told. Says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.orders.changes import Reason
from bot.self_service.deciding import ALL, BY_PERSON, DONE, Kind, Step, mark_of, next_step
from bot.self_service.hearing import Heard, hear, hear_again, moved_to
from bot.self_service.mentioning import without_number
from bot.self_service.notes import Note
from bot.self_service.reading.answers import Reply, read_done, read_reply
from bot.self_service.request import KINDS, WHOLE_ORDER, Request, Slot, Task
from bot.self_service.world import EXCHANGE, World


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message came to.

    `requests` are those that are left, the one at hand first. `notes` are told before the next question. `act` says
    that the first is to be done now: it was summed up, and the customer said yes to just that. `dropped` is one that
    the customer gave up. `answered` says whether there was anything in the message for the requests.
    """

    requests: tuple[Request, ...]
    notes: tuple[Note, ...] = ()
    act: bool = False
    dropped: Request | None = None
    answered: bool = True


def opened(requests: Sequence[Request], world: World) -> Outcome:
    """Take in what was said before it was known who says it, for the request at hand."""
    first, *rest = requests
    if first.opened:
        return Outcome(tuple(requests))
    if first.number or first.candidates:
        return Outcome((_settled(replace(first, opened=True), world), *rest))
    notes: list[Note] = []
    more: list[Request] = []
    for text in first.heard:
        heard = hear(replace(first, asked=None), text, world)
        first = replace(heard.request, heard=first.heard)
        notes, more = [*notes, *heard.notes], [*more, *heard.more]
    return Outcome((_settled(replace(first, opened=True), world), *more, *rest), tuple(notes))


def answer(requests: Sequence[Request], text: str, world: World) -> Outcome:
    """What something typed does to the request at hand."""
    request, *rest = requests
    if request.asked == Slot.ITEMS and read_done(text, world.language):  # "c'est tout" names nothing
        return Outcome((replace(request, picking=False), *rest), answered=bool(request.picked))
    heard = hear(request, text, world)
    offered = request.offer if request.offer in set(Task) else None
    said = without_number(text, request.number)
    reply = read_reply(said, world.language, kind=offered or request.task.value)
    changed = heard.fruitful
    request = _settled(_trailed(request, heard.request), world)
    left = (request, *heard.more, *rest)
    if request.asked == Slot.CONFIRMATION:
        return _confirmation(left, reply, heard, changed=changed)
    if request.asked == Slot.REMEDY and not changed:
        return Outcome(left, heard.notes, answered=False)
    return Outcome(left, heard.notes, answered=changed)


def choose(requests: Sequence[Request], slot: str, value: str, place: int | None, world: World) -> Outcome:
    """What a button of the request at hand does to it; one of an earlier question corrects that answer."""
    request, *rest = requests
    match slot:
        case Slot.ORDER:
            chosen = replace(moved_to(request, value), number=value, doubtful=False)
        case Slot.ITEMS:
            chosen = _item_chosen(request, value, world)
        case Slot.VARIANT if place is not None:
            hints = {at: hint for at, hint in request.hints.items() if at != place}
            chosen = replace(request, wanted={**request.wanted, place: value}, hints=hints)
        case Slot.PAYMENT:
            chosen = replace(request, payment=value)
        case Slot.REASON:
            chosen = replace(request, reason=value)
        case Slot.ADDRESS:
            known = {known.key: known.address for known in world.known_addresses()}
            chosen = replace(request, address=known.get(value), partial=None)
        case Slot.WHAT if value in KINDS.get(request.task, ()):
            chosen = replace(request, what=value)
        case Slot.REMEDY:
            chosen = with_remedy(request, value)
        case Slot.CONFIRMATION:
            return _yes_or_no((request, *rest), value)
        case _:
            return Outcome(tuple(requests), answered=False)
    # What was said no to is another summary now.
    chosen = chosen if chosen == request else replace(chosen, declined=False)
    return Outcome((_settled(_trailed(request, chosen), world), *rest))


def with_remedy(request: Request, remedy: str) -> Request:
    """A problem turned into what solves it, or kept for a person."""
    task = {EXCHANGE: Task.SWAP, Task.RETURN.value: Task.RETURN}.get(remedy)
    if task is None:
        return replace(request, remedy=BY_PERSON)
    return replace(request, task=task, remedy=remedy, asked=None, trail=())


def go_back(requests: Sequence[Request]) -> Outcome:
    """Undo the last answer, so that its question comes again; `answered` is false where there is none."""
    request, *rest = requests
    if not request.trail:
        return Outcome(tuple(requests), answered=False)
    slot = request.trail[-1]
    request = replace(request, trail=request.trail[:-1], summary=None, declined=False, offer=None)
    match slot:
        case Slot.ORDER:
            request = replace(moved_to(request, ""), number=None)
        case Slot.ITEMS:
            request = replace(request, picked=(), unsure=(), wanted={}, hints={}, whole=False)
        case Slot.VARIANT:
            kept = list(request.wanted.items())[:-1]
            request = replace(request, wanted=dict(kept))
        case Slot.PAYMENT:
            request = replace(request, payment=None)
        case Slot.REASON:
            request = replace(request, reason=None)
        case Slot.ADDRESS | Slot.PHONE:
            request = replace(request, address=None, partial=None, phone=None)
        case _:
            request = replace(request, what=None, remedy=None)
    return Outcome((request, *rest))


def asking(step: Step) -> Request:
    """The request of a step, with what is being asked now; of a summary, its mark."""
    request = replace(step.request, asked=step.slot.value if step.slot else None)
    if step.kind is Kind.SUMMARY and step.plan is not None:
        return replace(request, summary=mark_of(step.plan), offer=None)
    return replace(request, summary=None, offer=step.topic if step.kind is Kind.OFFER else None)


def still_holds(request: Request, world: World) -> Step | None:
    """The summary the customer said yes to, if it would be the same now; None where it would be another."""
    step = next_step(request, world)
    same = step.kind is Kind.SUMMARY and step.plan is not None and mark_of(step.plan) == request.summary
    return step if same else None


def note_of(reason: Reason, request: Request) -> Note:
    """What to tell about an answer to a request that the rules did not allow."""
    about = {"number": request.number, "reason": reason, **reason.details}
    return Note(f"not_allowed_{reason.refusal.value}", about)


def _confirmation(left: tuple[Request, ...], reply: Reply, heard: Heard, *, changed: bool) -> Outcome:
    if left[0].offer and reply in (Reply.YES, Reply.HEDGED):  # a summary comes first in any case
        return _accepted(left)
    if changed:  # whatever was said to the summary, it is another one now
        return Outcome((replace(left[0], declined=False), *left[1:]), heard.notes)
    if reply in (Reply.YES, Reply.NO):
        return _yes_or_no(left, f"{reply.value}:{left[0].summary or ''}")
    if reply in (Reply.BOTH, Reply.HEDGED) or heard.confirms:
        return Outcome(left, (Note("unclear_yes"),))
    return Outcome(left, answered=False)


def _yes_or_no(left: tuple[Request, ...], value: str) -> Outcome:
    """An answer to a summary or an offer. `value` is "yes" or "no", with the mark of what was shown behind it."""
    request, *rest = left
    said, _, mark = value.partition(":")
    if request.offer:
        return _accepted(left) if said == "yes" else Outcome(tuple(rest), dropped=request)
    if said == "yes":
        stale = request.summary is None or mark != request.summary
        return Outcome(left, (Note("stale_yes"),)) if stale else Outcome(left, act=True)
    if request.declined:
        return Outcome(tuple(rest), dropped=request)
    return Outcome((replace(request, declined=True), *rest))


def _accepted(left: tuple[Request, ...]) -> Outcome:
    request, *rest = left
    if request.offer == WHOLE_ORDER:
        return Outcome((replace(request, whole=True, offer=None, asked=None), *rest))
    task = Task(str(request.offer))
    whole = request.whole or task is Task.CANCEL
    taken = replace(request, task=task, whole=whole, offer=None, asked=None, payment=None, reason=None)
    return Outcome((taken, *rest))


def _item_chosen(request: Request, value: str, world: World) -> Request:
    order = world.by_number.get(str(request.number))
    items = order.items if order else ()
    if value == ALL:
        return replace(request, picked=tuple(range(len(items))), unsure=(), picking=False)
    if value == DONE:
        return replace(request, picking=False, unsure=())
    same = (place for place, item in enumerate(items) if item.item_id == value and place not in request.picked)
    place = next(same, None)
    if place is None:
        return request
    one_by_one = not request.unsure
    return replace(request, picked=tuple(sorted((*request.picked, place))), unsure=(), picking=one_by_one)


def _trailed(before: Request, after: Request) -> Request:
    """Remember that the question which was open has been answered, if it has been."""
    if before.asked in (None, Slot.CONFIRMATION) or after == before:
        return after
    return after.answered(str(before.asked))


def _settled(request: Request, world: World) -> Request:
    """With what was said before, once the order it is about is known; "all of it" becomes the things themselves."""
    if request.number is None and request.task is not Task.PROFILE and not request.doubtful:
        options = request.candidates or world.eligible(request.task)
        spoken_of = world.at_hand if world.at_hand in options and not request.candidates else None
        number = spoken_of or (options[0] if len(options) == 1 else None)
        request = replace(request, number=number, candidates=() if number else request.candidates)
    order = world.by_number.get(str(request.number))
    if order is None:
        return request
    if request.heard and request.opened:
        request = replace(hear_again(request, world), heard=(), story=(*request.story, *request.heard))
    if request.whole and not request.picked and request.task in (Task.RETURN, Task.SWAP):
        request = replace(request, picked=tuple(range(len(order.items))))
    return request
