"""Routes of the books: the journal and the trial balance."""

from __future__ import annotations

from fastapi import APIRouter

from reparations.http import PROBLEM_RESPONSES, Page, PageParams, ReadSession, page_of
from reparations.ledger import queries
from reparations.ledger.api.roles import reader
from reparations.ledger.models import AccountCode
from reparations.ledger.queries import AccountScope
from reparations.ledger.schemas import AccountLineView, AsOf, EntryView, FundId, KnownAt, Since, TrialBalanceView
from reparations.ledger.schemas.spending import InCurrency

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


@router.get("/funds/{fund_id}/general-ledger/{account}", tags=["ledger"], dependencies=[reader])
def list_account_lines(
    *,
    fund_id: FundId,
    account: AccountCode,
    session: ReadSession,
    page: PageParams,
    currency: InCurrency,
    since: Since = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Page[AccountLineView]:
    """What moved on one account, with the running balance: as of a day, and as it was known at an instant."""
    scope = AccountScope(queries.get_fund(session, fund_id).id, currency, account, since, as_of, known_at)
    rows = queries.list_account_lines(session, scope, after=page.after, limit=page.limit + 1)
    return page_of(rows, limit=page.limit, key=lambda line: line.transfer_id, show=AccountLineView.of)
