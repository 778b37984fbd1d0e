"""Help articles for tests, and an encoder that hears only whether two texts share words."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.knowledge.encoding import EncoderUnavailable, Vector

SIZE = 4096


def write_article(folder: Path, slug: str, body: str, **front: str) -> Path:
    """Write an article; a translation where the slug is like de/returns. `front` replaces keys, "" leaves one out."""
    translation = "/" in slug
    keys = {"title": slug.rpartition("/")[2].replace("-", " ").capitalize(), "updated": "2026-03-01"}
    keys |= {} if translation else {"topic": "returns", "languages": "[en]"}
    lines = [f"{key}: {value}" for key, value in (keys | front).items() if value]
    path = folder / f"{slug}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["---", *lines, "---", body]) + "\n", encoding="utf-8")
    return path


class FakeEncoder:
    """Every word is a direction; texts that share words lie near each other."""

    def __init__(self) -> None:
        self.up = True
        self.asked: list[tuple[str, list[str], float]] = []

    async def encode(self, texts: Sequence[str], encoder: str, *, within: float) -> list[Vector]:
        self.asked.append((encoder, list(texts), within))
        if not self.up:
            raise EncoderUnavailable("it is down")
        return [_vector(text) for text in texts]


def _vector(text: str) -> Vector:
    row = np.zeros(SIZE, dtype=np.float32)
    for word in re.findall(r"\w+", text.lower()):
        row[zlib.crc32(word.encode()) % SIZE] += 1
    length = float(np.linalg.norm(row))
    return row / length if length else row
