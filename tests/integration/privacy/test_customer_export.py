"""What is handed out is all of the person's, and nobody else's."""

from __future__ import annotations

import io
import json
import zipfile
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.privacy.exporting import write_export
from bot.privacy.persons import customers_by, person_of
from bot.storage.channel_tables import links
from bot.storage.database import Database
from bot.storage.tables import metadata
from tests.conftest import Clock
from tests.support.canaries import AT, Canaries

pytestmark = pytest.mark.integration

# Ours, or nobody's to hand out: what a colleague has drafted or noted on their own work, what opens something,
# what was made of words that are handed out themselves.
LEFT_OUT = {
    *("desk_drafts", "desk_viewing", "proof_attempts", "saved_filters", "evaluation_runs", "helpdesk_events", "audit"),
    *("shop_changes", "shop_payment_methods", "shop_shipments"),  # the shop's
    "attachment_contents",  # files of their own
}
HIDDEN = {"code_hash", "key", "leased_by", "token_hash"}


def exported(database: Database, canaries: Canaries, clock: Clock) -> dict[str, bytes]:
    def work(connection: sa.Connection) -> bytes:
        person = person_of(connection, [canaries.customer_id])
        assert person is not None
        stream = io.BytesIO()
        write_export(connection, person, stream, now=clock(), zone=ZoneInfo("Europe/London"))
        return stream.getvalue()

    with zipfile.ZipFile(io.BytesIO(database.read_now(work))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_everything_of_the_person_and_nothing_of_another(migrated: Database, clock: Clock) -> None:
    one, other = Canaries("Vogelfrei"), Canaries("Bleibtreu")
    migrated.write_now(one.release)
    migrated.write_now(lambda connection: other.release(connection, shared=one.rows))
    files = exported(migrated, one, clock)
    text = b"".join(files.values()).decode("utf-8", "replace")
    missing = {where for where, word in one.texts.items() if word not in text and _is_told(where, word, one)}
    assert missing == set()
    assert "Bleibtreu" not in text
    assert str(other.chat) not in text
    told = json.loads(files["customer.json"])
    assert told["customers"] == [one.customer_id]
    assert "agent_id" not in told["rows"]["notes"][0]
    (attached,) = (content for name, content in files.items() if name.startswith("attachments/"))
    assert attached.decode() == one.texts["attachment_contents.content"]
    (talk,) = (content for name, content in files.items() if name.startswith("conversations/"))
    assert f"You: {one.texts['messages.edited_text']}" in talk.decode()


def _is_told(where: str, word: str, canaries: Canaries) -> bool:
    """Whether a text stands in a row that is to be handed out."""
    table, _, column = where.partition(".")
    there = table in canaries.rows and word in str(canaries.rows[table].get(column))
    return there and table not in LEFT_OUT and column not in HIDDEN


def test_a_file_s_name_leads_nowhere(migrated: Database, clock: Clock) -> None:
    one = Canaries("Vogelfrei")
    migrated.write_now(one.release)
    attachments = metadata.tables["attachments"]
    migrated.write_now(
        lambda connection: connection.execute(sa.update(attachments).values(name="../../../etc/pass wd\n"))
    )
    (name,) = (name for name in exported(migrated, one, clock) if name.startswith("attachments/"))
    assert name.count("/") == 1
    assert ".." not in name


def test_people_are_found_by_what_one_knows_of_them(migrated: Database) -> None:
    one, other = Canaries("Vogelfrei"), Canaries("Bleibtreu")
    migrated.write_now(one.release)
    migrated.write_now(lambda connection: other.release(connection, shared=one.rows))

    def by(**named: str) -> list[str]:
        return migrated.read_now(lambda connection: customers_by(connection, **named))

    assert by(customer=one.customer_id) == [one.customer_id]
    assert by(telegram=str(one.chat)) == [one.customer_id]
    assert by(conversation=one.conversation_id) == [one.customer_id]
    assert by(email=one.texts["shop_customers.email"].upper()) == [one.customer_id]
    assert by(email="%@%") == by(email="") == by(customer="x") == by(telegram="' OR 1") == []


def test_whom_a_link_made_one_is_one_person_until_it_is_undone(migrated: Database) -> None:
    one, other = Canaries("Vogelfrei"), Canaries("Bleibtreu")
    migrated.write_now(one.release)
    migrated.write_now(lambda connection: other.release(connection, shared=one.rows))
    joined = {"from_customer_id": other.customer_id, "to_customer_id": one.customer_id}
    own = links.c.id == one.rows["links"]["id"]
    migrated.write_now(lambda connection: connection.execute(sa.update(links).where(own).values(joined)))

    def ids() -> set[str]:
        person = migrated.read_now(lambda connection: person_of(connection, [one.customer_id]))
        assert person is not None
        return set(person.customer_ids)

    assert ids() == {one.customer_id, other.customer_id}
    undone = {"undone_at": AT, "undone_by": "customer"}
    migrated.write_now(lambda connection: connection.execute(sa.update(links).where(own).values(undone)))
    assert ids() == {one.customer_id}
