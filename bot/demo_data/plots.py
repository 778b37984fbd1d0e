"""How conversations go: for every wish what the assistant asks, answers and does, and how it may go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.demo_data.people import People
from bot.demo_data.proving import knows_customer, knows_order
from bot.demo_data.talk import Talk
from bot.demo_data.telling import answers_question, opens_case, shows_thing

_TYPED_YES, _TYPED_NO = "affirm", "deny"


@dataclass(frozen=True, slots=True)
class Task:
    """Something that the assistant does for whoever proves who they are."""

    name: str  # as the domain's responses are named
    asks: tuple[str, ...]
    refused: str
    refusals: float


TASKS: Mapping[str, Task] = {
    "cancel_order": Task(
        "cancel_order", ("utter_request_reason",), "utter_request_refused_not_pending_cancel_order", 0.28
    ),
    "return_items": Task(
        "return_items",
        ("utter_request_items_return_items", "utter_request_payment_method_refund"),
        "utter_request_refused_too_late",
        0.12,
    ),
    "exchange_items": Task(
        "exchange_items",
        ("utter_request_items", "utter_request_variant", "utter_request_payment_method_same_price"),
        "utter_request_refused_too_late",
        0.12,
    ),
    "change_order_address": Task(
        "change_order_address", ("utter_request_address",), "utter_request_refused_not_pending", 0.25
    ),
    "change_order_items": Task(
        "change_order_items",
        ("utter_request_items_change_order_items", "utter_request_variant"),
        "utter_request_refused_not_pending",
        0.25,
    ),
    "change_order_payment": Task(
        "change_order_payment", ("utter_request_payment_method_new",), "utter_request_refused_not_pending", 0.2
    ),
    "update_profile": Task(
        "change_default_address",
        ("utter_request_address_update_profile",),
        "utter_request_refused_profile_by_person",
        0.2,
    ),
}
_STATES = (  # what becomes of an order that is asked for; the mood that this leaves
    ("utter_order_shipped", 0.46, 0.35),
    ("utter_order_pending", 0.14, 0.1),
    ("utter_order_processed", 0.14, 0.15),
    ("utter_order_delivered", 0.14, -0.2),
    ("utter_order_late", 0.12, -1.0),
)
_COURTESIES = {"out_of_scope": "utter_out_of_scope", "smalltalk": "utter_smalltalk", "complaint": "utter_complaint"}
_FACTS = {
    "order_total": "utter_order_total",
    "order_contents": "utter_order_contents",
    "order_destination": "utter_order_destination",
}
_PROBLEMS = ("missing", "wrong", "damaged", "late")


class Plots:
    """Makes one conversation after the other.

    Args:
        people: whom the assistant passes on to.
    """

    def __init__(self, people: People) -> None:
        self._people = people
        self._of: Mapping[str, Callable[[Talk], None]] = {
            **dict.fromkeys(TASKS, self._task),
            **dict.fromkeys(_FACTS, self._fact),
            **dict.fromkeys(_COURTESIES, self._beside),
            "track_order": self._track,
            "order_problem": self._problem,
            "list_orders": self._account,
            "view_profile": self._account,
            "place_order": self._order,
            "product_question": self._product,
            "human": self._asks_for_person,
            "distress": self._distress,
            "nothing": self._nothing,
        }

    def play(self, talk: Talk) -> None:
        """Let the customer of a conversation come, ask, and perhaps take their leave."""
        wish = talk.visit.wish
        if wish == "nothing":
            self._nothing(talk)
            return
        if talk.likely(0.16):
            talk.says("greet")
            talk.bot("utter_greet")
        if not self._understood(talk, wish):
            return
        if talk.visit.again:
            talk.mood -= 0.75
        if talk.likely(talk.release.fails):
            talk.bot("utter_action_failed")
            talk.goal, talk.mood = "failed", talk.mood - 1.7
            if talk.likely(0.35):
                self._people.takes_over(talk, "failed_action", asked=True)
            return
        self._of.get(wish, self._question)(talk)
        if not talk.with_people:
            self._leaves(talk)

    def _understood(self, talk: Talk, wish: str) -> bool:
        """The customer says what they want, perhaps more than once; False where they gave up, or a person took it."""
        harder = 0.03 if talk.language != "en" else 0.0
        if not talk.likely(talk.release.misses + harder):
            talk.says(wish)
            return True
        talk.mumbles(wish)
        talk.mood -= 0.5
        if talk.likely(0.5):  # it guesses, and they choose
            meant, other = (talk.words.guess(name, talk.language) for name in (wish, "something_else"))
            talk.bot("utter_guess", choices=((meant, None), (other, None)))
            if talk.likely(0.72):
                talk.chooses(meant, f"/{wish}", wish)
                return True
            if talk.likely(0.4):
                talk.chooses(other, "/something_else", "something_else")
                talk.bot("utter_something_else")
        else:
            talk.bot("utter_not_understood")
        if talk.likely(0.22):  # they give up
            talk.mood -= 0.9
            return False
        if talk.likely(0.74):
            talk.says(wish)
            return True
        talk.mumbles(wish)
        talk.mood -= 0.5
        self._people.takes_over(talk, "not_understood", asked=False)
        return False

    def _leaves(self, talk: Talk) -> None:
        """What comes after the matter itself: thanks, a goodbye, or nothing more."""
        if talk.goal == "reached" and talk.likely(0.42):
            talk.says("thanks")
            talk.bot("utter_youre_welcome")
            talk.mood += 0.25
        if talk.likely(0.34 if talk.goal == "reached" else 0.14):
            talk.says("goodbye")
            talk.bot("utter_goodbye")
            talk.effect("end")
            talk.closed = True

    # -- orders ---------------------------------------------------------------------------------------------

    def _track(self, talk: Talk) -> None:
        if not knows_order(talk):
            return
        state = talk.chance.choices(_STATES, [share for _, share, _ in _STATES])[0]
        talk.bot(state[0])
        talk.mood, talk.goal = talk.mood + state[2], "reached"
        if state[0] == "utter_order_late" and talk.likely(0.45):
            talk.goal = "open"
            self._people.takes_over(talk, "asked", asked=True)

    def _fact(self, talk: Talk) -> None:
        if knows_order(talk):
            talk.bot(_FACTS[talk.visit.wish])
            talk.goal, talk.mood = "reached", talk.mood + 0.2

    def _account(self, talk: Talk) -> None:
        if knows_customer(talk):
            talk.bot("utter_profile" if talk.visit.wish == "view_profile" else "utter_orders")
            talk.goal, talk.mood = "reached", talk.mood + 0.2

    def _task(self, talk: Talk) -> None:
        task = TASKS[talk.visit.wish]
        if not knows_customer(talk):
            return
        talk.bot("utter_request_known")
        if talk.likely(task.refusals):
            talk.bot(task.refused)
            talk.goal, talk.mood = "refused", talk.mood - 1.5
            if talk.likely(0.3):
                self._people.takes_over(talk, "policy", asked=True)
            return
        for question in task.asks:
            talk.bot(question)
            if talk.likely(0.05):
                return  # gone
            if question.endswith(("_address", "_address_update_profile")):
                talk.says("inform", talk.person.address)
            else:
                talk.says("inform", self._answer(talk, question))
        talk.bot(f"utter_request_summary_{task.name}")
        if talk.likely(0.07):
            talk.says(_TYPED_NO)
            talk.bot("utter_request_dropped")
            talk.goal = "refused"
            return
        if talk.likely(0.05):
            return
        talk.says(_TYPED_YES, seconds=14)
        if talk.likely(talk.release.fails * 0.8):
            talk.bot("utter_request_shop_away")
            talk.goal, talk.mood = "failed", talk.mood - 1.6
            return
        talk.bot(f"utter_request_done_{task.name}")
        talk.goal, talk.mood = "reached", talk.mood + 0.45

    def _answer(self, talk: Talk, question: str) -> str:
        if "payment_method" in question:
            return talk.matter.values["method"]
        return talk.matter.values["current"] if "variant" in question else talk.matter.thing

    def _problem(self, talk: Talk) -> None:
        if not knows_customer(talk):
            return
        talk.bot("utter_request_what_problem")
        talk.says("order_problem", seconds=45)
        if talk.likely(0.6):
            talk.bot("utter_request_remedy")
            talk.says("inform", talk.chance.choice(_REMEDIES[talk.language]))
        talk.mood -= 0.5
        opens_case(talk, talk.chance.choice(_PROBLEMS), self._people.hours)

    # -- questions ------------------------------------------------------------------------------------------

    def _question(self, talk: Talk) -> None:
        answers_question(talk)
        if talk.goal == "open" and talk.likely(0.24):
            self._people.takes_over(talk, "asked", asked=True)

    def _product(self, talk: Talk) -> None:
        if talk.likely(0.45):
            self._question(talk)
            return
        shows_thing(talk)

    def _order(self, talk: Talk) -> None:
        talk.bot("utter_order_which")
        talk.goal, talk.mood = "reached", talk.mood - 0.2

    def _beside(self, talk: Talk) -> None:
        talk.bot(_COURTESIES[talk.visit.wish])
        talk.mood -= {"complaint": 1.3, "out_of_scope": 0.5}.get(talk.visit.wish, 0.0)
        if talk.visit.wish == "complaint" and talk.likely(0.6):
            self._people.takes_over(talk, "upset" if talk.likely(0.5) else "asked", asked=True)

    # -- people ---------------------------------------------------------------------------------------------

    def _asks_for_person(self, talk: Talk) -> None:
        self._people.takes_over(talk, "asked", asked=False)

    def _distress(self, talk: Talk) -> None:
        talk.bot("utter_distress")
        talk.mood -= 1

    def _nothing(self, talk: Talk) -> None:
        """Somebody opens the chat and goes."""
        if talk.channel == "telegram":
            talk.commands("/start", "/greet", "greet")
        else:
            talk.says("greet")
        talk.bot("utter_greet")


_REMEDIES: Mapping[str, Sequence[str]] = {
    "en": ("a refund please", "send me a new one", "I'd like a replacement"),
    "de": ("bitte das Geld zurück", "schicken Sie mir einen neuen", "ich hätte gern Ersatz"),
    "fr": ("un remboursement s'il vous plaît", "envoyez-m'en un autre"),
    "es": ("quiero el reembolso", "envíenme otro, por favor"),
}
