"""What the bank booked in a period that has been closed since is posted when the books are open, and refers back."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session, col, select

from reparations.example.bank_loopback import answer_payment_file
from reparations.ledger import queries as ledger
from reparations.ledger.models import AccountCode, Fund, LedgerTransfer
from reparations.payments import service
from reparations.payments.models import Batch, Payment
from reparations.principal import SYSTEM, Principal
from tests.conftest import NOON
from tests.factories.payments import Scene, bank_account, make_released_batch, make_scene
from tests.factories.periods import IN_JUNE, JUNE, MAY, close_period, make_pair
from tests.payments.worker_process import DEBTOR

GONE = "DE02120300000000202051"


def at_the_bank(session: Session) -> tuple[Scene, Batch, bytes]:
    """Three payments that the bank was told to make in May."""
    scene = make_scene(session)
    batch = make_released_batch(session, scene, [bank_account(), bank_account(), bank_account(GONE)])
    file = service.make_bank_file(session, batch_id=batch.id, fund_id=scene.fund.id, debtor=DEBTOR, at=NOON)
    assert file is not None
    return scene, batch, service.open_bank_file(session, file.id).content


def statuses(session: Session, batch: Batch) -> list[str]:
    wanted = select(Payment.status).where(Payment.batch_id == batch.id).order_by(col(Payment.status))
    return list(session.exec(wanted))


def days(session: Session, fund: Fund, deed: str) -> set[date]:
    rows = select(LedgerTransfer).where(LedgerTransfer.fund_id == fund.id)
    return {transfer.occurred_on for transfer in session.exec(rows) if transfer.id.endswith(f"-{deed}")}


def close_may(session: Session, scene: Scene) -> None:
    close_period(session, make_pair(session), scene.fund.id, starts_on=MAY)


def import_late(session: Session, officer: Principal, content: bytes, *, returned: tuple[str, ...] = ()) -> None:
    statement = answer_payment_file(content, statement_id="S-1", at=NOON, returned_accounts=returned)
    for _ in range(2):
        service.import_statements(session, statement, officer=officer, at=IN_JUNE)


@pytest.mark.parametrize("by", ["the command", "an officer"])
def test_a_statement_that_comes_after_the_closing_settles_and_returns_on_the_first_open_day(
    session: Session, by: str
) -> None:
    scene, batch, content = at_the_bank(session)
    close_may(session, scene)

    officer = SYSTEM if by == "the command" else scene.payer
    import_late(session, officer, content, returned=(GONE,))

    assert statuses(session, batch) == ["paid", "paid", "returned"]
    assert days(session, scene.fund, "settled") == days(session, scene.fund, "returned") == {JUNE}
    (adjustment,) = ledger.list_adjustments(session, scene.fund.id, 1)
    assert (adjustment.happened_on, adjustment.authority) == (NOON.date(), "Bank statement S-1")
    assert adjustment.recorded_by == officer.person_id
    assert {entry.entry_id for entry in ledger.list_entries(session)} >= {adjustment.entry_id}
    assert ledger.compute_identity(session, scene.fund.id, "USD").faults == {}
    assert ledger.list_findings(session) == []
    transit = [
        line for line in ledger.list_period_lines(session, scene.fund.id, 1) if line.code == AccountCode.IN_TRANSIT
    ]
    assert [line.balance_minor for line in transit] == [75_000]  # the closed trial balance is as it was signed


def test_a_statement_in_time_needs_no_adjustment(session: Session) -> None:
    scene, batch, content = at_the_bank(session)

    import_late(session, scene.payer, content)
    close_may(session, scene)

    assert statuses(session, batch) == ["paid", "paid", "paid"]
    assert days(session, scene.fund, "settled") == {NOON.date()}
    assert ledger.list_adjustments(session, scene.fund.id, 1) == []
