"""Money of minors held in trust."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from reparations.eligibility.errors import TrustNotFound
from reparations.eligibility.language import PaymentHolding
from reparations.eligibility.models import Award, Instalment, TrustHolding, TrustRelease, TrustRequest
from reparations.eligibility.queries.awards import lock_claims_of
from reparations.eligibility.queries.reductions import sum_left
from reparations.eligibility.queries.sharing import Payee, find_holdings
from reparations.money import Money
from reparations.registry.models import Claim, Programme
from reparations.registry.queries.chunking import chunks
from reparations.vault import open_subjects


def place_of_day(instalment_id: str) -> str:
    """Return the place under which the day of release is sealed, with the payee's key."""
    return f"trust_holding|held_until|{instalment_id}"


@dataclass(frozen=True, slots=True)
class Held:
    """An instalment in trust; the day is personal, and shown to nobody."""

    instalment: Instalment
    reference: str
    """Of the claim whose award it is."""
    left: Money
    """What of it is held: the instalment, less what was taken since."""
    citation: str
    held_until: date


def list_held(session: Session, programme_id: str, *, after: str | None, limit: int) -> list[Held]:
    """List what is held in trust, by instalment, `limit` of them and one more if there is one."""
    released = select(TrustRelease.instalment_id).where(TrustRelease.instalment_id == TrustHolding.instalment_id)
    wanted = (
        select(TrustHolding, Instalment, Claim.reference, sum_left())
        .join(Instalment, col(Instalment.id) == TrustHolding.instalment_id)
        .join(Award, col(Award.id) == Instalment.award_id)
        .join(Claim, col(Claim.id) == Award.claim_id)
        .where(Award.programme_id == programme_id, ~released.exists())
        .order_by(col(TrustHolding.instalment_id))
        .limit(limit + 1)
    )
    rows = session.exec(wanted.where(TrustHolding.instalment_id > after) if after else wanted).all()
    vaults = open_subjects(session, {instalment.payee_party_id for _, instalment, _, _ in rows})
    return [
        Held(
            instalment,
            reference,
            Money(int(left), instalment.currency),
            holding.citation,
            date.fromisoformat(
                vaults[instalment.payee_party_id].open(
                    place=place_of_day(instalment.id), sealed=holding.held_until_sealed
                )
            ),
        )
        for holding, instalment, reference, left in rows
    ]


def is_held() -> ColumnElement[bool]:
    """Return the condition, over `Instalment`, that it is held in trust now."""
    released = select(TrustRelease.instalment_id).where(TrustRelease.instalment_id == TrustHolding.instalment_id)
    wanted = select(TrustHolding.instalment_id).where(TrustHolding.instalment_id == Instalment.id, ~released.exists())
    return wanted.exists()


def find_held_of(session: Session, claim_id: str) -> set[str]:
    """Return the instalments of a claim's awards that are held in trust now."""
    wanted = select(Instalment.id).join(Award, col(Award.id) == Instalment.award_id)
    return set(session.exec(wanted.where(Award.claim_id == claim_id, is_held())))


def find_minors(
    session: Session, due: Collection[tuple[Instalment, Payee]], *, on: date
) -> dict[str, tuple[Instalment, PaymentHolding]]:
    """Return what of it is due to a minor, or to who is not known to be none, by the facts as they are now.

    What was held before is not in it: it was released, at age or by two persons.

    Args:
        session: of the deed.
        due: instalments that are due, with their payees.
        on: the day they would be paid.
    """
    holdings = find_holdings(session, {payee for _, payee in due})
    found = {
        one.id: (one, holdings[payee])
        for one, payee in due
        if payee in holdings and ((until := holdings[payee].until) is None or until > on)
    }
    for chunk in chunks(found):
        before = select(TrustHolding.instalment_id).where(col(TrustHolding.instalment_id).in_(chunk))
        for instalment_id in session.exec(before).all():
            del found[instalment_id]
    return found


def lock_held(session: Session, instalment_ids: Collection[str]) -> list[Instalment]:
    """Hold the claims of these instalments until the transaction ends, and return those in trust now, by id."""
    awards = select(Award.claim_id).join(Instalment, col(Instalment.award_id) == Award.id)
    claims = session.exec(awards.where(col(Instalment.id).in_(instalment_ids)).distinct()).all()
    lock_claims_of(session, [claim_id for claim_id in claims if claim_id is not None])
    held = select(Instalment).where(col(Instalment.id).in_(instalment_ids), is_held())
    return list(session.exec(held.order_by(col(Instalment.id))))


def get_trust_request(session: Session, request_id: str) -> TrustRequest:
    """Return a request to release money early.

    Raises:
        TrustNotFound: there is none.
    """
    found = session.get(TrustRequest, request_id)
    if found is None:
        raise TrustNotFound("There is no such request.", remedy="Prepare it first.")
    return found


def find_programme_of(session: Session, instalment: Instalment) -> str:
    """Return the code of the programme of an instalment."""
    wanted = select(Programme.code).join(Award, col(Award.programme_id) == Programme.id)
    return session.exec(wanted.where(Award.id == instalment.award_id)).one()
