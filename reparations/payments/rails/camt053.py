"""Reading a bank's statement, camt.053.001.08: what was booked, for which of our references, and what came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from lxml import etree

from reparations.errors import InvalidInput
from reparations.money import Money
from reparations.payments.errors import MalformedDocument
from reparations.payments.rails.protocol import word
from reparations.payments.rails.xml import CAMT_053, all_at, parse_document, text_at

MAX_ENTRIES = 100_000


class EntryKind(StrEnum):
    """What an entry says about the fund's account."""

    DEBIT = "debit"
    """Money left."""
    RETURN = "return"
    """Money that had left came back: a credit with a return reason, or marked as a reversal."""
    CREDIT = "credit"
    """Other money came in; none of a payment's business."""


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One booked transaction."""

    line: int
    """Counted from 1 over the whole document."""
    kind: EntryKind
    reference: str | None
    amount: Money | None
    """None where the bank gave no amount for one of several transactions, or one that is not money."""
    booked_on: date
    code: str
    """Reason of a return as the bank coded it (``ac04``), else empty."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account."""

    statement_id: str
    account: str = field(repr=False)
    entries: tuple[StatementEntry, ...]


class _Booked(NamedTuple):
    """One transaction of a booked entry."""

    entry: etree._Element
    transaction: etree._Element | None
    alone: bool
    """Whether it is the entry's only one, so that the entry's amount is its own."""


def read_statements(content: bytes) -> tuple[Statement, ...]:
    """Read every statement of a document; entries not yet booked are passed over.

    Raises:
        MalformedDocument: not a valid camt.053.001.08, or more than `MAX_ENTRIES` entries.
    """
    root = parse_document(content, CAMT_053)
    statements, line = [], 0
    for element in all_at(root, "BkToCstmrStmt/Stmt", CAMT_053):
        entries = []
        for entry in _booked(element):
            line += 1
            if line > MAX_ENTRIES:
                raise MalformedDocument(f"The document holds more than {MAX_ENTRIES} entries.")
            entries.append(_entry(line, entry))
        statements.append(
            Statement(
                statement_id=text_at(element, "Id", CAMT_053) or "",
                account=text_at(element, "Acct/Id/IBAN", CAMT_053)
                or text_at(element, "Acct/Id/Othr/Id", CAMT_053)
                or "",
                entries=tuple(entries),
            )
        )
    return tuple(statements)


def _booked(statement: etree._Element) -> Iterator[_Booked]:
    for entry in all_at(statement, "Ntry", CAMT_053):
        status = text_at(entry, "Sts/Cd", CAMT_053) or text_at(entry, "Sts/Prtry", CAMT_053)
        if status != "BOOK":
            continue
        transactions = all_at(entry, "NtryDtls/TxDtls", CAMT_053)
        for transaction in transactions:
            yield _Booked(entry, transaction, alone=len(transactions) == 1)
        if not transactions:
            yield _Booked(entry, None, alone=True)


def _entry(line: int, booked: _Booked) -> StatementEntry:
    entry, transaction, alone = booked
    details = transaction if transaction is not None else entry
    direction = text_at(details, "CdtDbtInd", CAMT_053) or text_at(entry, "CdtDbtInd", CAMT_053)
    returned = bool(all_at(details, "RtrInf", CAMT_053)) or text_at(entry, "RvslInd", CAMT_053) in {"true", "1"}
    kind = EntryKind.DEBIT if direction == "DBIT" else EntryKind.RETURN if returned else EntryKind.CREDIT
    places = [(details, "Amt"), (details, "AmtDtls/TxAmt/Amt"), *([(entry, "Amt")] if alone else [])]
    amounts = [found for element, path in places for found in all_at(element, path, CAMT_053)]
    reason = text_at(details, "RtrInf/Rsn/Cd", CAMT_053) or text_at(details, "RtrInf/Rsn/Prtry", CAMT_053)
    return StatementEntry(
        line=line,
        kind=kind,
        reference=text_at(details, "Refs/EndToEndId", CAMT_053),
        amount=_money(amounts[0]) if amounts else None,
        booked_on=_booked_on(entry),
        code=word(reason),
    )


def _money(element: etree._Element) -> Money | None:
    """Read an amount; noughts beyond the currency's own decimals are dropped, anything else there is no amount."""
    text, currency = (element.text or "").strip(), element.get("Ccy") or ""
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    try:
        return Money.parse(text, currency)
    except InvalidInput:
        return None


def _booked_on(entry: etree._Element) -> date:
    for path in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"):
        if text := text_at(entry, path, CAMT_053):
            return date.fromisoformat(text[:10])
    raise MalformedDocument("A booked entry has neither a booking nor a value date.")
