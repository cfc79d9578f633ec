"""The statements as tables: columns with a kind, and rows that are made as they are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto

from sqlmodel import Session, col, select

from reparations.ledger.models import KINDS, AccountCode, AwardForm, Fund, FundForm, FundRestriction
from reparations.ledger.queries.lines import list_ageing, list_donor_gifts, stream_general_ledger
from reparations.ledger.queries.movements import Book, sum_movements
from reparations.ledger.rules.statements import (
    Item,
    Moved,
    Restriction,
    StatementKind,
    list_activities,
    list_cash_flow,
    list_identity,
    list_position,
)
from reparations.money import Money, Total

Cell = str | date | int | Money | None
Row = tuple[Cell, ...]
ALL_FUNDS = "*"
"""Stands for a fund's code in the rows that add funds together."""


class CellKind(Enum):
    """What stands in a column."""

    TEXT = auto()
    CODE = auto()
    """A word of ours, which a report translates."""
    DAY = auto()
    COUNT = auto()
    MONEY = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a statement."""

    name: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class Scope:
    """What a statement is about.  Days are the days on which things occurred, both included."""

    as_of: date
    since: date | None = None
    """Where the period begins; None for the beginning of the books."""
    fund_id: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement.  Its rows are made as they are read, once, within the session it was made in."""

    kind: StatementKind
    scope: Scope
    columns: tuple[Column, ...]
    rows: Iterator[Row]


_FUND = (Column("fund", CellKind.TEXT), Column("currency", CellKind.TEXT))
_ITEMS = (
    *_FUND,
    Column("restriction", CellKind.CODE),
    Column("section", CellKind.CODE),
    Column("item", CellKind.CODE),
    Column("amount", CellKind.MONEY),
)
COLUMNS: dict[StatementKind, tuple[Column, ...]] = {
    StatementKind.TRIAL_BALANCE: (
        *_FUND,
        Column("account", CellKind.CODE),
        Column("kind", CellKind.CODE),
        *(Column(name, CellKind.MONEY) for name in ("opening", "debits", "credits", "closing")),
    ),
    StatementKind.GENERAL_LEDGER: (
        *_FUND,
        Column("account", CellKind.CODE),
        Column("occurred_on", CellKind.DAY),
        Column("transfer"),
        Column("entry"),
        Column("against", CellKind.CODE),
        *(Column(name, CellKind.MONEY) for name in ("debit", "credit", "balance")),
    ),
    StatementKind.FINANCIAL_POSITION: _ITEMS,
    StatementKind.ACTIVITIES: _ITEMS,
    StatementKind.CASH_FLOW: _ITEMS,
    StatementKind.IDENTITY: _ITEMS,
    StatementKind.DONOR: (
        Column("donor"),
        *_FUND,
        Column("pledge"),
        Column("pledged_on", CellKind.DAY),
        Column("contribution"),
        Column("received_on", CellKind.DAY),
        *(Column(name, CellKind.MONEY) for name in ("pledged", "reduced", "received", "open", "unspent")),
        Column("age", CellKind.CODE),
        Column("usable_until", CellKind.DAY),
    ),
    StatementKind.AGEING: (
        Column("what", CellKind.CODE),
        *_FUND,
        Column("reference"),
        Column("counted_from", CellKind.DAY),
        Column("days", CellKind.COUNT),
        Column("age", CellKind.CODE),
        Column("amount", CellKind.MONEY),
    ),
}
"""The columns of each statement; `docs/ledger.md` explains them."""


def get_statement(session: Session, kind: StatementKind, scope: Scope, *, donor_id: str | None = None) -> Statement:
    """Make a statement of one fund, or of all, in one currency or in each, by fund and currency.

    Args:
        session: a consistent view (`Database.reading`); the rows are read from it.
        kind: which statement.
        scope: of which fund, currency and days.
        donor_id: of a donor's statement, only this donor.
    """
    rows: Iterator[Row]
    match kind:
        case StatementKind.TRIAL_BALANCE:
            rows = _trial_balance_rows(*_before_and_during(session, scope))
        case StatementKind.GENERAL_LEDGER:
            rows = stream_general_ledger(
                session, since=scope.since, as_of=scope.as_of, fund_id=scope.fund_id, currency=scope.currency
            )
        case StatementKind.DONOR:
            rows = list_donor_gifts(
                session, as_of=scope.as_of, donor_id=donor_id, fund_id=scope.fund_id, currency=scope.currency
            )
        case StatementKind.AGEING:
            rows = list_ageing(session, as_of=scope.as_of, fund_id=scope.fund_id, currency=scope.currency)
        case _:
            rows = _item_rows(session, kind, scope)
    return Statement(kind, scope, COLUMNS[kind], rows)


def list_restrictions(session: Session) -> dict[str, Restriction]:
    """Say of each fund, by its code, whether its money is restricted: in any way, or none."""
    forms: defaultdict[str, set[str]] = defaultdict(set)
    for fund_id, form in session.exec(select(FundForm.fund_id, FundForm.form)):
        forms[fund_id].add(form)
    restricted = set(session.exec(select(FundRestriction.fund_id)))
    return {
        fund.code: Restriction.RESTRICTED
        if fund.programme_id is not None or fund.id in restricted or forms[fund.id] != set(AwardForm)
        else Restriction.UNRESTRICTED
        for fund in session.exec(select(Fund).order_by(col(Fund.code)))
    }


def _before_and_during(session: Session, scope: Scope) -> tuple[dict[Book, Moved], dict[Book, Moved]]:
    """What moved before the period and in it, for each book that has moved by its end."""
    during = sum_movements(
        session, since=scope.since, as_of=scope.as_of, fund_id=scope.fund_id, currency=scope.currency
    )
    before: dict[Book, Moved] = {}
    if scope.since is not None and scope.since > date.min:
        day_before = scope.since - timedelta(days=1)
        before = sum_movements(session, as_of=day_before, fund_id=scope.fund_id, currency=scope.currency)
    books = sorted(before.keys() | during.keys())
    return {book: before.get(book, Moved()) for book in books}, {book: during.get(book, Moved()) for book in books}


def _trial_balance_rows(before: dict[Book, Moved], during: dict[Book, Moved]) -> Iterator[Row]:
    for book, moved in during.items():
        for code, kind in KINDS.items():
            if code == AccountCode.UNCOMMITTED:
                continue
            opening, debits, credits_ = before[book].balance(code), moved.debits(code), moved.credits(code)
            if opening or debits or credits_:
                amounts = (opening, debits, credits_, opening + debits - credits_)
                yield (*book, code.value, kind.value, *(Total(amount, book[1]) for amount in amounts))


_MAKERS: dict[StatementKind, Callable[[Moved, Moved], list[Item]]] = {
    StatementKind.FINANCIAL_POSITION: lambda before, during: list_position(before + during),
    StatementKind.ACTIVITIES: list_activities,
    StatementKind.CASH_FLOW: list_cash_flow,
    StatementKind.IDENTITY: lambda before, during: list_identity(before + during),
}


def _item_rows(session: Session, kind: StatementKind, scope: Scope) -> Iterator[Row]:
    """Rows of every fund, then of all restricted, of all unrestricted and of all funds of each currency."""
    before, during = _before_and_during(session, scope)
    restrictions = list_restrictions(session)
    make = _MAKERS[kind]
    sums: defaultdict[tuple[str, str], list[list[Item]]] = defaultdict(list)
    for book in during:
        fund, currency = book
        items = make(before[book], during[book])
        restriction = restrictions[fund].value
        for group in (restriction, "total"):
            sums[currency, group].append(items)
        yield from _shown(fund, currency, restriction, items)
    for currency, group in sorted(sums):
        yield from _shown(ALL_FUNDS, currency, group, _added(sums[currency, group]))


def _shown(fund: str, currency: str, restriction: str, items: Sequence[Item]) -> Iterator[Row]:
    for item in items:
        yield fund, currency, restriction, item.section, item.item, Total(item.amount_minor, currency)


def _added(funds: Sequence[Sequence[Item]]) -> list[Item]:
    """Add the same lines of several funds; a line that only some have keeps its place."""
    sums: dict[tuple[str, str], int] = {}
    for items in sorted(funds, key=len, reverse=True):
        for item in items:
            sums[item.section, item.item] = sums.get((item.section, item.item), 0) + item.amount_minor
    return [Item(section, name, amount) for (section, name), amount in sums.items()]
