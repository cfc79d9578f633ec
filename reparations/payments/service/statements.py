"""Reading a bank's statement: each booked entry settles or returns the payment it names, or is put aside."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.db import Row
from reparations.ids import new_id
from reparations.ledger import service as ledger
from reparations.ledger.postings import NewTransfer
from reparations.ledger.rules import MAX_TRANSFERS_PER_ENTRY, has_come
from reparations.money import Money
from reparations.payments import queries
from reparations.payments.errors import StatementReused
from reparations.payments.models import (
    AnswerSource,
    BankStatement,
    FindingCode,
    Payment,
    PaymentStatus,
    StatementFinding,
)
from reparations.payments.rails.camt053 import EntryKind, Statement, StatementEntry, read_statements
from reparations.payments.rails.protocol import Answer, Outcome
from reparations.payments.service.answers import add_answer, apply_answer, complete_if_done
from reparations.principal import Principal
from reparations.registry.models import Rail
from reparations.vault import blind_index, create_subject, normalise_digits

_AWAITED = {
    EntryKind.DEBIT: frozenset({PaymentStatus.SUBMITTED, PaymentStatus.IN_TRANSIT}),
    EntryKind.RETURN: frozenset({PaymentStatus.PAID}),
}
_OUTCOMES = {EntryKind.DEBIT: Outcome.PAID, EntryKind.RETURN: Outcome.RETURNED}


@dataclass(frozen=True, slots=True)
class StatementResult:
    """What one statement did."""

    statement_id: str
    """Ours."""
    statement_ref: str
    """The bank's."""
    already_imported: bool
    settled: int
    returned: int
    findings: int


def import_statements(session: Session, content: bytes, *, officer: Principal, at: datetime) -> list[StatementResult]:
    """Read a camt.053 document; settle and return payments as it says, in one transaction.

    A statement that was read before is not read again.  An entry that names none of our payments, another amount, or
    something that cannot have happened, is put aside as a finding and posted nowhere.

    Raises:
        MalformedDocument: not a valid camt.053.001.08; nothing was changed.
        StatementReused: a statement of this number was read before, with other content.
    """
    return [_import_one(session, statement, content, officer=officer, at=at) for statement in read_statements(content)]


def _import_one(
    session: Session, statement: Statement, content: bytes, *, officer: Principal, at: datetime
) -> StatementResult:
    digest = hashlib.sha256(content).digest()
    account_index = blind_index(session, field="own_account", value=normalise_digits(statement.account))
    earlier = queries.find_statement(session, account_index=account_index, statement_ref=statement.statement_id)
    if earlier is not None:
        if earlier.content_sha256 != digest:
            raise _reused(statement)
        return _result(session, earlier, already_imported=True)
    row = _store(session, statement, content, account_index=account_index, officer=officer, at=at)
    references = {entry.reference for entry in statement.entries if entry.reference is not None}
    known = queries.find_payments_by_reference(session, references)
    batches = [queries.lock_batch(session, batch_id) for batch_id in sorted({p.batch_id for p in known.values()})]
    queries.lock_payments(session, [payment.id for payment in known.values()])

    rows: list[Row | audit.RowDigest] = [row, *known.values()]
    numbers = queries.find_last_answers(session, [payment.id for payment in known.values()])
    by_day: defaultdict[date, list[NewTransfer]] = defaultdict(list)
    for entry in statement.entries:
        changed, transfers = _apply(session, row, entry, known=known, numbers=numbers, at=at)
        rows += changed
        by_day[entry.booked_on] += transfers
    for batch in batches:
        rows += complete_if_done(session, batch)
    rows += _post(session, row, by_day, officer=officer, at=at)
    result = _result(session, row, already_imported=False)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="statement.imported",
        subject=row.id,
        body={
            "sha256": digest.hex(),
            "entries": row.entry_count,
            "settled": result.settled,
            "returned": result.returned,
            "findings": result.findings,
        },
        rows=rows,
    )
    return result


def _apply(
    session: Session,
    row: BankStatement,
    entry: StatementEntry,
    *,
    known: Mapping[str, Payment],
    numbers: dict[str, int],
    at: datetime,
) -> tuple[list[Row], Sequence[NewTransfer]]:
    """Let one entry settle or return its payment, or put it aside."""
    payment = known.get(entry.reference or "")
    if payment is None and entry.kind is EntryKind.CREDIT:
        return [], ()  # money that came in, a gift perhaps: not a payment's business
    code = _fault(entry, payment, at=at)
    if code is not None or payment is None:
        finding = StatementFinding(
            id=new_id("sfd"),
            statement_id=row.id,
            line=entry.line,
            code=code or FindingCode.UNKNOWN_REFERENCE,
            payment_id=payment.id if payment else None,
            amount_minor=entry.amount.amount_minor if entry.amount else None,
            currency=entry.amount.currency if entry.amount else None,
            booked_on=entry.booked_on,
        )
        session.add(finding)
        return [finding], ()
    numbers[payment.id] = numbers.get(payment.id, 0) + 1
    answer = Answer(_OUTCOMES[entry.kind], code=entry.code)
    answered = add_answer(
        session,
        payment,
        answer,
        number=numbers[payment.id],
        source=AnswerSource.STATEMENT,
        statement=(row.id, entry.line),
        at=at,
    )
    return [answered], apply_answer(session, payment, answer, at=at).transfers


def _fault(entry: StatementEntry, payment: Payment | None, *, at: datetime) -> FindingCode | None:
    """Say why an entry cannot be what became of the payment it names."""
    if payment is None or payment.rail != Rail.BANK_FILE:
        return FindingCode.UNKNOWN_REFERENCE
    if entry.kind is EntryKind.CREDIT:
        return FindingCode.REASON_MISSING
    if not has_come(entry.booked_on, at=at):
        return FindingCode.DAY_TO_COME
    if entry.amount != Money(payment.amount_minor, payment.currency):
        return FindingCode.AMOUNT_DIFFERS
    if payment.status not in _AWAITED[entry.kind]:
        return FindingCode.NOT_AWAITED
    return None


def _store(
    session: Session, statement: Statement, content: bytes, *, account_index: bytes, officer: Principal, at: datetime
) -> BankStatement:
    statement_id = new_id("stm")
    row = BankStatement(
        id=statement_id,
        statement_ref=statement.statement_id,
        account_index=account_index,
        content_sha256=hashlib.sha256(content).digest(),
        content_sealed=create_subject(session, statement_id, at=at).seal(
            place=f"bank_statement|content|{statement_id}", plaintext=content
        ),
        entry_count=len(statement.entries),
        imported_by=officer.person_id,
        imported_at=at,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise _reused(statement) from None
    return row


def _post(
    session: Session,
    statement: BankStatement,
    by_day: Mapping[date, Sequence[NewTransfer]],
    *,
    officer: Principal,
    at: datetime,
) -> list[audit.RowDigest]:
    """Post a day's bookings as one entry, or a few where there are very many; those of a closed period as late ones."""
    digests: list[audit.RowDigest] = []
    for day, transfers in sorted(by_day.items()):
        for start in range(0, len(transfers), MAX_TRANSFERS_PER_ENTRY):
            digests += ledger.post_late(
                session,
                entry_id=f"statement-{statement.content_sha256.hex()[:24]}-{day.isoformat()}-{start}",
                transfers=transfers[start : start + MAX_TRANSFERS_PER_ENTRY],
                happened_on=day,
                reason="The bank's statement came after the closing.",
                authority=f"Bank statement {statement.statement_ref}",
                officer=officer,
                at=at,
            )
    return digests


def _result(session: Session, row: BankStatement, *, already_imported: bool) -> StatementResult:
    session.flush()
    settled, returned, findings = queries.count_statement(session, row.id)
    return StatementResult(
        statement_id=row.id,
        statement_ref=row.statement_ref,
        already_imported=already_imported,
        settled=settled,
        returned=returned,
        findings=findings,
    )


def _reused(statement: Statement) -> StatementReused:
    return StatementReused(
        "A statement of this number was imported before, with other content; nothing was changed.",
        remedy="Compare the two files, and ask the bank which of them is right.",
        record=statement.statement_id if statement.statement_id.isascii() else None,
    )
