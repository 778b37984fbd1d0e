"""Which pictures Telegram can be given: files of this project as bytes, others by address; fetches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

_TAKEN = (".png", ".jpg", ".jpeg", ".webp")  # what Telegram takes as a photo; drawings (.svg) it does not


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is sent: the bytes of a file, or an address that Telegram fetches."""

    file: Path | None = None
    url: str | None = None


class Pictures:
    """Finds what can be sent for the image of a card.

    Args:
        folder: the files served at `base_url`, or None: as the demo shop's, whose drawings lie beside the same as PNG.
        base_url: where they are served; an address without a host is of there.
    """

    def __init__(self, folder: Path | None, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._own = _pictures_in(folder) if folder is not None else {}

    def find(self, image: object) -> Picture | None:
        """The picture to send for an image's address; None where there is none that Telegram would take."""
        if not isinstance(image, str) or not image:
            return None
        path = self._path_here(image)
        if path is not None and (file := self._own.get(path.rpartition(".")[0] or path)):
            return Picture(file=file)
        return _by_address(image if path is None or _has_host(image) else self._base_url + image)

    def _path_here(self, image: str) -> str | None:
        """The path of an image that is served here, unquoted; None where another host has it."""
        if image.startswith(f"{self._base_url}/"):
            image = image[len(self._base_url) :]
        if _has_host(image) or not image.startswith("/") or image.startswith("//"):
            return None
        return unquote(image.partition("?")[0])


def _pictures_in(folder: Path) -> Mapping[str, Path]:
    """Path without its ending, as in an address → file."""
    found = {}
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in _TAKEN:
            found[f"/{file.relative_to(folder).with_suffix('').as_posix()}"] = file
    return found


def _by_address(image: str) -> Picture | None:
    try:
        parts = urlsplit(image)
    except ValueError:
        return None
    taken = PurePosixPath(parts.path).suffix.lower() in _TAKEN
    plain = image.isascii() and image.isprintable() and " " not in image
    return Picture(url=image) if parts.scheme == "https" and parts.hostname and taken and plain else None


def _has_host(image: str) -> bool:
    return "://" in image
