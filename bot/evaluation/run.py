"""One evaluation of tasks from the files to the figures: starts the product, loads the shop, runs the trials."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.evaluation import shop_rows
from bot.evaluation.judge import differences
from bot.evaluation.product import running
from bot.evaluation.replay import only_customer, replay
from bot.evaluation.report import Figures
from bot.evaluation.tasks import BadInput, Shop, Task, read_shop, read_tasks
from bot.evaluation.trials import Trial, Trials
from bot.orders.tau2_format import WrongFile

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to evaluate: `only` names tasks, none for all; `jobs` are conversations at once."""

    tasks: Path
    shop: Path
    trials: int
    seed: int
    jobs: int
    only: tuple[str, ...] = ()


def evaluate_tasks(wanted: Wanted, say: Say) -> Figures:
    """Run the evaluation.

    Args:
        wanted: what to evaluate.
        say: told how far it is.

    Raises:
        BadInput: a file cannot be used.
        CannotStart: the product did not come up.
    """
    shop = read_shop(wanted.shop)
    tasks = read_tasks(wanted.tasks, shop, wanted.only)
    remarks = [remark for task in tasks for remark in _refused(task, shop)]
    began = time.monotonic()
    os.umask(0o077)  # as for every data folder of the product
    with tempfile.TemporaryDirectory(prefix="bellhop-tasks-") as folder:
        outcomes = asyncio.run(_run(wanted, shop, tasks, Path(folder), say))
    title = f"Tasks of {wanted.tasks.name}"
    return Figures(title, wanted.seed, wanted.trials, outcomes, time.monotonic() - began, tuple(remarks))


def _refused(task: Task, shop: Shop) -> Sequence[str]:
    """What the tools of the benchmark would refuse of a right answer: it changes nothing, and is no error of ours."""
    refused = replay(only_customer(shop, task.customer), task.actions)
    return [f"task {task.id}: the reference's {why}; a right answer leaves that undone" for why in refused]


async def _run(wanted: Wanted, shop: Shop, tasks: Sequence[Task], folder: Path, say: Say) -> tuple[Trial, ...]:
    say("Starting the product …")
    async with running(folder) as product:
        try:
            loaded = await asyncio.to_thread(shop_rows.load, product.database, shop)
        except WrongFile as error:
            raise BadInput(f"{wanted.shop}: {error}") from error
        for task in tasks:
            if wrong := differences(only_customer(shop, task.customer), loaded, task.customer):
                raise BadInput(f"{wanted.shop}: the product does not keep it as it is: {wrong[0]}")
        say(f"{len(tasks)} tasks, {wanted.trials} trials each, {wanted.jobs} conversations at once …")

        def ended(trial: Trial, count: int, of: int) -> None:
            if not trial.passed:
                say(f"  {count} of {of}: task {trial.task} trial {trial.number} failed: {trial.why[0]}")
            elif count % 25 == 0 or count == of:
                say(f"  {count} of {of}")

        runs = Trials(product, loaded, tasks, trials=wanted.trials, seed=wanted.seed, jobs=wanted.jobs, say=ended)
        return tuple(await runs.run())
