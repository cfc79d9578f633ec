from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from reparations.eligibility.models import Award
from reparations.ledger import postings
from reparations.ledger import queries as ledger
from reparations.ledger import service as ledger_service
from reparations.ledger.errors import InsufficientFunds
from reparations.ledger.models import AccountCode
from reparations.money import Money
from reparations.payments import queries, service
from reparations.payments.errors import (
    BatchNotFound,
    BatchTooLarge,
    ContentChanged,
    NothingToPay,
    PaymentNotFound,
    SameOfficer,
    WrongState,
)
from reparations.payments.models import Batch, BatchStatus, Payment, PaymentStatus
from reparations.payments.rules import BatchItem, compute_content_sha256, compute_reference
from reparations.payments.service import assembly
from reparations.principal import Principal
from reparations.registry import service as registry
from reparations.registry.errors import DutyConflict, ProgrammeNotFound
from reparations.registry.models import Claim
from reparations.registry.queries import list_duties
from tests.conftest import NOON
from tests.factories.payments import (
    Scene,
    approve,
    assemble,
    bank_account,
    make_award,
    make_heir,
    make_instalment,
    make_scene,
    release,
    stripe_account,
)
from tests.factories.registry import make_duplicate, make_evidence


def balance(session: Session, scene: Scene, code: AccountCode) -> Money:
    return ledger.get_balance(session, scene.fund.id, scene.programme.currency, code)


def payments_of(session: Session, batch: Batch) -> list[Payment]:
    return list(session.exec(select(Payment).where(Payment.batch_id == batch.id).order_by(col(Payment.reference))))


def test_a_batch_takes_what_is_due_and_says_what_it_leaves_out(session: Session) -> None:
    scene = make_scene(session)
    due = make_instalment(session, scene)
    make_instalment(session, scene, due_in_days=1)
    dead = make_instalment(session, scene)
    _bury(session, scene, dead.award_id)
    doubtful = make_instalment(session, scene)
    other = make_instalment(session, scene)
    make_duplicate(session, _claim_of(session, doubtful.award_id), _claim_of(session, other.award_id))
    unpayable = make_instalment(session, scene, destination=bank_account(holder="A\u202eHolder"))

    assembled = service.assemble_batch(
        session, programme=scene.programme.code, due_until=NOON.date(), officer=scene.administrator, at=NOON
    )

    assert [payment.instalment_id for payment in payments_of(session, assembled.batch)] == [due.id]
    assert {one.instalment_id: one.reason for one in assembled.left_out} == {
        dead.id: "payee_died",
        doubtful.id: "duplicate_open",
        other.id: "duplicate_open",
        unpayable.id: "destination_unpayable:name_characters",
    }
    assert (assembled.batch.payment_count, assembled.batch.total_minor) == (1, 25_000)


def test_what_is_in_a_live_batch_is_not_taken_again(session: Session) -> None:
    scene = make_scene(session)
    make_instalment(session, scene)
    batch = assemble(session, scene)

    with pytest.raises(NothingToPay, match="none is due"):
        assemble(session, scene)
    service.cancel_batch(session, batch.id, officer=scene.administrator, at=NOON)

    again = assemble(session, scene)
    assert (again.number, again.reference) == (2, f"{scene.programme.code}-B002")
    assert payments_of(session, again)[0].ordinal == 2


def test_a_batch_has_a_limit(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_scene(session)
    for _ in range(2):
        make_instalment(session, scene)
    monkeypatch.setattr(assembly, "MAX_BATCH", 1)

    with pytest.raises(BatchTooLarge):
        assemble(session, scene)


def test_unknown_programmes_batches_and_payments_are_said_to_be_unknown(session: Session) -> None:
    scene = make_scene(session)

    with pytest.raises(ProgrammeNotFound):
        service.assemble_batch(
            session, programme="NOWHERE", due_until=NOON.date(), officer=scene.administrator, at=NOON
        )
    with pytest.raises(BatchNotFound):
        service.submit_batch(session, "bat_nowhere", officer=scene.administrator, at=NOON)
    with pytest.raises(PaymentNotFound):
        queries.get_payment(session, "pay_nowhere")


def test_a_payments_reference_is_the_same_for_the_same_data_and_opaque(session: Session) -> None:
    scene = make_scene(session)
    instalment = make_instalment(session, scene)
    payment = payments_of(session, assemble(session, scene))[0]
    claim = _claim_of(session, instalment.award_id)
    key = session.info["keyring"].reference_key

    assert payment.reference == compute_reference(key, claim_reference=claim.reference, instalment_number=1, ordinal=1)
    assert len(payment.reference) == 16
    assert payment.reference != compute_reference(
        bytes(32), claim_reference=claim.reference, instalment_number=1, ordinal=1
    )


def test_the_hash_covers_every_part_of_what_is_paid() -> None:
    item = BatchItem("A" * 16, "USD", 25_000, bytes(32), "stripe", "FUND")
    whole = compute_content_sha256("P-B001", [item])

    others = [
        BatchItem("B" * 16, "USD", 25_000, bytes(32), "stripe", "FUND"),
        BatchItem("A" * 16, "EUR", 25_000, bytes(32), "stripe", "FUND"),
        BatchItem("A" * 16, "USD", 25_001, bytes(32), "stripe", "FUND"),
        BatchItem("A" * 16, "USD", 25_000, bytes([1]) * 32, "stripe", "FUND"),
        BatchItem("A" * 16, "USD", 25_000, bytes(32), "bank_file", "FUND"),
        BatchItem("A" * 16, "USD", 25_000, bytes(32), "stripe", "OTHER"),
    ]
    hashes = {compute_content_sha256("P-B001", [other]) for other in others} | {
        compute_content_sha256("P-B002", [item])
    }
    assert len(hashes) == 7
    assert whole not in hashes
    assert compute_content_sha256("P-B001", [item, others[0]]) == compute_content_sha256("P-B001", [others[0], item])


def test_the_second_approval_sets_the_money_aside(session: Session) -> None:
    scene = make_scene(session, available_minor=100_000)
    make_instalment(session, scene)
    make_instalment(session, scene, destination=stripe_account())
    batch = assemble(session, scene)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)

    service.approve_batch(session, batch.id, officer=scene.approvers[0], at=NOON)
    assert balance(session, scene, AccountCode.RESERVED) == Money(0, "USD")
    service.approve_batch(session, batch.id, officer=scene.approvers[1], at=NOON)

    assert batch.status == BatchStatus.APPROVED
    assert {payment.status for payment in payments_of(session, batch)} == {PaymentStatus.APPROVED}
    assert balance(session, scene, AccountCode.RESERVED) == Money(50_000, "USD")
    assert balance(session, scene, AccountCode.BANK) == Money(50_000, "USD")
    assert ledger.list_findings(session) == []


def test_every_paid_claim_has_six_different_people_on_it(session: Session) -> None:
    scene = make_scene(session)
    instalment = make_instalment(session, scene)
    release(session, scene, assemble(session, scene))

    duties = list_duties(session, _claim_of(session, instalment.award_id).id)

    assert {duty.duty for duty in duties} == {"registrar", "decider", "confirmer", "approver1", "approver2", "payer"}
    assert len({duty.person_id for duty in duties}) == 6


def test_what_a_fund_does_not_hold_is_not_approved(session: Session) -> None:
    scene = make_scene(session, available_minor=40_000)
    make_instalment(session, scene)
    batch = assemble(session, scene)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    service.approve_batch(session, batch.id, officer=scene.approvers[0], at=NOON)
    taken = postings.batch_reserved("another", totals={scene.fund.id: Money(20_000, "USD")})
    ledger_service.post(session, entry_id="another", transfers=taken, occurred_on=NOON.date(), at=NOON)

    with pytest.raises(InsufficientFunds):
        service.approve_batch(session, batch.id, officer=scene.approvers[1], at=NOON)


def _who(scene: Scene) -> dict[str, Principal]:
    return {"registrar": scene.caseworker, "decider": scene.decider, "confirmer": scene.confirmer}


@pytest.mark.parametrize("part", ["registrar", "decider", "confirmer"])
def test_who_had_a_part_in_a_claim_does_not_approve_its_payment(session: Session, part: str) -> None:
    scene = make_scene(session)
    make_instalment(session, scene)
    batch = assemble(session, scene)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)

    with pytest.raises(DutyConflict):
        service.approve_batch(session, batch.id, officer=_who(scene)[part], at=NOON)


def test_four_eyes_on_a_batch(session: Session) -> None:
    scene = make_scene(session)
    make_instalment(session, scene)
    batch = assemble(session, scene)

    with pytest.raises(WrongState):
        service.approve_batch(session, batch.id, officer=scene.approvers[0], at=NOON)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    with pytest.raises(WrongState):
        service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    with pytest.raises(SameOfficer):
        service.approve_batch(session, batch.id, officer=scene.administrator, at=NOON)
    service.approve_batch(session, batch.id, officer=scene.approvers[0], at=NOON)
    with pytest.raises(SameOfficer):
        service.approve_batch(session, batch.id, officer=scene.approvers[0], at=NOON)
    with pytest.raises(WrongState):
        service.release_batch(session, batch.id, officer=scene.payer, at=NOON)
    service.approve_batch(session, batch.id, officer=scene.approvers[1], at=NOON)
    for officer in (scene.administrator, *scene.approvers):
        with pytest.raises(SameOfficer):
            service.release_batch(session, batch.id, officer=officer, at=NOON)
    with pytest.raises(DutyConflict):
        service.release_batch(session, batch.id, officer=scene.confirmer, at=NOON)

    service.release_batch(session, batch.id, officer=scene.payer, at=NOON)

    assert batch.status == BatchStatus.RELEASED
    with pytest.raises(WrongState):
        service.cancel_batch(session, batch.id, officer=scene.administrator, at=NOON)


def test_an_approver_who_saw_something_else_approves_nothing(session: Session) -> None:
    scene = make_scene(session)
    make_instalment(session, scene)
    batch = assemble(session, scene)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)

    with pytest.raises(ContentChanged):
        service.approve_batch(session, batch.id, content_sha256=bytes(32), officer=scene.approvers[0], at=NOON)
    service.approve_batch(session, batch.id, content_sha256=batch.content_sha256, officer=scene.approvers[0], at=NOON)
    assert len(queries.list_approvals(session, batch.id)) == 1


def test_a_destination_replaced_after_approval_voids_the_approvals(session: Session) -> None:
    scene = make_scene(session)
    instalment = make_instalment(session, scene)
    batch = assemble(session, scene)
    approve(session, scene, batch)
    claim = _claim_of(session, instalment.award_id)
    registry.record_destination(session, claim.id, new=bank_account(), officer=scene.caseworker, at=NOON)

    with pytest.raises(ContentChanged, match="another destination now"):
        service.release_batch(session, batch.id, officer=scene.payer, at=NOON)


def test_a_payee_who_died_after_approval_is_not_paid(session: Session) -> None:
    scene = make_scene(session)
    instalment = make_instalment(session, scene)
    batch = assemble(session, scene)
    approve(session, scene, batch)
    _bury(session, scene, instalment.award_id)

    with pytest.raises(ContentChanged, match="died"):
        service.release_batch(session, batch.id, officer=scene.payer, at=NOON)


def test_cancelling_frees_the_money_and_the_instalments(session: Session) -> None:
    scene = make_scene(session, available_minor=100_000)
    make_instalment(session, scene)
    batch = assemble(session, scene)
    approve(session, scene, batch)

    service.cancel_batch(session, batch.id, officer=scene.administrator, at=NOON)

    assert balance(session, scene, AccountCode.BANK) == Money(100_000, "USD")
    assert {payment.status for payment in payments_of(session, batch)} == {PaymentStatus.CANCELLED}
    assert assemble(session, scene).payment_count == 1
    assert ledger.list_findings(session) == []


def test_heirs_are_paid_on_their_own_claims(session: Session) -> None:
    scene = make_scene(session)
    award = make_award(session, scene, amount_minor=25_000)
    heirs = [make_heir(session, scene, award) for _ in range(2)]
    for number, heir in enumerate(heirs, start=1):
        make_instalment(session, scene, award=award, payee=heir, number=number, amount_minor=12_500)

    batch = release(session, scene, assemble(session, scene))

    payments = payments_of(session, batch)
    assert {payment.claim_id for payment in payments} == {heir.id for heir in heirs}
    assert [payment.amount_minor for payment in payments] == [12_500, 12_500]
    for heir in heirs:
        assert len({duty.person_id for duty in list_duties(session, heir.id)}) == 6


def test_named_instalments_only_and_later_days(session: Session) -> None:
    scene = make_scene(session)
    wanted = make_instalment(session, scene, due_in_days=3)
    make_instalment(session, scene)

    assembled = service.assemble_batch(
        session,
        programme=scene.programme.id,
        due_until=NOON.date() + timedelta(days=3),
        instalment_ids=[wanted.id],
        officer=scene.administrator,
        at=NOON,
    )

    assert [payment.instalment_id for payment in payments_of(session, assembled.batch)] == [wanted.id]


def _claim_of(session: Session, award_id: str) -> Claim:
    return session.get_one(Claim, session.get_one(Award, award_id).claim_id)


def _bury(session: Session, scene: Scene, award_id: str) -> None:
    claim = _claim_of(session, award_id)
    evidence = make_evidence(session, claim, officer=scene.caseworker)
    registry.record_death(
        session, claim.id, died_on=NOON.date(), evidence_id=evidence.id, officer=scene.caseworker, at=NOON
    )
