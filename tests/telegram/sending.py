"""`sendMessage`, `sendPhoto`, `sendDocument` and `sendChatAction`."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from tests.telegram.entities import Formatted
from tests.telegram.keyboards import check_markup
from tests.telegram.links import checked_link, on_a_private_network
from tests.telegram.model import Chat, StoredFile, Wire
from tests.telegram.pictures import MOST_FILE_BYTES, MOST_PHOTO_BYTES, SMALL_PNG, fits, picture_kind, picture_size
from tests.telegram.refusals import bad_request
from tests.telegram.replies import Request

CHAT_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def send_message(request: Request) -> Wire:
    chat = request.writable_chat()
    text = request.text()
    return _sent(request, chat, text_content(text), [])


def send_photo(request: Request) -> Wire:
    chat = request.writable_chat()
    caption = request.caption()
    photo = _photo(request)
    content = {"photo": photo_sizes(photo), **caption_content(caption)}
    if request.arguments.flag("has_spoiler"):
        content["has_media_spoiler"] = True
    return _sent(request, chat, content, [photo.id])


def send_document(request: Request) -> Wire:
    chat = request.writable_chat()
    caption = request.caption()
    document = _document(request)
    return _sent(request, chat, {"document": document_wire(document), **caption_content(caption)}, [document.id])


def send_chat_action(request: Request) -> bool:
    chat = request.writable_chat()
    if request.arguments.text("action") not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    request.state.typing[request.bot.id, chat.id] += 1
    return True


def text_content(text: Formatted) -> Wire:
    entities = [entity.wire() for entity in text.entities]
    return {"text": text.text} | ({"entities": entities} if entities else {})


def caption_content(caption: Formatted) -> Wire:
    if not caption.text:
        return {}
    entities = [entity.wire() for entity in caption.entities]
    return {"caption": caption.text} | ({"caption_entities": entities} if entities else {})


def photo_sizes(photo: StoredFile) -> list[Wire]:
    """A photo in the sizes that Telegram makes of it: here, a small one and itself."""
    width, height = picture_size(photo.body)
    whole = {"file_id": photo.id, "file_unique_id": photo.unique_id, "file_size": photo.size}
    small = {"file_id": photo.id, "file_unique_id": f"{photo.unique_id}s", "width": 90, "height": 90}
    return [small, {**whole, "width": width, "height": height}]


def document_wire(document: StoredFile) -> Wire:
    return {
        "file_id": document.id,
        "file_unique_id": document.unique_id,
        "file_name": document.name or PurePosixPath(document.path).name,
        "mime_type": document.mime,
        "file_size": document.size,
    }


def _sent(request: Request, chat: Chat, content: Wire, file_ids: list[str]) -> Wire:
    """Store a message and return it. Only what is accepted counts against the limits."""
    markup = check_markup(request.arguments.json("reply_markup"))
    reply_to = _reply_to(request, chat)
    request.bot.pacer.send(chat.id, group=chat.is_group, now=request.state.clock())
    sender = None if chat.type == "channel" else request.bot.account
    message = request.state.new_message(
        request.bot,
        chat,
        sender,
        content,
        markup=markup,
        reply_to=reply_to,
        silent=request.arguments.flag("disable_notification"),
        more={"has_protected_content": True} if request.arguments.flag("protect_content") else {},
        file_ids=file_ids,
    )
    return message.wire()


def _reply_to(request: Request, chat: Chat) -> int | None:
    given = request.arguments.json("reply_parameters")
    wanted = given.get("message_id") if isinstance(given, dict) else request.arguments.integer("reply_to_message_id")
    if not wanted:
        return None
    answered = chat.messages.get(int(wanted))
    if answered is not None and not answered.deleted:
        return answered.id
    settings = given if isinstance(given, dict) else request.arguments.values
    if settings.get("allow_sending_without_reply") in (True, "true", "True", "1"):
        return None
    raise bad_request("message to be replied not found")


def _photo(request: Request) -> StoredFile:
    """The photo: an upload, an address, or one that Telegram has."""
    body = _uploaded(request, "photo")
    if body is None:
        return _by_reference(request, "photo", photo=True)
    if len(body) > MOST_PHOTO_BYTES:
        raise bad_request("PHOTO_SAVE_FILE_INVALID")
    kind = picture_kind(body)
    if kind is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if not fits(picture_size(body)):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return request.state.new_file(body, mime=kind, folder="photos", suffix=mimetypes.guess_extension(kind) or ".jpg")


def _document(request: Request) -> StoredFile:
    body = _uploaded(request, "document")
    if body is None:
        return _by_reference(request, "document", photo=False)
    if len(body) > MOST_FILE_BYTES:
        raise bad_request("file is too big")
    if not body:
        raise bad_request("file must be non-empty")
    upload = request.arguments.files[_upload_name(request, "document")]
    suffix = PurePosixPath(upload.name).suffix
    return request.state.new_file(body, mime=upload.mime, folder="documents", suffix=suffix, name=upload.name)


def _upload_name(request: Request, name: str) -> str:
    return request.arguments.text(name).removeprefix("attach://") or name


def _uploaded(request: Request, name: str) -> bytes | None:
    """The bytes of an upload; it may be named by `attach://`."""
    if request.arguments.text(name).startswith("attach://") or name in request.arguments.files:
        upload = request.arguments.files.get(_upload_name(request, name))
        return upload.body if upload else b""
    return None


def _by_reference(request: Request, name: str, *, photo: bool) -> StoredFile:
    given = request.arguments.text(name)
    if not given:
        raise bad_request(f"there is no {name} in the request")
    if file := request.state.files.get(given):
        return file
    if not given.startswith(("http://", "https://")) or checked_link(given) is None:
        if given.startswith(("http://", "https://")) and on_a_private_network(given):
            raise bad_request("failed to get HTTP URL content")
        raise bad_request("wrong file identifier/HTTP URL specified")
    return _fetched(request, given, photo=photo)


def _fetched(request: Request, url: str, *, photo: bool) -> StoredFile:
    """What Telegram would fetch from the network. The sandbox asks nobody and takes a public address as it is."""
    if on_a_private_network(url):
        raise bad_request("failed to get HTTP URL content")
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    if photo and suffix in (".svg", ".html", ".txt", ".pdf"):
        raise bad_request("wrong type of the web page content")
    folder = "photos" if photo else "documents"
    mime = mimetypes.guess_type(f"x{suffix}")[0] or "image/png"
    return request.state.new_file(SMALL_PNG, mime=mime, folder=folder, suffix=suffix or ".png")
