"""What is wrong with the articles, for those who can mend it; `python -m bot.knowledge.check` prints it."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.knowledge.library import Library
from bot.languages.check import Finding
from bot.settings import ROOT


def check_articles(project: Path = ROOT) -> list[Finding]:
    """Everything that is wrong in `data/articles`, as file, line and reason."""
    return [Finding(str(error), grave=True) for error in Library(project / "data" / "articles").problems()]


def main() -> int:
    """Print the findings, a line each; exit code 1 where there are any."""
    findings = check_articles()
    for finding in findings:
        print(finding.text, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
