"""Awards that were made and paid under one decision, and a later decision that grants another amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from reparations.eligibility import service as eligibility
from reparations.eligibility.models import Award, CorrectionReason, Instalment, Overpayment
from reparations.eligibility.queries import find_standing
from reparations.example.bank_loopback import answer_payment_file
from reparations.ids import new_id
from reparations.ledger.models import AccountCode, Fund
from reparations.ledger.queries import get_balance
from reparations.payments import service as payments
from reparations.payments.models import Batch
from reparations.payments.queries import list_bank_files
from reparations.principal import Principal, Role
from reparations.recovery import service
from reparations.recovery.service import Adjusted
from reparations.registry import service as registry
from reparations.registry.models import Claim
from tests.conftest import NOON
from tests.factories import eligibility as scenes
from tests.factories.access import make_officer
from tests.factories.ledger import make_fund
from tests.factories.payments import bank_account
from tests.payments.worker_process import DEBTOR

GRANTED = 25_000
"""What Katanga's rules grant, minor units."""


@dataclass(frozen=True)
class Scene:
    """A programme under Katanga's rules with everybody who decides and pays, and one fund."""

    deciding: scenes.Scene
    fund: Fund
    second: Principal
    """A second fund administrator."""
    approvers: tuple[Principal, Principal]
    payer: Principal

    @property
    def administrator(self) -> Principal:
        return self.deciding.administrator


def make_scene(session: Session, *, available_minor: int = 1_000_000) -> Scene:
    return Scene(
        deciding=scenes.make_scene(session),
        fund=make_fund(session, available_minor=available_minor),
        second=make_officer(session, Role.FUND_ADMINISTRATOR),
        approvers=(make_officer(session, Role.APPROVER), make_officer(session, Role.APPROVER)),
        payer=make_officer(session, Role.PAYER),
    )


def make_awarded(session: Session, scene: Scene) -> Claim:
    """A claim with its award, in one instalment, and an account to pay it to."""
    (claim,) = scenes.make_claims(session, scene.deciding)
    give_account(session, scene, claim)
    scenes.decide(session, scene.deciding, [claim])
    scenes.award(session, scene.deciding)
    return claim


def give_account(session: Session, scene: Scene, claim: Claim, account: str | None = None) -> None:
    registry.record_destination(
        session, claim.id, new=bank_account(account), officer=scene.deciding.caseworker, at=NOON
    )


def pay(session: Session, scene: Scene, *, at: datetime = NOON, returned: tuple[str, ...] = ()) -> Batch:
    """Pay everything that is due; the bank sends back what goes to the accounts `returned`."""
    batch = release(session, scene, at=at)
    file = payments.make_bank_file(session, batch_id=batch.id, fund_id=scene.fund.id, debtor=DEBTOR, at=at)
    assert file is not None
    content = payments.open_bank_file(session, file.id).content
    answer = answer_payment_file(content, statement_id=new_id("sta")[-20:], at=at, returned_accounts=returned)
    payments.import_statements(session, answer, officer=scene.payer, at=at)
    return batch


def send_back(session: Session, scene: Scene, batch: Batch, account: str, *, at: datetime = NOON) -> None:
    """The bank says, in a later statement, that what went to an account came back after all."""
    (file,) = list_bank_files(session, batch.id)
    content = payments.open_bank_file(session, file.id).content
    answer = answer_payment_file(content, statement_id=new_id("sta")[-20:], at=at, returned_accounts=(account,))
    payments.import_statements(session, answer, officer=scene.payer, at=at)


def assemble(session: Session, scene: Scene, *, at: datetime = NOON) -> Batch:
    return payments.assemble_batch(
        session,
        programme=scene.deciding.programme.code,
        due_until=at.date(),
        officer=scene.administrator,
        at=at,
    ).batch


def release(session: Session, scene: Scene, *, at: datetime = NOON) -> Batch:
    batch = assemble(session, scene, at=at)
    payments.submit_batch(session, batch.id, officer=scene.administrator, at=at)
    for approver in scene.approvers:
        payments.approve_batch(session, batch.id, officer=approver, at=at)
    return payments.release_batch(session, batch.id, officer=scene.payer, at=at)


def correct(session: Session, scene: Scene, claim: Claim, amount_minor: int, *, at: datetime = NOON) -> None:
    """Let another amount stand."""
    standing = find_standing(session, claim.id)
    assert standing is not None
    view = eligibility.correct_decision(
        session,
        standing.id,
        reason=CorrectionReason.COMPUTATIONAL,
        amount_minor=amount_minor,
        officer=scene.deciding.decider,
        at=at,
    )
    eligibility.confirm_decisions(session, decision_ids=[view.decision.id], officer=scene.deciding.confirmer, at=at)


def adjust(session: Session, scene: Scene, claim: Claim, *, at: datetime = NOON) -> Adjusted:
    """Bring the claim's awards in line, by two persons."""
    row = service.prepare_adjustment(session, claim.id, citation="Correction", officer=scene.administrator, at=at)
    return service.approve_adjustment(session, row.id, officer=scene.second, at=at)


def make_overpaid(session: Session, scene: Scene, *, granted_minor: int = 10_000) -> tuple[Claim, Overpayment]:
    """A claim that was paid in full, and of which less stands granted now."""
    claim = make_awarded(session, scene)
    pay(session, scene)
    correct(session, scene, claim, granted_minor)
    (overpayment,) = adjust(session, scene, claim).overpayments
    return claim, overpayment


def notify(session: Session, scene: Scene, overpayment: Overpayment, *, days_to_object: int = 30) -> None:
    service.notify_payee(
        session,
        overpayment.id,
        notified_on=NOON.date(),
        letter="LETTER-1",
        object_until=NOON.date() + timedelta(days=days_to_object),
        objection_way="In writing to the trust fund, or at any field office",
        officer=scene.administrator,
        at=NOON,
    )


def awards_of(session: Session, claim: Claim) -> list[Award]:
    return list(session.exec(select(Award).where(Award.claim_id == claim.id).order_by(Award.number)))  # type: ignore[arg-type]  # SQLModel types a column as its value


def instalments_of(session: Session, claim: Claim) -> list[Instalment]:
    ids = [award.id for award in awards_of(session, claim)]
    rows = [session.exec(select(Instalment).where(Instalment.award_id == one)).all() for one in ids]
    return [row for own in rows for row in sorted(own, key=lambda row: row.number)]


def balances(session: Session, scene: Scene, *codes: AccountCode) -> list[int]:
    """Debits less credits of the fund's accounts, minor units."""
    return [get_balance(session, scene.fund.id, "USD", code).amount_minor for code in codes]
