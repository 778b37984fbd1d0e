"""What becomes of every column of every table when a customer is erased: the decision, as data; does nothing.

A test holds this list against the tables, so that a new column cannot be forgotten. docs/privacy.md tells it in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.storage import article_tables, case_tables, channel_tables, desk_tables, insight_tables, shop_tables, tables

# Importing them is what makes their tables known.
MODULES = (tables, article_tables, case_tables, channel_tables, desk_tables, insight_tables, shop_tables)


class Fate(StrEnum):
    """What erasing does with a column of a customer's rows."""

    KEPT = "kept"  # numbers, times, random ids, words of ours: tells nothing of a person
    EMPTIED = "emptied"  # nothing stands in it afterwards
    DELETED = "deleted"  # the row goes
    REPLACED = "pseudonymised"  # something stands in its place that tells nothing of a person
    SHOP = "the shop's"  # stays: the embedded shop's own; emptied where the shop itself forgets its customer


class Of(StrEnum):
    """How the rows of a customer are found."""

    CONVERSATION = "conversation_id"
    MESSAGE = "message_id"
    SURVEY = "survey_id"
    IDENTITY = "identity_id"
    CUSTOMER = "customer_id"
    SEARCHED = "searched for what is known of the customer"
    NOBODY = "no customer's"
    SHOP = "the embedded shop's"


@dataclass(frozen=True, slots=True)
class TableFate:
    """The decision for one table.

    `with_age`: done as well when a conversation is older than conversations are kept, though nobody asked.
    """

    of: Of
    columns: Mapping[str, Fate]
    with_age: bool = False

    @property
    def deleted(self) -> bool:
        """Whether whole rows go."""
        return set(self.columns.values()) == {Fate.DELETED}

    def named(self, fate: Fate) -> list[str]:
        """The columns of that fate."""
        return [name for name, one in self.columns.items() if one is fate]


def _table(
    of: Of, *, kept: str = "", emptied: str = "", replaced: str = "", shop: str = "", with_age: bool = False
) -> TableFate:
    told = {Fate.KEPT: kept, Fate.EMPTIED: emptied, Fate.REPLACED: replaced, Fate.SHOP: shop}
    return TableFate(of, {name: fate for fate, names in told.items() for name in names.split()}, with_age)


def _deleted(of: Of, columns: str, *, with_age: bool = False) -> TableFate:
    return TableFate(of, dict.fromkeys(columns.split(), Fate.DELETED), with_age)


# What stands in a column that is emptied and may not be null, where that is not "" or {}.
EMPTY: Mapping[str, Any] = {
    "turns.events": [],
    "turns.effects": [],
    "conversations.history": [],
    "cases.items": [],
}

_C, _M = Of.CONVERSATION, Of.MESSAGE

FATES: Mapping[str, TableFate] = {
    # -- customers and conversations --
    "customers": _table(
        Of.CUSTOMER, kept="id locale created_at", emptied="shop_customer_id name", replaced="erased_at"
    ),
    "identities": _table(
        Of.CUSTOMER, kept="id customer_id channel created_at", replaced="external_id blocked_at"
    ),  # a new message of theirs makes a new customer
    "conversations": _table(
        Of.CUSTOMER,
        kept="id customer_id previous_id channel identity_id shared locale state owner end_reason last_seq turns "
        "created_at active_at ended_at",
        emptied="prompt history leased_by leased_until",
        replaced="emptied_at",
        with_age=True,
    ),
    "messages": _table(
        _C,
        kept="id conversation_id seq channel author_kind agent_id kind response expects in_reply_to created_at "
        "handled_at answered_with quotes_id",
        emptied="external_id text payload choices cards edited_text edited_at",
        replaced="author_name",  # stays where it is one of our people's
        with_age=True,
    ),
    "message_edits": _deleted(_M, "channel external_id edited_at text", with_age=True),
    "choices": _deleted(_C, "id message_id conversation_id position title payload value", with_age=True),
    "turns": _table(
        _C,
        kept="message_id conversation_id number model attempts engine_ms actions_ms finished_at",
        emptied="events effects",
        replaced="understanding",  # the intent's name, how sure that was, and what failed
        with_age=True,
    ),
    "deliveries": _table(
        _C,
        kept="message_id channel conversation_id identity_id seq state attempts part parts copy next_at updated_at",
        emptied="external_id error",
        with_age=True,
    ),
    "delivery_parts": _table(_M, kept="message_id channel part outcome at", emptied="external_id", with_age=True),
    "attachments": _table(
        _M,
        kept="id message_id position channel kind attempts next_at",
        emptied="details file_id name media_type size",
        replaced="state",
        with_age=True,
    ),
    "attachment_contents": _deleted(_M, "attachment_id content", with_age=True),
    # -- ends --
    "surveys": _table(
        _C,
        kept="id conversation_id message_id about score changes due_at asked_at reminded_at answered_at closes_at",
        emptied="comment",
        replaced="state exempt_reason",  # one that is still open is exempt from now on
        with_age=True,
    ),
    "extra_questions": _table(
        Of.SURVEY, kept="id survey_id kind state score message_id asked_at answered_at closes_at"
    ),
    "reviews": _table(
        _C,
        kept="id survey_id conversation_id score language asked_at decided_at published_at published_by",
        emptied="name text",
        replaced="state",  # withdrawn
    ),
    "follow_ups": _table(
        _C,
        kept="id survey_id conversation_id agent_id created_at due_at",
        emptied="note",
        replaced="state outcome closed_at",
        with_age=True,
    ),
    "callbacks": _table(
        _C, kept="id conversation_id reason created_at", emptied="contact", replaced="state closed_at", with_age=True
    ),
    "cases": _table(
        _C,
        kept="id conversation_id kind level opened_at due_at agent_id",
        emptied="shop_customer_id order_number items words contact",
        replaced="key status done_at",  # the key is a hash that could be guessed at
        with_age=True,
    ),
    # -- who may see what --
    "verifications": _table(
        _C,
        kept="id conversation_id level method granted_at",
        emptied="order_id",
        replaced="shop_customer_id expires_at",
    ),
    "one_time_codes": _deleted(
        _C, "id conversation_id message_id shop_customer_id code_hash created_at expires_at used_at", with_age=True
    ),
    "proof_attempts": _deleted(_C, "key conversation_id subject succeeded outcome at", with_age=True),
    "mails": _deleted(
        Of.SEARCHED,
        "id conversation_id recipient subject body state attempts error created_at next_at sent_at",
        with_age=True,
    ),
    # -- several channels --
    "link_tokens": _table(
        Of.IDENTITY, kept="id token_hash identity_id to_channel created_at used_at used_by", replaced="expires_at"
    ),
    "links": _table(
        Of.IDENTITY, kept="id identity_id from_customer_id to_customer_id token_id created_at undone_at undone_by"
    ),
    "participants": _table(_C, kept="conversation_id identity_id joined_at left_at"),
    "duties": _table(Of.NOBODY, kept="name holder until"),
    "telegram_updates": _table(
        Of.SEARCHED,
        kept="bot_id update_id attempts received_at next_at",
        emptied="body",
        replaced="chat_id outcome handled_at",
    ),
    "telegram_calls": _deleted(Of.SEARCHED, "id key chat_id method arguments state attempts error created_at next_at"),
    "telegram_groups": _table(Of.NOBODY, kept="chat_id told_at migrated_to"),  # groups are told to write in private
    # -- articles --
    "article_showings": _table(
        _C, kept="id conversation_id message_id slug language passage shown_at helpful judged_at"
    ),
    "unanswered_questions": _deleted(_C, "id conversation_id message_id text language intent asked_at", with_age=True),
    # -- our people --
    "agents": _table(
        Of.NOBODY,
        kept="id email name password_hash role state languages capacity presence seen_at must_change_password demo "
        "preferences created_at disabled_at",
    ),
    "teams": _table(Of.NOBODY, kept="id name created_at"),
    "team_members": _table(Of.NOBODY, kept="team_id agent_id"),
    "staff_sessions": _table(Of.NOBODY, kept="id agent_id created_at seen_at expires_at address browser"),
    "sign_in_attempts": _table(Of.NOBODY, kept="id subject at"),
    "audit": _table(
        Of.SEARCHED,
        kept="number at agent_id action conversation_id address",  # that it was done, by whom and from where
        emptied="subject details",
    ),
    "handoffs": _table(
        _C,
        kept="id conversation_id reason state language team_id priority requested_at queued_at held_by held_at "
        "first_reply_at waiting_since snoozed_until told_position told_at first_reply_due next_reply_due "
        "resolution_due resolution_left warned_at first_reply_breached_at next_reply_breached_at "
        "resolution_breached_at closed_at outcome wrap_up",
        emptied="packet",
        with_age=True,
    ),
    "handoff_events": _table(
        _C,
        kept="id handoff_id number conversation_id kind agent_id to_agent_id to_team_id at",
        replaced="details",  # codes and ids of ours stay
        with_age=True,
    ),
    "notes": _deleted(_C, "id conversation_id agent_id after_seq text created_at", with_age=True),
    "conversation_tags": _table(
        _C, kept="conversation_id agent_id created_at", replaced="tag"
    ),  # rows of tags that no other customer's conversation has go: somebody may have made a tag of a name
    "canned_replies": _table(Of.NOBODY, kept="id shortcut title text language team_id updated_by updated_at"),
    "desk_drafts": _deleted(_C, "conversation_id agent_id kind text updated_at", with_age=True),
    "desk_reads": _table(_C, kept="conversation_id agent_id seq"),
    "desk_viewing": _deleted(_C, "conversation_id agent_id seen_at typing_at"),
    # -- another helpdesk --
    "helpdesk_links": _deleted(_C, "conversation_id helpdesk external_id contact_id details created_at"),
    "helpdesk_calls": _deleted(
        _C, "id key number conversation_id kind body state attempts error created_at next_at", with_age=True
    ),
    "helpdesk_events": _table(
        Of.SEARCHED,
        kept="helpdesk external_id attempts received_at next_at",
        emptied="body",
        replaced="outcome handled_at",
    ),
    # -- insights --
    "conversation_facts": _table(
        _C,  # counts of a customer whom nothing names any more
        kept="conversation_id customer_id at state end_reason outcome channel language topic steps owner agent_id "
        "handed_off handoff_reason verified customer_messages bot_messages agent_messages turns fallbacks failures "
        "unanswered lowest_confidence release survey_state asked about score commented nps ces helpful not_helpful "
        "first_answer_seconds person_seconds resolution_seconds reopened_by started_at ended_at day weekday hour "
        "computed_at",
    ),
    "conversation_words": _deleted(_C, "number conversation_id words hidden", with_age=True),
    "insight_marks": _table(Of.NOBODY, kept="name at details"),
    "saved_filters": _table(
        Of.SEARCHED, kept="id agent_id shared created_at", replaced="name query"
    ),  # where somebody searched for the customer
    "qa_reviews": _table(
        _C, kept="id conversation_id agent_id scores created_at updated_at", emptied="note", with_age=True
    ),
    "reading_links": _table(
        _C,
        kept="id token_hash conversation_id created_by created_at expires_at",
        replaced="revoked_at",
        with_age=True,
    ),
    "nlu_annotations": _deleted(
        _C,
        "id message_id conversation_id text language reasons guessed_intent confidence state intent entities agent_id "
        "version said_at decided_at exported_at",
    ),
    "kept_tests": _deleted(_C, "id conversation_id name content path agent_id created_at"),
    "evaluation_runs": _table(
        Of.SEARCHED, kept="id kind release passed failed at", replaced="results"
    ),  # without what failed in tests made of their conversations
    "event_outbox": _table(
        _C,
        kept="id key kind conversation_id attempts created_at next_at",
        emptied="body error",
        replaced="state done_at",
        with_age=True,
    ),
    "tombstones": _table(Of.NOBODY, kept="customer_id erased_at by counts"),
    # -- the embedded shop --
    "shop_customers": _table(Of.SHOP, kept="id since", shop="first_name last_name email email_key phone address"),
    "shop_payment_methods": _table(Of.SHOP, kept="id customer_id kind balance", shop="brand last_four"),
    "shop_orders": _table(
        Of.SHOP,
        kept="number customer_id status delivery_fee placed_at expected_on cancelled_at cancel_reason sent_back",
        shop="email address elsewhere",
    ),
    "shop_shipments": _table(
        Of.SHOP, kept="id order_number carrier shipped_at expected_on delivered_at", shop="tracking_number tracking_url"
    ),
    "shop_products": _table(Of.NOBODY, kept="id position name category kind description attributes keywords image url"),
    "shop_variants": _table(Of.NOBODY, kept="id product_id position options price available restock_on"),
    "shop_order_items": _table(
        Of.SHOP, kept="order_number position item_id product_id name options price image shipment_id"
    ),
    "shop_payments": _table(Of.SHOP, kept="order_number position kind amount payment_method_id made_at"),
    "shop_changes": _table(Of.SHOP, kept="key customer_id order_number kind at", shop="change plan"),
}
