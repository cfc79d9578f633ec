"""English."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    # ── how the language writes numbers and days ──
    "format.thousands": ",",
    "format.decimal": ".",
    "format.money": "{currency}\N{NO-BREAK SPACE}{figures}",
    "format.day": "{day}\N{NO-BREAK SPACE}{month} {year}",
    "format.first_day": "{day}\N{NO-BREAK SPACE}{month} {year}",
    "month.1": "January",
    "month.2": "February",
    "month.3": "March",
    "month.4": "April",
    "month.5": "May",
    "month.6": "June",
    "month.7": "July",
    "month.8": "August",
    "month.9": "September",
    "month.10": "October",
    "month.11": "November",
    "month.12": "December",
    "list.and": " and ",
    "list.cut": "The first {shown} of {all} rows are printed. All of them are in the attached file {file}.",
    "page.of": "Page {page} of {pages}",
    "page.footer": "{programme}, as of {day}",
    "word.nobody": "nobody",
    "cover.as_of": "The position at the end of {day}",
    "contents.heading": "In this report",
    "people.few": "fewer than 10",
    "people.about": "about {count}",
    "people.community": "the community",
    # ── the donor’s report ──
    "donor.title": "Report to {donor}, {day}",
    "donor.heading": "What your gift has done: a report to {donor}",
    "donor.lead": (
        "You have given {given}. The funds you gave to have put {paid} into the hands of those it was awarded to."
    ),
    "donor.reached": "So far they have reached {people} people and organisations.",
    "donor.given_heading": "What you gave, and what it may be used for",
    "donor.given_text": (
        "Each gift belongs to a fund, and each fund may pay only for the forms of award named here. The restriction "
        "is built into the ledger itself: a payment of another kind cannot be recorded against the fund."
    ),
    "donor.receipt": "{amount} received on {day} ({source})",
    "donor.citation": "{fund}: {citation}. {receipts}.",
    "donor.books_heading": "Where the money is",
    "donor.books_text": (
        "Every unit of money that came in is in exactly one of these places. Add up the lines between the two shaded "
        "ones, and you arrive at what was received."
    ),
    "donor.shared": (
        "You share this fund with others. {own} of it came from you and {others} from other donors. The table below "
        "shows the whole fund."
    ),
    "donor.spent_heading": "What it paid for",
    "donor.spent_text": (
        "An award is a promise with a decision behind it. The table shows what was promised from each fund, what has "
        "reached the recipients, and what is still owed to them."
    ),
    "donor.spent_nothing": "Nothing has been awarded from these funds yet.",
    "donor.privacy_heading": "Why the numbers of people are rounded",
    "donor.privacy": (
        "Survivors must never be recognised through a report. Numbers of people are rounded to the nearest five, and "
        "nothing under ten is printed. Where everybody receives the same sum, an amount can give a number away: such "
        "an amount is left out (–) or shown together with others. Totals of each fund are always exact."
    ),
    "donor.decided_heading": "How it was decided who receives",
    # ── tiles and places ──
    "tile.given": "You have given",
    "tile.given_note": "received from you",
    "tile.paid": "Paid",
    "tile.paid_note": "confirmed by the bank or provider",
    "tile.held": "Held for recipients",
    "tile.held_note": "in the bank, set aside, or on its way",
    "tile.costs": "Costs",
    "tile.costs_note": "fees and costs charged to your funds",
    "place.paid": "Paid to recipients",
    "place.in_flight": "On its way",
    "place.returned": "Returned by the bank",
    "place.costs": "Fees and costs",
    "place.reserved": "Set aside for approved payments",
    "place.bank": "In the bank",
    "chart.fund": "Where the money of fund {fund} is. {parts}.",
    "chart.empty": "The fund is empty",
    "chart.criterion": "{criterion}: met {met}, not met {not_met}, not known {unknown}.",
    # ── the identity ──
    "caption.identity": "The money of fund {fund}, in full",
    "column.books": "Money",
    "line.received": "Received from donors",
    "meaning.received": "contributions of every kind",
    "line.interest": "Interest",
    "meaning.interest": "earned on the fund’s account",
    "line.accounted_in": "Came in",
    "meaning.accounted_in": "to be found again in the lines below",
    "line.paid": "Paid to recipients",
    "meaning.paid": "the bank or the provider says it arrived",
    "line.in_flight": "On its way",
    "meaning.in_flight": "sent, not yet confirmed",
    "line.returned": "Returned, to be sent again",
    "meaning.returned": "the bank sent it back; it is still owed",
    "line.fees": "Fees",
    "meaning.fees": "charged by banks and providers",
    "line.costs": "Programme costs",
    "meaning.costs": "charged to this fund",
    "line.balance": "Balance",
    "meaning.balance": "what is left, in the two places named at the foot",
    "line.accounted_out": "Accounted for",
    "meaning.accounted_out": "equal to what came in, to the cent",
    "line.bank": "of the balance: free in the bank",
    "meaning.bank": "not yet set aside for a payment",
    "line.reserved": "of the balance: set aside",
    "meaning.reserved": "for payments that are approved and not yet sent",
    # ── columns and captions ──
    "column.fund": "Fund",
    "column.may_pay_for": "May pay for",
    "column.pledged_on": "Pledged on",
    "column.pledged": "Pledged",
    "column.received": "Received",
    "column.receipts": "Receipts",
    "column.donor": "Donor",
    "column.form": "Form of award",
    "column.awarded_to": "Awarded to",
    "column.awarded": "Awarded",
    "column.paid": "Paid",
    "column.owed": "Still owed",
    "column.on_the_way": "On its way or returned",
    "column.balance": "Balance",
    "column.outcome": "Claims",
    "column.claimants": "Claimants",
    "column.count": "Number",
    "column.account": "Account",
    "column.kind": "Kind",
    "column.debits": "Debits",
    "column.credits": "Credits",
    "column.difference": "Debits less credits",
    "column.total": "Total",
    "column.subject": "Claim or measure",
    "column.payment": "Payment",
    "column.amount": "Amount",
    "column.rail": "Sent by",
    "column.state": "State",
    "column.on": "On",
    "column.criterion": "Criterion",
    "column.share": "Share",
    "column.met": "Met",
    "column.not_met": "Not met",
    "column.unknown": "Not known",
    "column.fact": "Missing fact",
    "column.claim": "Claim",
    "column.grounds": "Grounds (criteria not met)",
    "column.appeal_to": "Appeal to",
    "column.appeal_until": "Until",
    "column.duty": "Duty",
    "column.officers": "Officers",
    "column.claims": "Claims",
    "column.batch": "Batch",
    "column.payments": "Payments",
    "column.approvers": "Approvers",
    "column.what": "What happened",
    "column.reference": "Payment or claim",
    "column.note": "Note",
    "caption.given": "Your gifts",
    "caption.spent": "Awards by fund and form",
    "caption.outcomes": "Claims in this programme",
    "caption.summary": "The funds at a glance",
    "caption.trial_balance": "Trial balance of {fund}, in {currency}",
    "caption.gifts": "Pledges and receipts",
    "caption.criteria": "Criteria, over the assessments behind confirmed decisions",
    "caption.missing": "Facts that claimants were asked for",
    "caption.refusals": "Refusals",
    "caption.duties": "Duties held on claims of this programme",
    "caption.batches": "Batches of payments",
    "caption.exceptions": "Exceptions",
    "caption.trace": "Fund {fund}: awards and their payments, in {currency}",
    # ── codes in words ──
    "form.individual": "individual awards",
    "form.collective": "collective awards",
    "source.voluntary": "voluntary",
    "source.assessed": "assessed contribution",
    "source.levy": "levy",
    "source.court_order": "by order of a court",
    "source.forfeiture": "forfeited assets",
    "state.none": "not paid yet",
    "state.draft": "in preparation",
    "state.approved": "approved",
    "state.released": "released",
    "state.dispatching": "being sent",
    "state.submitted": "sent",
    "state.rejected": "rejected",
    "state.unknown": "outcome unknown",
    "state.in_transit": "on its way",
    "state.paid": "paid",
    "state.returned": "returned",
    "state.parked": "parked",
    "state.cancelled": "cancelled",
    "state.reissued": "sent again",
    "batch.draft": "in preparation",
    "batch.submitted": "awaiting approval",
    "batch.approved": "approved",
    "batch.released": "released",
    "batch.completed": "completed",
    "batch.cancelled": "cancelled",
    "rail.bank_file": "bank file",
    "rail.stripe": "Stripe",
    "outcome.registered": "registered",
    "outcome.eligible": "found eligible",
    "outcome.eligible_by_succession": "found eligible as heirs of a claimant",
    "outcome.eligible_amount_pending": "found eligible, amount pending",
    "outcome.not_eligible": "not eligible",
    "outcome.ask": "asked for a missing fact",
    "outcome.more_information_needed": "more information needed",
    "outcome.undecided": "without a confirmed decision",
    "outcome.closed_duplicate": "closed as the same claimant twice",
    "outcome.withdrawn": "withdrawn",
    "outcome.pairs_open": "possible duplicates not yet resolved",
    "outcome.pairs_same": "pairs found to be one claimant",
    "outcome.pairs_different": "pairs found to be two claimants",
    "duty.registrar": "registered the claim",
    "duty.decider": "proposed the decision",
    "duty.confirmer": "confirmed the decision",
    "duty.approver1": "approved payment, first",
    "duty.approver2": "approved payment, second",
    "duty.payer": "released payment",
    "account.bank": "bank",
    "account.reserved": "reserved for approved payments",
    "account.in_transit": "in transit",
    "account.returned": "returned by the bank",
    "account.pledges_receivable": "pledges receivable",
    "account.contributions": "contributions",
    "account.pledges": "pledges",
    "account.awards": "awards",
    "account.awards_payable": "awards payable",
    "account.fees": "fees",
    "kind.asset": "asset",
    "kind.liability": "liability",
    "kind.income": "income",
    "kind.expense": "expense",
    "kind.clearing": "clearing",
    "exception.unknown": "outcome unknown",
    "exception.was_unknown": "outcome unknown for a time, then found out",
    "exception.parked": "parked for a human",
    "exception.rejected": "rejected",
    "exception.returned": "returned by the bank",
    "exception.reissued": "sent again after a return",
    "exception.cancelled": "cancelled",
    "exception.statement_entry": "bank entry put aside",
    "exception.departure": "decision departs from the rules’ finding",
    "exception.duplicate_open": "possible duplicate, open",
    # ── decisions ──
    "decided.text": "The programme acts under this authority: {authority}.",
    "decided.step_1": "A caseworker registers the claim and records each fact with how well it is proved.",
    "decided.step_2": (
        "The published rules are applied to those facts. A missing fact never means no: the claimant is asked for it."
    ),
    "decided.step_3": (
        "An officer proposes a decision with its reasons and another confirms it. A refusal names the criteria and "
        "the way to appeal."
    ),
    "decided.step_4": (
        "Two further officers approve each batch of payments and another releases it. No officer may do two of "
        "these things on one claim; the database itself refuses it."
    ),
    "decided.officers": "At least {count} different officers acted on every claim that has been paid.",
    "rules.status.illustrative": "illustrative: not yet compared with the primary text",
    "rules.status.in_force": "in force",
    "rules.version": "Rules",
    "rules.in_force": "In force from",
    "rules.hash": "Fingerprint (SHA-256)",
    # ── the auditor’s report ──
    "auditor.title": "Auditor’s report: {programme}, {day}",
    "auditor.heading": "Auditor’s report",
    "auditor.lead": (
        "This report follows each unit of money from a donor’s pledge to a recipient, and states the conservation of "
        "money for each fund. Every figure comes from the attached evidence and can be recomputed without us."
    ),
    "auditor.pseudonyms": (
        "Claims and payments appear under their references only. Officers are counted, not named. Names and other "
        "personal data are not part of this file."
    ),
    "auditor.books_heading": "The books of each fund",
    "auditor.gifts_heading": "Pledges, receipts and restrictions",
    "auditor.fund_pays_for": "{fund} may pay for {forms}.",
    "auditor.decisions_heading": "Decisions and the rules behind them",
    "auditor.refusals_heading": "Refusals",
    "auditor.refusals_text": (
        "The codes name the criteria in the table above, each with its citation. A decision that departs from what the "
        "rules found is marked."
    ),
    "auditor.receipt": "{amount} on {day} ({source})",
    "auditor.criteria_note": (
        "A criterion of another way of claiming is not asked of a claimant; it counts here as not known. One way is "
        "enough to be eligible."
    ),
    "auditor.no_refusals": "No claim has been refused.",
    "auditor.departs": "departs from the rules’ finding",
    "auditor.duties_heading": "Separation of duties",
    "auditor.duties_text": (
        "Each officer may hold one duty on a claim. The figures count different human beings, whatever accounts they "
        "used."
    ),
    "auditor.exceptions_heading": "What did not go straight",
    "auditor.no_exceptions": "There is nothing to report.",
    "auditor.trace_heading": "From pledge to payment",
    "auditor.trace_text": (
        "For each fund: who gave to it, what was awarded from it, and every payment made or attempted. An arrow names "
        "the claim of an heir who is paid in the place of a claimant who has died."
    ),
    "auditor.given_by": "Given by {donors}.",
    "auditor.no_awards": "Nothing has been awarded from this fund yet.",
    "auditor.reissue_of": "{payment} (again for {earlier})",
    # ── checking ──
    "check.heading": "How to check this report yourself",
    "check.why": (
        "You need not trust us, this file, or the way it reached you. A small free program that shares no code with "
        "our system checks it on any computer, without the internet:"
    ),
    "check.command": "reparations-verify report FILE.pdf --policy policy.txt",
    "check.step_1": "It recomputes every total in this report from the figures attached to it.",
    "check.step_2": "It checks that the pages show those totals and that not one byte was changed after issue.",
    "check.step_3": "It checks that the issue of this very file stands in our event log, under the log’s signature.",
    "check.step_4": (
        "The policy file holds the log’s public key. Take it from a source other than this report, for example from "
        "the body that supervises the programme, and keep it."
    ),
    "check.files_heading": "Files attached to this PDF",
    "check.log_heading": "The log when these figures were taken",
    "check.log": (
        "The event log {origin} held {size} events. Anyone who keeps this page can later hold us to its root hash; "
        "nothing before that point can be altered without the hash changing:"
    ),
    "file.evidence": "every figure of this report, for programs",
    "file.proof": "the proof that this report is in the log",
    "file.funds": "the books of each fund",
    "file.gifts": "pledges and receipts",
    "file.trace": "each payment with its award, fund and donors",
    "file.awards": "what each award takes from each fund",
    "file.payments": "every payment, its state and its day",
    "file.trial-balance": "the accounts of each fund",
    "file.refusals": "refusals with their grounds",
    "file.exceptions": "what did not go straight",
    # ── words ──
    "words.heading": "Words used",
    "words.award": "Award",
    "words.award_is": "What a person or a community is owed, after a decision that another officer confirmed.",
    "words.reserved": "Set aside",
    "words.reserved_is": "Taken out of the free balance for payments that two officers have approved.",
    "words.in_flight": "On its way",
    "words.in_flight_is": "Handed to the bank or the payment provider, which has not yet said that it arrived.",
    "words.returned": "Returned",
    "words.returned_is": (
        "Sent back by the bank, for example because an account was closed. It is still owed and will be sent again."
    ),
    "words.owed": "Still owed",
    "words.owed_is": "Awarded and not yet in the recipient’s hands, wherever the money is at the moment.",
    "words.individual": "Individual award",
    "words.individual_is": "A sum paid to one person or one organisation that was harmed.",
    "words.collective": "Collective award",
    "words.collective_is": "Housing, schooling, care and the like for the community that was harmed.",
}
