"""`python -m tests.chaos`: kills app and engine under load and proves that nothing is lost or answered twice."""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chaos.checker import Breach
from tests.chaos.proof import Outcome, Plan, prove
from tests.client.product import ROOT, ProductError, bellhop

OUTPUT = ROOT / "build/chaos.json"
MOST_SHOWN = 10


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=40, help="in all, one in four of the engine (default 40)")
    parser.add_argument("--messages", type=int, default=400, help="of all customers together (default 400)")
    parser.add_argument("--customers", type=int, default=20, help="at the same time (default 20)")
    parser.add_argument("--seed", type=int, default=1, help="of customers and kills (default 1)")
    parser.add_argument("--postgres", metavar="URL", default="", help="an empty database; default: SQLite")
    return parser


def run(*, kills: int, messages: int, customers: int, seed: int, postgres: str, say: Callable[[str], None]) -> Outcome:
    """One run in a folder of its own, which is kept if something is wrong. Raises ProductError."""
    folder = Path(tempfile.mkdtemp(prefix="bellhop-chaos-"))
    plan = Plan(kills, messages, customers, seed, folder, postgres)
    product = bellhop(folder, settings=plan.settings)
    outcome = asyncio.run(prove(plan, product, [str(ROOT / ".venv/bin/bellhop"), "verify"], say))
    if outcome.breaches:
        with (folder / "transcripts.txt").open("w") as file:
            for name, entries in outcome.transcripts.items():
                file.writelines(f"{name}: {entry}\n" for entry in entries)
        say(f"the database, the log and what every customer went through are kept in {folder}")
    else:
        shutil.rmtree(folder)
    return outcome


def table(counts: dict[str, Any]) -> str:
    """The counts for people."""
    lines = []
    for name, value in counts.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        lines.append(f"  {name:<36}{shown}")
    return "\n".join(lines)


def verdict(breaches: list[Breach]) -> str:
    """What is wrong, the first rows of it, or that nothing is."""
    if not breaches:
        return "0 lost, 0 answered twice, order kept, ledger balanced"
    rows = [f"  {breach.rule}: {breach.what}" for breach in breaches[:MOST_SHOWN]]
    more = len(breaches) - MOST_SHOWN
    return "\n".join([f"{len(breaches)} BREACHES", *rows, *([f"  … and {more} more"] if more > 0 else [])])


def write(outcome: Outcome, file: Path = OUTPUT) -> None:
    """Keep the outcome as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    breaches = [{"rule": breach.rule, "what": breach.what} for breach in outcome.breaches]
    file.write_text(json.dumps({"counts": outcome.counts, "breaches": breaches}, indent=1) + "\n")


def main() -> int:
    """Run, print, write; 0 only if every rule held."""
    options = arguments().parse_args()
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {line}", flush=True)

    try:
        outcome = run(**vars(options), say=say)
    except ProductError as error:
        print(error, file=sys.stderr)
        return 2
    write(outcome)
    print(f"\n{table(outcome.counts)}\n\n{verdict(outcome.breaches)}\nwritten: {OUTPUT}")
    return 1 if outcome.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
