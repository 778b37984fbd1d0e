"""Chatwoot's agents among our people: accounts that say who wrote what, and with which nobody can sign in."""

from __future__ import annotations

from dataclasses import replace

from bot.conversations.cleaning import clean_text
from bot.conversations.unit import Unit
from bot.helpdesk.chatwoot.events import Person
from bot.staff.accounts import add_agent, agent_by_email, agent_by_id, change_agent
from bot.staff.models import Agent, Presence, Role

UNNAMED = "Agent"
NOT_A_HASH = "!"  # of a password: nothing matches it
LONGEST_NAME = 100
_DOMAIN = "@helpdesk.invalid"


def agent_for(unit: Unit, person: Person) -> Agent:
    """The account of one of Chatwoot's agents, made where it is new; as somebody who may act just now."""
    email = f"chatwoot+{person.id}{_DOMAIN}"
    name = shown_name(person.name)
    agent = agent_by_email(unit.connection, email)
    if agent is None:
        agent = add_agent(
            unit.connection,
            agent_id=unit.new_id(),
            email=email,
            name=name,
            role=Role.AGENT,
            password_hash=NOT_A_HASH,
            capacity=1,
            now=unit.now,
        )
        change_agent(unit.connection, agent.id, unit.now, state="disabled")
    elif agent.name != name and name != UNNAMED:
        agent = change_agent(unit.connection, agent.id, unit.now, name=name)
    return _acting(unit, agent)


def agent_who(unit: Unit, agent_id: str) -> Agent:
    """Whoever owns a conversation, as somebody who may act just now."""
    agent = agent_by_id(unit.connection, agent_id)
    assert agent is not None, f"{agent_id} owns a conversation without an account"
    return _acting(unit, agent)


def is_of_chatwoot(unit: Unit, agent_id: str) -> bool:
    """Whether whoever owns a conversation works there, and not at our own desk."""
    agent = agent_by_id(unit.connection, agent_id)
    return agent is not None and agent.email.startswith("chatwoot+") and agent.email.endswith(_DOMAIN)


def shown_name(name: str) -> str:
    """What customers read."""
    kept = "".join(sign if sign.isprintable() else " " for sign in clean_text(name))
    return " ".join(kept.split())[:LONGEST_NAME].strip() or UNNAMED


def _acting(unit: Unit, agent: Agent) -> Agent:
    """That the account is disabled only says that nobody signs in with it: who they are, Chatwoot has checked."""
    return replace(agent, active=True, vouched_for=True, presence=Presence.ONLINE, seen_at=unit.now)
