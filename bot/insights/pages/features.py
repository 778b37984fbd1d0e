"""The list of the modules that make up /insights; nothing else."""

from __future__ import annotations

from types import ModuleType

from bot.insights.pages import (
    annotating,
    articles,
    conversations,
    dashboards,
    exports,
    journey,
    privacy,
    publishing,
    qa,
    quality,
    questions,
    releases,
    saved,
    sharing,
    tests,
    transcript,
)

# Every module with pages; each has `routes(tools)`, and may have `NAV` with ways in for the rail at the left.
FEATURES: tuple[ModuleType, ...] = (
    dashboards,
    journey,
    questions,
    articles,
    quality,
    conversations,
    saved,
    sharing,  # before transcripts: its address is longer
    qa,
    tests,  # before transcripts, likewise
    transcript,
    annotating,
    releases,
    publishing,
    exports,
    privacy,
)
