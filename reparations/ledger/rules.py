"""What is true of the books and how awards find their funds.  Pure: values in, a value or an error out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from reparations.ledger.errors import EntryMalformed, IdentityBroken, PledgeExceeded, UnknownMovement
from reparations.ledger.models import AccountCode
from reparations.ledger.postings import MOVEMENTS, NewTransfer
from reparations.money import MAX_AMOUNT_MINOR, Money

MAX_TRANSFERS_PER_ENTRY = 10_000
"""A longer deed is posted in chunks, each with an entry id of its own: measured to cost nothing, and other clients wait
for 14 ms instead of 48."""

MAX_ID_CHARACTERS = 200


# ── entries ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_entry(entry_id: str, transfers: Sequence[NewTransfer]) -> None:
    """Refuse an entry that the database would refuse too, with a better message.

    Raises:
        EntryMalformed: no transfer, too many, an id twice, an id that is not plain text, or an amount not positive.
        UnknownMovement: a pair of accounts that no deed moves money between.
    """
    if not 1 <= len(transfers) <= MAX_TRANSFERS_PER_ENTRY:
        raise EntryMalformed(
            f"An entry has 1 to {MAX_TRANSFERS_PER_ENTRY:,} transfers; this one has {len(transfers):,}.",
            record=entry_id,
            remedy="Post a long deed in chunks, each with its own entry id.",
        )
    if len({transfer.id for transfer in transfers}) != len(transfers):
        raise EntryMalformed("Two transfers of the entry have the same id.", record=entry_id)
    for name in (entry_id, *(transfer.id for transfer in transfers)):
        if not (0 < len(name) <= MAX_ID_CHARACTERS and name.isascii() and name.isprintable()):
            raise EntryMalformed(
                f"An id in the books is 1 to {MAX_ID_CHARACTERS} plain characters, made from the deed it names."
            )
    for transfer in transfers:
        if not 0 < transfer.amount_minor <= MAX_AMOUNT_MINOR:
            raise EntryMalformed("A transfer moves a positive amount.", record=transfer.id)
        debit_credit = (transfer.debit, transfer.credit)
        if transfer.reverses_id is not None:
            debit_credit = debit_credit[::-1]
        if debit_credit not in MOVEMENTS:
            raise UnknownMovement(
                f"No deed debits {transfer.debit} and credits {transfer.credit}.",
                record=transfer.id,
                remedy="Use the deeds in reparations.ledger.postings; docs/ledger.md lists them.",
            )


def compute_content_sha256(transfer: NewTransfer, *, entry_id: str, occurred_on: date) -> bytes:
    """Hash what a transfer says, so that the same id with other content is known for a mistake.

    The hashed text is one line a field, in this order; no field can hold a line break.
    """
    text = (
        f"ledger-transfer-v1\n{transfer.id}\n{entry_id}\n{transfer.fund_id}\n{transfer.currency}\n{transfer.debit}\n"
        f"{transfer.credit}\n{transfer.amount_minor}\n{occurred_on.isoformat()}\n{transfer.reverses_id or ''}\n"
    ).encode()
    return sha256(text).digest()


def compute_entry_digest(transfers: Iterable[tuple[str, bytes, str]]) -> bytes:
    """Hash a whole entry, for the event log.

    Args:
        transfers: id, content hash and `iso_instant` of the recording, of each transfer, in any order.
    """
    digest = sha256(b"ledger-entry-v1\n")
    for transfer_id, content_sha256, recorded_at in sorted(transfers):
        digest.update(f"{transfer_id}\n{content_sha256.hex()}\n{recorded_at}\n".encode())
    return digest.digest()


# ── pledges ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_gift(amount: Money) -> None:
    """Refuse a pledge or a receipt of nothing.

    Raises:
        EntryMalformed: `amount` is not positive.
    """
    if amount.amount_minor <= 0:
        raise EntryMalformed("A pledge or a receipt is of more than nothing.", field="amount")


def check_receivable(reference: str, *, pledged: Money, received: Money, amount: Money) -> None:
    """Refuse a receipt that would take a pledge above what was pledged.

    Raises:
        PledgeExceeded: `received` and `amount` together are more than `pledged`.
        CurrencyMismatch: the money came in another currency than was pledged.
    """
    open_amount = pledged - received
    if open_amount < amount:
        raise PledgeExceeded(
            f"{open_amount} of the pledge is still open; {amount} cannot be received against it.",
            field="amount",
            record=reference,
            remedy="Record a further pledge for the rest, with the donor's letter as its citation.",
        )


# ── the identity ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a fund's money of one currency is.  Every figure is positive where the world is in order.

    ``contributions = paid + in_transit + returned + fees + reserved + bank``: what came in is either with the payees or
    still accounted for.  `paid` is counted from the transfers, everything else read from the balances, so that the two
    sides are not the same sum twice.
    """

    fund_id: str
    currency: str
    contributions: Money
    paid: Money
    """Settled and not returned."""
    in_transit: Money
    returned: Money
    fees: Money
    reserved: Money
    bank: Money
    awards: Money
    awards_payable: Money
    uncommitted: Money
    pledges: Money
    pledges_receivable: Money

    @property
    def accounted_for(self) -> Money:
        """The right side of the identity."""
        return self.paid + self.in_transit + self.returned + self.fees + self.reserved + self.bank

    @property
    def faults(self) -> dict[str, Money]:
        """By how much each statement fails, by its name; empty where the books are right."""
        uncommitted = self.contributions - self.awards - self.fees
        statements = {
            "contributions = paid + in_transit + returned + fees + reserved + bank": (
                self.contributions,
                self.accounted_for,
            ),
            "awards = paid + awards_payable": (self.awards, self.paid + self.awards_payable),
            "uncommitted = contributions - awards - fees": (self.uncommitted, uncommitted),
            "pledges = pledges_receivable": (self.pledges, self.pledges_receivable),
        }
        return {statement: left - right for statement, (left, right) in statements.items() if left != right}


def check_identity(identity: Identity) -> None:
    """Refuse books that do not add up.

    Raises:
        IdentityBroken: naming each statement that fails, and by how much.
    """
    if faults := identity.faults:
        raise IdentityBroken(
            "The books do not add up: "
            + "; ".join(f"{statement} fails by {difference}" for statement, difference in faults.items())
            + ".",
            record=identity.fund_id,
            remedy="Run `reparations ledger verify`: it names the record that was changed.",
        )


# ── which fund pays for which award ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Need:
    """An award that wants money."""

    key: str
    """The award's id or reference."""
    form: str
    amount: Money


@dataclass(frozen=True, slots=True)
class FundAvailability:
    """What a fund may still award, and on what."""

    fund_id: str
    code: str
    forms: frozenset[str]
    programme_only: bool
    """Whether the fund may pay for this one programme only."""
    available: Money


@dataclass(frozen=True, slots=True)
class FundShare:
    """What one fund pays of one award."""

    key: str
    form: str
    fund_id: str
    fund_code: str
    amount: Money
    passed_over: tuple[str, ...]
    """Codes of the more restricted funds of this form that had nothing left; why it is this fund."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Which fund pays for which award, and what no fund can pay for."""

    shares: tuple[FundShare, ...]
    unfunded: Mapping[str, Money]
    """What is missing of an award, by its key; empty if everything is funded."""

    def explain(self) -> list[str]:
        """Say it in sentences, one for each share and one for each award with something missing."""
        return [
            f"{share.key}: {share.amount} from {share.fund_code}, "
            + (
                f"because {', '.join(share.passed_over)} had nothing left"
                if share.passed_over
                else f"the most restricted fund for {share.form} awards"
            )
            for share in self.shares
        ] + [f"{key}: {missing} is not funded" for key, missing in self.unfunded.items()]


def allocate_most_restricted_first(needs: Sequence[Need], availability: Sequence[FundAvailability]) -> Allocation:
    """Find the money for awards, spending what is most tied first, so that free money stays free longest.

    Of the funds that may pay for an award's form, the one with the fewest forms goes first, a fund of this programme
    before a general one, then by code.  An award is taken whole from the first that has money; only where a fund runs
    out in the middle of an award does the next one pay the rest.  The same input gives the same result, in any order of
    `availability`; the order of `needs` is the order in which awards are served.

    Raises:
        CurrencyMismatch: a need and a fund are in different currencies.
    """
    ranked = sorted(availability, key=lambda fund: (len(fund.forms), not fund.programme_only, fund.code))
    left = {fund.fund_id: fund.available for fund in ranked}
    shares: list[FundShare] = []
    unfunded: dict[str, Money] = {}
    for need in needs:
        missing = need.amount
        passed_over: list[str] = []
        for fund in ranked:
            if need.form not in fund.forms:
                continue
            taken = min(missing, left[fund.fund_id])
            if taken.amount_minor > 0:
                shares.append(
                    FundShare(need.key, need.form, fund.fund_id, fund.code, taken, passed_over=tuple(passed_over))
                )
                left[fund.fund_id] -= taken
                missing -= taken
            if missing.amount_minor == 0:
                break
            passed_over.append(fund.code)
        if missing.amount_minor:
            unfunded[need.key] = missing
    return Allocation(tuple(shares), unfunded)


# ── reading balances ─────────────────────────────────────────────────────────────────────────────────────────────────

_CREDIT_SIDE = frozenset({AccountCode.PLEDGES, AccountCode.CONTRIBUTIONS, AccountCode.AWARDS_PAYABLE})


COVERED = frozenset({AccountCode.CONTRIBUTIONS, AccountCode.AWARDS, AccountCode.FEES})
"""The accounts that `uncommitted` follows, with the sign turned: what was received less what was awarded and spent."""


def normal_balance(code: AccountCode, amount_minor: int) -> int:
    """Turn debits less credits into the figure an accountant reads: positive on the account's normal side."""
    return -amount_minor if code in _CREDIT_SIDE else amount_minor
