"""Published rule sets, assessments, decisions by two people, awards, what funds them, and when they fall due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.decision_triggers import guard_decisions
from migrations.determinations import create_determinations, guard_determinations
from migrations.triggers import append_only, drop_triggers, refuse_when

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    "instalment",
    "award_funding",
    "award",
    "decision",
    "determined_step",
    "determination",
    "assessment",
    "rule_set",
)

_FACTS_OF_ANOTHER = (
    "NOT EXISTS (SELECT 1 FROM facts_revision f WHERE f.id = NEW.facts_revision_id AND f.claim_id = NEW.claim_id)"
)
_RULES_OF_ANOTHER = (
    "NOT EXISTS (SELECT 1 FROM rule_set r JOIN claim c ON c.programme_id = r.programme_id"
    " WHERE r.id = NEW.rule_set_id AND c.id = NEW.claim_id)"
)
_DEPARTS_UNSAID = (
    "NEW.kind = 'original' AND NOT NEW.departs"
    " AND NOT EXISTS (SELECT 1 FROM assessment a WHERE a.id = NEW.assessment_id AND ("
    "(NEW.outcome = 'eligible' AND a.outcome = 'eligible' AND a.computed_amount_minor = NEW.amount_minor"
    " AND NEW.determination_id IS NULL)"
    " OR (NEW.outcome = 'eligible' AND a.outcome = 'eligible_amount_pending' AND a.asks = '[]'"
    " AND EXISTS (SELECT 1 FROM determined_step s WHERE s.determination_id = NEW.determination_id))"
    " OR (NEW.outcome = 'not_eligible' AND a.outcome = 'not_eligible')"
    " OR (NEW.outcome = 'ask' AND a.outcome IN ('more_information_needed', 'eligible_amount_pending'))))"
)
_FUND_OF_ANOTHER = (
    "NOT EXISTS (SELECT 1 FROM fund f JOIN award a ON f.programme_id IS NULL OR f.programme_id = a.programme_id"
    " WHERE f.id = NEW.fund_id AND a.id = NEW.award_id)"
)
_PAYEE_DECEASED = "EXISTS (SELECT 1 FROM party p WHERE p.id = NEW.payee_party_id AND p.deceased)"
_PAYEE_UNENTITLED = (
    "NOT EXISTS (SELECT 1 FROM award a JOIN claim c ON c.id = a.claim_id"
    " WHERE a.id = NEW.award_id AND a.currency = NEW.currency AND c.party_id = NEW.payee_party_id)"
    " AND NOT EXISTS (SELECT 1 FROM award a JOIN claim h ON h.through_claim_id = a.claim_id"
    " JOIN decision d ON d.claim_id = h.id AND d.status = 'confirmed' AND d.outcome = 'eligible'"
    " WHERE a.id = NEW.award_id AND a.currency = NEW.currency AND h.party_id = NEW.payee_party_id)"
)


def upgrade() -> None:
    _create_rule_set()
    _create_assessment()
    create_determinations()
    _create_decision()
    _create_award()
    _create_money()
    _guard_findings()
    _guard_decisions()
    _guard_awards()


def downgrade() -> None:
    for table in TABLES:
        drop_triggers(op, table)
        op.drop_table(table)


def _create_rule_set() -> None:
    op.create_table(
        "rule_set",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("ast_sha256", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("facts_schema", sa.Text(), nullable=False),
        sa.Column("examples", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["published_by"], ["staff_person.id"]),
        sa.UniqueConstraint("programme_id", "version"),
        sa.CheckConstraint("version >= 1", name="version_positive"),
        sa.CheckConstraint("length(ast_sha256) = 64", name="ast_sha256_length"),
        sa.CheckConstraint("length(file_sha256) = 64", name="file_sha256_length"),
        sqlite_strict=True,
    )


def _create_assessment() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("rule_set_id", sa.Text(), nullable=False),
        sa.Column("facts_revision_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("codes", sa.LargeBinary(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("asks", sa.Text(), nullable=False),
        sa.Column("by_succession", sa.Boolean(), nullable=False),
        sa.Column("computed_amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["rule_set_id"], ["rule_set.id"]),
        sa.ForeignKeyConstraint(["facts_revision_id"], ["facts_revision.id"]),
        sa.UniqueConstraint("claim_id", "number"),
        sa.UniqueConstraint("claim_id", "rule_set_id", "facts_revision_id"),
        sa.UniqueConstraint("id", "claim_id"),
        sa.CheckConstraint(
            "outcome IN ('eligible', 'not_eligible', 'more_information_needed', 'eligible_amount_pending')",
            name="outcome_known",
        ),
        sa.CheckConstraint("number >= 1", name="number_positive"),
        sa.CheckConstraint("computed_amount_minor >= 0", name="computed_amount_not_negative"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_assessment_outcome_id", "assessment", ["outcome", "id"])


def _create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("assessment_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Text(), nullable=True),
        sa.Column("instance", sa.BigInteger(), nullable=False),
        sa.Column("correction_reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("departs", sa.Boolean(), nullable=False),
        sa.Column("departure", sa.Text(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("determination_id", sa.Text(), nullable=True),
        sa.Column("appeal_body", sa.Text(), nullable=True),
        sa.Column("appeal_until", sa.Date(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_confirmed_by", sa.Text(), nullable=True),
        sa.Column("second_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by", sa.Text(), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["assessment_id", "claim_id"], ["assessment.id", "assessment.claim_id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["confirmed_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["second_confirmed_by"], ["staff_person.id"]),
        sa.ForeignKeyConstraint(["replaces_id"], ["decision.id"]),
        sa.ForeignKeyConstraint(
            ["determination_id", "assessment_id", "amount_minor", "proposed_by"],
            [
                "determination.id",
                "determination.assessment_id",
                "determination.amount_minor",
                "determination.determined_by",
            ],
            name="fk_decision_determination",
        ),
        sa.UniqueConstraint("determination_id"),
        sa.ForeignKeyConstraint(["returned_by"], ["staff_person.id"]),
        sa.UniqueConstraint("id", "claim_id"),
        sa.CheckConstraint("outcome IN ('eligible', 'not_eligible', 'ask', 'sent_back')", name="outcome_known"),
        sa.CheckConstraint(
            "status IN ('proposed', 'awaits_second', 'confirmed', 'replaced', 'returned')", name="status_known"
        ),
        sa.CheckConstraint("kind IN ('original', 'correction', 'appeal')", name="kind_known"),
        sa.CheckConstraint(
            "(kind = 'original') = (replaces_id IS NULL) AND replaces_id <> id", name="replaces_another"
        ),
        sa.CheckConstraint("(kind = 'correction') = (correction_reason IS NOT NULL)", name="correction_reasoned"),
        sa.CheckConstraint(
            "correction_reason IS NULL"
            " OR correction_reason IN ('computational', 'clerical', 'typographical', 'omission')",
            name="correction_reason_known",
        ),
        sa.CheckConstraint("outcome <> 'sent_back' OR kind = 'appeal'", name="sent_back_on_appeal"),
        sa.CheckConstraint("instance >= 0 AND (kind <> 'appeal' OR instance > 0)", name="instance_counted"),
        sa.CheckConstraint("departs = (departure IS NOT NULL)", name="departure_reasoned"),
        sa.CheckConstraint(
            "departure IS NULL OR departure IN ('evidence_heard', 'proof_not_to_be_had', 'rule_does_not_fit',"
            " 'further_inquiry')",
            name="departure_known",
        ),
        sa.CheckConstraint("outcome <> 'not_eligible' OR reasons <> '[]'", name="refusal_reasoned"),
        sa.CheckConstraint(
            "(outcome <> 'not_eligible' OR instance > 0 OR appeal_body IS NOT NULL)"
            " AND (outcome NOT IN ('ask', 'sent_back') OR appeal_body IS NULL)",
            name="refusal_appealable",
        ),
        sa.CheckConstraint(
            "(appeal_body IS NOT NULL AND status IN ('confirmed', 'replaced')) = (appeal_until IS NOT NULL)",
            name="appeal_dated",
        ),
        sa.CheckConstraint("(outcome = 'eligible') = (amount_minor IS NOT NULL)", name="amount_if_eligible"),
        sa.CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        sa.CheckConstraint(
            "(determination_id IS NULL OR (kind = 'original' AND outcome = 'eligible'))"
            " AND (determination_id IS NOT NULL OR kind <> 'original' OR outcome <> 'eligible' OR NOT departs)",
            name="determination_whole",
        ),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL) AND (status <> 'proposed' OR confirmed_by IS NULL)"
            " AND (status NOT IN ('awaits_second', 'confirmed', 'replaced') OR confirmed_by IS NOT NULL)",
            name="confirmation_whole",
        ),
        sa.CheckConstraint(
            "(second_confirmed_by IS NULL) = (second_confirmed_at IS NULL)"
            " AND (second_confirmed_by IS NULL OR status IN ('confirmed', 'replaced'))",
            name="second_whole",
        ),
        sa.CheckConstraint(
            "(status = 'returned') = (returned_by IS NOT NULL) AND (status = 'returned') = (returned_at IS NOT NULL)"
            " AND (status = 'returned') = (return_reason IS NOT NULL)",
            name="return_whole",
        ),
        sa.CheckConstraint("confirmed_by <> proposed_by", name="confirmed_by_another"),
        sa.CheckConstraint(
            "second_confirmed_by <> proposed_by AND second_confirmed_by <> confirmed_by", name="second_by_another"
        ),
        sa.CheckConstraint("returned_by <> proposed_by", name="returned_by_another"),
        sqlite_strict=True,
    )
    op.create_index("ix_decision_claim_id", "decision", ["claim_id"])
    op.create_index("ix_decision_status_id", "decision", ["status", "id"])
    op.create_index("ix_decision_replaces_id", "decision", ["replaces_id"])
    for name, where in (
        ("uq_decision_open", "status IN ('proposed', 'awaits_second')"),
        ("uq_decision_final", "status = 'confirmed' AND outcome NOT IN ('ask', 'sent_back')"),
    ):
        op.create_index(
            name, "decision", ["claim_id"], unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def _create_award() -> None:
    op.create_table(
        "award",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("programme_id", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("line_code", sa.Text(), nullable=True),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["decision_id", "claim_id"], ["decision.id", "decision.claim_id"]),
        sa.ForeignKeyConstraint(["made_by"], ["staff_person.id"]),
        sa.UniqueConstraint("claim_id", "number"),
        sa.UniqueConstraint("programme_id", "line_code"),
        sa.UniqueConstraint("id", "form"),
        sa.CheckConstraint("number >= 1", name="number_positive"),
        sa.CheckConstraint("form IN ('individual', 'collective')", name="form_known"),
        sa.CheckConstraint(
            "(form = 'individual') = (claim_id IS NOT NULL) AND (form = 'individual') = (decision_id IS NOT NULL)"
            " AND (form = 'collective') = (line_code IS NOT NULL)",
            name="form_whole",
        ),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sa.CheckConstraint("authority <> ''", name="authority_given"),
        sqlite_strict=True,
    )
    op.create_index("ix_award_programme_id_id", "award", ["programme_id", "id"])


def _create_money() -> None:
    op.create_table(
        "award_funding",
        sa.Column("award_id", sa.Text(), nullable=False),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("round_number", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["award_id", "form"], ["award.id", "award.form"]),
        sa.ForeignKeyConstraint(["fund_id", "form"], ["fund_form.fund_id", "fund_form.form"]),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("round_number >= 0", name="round_number_not_negative"),
        sa.PrimaryKeyConstraint("award_id", "fund_id", "round_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_award_funding_fund_id", "award_funding", ["fund_id"])
    op.create_table(
        "instalment",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("award_id", sa.Text(), nullable=False),
        sa.Column("fund_id", sa.Text(), nullable=False),
        sa.Column("round_number", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("payee_party_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["award_id", "fund_id", "round_number"],
            ["award_funding.award_id", "award_funding.fund_id", "award_funding.round_number"],
        ),
        sa.ForeignKeyConstraint(["payee_party_id"], ["party.id"]),
        sa.UniqueConstraint("award_id", "number"),
        sa.CheckConstraint("number >= 1", name="number_positive"),
        sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
        sa.CheckConstraint("length(currency) = 3", name="currency_length"),
        sqlite_strict=True,
    )
    op.create_index("ix_instalment_payee_party_id", "instalment", ["payee_party_id"])
    op.create_index("ix_instalment_due_on_id", "instalment", ["due_on", "id"])


def _guard_findings() -> None:
    append_only(op, "rule_set")
    refuse_when(
        op,
        "rule_set_follows",
        "rule_set",
        "INSERT",
        when="EXISTS (SELECT 1 FROM rule_set r WHERE r.programme_id = NEW.programme_id"
        " AND (r.version > NEW.version OR r.in_force_from > NEW.in_force_from))",
        message="rule_set.follows",
    )
    append_only(op, "assessment")
    refuse_when(
        op,
        "assessment_own_facts",
        "assessment",
        "INSERT",
        when=_FACTS_OF_ANOTHER,
        message="assessment.facts_of_another",
    )
    refuse_when(
        op,
        "assessment_own_rules",
        "assessment",
        "INSERT",
        when=_RULES_OF_ANOTHER,
        message="assessment.rules_of_another",
    )


def _guard_decisions() -> None:
    guard_determinations(op)
    refuse_when(
        op, "decision_departure_said", "decision", "INSERT", when=_DEPARTS_UNSAID, message="decision.departs_unsaid"
    )
    guard_decisions(op)


def _guard_awards() -> None:
    """Guard what does not depend on reductions; `migrations.award_life_triggers` guards the rest."""
    for table in ("award", "award_funding", "instalment"):
        append_only(op, table)
    refuse_when(
        op,
        "award_funding_own",
        "award_funding",
        "INSERT",
        when=_FUND_OF_ANOTHER,
        message="award_funding.fund_of_another",
    )
    refuse_when(
        op, "instalment_payee_alive", "instalment", "INSERT", when=_PAYEE_DECEASED, message="instalment.payee_deceased"
    )
    refuse_when(
        op,
        "instalment_payee_entitled",
        "instalment",
        "INSERT",
        when=_PAYEE_UNENTITLED,
        message="instalment.payee_unentitled",
    )
