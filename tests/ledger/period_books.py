"""A fund with every kind of row of currencies, periods and openings; and what raw SQL needs to name them."""

from __future__ import annotations

from sqlmodel import Session

from reparations import audit
from reparations.ledger import postings, queries, service
from reparations.ledger.models import ClearanceKind, Fund, OpeningClearance, PeriodLength
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import make_fund
from tests.factories.periods import (
    IN_JUNE,
    JUNE,
    MAY,
    Pair,
    clear,
    close_period,
    exchange,
    make_pair,
    make_rate,
    prepare_clearance,
)

TABLES = (
    "exchange_rate",
    "exchange_position",
    "exchange_step",
    "period_draft",
    "ledger_period",
    "period_line",
    "period_adjustment",
    "opening_sheet",
    "opening_line",
    "opened_book",
    "opening_clearance",
    "opening_clearance_approval",
)


def make_rows(session: Session) -> dict[str, str]:
    """A fund with a step, a closed period and the next drafted; a sheet for an empty one; and what raw SQL needs."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    pair, third = make_pair(session), make_pair(session).first
    fund = make_fund(session, currencies=("USD", "EUR"), available_minor=100_000)
    empty = make_fund(session, code="EMPTY")
    made = make_rate(session, pair.first)
    wrong = make_rate(session, pair.first, source="Wrong")
    make_rate(session, pair.first, source="Right", corrects_id=wrong.id)
    later = make_rate(session, pair.first, quoted_on=JUNE.replace(day=2))
    exchange(session, pair.first, fund, Money(110, "USD"), Money(100, "EUR"))
    close_period(session, pair, fund.id, starts_on=MAY)
    drafted = service.prepare_closing(
        session, fund_id=fund.id, length=PeriodLength.MONTH, officer=pair.first, at=IN_JUNE.replace(month=7)
    )
    sheet = service.prepare_opening(
        session,
        b"fund,currency,account,amount\nEMPTY,USD,bank,1\n",
        source_system="Old",
        as_of=MAY,
        officer=pair.first,
        at=NOON,
    )
    opened, waiting = _open_another(session, pair)
    _adjust(session, pair, fund)
    accounts = queries.list_account_ids(session, [fund.id])
    blob = "x'{0}'" if sqlite else "decode('{0}', 'hex')"
    return {
        "fund": fund.id,
        "empty": empty.id,
        "first": pair.first.person_id,
        "second": pair.second.person_id,
        "third": third.person_id,
        "rate": made.id,
        "corrected": wrong.id,
        "later": later.id,
        "draft": drafted.id,
        "draft_sha": blob.format(drafted.trial_balance_sha256.hex()),
        "sheet": sheet.id,
        "opened": opened.fund_id,
        "cleared": opened.id,
        "waiting": waiting.id,
        "old_sheet": opened.sheet_id,
        "fees": str(accounts[fund.id, "USD", "fees"]),
        "bank": str(accounts[fund.id, "USD", "bank"]),
        "sha": blob.format("00" * 32),
        "signature": blob.format("00" * 64),
    }


def _open_another(session: Session, pair: Pair) -> tuple[OpeningClearance, OpeningClearance]:
    """Open books of which a part is cleared; return that deed, and one that waits."""
    fund = make_fund(session, code="OPENED")
    sheet = service.prepare_opening(
        session,
        b"fund,currency,account,amount\nOPENED,USD,bank,1\nOPENED,USD,returned,2\nOPENED,USD,awards_payable,2\n",
        source_system="Old",
        as_of=MAY,
        officer=pair.first,
        at=NOON,
    )
    service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)
    done = clear(session, pair, fund.id, ClearanceKind.NOT_OWED, Money(50, "USD"))
    return done, prepare_clearance(session, pair, fund.id, ClearanceKind.WRITTEN_BACK, Money(200, "USD"))


def _adjust(session: Session, pair: Pair, fund: Fund) -> None:
    posted = service.post(
        session,
        entry_id="fee-late",
        transfers=postings.fee_charged("late", fund_id=fund.id, amount=Money(1, "USD")),
        occurred_on=JUNE,
        at=IN_JUNE,
    )
    audit.record(session, at=IN_JUNE, actor=pair.first, action="fee.charged", subject="late", rows=[posted.digest])
    service.record_adjustment(
        session,
        entry_id=posted.entry_id,
        fund_id=fund.id,
        number=1,
        happened_on=MAY,
        reason="Late",
        authority="Memorandum 7",
        officer=pair.first,
        at=IN_JUNE,
    )
