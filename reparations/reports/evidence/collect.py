"""Put the evidence of a report together, all from one snapshot of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from reparations.ledger.models import Donor
from reparations.ledger.queries import TrialBalanceLine, sum_cleared, sum_movements
from reparations.ledger.rules.statements import Moved
from reparations.registry.models import Programme
from reparations.reports.errors import NothingGiven
from reparations.reports.evidence import books, casework, payouts
from reparations.reports.evidence.attribution import FundUses, trace_uses
from reparations.reports.evidence.auditor import (
    AccountRow,
    AuditedFund,
    AuditorEvidence,
    ExceptionRow,
    list_auditor_figures,
    state_auditor_sums,
)
from reparations.reports.evidence.books import Book, FundFacts
from reparations.reports.evidence.casework import BY_SUCCESSION, CountedDecision
from reparations.reports.evidence.disclosure import (
    FormFigures,
    GiftFigures,
    disclose_count,
    disclose_forms,
    disclose_gifts,
)
from reparations.reports.evidence.donor import (
    Controls,
    DonorEvidence,
    DonorFund,
    DonorPart,
    GiftUse,
    Outcomes,
    Spending,
    list_donor_figures,
    state_donor_sums,
    total_by_currency,
)
from reparations.reports.evidence.grounds import list_grounds
from reparations.reports.evidence.parts import Gift, Identity, ProgrammePart
from reparations.reports.evidence.payouts import FundAward, FundPayment
from reparations.reports.evidence.sums import check_sums
from reparations.reports.texts import Texts
from reparations.reports.texts.language import Language

EXCEPTIONAL = frozenset({"unknown", "parked", "rejected", "returned", "reissued", "cancelled"})
"""States of a payment that an auditor wants to see apart."""


def find_programme(session: Session, code: str) -> Programme | None:
    """Return the programme of this code, or None."""
    return session.exec(select(Programme).where(Programme.code == code)).one_or_none()


def find_donor(session: Session, code: str) -> Donor | None:
    """Return the donor of this code, or None."""
    return session.exec(select(Donor).where(Donor.code == code)).one_or_none()


@dataclass(frozen=True, slots=True)
class _Account:
    """Everything known of one fund in one currency."""

    fund: FundFacts
    identity: Identity
    gifts: tuple[Gift, ...]
    lines: Sequence[TrialBalanceLine]
    awards: Sequence[FundAward]
    payments: Sequence[FundPayment]
    uses: FundUses


def collect_auditor_evidence(
    session: Session, programme: Programme, *, as_of: date, language: Language
) -> AuditorEvidence:
    """Collect the evidence of an auditor's report: everything in the funds that may pay for the programme.

    A fund that also pays for other programmes is shown whole, with their claims under their references: only a whole
    fund can be added up.

    Raises:
        NothingGiven: nothing had been pledged by that day.
        BooksBroken: the figures do not add up; nothing is issued.
    """
    accounts = _list_accounts(session, programme, as_of=as_of)
    if not accounts:
        raise NothingGiven(
            "Nothing had been pledged to a fund of this programme by that day.",
            record=programme.code,
            remedy="Check the programme and the day.",
        )
    fund_ids = {account.fund.id for account in accounts}
    decisions = casework.list_counted_decisions(session, programme.id, as_of=as_of)
    payments = [payment for account in accounts for payment in account.payments]
    funds = tuple(_audited_fund(account) for account in accounts)
    identity = tuple(account.identity for account in accounts)
    exceptions = [
        *_payment_exceptions(accounts, payouts.list_once_unknown(session, fund_ids, as_of=as_of)),
        *casework.list_bank_exceptions(session, fund_ids, as_of=as_of),
        *casework.list_case_exceptions(session, programme.id, decisions, as_of=as_of),
    ]
    evidence = AuditorEvidence(
        language=language,
        as_of=as_of,
        programme=_programme_part(programme),
        rule_sets=tuple(casework.list_rule_sets(session, programme.id, as_of=as_of)),
        funds=funds,
        identity=identity,
        claims=casework.count_claims(session, programme.id, len(decisions), as_of=as_of),
        outcomes=tuple(casework.count_outcomes(decisions)),
        criteria=tuple(casework.count_criteria(session, decisions)),
        refusals=tuple(casework.list_refusals(decisions)),
        missing_facts=tuple(casework.count_missing_facts(decisions)),
        grounds=tuple(list_grounds(session, [award for account in accounts for award in account.awards])),
        duties=tuple(casework.count_duties(session, programme.id, as_of=as_of)),
        least_officers=casework.find_least_officers(session, _paid_claims(payments), as_of=as_of),
        batches=tuple(casework.list_batches(session, fund_ids, as_of=as_of)),
        exceptions=tuple(exceptions),
        sums=tuple(state_auditor_sums(funds, identity)),
        visible=tuple(list_auditor_figures(identity, Texts(language))),
    )
    check_sums(evidence)
    return evidence


def collect_donor_evidence(
    session: Session, programme: Programme, donor: Donor, *, as_of: date, language: Language
) -> DonorEvidence:
    """Collect the evidence of a donor's report: the funds of the programme that the donor gave to.

    Raises:
        NothingGiven: the donor had pledged nothing to them by that day.
        BooksBroken: the figures do not add up; nothing is issued.
    """
    accounts = [
        account
        for account in _list_accounts(session, programme, as_of=as_of)
        if any(gift.donor == donor.code for gift in account.gifts)
    ]
    if not accounts:
        raise NothingGiven(
            "The donor has pledged nothing to a fund of this programme by that day.",
            record=donor.code,
            remedy="Check the donor, the programme and the day.",
        )
    decisions = casework.list_counted_decisions(session, programme.id, as_of=as_of)
    claims = casework.count_claims(session, programme.id, len(decisions), as_of=as_of)
    payments = [payment for account in accounts for payment in account.payments]
    funds = tuple(_donor_fund(account, donor.code) for account in accounts)
    identity = tuple(account.identity for account in accounts)
    totals = total_by_currency(funds, identity)
    batches = [
        batch
        for batch in casework.list_batches(session, {account.fund.id for account in accounts}, as_of=as_of)
        if batch.approvers
    ]
    evidence = DonorEvidence(
        language=language,
        as_of=as_of,
        programme=_programme_part(programme),
        donor=DonorPart(code=donor.code, title=donor.title, kind=donor.kind),
        rule_sets=tuple(casework.list_rule_sets(session, programme.id, as_of=as_of)),
        funds=funds,
        identity=identity,
        totals=totals,
        recipients_paid=disclose_count(len(_paid_parties(payments))),
        outcomes=_disclosed_outcomes(decisions, claims.registered),
        controls=Controls(
            batches_approved=len(batches),
            least_approvers=min((batch.approvers for batch in batches), default=None),
            least_officers=casework.find_least_officers(session, _paid_claims(payments), as_of=as_of),
        ),
        sums=tuple(state_donor_sums(funds, identity, totals)),
        visible=tuple(list_donor_figures(identity, totals, Texts(language))),
    )
    check_sums(evidence)
    return evidence


def _list_accounts(session: Session, programme: Programme, *, as_of: date) -> list[_Account]:
    funds = books.list_funds_of_programme(session, programme.id)
    fund_ids = [fund.id for fund in funds]
    gifts = books.list_gifts(session, fund_ids, as_of=as_of)
    lines = books.list_accounts(session, as_of=as_of)
    moved = sum_movements(session, as_of=as_of)
    cleared = sum_cleared(session, as_of=as_of)
    awards: defaultdict[tuple[str, str], list[FundAward]] = defaultdict(list)
    for award in payouts.list_awards(session, fund_ids, as_of=as_of):
        awards[award.fund_id, award.currency].append(award)
    payments: defaultdict[tuple[str, str], list[FundPayment]] = defaultdict(list)
    for payment in payouts.list_payments(session, fund_ids, as_of=as_of):
        payments[payment.fund_id, payment.currency].append(payment)
    return [
        _Account(
            fund=fund,
            identity=books.compute_identity(
                book,
                lines.get(book, ()),
                moved.get(book, Moved()),
                paid_minor=sum(payment.row.paid_minor for payment in payments[fund.id, book[1]]),
                cleared=cleared[fund.id, book[1]],
            ),
            gifts=tuple(gifts.get(book, ())),
            lines=lines.get(book, ()),
            awards=awards[fund.id, book[1]],
            payments=payments[fund.id, book[1]],
            uses=trace_uses(
                session,
                fund.id,
                book[1],
                as_of=as_of,
                awards=awards[fund.id, book[1]],
                payments=payments[fund.id, book[1]],
            ),
        )
        for fund, book in _books(funds, gifts, lines)
    ]


def _books(
    funds: Sequence[FundFacts], gifts: dict[Book, list[Gift]], lines: dict[Book, list[TrialBalanceLine]]
) -> list[tuple[FundFacts, Book]]:
    known = sorted(gifts.keys() | lines.keys())
    return [(fund, book) for fund in funds for book in known if book[0] == fund.code]


def _programme_part(programme: Programme) -> ProgrammePart:
    return ProgrammePart(
        code=programme.code, title=programme.title, authority=programme.authority, currency=programme.currency
    )


def _audited_fund(account: _Account) -> AuditedFund:
    return AuditedFund(
        code=account.fund.code,
        title=account.fund.title,
        currency=account.identity.currency,
        forms=account.fund.forms,
        gifts=account.gifts,
        trial_balance=tuple(
            AccountRow(
                account=line.code,
                kind=line.kind,
                debit_minor=line.debits.amount_minor,
                credit_minor=line.credits.amount_minor,
                balance_minor=line.debits.amount_minor - line.credits.amount_minor,
            )
            for line in account.lines
        ),
        awards=tuple(award.row for award in account.awards),
        payments=tuple(
            payment.row.model_copy(update={"sources": account.uses.list_sources(payment)})
            for payment in account.payments
        ),
        payments_minor=sum(payment.row.amount_minor for payment in account.payments),
        receipts=account.uses.receipts,
        uses=account.uses.uses,
    )


def _donor_fund(account: _Account, donor_code: str) -> DonorFund:
    own = tuple(gift for gift in account.gifts if gift.donor == donor_code)
    return DonorFund(
        code=account.fund.code,
        title=account.fund.title,
        currency=account.identity.currency,
        forms=account.fund.forms,
        gifts=own,
        others_received_minor=sum(gift.received_minor for gift in account.gifts if gift.donor != donor_code),
        recipients_paid=disclose_count(len(_paid_parties(account.payments))),
        spending=tuple(
            Spending(
                forms=shown.forms,
                awarded_minor=shown.awarded_minor,
                recipients=shown.people,
                paid_minor=shown.paid_minor,
                owed_minor=shown.owed_minor,
            )
            for shown in disclose_forms(_form_figures(account))
        ),
        receipts=_gift_uses(account, donor_code),
    )


def _gift_uses(account: _Account, donor_code: str) -> tuple[GiftUse, ...]:
    """What each receipt of a donor paid for, as far as it may be told."""
    own = [row for row in account.uses.receipts if row.donor == donor_code]
    single = {award.row.subject for award in account.awards if award.row.form == "individual"}
    figures = []
    for row in own:
        uses = [use for use in account.uses.uses if use.receipt == row.receipt and use.subject in single]
        figures.append(
            GiftFigures(
                awards_minor=row.awards_minor,
                paid_minor=sum(use.paid_minor for use in account.uses.uses if use.receipt == row.receipt),
                unspent_minor=row.unspent_minor,
                people=len(uses),
                people_paid=sum(use.paid_minor >= use.awarded_minor for use in uses),
            )
        )
    sole_giver = len(own) == len(account.uses.receipts)
    return tuple(
        GiftUse(
            pledge=row.pledge,
            receipt=row.receipt,
            received_on=row.received_on,
            amount_minor=row.amount_minor,
            given_back_minor=row.given_back_minor,
            awards_minor=shown.awards_minor,
            paid_minor=shown.paid_minor,
            recipients=shown.people,
            costs_minor=row.costs_minor,
            moved_minor=row.moved_minor,
            exchanged_minor=row.exchanged_minor,
            unspent_minor=shown.unspent_minor,
        )
        for row, shown in zip(own, disclose_gifts(figures, sole_giver=sole_giver), strict=True)
    )


def _form_figures(account: _Account) -> list[FormFigures]:
    """The exact figures of each form of award, for `disclosure` to decide on."""
    paid: defaultdict[str, int] = defaultdict(int)
    for payment in account.payments:
        paid[payment.award_id] += payment.row.paid_minor
    figures = []
    for form in sorted({award.row.form for award in account.awards}):
        own = [award for award in account.awards if award.row.form == form]
        single = form == "individual"
        whole = sum(paid[award.award_id] >= award.row.amount_minor for award in own)
        figures.append(
            FormFigures(
                forms=(form,),
                awarded_minor=sum(award.row.amount_minor for award in own),
                paid_minor=sum(paid[award.award_id] for award in own),
                people=len(own) if single else None,
                people_paid=whole if single else None,
            )
        )
    return figures


def _disclosed_outcomes(decisions: Sequence[CountedDecision], registered: int) -> Outcomes:
    def count(*outcomes: str) -> int | None:
        return disclose_count(sum(decision.outcome in outcomes for decision in decisions))

    return Outcomes(
        registered=disclose_count(registered),
        eligible=count("eligible", BY_SUCCESSION),
        not_eligible=count("not_eligible"),
        asked=count("ask"),
    )


def _paid_parties(payments: Sequence[FundPayment]) -> set[str]:
    return {payment.payee_party_id for payment in payments if payment.row.paid_minor > 0}


def _paid_claims(payments: Sequence[FundPayment]) -> set[str]:
    return {payment.claim_id for payment in payments if payment.row.paid_minor > 0}


def _payment_exceptions(accounts: Sequence[_Account], once_unknown: Collection[str]) -> list[ExceptionRow]:
    """The payments that did not go straight: by the state they are in, or because their outcome was once unknown."""
    rows = [
        ExceptionRow(
            kind=kind,
            reference=payment.row.reference,
            fund=account.fund.code,
            on=payment.row.state_on,
            note=payment.row.subject,
        )
        for account in accounts
        for payment in account.payments
        for kind in _kinds_of(payment, once_unknown)
    ]
    return sorted(rows, key=lambda row: (row.kind, row.fund or "", row.reference))


def _kinds_of(payment: FundPayment, once_unknown: Collection[str]) -> list[str]:
    kinds = [payment.row.state] if payment.row.state in EXCEPTIONAL else []
    if payment.row.reference in once_unknown and payment.row.state != "unknown":
        kinds.append("was_unknown")
    return kinds
