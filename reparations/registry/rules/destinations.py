"""Accounts money can be sent to: checked by their own check digits before anybody approves a payment.

Source:
    ISO 13616-1:2020 (IBAN), ISO 7064 mod 97-10; ISO 9362:2022 (BIC).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reparations.registry.errors import InvalidDestination
from reparations.registry.models import Rail
from reparations.registry.rules.values import NewDestination
from reparations.vault import normalise_digits

MAX_HOLDER = 70
"""What a bank file has room for."""

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_ACCOUNT = re.compile(r"[A-Z0-9]{4,34}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_STRIPE = re.compile(r"acct_[A-Za-z0-9_]{4,60}")


@dataclass(frozen=True, slots=True)
class Destination:
    """A checked account."""

    rail: Rail
    details: dict[str, str]
    """Bank: account_holder, account, account_kind (``iban`` or ``other``), bic if given.  Stripe: stripe_account."""
    account: str
    """What makes two destinations the same account."""


def is_iban(account: str) -> bool:
    """Say whether `account`, without spaces and in capitals, is an IBAN whose check digits are right."""
    if not _IBAN.fullmatch(account):
        return False
    digits = "".join(str(int(character, 36)) for character in account[4:] + account[:4])
    return int(digits) % 97 == 1


def check_destination(new: NewDestination) -> Destination:
    """Return a whole destination.

    Raises:
        InvalidDestination: something is missing, superfluous or does not check.
    """
    return _check_bank(new) if new.rail == Rail.BANK_FILE else _check_stripe(new)


def _check_bank(new: NewDestination) -> Destination:
    if not new.account_holder or not new.account or new.stripe_account:
        raise InvalidDestination(
            "A bank account needs its holder and its number, and no Stripe account.",
            field="destination",
            remedy="Send account_holder, account and, for a bank abroad, bic.",
        )
    if len(new.account_holder) > MAX_HOLDER:
        raise InvalidDestination(
            f"A bank takes {MAX_HOLDER} characters of the account holder's name.",
            field="destination.account_holder",
            remedy="Shorten it as the bank itself writes it.",
        )
    account = normalise_digits(new.account)
    looks_like_iban = bool(_IBAN.fullmatch(account))
    if looks_like_iban and not is_iban(account):
        raise InvalidDestination(
            "The check digits of this IBAN are wrong: a letter or digit was mistyped.",
            field="destination.account",
            remedy="Read it again from the bank's paper.",
        )
    if not _ACCOUNT.fullmatch(account):
        raise InvalidDestination(
            "An account number has 4 to 34 letters and digits.",
            field="destination.account",
            remedy="Read it again from the bank's paper.",
        )
    details = {
        "account_holder": new.account_holder,
        "account": account,
        "account_kind": "iban" if looks_like_iban else "other",
    }
    if new.bic:
        bic = normalise_digits(new.bic)
        if not _BIC.fullmatch(bic):
            raise InvalidDestination(
                "A BIC has 8 or 11 letters and digits.",
                field="destination.bic",
                remedy="Read it again from the bank's paper, or leave it out.",
            )
        details["bic"] = bic
    return Destination(rail=Rail.BANK_FILE, details=details, account=account)


def _check_stripe(new: NewDestination) -> Destination:
    if new.account_holder or new.account or new.bic:
        raise InvalidDestination(
            "A Stripe account stands alone, without a bank account.",
            field="destination",
            remedy="Send rail and stripe_account only.",
        )
    if not new.stripe_account or not _STRIPE.fullmatch(new.stripe_account):
        raise InvalidDestination(
            "A Stripe account begins with acct_.",
            field="destination.stripe_account",
            remedy="Copy it from the claimant's Stripe onboarding.",
        )
    return Destination(rail=Rail.STRIPE, details={"stripe_account": new.stripe_account}, account=new.stripe_account)
