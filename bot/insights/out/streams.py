"""A stream that passes on what is written and knows how much that was: whoever writes Parquet asks."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, Any, cast


class _Outflow(io.RawIOBase):
    def __init__(self, pass_on: Callable[[bytes], object]) -> None:
        self._pass_on = pass_on
        self._passed = 0

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        taken = bytes(content)
        self._pass_on(taken)
        self._passed += len(taken)
        return len(taken)

    def tell(self) -> int:
        return self._passed


def outflow(pass_on: Callable[[bytes], object]) -> IO[bytes]:
    """A stream that hands everything that is written into it to `pass_on`."""
    return cast(IO[bytes], _Outflow(pass_on))
