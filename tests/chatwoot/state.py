"""What the tests' Chatwoot keeps, and how it shows that in answers and in webhooks."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
TYPES = {"incoming": 0, "outgoing": 1, "activity": 2, "template": 3}


@dataclass
class User:
    """Somebody who works there."""

    id: int
    name: str

    def shown(self) -> Json:
        return {"id": self.id, "name": self.name, "email": f"{self.id}@shop.example", "type": "user"}


@dataclass
class Contact:
    """Somebody who writes."""

    id: int
    identifier: str | None
    name: str
    attributes: Json
    source_ids: dict[int, str] = field(default_factory=dict)

    def shown(self) -> Json:
        inboxes = [{"source_id": source, "inbox": {"id": inbox}} for inbox, source in self.source_ids.items()]
        return {
            "id": self.id,
            "identifier": self.identifier,
            "name": self.name,
            "custom_attributes": self.attributes,
            "contact_inboxes": inboxes,
        }


@dataclass
class Said:
    """One message."""

    id: int
    content: str
    message_type: str
    private: bool
    created_at: float
    attributes: Json
    sender: Json | None
    attachments: list[Json] = field(default_factory=list)

    def listed(self, conversation: int) -> Json:
        """As the application API shows it: the type is a number."""
        return {
            "id": self.id,
            "content": self.content,
            "message_type": TYPES[self.message_type],
            "private": self.private,
            "created_at": int(self.created_at),
            "content_attributes": self.attributes,
            "conversation_id": conversation,
            "sender": self.sender,
            **({"attachments": self.attachments} if self.attachments else {}),
        }

    def pushed(self) -> Json:
        """As a webhook shows it: the type is a word, the time too."""
        return {
            "id": self.id,
            "content": self.content,
            "message_type": self.message_type,
            "private": self.private,
            "created_at": "2026-03-02T09:00:00.000Z",
            "content_type": "text",
            "content_attributes": self.attributes,
            "source_id": None,
            "sender": self.sender,
            **({"attachments": self.attachments} if self.attachments else {}),
        }


@dataclass
class Talk:
    """One conversation."""

    id: int
    inbox_id: int
    contact: Contact
    status: str
    attributes: Json
    assignee: User | None = None
    labels: list[str] = field(default_factory=list)
    messages: list[Said] = field(default_factory=list)

    def shown(self) -> Json:
        """As answers and webhooks show it: without the account."""
        return {
            "id": self.id,
            "inbox_id": self.inbox_id,
            "status": self.status,
            "labels": self.labels,
            "custom_attributes": self.attributes,
            "channel": "Channel::Api",
            "meta": {
                "sender": {"id": self.contact.id, "name": self.contact.name, "type": "contact"},
                "assignee": self.assignee.shown() if self.assignee else None,
            },
            "messages": [],
        }

    def of(self, kind: str, *, private: bool = False) -> list[str]:
        """What was said of that kind, in order."""
        return [said.content for said in self.messages if said.message_type == kind and said.private == private]

    @property
    def notes(self) -> list[str]:
        return self.of("outgoing", private=True)

    @property
    def incoming(self) -> list[str]:
        return self.of("incoming")


@dataclass
class Kept:
    """All that is there."""

    contacts: dict[int, Contact] = field(default_factory=dict)
    talks: dict[int, Talk] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    talk_numbers: Any = field(default_factory=lambda: itertools.count(1))
