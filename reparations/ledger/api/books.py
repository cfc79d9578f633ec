"""Routes of the books: the journal and the trial balance."""

from __future__ import annotations

from fastapi import APIRouter

from reparations.http import PROBLEM_RESPONSES, Page, PageParams, ReadSession, page_of
from reparations.ledger import queries
from reparations.ledger.api.roles import reader
from reparations.ledger.schemas import AsOf, EntryView, TrialBalanceView

router = APIRouter(responses=PROBLEM_RESPONSES)


@router.get("/ledger/entries", tags=["ledger"], dependencies=[reader])
def list_entries(session: ReadSession, page: PageParams) -> Page[EntryView]:
    """The journal, in the order in which it was written."""
    rows = queries.list_entries(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, limit=page.limit, key=lambda entry: entry.entry_id, show=EntryView.of)


@router.get("/ledger/trial-balance", tags=["ledger"], dependencies=[reader])
def get_trial_balance(session: ReadSession, as_of: AsOf = None) -> TrialBalanceView:
    """Debits and credits of every account, now or as of a day."""
    return TrialBalanceView.of(queries.list_trial_balance(session, as_of=as_of), as_of=as_of)
