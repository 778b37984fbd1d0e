"""The door of the engine: what comes in is parsed into typed values here or refused, what goes out is shaped here.

Knows nothing of Rasa, and nothing of HTTP beyond the bytes of a body.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.engine.errors import BadHistory, BadRequest, StartError

MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_TEXT = 20_000  # the app's own limit is lower; this one only keeps a turn's cost bounded
MAX_HISTORY_EVENTS = 5_000
MAX_TEXTS_TO_ENCODE = 64
RANKING_LENGTH = 5


@dataclass(frozen=True)
class Message:
    """What the customer said (`text`), and the payload of the button if it was one."""

    id: str
    text: str
    payload: str | None
    metadata: Mapping[str, Any]

    @property
    def channel(self) -> str | None:
        """The channel's name, for responses that differ by channel."""
        channel = self.metadata.get("channel")
        return channel if isinstance(channel, str) else None


@dataclass(frozen=True)
class TurnRequest:
    conversation: str
    history: Sequence[Mapping[str, Any]]
    context: Mapping[str, Any]
    message: Message


@dataclass(frozen=True)
class EncodeRequest:
    """Texts that are wanted as vectors, and by which encoder."""

    texts: Sequence[str]
    encoder: str


@dataclass(frozen=True)
class LaunchSettings:
    """What the engine is told at its start, as one line of JSON on standard input; it holds the secrets."""

    port: int
    secret: str
    model: Path
    actions_url: str
    actions_secret: str
    action_timeout: float  # seconds
    order_number_pattern: str | None = None  # None: as the pipeline's own settings say
    languages: Path | None = None  # the folder of what is said in other languages than the domain's


def parse_turn(body: bytes) -> TurnRequest:
    """Reads the body of `POST /turn`.

    Raises:
        BadRequest: the body is not what the protocol says, or nested too deep.
        BadHistory: the history is not a list of events.
    """
    document = _json_object(body)
    history = document.get("history")
    if not isinstance(history, list) or len(history) > MAX_HISTORY_EVENTS:
        raise BadHistory(f"history must be a list of at most {MAX_HISTORY_EVENTS} events")
    for position, event in enumerate(history):
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            raise BadHistory(f"history[{position}] is not an event")
    context = document.get("context")
    if context is None:
        context = {}
    if not isinstance(context, dict):
        raise BadRequest("context must be an object of slot values")
    return TurnRequest(
        conversation=_text(document, "conversation", most=255),
        history=history,
        context=context,
        message=_parse_message(document.get("message")),
    )


def parse_encode(body: bytes) -> EncodeRequest:
    """Reads the body of `POST /encode`.

    Raises:
        BadRequest: the body is not what the protocol says, or nested too deep.
    """
    document = _json_object(body)
    texts = document.get("texts")
    if not isinstance(texts, list) or len(texts) > MAX_TEXTS_TO_ENCODE:
        raise BadRequest(f"texts must be a list of at most {MAX_TEXTS_TO_ENCODE} texts")
    if not all(isinstance(text, str) and len(text) <= MAX_TEXT for text in texts):
        raise BadRequest(f"texts must be a list of texts of at most {MAX_TEXT} characters")
    return EncodeRequest(texts=texts, encoder=_text(document, "encoder", most=50))


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except RecursionError:
        raise BadRequest("the body is nested too deep") from None
    except ValueError:  # also what is not UTF-8
        raise BadRequest("the body is not JSON") from None
    if not isinstance(document, dict):
        raise BadRequest("the body must be a JSON object")
    return document


def _parse_message(message: Any) -> Message:
    if not isinstance(message, dict):
        raise BadRequest("message must be an object")
    payload = message.get("payload")
    if payload is not None and (not isinstance(payload, str) or not payload or len(payload) > MAX_TEXT):
        raise BadRequest(f"message.payload must be null or a text of 1 to {MAX_TEXT} characters")
    metadata = message.get("metadata")
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, dict):
        raise BadRequest("message.metadata must be an object")
    return Message(
        id=_text(message, "id", most=255),
        text=_text(message, "text", most=MAX_TEXT, least=0),
        payload=payload,
        metadata=metadata,
    )


def _text(document: Mapping[str, Any], key: str, *, most: int, least: int = 1) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise BadRequest(f"{key} must be a text of {least} to {most} characters")
    return value


def reply_from_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Shapes a `bot` event as the protocol's reply; extra keys of buttons and `custom` come through untouched."""
    data = event.get("data") or {}
    metadata = event.get("metadata") or {}
    image = data.get("image")
    attachment = data.get("attachment")
    return {
        "text": event.get("text"),
        "buttons": [*(data.get("buttons") or []), *(data.get("quick_replies") or [])],
        "image": image,
        # Rasa repeats the image here when there is no attachment.
        "attachment": None if attachment == image else attachment,
        "custom": data.get("custom"),
        "response": metadata.get("utter_action"),
        "metadata": metadata.get("metadata") or {},
    }


def understanding_from(parse_data: Mapping[str, Any], text: str) -> dict[str, Any]:
    intent = parse_data.get("intent") or {}
    ranking = parse_data.get("intent_ranking") or []
    return {
        "intent": _named(intent),
        "ranking": [_named(candidate) for candidate in ranking[:RANKING_LENGTH]],
        "entities": list(parse_data.get("entities") or []),
        "text": text,
    }


def _named(intent: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": intent.get("name"), "confidence": float(intent.get("confidence") or 0.0)}


def parse_launch(line: str) -> LaunchSettings:
    """Reads the line of settings from standard input.

    Raises:
        StartError: a setting is missing or cannot be; its value is not repeated, it may be a secret.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise StartError(
            "the engine's settings must be one line of JSON on standard input; `bellhop up` sends it "
            "(bot.engine.server is not meant to be started by hand: for a chat in the terminal use `rasa shell`)"
        )
    port = document.get("port")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= 65535:
        raise StartError("setting `port` of the engine must be a number from 0 to 65535 (0: any free one)")
    timeout = document.get("action_timeout", 8.0)
    if not isinstance(timeout, (int, float)) or isinstance(timeout, bool) or not 0 < timeout <= 600:
        raise StartError("setting `action_timeout` of the engine must be a number of seconds above 0, at most 600")
    languages = document.get("languages")
    if languages is not None and not isinstance(languages, str):
        raise StartError("setting `languages` of the engine must be the path of a folder, or null")
    pattern = document.get("order_number_pattern")
    if pattern is not None and not isinstance(pattern, str):
        raise StartError("setting `order_number_pattern` of the engine must be a regular expression, or null")
    actions_url = _setting(document, "actions_url")
    if not actions_url.startswith(("http://", "https://")):
        raise StartError("setting `actions_url` of the engine must start with http:// or https://")
    return LaunchSettings(
        port=port,
        secret=_setting(document, "secret"),
        model=Path(_setting(document, "model")),
        actions_url=actions_url,
        actions_secret=_setting(document, "actions_secret"),
        action_timeout=float(timeout),
        order_number_pattern=pattern or None,
        languages=Path(languages) if languages else None,
    )


def _setting(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value.strip():
        raise StartError(f"setting `{name}` of the engine is missing or not a text")
    return value
