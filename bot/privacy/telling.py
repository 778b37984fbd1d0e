"""Says in sentences what was erased, and what is left for a person to do; for the command line and the desk."""

from __future__ import annotations

from collections.abc import Sequence

from bot.privacy.erasing import Erased
from bot.settings import ROOT

_TESTS = ROOT / "tests" / "dialogues"


def delete_test_files(paths: Sequence[str]) -> list[str]:
    """Delete tests that were made of the erased person's conversations; those that were there."""
    gone = []
    for path in paths:
        file = (ROOT / path).resolve()
        if file.is_relative_to(_TESTS) and file.is_file():
            file.unlink()
            gone.append(file.relative_to(ROOT).as_posix())
    return gone


def done_words(erased: Erased) -> str:
    """What was erased."""
    rows = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in erased.counts.items() if count)
    plural = "" if erased.conversations == 1 else "s"
    return f"Erased: {erased.conversations:,} conversation{plural}. Rows by table: {rows or 'none was left'}."


def left_to_do(erased: Erased, deleted_files: Sequence[str]) -> list[str]:
    """What a program cannot do, a sentence each."""
    left = []
    if deleted_files:
        left.append(f"Deleted tests made of their conversations: {', '.join(deleted_files)}. Commit that.")
    if erased.sentences:
        left.append(
            f"{erased.sentences:,} sentences of theirs, masked, were exported to data/nlu; look there whether one "
            "still tells who wrote it."
        )
    if erased.elsewhere:
        left.append(f"Delete there as well: {', '.join(erased.elsewhere)}.")
    if erased.accounts:
        left.append(
            f"The shop's own record of {', '.join(erased.accounts)} is the shop's and stays; `bellhop erase --shop` "
            "empties that of the embedded shop."
        )
    if not erased.tidied:
        left.append(
            "The database's file still holds remains of what was deleted: run `bellhop erase --compact` when it is "
            "quiet."
        )
    return left
