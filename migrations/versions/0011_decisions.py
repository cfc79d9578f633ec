"""Deciding policies and appeal instances, recusals, mass decisions and their samples, appeals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.procedure_triggers import guard_procedure
from migrations.triggers import drop_triggers

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("appeal", "mass_member", "mass_decision", "recusal", "appeal_instance", "deciding_policy")
GUARDED_BEFORE = {
    "duty": ("duty_recused",),
    "decision": (
        "decision_proposer_recused",
        "decision_confirmer_recused",
        "decision_returner_recused",
        "decision_second_missing",
        "decision_mass_first",
        "decision_appeal_open",
        "decision_appeal_decided",
    ),
    "award": ("award_appealed",),
    "payment": ("payment_suspended", "payment_suspended_since"),
    "payment_withdrawal": ("payment_withdrawal_of_suspended",),
}
"""Triggers on tables of earlier migrations."""


def upgrade() -> None:
    _create_deciding_policy()
    _create_appeal_instance()
    _create_recusal()
    _create_mass_decision()
    _create_mass_member()
    _create_appeal()
    guard_procedure(op)


def downgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, names in GUARDED_BEFORE.items():
        for name in names:
            op.execute(f"DROP TRIGGER {name} ON {table}" if is_postgresql else f"DROP TRIGGER {name}")
            if is_postgresql:
                op.execute(f"DROP FUNCTION {name}()")
    for table in TABLES:
        drop_triggers(op, table)
        op.drop_table(table)


def _create_deciding_policy() -> None:
    op.create_table(
        "deciding_policy",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("threshold_minor", sa.BigInteger(), nullable=True),
        sa.Column("second_rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.Column("tolerance_bp", sa.BigInteger(), nullable=False),
        sa.Column("confidence_bp", sa.BigInteger(), nullable=False),
        sa.Column("sample_floor", sa.BigInteger(), nullable=False),
        sa.Column("appeal_effect", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["published_by"], ["staff_person.id"]),
        sa.CheckConstraint("appeal_effect IN ('suspends', 'undisputed_part')", name="appeal_effect_known"),
        sa.CheckConstraint("citation <> ''", name="citation_given"),
        sa.CheckConstraint("confidence_bp BETWEEN 5000 AND 9999", name="confidence_in_range"),
        sa.CheckConstraint("(published_by IS NULL) = (published_at IS NULL)", name="publication_whole"),
        sa.CheckConstraint("published_by <> proposed_by", name="published_by_another"),
        sa.CheckConstraint("sample_floor >= 1", name="sample_floor_positive"),
        sa.CheckConstraint("second_rate_bp BETWEEN 0 AND 10000", name="second_rate_in_range"),
        sa.CheckConstraint("threshold_minor >= 0", name="threshold_not_negative"),
        sa.CheckConstraint("tolerance_bp BETWEEN 1 AND 5000", name="tolerance_in_range"),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_deciding_policy_published",
        "deciding_policy",
        ["programme_id", "valid_from"],
        unique=True,
        sqlite_where=sa.text("published_by IS NOT NULL"),
        postgresql_where=sa.text("published_by IS NOT NULL"),
    )


def _create_appeal_instance() -> None:
    op.create_table(
        "appeal_instance",
        sa.Column("policy_id", sa.Text(), primary_key=True),
        sa.Column("instance", sa.BigInteger(), primary_key=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["deciding_policy.id"]),
        sa.CheckConstraint("days >= 1", name="days_positive"),
        sa.CheckConstraint("instance >= 2", name="instance_after_first"),
        sa.CheckConstraint("body <> '' AND citation <> '' AND how <> ''", name="words_given"),
        sqlite_strict=True,
    )


def _create_recusal() -> None:
    op.create_table(
        "recusal",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=True),
        sa.Column("party_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconded_by", sa.Text(), nullable=True),
        sa.Column("seconded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["victim_case.id"]),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["declared_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["seconded_by"], ["staff_person.id"]),
        sa.CheckConstraint(
            ""
            "(CASE WHEN claim_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN party_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN case_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_matter",
        ),
        sa.CheckConstraint("declared_by <> person_id OR seconded_by IS NULL", name="own_word_suffices"),
        sa.CheckConstraint(
            "reason IN ('family', 'own_interest', 'earlier_part', 'opinion_voiced', 'other')",
            name="reason_known",
        ),
        sa.CheckConstraint("(seconded_by IS NULL) = (seconded_at IS NULL)", name="second_whole"),
        sa.CheckConstraint(
            "seconded_by <> declared_by AND seconded_by <> person_id",
            name="seconded_by_another",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_recusal_person_id", "recusal", ["person_id"])


def _create_mass_decision() -> None:
    op.create_table(
        "mass_decision",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("rule_set_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("claims", sa.BigInteger(), nullable=False),
        sa.Column("sample_size", sa.BigInteger(), nullable=False),
        sa.Column("sample_seed", sa.Text(), nullable=False),
        sa.Column("tolerance_bp", sa.BigInteger(), nullable=False),
        sa.Column("confidence_bp", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=True),
        sa.Column("upper_bound_ppm", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["policy_id"], ["deciding_policy.id"]),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["rule_set_id"], ["rule_set.id"]),
        sa.ForeignKeyConstraint(["settled_by"], ["staff_person.id"]),
        sa.CheckConstraint("claims BETWEEN 1 AND 10000", name="claims_in_range"),
        sa.CheckConstraint("errors BETWEEN 0 AND sample_size", name="errors_in_range"),
        sa.CheckConstraint("outcome IN ('eligible', 'not_eligible')", name="outcome_known"),
        sa.CheckConstraint("(errors IS NULL) = (upper_bound_ppm IS NULL)", name="rate_whole"),
        sa.CheckConstraint("sample_size BETWEEN 1 AND claims", name="sample_size_in_range"),
        sa.CheckConstraint("settled_by <> proposed_by", name="settled_by_another"),
        sa.CheckConstraint(
            "(status = 'proposed') = (settled_by IS NULL) AND (status = 'proposed') = (settled_at IS NULL)",
            name="settlement_whole",
        ),
        sa.CheckConstraint("status IN ('proposed', 'confirmed', 'returned')", name="status_known"),
        sa.CheckConstraint("upper_bound_ppm BETWEEN 0 AND 1000000", name="upper_bound_in_range"),
        sa.CheckConstraint(
            "status <> 'confirmed' OR (upper_bound_ppm IS NOT NULL AND upper_bound_ppm <= tolerance_bp * 100"
            " AND upper_bound_ppm * sample_size >= errors * 1000000)",
            name="within_tolerance",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_mass_decision_programme_id_id", "mass_decision", ["programme_id", "id"])


def _create_mass_member() -> None:
    op.create_table(
        "mass_member",
        sa.Column("decision_id", sa.Text(), primary_key=True),
        sa.Column("mass_id", sa.Text(), nullable=False),
        sa.Column("is_sampled", sa.Boolean(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.ForeignKeyConstraint(["mass_id"], ["mass_decision.id"]),
        sa.ForeignKeyConstraint(["reviewed_by"], ["staff_person.id"]),
        sa.CheckConstraint("finding IS NULL OR finding IN ('agrees', 'error')", name="finding_known"),
        sa.CheckConstraint(
            "(finding IS NULL) = (reviewed_by IS NULL) AND (finding IS NULL) = (reviewed_at IS NULL)"
            " AND (finding IS NULL OR is_sampled)",
            name="review_whole",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_mass_member_mass_id_is_sampled", "mass_member", ["mass_id", "is_sampled"])


def _create_appeal() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("instance", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("lodged_by", sa.Text(), nullable=False),
        sa.Column("lodged_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("payable_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admission_reason", sa.Text(), nullable=True),
        sa.Column("admission_by", sa.Text(), nullable=True),
        sa.Column("admission_seconded_by", sa.Text(), nullable=True),
        sa.Column("admission_seconded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("result_decision_id", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["admission_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["admission_seconded_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["decision_id", "claim_id"], ["decision.id", "decision.claim_id"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["result_decision_id"], ["decision.id"]),
        sa.CheckConstraint("admission_seconded_by <> admission_by", name="admission_by_two"),
        sa.CheckConstraint(
            "admission_reason IS NULL OR admission_reason IN ('not_notified', 'illness_or_disability',"
            " 'displacement_or_detention', 'service_unreachable', 'interests_of_justice', 'no_reason_found')",
            name="admission_reason_known",
        ),
        sa.CheckConstraint(
            "(admission_reason IS NULL) = (admission_by IS NULL)"
            " AND (admission_seconded_by IS NULL) = (admission_seconded_at IS NULL)"
            " AND (admission_seconded_by IS NULL OR admission_by IS NOT NULL)",
            name="admission_whole",
        ),
        sa.CheckConstraint("ground IN ('refusal', 'amount')", name="ground_known"),
        sa.CheckConstraint("effect IN ('suspends', 'undisputed_part')", name="effect_known"),
        sa.CheckConstraint("instance >= 1", name="instance_positive"),
        sa.CheckConstraint(
            "(lodged_on <= due_on OR status IN ('late', 'withdrawn') OR admission_seconded_by IS NOT NULL)"
            " AND (lodged_on > due_on OR (admission_by IS NULL AND status NOT IN ('late', 'not_admitted')))",
            name="late_admitted_by_two",
        ),
        sa.CheckConstraint(
            "lodged_by IN ('claimant', 'representative', 'guardian', 'heir')",
            name="lodged_by_known",
        ),
        sa.CheckConstraint(
            "status <> 'not_admitted' OR admission_reason = 'no_reason_found'",
            name="not_admitted_for_no_reason",
        ),
        sa.CheckConstraint("payable_minor >= 0", name="payable_not_negative"),
        sa.CheckConstraint(
            "result IS NULL OR result IN ('upheld', 'higher', 'lower', 'sent_back')",
            name="result_known",
        ),
        sa.CheckConstraint(
            "(status = 'decided') = (result IS NOT NULL) AND (result IS NULL OR result_decision_id IS NOT NULL)",
            name="result_whole",
        ),
        sa.CheckConstraint(
            "status IN ('late', 'open', 'not_admitted', 'withdrawn', 'decided')",
            name="status_known",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_appeal_claim_id", "appeal", ["claim_id"])
    op.create_index("ix_appeal_decision_id", "appeal", ["decision_id"])
    op.create_index("ix_appeal_status_id", "appeal", ["status", "id"])
    op.create_index(
        "uq_appeal_undecided",
        "appeal",
        ["claim_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('late', 'open')"),
        postgresql_where=sa.text("status IN ('late', 'open')"),
    )
