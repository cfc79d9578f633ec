"""The bank rail: one pain.001.001.09 document for the payments of one fund and currency.

A bank file names people and accounts and nothing else: the payer's neutral name, an opaque reference, no word on what
the money is for.  Amounts are written from whole minor units by the currency's own exponent.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from lxml import etree

from reparations.money import Money
from reparations.payments.errors import FileBroken, UnpayableDetails
from reparations.payments.rails.protocol import Instruction
from reparations.payments.rails.xml import PAIN_001, Writer, all_at, parse_document, text_at
from reparations.registry.rules.destinations import is_iban

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9/ -]{0,33}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_NAME_PUNCTUATION = frozenset(" '’.,()-/&+:·")
_MAX_NAME = 140
_CHARGES_TO_US = "DEBT"
"""An award arrives whole: the fund pays the charges."""


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whom the bank debits.  The name is printed on the payee's statement: it must not say what the money is for."""

    name: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """What one bank file says; `instructions` all in one currency."""

    message_id: str
    created_at: datetime
    debtor: Debtor
    instructions: Sequence[Instruction] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileSummary:
    """What a bank file was found to say when read back."""

    message_id: str
    count: int
    total: Money
    lines_sha256: str
    """Over every line's reference, amount, name and account, in order."""


@dataclass(frozen=True, slots=True)
class FileLine:
    """One transfer read from a bank file."""

    reference: str
    amount: Money
    holder: str = field(repr=False)
    account: str = field(repr=False)


def check_details(details: Mapping[str, str]) -> None:
    """Refuse details no bank file should carry, with a reason in one word.

    Raises:
        UnpayableDetails: see the reasons below.
    """
    payable_name(details.get("account_holder", ""))
    account = normalise_account(details.get("account", ""))
    if not _ACCOUNT.fullmatch(account):
        raise UnpayableDetails("account_malformed", "The account number is missing or holds characters no bank takes.")
    if _IBAN.fullmatch(account) and not is_iban(account):
        raise UnpayableDetails(
            "iban_checksum", "The account number looks like an IBAN, but its check digits are wrong."
        )
    bic = details.get("bic", "")
    if bic and not _BIC.fullmatch(bic):
        raise UnpayableDetails("bic_malformed", "The BIC has not the form of one.")


def payable_name(name: str) -> str:
    """Return a name as it may stand in a bank file.

    Letters and marks of any script, digits, spaces and a little punctuation pass.  Line breaks, other control
    characters, direction marks and symbols are refused, not dropped: somebody put them there, and a name silently
    changed is a payment to somebody else.

    Raises:
        UnpayableDetails: `name_missing`, `name_too_long` or `name_characters`.
    """
    composed = unicodedata.normalize("NFC", name)
    if not composed.strip():
        raise UnpayableDetails("name_missing", "The account holder's name is missing.")
    if len(composed) > _MAX_NAME:
        raise UnpayableDetails("name_too_long", f"The account holder's name is longer than {_MAX_NAME} characters.")
    if not all(
        unicodedata.category(character)[0] in "LM" or character.isdecimal() or character in _NAME_PUNCTUATION
        for character in composed
    ):
        raise UnpayableDetails(
            "name_characters", "The account holder's name holds characters a bank file cannot carry."
        )
    return composed.strip()


def normalise_account(account: str) -> str:
    """Take the blanks out of an IBAN written in groups; leave another account number as it is."""
    compact = account.replace(" ", "").upper()
    return compact if _IBAN.fullmatch(compact) else account.strip()


def write_payment_file(file: PaymentFile) -> bytes:
    """Write the document, validate it, read it back and compare; the same file gives the same bytes.

    Raises:
        UnpayableDetails: a payee's details cannot be carried.
        FileBroken: what was written does not say what it should.
    """
    if not file.instructions or len({instruction.amount.currency for instruction in file.instructions}) != 1:
        raise FileBroken("A bank file holds one transfer at least, all in one currency.")
    for instruction in file.instructions:
        check_details(instruction.details)
    content = _render(file)
    expected = _summarise(
        file.message_id,
        [
            FileLine(
                reference=instruction.reference,
                amount=instruction.amount,
                holder=payable_name(instruction.details["account_holder"]),
                account=normalise_account(instruction.details["account"]),
            )
            for instruction in file.instructions
        ],
    )
    if summarise_payment_file(content) != expected:
        raise FileBroken("The bank file, read back, differs from the payments it was made of; it was not stored.")
    return content


def read_payment_file(content: bytes) -> list[FileLine]:
    """Read every transfer of a pain.001.001.09 document.

    Raises:
        MalformedDocument: see `parse_document`.
    """
    root = parse_document(content, PAIN_001)
    return [
        FileLine(
            reference=text_at(transfer, "PmtId/EndToEndId", PAIN_001) or "",
            amount=_amount(transfer.find("{*}Amt/{*}InstdAmt")),
            holder=text_at(transfer, "Cdtr/Nm", PAIN_001) or "",
            account=text_at(transfer, "CdtrAcct/Id/IBAN", PAIN_001)
            or text_at(transfer, "CdtrAcct/Id/Othr/Id", PAIN_001)
            or "",
        )
        for transfer in all_at(root, "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf", PAIN_001)
    ]


def summarise_payment_file(content: bytes) -> FileSummary:
    """Read a file back and check its own header against its lines.

    Raises:
        MalformedDocument: see `parse_document`.
        FileBroken: the header's count or sum is not that of the lines.
    """
    root = parse_document(content, PAIN_001)
    header = "CstmrCdtTrfInitn/GrpHdr/"
    summary = _summarise(text_at(root, header + "MsgId", PAIN_001) or "", read_payment_file(content))
    stated = (text_at(root, header + "NbOfTxs", PAIN_001), text_at(root, header + "CtrlSum", PAIN_001))
    if stated != (str(summary.count), summary.total.decimal_string):
        raise FileBroken("The count or the control sum in the bank file's header is not that of its lines.")
    return summary


def _summarise(message_id: str, lines: Sequence[FileLine]) -> FileSummary:
    digest = hashlib.sha256()
    total = Money(0, lines[0].amount.currency)
    for line in lines:
        total += line.amount
        digest.update(f"{line.reference}\n{line.amount}\n{line.holder}\n{line.account}\n".encode())
    return FileSummary(message_id=message_id, count=len(lines), total=total, lines_sha256=digest.hexdigest())


def _amount(element: object) -> Money:
    """Read an amount element; the schema has already said that it is a decimal number with a currency."""
    text, currency = getattr(element, "text", None) or "", element.get("Ccy") if hasattr(element, "get") else None
    return Money.parse(text.strip(), currency or "")


def _render(file: PaymentFile) -> bytes:
    writer = Writer(PAIN_001)
    count = str(len(file.instructions))
    total = sum((line.amount for line in file.instructions), Money(0, file.instructions[0].amount.currency))
    initiation = writer.add(writer.root, "CstmrCdtTrfInitn")
    header = writer.add(initiation, "GrpHdr")
    writer.add(header, "MsgId", file.message_id)
    writer.add(header, "CreDtTm", file.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    writer.add(header, "NbOfTxs", count)
    writer.add(header, "CtrlSum", total.decimal_string)
    writer.add(header, "InitgPty/Nm", file.debtor.name)
    information = writer.add(initiation, "PmtInf")
    writer.add(information, "PmtInfId", file.message_id)
    writer.add(information, "PmtMtd", "TRF")
    # Each transfer is booked by itself, so that the statement names each payment.
    writer.add(information, "BtchBookg", "false")
    writer.add(information, "NbOfTxs", count)
    writer.add(information, "CtrlSum", total.decimal_string)
    writer.add(information, "ReqdExctnDt/Dt", _execution_date(file.created_at).isoformat())
    writer.add(information, "Dbtr/Nm", file.debtor.name)
    writer.add(information, "DbtrAcct/Id/IBAN", file.debtor.iban)
    agent = writer.add(information, "DbtrAgt/FinInstnId")
    if file.debtor.bic:
        writer.add(agent, "BICFI", file.debtor.bic)
    else:
        writer.add(agent, "Othr/Id", "NOTPROVIDED")
    writer.add(information, "ChrgBr", _CHARGES_TO_US)
    for instruction in file.instructions:
        _render_transfer(writer, writer.add(information, "CdtTrfTxInf"), instruction)
    return writer.to_bytes()


def _render_transfer(writer: Writer, transfer: etree._Element, instruction: Instruction) -> None:
    details = instruction.details
    account = normalise_account(details["account"])
    identification = writer.add(transfer, "PmtId")
    writer.add(identification, "InstrId", instruction.reference)
    writer.add(identification, "EndToEndId", instruction.reference)
    writer.add(transfer, "Amt/InstdAmt", instruction.amount.decimal_string, Ccy=instruction.amount.currency)
    if details.get("bic"):
        writer.add(transfer, "CdtrAgt/FinInstnId/BICFI", details["bic"])
    writer.add(transfer, "Cdtr/Nm", payable_name(details["account_holder"]))
    writer.add(transfer, "CdtrAcct/Id/IBAN" if is_iban(account) else "CdtrAcct/Id/Othr/Id", account)
    writer.add(transfer, "RmtInf/Ustrd", instruction.reference)


def _execution_date(created_at: datetime) -> date:
    return created_at.astimezone(UTC).date()
