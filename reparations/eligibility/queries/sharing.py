"""How the rules divide awards whose claimant has died, whose claims those of who share are, and who is a minor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from reparations.eligibility.language import Assessor, PaymentHolding, Sharing
from reparations.eligibility.language.entitlement import AfterDeath
from reparations.eligibility.models import Assessment, Decision, NamedPerson
from reparations.eligibility.queries.assessments import find_latest_revisions
from reparations.eligibility.queries.rule_sets import get_assessor, get_rule_set
from reparations.registry.models import Claim, ClaimStatus, Party, PartyKind
from reparations.registry.queries import open_many_facts
from reparations.registry.queries.chunking import chunks


@dataclass(frozen=True, slots=True)
class ToDivide:
    """An amount to divide: what is to be parted now of a claim whose claimant has died."""

    claim_id: str
    decision_id: str
    """The decision that grants it; its rules divide."""
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Division:
    """How the rules divide an amount."""

    sharing: Sharing
    facts_revision_id: str | None
    """The facts it rests on; None while the claim has none, and nothing can be divided."""
    named: Mapping[int, str]
    """Party of each person named, by position in the list, from 1."""
    trust_citation: str | None
    """The text by which minors' money is held; None where the rules hold none."""


@dataclass(frozen=True, slots=True)
class Payee:
    """Somebody to whom a part of an award falls due."""

    award_claim_id: str
    decision_id: str
    """The decision that grants the award; its rules say whether minors' money is held."""
    party_id: str


def find_divisions(session: Session, wanted: Sequence[ToDivide]) -> list[Division | None]:
    """Say how the rules divide amounts, in the order given; None where they divide among nobody.

    The facts are the latest of the claim, so that those who are told after the decision count as well.
    """
    assessors = _find_assessors(session, {one.decision_id for one in wanted}, having=_divides)
    dividing = [one.claim_id for one in wanted if one.decision_id in assessors]
    revisions = find_latest_revisions(session, dividing)
    facts = open_many_facts(session, list(revisions.values()))
    named = _list_named(session, [revision.id for revision in revisions.values()])
    found: list[Division | None] = []
    for one in wanted:
        assessor, revision = assessors.get(one.decision_id), revisions.get(one.claim_id)
        revision_id = revision.id if revision else None
        sharing = assessor.share_award(facts.get(revision_id or "", {}), one.amount_minor)[0] if assessor else None
        if assessor is None or sharing is None:
            found.append(None)
            continue
        scheme = next(scheme for scheme in assessor.rule_set.shares if scheme.name == sharing.scheme)
        citation = scheme.in_trust.cite if scheme.in_trust else None
        found.append(Division(sharing, revision_id, named.get(revision_id or "", {}), citation))
    return found


def find_holdings(session: Session, payees: Collection[Payee]) -> dict[Payee, PaymentHolding]:
    """Say until when what falls due to each is held in trust; nobody is in it whose rules hold nothing.

    When somebody was born the latest facts of his own claim say: the award's, or that of the heir he is.
    """
    assessors = _find_assessors(session, {one.decision_id for one in payees}, having=_holds)
    persons = _find_persons(session, {one.party_id for one in payees if one.decision_id in assessors})
    concerned = [one for one in payees if one.decision_id in assessors and one.party_id in persons]
    claims = _find_claims_of(session, {one.award_claim_id for one in concerned})
    revisions = find_latest_revisions(session, list(claims.values()))
    facts = open_many_facts(session, list(revisions.values()))
    found: dict[Payee, PaymentHolding] = {}
    for one in concerned:
        revision = revisions.get(claims.get((one.award_claim_id, one.party_id), ""))
        holding = assessors[one.decision_id].hold_payment(facts[revision.id] if revision else {})
        if holding is not None:
            found[one] = holding
    return found


def _find_persons(session: Session, party_ids: Collection[str]) -> set[str]:
    """Return those parties who are persons: an organisation has no birthday, and is no minor."""
    wanted = select(Party.id).where(Party.kind == PartyKind.PERSON)
    return {one for chunk in chunks(party_ids) for one in session.exec(wanted.where(col(Party.id).in_(chunk)))}


def _find_claims_of(session: Session, award_claim_ids: Collection[str]) -> dict[tuple[str, str], str]:
    """Return the claims of who may be paid of awards, by the award's claim and the party: its own, and its heirs'."""
    found: dict[tuple[str, str], str] = {}
    for chunk in chunks(award_claim_ids):
        own = select(Claim.id, Claim.party_id).where(col(Claim.id).in_(chunk))
        found.update({(claim_id, party_id): claim_id for claim_id, party_id in session.exec(own)})
        heirs = select(Claim.through_claim_id, Claim.party_id, Claim.id).where(
            col(Claim.through_claim_id).in_(chunk), Claim.status == ClaimStatus.OPEN
        )
        found.update({(str(through), party_id): claim_id for through, party_id, claim_id in session.exec(heirs)})
    return found


def _divides(assessor: Assessor) -> bool:
    unit = assessor.rule_set.unit
    return bool(assessor.rule_set.shares) and (unit is None or unit.after_death in {None, AfterDeath.SHARES})


def _holds(assessor: Assessor) -> bool:
    payment = assessor.rule_set.payment
    return payment is not None and payment.in_trust is not None


def _find_assessors(
    session: Session, decision_ids: Collection[str], *, having: Callable[[Assessor], bool]
) -> dict[str, Assessor]:
    """Return, by decision, the rules it rests on, of those that have something."""
    found: dict[str, Assessor] = {}
    ready: dict[str, Assessor] = {}
    for chunk in chunks(decision_ids):
        wanted = select(Decision.id, Assessment.rule_set_id).join(
            Assessment, col(Assessment.id) == Decision.assessment_id
        )
        for decision_id, rule_set_id in session.exec(wanted.where(col(Decision.id).in_(chunk))):
            if rule_set_id not in ready:
                ready[rule_set_id] = get_assessor(get_rule_set(session, rule_set_id))
            if having(ready[rule_set_id]):
                found[decision_id] = ready[rule_set_id]
    return found


def _list_named(session: Session, revision_ids: Collection[str]) -> dict[str, dict[int, str]]:
    """Return the parties of the persons named, by revision and position."""
    found: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for chunk in chunks(revision_ids):
        wanted = (
            select(NamedPerson.facts_revision_id, NamedPerson.position, Claim.party_id)
            .join(Claim, col(Claim.id) == NamedPerson.claim_id)
            .where(col(NamedPerson.facts_revision_id).in_(chunk))
        )
        for revision_id, position, party_id in session.exec(wanted):
            found[revision_id][position] = party_id
    return dict(found)


def list_named_persons(session: Session, facts_revision_id: str) -> list[NamedPerson]:
    """List who the persons of a list are, in its order."""
    wanted = select(NamedPerson).where(NamedPerson.facts_revision_id == facts_revision_id)
    return list(session.exec(wanted.order_by(col(NamedPerson.position))))


def list_heir_claims(session: Session, claim_id: str) -> set[str]:
    """List the open claims of those who claim as heirs through a claim."""
    wanted = select(Claim.id).where(Claim.through_claim_id == claim_id, Claim.status == ClaimStatus.OPEN)
    return set(session.exec(wanted))
