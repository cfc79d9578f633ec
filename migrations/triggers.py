"""Triggers written once and spoken to both engines.

A trigger refuses with a message that is a code, ``table.reason``, and never quotes a value of the row.  On PostgreSQL
the functions run as their owner with a pinned search path and are enabled ALWAYS, so that neither a replica role nor a
crafted schema walks past them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

import sqlalchemy as sa


class Operations(Protocol):
    """What we need of `alembic.op`."""

    def get_bind(self) -> sa.Connection: ...
    def execute(self, sqltext: str, /) -> Any: ...  # noqa: ANN401 Alembic's own signature


_REFUSE = "reparations_refuse"


def append_only(op: Operations, table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on `table`, and REPLACE with them, by the message ``<table>.append_only``."""
    message = f"{table}.append_only"
    if _is_postgresql(op):
        _install_refusal(op)
        _pg_refuse_statement(op, table, f"{table}_append_only", "UPDATE OR DELETE OR TRUNCATE", message)
        return
    for event in ("UPDATE", "DELETE"):
        _sqlite_trigger(op, f"{table}_no_{event.lower()}", f"BEFORE {event} ON {table}", "", message)


def only_columns_change(op: Operations, table: str, columns: Collection[str]) -> None:
    """Refuse DELETE on `table`, and any UPDATE that changes a column other than `columns`.

    The messages are ``<table>.no_delete`` and ``<table>.frozen``.
    """
    found = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]
    unknown = set(columns) - set(found)
    if unknown:
        message = f"{table} has no column {sorted(unknown)}"
        raise ValueError(message)
    frozen = [name for name in found if name not in columns]
    if _is_postgresql(op):
        _install_refusal(op)
        _pg_refuse_statement(op, table, f"{table}_no_delete", "DELETE OR TRUNCATE", f"{table}.no_delete")
    else:
        _sqlite_trigger(op, f"{table}_no_delete", f"BEFORE DELETE ON {table}", "", f"{table}.no_delete")
    refuse_when(
        op,
        f"{table}_frozen",
        table,
        "UPDATE",
        when=" OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in frozen),
        when_pg=" OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in frozen),
        message=f"{table}.frozen",
    )


def refuse_when(
    op: Operations, name: str, table: str, event: str, *, when: str, message: str, when_pg: str | None = None
) -> None:
    """Refuse an INSERT or UPDATE of a row of `table` where `when` holds.

    Args:
        op: Alembic's operations.
        name: of the trigger, and on PostgreSQL of its function.
        table: that it guards.
        event: ``INSERT`` or ``UPDATE``.
        when: SQL condition over NEW and OLD; it may contain subqueries.
        message: the code the refusal carries, ``table.reason``.
        when_pg: the condition on PostgreSQL, where it is spelled differently.
    """
    if not _is_postgresql(op):
        _sqlite_trigger(op, name, f"BEFORE {event} ON {table}", f"WHEN {when}", message)
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT "
        f"AS $$ BEGIN IF ({when_pg or when}) THEN RAISE EXCEPTION '{message}' USING ERRCODE = '23514'; END IF; "
        f"RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def refuse_locked(op: Operations, name: str, table: str, *, lock: str | None, when: str, message: str) -> None:
    """Refuse an INSERT of a row where `when` holds; PostgreSQL first locks what the sums in `when` are limited by.

    Args:
        op: Alembic's operations.
        name: of the trigger, and on PostgreSQL of its function.
        table: that it guards.
        lock: the rest of a SELECT, ``FROM … FOR NO KEY UPDATE``; None where nothing is summed.
        when: SQL over NEW, the same on both engines.
        message: the code the refusal carries, ``table.reason``.
    """
    if lock is None or not _is_postgresql(op):
        refuse_when(op, name, table, "INSERT", when=when, message=message)
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT "
        "AS $$ BEGIN IF current_setting('transaction_isolation') <> 'read committed' THEN RAISE EXCEPTION"
        f" '{table}.isolation' USING ERRCODE = '25001'; END IF; PERFORM 1 {lock};"
        f" IF ({when}) THEN RAISE EXCEPTION '{message}' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def refuse_day_to_come(op: Operations, table: str, column: str, *, recorded: str = "recorded_at") -> None:
    """Refuse a row that says it happened on a day later than tomorrow of `recorded`, by ``<table>.day_to_come``.

    UTC's tomorrow may be today already in the east of the world.
    """
    refuse_when(
        op,
        f"{table}_happened",
        table,
        "INSERT",
        when=f"NEW.{column} > date(NEW.{recorded}, '+1 day')",
        when_pg=f"NEW.{column} > CAST(NEW.{recorded} AT TIME ZONE 'UTC' AS date) + 1",
        message=f"{table}.day_to_come",
    )


def refuse_replace(op: Operations, table: str, keys: Collection[str]) -> None:
    """Refuse a row whose key is taken before SQLite's REPLACE can delete the old one, by ``<table>.exists``.

    With `recursive_triggers` off nothing else would fire: no pragma is the only guard.  A table's `rowid` is a key too,
    whether it is named or not; where a statement gives none, the trigger sees -1, so nobody may have that one.
    """
    taken = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE "
        + " AND ".join(f"{column} = NEW.{column}" for column in key.split(", "))
        + ")"
        for key in (*keys, "rowid")
    )
    refuse_when(op, f"{table}_no_replace", table, "INSERT", when=taken, message=f"{table}.exists")
    _sqlite_trigger(op, f"{table}_numbered", f"AFTER INSERT ON {table}", "WHEN NEW.rowid = -1", f"{table}.rowid")


def drop_triggers(op: Operations, table: str) -> None:
    """Drop every trigger of `table`, and on PostgreSQL the functions made for it."""
    bind = op.get_bind()
    if not _is_postgresql(op):
        names = bind.execute(
            sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"),
            {"table": table},
        ).scalars()
        for name in list(names):
            op.execute(f'DROP TRIGGER "{name}"')
        return
    rows = bind.execute(
        sa.text(
            "SELECT t.tgname, p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE t.tgrelid = to_regclass(:table) AND NOT t.tgisinternal"
        ),
        {"table": table},
    ).all()
    for trigger, _function in rows:
        op.execute(f'DROP TRIGGER "{trigger}" ON {table}')
    for function in {function for _trigger, function in rows if function != _REFUSE}:
        op.execute(f'DROP FUNCTION IF EXISTS "{function}"()')


def uninstall(op: Operations) -> None:
    """Drop the function that all the refusing triggers share; the last step of the first migration's downgrade."""
    if _is_postgresql(op):
        op.execute(f"DROP FUNCTION IF EXISTS {_REFUSE}()")


def _is_postgresql(op: Operations) -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _install_refusal(op: Operations) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {_REFUSE}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = '23514'; END $$"
    )


def _pg_refuse_statement(op: Operations, table: str, name: str, events: str, message: str) -> None:  # noqa: PLR0917 private; a trigger has that many parts
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {_REFUSE}('{message}')"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _sqlite_trigger(op: Operations, name: str, event: str, condition: str, message: str) -> None:  # noqa: PLR0917 private; a trigger has that many parts
    op.execute(f"CREATE TRIGGER {name} {event} {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END")
