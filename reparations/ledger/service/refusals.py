"""What the database refused: a deed that is in the books already, or why it is not, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Table
from sqlmodel import Session, col, select

from reparations.db import make_refused
from reparations.errors import ReparationsError
from reparations.ledger import queries, rules
from reparations.ledger.errors import (
    AlreadyReversed,
    AwardsNotCovered,
    DayToCome,
    EntryIdReused,
    EntryMalformed,
    InsufficientFunds,
    PeriodClosed,
    TransferIdReused,
)
from reparations.ledger.models import COVERED, KINDS, AccountCode, AccountKind, LedgerTransfer
from reparations.ledger.postings import NewTransfer
from reparations.ledger.rules import Line, Sides
from reparations.ledger.service.deeds import Posting
from reparations.money import Money

_transfer: Table = LedgerTransfer.__table__  # type: ignore[attr-defined]
_PLANTED = frozenset({"ledger_entry.planted", "ledger_unsealed.exists"})
_LIMITS = frozenset({"ck_ledger_balance_floor", "ck_ledger_balance_ceiling", "ledger_transfer.balance_limit"})


def _too_much(fund_id: str) -> ReparationsError:
    return EntryMalformed(
        "An account would hold more than the books keep exactly.",
        record=fund_id,
        remedy="See whether the amount was meant; what one fund cannot hold is kept in several.",
    )


def _period_closed(fund_id: str) -> ReparationsError:
    return PeriodClosed(
        "The day lies in a closed period: nothing more is posted into it.",
        field="occurred_on",
        record=fund_id,
        remedy="Post it on the first day that is open, and record it as an adjustment of the closed period.",
    )


def _day_to_come(fund_id: str) -> ReparationsError:
    return DayToCome("The day has not come: what is posted has happened.", field="occurred_on", record=fund_id)


_OF_THE_BOOKS: Mapping[str, Callable[[str], ReparationsError]] = {
    "ck_ledger_balance_exact": _too_much,
    "ck_ledger_leg_amount_exact": _too_much,
    "ledger_transfer.period_closed": _period_closed,
    "ledger_entry.day_to_come": _day_to_come,
}


def answer_refusal(
    session: Session,
    refusal: str,
    *,
    entry_id: str,
    groups: Mapping[Sides, Sequence[Line]],
    moved: Sequence[NewTransfer],
) -> Posting:
    """Return the entry as it was posted before, if that is why it was refused.

    Somebody may have posted it long ago, or while this one waited for its row.

    Args:
        session: of the deed, which has left nothing.
        refusal: see `db.violated_constraint`.
        entry_id: names the deed.
        groups: its transfers by what they have in common.
        moved: the same, or one for all of them: who moves how much from where to where.

    Raises:
        TransferIdReused, EntryIdReused: it is there, and is another.
        ReparationsError: why it was refused; `DatabaseRefused` if nothing of ours foresees it.
    """
    earlier = _find_posting(session, entry_id, groups)
    if earlier is not None:
        return earlier
    if refusal in _PLANTED:
        raise make_planted(entry_id)
    explained = _explain(session, refusal, groups, moved)
    raise explained or make_refused(refusal)


def _find_posting(session: Session, entry_id: str, groups: Mapping[Sides, Sequence[Line]]) -> Posting | None:
    rows = session.connection().execute(_transfer.select().where(_transfer.c.entry_id == entry_id)).all()
    if not rows:
        return None
    stored = {row.id: (*row[2:6], row.occurred_on.isoformat(), row.amount_minor, row.reverses_id) for row in rows}
    wanted = {
        name: (*sides[:5], amount_minor, reverses_id)
        for sides, lines in groups.items()
        for name, amount_minor, reverses_id in lines
    }
    digest = queries.find_entry_digest(session, entry_id)
    if stored == wanted and digest is not None:
        return Posting(entry_id, posted=False, digest=digest)
    for name in sorted(stored.keys() & wanted.keys()):
        if stored[name] != wanted[name]:
            raise _make_reused(name)
    raise EntryIdReused(
        f"The entry was posted with {len(stored)} transfers; these {len(wanted)} are others.",
        record=entry_id,
        remedy="A further deed has an entry id of its own.",
    )


def _explain(
    session: Session, refusal: str, groups: Mapping[Sides, Sequence[Line]], moved: Sequence[NewTransfer]
) -> ReparationsError | None:
    """Turn the database's refusal into a sentence; None if it is not one of those foreseen."""
    if refusal in _LIMITS:
        return _explain_limit(session, moved)
    if refusal in _OF_THE_BOOKS:
        return _OF_THE_BOOKS[refusal](moved[0].fund_id)
    lines = [line for group in groups.values() for line in group]
    reversed_ids = [reverses_id for _, _, reverses_id in lines if reverses_id is not None]
    if refusal == "ledger_transfer.reversal_differs":
        return EntryMalformed(
            "A reversal names a transfer that is no reversal itself, with the same fund, currency and amount.",
            record=reversed_ids[0] if reversed_ids else None,
        )
    taken = session.exec(
        select(LedgerTransfer.id).where(col(LedgerTransfer.id).in_([name for name, _, _ in lines])).limit(1)
    ).one_or_none()
    if taken is not None:
        return _make_reused(taken)
    undone = session.exec(
        select(LedgerTransfer.reverses_id).where(col(LedgerTransfer.reverses_id).in_(reversed_ids)).limit(1)
    ).one_or_none()
    if undone is not None:
        return AlreadyReversed("The transfer has been reversed already.", record=undone)
    return None


def _explain_limit(session: Session, transfers: Sequence[NewTransfer]) -> ReparationsError:
    """Name the account that would go beyond its limit, what is on it and what was wanted."""
    moves: dict[tuple[str, str, AccountCode], int] = {}
    for transfer in transfers:
        book = (transfer.fund_id, transfer.currency)
        for code, amount_minor in ((transfer.debit, transfer.amount_minor), (transfer.credit, -transfer.amount_minor)):
            moves[*book, code] = moves.get((*book, code), 0) + amount_minor
            if code in COVERED:
                follower = (*book, AccountCode.UNCOMMITTED)
                moves[follower] = moves.get(follower, 0) - amount_minor
    for (fund_id, currency, code), moved in sorted(moves.items()):
        if KINDS[code] is AccountKind.POSITION:
            continue  # it has no limit
        stands = queries.get_balance(session, fund_id, currency, code)
        there = Money(rules.normal_balance(code, stands.amount_minor), currency)
        wanted = Money(-rules.normal_balance(code, moved), currency)
        if there < wanted:
            if code is AccountCode.UNCOMMITTED:
                return AwardsNotCovered(
                    f"{there} of what the fund has received is not awarded yet; {wanted} more was to be.",
                    record=fund_id,
                    remedy="Receive the money first, or fund the award from another fund.",
                )
            return InsufficientFunds(
                f"The fund has {there} in {code}; {wanted} was to be taken from it.",
                record=fund_id,
                remedy="Look at GET /funds/{id}/balances.",
            )
    return InsufficientFunds(
        "The fund held too little a moment ago; somebody else was spending at the same time.",
        record=transfers[0].fund_id,
        remedy="Try again.",
    )


def make_planted(entry_id: str) -> EntryIdReused:
    """Say that somebody has put transfers there past the service, under the id of an entry still to come (SQLite)."""
    return EntryIdReused(
        "Transfers are in the books under this entry's id that nobody has posted.",
        record=entry_id,
        remedy="Look at `reparations ledger verify`; somebody has written to the database past the service.",
    )


def _make_reused(transfer_id: str) -> TransferIdReused:
    """Say that an id is taken."""
    return TransferIdReused(
        "A transfer of this id is in the books, and it says something else.",
        record=transfer_id,
        remedy="A correction reverses the transfer; it does not post it again.",
    )
