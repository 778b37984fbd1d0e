"""`python -m bench`: measures Bellhop and stock Rasa in one go and writes docs/performance.md."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.figures import kept_promises
from bench.insights import measure_insights
from bench.insights_report import insights_page, insights_table
from bench.measure import FULL, QUICK, Side, measure
from bench.product import Bellhop
from bench.report import conditions, page, table
from bench.stock import Stock
from tests.client.product import ROOT, free_port

BUILD = ROOT / "build"
PAGE = ROOT / "docs/performance.md"


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", choices=("bellhop", "stock", "insights"), help="measure this one; keep the others' figures"
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of it; writes build/bench-quick.json only")
    parser.add_argument("--seed", type=int, default=1, help="of ids and the order of look-ups (default 1)")
    parser.add_argument(
        "--conversations", type=int, help="of the year under the CX team's pages (default 100000; quick: 5000)"
    )
    parser.add_argument(
        "--stock-python", default="3.10", help="the Python 3.10 for stock Rasa, as uv's --python takes it"
    )
    return parser


def machine() -> dict[str, Any]:
    """Where this was measured."""
    info = Path("/proc/cpuinfo").read_text()
    models = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count() or 1,
        "cpu": models[0] if models else platform.machine(),
        "memory_gb": round(memory / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def commit() -> str | None:
    """The work tree's commit, with a plus if there are changes; None without git."""
    if shutil.which("git") is None:
        return None

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    head = git("rev-parse", "--short", "HEAD")
    return head + ("+" if git("status", "--porcelain") else "") if head else None


def stopwatch() -> Callable[[str], None]:
    """A `say` that prefixes the seconds since now."""
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {line}", flush=True)

    return say


def write_page(results: dict[str, Any], only: str | None) -> None:
    """Put what was measured into the page for people; the rest of it stays."""
    text = PAGE.read_text()
    if only != "insights":
        text = page(text, results)
    if only in (None, "insights"):
        text = insights_page(text, results["insights"])
    PAGE.write_text(text)


def main() -> int:
    """Measure, write, print."""
    options = arguments().parse_args()
    file = BUILD / ("bench-quick.json" if options.quick else "bench.json")
    results: dict[str, Any] = json.loads(file.read_text()) if options.only and file.exists() else {}
    here = machine()
    sides: dict[str, Callable[[], Side]] = {
        "bellhop": lambda: Bellhop(BUILD, free_port()),
        "stock": lambda: Stock(BUILD, free_port(), options.stock_python),
    }
    say = stopwatch()
    results |= {"machine": here, "seed": options.seed, "commit": commit(), "quick": options.quick}
    if options.only in (None, "insights"):
        count = options.conversations or (5_000 if options.quick else 100_000)
        results["insights"] = measure_insights(BUILD, count, options.seed, say)
    for name in [options.only] if options.only in sides else [] if options.only else list(sides):
        results[name] = measure(sides[name](), QUICK if options.quick else FULL, options.seed, here["cores"], say)
    if "bellhop" in results:
        results["promises"] = kept_promises(results["bellhop"])
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(results, indent=1) + "\n")
    if not options.quick:
        write_page(results, options.only)
    if options.only != "insights":
        print(f"\n{table(results.get('bellhop'), results.get('stock'))}\n\n{conditions(results)}")
    if options.only in (None, "insights"):
        print(f"\n{insights_table(results['insights'])}")
    print(f"\nwritten: {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
