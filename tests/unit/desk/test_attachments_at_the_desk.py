"""Files at the desk: what may be shown, what may be sent, and what their names may be."""

from __future__ import annotations

import pytest

from bot.desk.attachments import WrongFile, checked, file_name, how_shown, playable, size_words

PNG = b"\x89PNG\r\n\x1a\n rest"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"OggS", "audio/ogg"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"<svg onload=alert(1)>", None),
        (b"<!doctype html><script>", None),
        (b"%PDF-1.4", None),
        (b"", None),
    ],
)
def test_only_what_cannot_run_is_shown(content: bytes, media_type: str | None) -> None:
    assert playable(content) == media_type


@pytest.mark.parametrize(
    ("kind", "media_type", "details", "shown"),
    [
        ("photo", None, {}, "image"),
        ("document", "image/png", {}, "image"),
        ("document", "image/svg+xml", {}, "file"),
        ("document", "text/html", {}, "file"),
        ("voice", None, {}, "audio"),
        ("location", None, {"latitude": 1.0, "longitude": 2}, "place"),
        ("location", None, {}, "sign"),
        ("sticker", None, {"emoji": "x"}, "sign"),
    ],
)
def test_an_attachment_is_shown_by_its_kind(
    kind: str, media_type: str | None, details: dict[str, object], shown: str
) -> None:
    assert how_shown(kind, media_type, details) == shown


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("page.html", b"<p>", "only pictures"),
        ("program.exe", b"MZ", "only pictures"),
        ("noending", b"x", "only pictures"),
        ("big.pdf", b"%PDF-" + b"x" * 1024 * 1024, "at most 1 MB"),
        ("empty.txt", b"", "it is empty"),
        ("photo.png", b"<script>", "not what its name says"),
        ("photo.png", b"\xff\xd8\xff", "not what its name says"),
        ("letter.docx", b"plain", "not what its name says"),
        ("notes.txt", b"a\0b", "not what its name says"),
    ],
)
def test_a_file_that_is_not_sent_says_why(name: str, content: bytes, why: str) -> None:
    with pytest.raises(WrongFile, match=why):
        checked(name, content, most_mb=1)


def test_where_none_can_be_sent_none_is() -> None:
    with pytest.raises(WrongFile, match="cannot be sent"):
        checked("photo.png", PNG, most_mb=0)


def test_a_file_is_sent_as_what_it_is() -> None:
    sent = checked("photo.PNG", PNG, most_mb=1)
    assert (sent.name, sent.media_type) == ("photo.PNG", "image/png")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("annex\u202efdp.exe", "annexfdp.exe"),
        ("a\0b\n.txt", "ab.txt"),
        (None, ""),
        ("..", ""),
    ],
)
def test_a_name_is_a_name(given: str | None, kept: str) -> None:
    assert file_name(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    assert file_name("x" * 500 + ".pdf").endswith("x….pdf")
    assert len(file_name("x" * 500 + ".pdf")) <= 200


def test_sizes_are_told_as_people_say_them() -> None:
    assert [size_words(size) for size in (12, 2048, 3_500_000)] == ["12 bytes", "2 KB", "3.3 MB"]
