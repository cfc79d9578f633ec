"""A small programme walked through every room by its own services, so that a report has something of everything.

Eighteen claims of a programme KAT:

- thirteen direct victims and a school are eligible; one of the thirteen dies, and two heirs share his award
- two are refused (another day), one is asked for a fact, one pair may be the same person
- DONOR-A gives 3,000.00 for individual and 10,000.00 for collective awards, DONOR-B 50,000.00 for either
- one payment is returned and sent again, one is returned and waits, two are on their way
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from reparations.db import Database
from reparations.eligibility import service as eligibility
from reparations.eligibility.models import Assessment, DecidedOutcome
from reparations.eligibility.rules import CollectiveLine
from reparations.ledger import service as ledger
from reparations.ledger.models import AwardForm, ContributionSource, DonorKind
from reparations.money import Money
from reparations.payments import service as payments
from reparations.payments.models import Batch, Payment
from reparations.payments.rails.bank_file import Debtor
from reparations.principal import Principal, Role
from reparations.registry import service as registry
from reparations.registry.models import Capacity, Claim, PartyKind, Programme, Rail, VictimCase
from reparations.registry.rules.values import NewDestination, NewParty
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.registry import ELIGIBLE_FACTS, make_claim, make_duplicate, make_evidence

RULES = Path(__file__).resolve().parents[2] / "rules" / "icc-katanga"
TODAY = NOON.date()
CANARY = "Zqcanary"
"""Begins every place and account holder of these people; no report may hold it, nor a `family_name`."""

DEBTOR = Debtor(name="Trust Account", iban="DE89370400440532013000", bic="COBADEFFXXX")


@dataclass(frozen=True)
class Officers:
    """A different person for every part."""

    caseworker: Principal
    decider: Principal
    confirmer: Principal
    administrator: Principal
    approvers: tuple[Principal, Principal]
    payer: Principal


def walk(database: Database) -> None:
    """Walk the whole programme, a transaction for each deed."""
    with database.transaction() as session:
        officers = make_officers(session)
        programme = _programme(session, officers)
        _gifts(session, programme, officers)
    with database.transaction() as session:
        claims = _claims(session, programme, officers)
    with database.transaction() as session:
        _decide(session, programme, officers)
    with database.transaction() as session:
        _mourn(session, programme, claims[12], officers)
    with database.transaction() as session:
        _award(session, programme, officers)
    with database.transaction() as session:
        _pay(session, programme, claims, officers)


def make_officers(session: Session) -> Officers:
    return Officers(
        caseworker=make_officer(session, Role.CASEWORKER),
        decider=make_officer(session, Role.DECIDER),
        confirmer=make_officer(session, Role.DECIDER),
        administrator=make_officer(session, Role.FUND_ADMINISTRATOR),
        approvers=(make_officer(session, Role.APPROVER), make_officer(session, Role.APPROVER)),
        payer=make_officer(session, Role.PAYER),
    )


def _programme(session: Session, officers: Officers) -> Programme:
    programme = registry.create_programme(
        session,
        code="KAT",
        title="A small programme of reparations",
        authority="An order of a court, paragraph 1",
        currency="USD",
        officer=officers.administrator,
        at=NOON,
    )
    version = RULES / "v0001"
    eligibility.publish_rule_set(
        session,
        programme=programme,
        rules=(version / "rules.yaml").read_text(encoding="utf-8"),
        facts=(RULES / "facts.yaml").read_text(encoding="utf-8"),
        examples=(version / "examples.yaml").read_text(encoding="utf-8"),
        in_force_from=TODAY,
        officer=officers.decider,
        at=NOON,
    )
    return programme


def _gifts(session: Session, programme: Programme, officers: Officers) -> None:
    individual, collective = AwardForm.INDIVIDUAL, AwardForm.COLLECTIVE
    given = [
        ("KAT-INDIVIDUAL", "DONOR-A", (individual,), 300_000, programme.id),
        ("KAT-COLLECTIVE", "DONOR-A", (collective,), 1_000_000, programme.id),
        ("GENERAL", "DONOR-B", (individual, collective), 5_000_000, None),
    ]
    donors = {
        code: ledger.record_donor(
            session,
            code=code,
            title=f"The state of {code}",
            kind=DonorKind.STATE,
            officer=officers.administrator,
            at=NOON,
        )
        for code in ("DONOR-A", "DONOR-B")
    }
    for code, donor, forms, minor, programme_id in given:
        fund = ledger.open_fund(
            session,
            code=code,
            title=f"The fund {code}",
            forms=[ledger.FormGrant(form, f"Gift agreement of {donor}") for form in forms],
            currencies=["USD"],
            programme_id=programme_id,
            officer=officers.administrator,
            at=NOON,
        )
        pledge = ledger.record_pledge(
            session,
            reference=f"PLEDGE-{code}",
            donor_id=donors[donor].id,
            fund_id=fund.id,
            amount=Money(minor, "USD"),
            pledged_on=date(2030, 4, 3),
            citation=f"Gift agreement of {donor}",
            officer=officers.administrator,
            at=NOON,
        )
        ledger.receive_contribution(
            session,
            reference=f"RECEIPT-{code}",
            pledge_id=pledge.id,
            amount=Money(minor, "USD"),
            received_on=date(2030, 5, 2),
            source=ContributionSource.VOLUNTARY,
            officer=officers.administrator,
            at=NOON,
        )


def _claims(session: Session, programme: Programme, officers: Officers) -> list[Claim]:
    another_day = {**ELIGIBLE_FACTS, "attack_date": {"value": "2003-03-06", "proof": "established"}}
    unproven = {**ELIGIBLE_FACTS, "present_at_attack": {"value": True, "proof": "asserted"}}
    school = {
        "capacity": {"value": "organisation", "proof": "established"},
        "identity_established": {"value": True, "proof": "established"},
        "attack_site": {"value": "bogoro", "proof": "established"},
        "attack_date": {"value": "2003-02-24", "proof": "established"},
        "organisation_type": {"value": "education", "proof": "established"},
        "organisation_property_damaged": {"value": True, "proof": "established"},
    }
    told = [(Capacity.DIRECT, ELIGIBLE_FACTS)] * 13
    told += [(Capacity.ORGANISATION, school), (Capacity.DIRECT, another_day), (Capacity.DIRECT, another_day)]
    told += [(Capacity.DIRECT, unproven), (Capacity.DIRECT, unproven)]
    claims = [
        make_claim(
            session,
            programme=programme,
            officer=officers.caseworker,
            capacity=capacity,
            party=person(number, capacity),
            facts=facts,
            case_key=f"C-{number:04d}",
            destination=account(number),
        )
        for number, (capacity, facts) in enumerate(told, 1)
    ]
    make_duplicate(session, claims[16], claims[17])
    return claims


def family_name(number: int) -> str:
    """A name like no other of these, and like nothing a report says."""
    letters = "bcdfghjklmnpqrstvwxz"
    return "".join(letters[number * step % len(letters)] + "u" for step in (1, 3, 7, 9, 11)).capitalize()


def person(number: int, capacity: Capacity) -> NewParty:
    word = family_name(number)
    if capacity is Capacity.ORGANISATION:
        return NewParty(kind=PartyKind.ORGANISATION, family_name=word)
    return NewParty(
        kind=PartyKind.PERSON, family_name=word, given_names=word[::-1], place_of_residence=f"{CANARY}-place"
    )


def account(number: int) -> NewDestination:
    return NewDestination(rail=Rail.BANK_FILE, account_holder=f"{CANARY} {number}", account=f"ACCOUNT{number:07d}")


def _decide(session: Session, programme: Programme, officers: Officers) -> None:
    eligibility.assess_programme(session, programme=programme, after=None, officer=officers.decider, at=NOON)
    outcomes = {
        "eligible": DecidedOutcome.ELIGIBLE,
        "not_eligible": DecidedOutcome.NOT_ELIGIBLE,
        "more_information_needed": DecidedOutcome.ASK,
    }
    for found, decided in outcomes.items():
        rows = select(Assessment.claim_id).where(Assessment.outcome == found).order_by(col(Assessment.claim_id))
        # Of the pair that may be one person, only the first is asked; the second stays undecided.
        claim_ids = session.exec(rows).all()[: 1 if decided is DecidedOutcome.ASK else None]
        confirm(session, claim_ids, decided, officers)


def confirm(session: Session, claim_ids: Sequence[str], outcome: DecidedOutcome, officers: Officers) -> None:
    views = eligibility.propose_decisions(
        session,
        claim_ids=claim_ids,
        outcome=outcome,
        officer=officers.decider,
        at=NOON,
    )
    eligibility.confirm_decisions(
        session, decision_ids=[view.decision.id for view in views], officer=officers.confirmer, at=NOON
    )


def _mourn(session: Session, programme: Programme, claim: Claim, officers: Officers) -> None:
    proof = make_evidence(session, claim, officer=officers.caseworker)
    registry.record_death(
        session,
        claim.id,
        died_on=TODAY - timedelta(days=30),
        evidence_id=proof.id,
        officer=officers.caseworker,
        at=NOON,
    )
    case = session.get_one(VictimCase, claim.case_id)
    heirs = [
        make_claim(
            session,
            programme=programme,
            officer=officers.caseworker,
            capacity=Capacity.HEIR,
            party=person(number, Capacity.HEIR),
            through_claim_id=claim.id,
            case_key=case.reference,
            destination=account(number),
            facts={
                "capacity": {"value": "heir", "proof": "established"},
                "identity_established": {"value": True, "proof": "established"},
                "heir_of_eligible_victim": {"value": True, "proof": "established"},
                "succession_established": {"value": True, "proof": "established"},
            },
        )
        for number in (19, 20)
    ]
    claim_ids = [heir.id for heir in heirs]
    eligibility.assess_claims(session, programme=programme, claim_ids=claim_ids, officer=officers.decider, at=NOON)
    confirm(session, claim_ids, DecidedOutcome.ELIGIBLE, officers)


def _award(session: Session, programme: Programme, officers: Officers) -> None:
    eligibility.award_individuals(session, programme=programme, officer=officers.administrator, at=NOON)
    line = CollectiveLine(
        code="HOUSING",
        title="Houses for the village",
        amount=Money(4_000_000, "USD"),
        authority="The order, paragraph 9",
    )
    eligibility.award_collectively(session, programme=programme, lines=[line], officer=officers.administrator, at=NOON)


def _pay(session: Session, programme: Programme, claims: list[Claim], officers: Officers) -> None:
    batch = payments.assemble_batch(
        session, programme=programme.code, due_until=TODAY, officer=officers.administrator, at=NOON
    ).batch
    send(session, batch, officers)
    sent = session.exec(select(Payment).where(Payment.batch_id == batch.id).order_by(col(Payment.reference))).all()
    by_claim = {payment.claim_id: payment for payment in sent}
    waiting = {by_claim[claims[0].id].id, by_claim[claims[1].id].id}
    booked = [write_entry(payment) for payment in sent if payment.id not in waiting]
    returned = [write_entry(by_claim[claims[number].id], reason="AC04") for number in (2, 3)]
    statement = write_statement("S1", [*booked, *returned])
    payments.import_statements(session, statement, officer=officers.payer, at=NOON)
    registry.record_destination(session, claims[2].id, new=account(42), officer=officers.caseworker, at=NOON)
    again = payments.reissue_payments(session, [by_claim[claims[2].id].id], officer=officers.administrator, at=NOON)
    send(session, again, officers)
    (second,) = session.exec(select(Payment).where(Payment.batch_id == again.id)).all()
    payments.import_statements(session, write_statement("S2", [write_entry(second)]), officer=officers.payer, at=NOON)


def send(session: Session, batch: Batch, officers: Officers) -> None:
    payments.submit_batch(session, batch.id, officer=officers.administrator, at=NOON)
    for approver in officers.approvers:
        payments.approve_batch(session, batch.id, officer=approver, at=NOON)
    payments.release_batch(session, batch.id, officer=officers.payer, at=NOON)
    funds = select(Payment.fund_id).where(Payment.batch_id == batch.id).distinct()
    for fund_id in session.exec(funds).all():
        payments.make_bank_file(session, batch_id=batch.id, fund_id=fund_id, debtor=DEBTOR, at=NOON)


def write_entry(payment: Payment, *, reason: str | None = None) -> str:
    amount = f'<Amt Ccy="{payment.currency}">{Money(payment.amount_minor, payment.currency).decimal_string}</Amt>'
    direction = "DBIT" if reason is None else "CRDT"
    back = "" if reason is None else f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>"
    return (
        f"<Ntry>{amount}<CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{TODAY}</Dt></BookgDt>"
        f"<BkTxCd/><NtryDtls><TxDtls><Refs><EndToEndId>{payment.reference}</EndToEndId></Refs>{amount}"
        f"<CdtDbtInd>{direction}</CdtDbtInd>{back}</TxDtls></NtryDtls></Ntry>"
    )


def write_statement(number: str, entries: list[str]) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>{number}</MsgId><CreDtTm>{TODAY}T18:00:00Z</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{number}</Id><Acct><Id><IBAN>{DEBTOR.iban}</IBAN></Id></Acct>"
        '<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<Dt><Dt>{TODAY}</Dt></Dt></Bal>{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()
