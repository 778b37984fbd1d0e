"""Which of Chatwoot's messages are an agent's words for the customer, and which are not."""

from __future__ import annotations

import pytest

from bot.helpdesk.chatwoot import events
from bot.helpdesk.chatwoot.events import File, Person, Said

ROBIN = {"id": 4, "name": "Robin", "type": "user"}
REPLY = {"id": 9, "content": "Hello", "message_type": "outgoing", "private": False, "sender": ROBIN}


def test_an_agents_public_message_is_for_the_customer() -> None:
    said = Said(9, Person(4, "Robin"), "Hello", ())
    assert events.said_in(REPLY) == said
    assert events.said_in(REPLY | {"message_type": 1, "content_attributes": None}) == said


@pytest.mark.parametrize(
    "other",
    [
        {"private": True},
        {"message_type": "incoming"},
        {"message_type": 0},
        {"message_type": "template"},
        {"message_type": 2},
        {"sender": ROBIN | {"type": "agent_bot"}},
        {"sender": ROBIN | {"type": "contact"}},
        {"sender": None},
        {"id": "9"},
        {"content_attributes": {"bellhop": "packet:1"}},
        {"content_attributes": {"deleted": True}},
        {"content_attributes": {"automation_rule_id": 3}},
    ],
)
def test_nothing_else_is(other) -> None:
    assert events.said_in(REPLY | other) is None


def test_files_are_told_with_where_they_lie() -> None:
    entry = {"file_type": "file", "data_url": "https://c.example/rails/1/label.pdf?x=1", "extension": "pdf"}
    said = events.said_in(REPLY | {"content": None, "attachments": [entry, {"data_url": None}, 7]})
    assert said is not None
    assert (said.text, said.files) == (
        "",
        (File("label.pdf", "https://c.example/rails/1/label.pdf?x=1", "application/pdf"),),
    )


def test_other_accounts_and_inboxes_are_not_ours() -> None:
    assert events.is_ours({"account": {"id": 3}, "conversation": {"id": 1, "inbox_id": 7}}, 3, 7)
    assert events.is_ours({"event": "x"}, 3, 7)
    assert not events.is_ours({"account": {"id": 4}, "inbox": {"id": 7}}, 3, 7)
    assert not events.is_ours({"account": {"id": 3}, "id": 1, "inbox_id": 8}, 3, 7)


def test_a_signature_is_over_moment_and_body() -> None:
    signed = events.signature("secret", "1700000000", b"{}")
    assert signed == "sha256=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163"
    assert signed != events.signature("secret", "1700000001", b"{}")
