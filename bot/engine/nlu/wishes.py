"""Rasa component: holds the settings by which a message with several wishes is divided; changes no message itself.

The dividing is done around the pipeline, by `bot.engine.turn`, because each wish is understood and answered by itself.
Named in `config.yml` the component turns it on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message

from bot.engine.nlu.configuration import Number, Setting, Texts, check
from bot.engine.parts import Splitting, Words, asking_of, boundary_of, instead_of, referring_of


class _WordsByLanguage:
    """A setting that names the words that join wishes, for each language."""

    def wrong(self, value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return "must name languages, each with its connectives and so on"
        for language, lists in value.items():
            if not isinstance(lists, Mapping) or not set(lists) <= KINDS:
                return f"has for {language} something else than {', '.join(sorted(KINDS))}"
            for kind, words in lists.items():
                if problem := Texts().wrong(words):
                    return f"has for {language} {kind} that {problem}"
        return None


KINDS = {
    *("connectives", "conjunctions", "questions", "beginnings", "references"),
    *("sequences", "commands", "same_matter", "alternatives"),
}
SETTINGS: dict[str, Setting | _WordsByLanguage] = {
    "chatter": Texts(),
    "answers": Texts(),
    "unsure": Texts(),
    "person": Texts(),
    "forget": Texts(),
    "questions": Texts(),
    "least_confidence": Number(0.0, 1.0),
    "least_in_whole": Number(0.0, 1.0),
    "most_parts": Number(2, 10, whole=True),
    "most_waiting": Number(0, 10, whole=True),
    "words": _WordsByLanguage(),
}

# Words of more languages are added by the setting `words`, which also replaces those of a language named here.
# A "~" stands for any letters, where a question begins with its verb ("~-vous": "livrez-vous").
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "connectives": "and also, also, plus, another thing, one more thing, another question, second question, "
        "oh and, in addition, additionally, besides, furthermore, on top of that, while you're at it",
        "conjunctions": "and, &, but, or",
        "questions": "where, where's, how, what, what's, when, when's, why, who, which, can, could, do, does, did, is, "
        "are, will, would, should, may, have you, has",
        "beginnings": "i, i'd, i'm, i've, please, my, can't, tell me, show me, cancel, change, return, send, exchange, "
        "swap",
        "references": "it, it's, its, this, that, they, them, those, these, one",
        "sequences": "and, &, then, and then, plus, second, secondly, third, thirdly, next, finally, after that",
        "commands": "cancel, change, return, send back, exchange, swap, modify, update, replace",
        "same_matter": "it, them, this, that, those, these, me, my money, the money, the amount, the refund, the rest, "
        "everything",
        "alternatives": "if not, if that's not, if that isn't, if that is not, if it's not, if it is not, if it isn't, "
        "if this is not, if this isn't, if that doesn't, if it doesn't, if that can't, if it can't, if you can't, "
        "if you cannot, if i can't, if i cannot, if they're not, if they aren't, if there is no, if there's no, "
        "if there is none, if there are no, if there are none, if none, if no, if impossible, if unavailable, "
        "otherwise, or else, failing that, alternatively, or if",
    },
    "de": {
        "connectives": "und außerdem, außerdem, ausserdem, und auch, des weiteren, zusätzlich, darüber hinaus, "
        "noch etwas, noch was, noch eine frage, zweite frage, ach und, und noch",
        "conjunctions": "und, aber, oder",
        "questions": "wo, wie, was, wann, warum, wieso, wer, welche, welcher, welches, kann, kannst, können, könnte, "
        "könnt, könnten, ist, sind, wird, werden, darf, gibt es, haben sie, habt ihr, "
        "~ ihr, ~ sie, ~ man",
        "beginnings": "ich, bitte, mein, meine, zeig, storniert, stornieren, storniere, tausche",
        "references": "es, das, dies, diese, dieser, dieses, davon, dafür, damit",
        "sequences": "und, dann, und dann, sowie",
        "commands": "storniere, storniert, stornieren sie, gib, geben sie, tausche, tausch, tauschen sie, ändere, "
        "ändern sie",
        "same_matter": "es, das, sie, ihn, diese, dieses, diesen, mir, alles, das geld, den rest",
        "alternatives": "falls nicht, wenn nicht, falls das nicht, wenn das nicht, falls es nicht, wenn es nicht, "
        "falls sie nicht, sonst, ansonsten, andernfalls, wenn es keine, falls es keine",
    },
    "es": {
        "connectives": "y además, además, y también, también, otra cosa, otra pregunta, aparte de eso, por cierto, "
        "una cosa más, una pregunta más",
        "conjunctions": "y, e, pero, o",
        "questions": "dónde, donde, cómo, como, cuándo, cuando, cuánto, cuanto, qué, por qué, quién, cuál, puedo, "
        "puede, pueden, podría, podrían, hay, tienen, "
        "~áis, ~éis, ~ís, envían, aceptan, venden, cobran, hacen, es posible, se puede, tenéis",
        "beginnings": "quiero, quisiera, necesito, que, me, mi, mis, es, está, por favor",
        "references": "eso, esto, lo, los, las, ellos, ellas",
        "sequences": "y, e, luego, y luego, después, y después",
        "commands": "cancelar, cancela, cancelen, anular, devolver, devuelve, devuelvan, cambiar, cambia, cambien, "
        "modificar",
        "same_matter": "eso, esto, todo, el dinero, mi dinero, el importe, el resto, me",
        "alternatives": "si no, si eso no, si no es, si no se, si no hay, si no pueden, de lo contrario, "
        "en caso contrario",
    },
    "fr": {
        "connectives": "et aussi, aussi, et de plus, de plus, en plus, par ailleurs, autre chose, autre question, "
        "encore une question, également, au fait",
        "conjunctions": "et, mais, ou",
        "questions": "où, comment, quand, combien, quel, quelle, quels, quelles, pourquoi, qui, puis-je, peut-on, "
        "pouvez-vous, pourriez-vous, est-ce que, est-ce qu'on, avez-vous, y a-t-il, "
        "~-vous, ~-t-on, ~-on, ~-je, ~-t-il, ~-t-elle, ~-il, ~-elle, ~-ils, ~-elles",
        "beginnings": "que, je, j'ai, j'aimerais, mon, ma, mes, s'il vous plaît",
        "references": "ça, cela, ceci, ceux, celles, il, elle, ils, elles, ~-il, ~-elle, ~-ils, ~-elles",
        "sequences": "et, puis, et puis, ensuite, et ensuite",
        "commands": "annuler, annulez, retourner, retournez, renvoyer, renvoyez, échanger, échangez, changer, changez, "
        "modifier, modifiez",
        "same_matter": "ça, cela, tout, moi, l'argent, mon argent, le montant, le reste, le tout",
        "alternatives": "sinon, si non, si ce n'est pas, si c'est impossible, si vous ne pouvez pas, s'il n'y en a, "
        "à défaut",
    },
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class WishSplitter(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """See docs/engine.md for what each setting does."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "chatter": ["greet", "goodbye", "thanks", "smalltalk"],
            "answers": ["inform", "affirm", "deny"],
            "unsure": ["nlu_fallback", "out_of_scope"],
            "person": ["human"],
            "forget": ["human", "stop", "goodbye"],
            "questions": [
                *("shipping_question", "payment_question", "policy_question", "product_question"),
                *("promo_code", "membership", "review", "invoice", "account_create"),
            ],
            "least_confidence": 0.5,
            "least_in_whole": 0.05,
            "most_parts": 6,
            "most_waiting": 5,
            "words": {},
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Checks the settings of `config.yml`.

        Raises:
            InvalidConfigException: one of them is unknown, or its value cannot be.
        """
        check(cls.__name__, SETTINGS, config)  # type: ignore[arg-type]  # one kind of setting is our own
        if config.get("least_confidence") == 0:
            raise InvalidConfigException(f"{cls.__name__}: least_confidence must be above 0, else everything is a wish")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WishSplitter:
        cls.validate_config(config)
        return cls(config)

    def __init__(self, config: Mapping[str, Any]) -> None:
        own = {code: {kind: words.split(", ") for kind, words in lists.items()} for code, lists in WORDS.items()}
        words = [Words(**lists) for lists in {**own, **config["words"]}.values()]
        self.splitting = Splitting(
            chatter=frozenset(config["chatter"]),
            answers=frozenset(config["answers"]),
            unsure=frozenset(config["unsure"]),
            person=frozenset(config["person"]),
            forget=frozenset(config["forget"]),
            least_confidence=config["least_confidence"],
            least_in_whole=config["least_in_whole"],
            most_parts=config["most_parts"],
            most_waiting=config["most_waiting"],
            boundary=boundary_of(words),
            questions=frozenset(config["questions"]),
            asking=asking_of(words),
            referring=referring_of(words),
            instead=instead_of(words),
        )

    def process(self, messages: list[Message]) -> list[Message]:
        """Leaves the messages as they are."""
        return messages
