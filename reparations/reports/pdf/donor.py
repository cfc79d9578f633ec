"""The donor's report: short, plain, and exact to the cent."""

from __future__ import annotations

from reparations.reports.evidence.donor import DonorEvidence, DonorFund, Spending, Total
from reparations.reports.evidence.parts import Identity
from reparations.reports.pdf import sections
from reparations.reports.pdf.attachments import list_attachments
from reparations.reports.pdf.markup import Markup, join, tag
from reparations.reports.pdf.sections import Column, LogPosition
from reparations.reports.texts import Texts

NOT_SHOWN = "\N{EN DASH}"


def title(evidence: DonorEvidence, texts: Texts) -> str:
    """The document's title."""
    return texts.say("donor.title", donor=evidence.donor.title, day=texts.day(evidence.as_of))


def body(evidence: DonorEvidence, log: LogPosition, texts: Texts) -> Markup:
    """The whole report."""
    files = [(file.name, texts.say(file.description_key)) for file in list_attachments(evidence)]
    parts = (
        ("donor.given_heading", _given(evidence, texts)),
        ("donor.books_heading", _books(evidence, texts)),
        ("donor.spent_heading", _spent(evidence, texts)),
        ("donor.decided_heading", _decided(evidence, texts)),
        ("check.heading", sections.checking_section(log, files, texts)),
        ("words.heading", _words(texts)),
    )
    return join(
        (
            _cover(evidence, [texts.say(key) for key, _ in parts], texts),
            *(sections.section(number, texts.say(key), content) for number, (key, content) in enumerate(parts, 1)),
        )
    )


def _cover(evidence: DonorEvidence, headings: list[str], texts: Texts) -> Markup:
    leads = [
        sections.strong_paragraph(
            texts.raw("donor.lead"),
            class_="lead",
            given=texts.amount(total.given_minor, total.currency),
            paid=texts.amount(total.paid_minor, total.currency),
        )
        for total in evidence.totals
    ]
    leads.append(
        sections.strong_paragraph(
            texts.raw("donor.reached"), class_="lead", people=texts.people(evidence.recipients_paid)
        )
    )
    bars = [
        tag("div", sections.fund_heading(fund, name="p"), sections.money_bar(identity, texts), class_="fund")
        for fund, identity in zip(evidence.funds, evidence.identity, strict=True)
    ]
    return tag(
        "header",
        tag("p", evidence.programme.title, class_="kicker"),
        tag("h1", texts.say("donor.heading", donor=evidence.donor.title)),
        tag("p", texts.say("cover.as_of", day=texts.day(evidence.as_of)), class_="as-of"),
        *leads,
        *(_tiles(total, texts) for total in evidence.totals),
        *bars,
        sections.contents(headings, texts),
        class_="cover",
    )


def _tiles(total: Total, texts: Texts) -> Markup:
    tiles = (
        ("given", total.given_minor),
        ("paid", total.paid_minor),
        ("held", total.held_minor),
        ("costs", total.costs_minor),
    )
    return tag(
        "ul",
        *(
            tag(
                "li",
                tag("span", texts.say(f"tile.{name}"), class_="name"),
                tag("strong", texts.amount(amount, total.currency)),
                tag("span", texts.say(f"tile.{name}_note"), class_="note"),
                class_=f"tile {name}",
            )
            for name, amount in tiles
        ),
        class_="tiles",
    )


def _given(evidence: DonorEvidence, texts: Texts) -> Markup:
    columns = [
        Column(texts.say("column.fund")),
        Column(texts.say("column.may_pay_for")),
        Column(texts.say("column.pledged_on")),
        Column(texts.say("column.pledged"), figures=True),
        Column(texts.say("column.received"), figures=True),
    ]
    rows, citations = [], []
    for fund in evidence.funds:
        for gift in fund.gifts:
            rows.append(
                [
                    fund.title,
                    _forms(fund.forms, texts),
                    texts.day(gift.pledged_on),
                    texts.amount(gift.pledged_minor, fund.currency),
                    texts.amount(gift.received_minor, fund.currency),
                ]
            )
            receipts = "; ".join(
                texts.say(
                    "donor.receipt",
                    amount=texts.amount(receipt.amount_minor, fund.currency),
                    day=texts.day(receipt.received_on),
                    source=texts.word("source", receipt.source),
                )
                for receipt in gift.receipts
            )
            citations.append(
                texts.say("donor.citation", fund=fund.code, citation=gift.citation, receipts=receipts or NOT_SHOWN)
            )
    return join(
        (
            sections.paragraph(texts.say("donor.given_text")),
            sections.table(texts.say("caption.given"), columns, rows),
            tag("ul", *(tag("li", citation) for citation in dict.fromkeys(citations)), class_="notes"),
        )
    )


def _forms(forms: tuple[str, ...], texts: Texts) -> str:
    return texts.say("list.and").join(texts.word("form", form) for form in forms)


def _books(evidence: DonorEvidence, texts: Texts) -> Markup:
    return join(
        (
            sections.paragraph(texts.say("donor.books_text")),
            *(
                tag(
                    "div",
                    sections.fund_heading(fund),
                    _shared(fund, identity, texts),
                    sections.identity_table(identity, texts),
                    class_="books",
                )
                for fund, identity in zip(evidence.funds, evidence.identity, strict=True)
            ),
        )
    )


def _shared(fund: DonorFund, identity: Identity, texts: Texts) -> Markup | None:
    if not fund.others_received_minor:
        return None
    return sections.paragraph(
        texts.say(
            "donor.shared",
            own=texts.amount(sum(gift.received_minor for gift in fund.gifts), identity.currency),
            others=texts.amount(fund.others_received_minor, identity.currency),
        )
    )


def _spent(evidence: DonorEvidence, texts: Texts) -> Markup:
    columns = [
        Column(texts.say("column.fund")),
        Column(texts.say("column.form")),
        Column(texts.say("column.awarded_to"), figures=True),
        Column(texts.say("column.awarded"), figures=True),
        Column(texts.say("column.paid"), figures=True),
        Column(texts.say("column.owed"), figures=True),
    ]
    rows = [_spending_row(fund, row, texts) for fund in evidence.funds for row in fund.spending]
    tables = sections.table(texts.say("caption.spent"), columns, rows) if rows else None
    return join(
        (
            sections.paragraph(texts.say("donor.spent_text" if rows else "donor.spent_nothing")),
            tables,
            *(_receipts(fund, texts) for fund in evidence.funds),
            tag(
                "div",
                tag("h3", texts.say("donor.privacy_heading")),
                sections.paragraph(texts.say("donor.privacy")),
                class_="box",
            ),
        )
    )


def _receipts(fund: DonorFund, texts: Texts) -> Markup | None:
    """What each of the donor's own receipts paid for."""
    if not fund.receipts:
        return None

    def shown(amount: int | None) -> str:
        return NOT_SHOWN if amount is None else texts.figures(amount, fund.currency)

    names = ("received", "given_back", "awarded", "paid", "costs", "elsewhere", "unspent")
    columns = [Column(texts.say("column.receipt")), *(Column(texts.say(f"column.{n}"), figures=True) for n in names)]
    rows = [
        [
            f"{row.receipt} ({row.received_on.isoformat()})",
            *(
                shown(amount)
                for amount in (
                    row.amount_minor,
                    row.given_back_minor,
                    row.awards_minor,
                    row.paid_minor,
                    row.costs_minor,
                    row.moved_minor + row.exchanged_minor,
                    row.unspent_minor,
                )
            ),
        ]
        for row in fund.receipts
    ]
    return join(
        (
            sections.table(texts.say("caption.own_receipts", fund=fund.code, currency=fund.currency), columns, rows),
            sections.paragraph(texts.say("donor.own_receipts")),
        )
    )


def _spending_row(fund: DonorFund, row: Spending, texts: Texts) -> list[str]:
    def shown(amount: int | None) -> str:
        return NOT_SHOWN if amount is None else texts.figures(amount, fund.currency)

    people = texts.say("people.community") if row.forms == ("collective",) else texts.people(row.recipients)
    return [
        fund.code,
        _forms(row.forms, texts),
        people,
        texts.amount(row.awarded_minor, fund.currency),
        shown(row.paid_minor),
        shown(row.owed_minor),
    ]


def _decided(evidence: DonorEvidence, texts: Texts) -> Markup:
    outcomes, controls = evidence.outcomes, evidence.controls
    rows = [
        [texts.say(f"outcome.{name}"), texts.people(count)]
        for name, count in (
            ("registered", outcomes.registered),
            ("eligible", outcomes.eligible),
            ("not_eligible", outcomes.not_eligible),
            ("ask", outcomes.asked),
        )
    ]
    columns = [Column(texts.say("column.outcome")), Column(texts.say("column.claimants"), figures=True)]
    steps = [texts.say(f"decided.step_{step}") for step in range(1, 5)]
    if controls.least_officers is not None:
        steps.append(texts.say("decided.officers", count=controls.least_officers))
    return join(
        (
            sections.paragraph(texts.say("decided.text", authority=evidence.programme.authority)),
            tag("ol", *(tag("li", step) for step in steps), class_="steps"),
            sections.rules_section(evidence.rule_sets, texts),
            sections.table(texts.say("caption.outcomes"), columns, rows, class_="narrow"),
        )
    )


def _words(texts: Texts) -> Markup:
    words = ("award", "reserved", "in_flight", "returned", "owed", "individual", "collective")
    return tag(
        "dl",
        *(join((tag("dt", texts.say(f"words.{word}")), tag("dd", texts.say(f"words.{word}_is")))) for word in words),
        class_="words",
    )
