from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reparations.example.bank_loopback import answer_payment_file
from reparations.money import Money, exponent
from reparations.payments.errors import FileBroken, MalformedDocument, UnpayableDetails
from reparations.payments.rails.bank_file import (
    Debtor,
    PaymentFile,
    check_details,
    payable_name,
    read_payment_file,
    summarise_payment_file,
    write_payment_file,
)
from reparations.payments.rails.camt053 import EntryKind, read_statements
from reparations.payments.rails.protocol import Instruction
from reparations.payments.rails.xml import CAMT_053, PAIN_001, parse_document

AT = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
DEBTOR = Debtor(name="Trust Account", iban="DE89370400440532013000", bic="COBADEFFXXX")
PAYEE = {"account_holder": "Amina Diallo", "account": "FR1420041010050500013M02606", "bic": "PSSTFRPPXXX"}


def file_of(*instructions: Instruction) -> PaymentFile:
    return PaymentFile(message_id="FILE0001", created_at=AT, debtor=DEBTOR, instructions=instructions)


def instruction(amount: Money, reference: str = "AAAABBBBCCCCDDDD", **details: str) -> Instruction:
    return Instruction(reference=reference, amount=amount, details={**PAYEE, **details})


@pytest.mark.parametrize(
    ("currency", "minor", "written"),
    [
        ("USD", 25_000, b'<InstdAmt Ccy="USD">250.00</InstdAmt>'),
        ("XOF", 12_345, b'<InstdAmt Ccy="XOF">12345</InstdAmt>'),
        ("JPY", 12_345, b'<InstdAmt Ccy="JPY">12345</InstdAmt>'),
        ("KWD", 12_345, b'<InstdAmt Ccy="KWD">12.345</InstdAmt>'),
        ("EUR", 5, b'<InstdAmt Ccy="EUR">0.05</InstdAmt>'),
    ],
)
def test_amounts_are_written_by_the_currencys_own_decimals(currency: str, minor: int, written: bytes) -> None:
    content = write_payment_file(file_of(instruction(Money(minor, currency))))

    assert written in content
    assert read_payment_file(content)[0].amount == Money(minor, currency)


@given(
    st.sampled_from(["USD", "XOF", "JPY", "KWD", "TND", "CDF"]),
    st.lists(st.integers(1, 10**11), min_size=1, max_size=5),
)
def test_what_is_written_reads_back_the_same(currency: str, amounts: list[int]) -> None:
    lines = [instruction(Money(minor, currency), f"REF{index:013d}") for index, minor in enumerate(amounts)]

    summary = summarise_payment_file(write_payment_file(file_of(*lines)))

    assert (summary.count, summary.total) == (len(amounts), Money(sum(amounts), currency))
    assert exponent(currency) in {0, 2, 3}


def test_the_same_payments_give_the_same_bytes() -> None:
    lines = [instruction(Money(25_000, "USD"), f"REF{index:013d}") for index in range(3)]

    assert write_payment_file(file_of(*lines)) == write_payment_file(file_of(*lines))


def test_a_bank_file_says_nothing_about_what_the_money_is_for() -> None:
    content = write_payment_file(file_of(instruction(Money(25_000, "USD"))))

    root = parse_document(content, PAIN_001)
    assert [element.text for element in root.iter("{*}Ustrd")] == ["AAAABBBBCCCCDDDD"]
    assert not any(word in content.lower() for word in (b"repar", b"victim", b"award", b"court"))


def test_an_account_that_is_no_iban_goes_into_its_own_field() -> None:
    content = write_payment_file(file_of(instruction(Money(100, "CDF"), account="0011-22334455", bic="")))

    assert b"<Othr>" in content
    assert b"<CdtrAgt>" not in content
    assert read_payment_file(content)[0].account == "0011-22334455"


@pytest.mark.parametrize(
    "name",
    ["Amina Diallo", "Ngũgĩ wa Thiong'o", "መንግሥቱ ለማ", "Nuñez-Ibáñez, J. (h.)", "محمد علي", "D’Angelo", "École 2 & 3"],
)
def test_names_of_any_script_are_carried(name: str) -> None:
    content = write_payment_file(file_of(instruction(Money(100, "USD"), account_holder=name)))

    assert read_payment_file(content)[0].holder == payable_name(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Amina\r\nDiallo", "name_characters"),
        ("Amina\tDiallo", "name_characters"),
        ("Amina\u2028Diallo", "name_characters"),
        ("Amina \u202eollaiD", "name_characters"),
        ("Amina \u200bDiallo", "name_characters"),
        ("=HYPERLINK(A1)", "name_characters"),
        ("<Nm>Amina</Nm>", "name_characters"),
        ("Amina\x00", "name_characters"),
        ("   ", "name_missing"),
        ("", "name_missing"),
        ("A" * 141, "name_too_long"),
    ],
)
def test_names_no_bank_file_can_carry_are_refused_not_changed(name: str, reason: str) -> None:
    with pytest.raises(UnpayableDetails) as caught:
        write_payment_file(file_of(instruction(Money(100, "USD"), account_holder=name)))

    assert caught.value.reason == reason
    assert "Amina" not in str(caught.value)


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"account": "FR1420041010050500013M02607"}, "iban_checksum"),
        ({"account": ""}, "account_malformed"),
        ({"account": "12\n34"}, "account_malformed"),
        ({"bic": "PSST"}, "bic_malformed"),
    ],
)
def test_details_no_bank_takes_are_refused(details: dict[str, str], reason: str) -> None:
    with pytest.raises(UnpayableDetails) as caught:
        check_details({**PAYEE, **details})

    assert caught.value.reason == reason


def test_an_iban_written_in_groups_is_the_same_account() -> None:
    content = write_payment_file(file_of(instruction(Money(100, "EUR"), account="FR14 2004 1010 0505 0001 3M02 606")))

    assert b"<IBAN>FR1420041010050500013M02606</IBAN>" in content


def test_one_file_holds_one_currency_and_something() -> None:
    with pytest.raises(FileBroken):
        write_payment_file(file_of())
    with pytest.raises(FileBroken):
        write_payment_file(file_of(instruction(Money(1, "USD")), instruction(Money(1, "EUR"))))


def test_a_header_that_disagrees_with_the_lines_is_found() -> None:
    content = write_payment_file(file_of(instruction(Money(25_000, "USD"))))

    with pytest.raises(FileBroken):
        summarise_payment_file(content.replace(b"<CtrlSum>250.00", b"<CtrlSum>250.01", 1))
    with pytest.raises(FileBroken):
        summarise_payment_file(content.replace(b"<NbOfTxs>1<", b"<NbOfTxs>2<", 1))


@pytest.mark.parametrize(
    "content",
    [
        b"not xml",
        b"",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<?xml version="1.0"?><!DOCTYPE Document SYSTEM "http://127.0.0.1/x.dtd"><Document/>',
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>',
    ],
)
def test_documents_that_are_not_the_banks_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedDocument):
        parse_document(content, CAMT_053)


def test_a_document_of_a_billion_laughs_is_refused_at_once() -> None:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
    content = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "ha">' + entities + b"]><a>&e11;</a>"

    with pytest.raises(MalformedDocument):
        parse_document(content, CAMT_053)


def test_the_bank_answers_with_a_debit_each_and_returns_what_it_cannot_deliver() -> None:
    lost = instruction(Money(12_500, "USD"), "BBBBCCCCDDDDEEEE", account="DE02120300000000202051")
    content = write_payment_file(file_of(instruction(Money(25_000, "USD")), lost))

    answer = answer_payment_file(content, statement_id="S-1", at=AT, returned_accounts={"DE02 1203 0000 0000 2020 51"})

    (statement,) = read_statements(answer)
    assert statement.statement_id == "S-1"
    assert statement.account == DEBTOR.iban
    assert [(entry.kind, entry.reference, entry.amount, entry.code) for entry in statement.entries] == [
        (EntryKind.DEBIT, "AAAABBBBCCCCDDDD", Money(25_000, "USD"), ""),
        (EntryKind.DEBIT, "BBBBCCCCDDDDEEEE", Money(12_500, "USD"), ""),
        (EntryKind.RETURN, "BBBBCCCCDDDDEEEE", Money(12_500, "USD"), "ac04"),
    ]


def test_entries_not_yet_booked_are_passed_over() -> None:
    content = write_payment_file(file_of(instruction(Money(25_000, "USD"))))
    answer = answer_payment_file(content, statement_id="S-1", at=AT).replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>")

    assert read_statements(answer)[0].entries == ()


@pytest.mark.parametrize(
    ("written", "amount"),
    [(b"250.00000", Money(25_000, "USD")), (b"250", Money(25_000, "USD")), (b"250.001", None)],
)
def test_a_banks_extra_noughts_are_dropped_but_never_a_fraction(written: bytes, amount: Money | None) -> None:
    content = write_payment_file(file_of(instruction(Money(25_000, "USD"))))
    answer = answer_payment_file(content, statement_id="S-1", at=AT).replace(b">250.00<", b">" + written + b"<")

    assert read_statements(answer)[0].entries[0].amount == amount


def test_the_schemas_are_those_that_were_vendored() -> None:
    folder = resources.files("reparations.payments") / "schemas_xsd"
    noted = (folder / "README.md").read_text()

    for name in (PAIN_001, CAMT_053):
        assert hashlib.sha256((folder / f"{name}.xsd").read_bytes()).hexdigest() in noted


def test_a_debtor_without_a_bic_is_carried() -> None:
    file = replace(file_of(instruction(Money(1, "USD"))), debtor=replace(DEBTOR, bic=""))

    assert b"NOTPROVIDED" in write_payment_file(file)
