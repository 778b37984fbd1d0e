"""Measures how well our own examples are understood, each by a model that has not seen it; writes no model.

    python -m bot.engine.cross_validate [--project DIRECTORY] [--folds 5] [--json]

Every fold is trained with the pipeline of `config.yml`, whatever that names. Exit codes: 0 measured, 1 not, and one
line says why. What was found is a table on standard output, or with --json one object.
"""

import argparse
import json
import logging
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from bot.engine.errors import StartError
from bot.engine.train import prepare_to_train, reason_of, sure_files

SEED = 42
OUT_OF_SCOPE, UNSURE = "out_of_scope", "nlu_fallback"
MOST_CONFUSIONS, EXAMPLES_OF_ONE = 15, 3


@dataclass(frozen=True)
class Judged:
    """One example, and what a model that had not seen it made of it."""

    text: str
    language: str | None
    meant: str
    understood: str


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.engine.cross_validate", description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, default=Path("."), help="where config.yml, domain.yml and data/ are")
    parser.add_argument("--folds", type=int, default=5, choices=range(2, 21), metavar="2…20", help="parts; default 5")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args(arguments)
    try:
        figures = figures_of(list(judge(options.project, options.folds)))
    except StartError as error:
        print(f"evaluate: {error}", file=sys.stderr, flush=True)
        return 1
    print(json.dumps(figures, ensure_ascii=False) if options.json else table_of(figures), flush=True)
    return 0


def judge(project: Path, folds: int) -> Iterator[Judged]:
    """Every example, judged by a model of the other folds.

    Raises:
        StartError: the training data cannot be used, or Rasa refuses it.
    """
    sure_files(project)
    prepare_to_train(project)
    logging.getLogger("rasa.engine.training.hooks").setLevel(logging.WARNING)  # standard output is for the figures
    from rasa.shared.importers.importer import TrainingDataImporter

    importer = TrainingDataImporter.load_nlu_importer_from_config(
        str(project / "config.yml"), str(project / "domain.yml"), [str(project / "data" / "nlu")]
    )
    data = importer.get_nlu_data()
    fold_of = _folds([example.get("intent") for example in data.intent_examples], folds)
    places = {id(example): place for place, example in enumerate(data.intent_examples)}
    for fold in range(folds):
        print(f"evaluate: fold {fold + 1} of {folds}", file=sys.stderr, flush=True)
        held_out = {place for place, its in enumerate(fold_of) if its == fold}
        seen = data.filter_training_examples(lambda example, out=held_out: places.get(id(example)) not in out)
        unseen = [example for place, example in enumerate(data.intent_examples) if place in held_out]
        yield from _judge_fold(project, seen, unseen)


def _judge_fold(project: Path, seen: Any, unseen: Sequence[Any]) -> Iterator[Judged]:
    from rasa.model_training import train_nlu

    from bot.engine.model import load_pipeline
    from bot.engine.nlu.language_detector import said_language

    with tempfile.TemporaryDirectory(prefix="bellhop-evaluate-") as directory:
        for example in seen.training_examples:
            _keep_own_language(example)
        nlu = Path(directory) / "nlu.yml"
        nlu.write_text(seen.nlu_as_yaml(), encoding="utf-8")
        try:
            with redirect_stdout(StringIO()):
                made = train_nlu(
                    str(project / "config.yml"), str(nlu), directory, "fold", domain=str(project / "domain.yml")
                )
        except Exception as error:  # whatever a component raises
            raise StartError(reason_of(error)) from error
        if not made:
            raise StartError("Rasa trained nothing; the lines above say why")
        understand = load_pipeline(Path(made))
    for example in unseen:
        language = said_language(example)
        parsed = understand(example.get("text"), {"language": language} if language else {})
        understood = (parsed.get("intent") or {}).get("name") or UNSURE
        yield Judged(example.get("text"), language, str(example.get("intent")), str(understood))


def _keep_own_language(example: Any) -> None:
    """Rasa writes the metadata of an intent's first example above all of them, so each gets its own."""
    from bot.engine.nlu.language_detector import said_language

    language = said_language(example)
    example.set("metadata", {"example": {"language": language}} if language else None)


def _folds(intents: Sequence[str], folds: int) -> list[int]:
    """The fold of each example: of every intent about as many in each; always the same."""
    chance = random.Random(SEED)
    places: dict[str, list[int]] = defaultdict(list)
    for place, intent in enumerate(intents):
        places[intent].append(place)
    fold_of = [0] * len(intents)
    for intent in sorted(places):
        chance.shuffle(places[intent])
        first = chance.randrange(folds)
        for number, place in enumerate(places[intent]):
            fold_of[place] = (first + number) % folds
    return fold_of


def figures_of(judged: Sequence[Judged]) -> dict[str, Any]:
    """All that is told, from what was judged."""
    right = [one for one in judged if one.meant == one.understood]
    intents = [_figures_of_intent(intent, judged) for intent in sorted({one.meant for one in judged})]
    foreign = [one for one in judged if one.meant == OUT_OF_SCOPE]
    ours = [one for one in judged if one.meant != OUT_OF_SCOPE]
    return {
        "examples": len(judged),
        "accuracy": _share(len(right), len(judged)),
        "macro_f1": _share(sum(intent["f1"] for intent in intents), len(intents)),
        "unsure": _share(sum(one.understood == UNSURE for one in judged), len(judged)),
        "out_of_scope": {
            "recall": _share(sum(one.understood == OUT_OF_SCOPE for one in foreign), len(foreign)),
            "false_refusals": _share(sum(one.understood == OUT_OF_SCOPE for one in ours), len(ours)),
        },
        "languages": _by_language(judged),
        "intents": intents,
        "confusions": _confusions(judged),
    }


def _figures_of_intent(intent: str, judged: Sequence[Judged]) -> dict[str, Any]:
    meant = sum(one.meant == intent for one in judged)
    understood = sum(one.understood == intent for one in judged)
    both = sum(one.meant == one.understood == intent for one in judged)
    return {
        "name": intent,
        "examples": meant,
        "precision": _share(both, understood),
        "recall": _share(both, meant),
        "f1": _share(2 * both, meant + understood),
    }


def _by_language(judged: Sequence[Judged]) -> dict[str, dict[str, Any]]:
    languages = sorted({one.language or "" for one in judged})
    return {
        language or "unmarked": {
            "examples": len(those),
            "accuracy": _share(sum(_right(one) for one in those), len(those)),
        }
        for language in languages
        if (those := [one for one in judged if (one.language or "") == language])
    }


def _confusions(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    wrong = [one for one in judged if not _right(one)]
    counts = Counter((one.meant, one.understood) for one in wrong)
    return [
        {
            "meant": meant,
            "understood": understood,
            "times": times,
            "examples": [one.text for one in wrong if (one.meant, one.understood) == (meant, understood)][
                :EXAMPLES_OF_ONE
            ],
        }
        for (meant, understood), times in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_CONFUSIONS]
    ]


def _right(one: Judged) -> bool:
    return one.meant == one.understood


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0


def table_of(figures: Mapping[str, Any]) -> str:
    """The figures for people to read."""
    scope = figures["out_of_scope"]
    lines = [
        f"{figures['examples']} examples, each judged by a model that had not seen it",
        f"accuracy {figures['accuracy']:.1%}   macro F1 {figures['macro_f1']:.1%}   unsure {figures['unsure']:.1%}",
        f"out of scope: {scope['recall']:.1%} refused, and {scope['false_refusals']:.1%} of the others",
        "   ".join(
            f"{language}: {its['accuracy']:.1%} of {its['examples']}" for language, its in figures["languages"].items()
        ),
        "",
        f"{'intent':<24}{'examples':>9}{'precision':>11}{'recall':>9}{'F1':>9}",
    ]
    lines += [
        f"{its['name']:<24}{its['examples']:>9}{its['precision']:>11.1%}{its['recall']:>9.1%}{its['f1']:>9.1%}"
        for its in sorted(figures["intents"], key=lambda its: its["f1"])
    ]
    lines += ["", "most confused"]
    for one in figures["confusions"]:
        lines.append(f"{one['times']:>4}  {one['meant']} understood as {one['understood']}")
        lines += [f"        {' '.join(text.split())}" for text in one["examples"]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
