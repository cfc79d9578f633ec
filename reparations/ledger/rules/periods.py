"""What is true of a period before it is closed, and what is signed when it is.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from reparations.ledger.errors import PeriodIncoherent, PeriodMalformed, PeriodNotOver, PeriodOutOfOrder, SamePerson
from reparations.ledger.models import CEILED, FLOORED, KINDS, AccountCode, AccountKind, PeriodLength
from reparations.ledger.rules.identity import normal_balance
from reparations.money import Money, Total

_MONTHS = {PeriodLength.MONTH: 1, PeriodLength.QUARTER: 3, PeriodLength.YEAR: 12}

HELD = (AccountCode.BANK, AccountCode.RESERVED, AccountCode.IN_TRANSIT, AccountCode.RETURNED)
OWED = (AccountCode.AWARDS_PAYABLE, AccountCode.HELD_IN_TRUST)
NET_ASSETS = (*HELD, AccountCode.OVERPAYMENTS, *OWED)
"""What is held and to be recovered less what is owed.  A pledge is no asset until it is received."""


@dataclass(frozen=True, slots=True, order=True)
class TrialLine:
    """Debits and credits of one account, minor units of `currency`, from the first transfer to the last day."""

    currency: str
    code: AccountCode
    debits_minor: int
    credits_minor: int

    @property
    def balance_minor(self) -> int:
        """Debits less credits."""
        return self.debits_minor - self.credits_minor


def compute_next_start(starts_on: date, length: PeriodLength) -> date:
    """Return the first day after a period.

    Raises:
        PeriodMalformed: it does not start on the first of a month.
    """
    if starts_on.day != 1:
        raise PeriodMalformed("A period starts on the first day of a month.", field="starts_on")
    years, month = divmod(starts_on.month - 1 + _MONTHS[length], 12)
    if starts_on.year + years > date.max.year:
        raise PeriodMalformed("A period ends in a year of four digits.", field="starts_on")
    return date(starts_on.year + years, month + 1, 1)


def check_order(previous: date | None, starts_on: date | None) -> date:
    """Return the day the next period starts on: the one after the last closed day, or the one named for the first.

    Args:
        previous: first day after the last closed period; None if none is closed.
        starts_on: as asked for; may be left out where there is a previous one.

    Raises:
        PeriodOutOfOrder: it would leave a gap or overlap.
        PeriodMalformed: the first period does not say when it starts.
    """
    if previous is None:
        if starts_on is None:
            raise PeriodMalformed("The first period of a fund says on which day it starts.", field="starts_on")
        return starts_on
    if starts_on not in (None, previous):
        raise PeriodOutOfOrder(
            f"The next period of the fund starts on {previous.isoformat()}: periods follow one another without a gap.",
            field="starts_on",
        )
    return previous


def check_over(next_starts_on: date, *, today: date) -> None:
    """Refuse to close a period that is not over.

    Raises:
        PeriodNotOver: its last day is today or later.
    """
    if today < next_starts_on:
        raise PeriodNotOver(f"The period can be closed from {next_starts_on.isoformat()} on.", field="length")


def check_coherent(lines: Sequence[TrialLine]) -> None:
    """Refuse to cut the books where a deed would be cut in two.

    Money reserved or on its way is no obstacle: it is carried as such, and each transfer is whole.  But where the days
    of two deeds are crossed, so that as of the last day an account stands on its wrong side (a payment settled on the
    31st that is in the books as sent on the 1st) or more is owed than held, the identity would not hold as of that day.

    Raises:
        PeriodIncoherent: naming the account.
    """
    for currency in sorted({line.currency for line in lines}):
        balances = {line.code: line.balance_minor for line in lines if line.currency == currency}
        if sum(balances.values()):
            raise _incoherent(currency, "debits and credits", sum(balances.values()))
        for code, amount_minor in balances.items():
            kind = KINDS[code]
            if (kind in FLOORED and amount_minor < 0) or (kind in CEILED and amount_minor > 0):
                raise _incoherent(currency, code, normal_balance(code, amount_minor))
        uncommitted = sum(balances.get(code, 0) for code in (*HELD, *OWED))
        if uncommitted < 0:
            raise _incoherent(currency, AccountCode.UNCOMMITTED, uncommitted)
        if promised := balances.get(AccountCode.PLEDGES, 0) + balances.get(AccountCode.PLEDGES_RECEIVABLE, 0):
            raise _incoherent(currency, AccountCode.PLEDGES, promised)


def _incoherent(currency: str, what: str, amount_minor: int) -> PeriodIncoherent:
    return PeriodIncoherent(
        f"As of the last day {what} would stand at {Money(amount_minor, currency)}: the days of two deeds are crossed.",
        field="length",
        remedy="Reverse the deed with the wrong day and post it on the right one, or close a later period.",
    )


def check_two_persons(first: str, second: str) -> None:
    """Refuse a signature of one's own deed.

    Raises:
        SamePerson: it is the same human being, by whatever account.
    """
    if first == second:
        raise SamePerson("Whoever prepared it does not confirm it.", remedy="Another fund administrator signs.")


def write_trial_balance(lines: Iterable[TrialLine]) -> str:
    """Write a trial balance: a head, then a line ``currency TAB account TAB debits TAB credits LF`` each, in order."""
    rows = (f"{line.currency}\t{line.code}\t{line.debits_minor}\t{line.credits_minor}\n" for line in sorted(lines))
    return "".join(["reparations-trial-balance-v1\n", *rows])


def compute_trial_balance_digest(lines: Iterable[TrialLine]) -> bytes:
    """Hash a trial balance as it is written."""
    return sha256(write_trial_balance(lines).encode()).digest()


def compose_closing(said: Mapping[str, object]) -> bytes:
    """Write what the application's log key signs when a period is closed: a head, then a line ``name value`` each.

    Args:
        said: name to value, in the order in which it is written; no value holds a line break.
    """
    return "".join(["reparations-period-closing-v1\n", *(f"{name} {value}\n" for name, value in said.items())]).encode()


@dataclass(frozen=True, slots=True)
class YearEnd:
    """What a fund is worth in one currency at the end of a year, and how it came to that.

    ``opening + income - expenses + through_positions = closing``; nothing is closed (docs/ledger.md).
    """

    currency: str
    opening: Money
    """Net assets as of the closing of the year before: what is held and to be recovered, less what is owed."""
    income: Money
    expenses: Money
    through_positions: Money
    """From other funds, from other currencies and from the books before these, less what went there."""
    closing: Money


def compute_year_end(currency: str, before: Sequence[TrialLine], after: Sequence[TrialLine]) -> YearEnd:
    """Carry net assets forward over a year, from the closed trial balances at its two ends, in one currency."""
    then, now = (
        {line.code: line.balance_minor for line in lines if line.currency == currency} for lines in (before, after)
    )

    def moved(kind: AccountKind) -> int:
        return sum(now.get(code, 0) - then.get(code, 0) for code, its_kind in KINDS.items() if its_kind is kind)

    return YearEnd(
        currency=currency,
        opening=Total(sum(then.get(code, 0) for code in NET_ASSETS), currency),
        income=Total(-moved(AccountKind.INCOME), currency),
        expenses=Total(moved(AccountKind.EXPENSE), currency),
        through_positions=Total(-moved(AccountKind.POSITION), currency),
        closing=Total(sum(now.get(code, 0) for code in NET_ASSETS), currency),
    )
