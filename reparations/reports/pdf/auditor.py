"""The auditor's report: the same figures as the donors', and every pseudonymous row beneath them."""

from __future__ import annotations

from datetime import date

from reparations.reports.evidence.auditor import AuditedFund, AuditorEvidence, AwardRow, PaymentRow
from reparations.reports.evidence.parts import Identity
from reparations.reports.pdf import casework, sections
from reparations.reports.pdf.attachments import list_attachments
from reparations.reports.pdf.markup import Markup, join, tag
from reparations.reports.pdf.sections import Column, LogPosition
from reparations.reports.texts import Texts

SHOWN_ROWS = 600
"""Rows of a list printed in full; beyond it the report shows the first ones and says where all of them are."""


def title(evidence: AuditorEvidence, texts: Texts) -> str:
    """The document's title."""
    return texts.say("auditor.title", programme=evidence.programme.title, day=texts.day(evidence.as_of))


def body(evidence: AuditorEvidence, log: LogPosition, texts: Texts) -> Markup:
    """The whole report."""
    files = [(file.name, texts.say(file.description_key)) for file in list_attachments(evidence)]
    parts = (
        ("auditor.books_heading", _books(evidence, texts)),
        ("auditor.gifts_heading", _gifts(evidence, texts)),
        ("auditor.decisions_heading", casework.decisions(evidence, texts)),
        ("auditor.refusals_heading", casework.refusals(evidence, texts, limit=SHOWN_ROWS)),
        ("auditor.duties_heading", casework.duties(evidence, texts)),
        ("auditor.exceptions_heading", casework.exceptions(evidence, texts, limit=SHOWN_ROWS)),
        ("auditor.trace_heading", _trace(evidence, texts)),
        ("check.heading", sections.checking_section(log, files, texts)),
    )
    return join(
        (
            _cover(evidence, [texts.say(key) for key, _ in parts], texts),
            *(sections.section(number, texts.say(key), content) for number, (key, content) in enumerate(parts, 1)),
        )
    )


def _cover(evidence: AuditorEvidence, headings: list[str], texts: Texts) -> Markup:
    bars = [
        tag("div", sections.fund_heading(fund, name="p"), sections.money_bar(identity, texts), class_="fund")
        for fund, identity in zip(evidence.funds, evidence.identity, strict=True)
    ]
    columns = [
        Column(texts.say("column.fund")),
        *(
            Column(texts.say(f"column.{name}"), figures=True)
            for name in ("received", "awarded", "paid", "on_the_way", "balance")
        ),
    ]
    return tag(
        "header",
        tag("p", evidence.programme.title, class_="kicker"),
        tag("h1", texts.say("auditor.heading")),
        tag("p", texts.say("cover.as_of", day=texts.day(evidence.as_of)), class_="as-of"),
        sections.paragraph(texts.say("auditor.lead"), class_="lead"),
        sections.paragraph(texts.say("auditor.pseudonyms")),
        sections.table(
            texts.say("caption.summary"), columns, [_summary_row(identity, texts) for identity in evidence.identity]
        ),
        *bars,
        sections.contents(headings, texts),
        class_="cover",
    )


def _summary_row(identity: Identity, texts: Texts) -> list[str]:
    amounts = (
        identity.accounted_minor,
        identity.awarded_minor,
        identity.paid_minor,
        identity.in_flight_minor + identity.returned_minor,
        identity.balance_minor,
    )
    return [
        f"{identity.fund} ({identity.currency})",
        *(texts.figures(amount, identity.currency) for amount in amounts),
    ]


def _books(evidence: AuditorEvidence, texts: Texts) -> Markup:
    return join(
        (
            sections.paragraph(texts.say("donor.books_text")),
            *(
                join(
                    (
                        tag(
                            "div",
                            sections.fund_heading(fund),
                            sections.identity_table(identity, texts),
                            class_="books",
                        ),
                        _trial_balance(fund, texts),
                    )
                )
                for fund, identity in zip(evidence.funds, evidence.identity, strict=True)
            ),
        )
    )


def _trial_balance(fund: AuditedFund, texts: Texts) -> Markup:
    columns = [
        Column(texts.say("column.account")),
        Column(texts.say("column.kind")),
        Column(texts.say("column.debits"), figures=True),
        Column(texts.say("column.credits"), figures=True),
        Column(texts.say("column.difference"), figures=True),
    ]
    rows = [
        [
            texts.word("account", row.account),
            texts.word("kind", row.kind),
            *(texts.figures(n, fund.currency) for n in (row.debit_minor, row.credit_minor, row.balance_minor)),
        ]
        for row in fund.trial_balance
    ]
    totals = [
        texts.figures(sum(getattr(row, name) for row in fund.trial_balance), fund.currency)
        for name in ("debit_minor", "credit_minor", "balance_minor")
    ]
    return sections.table(
        texts.say("caption.trial_balance", fund=fund.code, currency=fund.currency),
        columns,
        rows,
        foot=[texts.say("column.total"), "", *totals],
    )


def _gifts(evidence: AuditorEvidence, texts: Texts) -> Markup:
    columns = [
        Column(texts.say("column.donor")),
        Column(texts.say("column.fund")),
        Column(texts.say("column.pledged_on")),
        Column(texts.say("column.pledged"), figures=True),
        Column(texts.say("column.received"), figures=True),
        Column(texts.say("column.receipts")),
    ]
    rows = []
    for fund in evidence.funds:
        for gift in fund.gifts:
            receipts = "; ".join(
                texts.say(
                    "auditor.receipt",
                    amount=texts.figures(receipt.amount_minor, fund.currency),
                    day=texts.day(receipt.received_on),
                    source=texts.word("source", receipt.source),
                )
                for receipt in gift.receipts
            )
            rows.append(
                [
                    gift.donor,
                    fund.code,
                    texts.day(gift.pledged_on),
                    texts.amount(gift.pledged_minor, fund.currency),
                    texts.amount(gift.received_minor, fund.currency),
                    receipts,
                ]
            )
    notes = [
        tag(
            "li",
            texts.say(
                "auditor.fund_pays_for",
                fund=fund.code,
                forms=texts.say("list.and").join(texts.word("form", f) for f in fund.forms),
            ),
        )
        for fund in evidence.funds
    ]
    citations = dict.fromkeys(f"{gift.donor}: {gift.citation}" for fund in evidence.funds for gift in fund.gifts)
    return join(
        (
            sections.table(texts.say("caption.gifts"), columns, rows),
            tag("ul", *notes, *(tag("li", citation) for citation in citations), class_="notes"),
        )
    )


def _trace(evidence: AuditorEvidence, texts: Texts) -> Markup:
    return join(
        (
            sections.paragraph(texts.say("auditor.trace_text")),
            *(
                _fund_trace(fund, identity, texts)
                for fund, identity in zip(evidence.funds, evidence.identity, strict=True)
            ),
        )
    )


def _fund_trace(fund: AuditedFund, identity: Identity, texts: Texts) -> Markup:
    columns = [
        Column(texts.say("column.subject"), width="20%"),
        Column(texts.say("column.awarded"), figures=True, width="11%"),
        Column(texts.say("column.payment"), width="24%"),
        Column(texts.say("column.amount"), figures=True, width="10%"),
        Column(texts.say("column.rail"), width="13%"),
        Column(texts.say("column.state"), width="11%"),
        Column(texts.say("column.on"), width="11%"),
    ]
    payments: dict[str, list[PaymentRow]] = {}
    for payment in fund.payments:
        payments.setdefault(payment.subject, []).append(payment)
    rows = [
        cells
        for award in fund.awards
        for cells in _trace_rows(award, payments.get(award.subject, []), fund.currency, texts)
    ]
    names = dict.fromkeys(gift.donor for gift in fund.gifts)
    donors = texts.say("list.and").join(names) or texts.say("word.nobody")
    return join(
        (
            sections.fund_heading(fund),
            sections.paragraph(
                texts.say("auditor.given_by", donors=donors or texts.say("word.nobody")), class_="given"
            ),
            sections.table(
                texts.say("caption.trace", fund=fund.code, currency=fund.currency),
                columns,
                rows[:SHOWN_ROWS],
                class_="trace",
            )
            if rows
            else sections.paragraph(texts.say("auditor.no_awards")),
            _receipts(fund, texts),
            casework.shortened(len(rows), SHOWN_ROWS, "trace.csv", texts),
            _opened(identity, texts),
        )
    )


def _receipts(fund: AuditedFund, texts: Texts) -> Markup | None:
    """What became of each receipt; the attached files name the awards and payments one by one."""
    if not fund.receipts:
        return None
    names = ("received", "given_back", "awarded", "paid", "costs", "elsewhere", "unspent")
    columns = [Column(texts.say("column.receipt")), *(Column(texts.say(f"column.{n}"), figures=True) for n in names)]
    paid: dict[str, int] = {}
    for use in fund.uses:
        paid[use.receipt] = paid.get(use.receipt, 0) + use.paid_minor
    rows = []
    for row in fund.receipts:
        amounts = (
            row.amount_minor,
            row.given_back_minor,
            row.awards_minor,
            paid.get(row.receipt, 0),
            row.costs_minor,
            row.moved_minor + row.exchanged_minor,
            row.unspent_minor,
        )
        name = f"{row.donor}, {row.pledge}, {row.receipt}"
        rows.append([name, *(texts.figures(amount, fund.currency) for amount in amounts)])
    return join(
        (
            sections.table(
                texts.say("caption.receipts", fund=fund.code, currency=fund.currency), columns, rows[:SHOWN_ROWS]
            ),
            casework.shortened(len(rows), SHOWN_ROWS, "receipts.csv", texts),
        )
    )


def _opened(identity: Identity, texts: Texts) -> Markup | None:
    """Say what of the money brought over is on its way, has come back or arrived: no row above can show it."""
    amounts = (identity.opening_in_flight_minor, identity.opening_returned_minor, identity.opening_paid_minor)
    if not any(amounts):
        return None
    on_its_way, returned, paid = (texts.amount(amount, identity.currency) for amount in amounts)
    return sections.paragraph(texts.say("auditor.opened", in_flight=on_its_way, returned=returned, paid=paid))


def _trace_rows(award: AwardRow, payments: list[PaymentRow], currency: str, texts: Texts) -> list[list[str]]:
    subject = f"{award.subject} {award.title}".strip()
    awarded = texts.figures(award.amount_minor, currency)
    if not payments:
        return [[subject, awarded, "", "", "", texts.say("state.none"), ""]]
    rows = []
    for number, payment in enumerate(payments):
        name = payment.reference
        if payment.reissue_of is not None:
            name = texts.say("auditor.reissue_of", payment=payment.reference, earlier=payment.reissue_of)
        heir = f"\N{RIGHTWARDS ARROW} {payment.paid_to}" if payment.paid_to != award.subject else ""
        rows.append(
            [
                subject if number == 0 else heir or award.subject,
                awarded if number == 0 else "",
                name if number or not heir else f"{name} {heir}",
                texts.figures(payment.amount_minor, currency),
                texts.word("rail", payment.rail),
                texts.word("state", payment.state),
                _day(payment.state_on),
            ]
        )
    return rows


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
