"""A bank on this machine: reads a pain.001 file, and answers with the camt.053 statement of what it booked.

For the example and for tests.  Every transfer is debited; those to a marked account come back as a credit with a return
reason, as a closed account's bank sends them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from lxml import etree

from reparations.money import Money
from reparations.payments.rails.bank_file import FileLine, normalise_account, read_payment_file
from reparations.payments.rails.xml import CAMT_053, PAIN_001, Writer, parse_document, text_at

ACCOUNT_CLOSED = "AC04"


def answer_payment_file(
    content: bytes, *, statement_id: str, at: datetime, returned_accounts: Collection[str] = (), opening_minor: int = 0
) -> bytes:
    """Book every transfer of a payment file and return the day's statement.

    Args:
        content: a pain.001.001.09 document.
        statement_id: the bank's number for the statement.
        at: when the bank makes it.
        returned_accounts: creditor accounts that no longer exist.
        opening_minor: balance of the account that morning, minor units.

    Raises:
        MalformedDocument: the file is not a valid pain.001.001.09.
    """
    root = parse_document(content, PAIN_001)
    lines = read_payment_file(content)
    gone = {normalise_account(account) for account in returned_accounts}
    returned = [line for line in lines if line.account in gone]
    account = text_at(root, "CstmrCdtTrfInitn/PmtInf/DbtrAcct/Id/IBAN", PAIN_001) or ""
    writer = Writer(CAMT_053)
    message = writer.add(writer.root, "BkToCstmrStmt")
    header = writer.add(message, "GrpHdr")
    writer.add(header, "MsgId", statement_id)
    writer.add(header, "CreDtTm", at.isoformat())
    statement = writer.add(message, "Stmt")
    writer.add(statement, "Id", statement_id)
    writer.add(statement, "CreDtTm", at.isoformat())
    writer.add(statement, "Acct/Id/IBAN", account)
    currency = lines[0].amount.currency
    opening = Money(opening_minor, currency)
    closing = opening - _total(lines, currency) + _total(returned, currency)
    _add_balance(writer, statement, "OPBD", opening, on=at.date())
    _add_balance(writer, statement, "CLBD", closing, on=at.date())
    for line in lines:
        _add_entry(writer, statement, line, at.date(), came_back=False)
    for line in returned:
        _add_entry(writer, statement, line, at.date(), came_back=True)
    answer = writer.to_bytes()
    parse_document(answer, CAMT_053)
    return answer


def _total(lines: Sequence[FileLine], currency: str) -> Money:
    return sum((line.amount for line in lines), Money(0, currency))


def _add_balance(writer: Writer, statement: etree._Element, code: str, balance: Money, *, on: date) -> None:
    element = writer.add(statement, "Bal")
    writer.add(element, "Tp/CdOrPrtry/Cd", code)
    magnitude = Money(abs(balance.amount_minor), balance.currency)
    writer.add(element, "Amt", magnitude.decimal_string, Ccy=balance.currency)
    writer.add(element, "CdtDbtInd", "CRDT" if balance.amount_minor >= 0 else "DBIT")
    writer.add(element, "Dt/Dt", on.isoformat())


def _add_entry(writer: Writer, statement: etree._Element, line: FileLine, on: date, *, came_back: bool) -> None:
    entry = writer.add(statement, "Ntry")
    writer.add(entry, "Amt", line.amount.decimal_string, Ccy=line.amount.currency)
    writer.add(entry, "CdtDbtInd", "CRDT" if came_back else "DBIT")
    writer.add(entry, "Sts/Cd", "BOOK")
    writer.add(entry, "BookgDt/Dt", on.isoformat())
    writer.add(entry, "ValDt/Dt", on.isoformat())
    domain = writer.add(entry, "BkTxCd/Domn")
    writer.add(domain, "Cd", "PMNT")
    family = writer.add(domain, "Fmly")
    writer.add(family, "Cd", "RCDT" if came_back else "ICDT")
    writer.add(family, "SubFmlyCd", "RRTN" if came_back else "XBCT")
    details = writer.add(entry, "NtryDtls/TxDtls")
    writer.add(details, "Refs/EndToEndId", line.reference)
    writer.add(details, "Amt", line.amount.decimal_string, Ccy=line.amount.currency)
    writer.add(details, "CdtDbtInd", "CRDT" if came_back else "DBIT")
    if came_back:
        writer.add(details, "RtrInf/Rsn/Cd", ACCOUNT_CLOSED)
