"""Closing periods, adjusting what is closed, and the year's end, on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from sqlmodel import Session

from reparations.errors import ReparationsError
from reparations.ledger import postings, queries, rules, service
from reparations.ledger.models import AccountCode, Fund, PeriodLength
from reparations.ledger.rules import TrialLine
from reparations.money import Money
from reparations.vault import Keyring
from tests.conftest import NOON
from tests.factories.ledger import make_fund, make_pledge, receive
from tests.factories.periods import IN_JUNE, JUNE, MAY, Pair, close_period, make_pair

LAST_OF_MAY = date(2031, 5, 31)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.fixture
def pair(session: Session) -> Pair:
    return make_pair(session)


@pytest.fixture
def fund(session: Session) -> Fund:
    return make_fund(session, currencies=("USD", "EUR"), available_minor=100_000)


def charge(session: Session, fund: Fund, fee: str, *, on: date, minor: int = 100) -> str:
    """A bank's fee: the smallest deed there is."""
    transfers = postings.fee_charged(fee, fund_id=fund.id, amount=usd(minor))
    return service.post(session, entry_id=f"fee-{fee}", transfers=transfers, occurred_on=on, at=IN_JUNE).entry_id


def refusal(session: Session, fund: Fund, *, on: date) -> str:
    with pytest.raises(ReparationsError) as caught:
        charge(session, fund, "late", on=on)
    return caught.value.code


def test_a_period_is_closed_by_two_and_signed(session: Session, pair: Pair, fund: Fund, keyring: Keyring) -> None:
    charge(session, fund, "f1", on=LAST_OF_MAY)
    charge(session, fund, "f2", on=JUNE)

    period = close_period(session, pair, fund.id, starts_on=MAY)

    assert (period.number, period.starts_on, period.next_starts_on) == (1, MAY, JUNE)
    lines = queries.list_period_lines(session, fund.id, 1)
    assert TrialLine("USD", AccountCode.FEES, 100, 0) in lines  # that of June is not in it
    assert TrialLine("USD", AccountCode.BANK, 100_000, 100) in lines
    assert period.trial_balance_sha256 == rules.compute_trial_balance_digest(lines)
    said = rules.compose_closing(queries.describe_closing(period, fund_code=fund.code))
    keyring.log_key.public_key().verify(period.signature, said)
    with pytest.raises(InvalidSignature):
        keyring.log_key.public_key().verify(period.signature, said.replace(b"period 1", b"period 2"))


def test_nothing_is_posted_into_a_closed_period(session: Session, pair: Pair, fund: Fund) -> None:
    other = make_fund(session, available_minor=1_000)
    close_period(session, pair, fund.id, starts_on=MAY)

    for day in (date(2001, 1, 1), MAY, LAST_OF_MAY):
        assert refusal(session, fund, on=day) == "ledger.period_closed"

    assert charge(session, fund, "open", on=JUNE)
    assert charge(session, other, "elsewhere", on=MAY)  # periods are each fund's own
    both = [
        *postings.fee_charged("a", fund_id=other.id, amount=usd(1)),
        *postings.fee_charged("b", fund_id=fund.id, amount=usd(1)),
    ]
    with pytest.raises(ReparationsError) as caught:
        service.post(session, entry_id="both", transfers=both, occurred_on=MAY, at=IN_JUNE)
    assert caught.value.code == "ledger.period_closed"


def test_a_reversal_and_a_deed_with_its_own_day_are_refused_too(session: Session, pair: Pair, fund: Fund) -> None:
    fee = postings.fee_charged("f1", fund_id=fund.id, amount=usd(100))
    service.post(session, entry_id="fee-f1", transfers=fee, occurred_on=MAY, at=NOON)
    pledge = make_pledge(session, fund, usd(500))
    close_period(session, pair, fund.id, starts_on=MAY)

    with pytest.raises(ReparationsError) as reversing:
        service.post(session, entry_id="undo", transfers=postings.reversal(fee), occurred_on=MAY, at=IN_JUNE)
    with pytest.raises(ReparationsError) as receiving:
        receive(session, pledge, usd(500), received_on=MAY)

    assert {reversing.value.code, receiving.value.code} == {"ledger.period_closed"}
    undone = service.post(session, entry_id="undo", transfers=postings.reversal(fee), occurred_on=JUNE, at=IN_JUNE)
    assert undone.posted


def test_a_retry_of_what_was_posted_in_time_is_still_a_no_op(session: Session, pair: Pair, fund: Fund) -> None:
    charge(session, fund, "f1", on=MAY)
    close_period(session, pair, fund.id, starts_on=MAY)

    transfers = postings.fee_charged("f1", fund_id=fund.id, amount=usd(100))
    posting = service.post(session, entry_id="fee-f1", transfers=transfers, occurred_on=MAY, at=IN_JUNE)

    assert posting.posted is False


def test_who_prepared_does_not_countersign(session: Session, pair: Pair, fund: Fund) -> None:
    draft = service.prepare_closing(
        session, fund_id=fund.id, length=PeriodLength.MONTH, starts_on=MAY, officer=pair.first, at=IN_JUNE
    )

    with pytest.raises(ReparationsError) as caught:
        service.countersign_closing(session, draft.id, officer=pair.first, at=IN_JUNE)

    assert caught.value.code == "ledger.same_person"
    assert charge(session, fund, "f1", on=MAY)  # a draft closes nothing


def test_what_was_posted_since_the_draft_voids_it(session: Session, pair: Pair, fund: Fund) -> None:
    draft = service.prepare_closing(
        session, fund_id=fund.id, length=PeriodLength.MONTH, starts_on=MAY, officer=pair.first, at=IN_JUNE
    )
    charge(session, fund, "f1", on=LAST_OF_MAY)

    with pytest.raises(ReparationsError) as caught, session.begin_nested():
        service.countersign_closing(session, draft.id, officer=pair.second, at=IN_JUNE)

    assert caught.value.code == "ledger.period_changed"
    assert queries.find_last_period(session, fund.id) is None
    assert close_period(session, pair, fund.id, starts_on=MAY).number == 1


def test_periods_follow_one_another_without_a_gap(session: Session, pair: Pair, fund: Fund) -> None:
    def prepare(starts_on: date | None, at: datetime = datetime(2033, 1, 2, tzinfo=UTC)) -> str:
        return service.prepare_closing(
            session, fund_id=fund.id, length=PeriodLength.QUARTER, starts_on=starts_on, officer=pair.first, at=at
        ).id

    def refused(starts_on: date | None, at: datetime = datetime(2033, 1, 2, tzinfo=UTC)) -> str:
        with pytest.raises(ReparationsError) as caught:
            prepare(starts_on, at)
        return caught.value.code

    assert refused(None) == "ledger.period_malformed"
    assert refused(date(2031, 4, 2)) == "ledger.period_malformed"
    assert refused(date(9999, 11, 1)) == "ledger.period_malformed"
    assert refused(MAY, IN_JUNE) == "ledger.period_not_over"
    once = prepare(MAY)
    assert prepare(MAY) == once
    twice = service.prepare_closing(
        session,
        fund_id=fund.id,
        length=PeriodLength.QUARTER,
        starts_on=MAY,
        officer=make_pair(session).first,
        at=datetime(2033, 1, 2, tzinfo=UTC),
    ).id
    closed = service.countersign_closing(session, once, officer=pair.second, at=datetime(2033, 1, 2, tzinfo=UTC))
    again = service.countersign_closing(session, once, officer=pair.second, at=datetime(2033, 1, 3, tzinfo=UTC))
    assert (closed.number, again.closed_at) == (1, closed.closed_at)
    with pytest.raises(ReparationsError) as caught:
        service.countersign_closing(session, twice, officer=pair.second, at=datetime(2033, 1, 2, tzinfo=UTC))
    assert caught.value.code == "ledger.period_out_of_order"
    assert refused(date(2031, 9, 1)) == "ledger.period_out_of_order"
    assert queries.get_draft(session, prepare(None)).starts_on == date(2031, 8, 1)
    with pytest.raises(ReparationsError) as unknown:
        service.countersign_closing(session, "pcl_none", officer=pair.second, at=IN_JUNE)
    assert unknown.value.code == "ledger.period_draft_not_found"


def test_books_are_not_cut_through_a_deed_with_crossed_days(session: Session, pair: Pair, fund: Fund) -> None:
    def post(deed: str, transfers: list[postings.NewTransfer], on: date) -> None:
        service.post(session, entry_id=deed, transfers=transfers, occurred_on=on, at=IN_JUNE)

    post("award", postings.award_recognised("a", funding={fund.id: usd(500)}), MAY)
    post("reserve", postings.batch_reserved("b", totals={fund.id: usd(500)}), MAY)
    post("dispatch", postings.payment_dispatched("p", fund_id=fund.id, amount=usd(500)), JUNE)
    post("settle", postings.payment_settled("p", fund_id=fund.id, amount=usd(500)), LAST_OF_MAY)

    with pytest.raises(ReparationsError) as caught:
        close_period(session, pair, fund.id, starts_on=MAY)

    assert caught.value.code == "ledger.period_incoherent"
    assert "in_transit" in caught.value.message


def test_a_batch_that_is_half_way_is_no_obstacle(session: Session, pair: Pair, fund: Fund) -> None:
    transfers = postings.batch_reserved("b", totals={fund.id: usd(500)})
    service.post(session, entry_id="reserve", transfers=transfers, occurred_on=LAST_OF_MAY, at=NOON)
    close_period(session, pair, fund.id, starts_on=MAY)

    transfers = postings.payment_dispatched("p", fund_id=fund.id, amount=usd(500))
    assert service.post(session, entry_id="send", transfers=transfers, occurred_on=JUNE, at=IN_JUNE).posted
    assert queries.compute_identity(session, fund.id, "USD").faults == {}


def test_what_comes_late_is_posted_later_and_refers_to_the_closed_period(
    session: Session, pair: Pair, fund: Fund
) -> None:
    close_period(session, pair, fund.id, starts_on=MAY)
    entry = charge(session, fund, "late", on=JUNE)

    def adjust(entry_id: str = entry, number: int = 1, happened_on: date = LAST_OF_MAY, reason: str = "Late") -> str:
        return service.record_adjustment(
            session,
            entry_id=entry_id,
            fund_id=fund.id,
            number=number,
            happened_on=happened_on,
            reason=reason,
            authority="Memorandum 7",
            officer=pair.first,
            at=IN_JUNE,
        ).entry_id

    assert adjust() == adjust() == entry
    assert [row.authority for row in queries.list_adjustments(session, fund.id, 1)] == ["Memorandum 7"]
    refusals = []
    attempts: list[dict[str, object]] = [
        {"reason": "Another"},
        {"entry_id": "none"},
        {"entry_id": "none", "number": 2},
        {"entry_id": "none", "happened_on": JUNE},
    ]
    for attempt in attempts:
        with pytest.raises(ReparationsError) as caught:
            adjust(**attempt)  # type: ignore[arg-type]  # one argument of each type
        refusals.append(caught.value.code)
    assert refusals == [
        "ledger.adjustment_refused",
        "ledger.adjustment_refused",
        "ledger.period_not_found",
        "ledger.adjustment_refused",
    ]
    assert len(queries.list_period_lines(session, fund.id, 1)) > 0


def test_net_assets_are_carried_over_the_years_end(session: Session, pair: Pair, fund: Fund) -> None:
    in_2033 = datetime(2033, 6, 1, tzinfo=UTC)
    close_period(session, pair, fund.id, length=PeriodLength.YEAR, starts_on=date(2031, 1, 1), at=in_2033)
    charge(session, fund, "f1", on=date(2032, 3, 1), minor=700)
    service.post(
        session,
        entry_id="award",
        transfers=postings.award_recognised("a", funding={fund.id: usd(2_000)}),
        occurred_on=date(2032, 4, 1),
        at=in_2033,
    )
    close_period(session, pair, fund.id, length=PeriodLength.YEAR, at=in_2033)

    (_, (first,)), (_, (second,)) = (
        queries.list_year_end(session, fund.id, ends_on=date(year, 12, 31)) for year in (2031, 2032)
    )

    assert (first.opening, first.income, first.expenses, first.closing) == (usd(0), usd(100_000), usd(0), usd(100_000))
    assert (second.opening, second.income, second.expenses, second.closing) == (
        usd(100_000),
        usd(0),
        usd(2_700),
        usd(97_300),
    )
    for missing in (date(2030, 12, 31), date(2032, 6, 30), date(2032, 2, 28)):
        with pytest.raises(ReparationsError) as caught:
            queries.list_year_end(session, fund.id, ends_on=missing)
        assert caught.value.code == "ledger.period_not_found"


def test_verify_believes_no_closed_period(session: Session, pair: Pair, fund: Fund) -> None:
    close_period(session, pair, fund.id, starts_on=MAY)
    charge(session, fund, "f1", on=JUNE)

    findings = {finding.code for finding in queries.list_period_findings(session)}

    assert findings == set()
