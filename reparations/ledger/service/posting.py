"""The one way money moves; `batches` has the same for many transfers of one kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session

from reparations.calendar import iso_instant
from reparations.ledger import queries, rules
from reparations.ledger.postings import NewTransfer
from reparations.ledger.rules import Line, Sides
from reparations.ledger.service.deeds import Posting, find_accounts, make_posting
from reparations.ledger.service.placing import Accounts, Refusal, place
from reparations.ledger.service.refusals import answer_refusal


def post(
    session: Session, *, entry_id: str, transfers: Sequence[NewTransfer], occurred_on: date, at: datetime
) -> Posting:
    """Put one deed into the books, whole or not at all; doing it again does nothing.

    A deed posts once in its transaction: balances are locked in the order of account ids, and two statements of one
    transaction could lock them out of order.  The caller records the event, with `Posting.digest` among its rows.

    Args:
        session: of the deed; it is flushed.
        entry_id: names the deed, ``batch-bat_01J…-dispatched-3``.
        transfers: at most `rules.MAX_TRANSFERS_PER_ENTRY`, from `postings`.
        occurred_on: the day it happened.
        at: now.

    Raises:
        EntryMalformed, UnknownMovement: see `rules.check_entry`.
        AccountNotFound: a fund keeps no books in that currency.
        TransferIdReused, EntryIdReused: the id is in the books with other content.
        InsufficientFunds, AwardsNotCovered: an account would go beyond its limit.
        AlreadyReversed: a transfer to be reversed has been, or is a reversal itself.
        PeriodClosed: the day lies in a closed period of one of the funds.
        DatabaseRefused: a rule of the database says no that none of ours foresees.
    """
    rules.check_entry(entry_id, transfers)
    session.flush()
    placed = place(session.connection(), entry_id, transfers, occurred_on=occurred_on, at=at)
    if isinstance(placed, Refusal):
        numbers = queries.list_account_ids(session, {transfer.fund_id for transfer in transfers})
        accounts = {transfer.id: find_accounts(numbers, transfer) for transfer in transfers}
        groups = _group(transfers, accounts, occurred_on=occurred_on, at=at)
        return answer_refusal(session, placed.name, entry_id=entry_id, groups=groups, moved=transfers)
    groups = _group(transfers, placed, occurred_on=occurred_on, at=at)
    return make_posting(entry_id, {sides: rules.compute_group_sha256(lines) for sides, lines in groups.items()})


def _group(
    transfers: Sequence[NewTransfer], accounts: Accounts, *, occurred_on: date, at: datetime
) -> Mapping[Sides, Sequence[Line]]:
    times = (occurred_on.isoformat(), iso_instant(at))
    groups: defaultdict[Sides, list[Line]] = defaultdict(list)
    for transfer in transfers:
        sides = Sides(transfer.fund_id, transfer.currency, *accounts[transfer.id], *times)
        groups[sides].append((transfer.id, transfer.amount_minor, transfer.reverses_id))
    return groups
