"""Checking adjustments and overpayments against the books: nothing is believed, each finding names its record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Table, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from reparations.audit.verification import Finding, run_checks
from reparations.eligibility.models import (
    Award,
    AwardReduction,
    Instalment,
    Overpayment,
    OverpaymentRecovery,
    RecoveryKind,
    ReductionKind,
    TrustHolding,
    TrustRelease,
)
from reparations.ledger.models import LedgerAccount, LedgerTransfer
from reparations.ledger.postings import (
    Movement,
    NewTransfer,
    award_written_back,
    overpayment_identified,
    overpayment_repaid,
    overpayment_set_off,
    overpayment_waived,
    put_in_trust,
    trust_reduced,
    trust_released,
)
from reparations.money import Money

_READ = (Award, AwardReduction, Instalment, Overpayment, OverpaymentRecovery, TrustHolding, TrustRelease)
_transfer: Table = LedgerTransfer.__table__  # type: ignore[attr-defined]
_PREFIXES = ("award-", "set-off-", "overpayment-", "trust-")
_MOVEMENTS = frozenset(
    movement.value
    for movement in (
        Movement.AWARD_WRITTEN_BACK,
        Movement.OVERPAID,
        Movement.SET_OFF,
        Movement.PAID_BACK,
        Movement.WAIVED,
        Movement.PUT_IN_TRUST,
        Movement.TRUST_RELEASED,
    )
)


class _Posted(NamedTuple):
    fund_id: str
    currency: str
    debit: str
    credit: str
    amount_minor: int


def list_findings(session: Session) -> list[Finding]:
    """Compare every reduction, overpayment and recovery with its transfer, and every such transfer with its record.

    Args:
        session: a consistent view (`Database.reading`).
    """
    return run_checks(session, _READ, [_check_posted, _check_recoveries])


def _check_posted(session: Session) -> Iterator[Finding]:
    posted = _read_posted(session)
    expected = dict(_expect(session))
    for name, (record, transfer) in sorted(expected.items()):
        wanted = _Posted(transfer.fund_id, transfer.currency, transfer.debit, transfer.credit, transfer.amount_minor)
        if posted.get(name) != wanted:
            yield Finding("recovery.unposted", record, "The books do not show it with its amount.")
    for name in sorted(posted.keys() - expected.keys()):
        yield Finding("recovery.unrecorded", f"ledger_transfer {name}", "Nothing is recorded for it.")


def _read_posted(session: Session) -> dict[str, _Posted]:
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    rows = session.connection().execute(
        select(
            _transfer.c.id,
            _transfer.c.fund_id,
            _transfer.c.currency,
            col(debit.code),
            col(credit.code),
            _transfer.c.amount_minor,
        )
        .join(debit, col(debit.id) == _transfer.c.debit_account_id)
        .join(credit, col(credit.id) == _transfer.c.credit_account_id)
        .where(_transfer.c.reverses_id.is_(None))
        .where(col(debit.code).in_({code for code, _ in _MOVEMENTS}))
        .where(col(credit.code).in_({code for _, code in _MOVEMENTS}))
    )
    return {
        name: _Posted(fund_id, currency, debited, credited, amount)
        for name, fund_id, currency, debited, credited, amount in rows
        if (debited, credited) in _MOVEMENTS and name.startswith(_PREFIXES)
    }


def _expect(session: Session) -> Iterator[tuple[str, tuple[str, NewTransfer]]]:
    """Give each transfer that there must be by its id, with the record it comes from."""
    connection = session.connection()
    written_back = select(
        col(AwardReduction.id),
        col(AwardReduction.award_id),
        col(AwardReduction.fund_id),
        col(AwardReduction.round_number),
        col(AwardReduction.amount_minor),
        col(Award.currency),
        col(AwardReduction.from_trust),
        col(AwardReduction.instalment_id),
    ).join(Award, col(Award.id) == AwardReduction.award_id)
    written_back = written_back.where(
        col(AwardReduction.kind).in_([ReductionKind.WRITTEN_BACK, ReductionKind.GIVEN_BACK]),
        col(AwardReduction.fund_id).is_not(None),
    )
    for reduction_id, award_id, fund_id, number, amount, currency, from_trust, instalment_id in connection.execute(
        written_back
    ):
        made = award_written_back(
            award_id, reduction_id, number=number, fund_id=fund_id or "", amount=Money(amount, currency)
        )
        if from_trust:
            made += trust_reduced(
                instalment_id or "", reduction_id, fund_id=fund_id or "", amount=Money(amount, currency)
            )
        yield from _by_id(f"award_reduction {reduction_id}", made)
    overpaid = select(
        col(Overpayment.id), col(Overpayment.fund_id), col(Overpayment.amount_minor), col(Overpayment.currency)
    )
    for overpayment_id, fund_id, amount, currency in connection.execute(overpaid):
        made = overpayment_identified(overpayment_id, fund_id=fund_id, amount=Money(amount, currency))
        yield from _by_id(f"overpayment {overpayment_id}", made)
    recovered = (
        select(
            col(OverpaymentRecovery.id),
            col(OverpaymentRecovery.overpayment_id),
            col(OverpaymentRecovery.kind),
            col(OverpaymentRecovery.amount_minor),
            col(Overpayment.fund_id),
            col(Overpayment.currency),
            col(Instalment.award_id),
        )
        .join(Overpayment, col(Overpayment.id) == OverpaymentRecovery.overpayment_id)
        .join(Instalment, col(Instalment.id) == OverpaymentRecovery.instalment_id, isouter=True)
    )
    for recovery_id, overpayment_id, kind, minor, fund_id, currency, award_id in connection.execute(recovered):
        money = Money(minor, currency)
        if kind == RecoveryKind.SET_OFF:
            made = overpayment_set_off(award_id, recovery_id, fund_id=fund_id, amount=money)
        elif kind == RecoveryKind.REPAID:
            made = overpayment_repaid(overpayment_id, recovery_id, fund_id=fund_id, amount=money)
        else:
            made = overpayment_waived(overpayment_id, recovery_id, fund_id=fund_id, amount=money)
        yield from _by_id(f"overpayment_recovery {recovery_id}", made)
    yield from _expect_trusts(session)


def _expect_trusts(session: Session) -> Iterator[tuple[str, tuple[str, NewTransfer]]]:
    """Give each transfer into trust and out of it that there must be."""
    connection = session.connection()
    instalment = select(
        col(Instalment.id), col(Instalment.fund_id), col(Instalment.amount_minor), col(Instalment.currency)
    )
    held = instalment.join(TrustHolding, col(TrustHolding.instalment_id) == Instalment.id)
    for instalment_id, fund_id, amount, currency in connection.execute(held):
        made = put_in_trust(instalment_id, fund_id=fund_id, amount=Money(amount, currency))
        yield from _by_id(f"trust_holding {instalment_id}", made)
    taken: defaultdict[str, int] = defaultdict(int)
    reduced = select(col(AwardReduction.instalment_id), col(AwardReduction.amount_minor))
    for of_instalment, amount in connection.execute(reduced.where(col(AwardReduction.from_trust))):
        taken[of_instalment or ""] += amount
    released = instalment.join(TrustRelease, col(TrustRelease.instalment_id) == Instalment.id)
    for instalment_id, fund_id, amount, currency in connection.execute(released):
        if (left := amount - taken[instalment_id]) > 0:  # of an emptied trust nothing was left to release
            made = trust_released(instalment_id, fund_id=fund_id, amount=Money(left, currency))
            yield from _by_id(f"trust_release {instalment_id}", made)


def _by_id(record: str, transfers: list[NewTransfer]) -> Iterator[tuple[str, tuple[str, NewTransfer]]]:
    return ((transfer.id, (record, transfer)) for transfer in transfers)


def _check_recoveries(session: Session) -> Iterator[Finding]:
    """Nothing is recovered beyond what was overpaid, and what was set off was kept from its instalment."""
    connection = session.connection()
    outstanding: defaultdict[str, int] = defaultdict(int)
    for overpayment_id, amount in connection.execute(select(col(Overpayment.id), col(Overpayment.amount_minor))):
        outstanding[overpayment_id] += amount
    recovered = select(col(OverpaymentRecovery.overpayment_id), col(OverpaymentRecovery.amount_minor))
    for overpayment_id, amount in connection.execute(recovered):
        outstanding[overpayment_id] -= amount
    for overpayment_id, amount in sorted(outstanding.items()):
        if amount < 0:
            yield Finding("recovery.exceeds", f"overpayment {overpayment_id}", "More was recovered than was overpaid.")
    unkept = (
        select(col(OverpaymentRecovery.id))
        .join(AwardReduction, col(AwardReduction.recovery_id) == OverpaymentRecovery.id, isouter=True)
        .where(col(OverpaymentRecovery.kind) == RecoveryKind.SET_OFF, col(AwardReduction.id).is_(None))
        .order_by(col(OverpaymentRecovery.id))
    )
    for recovery_id in connection.execute(unkept).scalars():
        yield Finding(
            "recovery.not_kept", f"overpayment_recovery {recovery_id}", "It was not kept from its instalment."
        )
    unfollowed = (
        select(col(AwardReduction.id))
        .join(Overpayment, col(Overpayment.reduction_id) == AwardReduction.id, isouter=True)
        .where(col(AwardReduction.kind) == ReductionKind.OVERPAID, col(Overpayment.id).is_(None))
        .order_by(col(AwardReduction.id))
    )
    for reduction_id in connection.execute(unfollowed).scalars():
        yield Finding("recovery.not_receivable", f"award_reduction {reduction_id}", "It is nobody's overpayment.")
