"""One message while something is to be changed: who says it, what it does to the requests, and what is said to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk.events import SlotSet

from actions.identity import Proven, Question, prove
from actions.misses import none_missed
from actions.person import no_answer
from actions.reading import (
    answers_form,
    entity_values,
    has_spoken,
    intent_of,
    just_started,
    language_of,
    turn_of,
)
from actions.repeats import form_over, reworded
from actions.request_message import DIRECT, LONG, Message
from actions.request_words import CHOSEN, RequestWords, Said, chosen_in
from actions.services import Services
from bot.cases.cases import CaseItem, CaseKind, NewCase, opening
from bot.customers.verification import Access, Level
from bot.languages.requests import request_words
from bot.orders.changes import Receipt
from bot.orders.models import Product
from bot.orders.shop import OutcomeUnknown, Refused, ShopUnavailable
from bot.self_service.deciding import Kind, Step, next_step
from bot.self_service.notes import Note
from bot.self_service.reading.answers import Reply, read_go_back, read_reply
from bot.self_service.reading.pieces import says_any
from bot.self_service.request import TASK_OF, Request, Slot, Task, begun, requests_in
from bot.self_service.talking import Outcome, answer, asking, choose, go_back, note_of, opened, still_holds
from bot.self_service.world import World, look

FORM = "request_form"
ANSWER = "answer"
IDENTITY = ("email", "postcode", "one_time_code")  # what is asked to know who it is

Events = list[dict[str, Any]]


class RequestTurn:
    """Answers one message.

    Args:
        services: what actions may use.
        message: what was said, and where.
    """

    def __init__(self, services: Services, message: Message) -> None:
        self._services = services
        self._message = message
        self._tracker = message.tracker
        formatting = services.formatting_for(language_of(message.tracker))
        self._words = RequestWords(formatting, message.domain.get("responses") or {})
        self._names: list[str] = []

    async def events(self) -> Events:
        """Do all that the message leads to, and return what it leaves behind."""
        starting = just_started(self._tracker, FORM)
        requests = self._begun(starting=starting)
        if not requests:
            return self._over(())
        access = await self._services.verification.access(self._tracker.sender_id)
        proven = Proven(verified=True)
        if access.level is not Level.VERIFIED:
            proven, requests = await self._proven(requests, starting=starting)
            if not proven.verified:
                return self._still_unknown(proven, requests)
            access = await self._services.verification.access(self._tracker.sender_id)
        elif self._was_proven_meanwhile(starting=starting):
            self._say(Said("utter_request_known"))
            proven = Proven(verified=True, events=(SlotSet("problem", None),))
        world = await self.world(access)
        if world is None:
            self._say(Said("utter_request_note_not_allowed_unknown_customer"))
            return self._over(())
        if starting or proven.events:
            resumed = starting and not self._message.new_wish(None)
            if resumed:
                self._say(Said("utter_request_back", {"request": self._words.named(requests[0])}))
            return [*proven.events, *await self._advance(Outcome(requests, act=requests[0].sent), world)]
        outcome = await self._outcome(requests, world)
        if outcome.answered:
            return await self._advance(outcome, world, at_hand=requests[0].id)
        message = self._message
        # The form itself is what answers such a wish, so nothing else would.
        own = intent_of(self._tracker) in TASK_OF
        return no_answer(message.dispatcher, self._tracker, message.domain) if own else []

    async def world(self, access: Access) -> World | None:
        """What the shop says of the verified customer now; None where there is none."""
        if access.customer_id is None:
            return None
        catalogue = await self._services.products.catalogue()
        return await look(
            self._services.shop,
            await self._priced_now(catalogue.products),
            access.customer_id,
            numbers=self._services.order_numbers,
            language=language_of(self._tracker),
            now=self._services.clock(),
            at_hand=self._tracker.get_slot("current_order"),
        )

    async def _priced_now(self, products: Sequence[Product]) -> tuple[Product, ...]:
        """The catalogue, which is kept for a while, and anew in it the products that are being swapped: prices move."""
        requests = requests_in(self._tracker.get_slot("requests"))
        wanted = {new for request in requests[:1] for new in request.wanted.values()}
        stale = [product for product in products if wanted & {variant.id for variant in product.variants}]
        fresh = {product.id: await self._services.shop.product(product.id) for product in stale}
        return tuple(fresh.get(product.id) or product for product in products)

    # -- who it is ----------------------------------------------------------------------------------------------

    def _begun(self, *, starting: bool) -> tuple[Request, ...]:
        kept = requests_in(self._tracker.get_slot("requests"))
        task = TASK_OF.get(intent_of(self._tracker) or "")
        if not (starting and task):
            return kept
        return (self._message.fresh(task, len(kept)), *kept)

    async def _proven(self, requests: tuple[Request, ...], *, starting: bool) -> tuple[Proven, tuple[Request, ...]]:
        facts, waiting_for = self._message.facts, self._tracker.get_slot("asking")
        answers = answers_form(self._tracker, facts, tuple(TASK_OF)) or bool(facts.contact)
        # Verification may have run out in the middle: then nothing of it is being asked yet.
        first = starting or waiting_for not in IDENTITY
        question = Question(waiting_for, first, answers)
        proven = await prove(self._services, self._message.dispatcher, self._tracker, facts, question)
        says_more = len(self._message.text.split()) >= LONG or self._message.new_wish(None)
        if not starting and says_more:
            requests = self._noted(requests)
        if proven.verified:
            self._say(Said("utter_request_known"))
        return proven, requests

    def _was_proven_meanwhile(self, *, starting: bool) -> bool:
        """Whether it was still being asked who it is, and the channel has told: on with what was begun."""
        asked = self._tracker.get_slot("asking") in IDENTITY
        return asked and not starting and intent_of(self._tracker) == "resume"

    def _noted(self, requests: tuple[Request, ...]) -> tuple[Request, ...]:
        """Keep what is said beside a proof for when it is known who says it; another wish waits for its turn."""
        task = self._message.new_wish(requests[0])
        if task is None:
            return (requests[0].hears(self._message.text), *requests[1:])
        return (*requests, self._message.fresh(task, len(requests)))

    def _still_unknown(self, proven: Proven, requests: tuple[Request, ...]) -> Events:
        if proven.over:
            return [*proven.events, SlotSet("requested_slot", None), SlotSet("asking", None)]
        if proven.ask is None:
            same = intent_of(self._tracker) in TASK_OF and not has_spoken(self._tracker)
            return [self._kept(requests), SlotSet("requested_slot", ANSWER)] if same else []
        asked = (SlotSet("asking", proven.ask), SlotSet("requested_slot", ANSWER))
        return [*proven.events, self._kept(requests), *asked]

    # -- what it does -------------------------------------------------------------------------------------------

    async def _outcome(self, requests: tuple[Request, ...], world: World) -> Outcome:
        """What the message does to the requests; not answered where it is about something else."""
        request, intent = requests[0], intent_of(self._tracker)
        if request.sent:  # nothing else before it is known what came of it
            return Outcome(requests, act=True)
        if chosen := chosen_in(entity_values(self._tracker, CHOSEN)):
            return self._chosen(requests, chosen, world)
        if intent == "stop":
            return Outcome(requests[1:], dropped=request) if len(requests) > 1 else Outcome(requests, answered=False)
        if intent == "go_back" or read_go_back(self._message.text, world.language):
            return self._back(requests)
        if (remedy := self._message.remedy(request)) is not None:
            return choose(requests, Slot.REMEDY, remedy, None, world)
        if self._message.refuses(request, world):
            return choose(requests, Slot.CONFIRMATION, f"no:{request.summary or ''}", None, world)
        if request.offer and intent == request.offer and self._message.means(request):
            return choose(requests, Slot.CONFIRMATION, "yes", None, world)
        if self._message.is_all(world) and request.asked != Slot.ITEMS:
            return Outcome(requests, (Note("unclear_yes"),) if request.asked == Slot.CONFIRMATION else ())
        if request.asked == Slot.CONFIRMATION and (added := self._added_to_yes(requests, world)):
            return added
        if task := self._message.new_wish(request):
            direct = answer(requests, self._message.text, world)
            if request.asked in DIRECT and direct.answered and len(self._message.text.split()) < LONG // 2:
                return direct
            return self._another(task, requests, world)
        if not self._message.may_answer(request, world):
            return Outcome(requests, answered=False)
        return answer(requests, self._message.text, world)

    def _added_to_yes(self, requests: tuple[Request, ...], world: World) -> Outcome | None:
        """ "Yes, and also …": the rest is looked at first, since what is done now may make it impossible."""
        whole = self._message.whole_text
        reply = read_reply(self._message.text, world.language, kind=requests[0].task.value)
        if not whole or reply is not Reply.YES:
            return None
        words = request_words(world.language)
        if says_any(whole, words["request_of_address"]) and requests[0].task is Task.SWAP:
            place = turn_of(self._tracker).message_id
            return Outcome((begun(Task.ADDRESS, place, len(requests)).hears(whole), *requests))
        outcome = answer(requests, whole, world)
        return outcome if outcome.answered and not outcome.act else Outcome(requests, (Note("unclear_yes"),))

    def _another(self, task: Task, requests: tuple[Request, ...], world: World) -> Outcome:
        """Begin something else; what was being done waits, unless it is wanted instead."""
        fresh = self._message.fresh(task, len(requests))
        if requests[0].offer:  # what was offered is not what they want
            return Outcome((fresh, *requests[1:]))
        if not says_any(self._message.text, request_words(world.language)["request_instead"]):
            return Outcome((fresh, *requests))
        if self._message.means(requests[0]):
            fresh = replace(fresh, number=requests[0].number, picked=requests[0].picked, whole=requests[0].whole)
        return Outcome((fresh, *requests[1:]))

    def _chosen(self, requests: tuple[Request, ...], chosen: tuple[str, str, str, int | None], world: World) -> Outcome:
        id, slot, value, place = chosen
        if id != requests[0].id:
            return Outcome(requests, (Note("past_choice"),))
        return choose(requests, slot, value, place, world)

    def _back(self, requests: tuple[Request, ...]) -> Outcome:
        outcome = go_back(requests)
        return outcome if outcome.answered else Outcome(requests, (Note("nothing_before"),))

    # -- what comes of it ---------------------------------------------------------------------------------------

    async def _advance(self, outcome: Outcome, world: World, *, at_hand: str | None = None) -> Events:
        """Do what is to be done, tell what is to be told, and go on to the next question of whichever request.

        Args:
            at_hand: id of the request that the message was said to; another one that had begun is gone back to.
        """
        requests = outcome.requests
        self._tell(outcome.notes)
        if outcome.dropped is not None:
            self._say(Said("utter_request_dropped", {"request": self._words.named(outcome.dropped)}))
        if outcome.act:
            requests, world = await self._acted(requests, world)
        while requests:
            taken_in = opened(requests, world)
            self._tell(taken_in.notes)
            requests = taken_in.requests
            step = next_step(requests[0], world)
            self._tell(note_of(reason, requests[0]) for reason in step.notes)
            if step.kind not in (Kind.REFUSED, Kind.CASE):
                if requests[0].asked and at_hand not in (None, requests[0].id):
                    self._say(Said("utter_request_back", {"request": self._words.named(requests[0])}))
                return self._asked((asking(step), *requests[1:]))
            self._say(self._case(step, world) if step.kind is Kind.CASE else self._words.refused(step, requests[0]))
            requests = requests[1:]
        return self._over(())

    async def _acted(self, requests: tuple[Request, ...], world: World) -> tuple[tuple[Request, ...], World]:
        """Have the shop do it, and tell what came of it; a request that is done is not among those returned."""
        request, *rest = requests
        try:
            receipt = await self._receipt(request, world)
        except Refused as refused:
            self._say(self._words.note(note_of(refused.reason, request)))
            return (replace(request, summary=None, sent=False), *rest), await self._looked_again(world)
        except ShopUnavailable:
            self._say(Said("utter_request_outcome_unknown" if request.sent else "utter_request_shop_away"))
            return requests, world
        except OutcomeUnknown:
            self._say(Said("utter_request_outcome_unknown"))
            return (replace(request, sent=True), *rest), world
        if receipt is None and request.sent and self._takes_back(request):
            self._say(Said("utter_request_not_resent"))
            return tuple(rest), world
        if receipt is None:
            self._say(self._words.note(Note("stale_yes")))
            return (replace(request, sent=False), *rest), world
        self._say(self._words.done(receipt.plan, world))
        return tuple(rest), await self._looked_again(world)

    async def _receipt(self, request: Request, world: World) -> Receipt | None:
        """The shop's word that it is done; None where what was said yes to is not what it would be now."""
        # The same summary of the same request has the same key: however often the yes comes, it is done once.
        key = f"{self._tracker.sender_id}:{request.id}:{request.summary}"
        step = still_holds(request, world)
        # It may have been done already: without an answer to the last try, or by this turn, which is run again.
        if (request.sent or step is None) and (done := await self._services.shop.outcome(key)):
            return done
        if step is None or step.plan is None or (request.sent and self._takes_back(request)):
            return None
        return await self._services.shop.apply(world.customer.id, step.plan.change, key)

    def _takes_back(self, request: Request) -> bool:
        reply = read_reply(self._message.text, language_of(self._tracker), kind=request.task.value)
        return reply is Reply.NO or intent_of(self._tracker) == "stop"

    async def _looked_again(self, world: World) -> World:
        access = await self._services.verification.access(self._tracker.sender_id)
        return await self.world(access) or world

    def _case(self, step: Step, world: World) -> Said:
        """Open a case, and promise by when a person looks at it."""
        request = step.request
        order = world.by_number[str(request.number)]
        now, promises = self._services.clock(), self._services.promises
        due = promises.promise(now)
        items = [order.items[place] for place in request.picked]
        words = "\n".join(dict.fromkeys((*request.story, self._message.text)))
        case = NewCase(
            kind=CaseKind(step.topic),
            due_at=due,
            words=words[:2000],
            order_number=request.number,
            items=tuple(CaseItem(item.item_id, item.name) for item in items),
            contact=world.customer.email,
        )
        self._message.dispatcher.utter_message(json_message={"effects": [opening(case)]})
        promise = promises.words(due, now, language_of(self._tracker))
        return Said(f"utter_request_case_{step.topic}", {"number": str(request.number), "promise": promise})

    # -- what is said and kept ----------------------------------------------------------------------------------

    def _tell(self, notes: Any) -> None:
        for note in notes:
            self._say(self._words.note(note))

    def _say(self, said: Said) -> None:
        wording = reworded(self._tracker, self._message.domain, said.response)
        content = {"cards": list(said.cards)} if said.cards else None
        self._message.dispatcher.utter_message(
            response=wording, json_message=content, buttons=list(said.buttons), **said.words
        )
        self._names.append(wording)

    def _asked(self, requests: tuple[Request, ...]) -> Events:
        at_hand = [SlotSet("current_order", requests[0].number)] if requests[0].number else []
        asked = (SlotSet("asking", requests[0].asked), SlotSet("requested_slot", ANSWER), SlotSet("problem", None))
        return [none_missed(), self._kept(requests), *at_hand, *asked]

    def _over(self, requests: tuple[Request, ...]) -> Events:
        gone = (SlotSet(name, None) for name in ("asking", "requested_slot", "problem", "laid_aside"))
        return [none_missed(), self._kept(requests), *gone, form_over(self._tracker, *self._names)]

    def _kept(self, requests: tuple[Request, ...]) -> dict[str, Any]:
        return dict(SlotSet("requests", [request.to_json() for request in requests] or None))
