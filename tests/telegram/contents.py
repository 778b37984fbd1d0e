"""What a user may send besides text, in the Bot API's form."""

from __future__ import annotations

from tests.telegram.entities import Formatted, fixed
from tests.telegram.model import StoredFile, Wire
from tests.telegram.pictures import SMALL_PNG, picture_kind
from tests.telegram.sending import caption_content, document_wire, photo_sizes
from tests.telegram.state import State

Content = tuple[Wire, list[str]]  # and the files in it


def caption(text: str) -> Wire:
    return caption_content(fixed(Formatted(text), empty=None))


def photo(state: State, body: bytes | None, text: str, *, size: int = 0) -> Content:
    kind = picture_kind(body or SMALL_PNG) or "image/jpeg"
    file = state.new_file(body or SMALL_PNG, mime=kind, folder="photos", suffix=".jpg", size=size)
    return {"photo": photo_sizes(file), **caption(text)}, [file.id]


def document(state: State, body: bytes, name: str, text: str, *, mime: str, size: int = 0) -> Content:
    file = state.new_file(body, mime=mime, folder="documents", suffix="", name=name, size=size)
    return {"document": document_wire(file), **caption(text)}, [file.id]


def recording(state: State, kind: str, seconds: int, text: str = "") -> Content:
    """A voice message, video, video note, audio or animation."""
    mime = {"voice": "audio/ogg", "audio": "audio/mpeg"}.get(kind, "video/mp4")
    file = state.new_file(b"OggS", mime=mime, folder=kind, suffix=".oga" if kind == "voice" else ".mp4")
    found = {**_named(file), "duration": seconds, "file_size": file.size}
    if kind == "video_note":
        found["length"] = 240
    else:
        found["mime_type"] = mime
    if kind in ("video", "animation"):
        found |= {"width": 320, "height": 240}
    return {kind: found, **caption(text)}, [file.id]


def sticker(state: State, emoji: str) -> Content:
    file = state.new_file(SMALL_PNG, mime="image/webp", folder="stickers", suffix=".webp")
    shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
    return {"sticker": {**_named(file), **shape, "emoji": emoji, "file_size": file.size}}, [file.id]


def location(latitude: float, longitude: float) -> Wire:
    return {"location": {"latitude": latitude, "longitude": longitude}}


def venue(title: str, address: str, latitude: float, longitude: float) -> Wire:
    """A place; Telegram repeats its position beside it."""
    position = location(latitude, longitude)
    return {"venue": {**position, "title": title, "address": address}, **position}


def contact(phone: str, first_name: str, user_id: int | None) -> Wire:
    """A shared contact; without `user_id` it is nobody whom Telegram knows."""
    owner = {"user_id": user_id} if user_id else {}
    return {"contact": {"phone_number": phone, "first_name": first_name, **owner}}


def poll(state: State, question: str, options: list[str]) -> Wire:
    return {
        "poll": {
            "id": str(state.new_number()),
            "question": question,
            "options": [
                {"persistent_id": str(number), "text": option, "voter_count": 0}
                for number, option in enumerate(options)
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
    }


def dice(state: State, emoji: str) -> Wire:
    return {"dice": {"emoji": emoji, "value": state.rng.randint(1, 6)}}


def forwarded_from(first_name: str, date: int) -> Wire:
    """What marks a message as forwarded, from somebody who hides their account."""
    return {"forward_origin": {"type": "hidden_user", "date": date, "sender_user_name": first_name}}


def _named(file: StoredFile) -> Wire:
    return {"file_id": file.id, "file_unique_id": file.unique_id}
