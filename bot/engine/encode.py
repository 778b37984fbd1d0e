"""Turns texts into vectors, one request after another: JSON lines in, JSON lines out; no server, no model of ours.

    python -m bot.engine.encode

Each line in is `{"texts": […], "encoder": "english" | "multilingual"}`, each line out `{"vectors": [[…], …]}`.
"""

import json
import sys
from typing import TextIO

from bot.engine.nlu.encoders import encoder


def encode_lines(lines: TextIO, out: TextIO) -> None:
    """Answers every line of `lines` with one of `out`."""
    for line in lines:
        asked = json.loads(line)
        vectors = encoder(asked["encoder"]).encode(asked["texts"])
        out.write(json.dumps({"vectors": vectors.tolist()}) + "\n")
        out.flush()


if __name__ == "__main__":
    encode_lines(sys.stdin, sys.stdout)
