"""Minors' money: put in trust when it falls due, listed, released when they are of age, or earlier by two persons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from reparations import audit
from reparations.audit import RowDigest
from reparations.db import Row
from reparations.eligibility.errors import NotInTrust, SamePersonReleases
from reparations.eligibility.language import PaymentHolding
from reparations.eligibility.models import Instalment, ReleaseGround, TrustHolding, TrustRelease, TrustRequest
from reparations.eligibility.queries.reductions import find_left
from reparations.eligibility.queries.trusts import (
    Held,
    find_programme_of,
    get_trust_request,
    list_held,
    lock_held,
    place_of_day,
)
from reparations.eligibility.rules import Waiting
from reparations.eligibility.service.sharing import Shared
from reparations.ids import new_id
from reparations.ledger import postings
from reparations.ledger.postings import NewTransfer
from reparations.ledger.service import post
from reparations.money import Money
from reparations.principal import Principal
from reparations.registry.models import Programme
from reparations.vault import open_subjects

MAX_RELEASED = 500
"""Instalments looked at in one transaction."""


@dataclass(slots=True)
class Arranged:
    """What parting awards made: rows that are stored, and transfers that the caller posts."""

    instalments: list[Instalment] = field(default_factory=list)
    waiting: list[tuple[str, Waiting]] = field(default_factory=list)
    holdings: list[TrustHolding] = field(default_factory=list)
    transfers: list[NewTransfer] = field(default_factory=list)

    @property
    def rows(self) -> list[Row | RowDigest]:
        """What was inserted."""
        return [*self.instalments, *self.holdings]


@dataclass(frozen=True, slots=True)
class Released:
    """What one chunk of releasing did."""

    instalments: tuple[Instalment, ...]
    next: str | None
    """Where the next chunk begins; None after the last."""


def store_arranged(
    session: Session, parted: Iterable[tuple[Shared, Sequence[Instalment]]], *, at: datetime
) -> Arranged:
    """Store instalments, and hold those of minors in trust: the day is sealed, for it tells the birthday."""
    done = Arranged()
    held: list[tuple[Instalment, str, str]] = []
    for shared, instalments in parted:
        done.instalments += instalments
        until = {share.payee_party_id: share.held_until for share in shared.shares}
        for one in instalments:
            day = until[one.payee_party_id]
            if day is not None:
                held.append((one, day.isoformat(), shared.trust_citation or ""))
    session.add_all(done.instalments)
    session.flush()
    _hold(session, done, held, at=at)
    return done


def hold_minors(
    session: Session, minors: Sequence[tuple[Instalment, PaymentHolding]], *, officer: Principal, at: datetime
) -> None:
    """Put in trust what is due to minors and was not held when it was parted: the facts have changed since.

    Args:
        session: of the deed; the programme's counter is held.
        minors: instalments of which nothing was taken and nothing paid, of payees whose day of release is known.
        officer: who found them.
        at: now.
    """
    done = Arranged()
    _hold(session, done, [(one, str(holding.until), holding.cite) for one, holding in minors], at=at)
    posted = post_trusts(session, done, at=at)
    if posted:
        audit.record(
            session,
            at=at,
            actor=officer,
            action="trusts.put",
            subject=done.holdings[0].instalment_id,
            body={"count": len(done.holdings)},
            rows=[*done.holdings, *posted],
        )


def _hold(session: Session, done: Arranged, held: Sequence[tuple[Instalment, str, str]], *, at: datetime) -> None:
    """Store the holding of each instalment until a day, by a text."""
    vaults = open_subjects(session, {one.payee_party_id for one, _, _ in held}) if held else {}
    for one, until_day, citation in held:
        sealed = vaults[one.payee_party_id].seal(place=place_of_day(one.id), plaintext=until_day)
        done.holdings.append(
            TrustHolding(instalment_id=one.id, held_until_sealed=sealed, citation=citation, held_at=at)
        )
        amount = Money(one.amount_minor, one.currency)
        done.transfers += postings.put_in_trust(one.id, fund_id=one.fund_id, amount=amount)
    session.add_all(done.holdings)
    session.flush()


def post_trusts(session: Session, done: Arranged, *, at: datetime) -> list[RowDigest]:
    """Post what was put in trust by a deed that posts nothing else."""
    if not done.transfers:
        return []
    entry_id = f"trust-{done.holdings[0].instalment_id}-put"
    return [post(session, entry_id=entry_id, transfers=done.transfers, occurred_on=at.date(), at=at).digest]


def list_trusts(
    session: Session, *, programme: Programme, of_age_on: date | None, officer: Principal, at: datetime
) -> list[Held]:
    """List what is held in trust, by instalment: all of it, or that of those who are of age on a day.

    Whoever names days and sees who is listed learns birthdays, so that is a deed, and in the log.
    """
    rows: list[Held] = []
    after: str | None = None
    while True:
        listed = list_held(session, programme.id, after=after, limit=MAX_RELEASED)
        rows += listed[:MAX_RELEASED]
        if len(listed) <= MAX_RELEASED:
            break
        after = rows[-1].instalment.id
    if of_age_on is None:
        return rows
    due = [row for row in rows if row.held_until <= of_age_on]
    audit.record(
        session,
        at=at,
        actor=officer,
        action="trusts.due_listed",
        subject=programme.id,
        body={"programme": programme.code, "of_age_on": of_age_on.isoformat(), "count": len(due)},
    )
    return due


def release_of_age(
    session: Session,
    *,
    programme: Programme,
    officer: Principal,
    at: datetime,
    after: str | None = None,
    limit: int = MAX_RELEASED,
) -> Released:
    """Release what is held of those who have reached the age, in the order of instalments, each once however often."""
    limit = min(limit, MAX_RELEASED)
    listed = list_held(session, programme.id, after=after, limit=limit)
    following = listed[limit - 1].instalment.id if len(listed) > limit else None
    ready = [one.instalment.id for one in listed[:limit] if one.held_until <= at.date()]
    instalments = lock_held(session, ready) if ready else []
    releases = [
        TrustRelease(instalment_id=one.id, ground=ReleaseGround.OF_AGE, released_by=officer.person_id, released_at=at)
        for one in instalments
    ]
    if instalments:
        _release(session, instalments, releases, programme_code=programme.code, officer=officer, at=at)
    return Released(tuple(instalments), following)


def request_release(
    session: Session, instalment_id: str, *, authority: str, officer: Principal, at: datetime
) -> TrustRequest:
    """Prepare an early release by the authority of a court or guardian; another person approves it.

    Raises:
        NotInTrust: it is not held, or released already.
    """
    _lock_one(session, instalment_id)
    row = TrustRequest(
        id=new_id("trq"),
        instalment_id=instalment_id,
        authority=authority,
        prepared_by=officer.person_id,
        prepared_at=at,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=officer,
        action="trust.release_prepared",
        subject=row.id,
        body={"instalment": instalment_id, "authority": authority},
        rows=[row],
    )
    return row


def approve_release(session: Session, request_id: str, *, officer: Principal, at: datetime) -> TrustRelease:
    """Approve an early release as the second person: the instalment may be paid.

    Raises:
        TrustNotFound: there is no such request.
        SamePersonReleases: the officer prepared it.
        NotInTrust: it was released meanwhile.
    """
    request = get_trust_request(session, request_id)
    if request.prepared_by == officer.person_id:
        raise SamePersonReleases("You prepared this release.", record=request.id, remedy="Ask somebody else.")
    instalment = _lock_one(session, request.instalment_id)
    release = TrustRelease(
        instalment_id=instalment.id,
        ground=ReleaseGround.AUTHORITY,
        request_id=request.id,
        prepared_by=request.prepared_by,
        released_by=officer.person_id,
        released_at=at,
    )
    code = find_programme_of(session, instalment)
    _release(session, [instalment], [release], programme_code=code, officer=officer, at=at)
    return release


def end_empty_trusts(
    session: Session, instalment_ids: Sequence[str], *, officer: Principal, at: datetime
) -> list[TrustRelease]:
    """End the trusts of those instalments of which nothing is left; the caller holds their claim, and logs the rows."""
    left = find_left(session, instalment_ids)
    ended = [
        TrustRelease(
            instalment_id=one, ground=ReleaseGround.NOTHING_LEFT, released_by=officer.person_id, released_at=at
        )
        for one in sorted(set(instalment_ids))
        if left.get(one) == 0
    ]
    session.add_all(ended)
    session.flush()
    return ended


def _lock_one(session: Session, instalment_id: str) -> Instalment:
    found = lock_held(session, [instalment_id])
    if not found:
        raise NotInTrust("The instalment is not held in trust.", remedy="GET /trusts lists what is held.")
    return found[0]


def _release(
    session: Session,
    instalments: Sequence[Instalment],
    releases: Sequence[TrustRelease],
    *,
    programme_code: str,
    officer: Principal,
    at: datetime,
) -> None:
    session.add_all(releases)
    session.flush()
    left = find_left(session, [one.id for one in instalments])
    transfers = [
        transfer
        for one in instalments
        for transfer in postings.trust_released(
            one.id, fund_id=one.fund_id, amount=Money(left.get(one.id, one.amount_minor), one.currency)
        )
    ]
    entry_id = f"trust-{instalments[0].id}-let-go"
    digest = post(session, entry_id=entry_id, transfers=transfers, occurred_on=at.date(), at=at).digest
    audit.record(
        session,
        at=at,
        actor=officer,
        action="trust.released",
        subject=instalments[0].id,
        body={"programme": programme_code, "count": len(instalments), "ground": str(releases[0].ground)},
        rows=[*releases, digest],
    )
