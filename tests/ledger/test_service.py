"""Funds, gifts and posting, on both engines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TypedDict

import pytest
from sqlmodel import Session, col, select

from reparations.audit.models import AuditEvent, AuditRow
from reparations.errors import ReparationsError
from reparations.ledger import errors, postings, queries, service
from reparations.ledger.models import KINDS, AccountCode, AwardForm, DonorKind, LedgerAccount, LedgerTransfer
from reparations.ledger.postings import Movement
from reparations.ledger.rules import Flows
from reparations.money import CurrencyMismatch, Money, UnknownCurrency
from tests.conftest import NOON
from tests.factories.ledger import TODAY, give, make_donor, make_fund, make_pledge, receive


class Payment(TypedDict):
    """What the deeds of a payment want to know."""

    fund_id: str
    amount: Money


def usd(units: int) -> Money:
    return Money(units * 100, "USD")


def balance(session: Session, fund_id: str, code: AccountCode) -> Money:
    return queries.get_balance(session, fund_id, "USD", code)


def post(session: Session, entry_id: str, transfers: list[postings.NewTransfer]) -> service.Posting:
    return service.post(session, entry_id=entry_id, transfers=transfers, occurred_on=TODAY, at=NOON)


def test_a_fund_opens_with_the_whole_chart_in_each_currency_at_zero(session: Session) -> None:
    fund = make_fund(session, currencies=("USD", "EUR"))

    found = [(line.currency, line.code, line.balance.amount_minor) for line in queries.list_balances(session, fund.id)]

    assert found == [(currency, code, 0) for currency in ("EUR", "USD") for code in KINDS]


def test_accounts_are_numbered_along_the_chart_so_that_the_bank_is_locked_last(session: Session) -> None:
    fund = make_fund(session)

    rows = session.exec(
        select(LedgerAccount.code).where(LedgerAccount.fund_id == fund.id).order_by(col(LedgerAccount.id))
    ).all()

    assert rows == list(KINDS)
    assert rows[-1] == AccountCode.BANK


def test_a_fund_code_is_given_once(session: Session) -> None:
    make_fund(session, code="GENERAL")

    with pytest.raises(errors.FundCodeTaken):
        make_fund(session, code="GENERAL", currencies=("EUR",))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"forms": []}, errors.EntryMalformed),
        ({"currencies": []}, errors.EntryMalformed),
        ({"currencies": ["USD", "USD"]}, errors.EntryMalformed),
        ({"currencies": ["XXX"]}, UnknownCurrency),
        ({"programme_id": "prg_nowhere"}, errors.ProgrammeUnknown),
    ],
)
def test_a_malformed_fund_is_refused(
    session: Session, changed: dict[str, object], error: type[ReparationsError]
) -> None:
    with pytest.raises(error):
        make_fund(session, **changed)  # type: ignore[arg-type]

    assert queries.list_funds(session) == []


def test_a_donor_code_is_given_once(session: Session) -> None:
    make_donor(session, code="DONOR-A")

    with pytest.raises(errors.DonorCodeTaken):
        make_donor(session, code="DONOR-A", kind=DonorKind.COURT)


def test_a_pledge_is_receivable_and_pays_for_nothing(session: Session) -> None:
    fund = make_fund(session)

    make_pledge(session, fund, usd(1_000))

    assert balance(session, fund.id, AccountCode.PLEDGES_RECEIVABLE) == usd(1_000)
    assert balance(session, fund.id, AccountCode.BANK) == usd(0)
    with pytest.raises(errors.AwardsNotCovered):
        post(session, "award-1", postings.award_recognised("1", funding={fund.id: usd(1)}))


def test_a_receipt_meets_the_pledge_and_fills_the_bank(session: Session) -> None:
    fund = make_fund(session)
    pledge = make_pledge(session, fund, usd(1_000))

    receive(session, pledge, usd(400))

    assert balance(session, fund.id, AccountCode.PLEDGES_RECEIVABLE) == usd(600)
    assert balance(session, fund.id, AccountCode.BANK) == usd(400)
    assert balance(session, fund.id, AccountCode.CONTRIBUTIONS) == usd(-400)
    assert balance(session, fund.id, AccountCode.UNCOMMITTED) == usd(400)
    assert queries.get_received(session, pledge) == usd(400)


def test_no_more_is_received_than_was_pledged(session: Session) -> None:
    fund = make_fund(session)
    pledge = make_pledge(session, fund, usd(1_000))
    make_pledge(session, fund, usd(9_000))
    receive(session, pledge, usd(1_000))

    with pytest.raises(errors.PledgeExceeded) as caught:
        receive(session, pledge, Money(1, "USD"))

    assert "USD 0.00" in caught.value.message


def test_a_receipt_is_in_the_pledge_s_currency(session: Session) -> None:
    pledge = make_pledge(session, make_fund(session, currencies=("USD", "EUR")), usd(1_000))

    with pytest.raises(CurrencyMismatch):
        receive(session, pledge, Money(1, "EUR"))


def test_a_pledge_needs_books_in_its_currency(session: Session) -> None:
    fund = make_fund(session)

    with pytest.raises(errors.AccountNotFound):
        make_pledge(session, fund, Money(1, "EUR"))


def test_the_same_reference_again_is_the_same_gift(session: Session) -> None:
    fund, donor = make_fund(session), make_donor(session)
    pledge = make_pledge(session, fund, usd(1_000), donor=donor, reference="L1")
    first = receive(session, pledge, usd(400), reference="R1")

    assert make_pledge(session, fund, usd(1_000), donor=donor, reference="L1").id == pledge.id
    assert receive(session, pledge, usd(400), reference="R1").id == first.id
    assert balance(session, fund.id, AccountCode.BANK) == usd(400)


def test_the_same_reference_for_another_gift_is_refused(session: Session) -> None:
    fund, donor = make_fund(session), make_donor(session)
    pledge = make_pledge(session, fund, usd(1_000), donor=donor, reference="L1")
    receive(session, pledge, usd(400), reference="R1")

    with pytest.raises(errors.ReferenceReused) as caught:
        receive(session, pledge, usd(401), reference="R1")
    with pytest.raises(errors.ReferenceReused):
        make_pledge(session, fund, usd(1_001), donor=donor, reference="L1")

    assert "amount_minor" in caught.value.message


def test_unknown_donors_funds_and_pledges_are_named(session: Session) -> None:
    with pytest.raises(errors.FundNotFound):
        queries.get_fund(session, "fnd_nowhere")
    with pytest.raises(errors.DonorNotFound):
        queries.get_donor(session, "don_nowhere")
    with pytest.raises(errors.PledgeNotFound):
        queries.get_pledge(session, "plg_nowhere")
    with pytest.raises(errors.AccountNotFound):
        queries.get_balance(session, "fnd_nowhere", "USD", AccountCode.BANK)
    with pytest.raises(errors.AccountNotFound):
        queries.compute_identity(session, "fnd_nowhere", "USD")
    with pytest.raises(errors.EntryNotFound):
        queries.list_entries(session, after="nothing")


def test_posting_again_changes_nothing(session: Session) -> None:
    fund = make_fund(session, available_minor=100_000)
    transfers = postings.batch_reserved("b1", totals={fund.id: usd(300)})

    first = post(session, "batch-b1-reserved", transfers)
    again = service.post(
        session, entry_id="batch-b1-reserved", transfers=transfers, occurred_on=TODAY, at=NOON + timedelta(days=9)
    )

    assert (first.posted, again.posted) == (True, False)
    assert again.digest == first.digest
    assert balance(session, fund.id, AccountCode.RESERVED) == usd(300)


def test_the_same_id_with_other_content_is_refused(session: Session) -> None:
    fund = make_fund(session, available_minor=100_000)
    post(session, "batch-b1-reserved", postings.batch_reserved("b1", totals={fund.id: usd(300)}))

    with pytest.raises(errors.TransferIdReused) as caught:
        post(session, "batch-b1-reserved", postings.batch_reserved("b1", totals={fund.id: usd(301)}))
    with pytest.raises(errors.TransferIdReused):
        post(session, "another-entry", postings.batch_reserved("b1", totals={fund.id: usd(300)}))
    with pytest.raises(errors.EntryIdReused):
        post(session, "batch-b1-reserved", postings.batch_reserved("b2", totals={fund.id: usd(300)}))

    assert caught.value.record == f"batch-b1-{fund.id}-reserved"
    assert balance(session, fund.id, AccountCode.RESERVED) == usd(300)


def test_an_entry_with_one_bad_transfer_leaves_nothing(session: Session) -> None:
    fund = make_fund(session, available_minor=100_000)
    transfers = [
        *postings.batch_reserved("b1", totals={fund.id: usd(300)}),
        *postings.payment_dispatched("p1", fund_id=fund.id, amount=usd(301)),
    ]

    with pytest.raises(errors.InsufficientFunds):
        post(session, "batch-b1", transfers)

    assert balance(session, fund.id, AccountCode.BANK) == usd(1_000)
    assert session.get(LedgerTransfer, transfers[0].id) is None


def test_an_overdraft_says_what_is_there_and_what_was_wanted(session: Session) -> None:
    fund = make_fund(session, available_minor=12_000)

    with pytest.raises(errors.InsufficientFunds) as caught:
        post(session, "b1", postings.batch_reserved("b1", totals={fund.id: usd(250)}))

    assert "USD 120.00" in caught.value.message
    assert "USD 250.00" in caught.value.message
    assert caught.value.record == fund.id


def test_no_more_is_settled_than_is_owed(session: Session) -> None:
    fund = make_fund(session, available_minor=100_000)
    post(session, "award-a", postings.award_recognised("a", funding={fund.id: usd(250)}))
    post(session, "b1", postings.batch_reserved("b1", totals={fund.id: usd(500)}))
    post(session, "d1", postings.payment_dispatched("p1", fund_id=fund.id, amount=usd(500)))

    with pytest.raises(errors.InsufficientFunds) as caught:
        post(session, "s1", postings.payment_settled("p1", fund_id=fund.id, amount=usd(500)))

    assert AccountCode.AWARDS_PAYABLE in caught.value.message


def test_fees_lower_what_may_be_awarded(session: Session) -> None:
    fund = make_fund(session, available_minor=100_000)
    post(session, "fee-1", postings.fee_charged("1", fund_id=fund.id, amount=usd(10)))

    with pytest.raises(errors.AwardsNotCovered) as caught:
        post(session, "award-a", postings.award_recognised("a", funding={fund.id: usd(1_000)}))

    assert "USD 990.00" in caught.value.message


def test_a_transfer_is_reversed_once(session: Session) -> None:
    fund = make_fund(session, available_minor=100_000)
    award = postings.award_recognised("a", funding={fund.id: usd(250)})
    post(session, "award-a", award)
    undo = postings.reversal(award)
    post(session, "award-a-reversed", undo)

    assert balance(session, fund.id, AccountCode.UNCOMMITTED) == usd(1_000)
    assert balance(session, fund.id, AccountCode.AWARDS_PAYABLE) == usd(0)
    with pytest.raises(errors.AlreadyReversed):
        post(session, "award-a-reversed-again", [undo[0]._replace(id="other")])


def test_a_reversal_mirrors_what_it_reverses(session: Session) -> None:
    fund = make_fund(session, available_minor=100_000)
    award = postings.award_recognised("a", funding={fund.id: usd(250)})
    post(session, "award-a", award)
    (undo,) = postings.reversal(award)

    for wrong in (undo._replace(amount_minor=1), undo._replace(reverses_id="never-posted")):
        with pytest.raises(errors.EntryMalformed):
            post(session, "award-a-reversed", [wrong])


def test_one_life_of_money_ends_where_the_identity_says(session: Session) -> None:
    fund = make_fund(session, available_minor=100_000)
    one, other = (Payment(fund_id=fund.id, amount=amount) for amount in (usd(250), usd(300)))
    post(session, "awards", postings.award_recognised("a", funding={fund.id: usd(550)}))
    post(session, "b1", postings.batch_reserved("b1", totals={fund.id: usd(550)}))
    post(session, "d1", [*postings.payment_dispatched("p1", **one), *postings.payment_dispatched("p2", **other)])
    post(session, "s1", [*postings.payment_settled("p1", **one), *postings.payment_settled("p2", **other)])
    post(session, "r1", postings.payment_returned("p1", **one))
    post(session, "b2", postings.reissue_reserved("p3", **one))
    post(session, "d2", postings.payment_dispatched("p3", **one))
    post(session, "fee", postings.fee_charged("f", fund_id=fund.id, amount=usd(5)))

    identity = queries.compute_identity(session, fund.id, "USD")

    assert identity.faults == {}
    assert (identity.came_in, identity.flows.paid, identity.held) == (usd(1_000), usd(300), usd(695))
    assert (identity[AccountCode.BANK], identity[AccountCode.IN_TRANSIT]) == (usd(445), usd(250))
    assert (identity[AccountCode.FEES], identity[AccountCode.RETURNED]) == (usd(5), usd(0))
    assert identity.owed == usd(250)


def test_every_kind_of_money_has_its_place_in_the_identity(session: Session) -> None:
    fund = make_fund(session, available_minor=100_000)

    def moved(deed: str, movement: Movement, units: int) -> None:
        post(session, deed, [postings.new_transfer(deed, fund.id, usd(units), movement)])

    for number, (movement, units) in enumerate(
        [
            (Movement.OPENED_BANK, 90),
            (Movement.OPENED_IN_TRANSIT, 30),
            (Movement.OPENED_RETURNED, 7),
            (Movement.OPENED_OVERPAYMENTS, 11),
            (Movement.OPENED_AWARDS_PAYABLE, 41),
            (Movement.OPENED_HELD_IN_TRUST, 13),
            (Movement.NOT_OWED, 2),
            (Movement.INTEREST, 17),
            (Movement.COST, 19),
            (Movement.REFUNDED, 23),
            (Movement.AWARDED, 100),
            (Movement.PUT_IN_TRUST, 20),
            (Movement.TRUST_RELEASED, 5),
            (Movement.AWARD_WRITTEN_BACK, 9),
            (Movement.OVERPAID, 29),
            (Movement.PAID_BACK, 10),
            (Movement.SET_OFF, 6),
            (Movement.WAIVED, 3),
            (Movement.LENT_OUT, 40),
            (Movement.TAKEN_IN, 15),
            (Movement.SOLD, 50),
            (Movement.BOUGHT, 60),
            (Movement.EXCHANGE_GAIN, 4),
            (Movement.EXCHANGE_LOSS, 2),
        ]
    ):
        moved(f"deed-{number}", movement, units)
        assert queries.compute_identity(session, fund.id, "USD").faults == {}, movement

    identity = queries.compute_identity(session, fund.id, "USD")
    assert identity.flows == Flows(paid=usd(0), paid_back=usd(10), opening_cash=usd(127), opening_owed=usd(41))
    assert (identity.exchanged_in, identity[AccountCode.INTERFUND]) == (usd(10), usd(-25))
    assert identity.came_in == usd(1_000 + 17 + 127 + 10 - 25 + 10)
    codes = {finding.code for finding in queries.list_findings(session) if finding.code.startswith("ledger.")}
    missing_deeds = {"ledger.exchange_unrecorded", "ledger.position_differs", "ledger.opening_unrecorded"}
    assert codes == missing_deeds, "money moved that no exchange and no confirmed opening sheet tells of"


def test_every_deed_has_a_way_back_to_the_bank(session: Session) -> None:
    fund = make_fund(session, available_minor=100_000)
    one = Payment(fund_id=fund.id, amount=usd(100))
    post(session, "awards", postings.award_recognised("a", funding={fund.id: usd(100)}))
    for round_, steps in enumerate(
        (
            [postings.payment_dropped],
            [postings.payment_dispatched, postings.payment_rejected],
            [
                postings.payment_dispatched,
                postings.payment_settled,
                postings.payment_returned,
                postings.reissue_reserved,
                postings.reissue_cancelled,
                postings.payment_written_back,
            ],
        )
    ):
        post(session, f"b{round_}", postings.batch_reserved(f"b{round_}", totals={fund.id: usd(100)}))
        for number, step in enumerate(steps):
            post(session, f"step-{round_}-{number}", step(f"p{round_}", **one))
        assert balance(session, fund.id, AccountCode.BANK) == usd(1_000), steps
    post(session, "b9", postings.batch_reserved("b9", totals={fund.id: usd(100)}))
    post(session, "b9-cancelled", postings.batch_cancelled("b9", totals={fund.id: usd(100)}))

    assert balance(session, fund.id, AccountCode.BANK) == usd(1_000)
    assert queries.compute_identity(session, fund.id, "USD").faults == {}


def test_what_may_be_awarded_is_listed_for_one_programme(session: Session) -> None:
    general = make_fund(session, code="GENERAL", available_minor=800_000)
    individual = make_fund(session, code="KAT", forms=[AwardForm.INDIVIDUAL], available_minor=70_000)

    found = queries.list_availability(session, currency="USD", programme_id="prg_any")

    assert [(fund.fund_id, fund.forms, fund.available, fund.programme_only) for fund in found] == [
        (general.id, frozenset({"individual", "collective"}), Money(800_000, "USD"), False),
        (individual.id, frozenset({"individual"}), Money(70_000, "USD"), False),
    ]
    assert queries.list_availability(session, currency="EUR") == []


def test_the_trial_balance_balances_as_of_any_day(session: Session) -> None:
    fund = make_fund(session, code="KAT")
    yesterday = date(2031, 4, 30)
    pledge = make_pledge(session, fund, usd(1_000), pledged_on=yesterday)
    receive(session, pledge, usd(400))

    then, now = (queries.list_trial_balance(session, as_of=day) for day in (yesterday, TODAY))

    for lines in (then, now, queries.list_trial_balance(session)):
        assert sum(line.debits.amount_minor for line in lines) == sum(line.credits.amount_minor for line in lines)
    assert [line.code for line in then] == [AccountCode.PLEDGES, AccountCode.PLEDGES_RECEIVABLE]
    assert {line.code: line.debits - line.credits for line in now} == {
        AccountCode.PLEDGES: usd(-600),
        AccountCode.PLEDGES_RECEIVABLE: usd(600),
        AccountCode.CONTRIBUTIONS: usd(-400),
        AccountCode.BANK: usd(400),
    }


def test_the_journal_shows_a_batch_as_one_entry_and_pages_in_order(session: Session) -> None:
    fund = make_fund(session, code="KAT", available_minor=100_000)
    post(session, "batch-b1", postings.batch_reserved("b1", totals={fund.id: usd(500)}))
    later = NOON + timedelta(minutes=1)
    sent = [
        transfer
        for number in range(5)
        for transfer in postings.payment_dispatched(f"p{number}", fund_id=fund.id, amount=usd(100))
    ]
    service.post(session, entry_id="a-dispatched", transfers=sent, occurred_on=TODAY, at=later)

    everything = queries.list_entries(session)
    first = queries.list_entries(session, limit=2)
    rest = queries.list_entries(session, after=first[-1].entry_id)

    assert everything == first + rest
    last = everything[-1]
    assert (last.entry_id, last.recorded_at, last.occurred_on) == ("a-dispatched", later, TODAY)
    assert [(line.code, line.debit, line.credit, line.transfers) for line in last.lines] == [
        (AccountCode.IN_TRANSIT, usd(500), usd(0), 5),
        (AccountCode.RESERVED, usd(0), usd(500), 5),
    ]


def test_every_deed_of_the_fund_office_is_in_the_event_log_with_its_rows(session: Session) -> None:
    fund = make_fund(session)
    contribution = give(session, fund, usd(10))

    events = session.exec(select(AuditEvent.type, AuditEvent.subject).order_by(col(AuditEvent.seq))).all()
    rows = set(session.exec(select(AuditRow.table_name, AuditRow.row_key)).all())

    assert [kind for kind, _ in events] == [
        "fund.opened",
        "donor.recorded",
        "pledge.recorded",
        "contribution.received",
    ]
    assert ("ledger_transfer", f"contribution-{contribution.id}") in rows
    assert ("contribution", contribution.id) in rows
    assert sum(table == "ledger_account" for table, _ in rows) == len(KINDS)
