"""Who gets an award, or shares that of somebody who died; what is held in trust; who is which person of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.eligibility import queries, rules
from reparations.eligibility.errors import PersonRefused
from reparations.eligibility.models import NamedPerson
from reparations.eligibility.queries.sharing import (
    Payee,
    ToDivide,
    find_divisions,
    find_holdings,
    list_heir_claims,
    list_named_persons,
)
from reparations.eligibility.rules import Share, Waiting
from reparations.money import Money
from reparations.principal import Principal
from reparations.registry.models import Claim
from reparations.registry.queries import lock_claim


@dataclass(frozen=True, slots=True)
class ToShare:
    """An amount to part among those who are to get it."""

    claim: Claim
    decision_id: str | None
    amount: Money
    is_deceased: bool
    """Whether the claimant has died: else it is his."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Who gets how much of an amount."""

    shares: tuple[Share, ...]
    trust_citation: str | None = None
    """The text by which minors' money is held."""

    @property
    def by_payee(self) -> list[tuple[str, Money]]:
        """(payee, what he gets), in the order of the shares."""
        return [(share.payee_party_id, share.amount) for share in self.shares]


def share_out(session: Session, parts: Sequence[ToShare], *, on: date) -> list[Waiting | Shared]:
    """Say who gets how much of amounts, in the order given, or why nobody does yet.

    The claimant does; if he has died, those the rules divide it among, and the heirs equally where they divide nothing.
    What falls due to a minor is held in trust, where the rules say so.
    """
    died = [part for part in parts if part.is_deceased]
    heirs = queries.list_heirs(session, [part.claim.id for part in died])
    wanted = [ToDivide(part.claim.id, part.decision_id or "", part.amount.amount_minor) for part in died]
    divisions = iter(find_divisions(session, wanted))
    found: list[Waiting | Shared] = []
    for part in parts:
        if not part.is_deceased:
            found.append(Shared((Share(part.claim.party_id, part.amount),)))
            continue
        own, division = heirs.get(part.claim.id, []), next(divisions)
        if division is None:
            equal = rules.share_by_succession(part.amount, own)
            found.append(equal if isinstance(equal, Waiting) else Shared(tuple(Share(*one) for one in equal)))
            continue
        shares = rules.share_by_rules(part.amount, division.sharing, named=division.named, heirs=own, on=on)
        found.append(shares if isinstance(shares, Waiting) else Shared(tuple(shares), division.trust_citation))
    return _hold_minors_money(session, parts, found, on=on)


def _hold_minors_money(
    session: Session, parts: Sequence[ToShare], found: Sequence[Waiting | Shared], *, on: date
) -> list[Waiting | Shared]:
    """Hold what the rules hold of whoever is paid; a division that holds minors' shares has said so itself."""
    payees = [
        [] if isinstance(one, Waiting) or one.trust_citation else [_payee(part, share) for share in one.shares]
        for part, one in zip(parts, found, strict=True)
    ]
    holdings = find_holdings(session, [payee for own in payees for payee in own])
    done: list[Waiting | Shared] = []
    for one, own in zip(found, payees, strict=True):
        held = {payee.party_id: holdings[payee] for payee in own if payee in holdings}
        if isinstance(one, Waiting) or not held:
            done.append(one)
            continue
        until = {party_id: holding.until for party_id, holding in held.items()}
        shares = rules.hold_shares(one.shares, until, on=on)
        cite = next(iter(held.values())).cite
        done.append(shares if isinstance(shares, Waiting) else Shared(tuple(shares), cite))
    return done


def _payee(part: ToShare, share: Share) -> Payee:
    return Payee(part.claim.id, part.decision_id or "", share.payee_party_id)


def name_persons(
    session: Session, claim_id: str, *, persons: Sequence[tuple[int, str]], officer: Principal, at: datetime
) -> list[NamedPerson]:
    """Say which heir's claim is that of which person in the list an award is divided among; saying it again is no more.

    What was said is not changed: facts recorded anew are a new list, whose persons are named anew.

    Args:
        session: an open transaction.
        claim_id: the claim of the person who died.
        persons: (position of a person in the list, from 1; claim of the heir he is).
        officer: who says so.
        at: now.

    Returns:
        everybody named so far, in the order of the list.

    Raises:
        ClaimNotFound: there is no such claim.
        PersonRefused: the rules divide nothing or the list is not complete; there is no such person; a claim is not
            that of an heir of this one; a person or a claim is named otherwise already.
    """
    claim = lock_claim(session, claim_id)
    revision_id, count = _find_list(session, claim)
    if any(not 1 <= position <= count for position, _ in persons):
        raise PersonRefused(
            f"The list has {count} persons.", field="persons", remedy="Count from 1, in the order of the facts."
        )
    if {one for _, one in persons} - list_heir_claims(session, claim.id):
        raise PersonRefused(
            f"One of the claims is not that of an heir of {claim.reference}.",
            field="persons",
            remedy="Register the heir's claim through the claim of the person who died.",
        )
    known = {one.position: one.claim_id for one in list_named_persons(session, revision_id)}
    merged = {**dict(persons), **known}
    if any(merged[position] != one for position, one in persons) or len(set(merged.values())) < len(merged):
        raise PersonRefused(
            "A person or a claim of an heir is named already.",
            field="persons",
            remedy="If that was wrong, record the facts anew; the persons of the new list are named anew.",
        )
    new = [
        NamedPerson(
            facts_revision_id=revision_id, position=position, claim_id=one, named_by=officer.person_id, named_at=at
        )
        for position, one in sorted(set(persons))
        if position not in known
    ]
    if new:
        session.add_all(new)
        session.flush()
        audit.record(
            session,
            at=at,
            actor=officer,
            action="persons.named",
            subject=claim.id,
            body={"facts_revision": revision_id, "count": len(new)},
            rows=new,
        )
    return list_named_persons(session, revision_id)


def _find_list(session: Session, claim: Claim) -> tuple[str, int]:
    """Return the facts that hold the list of persons, and how many they are."""
    decision = queries.find_standing(session, claim.id)
    amount_minor = (decision.amount_minor if decision else None) or 0
    wanted = [ToDivide(claim.id, decision.id, amount_minor)] if decision else []
    division = next(iter(find_divisions(session, wanted)), None)
    if division is None:
        raise PersonRefused(
            f"No rules divide an award of {claim.reference}.",
            field="claim_id",
            remedy="Heirs share it equally; nobody has to be named.",
        )
    if division.sharing.parts is None or division.facts_revision_id is None:
        raise PersonRefused(
            "Not everything is known about the persons of the list.",
            field="claim_id",
            remedy="Record all facts of the claim, with the list complete.",
        )
    return division.facts_revision_id, len(division.sharing.parts)
