"""Opening books with balances of another system, on both engines."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlmodel import Session

from reparations.errors import ReparationsError
from reparations.ledger import queries, rules, service
from reparations.ledger.errors import OpeningMalformed
from reparations.ledger.models import AccountCode, Fund, OpeningSheet
from reparations.ledger.rules.opening import COLUMNS
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import give, make_fund
from tests.factories.periods import Pair, make_pair

SHEET = """fund,currency,account,amount
KAT,USD,bank,900.00
KAT,USD,in_transit,50.00
KAT,USD,returned,25.00
KAT,USD,overpayments,10.00
KAT,USD,awards_payable,300.00
KAT,USD,held_in_trust,200.00
KAT,XOF,bank,655957
GEN,KWD,bank,1.234
GEN,KWD,returned,0.000
"""
AS_OF = date(2031, 4, 30)


@pytest.fixture
def pair(session: Session) -> Pair:
    return make_pair(session)


@pytest.fixture
def funds(session: Session) -> tuple[Fund, Fund]:
    kat = make_fund(session, code="KAT", currencies=("USD", "XOF"))
    return kat, make_fund(session, code="GEN", currencies=("KWD", "USD"))


def prepare(session: Session, pair: Pair, sheet: str = SHEET) -> OpeningSheet:
    return service.prepare_opening(
        session, sheet.encode(), source_system="Old books 3.2", as_of=AS_OF, officer=pair.first, at=NOON
    )


def test_balances_are_taken_over_and_reconciled(session: Session, pair: Pair, funds: tuple[Fund, Fund]) -> None:
    sheet = prepare(session, pair)
    before = queries.list_reconciled(session, sheet.id)

    service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)
    service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)

    after = queries.list_reconciled(session, sheet.id)
    assert [line.posted.amount_minor for line in before] == [0] * 9
    assert [line.difference.amount_minor for line in after] == [0] * 9
    assert {(line.fund_code, line.code, str(line.posted)) for line in after} >= {
        ("KAT", "awards_payable", "USD 300.00"),
        ("KAT", "bank", "XOF 655957"),
        ("GEN", "bank", "KWD 1.234"),
    }
    kat, gen = funds
    for fund, currency in ((kat, "USD"), (kat, "XOF"), (gen, "KWD")):
        assert queries.compute_identity(session, fund.id, currency).faults == {}
    assert queries.get_balance(session, kat.id, "USD", AccountCode.UNCOMMITTED) == Money(47_500, "USD")
    entries = [entry for entry in queries.list_entries(session) if entry.entry_id == f"opening-{sheet.id}"]
    assert [entry.occurred_on for entry in entries] == [AS_OF]
    assert queries.list_findings(session) == []


def test_who_prepared_does_not_confirm(session: Session, pair: Pair, funds: tuple[Fund, Fund]) -> None:
    sheet = prepare(session, pair)

    with pytest.raises(ReparationsError) as caught:
        service.confirm_opening(session, sheet.id, officer=pair.first, at=NOON)

    assert (caught.value.code, len(funds)) == ("ledger.same_person", 2)


def test_books_are_opened_once_and_first(session: Session, pair: Pair, funds: tuple[Fund, Fund]) -> None:
    first = prepare(session, pair)
    second = prepare(session, pair, f"{SHEET}GEN,KWD,in_transit,0.000\n")
    service.confirm_opening(session, first.id, officer=pair.second, at=NOON)
    used = make_fund(session, code="USED")
    give(session, used, Money(100, "USD"))
    third = prepare(session, pair, "fund,currency,account,amount\nUSED,USD,bank,1.00\n")

    for sheet in (second, third):
        with pytest.raises(ReparationsError) as caught:
            service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)
        assert caught.value.code == "ledger.already_opened"
    assert queries.get_balance(session, funds[0].id, "USD", AccountCode.BANK) == Money(90_000, "USD")


def test_no_more_is_owed_than_was_held(session: Session, pair: Pair, funds: tuple[Fund, Fund]) -> None:
    sheet = prepare(session, pair, "fund,currency,account,amount\nKAT,USD,bank,1.00\nKAT,USD,awards_payable,1.01\n")

    with pytest.raises(ReparationsError) as caught:
        service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)

    assert (caught.value.code, caught.value.record) == ("ledger.awards_not_covered", funds[0].id)


def test_a_sheet_of_nothing_or_of_tomorrow_opens_nothing(
    session: Session, pair: Pair, funds: tuple[Fund, Fund]
) -> None:
    nothing = prepare(session, pair, "fund,currency,account,amount\nKAT,USD,bank,0\n")
    with pytest.raises(OpeningMalformed):
        service.confirm_opening(session, nothing.id, officer=pair.second, at=NOON)
    with pytest.raises(OpeningMalformed):
        service.prepare_opening(
            session, SHEET.encode(), source_system="x", as_of=date(2031, 5, 2), officer=pair.first, at=NOON
        )
    with pytest.raises(ReparationsError) as caught:
        service.confirm_opening(session, "ops_none", officer=pair.second, at=NOON)
    assert (caught.value.code, len(funds)) == ("ledger.opening_sheet_not_found", 2)


@pytest.mark.parametrize("row", ["NONE,USD,bank,1", "KAT,EUR,bank,1", "GEN,XOF,bank,1"])
def test_books_that_are_not_there_are_not_opened(
    session: Session, pair: Pair, funds: tuple[Fund, Fund], row: str
) -> None:
    with pytest.raises(OpeningMalformed) as caught:
        prepare(session, pair, f"fund,currency,account,amount\nKAT,USD,bank,1\n{row}\n")

    assert caught.value.message.startswith("Balance 2 ")
    assert len(funds) == 2


def test_json_says_the_same_as_csv() -> None:
    rows = [dict(zip(COLUMNS, line.split(","), strict=True)) for line in SHEET.splitlines()[1:]]

    assert rules.read_balances(json.dumps(rows).encode()) == rules.read_balances(SHEET.encode())
    assert rules.read_balances(b"\xef\xbb\xbf" + SHEET.encode()) == rules.read_balances(SHEET.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"fund,currency,account,amount\n",
        b"fund,account,currency,amount\nKAT,bank,USD,1\n",
        b"fund,currency,account,amount\nKAT,USD,bank\n",
        b"fund,currency,account,amount\nKAT,USD,bank,1,2\n",
        b"fund,currency,account,amount\nKAT,USD,bank,1\nKAT,USD,bank,1\n",
        b"fund,currency,account,amount\nKAT,USD,contributions,1\n",
        b"fund,currency,account,amount\nKAT,USD,uncommitted,1\n",
        b"fund,currency,account,amount\nKAT,USD,bank,-1\n",
        b"fund,currency,account,amount\nKAT,USD,bank,1.001\n",
        b"fund,currency,account,amount\nKAT,XOF,bank,1.5\n",
        b"fund,currency,account,amount\nKAT,XXX,bank,1\n",
        b'fund,currency,account,amount\nKAT,USD,"ba"nk,1\n',
        b"[",
        b"[1]",
        b'[{"fund": "KAT", "currency": "USD", "account": "bank", "amount": 1}]',
        b"[" * 100_000,
        b" " * 1_000_001,
    ],
    ids=range(19),
)
def test_a_sheet_with_a_fault_is_refused_whole(content: bytes) -> None:
    with pytest.raises(OpeningMalformed):
        rules.read_balances(content)
