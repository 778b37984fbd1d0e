"""Sentences as vectors, made by the engine: one call with little patience, and the vectors that need not be made again.

EncoderUnavailable (a KnowledgeError): no vectors just now; answers come from words alone.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import aiohttp
import numpy as np
import numpy.typing as npt
import orjson
import structlog

from bot.knowledge.articles import DEFAULT_LANGUAGE, KnowledgeError

log = structlog.get_logger(__name__)

Vector = npt.NDArray[np.float32]

ENGLISH, MULTILINGUAL = "english", "multilingual"
QUESTION_SECONDS = 0.3  # a turn never waits longer for vectors
BATCH_SECONDS = 20.0  # in the background there is time; the encoder may have to be loaded first
PAUSE_SECONDS = 5.0  # after a failure nobody asks for so long: a dead engine costs one wait, not one a turn
REMEMBERED_QUESTIONS = 256


class EncoderUnavailable(KnowledgeError):
    """No vectors: the engine cannot be reached, is slow, or has no encoder."""


class Encoder(Protocol):
    """Whatever turns texts into vectors of length one: the engine over HTTP, or a fake."""

    async def encode(self, texts: Sequence[str], encoder: str, *, within: float) -> list[Vector]:
        """A vector for each text.

        Raises:
            EncoderUnavailable: none within that many seconds.
        """
        ...


class NoEncoder:
    """For where there is no engine: answers come from words alone."""

    async def encode(self, texts: Sequence[str], encoder: str, *, within: float) -> list[Vector]:
        """See `Encoder.encode`."""
        raise EncoderUnavailable("there is no engine")


class HttpEncoder:
    """The engine's `POST /encode`.

    Args:
        session: keeps connections open.
        url: of the engine.
        secret: what the engine knows us by.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str) -> None:
        self._session = session
        self._url = f"{url}/encode"
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    async def encode(self, texts: Sequence[str], encoder: str, *, within: float) -> list[Vector]:
        """See `Encoder.encode`."""
        body = orjson.dumps({"texts": list(texts), "encoder": encoder})
        timeout = aiohttp.ClientTimeout(total=within)
        try:
            async with self._session.post(self._url, data=body, headers=self._headers, timeout=timeout) as answer:
                content = await answer.read()
                if answer.status != 200:
                    raise EncoderUnavailable(f"the engine answered {answer.status}")
            return _vectors(content, len(texts))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise EncoderUnavailable(f"the engine gave no vectors ({type(error).__name__})") from error


class PatientOnce:
    """An encoder for questions: remembers the latest, and after a failure spares the next ones the wait.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, encoder: Encoder, clock: Callable[[], float] = time.monotonic) -> None:
        self._encoder = encoder
        self._clock = clock
        self._silent_until = float("-inf")
        self._failing = False
        self._remembered: OrderedDict[tuple[str, str], Vector] = OrderedDict()

    async def question(self, text: str, encoder: str) -> Vector | None:
        """The vector of one question, or None where there is none in time."""
        key = (encoder, text)
        if key in self._remembered:
            self._remembered.move_to_end(key)
            return self._remembered[key]
        if self._clock() < self._silent_until:
            return None
        try:
            (vector,) = await self._encoder.encode([text], encoder, within=QUESTION_SECONDS)
        except EncoderUnavailable as error:
            self._silent_until = self._clock() + PAUSE_SECONDS
            if not self._failing:
                log.warning("questions_without_vectors", encoder=encoder, reason=str(error))
            self._failing = True
            return None
        self._failing = False
        self._remembered[key] = vector
        if len(self._remembered) > REMEMBERED_QUESTIONS:
            self._remembered.popitem(last=False)
        return vector


class VectorCache:
    """Vectors of passages by content, kept in one file for each encoder.

    The first vector of a file is that of a fixed sentence. Where the encoder says something else of it now, it is
    another encoder than the one that made the file, and the file is forgotten.

    Args:
        folder: usually the data folder.
    """

    PROBE = "The quick brown fox jumps over the lazy dog."

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._vectors: dict[str, dict[str, Vector]] = {}

    def get(self, encoder: str, text: str) -> Vector | None:
        """The vector of a text, if it is known."""
        return self._of(encoder).get(_key(text))

    def missing(self, encoder: str, texts: Sequence[str]) -> list[str]:
        """Texts whose vectors are not known, each once."""
        known = self._of(encoder)
        return [text for text in dict.fromkeys(texts) if _key(text) not in known]

    def put(self, encoder: str, vectors: Mapping[str, Vector]) -> None:
        """Keep vectors by text."""
        self._of(encoder).update({_key(text): vector for text, vector in vectors.items()})

    def fits(self, encoder: str, probe: Vector) -> bool:
        """Whether what is kept was made by the encoder that says `probe` of the fixed sentence; if not, forget it."""
        known = self._of(encoder).get(_key(self.PROBE))
        if known is not None and known.shape == probe.shape and float(known @ probe) > 0.999:
            return True
        self._vectors[encoder] = {_key(self.PROBE): probe}
        return False

    def save(self, encoder: str, still_used: Sequence[str]) -> None:
        """Write the file, without what no text needs any more."""
        keys = [key for key in map(_key, dict.fromkeys((self.PROBE, *still_used))) if key in self._of(encoder)]
        rows = np.array([self._of(encoder)[key] for key in keys], dtype=np.float32)
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._file(encoder).with_suffix(f".{os.getpid()}.part")
        with partial.open("wb") as file:
            np.savez(file, keys=np.array(keys), vectors=rows)
        partial.replace(self._file(encoder))

    def _of(self, encoder: str) -> dict[str, Vector]:
        if encoder not in self._vectors:
            self._vectors[encoder] = self._loaded(encoder)
        return self._vectors[encoder]

    def _loaded(self, encoder: str) -> dict[str, Vector]:
        try:
            with np.load(self._file(encoder), allow_pickle=False) as file:
                return {str(key): row for key, row in zip(file["keys"], file["vectors"], strict=True)}
        except FileNotFoundError:
            return {}
        except Exception as error:  # half a file, another format: it is a cache, and is made anew
            log.warning("vectors_unreadable", file=str(self._file(encoder)), error=type(error).__name__)
            return {}

    def _file(self, encoder: str) -> Path:
        return self._folder / f"vectors-{encoder}.npz"


def encoder_for(language: str) -> str:
    """The encoder that understands a language best."""
    return ENGLISH if language == DEFAULT_LANGUAGE else MULTILINGUAL


def _vectors(content: bytes, expected: int) -> list[Vector]:
    try:
        rows = [np.array(row, dtype=np.float32) for row in orjson.loads(content)["vectors"]]
    except (ValueError, KeyError, TypeError) as error:
        raise EncoderUnavailable("the engine's answer holds no vectors") from error
    if len(rows) != expected or any(row.ndim != 1 or row.shape != rows[0].shape for row in rows):
        raise EncoderUnavailable("the engine's answer holds other vectors than asked for")
    return rows


def _key(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
