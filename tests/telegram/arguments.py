"""The arguments of a call, whichever way they came: query, form, multipart or JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.telegram.refusals import bad_request
from tests.telegram.strings import check_utf8

_NAME = re.compile(rb'\bname="([^"]*)"', re.IGNORECASE)
_FILENAME = re.compile(rb'\bfilename="([^"]*)"', re.IGNORECASE)
_TYPE = re.compile(rb"^content-type:\s*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Upload:
    """A part of a multipart body that is a file."""

    name: str
    mime: str
    body: bytes


@dataclass(frozen=True)
class Arguments:
    """Named values as they came; a form's are all strings."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    @classmethod
    def read(cls, query: str, content_type: str, body: bytes) -> Arguments:
        """Parse a request. Raises Refused."""
        values: dict[str, Any] = dict(_form(query.encode()))
        files: dict[str, Upload] = {}
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "application/json":
            values |= _json_object(body)
        elif kind == "multipart/form-data":
            fields, files = _multipart(content_type, body)
            values |= fields
        else:
            values |= _form(body)
        return cls(values, files)

    def recorded(self) -> dict[str, Any]:
        """The arguments with what is JSON in them parsed, for those who look at a call."""
        return {name: _parsed(value) for name, value in self.values.items()}

    def text(self, name: str, default: str = "") -> str:
        """A string, which must be UTF-8."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            value = "true" if value else "false"
        text = value if isinstance(value, str) else str(value)
        check_utf8(text)
        return text

    def given(self, name: str) -> bool:
        return self.values.get(name) not in (None, "")

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).strip().lower() in ("true", "1", "yes", "t")

    def integer(self, name: str, default: int = 0) -> int:
        """A number; what is none counts as absent, as with Telegram."""
        try:
            return int(str(self.values.get(name)).strip())
        except ValueError:
            return default

    def json(self, name: str) -> Any:
        """A structure: an object or array, or a string with its JSON. Raises Refused."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value.strip():
            return None if value == "" else value
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None


def _parsed(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _form(body: bytes) -> dict[str, str]:
    # What is not UTF-8 becomes half a surrogate pair, and is found where the text is looked at.
    pairs = parse_qsl(body.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")
    return dict(pairs)


def _json_object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        found = json.loads(body.decode("utf-8", "surrogateescape"))
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(found, dict):
        raise bad_request("can't parse JSON object: expected an Object")
    return {name: value for name, value in found.items() if value is not None}


def _multipart(content_type: str, body: bytes) -> tuple[dict[str, str], dict[str, Upload]]:
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if match is None:
        raise bad_request("can't parse multipart form: no boundary")
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in body.split(b"--" + match.group(1).encode())[1:]:
        head, blank, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not blank or name is None:
            continue
        content = content.removesuffix(b"\r\n")
        key = name.group(1).decode("utf-8", "replace")
        if filename := _FILENAME.search(head):
            kind = _TYPE.search(head)
            files[key] = Upload(
                filename.group(1).decode("utf-8", "replace"),
                kind.group(1).decode("latin-1").strip() if kind else "application/octet-stream",
                content,
            )
        else:
            fields[key] = content.decode("utf-8", "surrogateescape")
    return fields, files
