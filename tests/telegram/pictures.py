"""Whether bytes are a picture that Telegram takes as a photo, and how large it is."""

from __future__ import annotations

import base64
import struct

MOST_PHOTO_BYTES = 10 * 2**20
MOST_FILE_BYTES = 50 * 2**20
MOST_DOWNLOAD_BYTES = 20 * 2**20
UNKNOWN_SIZE = (640, 480)
# One grey point, for users who send a photo without saying which.
SMALL_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


def picture_kind(body: bytes) -> str | None:
    """The media type of a picture; None where Telegram cannot process it (an SVG, a text)."""
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return "image/webp"
    return None


def picture_size(body: bytes) -> tuple[int, int]:
    """Width and height, where they are easy to find."""
    kind = picture_kind(body)
    if kind == "image/png" and len(body) >= 24:
        width, height = struct.unpack(">II", body[16:24])
        return width, height
    if kind == "image/gif" and len(body) >= 10:
        width, height = struct.unpack("<HH", body[6:10])
        return width, height
    return UNKNOWN_SIZE


def fits(size: tuple[int, int]) -> bool:
    """Width and height together at most 10,000, and one at most 20 times the other."""
    width, height = size
    return 0 < width + height <= 10_000 and max(size) <= 20 * max(1, min(size))
