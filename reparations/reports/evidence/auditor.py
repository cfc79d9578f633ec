"""The evidence of an auditor's report: the donor's figures and, under pseudonyms, every row beneath them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from reparations.reports.evidence.parts import (
    FundPart,
    Identity,
    Part,
    ProgrammePart,
    RuleSetPart,
    Sum,
    gift_sums,
    identity_sums,
    list_identity_figures,
)
from reparations.reports.texts import Texts
from reparations.reports.texts.language import Language


class AccountRow(Part):
    """A line of a fund's trial balance; `balance_minor` is debits less credits."""

    account: str
    kind: str
    debit_minor: int
    credit_minor: int
    balance_minor: int


class AwardRow(Part):
    """What one award takes from this fund.  `subject` is a claim's reference, or a collective award's code."""

    subject: str
    form: str
    title: str
    amount_minor: int


class SourceRow(Part):
    """So much of a payment came from one receipt; donor, pledge and receipt are empty for other income of the fund."""

    donor: str
    pledge: str
    receipt: str
    amount_minor: int


class PaymentRow(Part):
    """One attempt to put an instalment into somebody's hands.

    Exactly one of `reserved`, `in_flight`, `returned` and `paid` holds the amount, or none when the payment never
    left or was taken back; summed over a fund they are its ledger accounts.
    """

    subject: str
    """The award's claim, or the code of a collective award."""
    paid_to: str
    """The claim of the person paid: an heir's differs from the award's."""
    instalment: int
    reference: str
    batch: str
    rail: str
    state: str
    state_on: date | None
    amount_minor: int
    reserved_minor: int
    in_flight_minor: int
    returned_minor: int
    paid_minor: int
    reissue_of: str | None
    sources: tuple[SourceRow, ...] = ()
    """Which receipts it was paid from, or would be; together the amount."""


class ReceiptRow(Part):
    """A receipt and what became of it: amount = given back + awards + costs + moved + exchanged + unspent."""

    donor: str
    pledge: str
    receipt: str
    received_on: date
    amount_minor: int
    given_back_minor: int
    awards_minor: int
    """Committed to awards, paid or not."""
    costs_minor: int
    """Fees and costs."""
    moved_minor: int
    """Given to other funds."""
    exchanged_minor: int
    """Sold for another currency."""
    unspent_minor: int


class UseRow(Part):
    """What an award took from one receipt, and what of that has arrived; of other income the first three are empty."""

    donor: str
    pledge: str
    receipt: str
    subject: str
    """The award's claim, or the code of a collective award."""
    awarded_minor: int
    paid_minor: int


class GroundsRow(Part):
    """What an individual award was decided on.

    The commitments prove a document or a fact later, and only with the key of the person it is about: two
    installations never make the same ones.
    """

    subject: str
    outcome: str
    departs: bool
    """Decided otherwise than the rules found."""
    rules: str
    """Name and version of the rule set; its hash is under `rule_sets`, or here where it is another programme's."""
    ast_sha256: str
    criteria_met: tuple[str, ...]
    facts_revision: int
    facts_commitment: str
    evidence_commitments: tuple[str, ...]


class AuditedFund(FundPart):
    """A fund with everything booked in it."""

    trial_balance: tuple[AccountRow, ...]
    awards: tuple[AwardRow, ...]
    payments: tuple[PaymentRow, ...]
    payments_minor: int
    """All amounts of `payments`, whatever became of them; also all amounts of their sources."""
    receipts: tuple[ReceiptRow, ...]
    uses: tuple[UseRow, ...]


class CriterionRow(Part):
    """How often a criterion was met, not met, or not yet known, over the assessments behind confirmed decisions."""

    rules: str
    """Name and version of the rule set."""
    code: str
    title: str
    citation: str
    met: int
    not_met: int
    unknown: int


class OutcomeRow(Part):
    """How many confirmed decisions had this outcome."""

    outcome: str
    count: int


class RefusalRow(Part):
    """A refusal with its grounds and the way to appeal."""

    claim: str
    criteria: tuple[str, ...]
    departs: bool
    appeal_body: str | None
    appeal_until: date | None


class MissingFactRow(Part):
    """How many claimants were asked for this fact."""

    fact: str
    count: int


class Claims(Part):
    """The claims of the programme by state, and the pairs that looked like one person."""

    registered: int
    open: int
    closed_duplicate: int
    withdrawn: int
    undecided: int
    pairs_open: int
    pairs_same: int
    pairs_different: int


class DutyRow(Part):
    """A duty, how many different officers held it, and on how many claims."""

    duty: str
    officers: int
    claims: int


class BatchRow(Part):
    """A batch and by how many different officers it was approved."""

    reference: str
    status: str
    currency: str
    count: int
    total_minor: int
    approvers: int


class ExceptionRow(Part):
    """Something that did not go straight: a payment reference or a claim, and what happened."""

    kind: str
    reference: str
    fund: str | None
    on: date | None
    note: str | None


class AuditorEvidence(Part):
    """Everything an auditor's report prints or attaches."""

    schema_name: Literal["reparations/auditor-report/3"] = Field(default="reparations/auditor-report/3", alias="schema")
    language: Language
    as_of: date
    programme: ProgrammePart
    rule_sets: tuple[RuleSetPart, ...]
    funds: tuple[AuditedFund, ...]
    identity: tuple[Identity, ...]
    claims: Claims
    outcomes: tuple[OutcomeRow, ...]
    criteria: tuple[CriterionRow, ...]
    refusals: tuple[RefusalRow, ...]
    missing_facts: tuple[MissingFactRow, ...]
    grounds: tuple[GroundsRow, ...]
    duties: tuple[DutyRow, ...]
    least_officers: int | None
    """The smallest number of different officers who acted on any claim that was paid."""
    batches: tuple[BatchRow, ...]
    exceptions: tuple[ExceptionRow, ...]
    sums: tuple[Sum, ...]
    visible: tuple[str, ...]


def state_auditor_sums(funds: tuple[AuditedFund, ...], identity: tuple[Identity, ...]) -> list[Sum]:
    """State every sum of the report; `funds` and `identity` are in the same order."""
    sums = identity_sums(identity) + gift_sums(funds)
    for index, fund in enumerate(funds):
        here, books = f"/funds/{index}", f"/identity/{index}"
        sums += [
            Sum(total=f"{books}/received_minor", parts=(f"{here}/gifts/*/received_minor",)),
            Sum(total=f"{books}/awarded_minor", parts=(f"{here}/awards/*/amount_minor",)),
            # What was on its way, had come back or was owed when the books were opened is no payment of these books.
            Sum(total=f"{books}/paid_minor", parts=(f"{here}/payments/*/paid_minor", f"{books}/opening_paid_minor")),
            Sum(
                total=f"{books}/in_flight_minor",
                parts=(f"{here}/payments/*/in_flight_minor", f"{books}/opening_in_flight_minor"),
            ),
            Sum(
                total=f"{books}/returned_minor",
                parts=(f"{here}/payments/*/returned_minor", f"{books}/opening_returned_minor"),
            ),
            Sum(total=f"{books}/reserved_minor", parts=(f"{here}/payments/*/reserved_minor",)),
        ]
        sums += _use_sums(here, books, len(fund.receipts))
        sums += [
            Sum(
                total=f"{here}/trial_balance/{number}/debit_minor",
                parts=(f"{here}/trial_balance/{number}/credit_minor", f"{here}/trial_balance/{number}/balance_minor"),
            )
            for number in range(len(fund.trial_balance))
        ]
    return sums


def _use_sums(here: str, books: str, receipts: int) -> list[Sum]:
    """State that receipts, what they were used for and the books say the same."""
    parts = ("given_back", "awards", "costs", "moved", "exchanged", "unspent")
    return [
        Sum(total=f"{here}/payments_minor", parts=(f"{here}/payments/*/amount_minor",)),
        Sum(total=f"{here}/payments_minor", parts=(f"{here}/payments/*/sources/*/amount_minor",)),
        Sum(total=f"{books}/received_minor", parts=(f"{here}/receipts/*/amount_minor",)),
        Sum(total=f"{books}/refunds_minor", parts=(f"{here}/receipts/*/given_back_minor",)),
        Sum(total=f"{books}/awarded_minor", parts=(f"{here}/uses/*/awarded_minor", f"{books}/set_off_minor")),
        Sum(total=f"{books}/paid_minor", parts=(f"{here}/uses/*/paid_minor", f"{books}/opening_paid_minor")),
        *(
            Sum(
                total=f"{here}/receipts/{number}/amount_minor",
                parts=tuple(f"{here}/receipts/{number}/{name}_minor" for name in parts),
            )
            for number in range(receipts)
        ),
    ]


def list_auditor_figures(identity: tuple[Identity, ...], texts: Texts) -> list[str]:
    """The amounts a reader must be able to find on the pages, as they are printed."""
    return sorted(set(list_identity_figures(identity, texts)))
