"""Which role may do what; no I/O. The only place that says so."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.staff.models import Role


class Right(StrEnum):
    """Something that not everybody at the desk may do."""

    READ_ALL = "read_all"  # read any conversation and find it; each reading is in the audit log
    NOTE = "note"  # write notes, set tags
    ANSWER = "answer"  # take conversations from the queue and write to customers
    TAKE_OVER = "take_over"  # take a conversation from the assistant
    ORDER_ACTIONS = "order_actions"  # change orders for a customer
    FOLLOW_UPS = "follow_ups"  # work on promises and low ratings
    REASSIGN = "reassign"  # take somebody else's conversation, or give it to another
    SUPERVISE = "supervise"  # see load, waiting and breaches of all
    MANAGE_CANNED = "manage_canned"  # change the replies that everybody uses
    EXPORT = "export"  # save conversations outside Bellhop
    READ_AUDIT = "read_audit"  # read the audit log
    INSIGHTS = "insights"  # read what is counted of conversations, and the conversations, at /insights
    SEE_IDENTIFIERS = "see_identifiers"  # read there who a customer is; without it names, addresses, numbers are masked
    ANNOTATE = "annotate"  # say how a message should have been understood; make a test of a conversation
    PUBLISH = "publish"  # publish customers' reviews, and withdraw them
    ERASE = "erase"  # delete a customer with all that they said
    MANAGE_STAFF = "manage_staff"  # add and disable accounts; teams, roles, passwords


_AGENT = frozenset({Right.READ_ALL, Right.NOTE, Right.ANSWER, Right.TAKE_OVER, Right.ORDER_ACTIONS, Right.FOLLOW_UPS})
_INSIGHTS = frozenset({Right.INSIGHTS, Right.ANNOTATE, Right.PUBLISH, Right.EXPORT, Right.NOTE})
_SUPERVISOR = (
    _AGENT | _INSIGHTS | {Right.SEE_IDENTIFIERS, Right.REASSIGN, Right.SUPERVISE, Right.MANAGE_CANNED, Right.READ_AUDIT}
)

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.AGENT: _AGENT,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.ANALYST: _INSIGHTS,  # reads at /insights, where customers are masked, and marks; the desk shows who they are
    Role.ADMIN: frozenset(Right),
}


def home_of(role: Role) -> str:
    """The page that somebody of that role begins at."""
    return "/desk/inbox" if may(role, Right.READ_ALL) else "/insights"


def may(role: Role, right: Right) -> bool:
    """Whether somebody of that role may do that."""
    return right in RIGHTS[role]


def roles_with(right: Right) -> frozenset[Role]:
    """The roles that may do that."""
    return frozenset(role for role, rights in RIGHTS.items() if right in rights)
