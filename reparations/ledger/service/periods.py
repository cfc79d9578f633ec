"""Closing periods, by two persons, and adjusting what is closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.audit import RowDigest
from reparations.db import add_unless_there, violated_constraint
from reparations.ids import new_id
from reparations.ledger import queries, rules
from reparations.ledger.errors import AdjustmentRefused, PeriodChanged, PeriodOutOfOrder
from reparations.ledger.models import LedgerPeriod, PeriodAdjustment, PeriodDraft, PeriodLength, PeriodLine
from reparations.ledger.postings import NewTransfer
from reparations.ledger.service.posting import post
from reparations.principal import Principal
from reparations.vault import keyring_of

_TAKEN = frozenset(
    {
        "ledger_period.not_next",
        "ledger_period.exists",
        "pk_ledger_period",
        "uq_ledger_period_draft_id",
        "uq_ledger_period_next_starts_on",
    }
)
"""How the engines say that the period is not the next to be closed."""


def prepare_closing(
    session: Session,
    *,
    fund_id: str,
    length: PeriodLength,
    starts_on: date | None = None,
    officer: Principal,
    at: datetime,
) -> PeriodDraft:
    """Ask for a fund's next period to be closed, with the hash of its trial balance as it stands.

    Nothing is closed by it and nothing held up; whoever countersigns signs this trial balance or none.
    The same again by the same person gives the closing prepared first, while nothing of it has changed.

    Args:
        session: of the deed.
        fund_id: whose books.
        length: of the period.
        starts_on: first day of the fund's first period; the next starts where the last ended.
        officer: the first of the two.
        at: now.

    Raises:
        FundNotFound: see `queries`.
        PeriodMalformed, PeriodOutOfOrder, PeriodNotOver, PeriodIncoherent: see `rules`.
    """
    queries.get_fund(session, fund_id)
    last = queries.find_last_period(session, fund_id)
    starts = rules.check_order(None if last is None else last.next_starts_on, starts_on)
    next_starts_on = rules.compute_next_start(starts, length)
    rules.check_over(next_starts_on, today=at.date())
    lines = queries.compute_trial_lines(session, fund_id, before=next_starts_on)
    rules.check_coherent(lines)
    draft = PeriodDraft(
        id=new_id("pcl"),
        fund_id=fund_id,
        number=1 if last is None else last.number + 1,
        length=length,
        starts_on=starts,
        next_starts_on=next_starts_on,
        trial_balance_sha256=rules.compute_trial_balance_digest(lines),
        prepared_by=officer.person_id,
        prepared_at=at,
    )
    earlier = add_unless_there(session, draft, lambda: queries.find_same_draft(session, draft))
    if earlier is not None:
        return earlier
    audit.record(
        session,
        at=at,
        actor=officer,
        action="period.prepared",
        subject=draft.id,
        body={
            "fund": fund_id,
            "number": draft.number,
            "next_starts_on": next_starts_on.isoformat(),
            "trial_balance_sha256": draft.trial_balance_sha256.hex(),
        },
        rows=[draft],
    )
    return draft


def countersign_closing(session: Session, draft_id: str, *, officer: Principal, at: datetime) -> LedgerPeriod:
    """Close a prepared period: freeze its trial balance, sign it with the log's key, and let nothing more in.

    Countersigning again gives the period closed first.  Of a posting and a closing at the same time one waits for the
    other: what was posted first is in the trial balance, which then is no longer the prepared one; what comes second is
    refused.

    Raises:
        PeriodDraftNotFound: see `queries`.
        SamePerson: who prepared it does not countersign.
        PeriodOutOfOrder: another closing of this period came first, or it does not follow the last.
        PeriodChanged: something was posted into the period since it was prepared.
        PeriodIncoherent: see `rules.check_coherent`.
    """
    draft = queries.get_draft(session, draft_id)
    closed = queries.find_period(session, draft.fund_id, draft.number)
    if closed is not None:
        return _check_same(closed, draft, officer)
    rules.check_two_persons(draft.prepared_by, officer.person_id)
    period, first = _close(session, draft, officer=officer, at=at)
    if not first:
        return _check_same(period, draft, officer)
    # Only now, with every balance of the fund locked by the row just inserted.
    lines = queries.compute_trial_lines(session, draft.fund_id, before=draft.next_starts_on)
    if rules.compute_trial_balance_digest(lines) != draft.trial_balance_sha256:
        raise PeriodChanged(
            "Something was posted into the period since its closing was prepared.",
            record=draft.id,
            remedy="Prepare the closing again, and look at the new trial balance.",
        )
    rules.check_coherent(lines)
    frozen = [
        PeriodLine(
            fund_id=period.fund_id,
            number=period.number,
            currency=line.currency,
            code=line.code,
            debits_minor=line.debits_minor,
            credits_minor=line.credits_minor,
        )
        for line in lines
    ]
    session.add_all(frozen)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="period.closed",
        subject=draft.id,
        body={
            "fund": period.fund_id,
            "number": period.number,
            "next_starts_on": period.next_starts_on.isoformat(),
            "prepared_by": period.prepared_by,
            "trial_balance_sha256": period.trial_balance_sha256.hex(),
            "signature": period.signature.hex(),
        },
        rows=[period, *frozen],
    )
    return period


def _check_same(closed: LedgerPeriod, draft: PeriodDraft, officer: Principal) -> LedgerPeriod:
    """Return what closed the period, if it was this draft and this person."""
    if closed.draft_id == draft.id and closed.countersigned_by == officer.person_id:
        return closed
    raise _out_of_order(draft)


def _close(session: Session, draft: PeriodDraft, *, officer: Principal, at: datetime) -> tuple[LedgerPeriod, bool]:
    """Insert the closed period, signed, or return the one that was first; then False.

    The database locks the fund's balances and says whether it is the next.
    """
    period = LedgerPeriod(
        fund_id=draft.fund_id,
        number=draft.number,
        draft_id=draft.id,
        length=draft.length,
        starts_on=draft.starts_on,
        next_starts_on=draft.next_starts_on,
        trial_balance_sha256=draft.trial_balance_sha256,
        prepared_by=draft.prepared_by,
        countersigned_by=officer.person_id,
        closed_at=at,
        signature=b"",
    )
    said = queries.describe_closing(period, fund_code=queries.get_fund(session, period.fund_id).code)
    period.signature = keyring_of(session).log_key.sign(rules.compose_closing(said))
    try:
        with session.begin_nested():
            session.add(period)
    except IntegrityError as error:
        if violated_constraint(error) not in _TAKEN:
            raise
        closed = queries.find_period(session, draft.fund_id, draft.number)
        if closed is None:
            raise _out_of_order(draft) from None
        return closed, False
    return period, True


def _out_of_order(draft: PeriodDraft) -> PeriodOutOfOrder:
    return PeriodOutOfOrder(
        "The period has been closed, or the one before it has not.",
        record=draft.id,
        remedy="GET /funds/{id}/periods says which periods are closed.",
    )


def post_late(
    session: Session,
    *,
    entry_id: str,
    transfers: Sequence[NewTransfer],
    happened_on: date,
    reason: str,
    authority: str,
    officer: Principal,
    at: datetime,
) -> list[RowDigest]:
    """Post what somebody else dated: on its day where the fund's books are open, else on the first day that they are.

    What a bank has booked has happened, whether or not the books were closed in the meantime.  Each fund whose period
    is closed gets an entry of its own and an adjustment that names the day and the period.

    Args:
        session: of the deed.
        entry_id: see `post`; the late entries are named after it.
        transfers: at most `rules.MAX_TRANSFERS_PER_ENTRY`.
        happened_on: the day by the bank.
        reason: why it was not posted in its period, should that be closed.
        authority: what says so, the bank's statement for example.
        officer: who records it.
        at: now.

    Raises:
        PeriodClosed: a period was closed between looking and posting; the deed can be done again.
        See `post` for the others.
    """
    open_from = queries.find_open_days(session, {transfer.fund_id for transfer in transfers})
    late: defaultdict[str, list[NewTransfer]] = defaultdict(list)
    in_time: list[NewTransfer] = []
    for transfer in transfers:
        closed = open_from.get(transfer.fund_id, date.min) > happened_on
        (late[transfer.fund_id] if closed else in_time).append(transfer)
    digests = []
    if in_time:
        posting = post(session, entry_id=entry_id, transfers=in_time, occurred_on=happened_on, at=at)
        digests.append(posting.digest)
    for fund_id, own in sorted(late.items()):
        name = f"{entry_id}-late-{fund_id}"
        posting = post(session, entry_id=name, transfers=own, occurred_on=open_from[fund_id], at=at)
        digests.append(posting.digest)
        record_adjustment(
            session,
            entry_id=name,
            fund_id=fund_id,
            number=queries.get_period_of(session, fund_id, happened_on).number,
            happened_on=happened_on,
            reason=reason,
            authority=authority,
            officer=officer,
            at=at,
        )
    return digests


def record_adjustment(  # noqa: PLR0913 an adjustment has that many parts, all named
    session: Session,
    *,
    entry_id: str,
    fund_id: str,
    number: int,
    happened_on: date,
    reason: str,
    authority: str,
    officer: Principal,
    at: datetime,
) -> PeriodAdjustment:
    """Say of an entry posted in an open period that it belongs to a closed one.  Saying it again changes nothing.

    Any deed that comes to light late is posted as always, on a day that is still open; this is its reference to the
    period it should have been in.

    Args:
        session: of the deed.
        entry_id: of the journal.
        fund_id: whose closed period it adjusts; an entry over several funds is recorded for each.
        number: of the closed period.
        happened_on: the day it should have been posted on, within that period.
        reason: why it was not.
        authority: under which it is adjusted.
        officer: who records it.
        at: now.

    Raises:
        PeriodNotFound: the fund has closed no such period.
        AdjustmentRefused: the day is not in the period, the entry is not in the fund's books after it, or it has been
            recorded otherwise.
    """
    period = queries.get_period(session, fund_id, number)
    adjustment = PeriodAdjustment(
        entry_id=entry_id,
        fund_id=fund_id,
        number=period.number,
        happened_on=happened_on,
        reason=reason,
        authority=authority,
        recorded_by=officer.person_id,
        recorded_at=at,
    )
    try:
        earlier = add_unless_there(session, adjustment, lambda: session.get(PeriodAdjustment, (entry_id, fund_id)))
    except IntegrityError as error:
        if violated_constraint(error) != "period_adjustment.adjusts_nothing":
            raise
        raise AdjustmentRefused(
            "An adjustment names a day within the closed period, and an entry of the fund posted after it.",
            field="happened_on",
            record=entry_id,
            remedy="Post the deed on a day that is open, then record it as an adjustment.",
        ) from None
    if earlier is not None:
        said, again = (row.model_dump(exclude={"recorded_by", "recorded_at"}) for row in (earlier, adjustment))
        if said != again:
            raise AdjustmentRefused("The entry is recorded as another adjustment already.", record=entry_id)
        return earlier
    audit.record(
        session,
        at=at,
        actor=officer,
        action="period.adjusted",
        subject=fund_id,
        body={"number": number, "entry": entry_id, "happened_on": happened_on.isoformat()},
        rows=[adjustment],
    )
    return adjustment
