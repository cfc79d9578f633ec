"""Questions about awards and payments: what each fund owes, and where every payment of it is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from reparations.eligibility.models import (
    Award,
    AwardForm,
    AwardFunding,
    AwardReduction,
    Instalment,
    PaymentRound,
    ReductionKind,
)
from reparations.ledger.models import AccountCode, LedgerAccount, LedgerTransfer
from reparations.payments.models import Batch, Payment, PaymentAnswer
from reparations.registry.models import Claim, Programme
from reparations.reports.errors import BooksBroken
from reparations.reports.evidence.auditor import AwardRow, PaymentRow
from reparations.reports.evidence.period import end_of
from reparations.reports.evidence.placing import Movement, PaymentDeeds, Place, place_payments

_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class FundAward:
    """An award as far as one fund pays for it."""

    award_id: str
    fund_id: str
    currency: str
    row: AwardRow


@dataclass(frozen=True, slots=True)
class FundPayment:
    """A payment out of one fund.  The ids stay inside; only `row` is printed."""

    award_id: str
    fund_id: str
    currency: str
    payee_party_id: str
    claim_id: str
    row: PaymentRow


@dataclass(frozen=True, slots=True)
class _Transfer:
    key: str
    """What the deed was done to: a payment's or batch's reference, an award's id."""
    fund_id: str
    currency: str
    movement: Movement


def list_awards(session: Session, fund_ids: Collection[str], *, as_of: date) -> list[FundAward]:
    """List what each fund owes or has paid on each award recognised by the end of the day, by subject.

    Raises:
        BooksBroken: the ledger and an award disagree; it names the award.
    """
    awards: dict[str, tuple[Award, str | None, str]] = {}
    for award, claim_reference, code in session.exec(
        select(Award, Claim.reference, Programme.code)
        .join(Claim, col(Claim.id) == Award.claim_id, isouter=True)
        .join(Programme, col(Programme.id) == Award.programme_id)
    ):
        # A deed may name its award by the id or by what people know it by.
        awards |= dict.fromkeys((award.id, _subject(award, claim_reference, code)), (award, claim_reference, code))
    amounts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    booked: defaultdict[tuple[str, str, int], int] = defaultdict(int)
    for transfer in _list_transfers(session, "award-", fund_ids, as_of=as_of):
        award_id = awards[transfer.key][0].id
        signed = _signed(transfer.movement)
        amounts[award_id, transfer.fund_id, transfer.currency] += signed
        booked[award_id, transfer.fund_id, _round_number(transfer.movement.deed)] += signed
    _check_funding(session, booked, as_of=as_of)
    found = []
    for (award_id, fund_id, currency), amount_minor in amounts.items():
        award, reference, programme_code = awards[award_id]
        subject = _subject(award, reference, programme_code)
        title = "" if award.claim_id else award.title
        row = AwardRow(subject=subject, form=award.form, title=title, amount_minor=amount_minor)
        found.append(FundAward(award_id, fund_id, currency, row))
    found += _list_unparted(session, fund_ids, as_of=as_of)
    return sorted(found, key=lambda award: (award.row.form, award.row.subject))


def _signed(movement: Movement) -> int:
    return movement.amount_minor if movement.debit == AccountCode.AWARDS else -movement.amount_minor


def _round_number(deed: str) -> int:
    """Read the round off ``round-3-recognised``; 0 of a deed outside rounds."""
    match = re.match(r"round-([0-9]+)-", deed)
    return int(match[1]) if match else 0


def _check_funding(session: Session, booked: Mapping[tuple[str, str, int], int], *, as_of: date) -> None:
    """Compare what the books hold for each award, fund and round with what funds it, less what was written back.

    Raises:
        BooksBroken: they differ; it names the award.
    """
    granted = select(AwardFunding).where(col(AwardFunding.fund_id).in_({fund_id for _, fund_id, _ in booked}))
    funding = {(row.award_id, row.fund_id, row.round_number): row.amount_minor for row in session.exec(granted)}
    taken = select(AwardReduction).where(
        col(AwardReduction.fund_id).in_({fund_id for _, fund_id, _ in booked}),
        col(AwardReduction.kind).in_((ReductionKind.WRITTEN_BACK, ReductionKind.GIVEN_BACK)),
        col(AwardReduction.recorded_at) < end_of(as_of),
    )
    for one in session.exec(taken):
        funding[one.award_id, one.fund_id or "", one.round_number] -= one.amount_minor
    for key, amount_minor in booked.items():
        if amount_minor != funding.get(key):
            raise BooksBroken(
                "The books hold another amount for this award than its funding.",
                record=key[0],
                remedy="Run `reparations audit verify`: it names the row that was changed.",
            )


def _list_unparted(session: Session, fund_ids: Collection[str], *, as_of: date) -> list[FundAward]:
    """List what confirmed rounds still owe as a whole, because their awards are being made part by part."""
    amounts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for transfer in _list_transfers(session, "round-", fund_ids, as_of=as_of):
        amounts[transfer.key, transfer.fund_id, transfer.currency] += _signed(transfer.movement)
    rounds = select(PaymentRound.id, PaymentRound.number, Programme.code).join(
        Programme, col(Programme.id) == PaymentRound.programme_id
    )
    named = {round_id: (number, code) for round_id, number, code in session.exec(rounds)} if amounts else {}
    found = []
    for (round_id, fund_id, currency), amount_minor in amounts.items():
        if amount_minor:
            number, code = named[round_id]
            title = f"Round {number}, not parted yet"
            row = AwardRow(
                subject=f"{code}-ROUND-{number}",
                form=AwardForm.INDIVIDUAL.value,
                title=title,
                amount_minor=amount_minor,
            )
            found.append(FundAward(round_id, fund_id, currency, row))
    return found


def list_payments(session: Session, fund_ids: Collection[str], *, as_of: date) -> list[FundPayment]:
    """List the payments of each fund as they stood at the end of the day, by subject and reference.

    Raises:
        BooksBroken: the ledger and a payment disagree; it names the payment.
    """
    deeds = _list_deeds(session, fund_ids, as_of=as_of)
    paid_to, awarded = aliased(Claim), aliased(Claim)
    reissued = aliased(Payment)
    statement = (
        core_select(
            Payment,
            Batch,
            col(Instalment.number),
            Award,
            col(awarded.reference),
            col(paid_to.reference),
            col(reissued.reference),
        )
        .join(Batch, col(Batch.id) == Payment.batch_id)
        .join(Instalment, col(Instalment.id) == Payment.instalment_id)
        .join(Award, col(Award.id) == Instalment.award_id)
        .join(awarded, col(awarded.id) == Award.claim_id, isouter=True)
        .join(paid_to, col(paid_to.id) == Payment.claim_id)
        .join(reissued, col(reissued.id) == Payment.reissues_id, isouter=True)
        .where(col(Payment.fund_id).in_(fund_ids), col(Batch.created_at) < end_of(as_of))
    )
    rows = session.execute(statement).all()
    codes = dict(session.exec(select(Programme.id, Programme.code)).all())
    places = place_payments(_deeds_of(payment, batch, deeds) for payment, batch, *_ in rows)
    found = []
    for payment, batch, number, award, award_claim, payee_claim, earlier in rows:
        place = places[payment.id]
        if not place.holds(payment.amount_minor):
            raise BooksBroken(
                "The books hold another amount for this payment than the payment itself.",
                record=payment.reference,
                remedy="Run `reparations audit verify`: it names the row that was changed.",
            )
        row = PaymentRow(
            subject=_subject(award, award_claim, codes[award.programme_id]),
            paid_to=payee_claim,
            instalment=number,
            reference=payment.reference,
            batch=batch.reference,
            rail=payment.rail,
            state=_state(payment, place, as_of=as_of),
            state_on=place.last_on,
            amount_minor=payment.amount_minor,
            reserved_minor=place.reserved_minor,
            in_flight_minor=place.in_flight_minor,
            returned_minor=place.returned_minor,
            paid_minor=place.paid_minor,
            reissue_of=earlier,
        )
        found.append(
            FundPayment(award.id, payment.fund_id, payment.currency, payment.payee_party_id, payment.claim_id, row)
        )
    return sorted(
        found, key=lambda found: (found.row.subject, found.row.instalment, found.row.batch, found.row.reference)
    )


def list_once_unknown(session: Session, fund_ids: Collection[str], *, as_of: date) -> set[str]:
    """List the references of payments that a provider, at some time, gave no definite answer about."""
    statement = (
        select(Payment.reference)
        .join(PaymentAnswer, col(PaymentAnswer.payment_id) == Payment.id)
        .where(
            col(Payment.fund_id).in_(fund_ids),
            PaymentAnswer.outcome == "unknown",
            col(PaymentAnswer.at) < end_of(as_of),
        )
    )
    return set(session.exec(statement))


def _subject(award: Award, claim_reference: str | None, programme_code: str) -> str:
    """A claim's reference, or the code of a collective award under its programme's."""
    return claim_reference or f"{programme_code}-{award.line_code}"


def _state(payment: Payment, place: Place, *, as_of: date) -> str:
    """The recorded state, or what the books say where it was recorded only after the day."""
    return str(payment.status) if payment.status_at < end_of(as_of) else place.state


@dataclass(frozen=True, slots=True)
class _Deeds:
    payments: dict[str, list[Movement]]
    reserved: dict[tuple[str, str], date]
    freed: dict[tuple[str, str], date]


def _list_deeds(session: Session, fund_ids: Collection[str], *, as_of: date) -> _Deeds:
    payments: defaultdict[str, list[Movement]] = defaultdict(list)
    for transfer in _list_transfers(session, "payment-", fund_ids, as_of=as_of):
        payments[transfer.key].append(transfer.movement)
    reserved: dict[tuple[str, str], date] = {}
    freed: dict[tuple[str, str], date] = {}
    for transfer in _list_transfers(session, "batch-", fund_ids, as_of=as_of):
        dates = reserved if transfer.movement.deed == "reserved" else freed
        dates[transfer.key, transfer.fund_id] = transfer.movement.occurred_on
    return _Deeds(dict(payments), reserved, freed)


def _deeds_of(payment: Payment, batch: Batch, deeds: _Deeds) -> PaymentDeeds:
    key = (batch.reference, payment.fund_id)
    return PaymentDeeds(
        payment_id=payment.id,
        amount_minor=payment.amount_minor,
        reissue_of_id=payment.reissues_id,
        reserved_on=deeds.reserved.get(key),
        freed_on=deeds.freed.get(key),
        movements=deeds.payments.get(payment.reference, ()),
    )


def _list_transfers(session: Session, prefix: str, fund_ids: Collection[str], *, as_of: date) -> Sequence[_Transfer]:
    """List the transfers whose names begin with `prefix`; see `ledger.postings` for how they are named."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    statement = (
        core_select(
            col(LedgerTransfer.id),
            col(LedgerTransfer.fund_id),
            col(LedgerTransfer.currency),
            col(debit.code),
            col(credit.code),
            col(LedgerTransfer.amount_minor),
            col(LedgerTransfer.occurred_on),
        )
        .join(debit, col(debit.id) == LedgerTransfer.debit_account_id)
        .join(credit, col(credit.id) == LedgerTransfer.credit_account_id)
        .where(
            col(LedgerTransfer.id).startswith(prefix, autoescape=True),
            col(LedgerTransfer.fund_id).in_(fund_ids),
            col(LedgerTransfer.occurred_on) <= as_of,
        )
        .order_by(col(LedgerTransfer.id))
        .execution_options(yield_per=_CHUNK)
    )
    found = []
    for name, fund_id, currency, debited, credited, amount, on in session.execute(statement):
        key, deed = _read_name(name.removeprefix(prefix), fund_id)
        movement = Movement(deed, AccountCode(debited), AccountCode(credited), amount, on)
        found.append(_Transfer(key, fund_id, currency, movement))
    return found


def _read_name(name: str, fund_id: str) -> tuple[str, str]:
    """Split ``<key>-<fund>-<deed>`` or ``<key>-<deed>``; only in the first form may the key contain a hyphen."""
    key, fund, deed = name.partition(f"-{fund_id}-")
    if fund:
        return key, deed
    key, _, deed = name.partition("-")
    return key, deed
