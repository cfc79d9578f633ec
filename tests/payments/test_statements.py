from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from reparations.example.bank_loopback import answer_payment_file
from reparations.ledger import queries as ledger
from reparations.ledger.models import AccountCode
from reparations.money import Money
from reparations.payments import queries, service
from reparations.payments.errors import (
    BankFileNotFound,
    MalformedDocument,
    NothingToPay,
    NotReissuable,
    StatementReused,
    WrongState,
)
from reparations.payments.models import BankFile, Batch, BatchStatus, Payment, StatementFinding
from reparations.payments.rails.bank_file import read_payment_file, summarise_payment_file
from reparations.principal import SYSTEM, Role
from reparations.registry import service as registry
from reparations.registry.errors import DutyConflict
from reparations.registry.models import DutyKind
from reparations.registry.queries import list_duties
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.ledger import make_fund
from tests.factories.payments import (
    Scene,
    approve,
    assemble,
    bank_account,
    make_award,
    make_instalment,
    make_released_batch,
    make_scene,
    release,
)
from tests.payments.worker_process import DEBTOR

GONE = "DE02120300000000202051"


@dataclass
class AtTheBank:
    """A batch whose file is with the bank."""

    scene: Scene
    batch: Batch
    file: BankFile
    content: bytes

    def answer(self, *, statement_id: str = "S-1", returned: tuple[str, ...] = ()) -> bytes:
        return answer_payment_file(self.content, statement_id=statement_id, at=NOON, returned_accounts=returned)


def at_the_bank(session: Session, *accounts: str, currency: str = "USD", amount_minor: int = 25_000) -> AtTheBank:
    scene = make_scene(session, currency=currency)
    destinations = [bank_account(account) for account in accounts]
    batch = make_released_batch(session, scene, destinations, amount_minor=amount_minor)
    return hand_over(session, scene, batch)


def hand_over(session: Session, scene: Scene, batch: Batch) -> AtTheBank:
    file = service.make_bank_file(session, batch_id=batch.id, fund_id=scene.fund.id, debtor=DEBTOR, at=NOON)
    assert file is not None
    return AtTheBank(scene, batch, file, service.open_bank_file(session, file.id).content)


def statuses(session: Session, batch: Batch) -> list[str]:
    wanted = select(Payment.status).where(Payment.batch_id == batch.id).order_by(col(Payment.status))
    return list(session.exec(wanted))


def balance(session: Session, scene: Scene, code: AccountCode) -> int:
    return abs(ledger.get_balance(session, scene.fund.id, scene.programme.currency, code).amount_minor)


def findings(session: Session) -> list[str]:
    return list(session.exec(select(StatementFinding.code).order_by(col(StatementFinding.line))))


def test_a_bank_file_says_what_was_approved_and_is_kept_sealed(session: Session) -> None:
    bank = at_the_bank(session, "TEST0001", "TEST0002")

    lines = read_payment_file(bank.content)
    payments = queries.list_payments(session, bank.batch.id, after=None, limit=10)
    assert [(line.reference, line.amount) for line in lines] == [
        (payment.reference, Money(25_000, "USD")) for payment in payments
    ]
    assert summarise_payment_file(bank.content).total == Money(50_000, "USD")
    assert (bank.file.payment_count, bank.file.total_minor) == (2, 50_000)
    assert b"TEST0001" not in bank.file.content_sealed
    assert bank.scene.programme.code.encode() not in bank.content
    assert statuses(session, bank.batch) == ["submitted"] * 2


@pytest.mark.parametrize(("currency", "minor", "written"), [("XOF", 12_345, b">12345<"), ("KWD", 12_345, b">12.345<")])
def test_other_currencies_keep_their_decimals_all_the_way(
    session: Session, currency: str, minor: int, written: bytes
) -> None:
    bank = at_the_bank(session, "TEST0001", currency=currency, amount_minor=minor)

    assert written in bank.content
    service.import_statements(session, bank.answer(), officer=SYSTEM, at=NOON)

    assert statuses(session, bank.batch) == ["paid"]
    assert ledger.list_findings(session) == []


def test_each_fund_has_a_file_of_its_own(session: Session) -> None:
    scene = make_scene(session)
    other = make_fund(session, available_minor=100_000)
    make_instalment(session, scene)
    make_instalment(session, scene, fund=other)
    batch = release(session, scene, assemble(session, scene))

    for fund in (scene.fund, other):
        service.make_bank_file(session, batch_id=batch.id, fund_id=fund.id, debtor=DEBTOR, at=NOON)
        assert service.make_bank_file(session, batch_id=batch.id, fund_id=fund.id, debtor=DEBTOR, at=NOON) is None

    files = queries.list_bank_files(session, batch.id)
    assert {file.fund_id for file in files} == {scene.fund.id, other.id}
    with pytest.raises(BankFileNotFound):
        service.open_bank_file(session, "bnk_nowhere")


def test_a_statement_pays_what_it_says_was_paid(session: Session) -> None:
    bank = at_the_bank(session, "TEST0001", "TEST0002")

    (result,) = service.import_statements(session, bank.answer(), officer=SYSTEM, at=NOON)

    assert (result.settled, result.returned, result.findings, result.already_imported) == (2, 0, 0, False)
    assert statuses(session, bank.batch) == ["paid"] * 2
    assert bank.batch.status == BatchStatus.COMPLETED
    assert balance(session, bank.scene, AccountCode.AWARDS_PAYABLE) == 0
    assert ledger.list_findings(session) == []


def test_the_same_statement_twice_changes_nothing(session: Session) -> None:
    bank = at_the_bank(session, "TEST0001")
    service.import_statements(session, bank.answer(), officer=SYSTEM, at=NOON)

    (again,) = service.import_statements(session, bank.answer(), officer=SYSTEM, at=NOON)

    assert (again.already_imported, again.settled, again.findings) == (True, 1, 0)
    assert (
        len(queries.list_answers(session, queries.list_payments(session, bank.batch.id, after=None, limit=1)[0].id))
        == 1
    )
    with pytest.raises(StatementReused):
        service.import_statements(session, bank.answer(returned=("TEST0001",)), officer=SYSTEM, at=NOON)


def test_what_the_bank_returns_is_owed_again(session: Session) -> None:
    bank = at_the_bank(session, "TEST0001", GONE)

    (result,) = service.import_statements(session, bank.answer(returned=(GONE,)), officer=SYSTEM, at=NOON)

    assert (result.settled, result.returned) == (2, 1)
    assert statuses(session, bank.batch) == ["paid", "returned"]
    assert balance(session, bank.scene, AccountCode.RETURNED) == 25_000
    assert balance(session, bank.scene, AccountCode.AWARDS_PAYABLE) == 25_000
    assert ledger.list_findings(session) == []


def test_entries_that_are_not_ours_are_put_aside_and_posted_nowhere(session: Session) -> None:
    bank = at_the_bank(session, "TEST0001")
    reference = read_payment_file(bank.content)[0].reference.encode()
    before = ledger.list_entries(session, limit=200)

    strange = bank.answer().replace(reference, b"UNKNOWNREFERENCE")
    service.import_statements(session, strange, officer=SYSTEM, at=NOON)
    less = bank.answer(statement_id="S-2").replace(b">250.00<", b">249.99<")
    service.import_statements(session, less, officer=SYSTEM, at=NOON)

    assert sorted(findings(session)) == ["amount_differs", "unknown_reference"]
    assert statuses(session, bank.batch) == ["submitted"]
    assert ledger.list_entries(session, limit=200) == before


def test_what_cannot_have_happened_is_put_aside(session: Session) -> None:
    bank = at_the_bank(session, GONE)
    service.import_statements(session, bank.answer(), officer=SYSTEM, at=NOON)

    service.import_statements(session, bank.answer(statement_id="S-2"), officer=SYSTEM, at=NOON)
    no_reason = bank.answer(statement_id="S-3", returned=(GONE,))
    start, end = no_reason.index(b"<RtrInf>"), no_reason.index(b"</RtrInf>") + len(b"</RtrInf>")
    service.import_statements(session, no_reason[:start] + no_reason[end:], officer=SYSTEM, at=NOON)

    assert findings(session) == ["not_awaited", "not_awaited", "reason_missing"]
    assert statuses(session, bank.batch) == ["paid"]


def test_what_was_booked_on_a_day_to_come_is_put_aside(session: Session) -> None:
    bank = at_the_bank(session, "TEST0001")
    before = ledger.list_entries(session, limit=200)
    early = answer_payment_file(bank.content, statement_id="S-1", at=NOON + timedelta(days=2))

    service.import_statements(session, early, officer=SYSTEM, at=NOON)

    assert findings(session) == ["day_to_come"]
    assert statuses(session, bank.batch) == ["submitted"]
    assert ledger.list_entries(session, limit=200) == before


def test_a_document_that_is_no_statement_changes_nothing(session: Session) -> None:
    bank = at_the_bank(session, "TEST0001")

    with pytest.raises(MalformedDocument):
        service.import_statements(session, bank.content, officer=SYSTEM, at=NOON)
    entity = bank.answer().replace(b"<Document", b'<!DOCTYPE Document [<!ENTITY a "b">]><Document', 1)
    with pytest.raises(MalformedDocument):
        service.import_statements(session, entity, officer=SYSTEM, at=NOON)

    assert statuses(session, bank.batch) == ["submitted"]


def returned_payment(session: Session) -> tuple[AtTheBank, Payment]:
    bank = at_the_bank(session, GONE)
    service.import_statements(session, bank.answer(returned=(GONE,)), officer=SYSTEM, at=NOON)
    return bank, queries.list_payments(session, bank.batch.id, after=None, limit=1)[0]


def test_a_returned_payment_is_paid_again_to_a_new_destination_with_fresh_approvals(session: Session) -> None:
    bank, old = returned_payment(session)
    scene = bank.scene
    with pytest.raises(NothingToPay, match="returned_before"):
        assemble(session, scene)
    with pytest.raises(NothingToPay, match="destination_unchanged"):
        service.reissue_payment(session, old.id, officer=scene.administrator, at=NOON)
    registry.record_destination(session, old.claim_id, new=bank_account(), officer=scene.caseworker, at=NOON)

    batch = service.reissue_payment(session, old.reference, officer=scene.administrator, at=NOON)
    release(session, scene, batch)
    assert balance(session, scene, AccountCode.RETURNED) == 0
    assert balance(session, scene, AccountCode.RESERVED) == 25_000
    again = hand_over(session, scene, batch)
    service.import_statements(session, again.answer(statement_id="S-2"), officer=SYSTEM, at=NOON)

    (new,) = queries.list_payments(session, batch.id, after=None, limit=10)
    assert (new.reissues_id, new.ordinal, new.status) == (old.id, 2, "paid")
    assert new.reference != old.reference
    assert old.status == "reissued"
    assert balance(session, scene, AccountCode.AWARDS_PAYABLE) == 0
    assert ledger.list_findings(session) == []


def test_a_returned_payment_may_be_approved_and_released_by_others(session: Session) -> None:
    bank, old = returned_payment(session)
    others = replace(
        bank.scene,
        approvers=(make_officer(session, Role.APPROVER), make_officer(session, Role.APPROVER)),
        payer=make_officer(session, Role.PAYER),
    )
    registry.record_destination(session, old.claim_id, new=bank_account(), officer=bank.scene.caseworker, at=NOON)
    batch = service.reissue_payment(session, old.id, officer=bank.scene.administrator, at=NOON)

    assert release(session, others, batch).status == BatchStatus.RELEASED
    duties = [duty.duty for duty in list_duties(session, old.claim_id)]
    first = [DutyKind.REGISTRAR, DutyKind.DECIDER, DutyKind.CONFIRMER]
    assert sorted(duties) == sorted([*first, *(2 * [DutyKind.APPROVER1, DutyKind.APPROVER2, DutyKind.PAYER])])


def test_nobody_changes_sides_on_a_claim_that_is_paid_again(session: Session) -> None:
    bank, old = returned_payment(session)
    turncoat = replace(bank.scene.approvers[0], roles=frozenset({Role.PAYER}))
    registry.record_destination(session, old.claim_id, new=bank_account(), officer=bank.scene.caseworker, at=NOON)
    batch = service.reissue_payment(session, old.id, officer=bank.scene.administrator, at=NOON)
    others = replace(bank.scene, approvers=(make_officer(session, Role.APPROVER), make_officer(session, Role.APPROVER)))
    approve(session, others, batch)

    with pytest.raises(DutyConflict):
        service.release_batch(session, batch.id, officer=turncoat, at=NOON)


def test_a_reissue_that_is_cancelled_leaves_the_money_returned(session: Session) -> None:
    bank, old = returned_payment(session)
    scene = bank.scene
    registry.record_destination(session, old.claim_id, new=bank_account(), officer=scene.caseworker, at=NOON)
    batch = service.reissue_payment(session, old.id, officer=scene.administrator, at=NOON)
    approve(session, scene, batch)

    service.cancel_batch(session, batch.id, officer=scene.administrator, at=NOON)

    assert old.status == "returned"
    assert balance(session, scene, AccountCode.RETURNED) == 25_000
    again = service.reissue_payment(session, old.id, officer=scene.administrator, at=NOON + timedelta(days=1))
    assert queries.list_payments(session, again.id, after=None, limit=1)[0].reissues_id == old.id
    assert ledger.list_findings(session) == []


def test_only_what_was_returned_is_reissued(session: Session) -> None:
    bank = at_the_bank(session, "TEST0001", GONE)
    service.import_statements(session, bank.answer(returned=(GONE,)), officer=SYSTEM, at=NOON)
    payments = queries.list_payments(session, bank.batch.id, after=None, limit=10)
    paid = next(payment for payment in payments if payment.status == "paid")
    returned = next(payment for payment in payments if payment.status == "returned")
    other = make_scene(session)
    elsewhere = make_released_batch(session, other, [bank_account()])
    stranger = queries.list_payments(session, elsewhere.id, after=None, limit=1)[0]

    with pytest.raises(WrongState, match="only a returned one"):
        service.reissue_payment(session, paid.id, officer=bank.scene.administrator, at=NOON)
    with pytest.raises(WrongState, match="one programme"):
        service.reissue_payments(session, [returned.id, stranger.id], officer=bank.scene.administrator, at=NOON)


def test_a_reissue_is_whole_or_not_at_all(session: Session) -> None:
    bank = at_the_bank(session, GONE, "DE02100500000054540402")
    gone = (GONE, "DE02100500000054540402")
    service.import_statements(session, bank.answer(returned=gone), officer=SYSTEM, at=NOON)
    one, other = queries.list_payments(session, bank.batch.id, after=None, limit=10)
    registry.record_destination(session, one.claim_id, new=bank_account(), officer=bank.scene.caseworker, at=NOON)

    with pytest.raises(NotReissuable, match="destination_unchanged"), session.begin_nested():
        service.reissue_payments(session, [one.id, other.id], officer=bank.scene.administrator, at=NOON)

    session.expire_all()
    assert {one.status, other.status} == {"returned"}


def test_the_opening_of_a_file_is_an_event(session: Session) -> None:
    bank = at_the_bank(session, "TEST0001")

    first = service.log_file_opening(session, bank.file.id, officer=bank.scene.payer, at=NOON)
    second = service.log_file_opening(session, bank.file.id, officer=bank.scene.payer, at=NOON)

    assert second == first + 1


def test_an_award_in_two_instalments_is_paid_in_two_payments(session: Session) -> None:
    scene = make_scene(session)
    award = make_award(session, scene, amount_minor=25_000)
    make_instalment(session, scene, award=award, number=1, amount_minor=10_000)
    make_instalment(session, scene, award=award, number=2, amount_minor=15_000)

    batch = release(session, scene, assemble(session, scene))
    bank = hand_over(session, scene, batch)
    service.import_statements(session, bank.answer(), officer=SYSTEM, at=NOON)

    assert batch.total_minor == 25_000
    assert balance(session, scene, AccountCode.AWARDS_PAYABLE) == 0
