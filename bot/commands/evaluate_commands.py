"""The commands below `bellhop evaluate`: names, options and help; what they do is imported when they run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.commands.running import ROOT, engine_command, fail, local_settings, run_in_engine, train_quietly


@click.group()
def evaluate() -> None:
    """Measure how well the assistant does its work."""


@evaluate.command()
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True, help="Into how many parts.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def nlu(folds: int, as_json: bool) -> None:
    """Cross-validate the training data: each example judged by a model that has not seen it.

    Takes about as long as training, once for each part. Says which intents are mixed up, with examples.
    """
    run_in_engine("bot.engine.cross_validate", "--folds", str(folds), *(["--json"] if as_json else []))


@evaluate.command()
@click.argument("stories", type=click.Path(exists=True, path_type=Path), default=ROOT / "tests/dialogues")
def dialogues(stories: Path) -> None:
    """Play test dialogues with `rasa test`; exit code 1 when one goes wrong.

    STORIES is a file or folder of Rasa test stories; by default tests/dialogues. Those in a folder from_conversations,
    which were made of real conversations, are played with their words: the model has to understand them too. The
    reports are left in build/dialogues. A run of all of them is kept in the database, if there is one, and shown at
    /insights/releases.
    """
    from datetime import UTC, datetime
    from uuid import uuid4

    from bot.commands.evaluate import NoResult, play_all, wrong_dialogues
    from bot.commands.evaluate_runs import store
    from bot.engine.fingerprint import model_path

    run_in_engine("bot.engine.train")  # says that the model is up to date, or trains it
    reports, model = ROOT / "build/dialogues", model_path(ROOT)
    click.echo("Playing the dialogues (about half a minute) …")
    try:
        outcome = play_all(engine_command("rasa"), stories.resolve(), model, reports, ROOT)
    except NoResult as error:
        fail(str(error))
    if not outcome.passed:
        click.echo(wrong_dialogues(reports))
    click.echo(
        f"{outcome.right} of {outcome.dialogues} dialogues went as written ({outcome.predictions} steps). "
        f"Reports: {reports}"
    )
    if stories.resolve() == (ROOT / "tests/dialogues").resolve():
        url = local_settings().resolved_database_url
        if problem := store(url, model, outcome, id=uuid4().hex, now=datetime.now(UTC)):
            click.echo(f"The run is not kept for /insights/releases: {problem}", err=True)
    sys.exit(0 if outcome.passed else 1)


@evaluate.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object with every figure, for programs.")
@click.option(
    "--model", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Default: of what is there."
)
def language(file: Path, as_json: bool, model: Path | None) -> None:
    """Measure how real customers' words are understood.

    FILE holds a JSON object a line: {"text", "wants": [answers that are right], "source": "collection:label"}. Prints
    accuracy per source and their mean (macro), what was refused rightly and wrongly, each answer's precision and
    recall, and the worst confusions. The same as a page, with a picture, is left in build/language.

    \b
    Examples:
      bellhop evaluate language real-lines.jsonl
      bellhop evaluate language real-lines.jsonl --json > figures.json
    """
    import json

    from bot.commands.evaluate_language import NoUnderstanding, understand
    from bot.commands.language_figures import BadLines, figures, read_lines
    from bot.commands.language_page import language_page, language_text
    from bot.engine.fingerprint import model_path

    def say(text: str) -> None:
        click.echo(text, err=True)  # standard output is for the figures

    if model is None:
        train_quietly()
        model = model_path(ROOT)
    try:
        lines = read_lines(file)
        say(f"Reading {len(lines)} lines …")
        reader = [*engine_command("bot.engine.understand"), "--model", str(model.resolve())]
        measured = figures(understand(reader, lines, ROOT, say))
    except (BadLines, NoUnderstanding) as error:
        fail(str(error))
    title = f"Understanding of {file.name}"
    page = ROOT / "build/language" / f"{file.stem}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(language_page(measured, title), encoding="utf-8")
    click.echo(json.dumps(measured.as_json(), ensure_ascii=False) if as_json else language_text(measured, title))
    say(f"The same as a page: {page}")


@evaluate.command("articles")
@click.argument("questions", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with every figure, for programs.")
def evaluate_articles(questions: Path | None, as_json: bool) -> None:
    """Measure how well help articles are found, and how often one answers what none should.

    QUESTIONS is a file like data/articles/questions.yml, which is the default; docs/knowledge.md describes it.
    """
    import asyncio

    from bot.commands.articles import EncoderProgram, measure, measured_json, measured_text
    from bot.knowledge.articles import KnowledgeError
    from bot.knowledge.library import Library
    from bot.telemetry import set_up_logs

    set_up_logs("error", "console")
    folder = ROOT / "data" / "articles"
    encoder = EncoderProgram(engine_command("bot.engine.encode"), ROOT)
    try:
        rounds = asyncio.run(measure(Library(folder), encoder, questions or folder / "questions.yml"))
    except KnowledgeError as error:
        fail(str(error))
    finally:
        encoder.close()
    click.echo(measured_json(rounds) if as_json else measured_text(rounds))


@evaluate.command("tasks")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--shop",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The shop's data that the tasks are about (db.json).",
)
@click.option("--trials", type=click.IntRange(1, 64), default=4, show_default=True, help="How often each task.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the customers' randomness.")
@click.option("--task", "only", multiple=True, metavar="ID", help="This task alone; may be given again.")
@click.option("--jobs", type=click.IntRange(1, 64), default=6, show_default=True, help="Conversations at once.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with every figure, for programs.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Where the page goes. Default: build/tasks."
)
def evaluate_whole_tasks(
    file: Path, shop: Path, trials: int, seed: int, only: tuple[str, ...], jobs: int, as_json: bool, html: Path | None
) -> None:
    """Measure how many of a shop's tasks are carried out right, and how reliably.

    FILE and the shop's data are in the form of τ²-bench retail. Starts the product in a folder of its own, loads the
    shop, and has a scripted customer speak the public web protocol, in wording drawn from the seed. A task passes when
    the shop's data afterwards equals the data after the reference actions, and a person was asked for where those
    transfer to one. Prints pass^1 … pass^K and a line for each failure, with its transcript. The tasks are adapted:
    the figures are not those of the benchmark's leaderboard, where a language model plays the customer.

    \b
    Examples:
      bellhop evaluate tasks tasks.json --shop db.json --trials 8
      bellhop evaluate tasks tasks.json --shop db.json --task 12 --trials 1 --json
    """
    import json

    from bot.evaluation.product import CannotStart
    from bot.evaluation.report import tasks_page, tasks_text, write_transcripts
    from bot.evaluation.run import Wanted, evaluate_tasks
    from bot.evaluation.tasks import BadInput

    def say(text: str) -> None:
        click.echo(text, err=True)  # standard output is for the figures

    try:
        figures = evaluate_tasks(Wanted(file, shop, trials, seed, jobs, only), say)
    except (BadInput, CannotStart) as error:
        fail(str(error))
    folder = ROOT / "build/tasks" / file.stem
    files = write_transcripts(figures, folder)
    page = html or folder / "tasks.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(tasks_page(figures), encoding="utf-8")
    click.echo(json.dumps(figures.as_json(), ensure_ascii=False) if as_json else tasks_text(figures, files))
    say(f"The same as a page, with transcripts: {page}")
