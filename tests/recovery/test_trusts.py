"""Minors' money: held when the award is parted, in no batch, released when of age or by two persons; books agree."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlmodel import Session, select

from reparations.db import Database
from reparations.eligibility import service
from reparations.eligibility.errors import NotInTrust, SamePersonReleases, TrustNotFound
from reparations.eligibility.models import Instalment, TrustHolding, TrustRelease, TrustRequest
from reparations.eligibility.queries import list_held
from reparations.ids import new_id
from reparations.ledger.models import AccountCode
from reparations.ledger.queries import compute_identity
from reparations.payments import service as payments
from reparations.payments.errors import NothingToPay
from reparations.payments.models import Payment
from reparations.principal import Role
from reparations.recovery.findings import list_findings
from reparations.registry import service as registry
from reparations.registry.models import Claim
from reparations.reports.evidence.collect import collect_auditor_evidence
from reparations.reports.texts.language import Language
from reparations_verifier import evidence as verifier
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.test_dividing import ADULT, arrange, make_dividing, name, tell
from tests.eligibility.test_minors import make_holding, with_birth
from tests.factories.access import PASSWORD, make_account
from tests.factories.eligibility import TODAY, award, decide, let_die, make_claims, make_heir
from tests.factories.recovery import Scene, adjust, assemble, balances, correct, give_account, make_scene, pay
from tests.factories.registry import ELIGIBLE_FACTS

Refused = Callable[[str], AbstractContextManager[None]]
OLD = date.fromisoformat(ADULT)
BORN = TODAY.replace(year=TODAY.year - 17).isoformat()
OF_AGE = NOON + timedelta(days=366)
TRUST, PAYABLE = AccountCode.HELD_IN_TRUST, AccountCode.AWARDS_PAYABLE


def make_held(session: Session) -> tuple[Scene, Claim, Instalment]:
    """An award of 250.00 shared by a spouse and a child of seventeen, whose half is held."""
    scene = make_scene(session)
    scene = replace(scene, deciding=make_dividing(session))
    (claim,) = make_claims(session, scene.deciding)
    decide(session, scene.deciding, [claim])
    let_die(session, scene.deciding, claim)
    heirs = [make_heir(session, scene.deciding, claim) for _ in range(2)]
    for heir in heirs:
        give_account(session, scene, heir)
    decide(session, scene.deciding, heirs)
    tell(session, scene.deciding, claim, ("spouse", ADULT), ("child", BORN))
    name(session, scene.deciding, claim, *heirs)
    assert arrange(session, scene.deciding) == []
    (held,) = list_held(session, scene.deciding.programme.id, after=None, limit=10)
    assert held.instalment.payee_party_id == heirs[1].party_id
    return scene, claim, held.instalment


def release(session: Session, scene: Scene, *, at: datetime = NOON) -> list[str]:
    done = service.release_of_age(session, programme=scene.deciding.programme, officer=scene.administrator, at=at)
    return [one.id for one in done.instalments]


def ask(session: Session, scene: Scene, instalment: Instalment) -> TrustRequest:
    return service.request_release(
        session, instalment.id, authority="Family Court 12/2031", officer=scene.administrator, at=NOON
    )


def test_a_minor_is_paid_when_of_age_and_the_auditors_report_adds_up(session: Session) -> None:
    scene, _, instalment = make_held(session)
    assert balances(session, scene, TRUST, PAYABLE) == [-12_500, -12_500]
    assert list_findings(session) == []

    pay(session, scene)
    assert release(session, scene) == []

    assert balances(session, scene, TRUST, PAYABLE) == [-12_500, 0]
    evidence = collect_auditor_evidence(session, scene.deciding.programme, as_of=TODAY, language=Language.ENGLISH)
    (identity,) = [one for one in evidence.identity if one.fund == scene.fund.code]
    assert (identity.awarded_minor, identity.paid_minor, identity.owed_minor) == (25_000, 12_500, 12_500)
    report = verifier.read_report(evidence.canonical_bytes())
    assert verifier.check_sums(report) == len(report["sums"])
    assert verifier.check_identity(report) == len(report["identity"])

    assert release(session, scene, at=OF_AGE) == [instalment.id]
    assert release(session, scene, at=OF_AGE) == []
    assert balances(session, scene, TRUST, PAYABLE) == [0, -12_500]
    pay(session, scene, at=OF_AGE)
    assert balances(session, scene, TRUST, PAYABLE) == [0, 0]
    assert list_findings(session) == []
    assert compute_identity(session, scene.fund.id, "USD").faults == {}


def test_two_persons_release_early_by_an_authority(session: Session) -> None:
    scene, _, instalment = make_held(session)
    request = ask(session, scene, instalment)
    with pytest.raises(SamePersonReleases):
        service.approve_release(session, request.id, officer=scene.administrator, at=NOON)
    with pytest.raises(TrustNotFound):
        service.approve_release(session, new_id("trq"), officer=scene.second, at=NOON)

    service.approve_release(session, request.id, officer=scene.second, at=NOON)

    assert balances(session, scene, TRUST, PAYABLE) == [0, -25_000]
    with pytest.raises(NotInTrust):
        service.approve_release(session, request.id, officer=scene.second, at=NOON)
    with pytest.raises(NotInTrust):
        ask(session, scene, instalment)
    pay(session, scene)
    assert balances(session, scene, TRUST, PAYABLE) == [0, 0]
    assert list_findings(session) == []


def make_minor(session: Session) -> tuple[Scene, Claim, Instalment]:
    """An award of 250.00 of a claimant of seventeen, which is held, and another's, which is not."""
    scene = make_scene(session)
    scene = replace(scene, deciding=make_holding(session))
    facts = [with_birth(ELIGIBLE_FACTS, date.fromisoformat(born)) for born in (BORN, ADULT)]
    minor, adult = [claim for one in facts for claim in make_claims(session, scene.deciding, facts=one)]
    decide(session, scene.deciding, [minor, adult])
    award(session, scene.deciding)
    (held,) = list_held(session, scene.deciding.programme.id, after=None, limit=10)
    assert held.instalment.payee_party_id == minor.party_id
    return scene, minor, held.instalment


def test_an_award_to_a_minor_is_in_no_batch_and_paid_when_of_age(session: Session) -> None:
    scene, minor, instalment = make_minor(session)
    assert balances(session, scene, TRUST, PAYABLE) == [-25_000, -25_000]

    batch = pay(session, scene)

    assert (batch.payment_count, batch.total_minor) == (1, 25_000)
    assert balances(session, scene, TRUST, PAYABLE) == [-25_000, 0]
    assert release(session, scene) == []
    assert release(session, scene, at=OF_AGE) == [instalment.id]
    pay(session, scene, at=OF_AGE)
    assert balances(session, scene, TRUST, PAYABLE) == [0, 0]
    payment = session.exec(select(Payment).where(Payment.instalment_id == instalment.id)).one()
    assert (payment.claim_id, payment.status) == (minor.id, "paid")
    assert list_findings(session) == []
    assert compute_identity(session, scene.fund.id, "USD").faults == {}


def test_what_a_later_decision_adds_for_a_minor_is_held_too(session: Session) -> None:
    scene, minor, instalment = make_minor(session)
    correct(session, scene, minor, 30_000)

    adjust(session, scene, minor)

    held = list_held(session, scene.deciding.programme.id, after=None, limit=10)
    assert sorted(one.instalment.amount_minor for one in held) == [5_000, 25_000]
    assert release(session, scene, at=OF_AGE) == sorted(one.instalment.id for one in held)
    assert instalment.id in {one.instalment.id for one in held}


def tell_birth(session: Session, scene: Scene, claim: Claim, born: str | None) -> None:
    facts = with_birth(ELIGIBLE_FACTS, date.fromisoformat(born)) if born else ELIGIBLE_FACTS
    registry.record_facts(session, claim.id, facts=facts, officer=scene.deciding.caseworker, at=NOON)


def test_who_turns_out_a_minor_before_he_is_paid_is_left_out_of_the_batch_and_held(session: Session) -> None:
    scene, minor, held = make_minor(session)
    request = ask(session, scene, held)
    service.approve_release(session, request.id, officer=scene.second, at=NOON)
    thought_adult, forgotten = [
        claim for _ in range(2) for claim in make_claims(session, scene.deciding, facts=with_birth(ELIGIBLE_FACTS, OLD))
    ]
    decide(session, scene.deciding, [thought_adult, forgotten])
    award(session, scene.deciding)
    tell_birth(session, scene, thought_adult, BORN)
    tell_birth(session, scene, forgotten, None)

    def assemble_due() -> payments.Assembled:
        code = scene.deciding.programme.code
        return payments.assemble_batch(session, programme=code, due_until=TODAY, officer=scene.administrator, at=NOON)

    assembled = assemble_due()

    reasons = {one.claim_reference: one.reason for one in assembled.left_out}
    assert reasons == {thought_adult.reference: "payee_under_age", forgotten.reference: "age_unknown"}
    paid = session.exec(select(Payment.claim_id).where(Payment.batch_id == assembled.batch.id)).all()
    assert len(paid) == 2
    assert minor.id in paid  # released by two persons, and not held again
    assert balances(session, scene, TRUST) == [-25_000]
    assert list_findings(session) == []
    put = next(one for one in reversed(events(session)) if one["type"] == "trusts.put")
    assert (put["body"]["count"], put["rows_count"]) == (1, 2)
    with pytest.raises(NothingToPay, match="1 age_unknown"):
        assemble_due()
    (instalment,) = list_held(session, scene.deciding.programme.id, after=None, limit=10)
    assert release(session, scene, at=OF_AGE) == [instalment.instalment.id]
    assert list_findings(session) == []
    assert compute_identity(session, scene.fund.id, "USD").faults == {}


def make_adults(session: Session) -> tuple[Scene, Claim]:
    """Two awards that are due, under rules that hold minors' money; and one of the claims."""
    scene = make_scene(session)
    scene = replace(scene, deciding=make_holding(session))
    claims = make_claims(session, scene.deciding, count=2, facts=with_birth(ELIGIBLE_FACTS, OLD))
    decide(session, scene.deciding, claims)
    award(session, scene.deciding)
    return scene, claims[0]


def test_what_stood_in_a_batch_that_was_cancelled_can_be_held(session: Session) -> None:
    scene, claim = make_adults(session)
    payments.cancel_batch(session, assemble(session, scene).id, officer=scene.administrator, at=NOON)
    tell_birth(session, scene, claim, BORN)

    assert assemble(session, scene).payment_count == 1

    assert balances(session, scene, TRUST, PAYABLE) == [-25_000, -25_000]
    assert list_findings(session) == []


def test_what_came_back_from_a_minor_is_not_sent_to_him_again(session: Session) -> None:
    scene, claim = make_adults(session)
    give_account(session, scene, claim, "GONE00000001")
    pay(session, scene, returned=("GONE00000001",))
    tell_birth(session, scene, claim, BORN)
    give_account(session, scene, claim)
    returned = session.exec(select(Payment).where(Payment.claim_id == claim.id)).one()

    with pytest.raises(NothingToPay, match="1 payee_under_age"):
        payments.reissue_payment(session, returned.id, officer=scene.administrator, at=NOON)

    assert (returned.status, balances(session, scene, TRUST)) == ("returned", [0])


PAY_BY_HAND = text(
    "INSERT INTO payment (id, reference, batch_id, instalment_id, ordinal, claim_id, payee_party_id, destination_id,"
    " destination_commitment, rail, fund_id, amount_minor, currency, status, status_at)"
    " SELECT :id, :reference, p.batch_id, i.id, 1, c.id, i.payee_party_id, d.id,"
    " p.destination_commitment, d.rail, i.fund_id, i.amount_minor, i.currency, 'draft', p.status_at"
    " FROM payment p, instalment i JOIN claim c ON c.party_id = i.payee_party_id"
    " JOIN payment_destination d ON d.party_id = i.payee_party_id AND d.status = 'active'"
    " WHERE p.batch_id = :batch AND i.id = :instalment"
)


@pytest.mark.parametrize("make", [make_held, make_minor])
def test_the_database_puts_nothing_that_is_held_into_a_batch(
    session: Session, refused: Refused, make: Callable[[Session], tuple[Scene, Claim, Instalment]]
) -> None:
    scene, _, instalment = make(session)
    batch = assemble(session, scene)
    row = {"id": new_id("pay"), "reference": "X" * 16, "batch": batch.id, "instalment": instalment.id}

    with refused("payment.held_in_trust"):
        session.execute(PAY_BY_HAND, row)

    request = ask(session, scene, instalment)
    service.approve_release(session, request.id, officer=scene.second, at=NOON)
    session.execute(PAY_BY_HAND, row)  # the same row: nothing else stood in its way
    with refused("trust_holding.in_motion"):
        session.add(
            TrustHolding(
                instalment_id=session.exec(
                    select(Payment.instalment_id).where(Payment.batch_id == batch.id, Payment.id != row["id"])
                ).one(),
                held_until_sealed=b"x",
                citation="C",
                held_at=NOON,
            )
        )
        session.flush()


def test_the_database_takes_nothing_from_what_is_held_and_releases_by_two(session: Session, refused: Refused) -> None:
    scene, _, instalment = make_held(session)
    request = ask(session, scene, instalment)
    same = {"instalment_id": instalment.id, "request_id": request.id, "prepared_by": request.prepared_by}
    with refused("two_persons"):
        session.add(TrustRelease(**same, ground="authority", released_by=request.prepared_by, released_at=NOON))
        session.flush()
    with refused("authority_named"):
        session.add(
            TrustRelease(
                instalment_id=instalment.id, ground="authority", released_by=scene.second.person_id, released_at=NOON
            )
        )
        session.flush()
    service.approve_release(session, request.id, officer=scene.second, at=NOON)
    reason = "append_only" if session.get_bind().dialect.name == "sqlite" else "permission denied"
    for table in ("trust_holding", "trust_request", "trust_release", "named_person"):
        with refused(reason):
            session.execute(text(f"DELETE FROM {table}"))


def test_a_holding_the_books_do_not_know_is_found(session: Session) -> None:
    scene, _, held = make_held(session)
    other = session.exec(select(Instalment).where(Instalment.id != held.id)).one()
    session.add(TrustHolding(instalment_id=other.id, held_until_sealed=b"x", citation="C", held_at=NOON))
    session.flush()

    assert [finding.record for finding in list_findings(session)] == [f"trust_holding {other.id}"]
    assert scene.fund.id == other.fund_id


def test_trusts_over_the_api(client: TestClient, database: Database) -> None:
    with database.transaction() as session:
        scene, _, instalment = make_held(session)
        code, instalment_id = scene.deciding.programme.code, instalment.id
        for username in ("first", "second"):
            make_account(session, Role.FUND_ADMINISTRATOR, username=username)
    first, second = (
        {"Authorization": f"Bearer {client.post('/sessions', json=who).json()['access_token']}"}
        for who in ({"username": username, "password": PASSWORD} for username in ("first", "second"))
    )

    (held,) = client.get(f"/trusts?programme={code}", headers=first).json()["items"]
    assert (held["instalment_id"], held["amount"]["amount"]) == (instalment_id, "125.00")
    assert "held_until" not in held
    released = client.post("/trusts/releases", json={"programme": code}, headers=first).json()
    assert released == {"instalment_ids": [], "next": None}
    body = {"authority": "Family Court 12/2031"}
    request = client.post(f"/trusts/{instalment_id}/requests", json=body, headers=first)
    assert request.status_code == 201, request.text
    path = f"/trust-requests/{request.json()['id']}/approval"
    assert client.post(path, headers=first).json()["code"] == "eligibility.same_person_releases"
    assert client.post(path, headers=second).json()["ground"] == "authority"
    assert client.get(f"/trusts?programme={code}", headers=first).json()["items"] == []
