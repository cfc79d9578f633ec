"""A programme whose awards are due, the people who pay it, and batches on their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from sqlmodel import Session

from reparations import audit
from reparations.eligibility.models import Assessment, Award, AwardFunding, Decision, Instalment, PublishedRuleSet
from reparations.ids import new_id
from reparations.ledger import postings
from reparations.ledger import service as ledger_service
from reparations.ledger.models import AwardForm, Fund
from reparations.money import Money
from reparations.payments import service
from reparations.payments.models import Batch
from reparations.principal import SYSTEM, Principal, Role
from reparations.registry import service as registry_service
from reparations.registry.models import Capacity, Claim, DutyKind, Programme, Rail, VictimCase
from reparations.registry.queries import find_facts_revision
from reparations.registry.rules.values import NewDestination
from tests.conftest import NOON
from tests.eligibility.files import katanga, katanga_files
from tests.factories.access import make_officer
from tests.factories.ledger import make_fund
from tests.factories.registry import make_claim, make_programme

_numbers = count(1)


@dataclass(frozen=True)
class Scene:
    """One programme, one fund with money, and a different person for each part."""

    programme: Programme
    fund: Fund
    rule_set: PublishedRuleSet
    caseworker: Principal
    decider: Principal
    confirmer: Principal
    administrator: Principal
    approvers: tuple[Principal, Principal]
    payer: Principal


def make_scene(session: Session, *, currency: str = "USD", available_minor: int = 10_000_000) -> Scene:
    programme = make_programme(session, currency=currency)
    decider, confirmer = make_officer(session, Role.DECIDER), make_officer(session, Role.DECIDER)
    rule_set = PublishedRuleSet(
        id=new_id("rul"),
        programme_id=programme.id,
        scheme="invented",
        version=1,
        ast_sha256=katanga().rule_set.identity,
        file_sha256="0" * 64,
        source=katanga_files().rules,
        facts_schema=katanga_files().facts,
        examples="invented",
        in_force_from=NOON.date(),
        published_by=decider.person_id,
        published_at=NOON,
    )
    session.add(rule_set)
    session.flush()
    return Scene(
        programme=programme,
        fund=make_fund(session, currencies=[currency], available_minor=available_minor),
        rule_set=rule_set,
        caseworker=make_officer(session, Role.CASEWORKER),
        decider=decider,
        confirmer=confirmer,
        administrator=make_officer(session, Role.FUND_ADMINISTRATOR),
        approvers=(make_officer(session, Role.APPROVER), make_officer(session, Role.APPROVER)),
        payer=make_officer(session, Role.PAYER),
    )


def bank_account(account: str | None = None, holder: str = "A Holder") -> NewDestination:
    number = account or f"TEST{next(_numbers):08d}"
    return NewDestination(rail=Rail.BANK_FILE, account_holder=holder, account=number)


def stripe_account(account: str | None = None) -> NewDestination:
    return NewDestination(rail=Rail.STRIPE, stripe_account=account or f"acct_{next(_numbers):08d}")


def make_award(
    session: Session,
    scene: Scene,
    *,
    amount_minor: int = 25_000,
    destination: NewDestination | None = None,
    claim: Claim | None = None,
    fund: Fund | None = None,
) -> Award:
    """An award to a claimant who was registered, decided on and confirmed by three people; owed in the books."""
    fund = fund or scene.fund
    claim = claim or make_claim(
        session, programme=scene.programme, officer=scene.caseworker, destination=destination or bank_account()
    )
    decision = _confirmed_decision(session, scene, claim, amount_minor=amount_minor)
    award = Award(
        id=new_id("awd"),
        programme_id=scene.programme.id,
        claim_id=claim.id,
        form=AwardForm.INDIVIDUAL,
        title="An award",
        amount_minor=amount_minor,
        currency=scene.programme.currency,
        decision_id=decision.id,
        authority="An order, paragraph 2",
        made_by=scene.confirmer.person_id,
        made_at=NOON,
    )
    funding = AwardFunding(award_id=award.id, fund_id=fund.id, form=AwardForm.INDIVIDUAL, amount_minor=amount_minor)
    for row in (award, funding):
        session.add(row)
        session.flush()
    money = Money(amount_minor, scene.programme.currency)
    posting = ledger_service.post(
        session,
        entry_id=f"award-{award.id}",
        transfers=postings.award_recognised(award.id, funding={fund.id: money}),
        occurred_on=NOON.date(),
        at=NOON,
    )
    audit.record(
        session,
        at=NOON,
        actor=SYSTEM,
        action="award.made",
        subject=award.id,
        rows=[award, funding, decision, posting.digest],
    )
    return award


def make_instalment(
    session: Session,
    scene: Scene,
    *,
    amount_minor: int = 25_000,
    destination: NewDestination | None = None,
    award: Award | None = None,
    payee: Claim | None = None,
    number: int = 1,
    fund: Fund | None = None,
    due_in_days: int = 0,
) -> Instalment:
    """An instalment that is due, of an award of its own unless one is named."""
    award = award or make_award(session, scene, amount_minor=amount_minor, destination=destination, fund=fund)
    payee_party_id = payee.party_id if payee else session.get_one(Claim, award.claim_id).party_id
    instalment = Instalment(
        id=new_id("ins"),
        award_id=award.id,
        fund_id=(fund or scene.fund).id,
        number=number,
        payee_party_id=payee_party_id,
        amount_minor=amount_minor,
        currency=scene.programme.currency,
        due_on=NOON.date() + timedelta(days=due_in_days),
        made_at=NOON,
    )
    session.add(instalment)
    audit.record(session, at=NOON, actor=SYSTEM, action="instalment.made", subject=instalment.id, rows=[instalment])
    return instalment


def make_heir(session: Session, scene: Scene, award: Award, *, destination: NewDestination | None = None) -> Claim:
    """A confirmed heir of an award's claimant, with an account."""
    through = session.get_one(Claim, award.claim_id)
    claim = make_claim(
        session,
        programme=scene.programme,
        officer=scene.caseworker,
        capacity=Capacity.HEIR,
        through_claim_id=through.id,
        case_key=session.get_one(VictimCase, through.case_id).reference,
        destination=destination or bank_account(),
    )
    _confirmed_decision(session, scene, claim, amount_minor=0, by_succession=True)
    return claim


def assemble(session: Session, scene: Scene, *, at: datetime = NOON) -> Batch:
    return service.assemble_batch(
        session, programme=scene.programme.code, due_until=NOON.date(), officer=scene.administrator, at=at
    ).batch


def approve(session: Session, scene: Scene, batch: Batch, *, at: datetime = NOON) -> Batch:
    """Submit a batch and approve it twice."""
    service.submit_batch(session, batch.id, officer=scene.administrator, at=at)
    for approver in scene.approvers:
        service.approve_batch(session, batch.id, officer=approver, at=at)
    return batch


def release(session: Session, scene: Scene, batch: Batch, *, at: datetime = NOON) -> Batch:
    """Submit, approve and release a batch."""
    approve(session, scene, batch, at=at)
    return service.release_batch(session, batch.id, officer=scene.payer, at=at)


def make_released_batch(
    session: Session, scene: Scene, destinations: Sequence[NewDestination], *, amount_minor: int = 25_000
) -> Batch:
    """A released batch with one payment for each destination."""
    for destination in destinations:
        make_instalment(session, scene, destination=destination, amount_minor=amount_minor)
    return release(session, scene, assemble(session, scene))


def _confirmed_decision(
    session: Session, scene: Scene, claim: Claim, *, amount_minor: int, by_succession: bool = False
) -> Decision:
    facts = find_facts_revision(session, claim.id)
    assert facts is not None
    assessment = Assessment(
        id=new_id("ass"),
        claim_id=claim.id,
        number=1,
        rule_set_id=scene.rule_set.id,
        facts_revision_id=facts.id,
        outcome="eligible",
        codes=b"",
        grounds="[]",
        asks="[]",
        by_succession=by_succession,
        computed_amount_minor=amount_minor,
        currency=scene.programme.currency,
        assessed_at=NOON,
    )
    session.add(assessment)
    session.flush()
    decision = Decision(
        id=new_id("dec"),
        claim_id=claim.id,
        assessment_id=assessment.id,
        outcome="eligible",
        departs=False,
        reasons="[]",
        amount_minor=amount_minor,
        proposed_by=scene.decider.person_id,
        proposed_at=NOON,
        status="proposed",
    )
    session.add(decision)
    session.flush()
    duties = [
        *registry_service.assign_duties(
            session, claim_ids=[claim.id], officer=scene.decider, duty=DutyKind.DECIDER, at=NOON
        ),
        *registry_service.assign_duties(
            session, claim_ids=[claim.id], officer=scene.confirmer, duty=DutyKind.CONFIRMER, at=NOON
        ),
    ]
    decision.status, decision.confirmed_by, decision.confirmed_at = "confirmed", scene.confirmer.person_id, NOON
    session.add(decision)
    audit.record(
        session,
        at=NOON,
        actor=scene.confirmer,
        action="decision.confirmed",
        subject=decision.id,
        rows=[assessment, decision, *duties],
    )
    return decision
