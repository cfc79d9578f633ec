"""Routes of programmes, claims and duplicates.

A caseworker works on the claims of his own office; a claim of another office is answered like one that does not exist.
"""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status

from reparations.http import (
    PROBLEM_RESPONSES,
    DatabaseItself,
    Now,
    Officer,
    Page,
    PageParams,
    ReadSession,
    WriteSession,
    page_of,
    requires,
)
from reparations.principal import Principal, Role
from reparations.registry import queries, service
from reparations.registry.models import Capacity, ClaimStatus, DuplicateStatus
from reparations.registry.rules.registration import office_scope
from reparations.registry.schemas import (
    ClaimantOut,
    ClaimIn,
    ClaimListed,
    ClaimOut,
    ClaimPath,
    DeathIn,
    DeathOut,
    DestinationIn,
    DestinationOut,
    DuplicatePath,
    EvidenceIn,
    EvidenceOut,
    EvidencePath,
    EvidenceRevealIn,
    EvidenceRevealOut,
    FactsIn,
    FactsOut,
    PairOut,
    ProgrammeIn,
    ProgrammeOut,
    ProgrammePath,
    ResolveIn,
    RevealIn,
    RevealOut,
)

router = APIRouter(responses=PROBLEM_RESPONSES)

FundAdministrator = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR))]
Caseworker = Annotated[Principal, Depends(requires(Role.CASEWORKER))]
CaseworkerOrDecider = Annotated[Principal, Depends(requires(Role.CASEWORKER, Role.DECIDER))]
ClaimReader = Annotated[
    Principal,
    Depends(requires(Role.CASEWORKER, Role.DECIDER, Role.FUND_ADMINISTRATOR, Role.APPROVER, Role.PAYER, Role.AUDITOR)),
]


@router.post("/programmes", status_code=status.HTTP_201_CREATED, tags=["programmes"])
def create_programme(body: ProgrammeIn, officer: FundAdministrator, session: WriteSession, now: Now) -> ProgrammeOut:
    """Open a programme under an order or a law."""
    return ProgrammeOut.of(service.create_programme(session, **body.model_dump(), officer=officer, at=now))


@router.get("/programmes", tags=["programmes"])
def list_programmes(_officer: Officer, session: ReadSession, page: PageParams) -> Page[ProgrammeOut]:
    """List programmes."""
    rows = queries.list_programmes(session, after=page.after, limit=page.limit)
    return page_of(rows, limit=page.limit, key=lambda row: row.id, show=ProgrammeOut.of)


@router.get("/programmes/{programme}", tags=["programmes"])
def get_programme(programme: ProgrammePath, _officer: Officer, session: ReadSession) -> ProgrammeOut:
    """Show a programme."""
    return ProgrammeOut.of(queries.get_programme(session, programme))


@router.post(
    "/claims",
    status_code=status.HTTP_201_CREATED,
    responses={200: {"model": ClaimOut, "description": "Registered before with the same content; nothing changed."}},
    tags=["claims"],
)
def register_claim(
    body: ClaimIn, *, officer: Caseworker, session: WriteSession, now: Now, response: Response
) -> ClaimOut:
    """Register a claim with all that is known of it: claimant, case, ties, harms, facts, account.

    Sending the same `source_row` with the same content again is safe and answers 200 with the same claim.
    """
    registered = service.register_claim(session, body.to_value(), officer=officer, at=now)
    if not registered.is_new:
        response.status_code = status.HTTP_200_OK
    return ClaimOut.read(session, registered.claim)


@router.get("/claims", tags=["claims"])
def list_claims(
    *,
    officer: ClaimReader,
    session: ReadSession,
    page: PageParams,
    programme: Annotated[str | None, Query(pattern=r"^[A-Z][A-Z0-9]{1,19}$", description="Its code.")] = None,
    status: ClaimStatus | None = None,
    capacity: Capacity | None = None,
    reference: Annotated[str | None, Query(pattern=r"^[A-Z][A-Z0-9]{1,19}-[0-9]{4,12}$")] = None,
) -> Page[ClaimListed]:
    """List claims by their numbers."""
    rows = queries.list_claims(
        session,
        office_id=office_scope(officer),
        programme_id=queries.get_programme(session, programme).id if programme else None,
        status=status,
        capacity=capacity,
        reference=reference,
        after=page.after,
        limit=page.limit,
    )
    return page_of(rows, limit=page.limit, key=lambda row: row.id, show=ClaimListed.of)


@router.get("/claims/{claim_id}", tags=["claims"])
def get_claim(claim_id: ClaimPath, officer: ClaimReader, session: ReadSession) -> ClaimOut:
    """Show a claim, masked."""
    return ClaimOut.read(session, queries.get_claim(session, claim_id, office_id=office_scope(officer)))


@router.post("/claims/{claim_id}/facts", status_code=status.HTTP_201_CREATED, tags=["claims"])
def record_facts(
    claim_id: ClaimPath, *, body: FactsIn, officer: Caseworker, session: WriteSession, now: Now
) -> FactsOut:
    """Record all facts of a claim as known now, as its next revision."""
    return FactsOut.of(service.record_facts(session, claim_id, facts=body.facts, officer=officer, at=now))


@router.post("/claims/{claim_id}/evidence", status_code=status.HTTP_201_CREATED, tags=["claims"])
def add_evidence(
    claim_id: ClaimPath, *, body: EvidenceIn, officer: Caseworker, session: WriteSession, now: Now
) -> EvidenceOut:
    """Keep a document or picture, sealed."""
    evidence = service.add_evidence(
        session, claim_id, kind=body.kind, title=body.title, content=body.content_base64, officer=officer, at=now
    )
    return EvidenceOut.of(evidence)


@router.post("/claims/{claim_id}/death", status_code=status.HTTP_201_CREATED, tags=["claims"])
def record_death(
    claim_id: ClaimPath, *, body: DeathIn, officer: Caseworker, session: WriteSession, now: Now
) -> DeathOut:
    """Record that the claimant has died; nothing is paid to them from then on."""
    party = service.record_death(
        session, claim_id, died_on=body.died_on, evidence_id=body.evidence_id, officer=officer, at=now
    )
    return DeathOut(claim_id=claim_id, claimant=ClaimantOut.of(party))


@router.post("/claims/{claim_id}/destination", status_code=status.HTTP_201_CREATED, tags=["claims"])
def record_destination(
    claim_id: ClaimPath, *, body: DestinationIn, officer: Caseworker, session: WriteSession, now: Now
) -> DestinationOut:
    """Record a new account for the claimant; the one before is superseded."""
    return DestinationOut.of(
        service.record_destination(session, claim_id, new=body.to_value(), officer=officer, at=now)
    )


@router.post("/claims/{claim_id}/reveal", tags=["claims"])
def reveal_claim(
    claim_id: ClaimPath, *, body: RevealIn, officer: CaseworkerOrDecider, database: DatabaseItself, now: Now
) -> RevealOut:
    """Open sealed fields of a claim.  That you did, and why, is on record before you read them."""
    with database.transaction() as session:
        event_seq = service.log_reveal(
            session, claim_id, fields=body.fields, purpose=body.purpose, officer=officer, at=now
        )
    with database.reading() as session:
        values = service.open_fields(session, claim_id, fields=body.fields, officer=officer)
    return RevealOut(event_seq=event_seq, values=values)


@router.post("/claims/{claim_id}/evidence/{evidence_id}/reveal", tags=["claims"])
def reveal_evidence(
    claim_id: ClaimPath,
    evidence_id: EvidencePath,
    *,
    body: EvidenceRevealIn,
    officer: CaseworkerOrDecider,
    database: DatabaseItself,
    now: Now,
) -> EvidenceRevealOut:
    """Open a piece of evidence.  That you did, and why, is on record before you read it."""
    with database.transaction() as session:
        event_seq = service.log_evidence_opening(
            session, claim_id, evidence_id, purpose=body.purpose, officer=officer, at=now
        )
    with database.reading() as session:
        evidence, title, content = service.open_evidence(session, claim_id, evidence_id, officer=officer)
    return EvidenceRevealOut(
        event_seq=event_seq,
        title=title,
        media_type=evidence.media_type,
        content_base64=base64.b64encode(content).decode("ascii"),
    )


@router.get("/duplicates", tags=["duplicates"])
def list_duplicates(
    officer: ClaimReader, session: ReadSession, page: PageParams, status: DuplicateStatus | None = None
) -> Page[PairOut]:
    """List pairs of claims that may be one person's."""
    rows = queries.list_duplicates(
        session, office_id=office_scope(officer), status=status, after=page.after, limit=page.limit
    )
    views = queries.view_pairs(session, rows)
    return page_of(views, limit=page.limit, key=lambda view: view.candidate.id, show=PairOut.of)


@router.post("/duplicates/{duplicate_id}/resolve", tags=["duplicates"])
def resolve_duplicate(
    duplicate_id: DuplicatePath, *, body: ResolveIn, officer: CaseworkerOrDecider, session: WriteSession, now: Now
) -> PairOut:
    """Say whether two claims are one person's.  If they are, the later one is closed; nothing is merged."""
    pair = service.resolve_duplicate(
        session, duplicate_id, judgement=body.judgement, reason=body.reason_code, officer=officer, at=now
    )
    return PairOut.of(queries.view_pairs(session, [pair])[0])
