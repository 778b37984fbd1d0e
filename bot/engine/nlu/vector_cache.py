"""Encodes many texts for training, and keeps the vectors in a file, so that the next training encodes only new ones."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from bot.engine.nlu.encoders import Vectors, encoder

AT_ONCE = 256
MOST_KEPT = 60_000  # vectors; above it only those of this training are


_folder: Path | None = None


def keep_in(folder: Path | None) -> None:
    """From now on vectors are kept in `folder`; None: not at all, as at first."""
    global _folder
    _folder = folder


def encode_all(name: str, texts: Sequence[str]) -> Vectors:
    """A row for each of `texts` by the encoder `name`, from the file where it has them."""
    keys = [hashlib.blake2b(text.encode(), digest_size=12).hexdigest() for text in texts]
    file = _file_of(name)
    known = _read(file) if file else {}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        rows = _encode(name, list(missing.values()))
        known.update(zip(missing, rows, strict=True))
        if file:
            _write(file, known if len(known) <= MOST_KEPT else {key: known[key] for key in keys})
    if not keys:
        return np.zeros((0, encoder(name).size), dtype=np.float32)
    return np.stack([known[key] for key in keys])


def _encode(name: str, texts: Sequence[str]) -> Vectors:
    """On two threads: a text is read by one, but nobody waits for an answer here."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    parts = [order[start : start + AT_ONCE] for start in range(0, len(order), AT_ONCE)]
    rows = np.zeros((len(texts), encoder(name).size), dtype=np.float32)
    with ThreadPoolExecutor(max_workers=2) as threads:
        read = threads.map(lambda part: encoder(name).encode([texts[place] for place in part]), parts)
        for part, vectors in zip(parts, read, strict=True):
            rows[part] = vectors
    return rows


def _file_of(name: str) -> Path | None:
    return _folder / f"vectors-{name}-2.npz" if _folder else None  # the number: how texts are prepared


def _read(file: Path) -> dict[str, Vectors]:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return dict(zip(arrays["keys"].tolist(), arrays["rows"], strict=True))
    except (OSError, ValueError, KeyError):  # there is none yet, or it is damaged: then all is encoded anew
        return {}


def _write(file: Path, known: dict[str, Vectors]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".npz", delete=False) as part:
        np.savez(part, keys=np.array(list(known)), rows=np.stack(list(known.values())))
    os.replace(part.name, file)
