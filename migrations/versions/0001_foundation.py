"""Subjects' keys and the event log: what every other table leans on.

The log's rules are held by the database itself.  An event goes in only at the head, chained to the event before it,
with the columns and the row count its body states; inserting it moves the head, and nothing else does.  PostgreSQL
also recomputes the leaf hash and the subtree root; SQLite has no hash function, so there `audit verify` does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import append_only, drop_triggers, only_columns_change, refuse_when, uninstall

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the vault's and the log's tables, and the triggers that guard them."""
    _create_subject_key()
    _create_log_tables()
    head = sa.table("audit_head", sa.column("id"), sa.column("size"), sa.column("last_leaf", sa.LargeBinary()))
    op.execute(head.insert().values(id=1, size=0, last_leaf=b""))
    only_columns_change(op, "subject_key", {"wrapped_key", "blind", "kek_id"})
    _guard_head()
    _guard_events()
    _guard_rows()
    _guard_checkpoints()


def downgrade() -> None:
    """Drop everything, the log included."""
    for table in ("audit_checkpoint", "audit_row", "audit_event", "audit_head", "subject_key"):
        drop_triggers(op, table)
        op.drop_table(table)
    uninstall(op)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _create_subject_key() -> None:
    op.create_table(
        "subject_key",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.Column("kek_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_subject_key")),
        sqlite_strict=True,
    )


def _create_log_tables() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("last_leaf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("subtree", sa.LargeBinary(), nullable=False),
        sa.Column("app_sig", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_audit_event_seq_natural")),
        sa.CheckConstraint("length(leaf_hash) = 32", name=op.f("ck_audit_event_leaf_hash_length")),
        sa.CheckConstraint("length(subtree) = 32", name=op.f("ck_audit_event_subtree_length")),
        sa.CheckConstraint("length(app_sig) = 64", name=op.f("ck_audit_event_app_sig_length")),
        sa.CheckConstraint("length(body) <= 8192", name=op.f("ck_audit_event_body_length")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_event")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_audit_event_subject"), "audit_event", ["subject"])
    op.create_table(
        "audit_row",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("row_sha256", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(row_sha256) = 32", name=op.f("ck_audit_row_row_sha256_length")),
        sa.ForeignKeyConstraint(
            ["seq"], ["audit_event.seq"], name=op.f("fk_audit_row_seq"), deferrable=True, initially="DEFERRED"
        ),
        sa.PrimaryKeyConstraint("seq", "table_name", "row_key", name=op.f("pk_audit_row")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_audit_row_table_name_row_key_seq"), "audit_row", ["table_name", "row_key", "seq"])
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_audit_checkpoint_size_positive")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
        sqlite_strict=True,
    )


def _guard_head() -> None:
    """Let the head move by one, and only to an event that is already there; nobody deletes it or makes another."""
    only_columns_change(op, "audit_head", {"size", "last_leaf"})
    refuse_when(
        op,
        "audit_head_moves_with_event",
        "audit_head",
        "UPDATE",
        when="NEW.size <> OLD.size + 1 OR NOT EXISTS "
        "(SELECT 1 FROM audit_event WHERE seq = OLD.size AND leaf_hash = NEW.last_leaf)",
        message="audit_head.moves_with_event",
    )
    refuse_when(op, "audit_head_no_insert", "audit_head", "INSERT", when="1 = 1", message="audit_head.one_row")


def _guard_events() -> None:
    append_only(op, "audit_event")
    for statement in _PG_EVENT_TRIGGERS if _is_postgresql() else _SQLITE_EVENT_TRIGGERS:
        op.get_bind().exec_driver_sql(statement)


def _guard_rows() -> None:
    """Take hashes of rows only for the event about to be written, so that none is slipped in later.

    On PostgreSQL the head is locked while one looks, so that the event cannot be written meanwhile.
    """
    append_only(op, "audit_row")
    refuse_when(
        op,
        "audit_row_before_event",
        "audit_row",
        "INSERT",
        when="NOT EXISTS (SELECT 1 FROM audit_head WHERE size = NEW.seq)",
        when_pg="NOT EXISTS (SELECT 1 FROM audit_head WHERE size = NEW.seq FOR UPDATE)",
        message="audit_row.before_event",
    )


def _guard_checkpoints() -> None:
    append_only(op, "audit_checkpoint")
    refuse_when(
        op,
        "audit_checkpoint_grows",
        "audit_checkpoint",
        "INSERT",
        when="NEW.size > (SELECT size FROM audit_head) OR EXISTS "
        "(SELECT 1 FROM audit_checkpoint AS earlier WHERE earlier.size >= NEW.size)",
        message="audit_checkpoint.grows",
    )


# The canonical spelling has one order of keys, so a piece of text says as much as a parser would.  (SQLite's JSON
# functions are refused in a trigger when `trusted_schema` is off, as it is here.)
_SQLITE_EVENT_TRIGGERS = (
    """
    CREATE TRIGGER audit_event_at_head BEFORE INSERT ON audit_event
    WHEN NEW.seq IS NOT (SELECT size FROM audit_head)
    BEGIN SELECT RAISE(ABORT, 'audit_event.gap'); END
    """,
    """
    CREATE TRIGGER audit_event_chained BEFORE INSERT ON audit_event
    WHEN instr(CAST(NEW.body AS TEXT), ',"prev":"' || (SELECT lower(hex(last_leaf)) FROM audit_head) || '","req":') = 0
    BEGIN SELECT RAISE(ABORT, 'audit_event.chain'); END
    """,
    r"""
    CREATE TRIGGER audit_event_columns BEFORE INSERT ON audit_event
    WHEN instr(CAST(NEW.body AS TEXT), '","seq":' || NEW.seq
        || ',"subject":"' || replace(replace(NEW.subject, '\', '\\'), '"', '\"')
        || '","type":"' || NEW.type || '","v":1}') = 0
      OR instr(CAST(NEW.body AS TEXT), ',"at":"' || replace(NEW.at, ' ', 'T') || 'Z","body":{') = 0
    BEGIN SELECT RAISE(ABORT, 'audit_event.columns'); END
    """,
    """
    CREATE TRIGGER audit_event_rows BEFORE INSERT ON audit_event
    WHEN instr(CAST(NEW.body AS TEXT), ',"rows_count":'
        || (SELECT count(*) FROM audit_row WHERE seq = NEW.seq) || ',"rows_sha256":"') = 0
    BEGIN SELECT RAISE(ABORT, 'audit_event.rows'); END
    """,
    """
    CREATE TRIGGER audit_event_moves_head AFTER INSERT ON audit_event
    BEGIN UPDATE audit_head SET size = NEW.seq + 1, last_leaf = NEW.leaf_hash; END
    """,
)

_PG_EVENT_TRIGGERS = (
    r"""
    CREATE FUNCTION audit_event_check() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
      head audit_head;
      written jsonb;
      joined bytea;
      level int := 0;
    BEGIN
      SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
      IF NEW.seq <> head.size THEN
        RAISE EXCEPTION 'audit_event.gap' USING ERRCODE = '23514';
      END IF;
      written := convert_from(NEW.body, 'UTF8')::jsonb;
      IF written->'seq' IS DISTINCT FROM to_jsonb(NEW.seq)
        OR written->>'prev' IS DISTINCT FROM encode(head.last_leaf, 'hex') THEN
        RAISE EXCEPTION 'audit_event.chain' USING ERRCODE = '23514';
      END IF;
      IF written->>'type' IS DISTINCT FROM NEW.type
        OR written->>'subject' IS DISTINCT FROM NEW.subject
        OR written->>'at' IS DISTINCT FROM to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') THEN
        RAISE EXCEPTION 'audit_event.columns' USING ERRCODE = '23514';
      END IF;
      IF written->'rows_count' IS DISTINCT FROM (SELECT to_jsonb(count(*)) FROM audit_row WHERE seq = NEW.seq) THEN
        RAISE EXCEPTION 'audit_event.rows' USING ERRCODE = '23514';
      END IF;
      joined := sha256('\x00'::bytea || NEW.body);
      IF NEW.leaf_hash <> joined THEN
        RAISE EXCEPTION 'audit_event.leaf_hash' USING ERRCODE = '23514';
      END IF;
      WHILE (NEW.seq >> level) & 1 = 1 LOOP
        joined := sha256('\x01'::bytea
          || (SELECT subtree FROM audit_event
              WHERE seq = ((NEW.seq >> (level + 1)) << (level + 1)) + (1::bigint << level) - 1)
          || joined);
        level := level + 1;
      END LOOP;
      IF NEW.subtree IS DISTINCT FROM joined THEN
        RAISE EXCEPTION 'audit_event.subtree' USING ERRCODE = '23514';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION audit_event_move_head() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    BEGIN
      UPDATE audit_head SET size = NEW.seq + 1, last_leaf = NEW.leaf_hash;
      RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER audit_event_check BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_event_check()",
    "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_check",
    """
    CREATE TRIGGER audit_event_move_head AFTER INSERT ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_move_head()
    """,
    "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_move_head",
)
