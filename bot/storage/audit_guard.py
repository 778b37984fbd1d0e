"""The triggers that keep the audit log: lines are added, and never changed but to forget whom they were about."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

REFUSAL = "the audit log is append-only"
_STAYS = ("number", "at", "agent_id", "action", "conversation_id", "address")
_MAY_BE_EMPTIED = ("subject", "details")


def let_the_audit_forget(connection: Connection) -> None:
    """Allow `subject` and `details` of a line to become NULL, when a customer is erased; everything else is refused.

    That something was done, when, by whom and from where stays written. Takes the place of 0008's triggers.
    """
    if connection.dialect.name == "sqlite":
        _in_sqlite(connection)
    else:
        _in_postgresql(connection)


def _in_sqlite(connection: Connection) -> None:
    same = [f"NEW.{name} IS OLD.{name}" for name in _STAYS]
    same += [f"(NEW.{name} IS NULL OR NEW.{name} IS OLD.{name})" for name in _MAY_BE_EMPTIED]
    connection.execute(sa.text("DROP TRIGGER IF EXISTS audit_refuses_update"))
    connection.execute(
        sa.text(
            f"CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit WHEN NOT ({' AND '.join(same)}) "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    )


def _in_postgresql(connection: Connection) -> None:
    changed = [f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _STAYS]
    changed += [f"(NEW.{name} IS NOT NULL AND NEW.{name} IS DISTINCT FROM OLD.{name})" for name in _MAY_BE_EMPTIED]
    for statement in (
        "DROP TRIGGER IF EXISTS audit_refuses_change ON audit",
        "CREATE TRIGGER audit_refuses_change BEFORE DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()",
        "CREATE OR REPLACE FUNCTION audit_only_forgets() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {' OR '.join(changed)} THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN NEW; END $$",
        "DROP TRIGGER IF EXISTS audit_refuses_update ON audit",
        "CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_only_forgets()",
    ):
        connection.execute(sa.text(statement))
