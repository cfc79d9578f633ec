"""Evidence made by hand: the Katanga programme as published, its claims and payments invented."""

from __future__ import annotations

from datetime import date
from typing import Any

from reparations.reports.evidence import auditor, donor, parts
from reparations.reports.pdf.sections import LogPosition
from reparations.reports.texts import Texts
from reparations.reports.texts.language import Language

AS_OF = date(2031, 5, 1)
LOG = LogPosition(origin="example.org/reparations", size=4211, root="7f" * 32)
AUTHORITY = "ICC-01/04-01/07-3728, Order for Reparations pursuant to Article 75 of the Statute, 24 March 2017"

PROGRAMME = parts.ProgrammePart(
    code="KATANGA",
    title="The Prosecutor v. Germain Katanga: reparations for the attack on Bogoro",
    authority=AUTHORITY,
    currency="USD",
)
RULES = parts.RuleSetPart(
    scheme="katanga-bogoro",
    version=1,
    title="Reparations for the attack on Bogoro of 24 February 2003",
    status="illustrative",
    citation=AUTHORITY,
    in_force_from=date(2017, 3, 24),
    ast_sha256="3b1f6a0c" * 8,
    file_sha256="c4d5e6f7" * 8,
)


def make_gift(code: str, minor: int) -> parts.Gift:
    received = date(2017, 10, 26)
    return parts.Gift(
        donor=code,
        pledged_on=date(2017, 6, 1),
        citation="Restated in USD from the published gift in euros",
        pledged_minor=minor,
        received_minor=minor,
        receipts=(parts.Receipt(received_on=received, source="voluntary", amount_minor=minor),),
    )


def make_identity(fund: str = "KAT-INDIVIDUAL", **changes: object) -> parts.Identity:
    """280 awards of 250, of which 276 paid, two on their way, one returned, one set aside."""
    figures: dict[str, Any] = {
        "fund": fund,
        "currency": "USD",
        "pledged_open_minor": 0,
        "received_minor": 7_000_000,
        "interest_minor": 0,
        "opening_minor": 0,
        "opening_in_flight_minor": 0,
        "opening_returned_minor": 0,
        "opening_paid_minor": 0,
        "exchange_minor": 0,
        "interfund_minor": 0,
        "paid_back_minor": 0,
        "accounted_minor": 7_000_000,
        "paid_minor": 6_900_000,
        "in_flight_minor": 50_000,
        "returned_minor": 25_000,
        "fees_minor": 0,
        "costs_minor": 0,
        "refunds_minor": 0,
        "balance_minor": 25_000,
        "bank_minor": 0,
        "reserved_minor": 25_000,
        "awarded_minor": 7_000_000,
        "opening_owed_minor": 0,
        "set_off_minor": 0,
        "owed_minor": 100_000,
    }
    figures |= changes
    figures.setdefault("due_minor", figures["awarded_minor"] + figures["opening_owed_minor"])
    return parts.Identity(**figures)


def make_gift_use(minor: int, **changes: object) -> donor.GiftUse:
    """A receipt all of which is awarded, and nothing paid."""
    values: dict[str, Any] = {
        "pledge": "LETTER-1",
        "receipt": f"ADVICE-{minor}",
        "received_on": date(2017, 10, 26),
        "amount_minor": minor,
        "given_back_minor": 0,
        "awards_minor": minor,
        "paid_minor": 0,
        "recipients": None,
        "costs_minor": 0,
        "moved_minor": 0,
        "exchanged_minor": 0,
        "unspent_minor": 0,
    }
    return donor.GiftUse(**(values | changes))


def make_donor_evidence(language: Language = Language.ENGLISH, **changes: object) -> donor.DonorEvidence:
    """The report to DONOR-A, who gave to two funds alone."""
    funds, identity = _donor_funds(), _donor_identity()
    totals = donor.total_by_currency(funds, identity)
    values: dict[str, Any] = {
        "language": language,
        "as_of": AS_OF,
        "programme": PROGRAMME,
        "donor": donor.DonorPart(code="DONOR-A", title="Kingdom of Exampleland", kind="state"),
        "rule_sets": (RULES,),
        "funds": funds,
        "identity": identity,
        "totals": totals,
        "recipients_paid": 275,
        "outcomes": donor.Outcomes(registered=330, eligible=295, not_eligible=15, asked=None),
        "controls": donor.Controls(batches_approved=2, least_approvers=2, least_officers=6),
        "sums": tuple(donor.state_donor_sums(funds, identity, totals)),
        "visible": tuple(donor.list_donor_figures(identity, totals, Texts(language))),
    }
    return donor.DonorEvidence(**(values | changes))


def _donor_funds() -> tuple[donor.DonorFund, ...]:
    return (
        donor.DonorFund(
            code="KAT-INDIVIDUAL",
            title="Individual awards, Katanga",
            currency="USD",
            forms=("individual",),
            gifts=(make_gift("DONOR-A", 7_000_000),),
            others_received_minor=0,
            recipients_paid=275,
            spending=(
                donor.Spending(
                    forms=("individual",),
                    awarded_minor=7_000_000,
                    recipients=280,
                    paid_minor=6_900_000,
                    owed_minor=100_000,
                ),
            ),
            receipts=(make_gift_use(7_000_000, paid_minor=6_900_000, recipients=280),),
        ),
        donor.DonorFund(
            code="KAT-COLLECTIVE",
            title="Collective awards, Katanga",
            currency="USD",
            forms=("collective",),
            gifts=(make_gift("DONOR-A", 13_000_000),),
            others_received_minor=0,
            recipients_paid=None,
            spending=(
                donor.Spending(
                    forms=("collective",),
                    awarded_minor=13_000_000,
                    recipients=None,
                    paid_minor=0,
                    owed_minor=13_000_000,
                ),
            ),
            receipts=(make_gift_use(13_000_000),),
        ),
    )


def _donor_identity() -> tuple[parts.Identity, ...]:
    return (
        make_identity(),
        make_identity(
            "KAT-COLLECTIVE",
            received_minor=13_000_000,
            accounted_minor=13_000_000,
            paid_minor=0,
            in_flight_minor=0,
            returned_minor=0,
            balance_minor=13_000_000,
            bank_minor=13_000_000,
            reserved_minor=0,
            awarded_minor=13_000_000,
            owed_minor=13_000_000,
        ),
    )


def make_payment_row(number: int, **changes: object) -> auditor.PaymentRow:
    claim = f"KATANGA-{number:04d}"
    values: dict[str, Any] = {
        "subject": claim,
        "paid_to": claim,
        "instalment": 1,
        "reference": f"R{number:015d}",
        "batch": "KATANGA-B001",
        "rail": "stripe" if number % 3 == 0 else "bank_file",
        "state": "paid",
        "state_on": date(2031, 4, 20),
        "amount_minor": 25_000,
        "reserved_minor": 0,
        "in_flight_minor": 0,
        "returned_minor": 0,
        "paid_minor": 25_000,
        "reissue_of": None,
    }
    values |= changes
    values.setdefault("sources", (auditor.SourceRow(**_RECEIPT, amount_minor=values["amount_minor"]),))
    return auditor.PaymentRow(**values)


_RECEIPT = {"donor": "DONOR-A", "pledge": "LETTER-1", "receipt": "ADVICE-1"}


def _uses(awards: tuple[auditor.AwardRow, ...], payments: list[auditor.PaymentRow]) -> tuple[auditor.UseRow, ...]:
    """Every award was made from the one receipt there is."""
    return tuple(
        auditor.UseRow(
            **_RECEIPT,
            subject=award.subject,
            awarded_minor=award.amount_minor,
            paid_minor=sum(payment.paid_minor for payment in payments if payment.subject == award.subject),
        )
        for award in awards
    )


def _individual_payments(count: int) -> list[auditor.PaymentRow]:
    payments = [make_payment_row(n) for n in range(1, count + 1) if n != 2]
    payments[0] = make_payment_row(1, state="reissued", paid_minor=0)
    payments[4:6] = [
        make_payment_row(6, state="unknown", paid_minor=0, in_flight_minor=25_000),
        make_payment_row(7, state="returned", paid_minor=0, returned_minor=25_000),
    ]
    payments.append(
        make_payment_row(1, reference="R900000000000001", batch="KATANGA-B002", reissue_of="R000000000000001")
    )
    for heir in (331, 332):
        halves = {"amount_minor": 12_500, "paid_minor": 12_500, "instalment": heir - 330}
        payments.append(make_payment_row(heir, subject="KATANGA-0002", paid_to=f"KATANGA-{heir:04d}", **halves))
    return payments


def _individual_fund(count: int) -> tuple[auditor.AuditedFund, parts.Identity]:
    awards = tuple(
        auditor.AwardRow(subject=f"KATANGA-{n:04d}", form="individual", title="", amount_minor=25_000)
        for n in range(1, count + 1)
    )
    payments = _individual_payments(count)
    total = count * 25_000
    accounts = (
        ("bank", "asset", total, total, 0),
        ("reserved", "asset", total + 25_000, total + 25_000, 0),
        ("in_transit", "asset", total + 25_000, total, 25_000),
        ("returned", "asset", 50_000, 25_000, 25_000),
        ("contributions", "income", 0, total, -total),
        ("awards", "expense", total, 0, total),
        ("awards_payable", "liability", total, total + 50_000, -50_000),
    )
    fund = auditor.AuditedFund(
        code="KAT-INDIVIDUAL",
        title="Individual awards, Katanga",
        currency="USD",
        forms=("individual",),
        gifts=(make_gift("DONOR-A", total),),
        trial_balance=tuple(
            auditor.AccountRow(account=a, kind=k, debit_minor=d, credit_minor=c, balance_minor=b)
            for a, k, d, c, b in accounts
        ),
        awards=awards,
        payments=tuple(payments),
        payments_minor=sum(payment.amount_minor for payment in payments),
        receipts=(
            auditor.ReceiptRow(
                **_RECEIPT,
                received_on=date(2017, 10, 26),
                amount_minor=total,
                given_back_minor=0,
                awards_minor=total,
                costs_minor=0,
                moved_minor=0,
                exchanged_minor=0,
                unspent_minor=0,
            ),
        ),
        uses=_uses(awards, payments),
    )
    identity = make_identity(
        received_minor=total,
        accounted_minor=total,
        paid_minor=total - 50_000,
        in_flight_minor=25_000,
        returned_minor=25_000,
        balance_minor=0,
        reserved_minor=0,
        awarded_minor=total,
        owed_minor=50_000,
    )
    return fund, identity


def make_auditor_evidence(language: Language = Language.ENGLISH, *, awards: int = 280) -> auditor.AuditorEvidence:
    """One fund with an unknown, a returned, a reissued payment and two heirs."""
    fund, identity = _individual_fund(awards)
    funds, identities = (fund,), (identity,)
    return auditor.AuditorEvidence(
        language=language,
        as_of=AS_OF,
        programme=PROGRAMME,
        rule_sets=(RULES,),
        funds=funds,
        identity=identities,
        **_casework(),
        sums=tuple(auditor.state_auditor_sums(funds, identities)),
        visible=tuple(auditor.list_auditor_figures(identities, Texts(language))),
    )


def _casework() -> dict[str, Any]:
    return dict(  # noqa: C408 it reads like the call it is passed on to
        claims=auditor.Claims(
            registered=332,
            open=329,
            closed_duplicate=3,
            withdrawn=0,
            undecided=2,
            pairs_open=1,
            pairs_same=3,
            pairs_different=1,
        ),
        outcomes=(
            auditor.OutcomeRow(outcome="eligible", count=297),
            auditor.OutcomeRow(outcome="not_eligible", count=20),
            auditor.OutcomeRow(outcome="ask", count=10),
        ),
        criteria=_criteria(),
        refusals=_refusals(),
        grounds=(
            auditor.GroundsRow(
                subject="KATANGA-0001",
                outcome="eligible",
                departs=False,
                rules="katanga-bogoro 1",
                ast_sha256=RULES.ast_sha256,
                criteria_met=("date", "place", "identity"),
                facts_revision=1,
                facts_commitment="5e" * 32,
                evidence_commitments=("6f" * 32,),
            ),
        ),
        missing_facts=(auditor.MissingFactRow(fact="identity_document", count=10),),
        duties=tuple(
            auditor.DutyRow(duty=duty, officers=officers, claims=297)
            for duty, officers in (("registrar", 3), ("decider", 1), ("confirmer", 1), ("approver1", 1), ("payer", 1))
        ),
        least_officers=6,
        batches=(
            auditor.BatchRow(
                reference="KATANGA-B001",
                status="completed",
                currency="USD",
                count=281,
                total_minor=7_000_000,
                approvers=2,
            ),
        ),
        exceptions=(
            auditor.ExceptionRow(
                kind="unknown", reference="R000000000000006", fund="KAT-INDIVIDUAL", on=AS_OF, note=None
            ),
            auditor.ExceptionRow(
                kind="reissued", reference="R900000000000001", fund="KAT-INDIVIDUAL", on=AS_OF, note="R000000000000001"
            ),
        ),
    )


def _criteria() -> tuple[auditor.CriterionRow, ...]:
    return tuple(
        auditor.CriterionRow(
            rules="katanga-bogoro 1",
            code=code,
            title=title,
            citation=f"{AUTHORITY}, para. {58 + n}",
            met=300 - n,
            not_met=20,
            unknown=7 + n,
        )
        for n, (code, title) in enumerate(
            [
                ("date", "The harm was done on 24 February 2003"),
                ("place", "The harm was done in Bogoro"),
                ("identity", "The claimant's identity is established"),
            ]
        )
    )


def _refusals() -> tuple[auditor.RefusalRow, ...]:
    return tuple(
        auditor.RefusalRow(
            claim=f"KATANGA-{300 + n:04d}",
            criteria=("date",) if n % 2 else ("place", "identity"),
            departs=n == 3,
            appeal_body="Trial Chamber II",
            appeal_until=date(2031, 6, 30),
        )
        for n in range(20)
    )
