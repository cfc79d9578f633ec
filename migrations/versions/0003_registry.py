"""Programmes, people, cases, claims and what is known of them, duplicates, payment destinations, duties."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import append_only, drop_triggers, only_columns_change, refuse_when

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "duty",
    "duplicate_candidate",
    "payment_destination",
    "facts_revision",
    "evidence",
    "harm",
    "relationship",
    "claim",
    "victim_case",
    "party_match_key",
    "party",
    "programme_counter",
    "programme",
)

_ADMINISTERS = (
    "EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = NEW.person_id"
    " AND g.role = 'security_administrator' AND g.revoked_at IS NULL)"
)
_RECORDED_SOMETHING = (
    "EXISTS (SELECT 1 FROM facts_revision f WHERE f.claim_id = NEW.claim_id AND f.recorded_by = NEW.person_id)"
    " OR EXISTS (SELECT 1 FROM payment_destination p JOIN claim c ON c.party_id = p.party_id"
    " WHERE c.id = NEW.claim_id AND p.recorded_by = NEW.person_id)"
)
_PAYING = "duty IN ('approver1', 'approver2', 'payer')"


def upgrade() -> None:
    _create_programmes()
    _create_parties()
    _create_claims()
    _create_records()
    _create_destinations()
    _create_control()
    _guard_people()
    _guard_claims()
    _guard_duties()


def downgrade() -> None:
    for table in TABLES:
        drop_triggers(op, table)
        op.drop_table(table)


def _create_programmes() -> None:
    op.create_table(
        "programme",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["staff_person.id"]),
        sa.UniqueConstraint("code"),
        sa.CheckConstraint("length(code) BETWEEN 2 AND 20", name="code_length"),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name="title_length"),
        sa.CheckConstraint("length(authority) BETWEEN 1 AND 500", name="authority_length"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sqlite_strict=True,
    )
    op.create_table(
        "programme_counter",
        sa.Column("programme_id", sa.Text(), primary_key=True),
        sa.Column("next_claim_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.CheckConstraint("next_claim_number >= 1", name="next_claim_number_positive"),
        sqlite_strict=True,
    )


def _create_parties() -> None:
    op.create_table(
        "party",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("profile_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name_index", sa.LargeBinary(), nullable=False),
        sa.Column("national_id_index", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("deceased", sa.Boolean(), nullable=False),
        sa.Column("died_on_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("death_evidence_id", sa.Text(), nullable=True),
        sa.Column("death_recorded_by", sa.Text(), nullable=True),
        sa.Column("death_recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["death_recorded_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["created_by"], ["staff_person.id"]),
        sa.CheckConstraint("kind IN ('person', 'organisation', 'community')", name="kind_known"),
        sa.CheckConstraint(
            "deceased = (died_on_sealed IS NOT NULL) AND deceased = (death_evidence_id IS NOT NULL)"
            " AND deceased = (death_recorded_by IS NOT NULL) AND deceased = (death_recorded_at IS NOT NULL)",
            name="death_whole",
        ),
        sa.CheckConstraint("kind = 'person' OR NOT deceased", name="only_persons_die"),
        sa.CheckConstraint("length(name_index) = 16", name="name_index_length"),
        sa.CheckConstraint("length(national_id_index) = 16", name="national_id_index_length"),
        sa.CheckConstraint("length(phone_index) = 16", name="phone_index_length"),
        sqlite_strict=True,
    )
    for column in ("name_index", "national_id_index", "phone_index"):
        op.create_index(f"ix_party_{column}", "party", [column])
    op.create_table(
        "party_match_key",
        sa.Column("party_id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("key", sa.LargeBinary(), primary_key=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.CheckConstraint("kind IN ('similar_name_and_birth_year', 'similar_name_and_birth_date')", name="kind_known"),
        sa.CheckConstraint("length(key) = 16", name="key_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_party_match_key_key", "party_match_key", ["key"])


def _create_claims() -> None:
    op.create_table(
        "victim_case",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.UniqueConstraint("programme_id", "reference"),
        sa.UniqueConstraint("id", "programme_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("through_claim_id", sa.Text(), nullable=True),
        sa.Column("office_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source_row", sa.Text(), nullable=True),
        sa.Column("registration_commitment", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["case_id", "programme_id"], ["victim_case.id", "victim_case.programme_id"]),
        sa.ForeignKeyConstraint(["through_claim_id", "case_id"], ["claim.id", "claim.case_id"]),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"]),
        sa.ForeignKeyConstraint(["registered_by"], ["staff_person.id"]),
        sa.UniqueConstraint("programme_id", "reference"),
        sa.UniqueConstraint("programme_id", "source_row"),
        sa.UniqueConstraint("case_id", "party_id"),
        sa.UniqueConstraint("id", "case_id"),
        sa.CheckConstraint(
            "capacity IN ('direct', 'indirect', 'organisation', 'community', 'heir')", name="capacity_known"
        ),
        sa.CheckConstraint("status IN ('open', 'closed_duplicate', 'withdrawn')", name="status_known"),
        sa.CheckConstraint("(capacity = 'heir') = (through_claim_id IS NOT NULL)", name="heirs_claim_through"),
        sa.CheckConstraint("through_claim_id <> id", name="not_through_itself"),
        sa.CheckConstraint("length(registration_commitment) = 32", name="registration_commitment_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_claim_party_id", "claim", ["party_id"])
    op.create_index("ix_claim_programme_id_id", "claim", ["programme_id", "id"])
    op.create_index("ix_claim_office_id_id", "claim", ["office_id", "id"])


def _recorded() -> list[sa.Column[object] | sa.ForeignKeyConstraint]:
    """The columns that say who recorded a row and when."""
    return [
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff_person.id"]),
    ]


def _create_records() -> None:
    op.create_table(
        "relationship",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("from_party_id", sa.Text(), nullable=False),
        sa.Column("to_party_id", sa.Text(), nullable=True),
        sa.Column("kind_sealed", sa.LargeBinary(), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["from_party_id"], ["party.id"]),
        sa.ForeignKeyConstraint(["to_party_id"], ["party.id"]),
        sa.CheckConstraint("from_party_id <> to_party_id", name="ends_differ"),
        sqlite_strict=True,
    )
    op.create_index("ix_relationship_claim_id", "relationship", ["claim_id"])
    op.create_table(
        "harm",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("harm_sealed", sa.LargeBinary(), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sqlite_strict=True,
    )
    op.create_index("ix_harm_claim_id", "harm", ["claim_id"])
    op.create_table(
        "evidence",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_commitment", sa.LargeBinary(), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.CheckConstraint(
            "kind IN ('identity', 'civil_status', 'statement', 'record', 'photograph', 'other')", name="kind_known"
        ),
        sa.CheckConstraint("media_type IN ('application/pdf', 'image/jpeg', 'image/png')", name="media_type_known"),
        sa.CheckConstraint("size_bytes BETWEEN 1 AND 2097152", name="size_bytes_within"),
        sa.CheckConstraint("length(content_commitment) = 32", name="content_commitment_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_evidence_claim_id", "evidence", ["claim_id"])
    op.create_table(
        "facts_revision",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("facts_commitment", sa.LargeBinary(), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.UniqueConstraint("claim_id", "revision"),
        sa.CheckConstraint("revision >= 1", name="revision_positive"),
        sa.CheckConstraint("length(facts_commitment) = 32", name="facts_commitment_length"),
        sqlite_strict=True,
    )


def _create_destinations() -> None:
    op.create_table(
        "payment_destination",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("rail", sa.Text(), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("account_index", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.CheckConstraint("rail IN ('bank_file', 'stripe')", name="rail_known"),
        sa.CheckConstraint("status IN ('active', 'superseded', 'suspect')", name="status_known"),
        sa.CheckConstraint("length(account_index) = 16", name="account_index_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_payment_destination_party_id", "payment_destination", ["party_id"])
    op.create_index("ix_payment_destination_account_index", "payment_destination", ["account_index"])
    op.create_index(
        "uq_payment_destination_active",
        "payment_destination",
        ["party_id"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )


def _create_control() -> None:
    op.create_table(
        "duplicate_candidate",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("claim_a_id", sa.Text(), nullable=False),
        sa.Column("claim_b_id", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["claim_a_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["claim_b_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["resolved_by"], ["staff_person.id"]),
        sa.UniqueConstraint("claim_a_id", "claim_b_id", "reasons"),
        sa.CheckConstraint("status IN ('open', 'same', 'different')", name="status_known"),
        sa.CheckConstraint("claim_a_id < claim_b_id", name="pair_in_order"),
        sa.CheckConstraint(
            "(status = 'open') = (resolved_by IS NULL) AND (status = 'open') = (resolved_at IS NULL)"
            " AND (status = 'open') = (note_code IS NULL)",
            name="resolution_whole",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_duplicate_candidate_claim_b_id", "duplicate_candidate", ["claim_b_id"])
    op.create_index("ix_duplicate_candidate_status_id", "duplicate_candidate", ["status", "id"])
    op.create_table(
        "duty",
        sa.Column("claim_id", sa.Text(), primary_key=True),
        sa.Column("person_id", sa.Text(), primary_key=True),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["staff_person.id"]),
        sa.CheckConstraint(f"batch_id IS NOT NULL OR NOT ({_PAYING})", name="batch_named"),
        sa.CheckConstraint(
            "duty IN ('registrar', 'decider', 'confirmer', 'second_confirmer', 'sampler', 'reviewer',"
            " 'review_confirmer', 'approver1', 'approver2', 'payer')",
            name="duty_known",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_duty_person_id", "duty", ["person_id"])
    for name, columns, where in (
        ("uq_duty_registrar", ["claim_id"], "duty = 'registrar'"),
        ("uq_duty_paying", ["claim_id", "duty", "batch_id"], _PAYING),
    ):
        op.create_index(
            name, "duty", columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def _guard_people() -> None:
    append_only(op, "programme")
    only_columns_change(op, "programme_counter", {"next_claim_number"})
    refuse_when(
        op,
        "programme_counter_by_one",
        "programme_counter",
        "UPDATE",
        when="NEW.next_claim_number <> OLD.next_claim_number + 1",
        message="programme_counter.by_one",
    )
    only_columns_change(
        op,
        "party",
        {"deceased", "died_on_sealed", "death_evidence_id", "death_recorded_by", "death_recorded_at"},
    )
    refuse_when(op, "party_enters_alive", "party", "INSERT", when="NEW.deceased", message="party.enters_alive")
    refuse_when(op, "party_death_final", "party", "UPDATE", when="OLD.deceased", message="party.death_final")
    refuse_when(
        op,
        "party_death_proven",
        "party",
        "UPDATE",
        when=(
            "NEW.deceased AND NOT EXISTS (SELECT 1 FROM evidence e JOIN claim c ON c.id = e.claim_id"
            " WHERE e.id = NEW.death_evidence_id AND c.party_id = NEW.id)"
        ),
        message="party.death_proven",
    )
    append_only(op, "party_match_key")
    only_columns_change(op, "payment_destination", {"status"})
    refuse_when(
        op,
        "payment_destination_one_way",
        "payment_destination",
        "UPDATE",
        when="NEW.status <> OLD.status AND (NEW.status = 'active' OR OLD.status = 'superseded')",
        message="payment_destination.one_way",
    )


def _guard_claims() -> None:
    append_only(op, "victim_case")
    only_columns_change(op, "claim", {"status"})
    refuse_when(op, "claim_enters_open", "claim", "INSERT", when="NEW.status <> 'open'", message="claim.enters_open")
    refuse_when(
        op,
        "claim_stays_closed",
        "claim",
        "UPDATE",
        when="OLD.status <> 'open' AND NEW.status <> OLD.status",
        message="claim.stays_closed",
    )
    refuse_when(
        op,
        "claim_capacity_fits",
        "claim",
        "INSERT",
        when=(
            "(SELECT p.kind FROM party p WHERE p.id = NEW.party_id) <> CASE NEW.capacity"
            " WHEN 'organisation' THEN 'organisation' WHEN 'community' THEN 'community' ELSE 'person' END"
        ),
        message="claim.capacity_fits",
    )
    for table in ("relationship", "harm", "evidence", "facts_revision", "duty"):
        append_only(op, table)
    only_columns_change(op, "duplicate_candidate", {"status", "resolved_by", "resolved_at", "note_code"})
    refuse_when(
        op,
        "duplicate_candidate_enters_open",
        "duplicate_candidate",
        "INSERT",
        when="NEW.status <> 'open'",
        message="duplicate_candidate.enters_open",
    )
    refuse_when(
        op,
        "duplicate_candidate_final",
        "duplicate_candidate",
        "UPDATE",
        when="OLD.status <> 'open'",
        message="duplicate_candidate.final",
    )
    refuse_when(
        op,
        "duplicate_candidate_other_eyes",
        "duplicate_candidate",
        "UPDATE",
        when=(
            "EXISTS (SELECT 1 FROM claim c WHERE c.id IN (NEW.claim_a_id, NEW.claim_b_id)"
            " AND c.registered_by = NEW.resolved_by)"
        ),
        message="duplicate_candidate.other_eyes",
    )


def _guard_duties() -> None:
    """Who administers accounts does nothing on claims; who supplies facts or accounts judges and pays no such claim."""
    refuse_when(
        op, "duty_not_for_administrators", "duty", "INSERT", when=_ADMINISTERS, message="duty.not_for_administrators"
    )
    refuse_when(
        op,
        "duty_registrar_registered",
        "duty",
        "INSERT",
        when="(NEW.duty = 'registrar') <> EXISTS (SELECT 1 FROM claim c"
        " WHERE c.id = NEW.claim_id AND c.registered_by = NEW.person_id)",
        message="duty.registrar_registered",
    )
    refuse_when(
        op,
        "duty_not_own_record",
        "duty",
        "INSERT",
        when=f"NEW.duty <> 'registrar' AND ({_RECORDED_SOMETHING})",
        message="duty.not_own_record",
    )
    refuse_when(
        op,
        "facts_revision_other_eyes",
        "facts_revision",
        "INSERT",
        when=(
            "EXISTS (SELECT 1 FROM duty d WHERE d.claim_id = NEW.claim_id AND d.person_id = NEW.recorded_by"
            " AND d.duty <> 'registrar')"
        ),
        message="facts_revision.other_eyes",
    )
    refuse_when(
        op,
        "payment_destination_other_eyes",
        "payment_destination",
        "INSERT",
        when=(
            "EXISTS (SELECT 1 FROM duty d JOIN claim c ON c.id = d.claim_id WHERE c.party_id = NEW.party_id"
            " AND d.person_id = NEW.recorded_by AND d.duty <> 'registrar')"
        ),
        message="payment_destination.other_eyes",
    )
