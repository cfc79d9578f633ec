"""What a programme's policy asks of a decision: whether a third person confirms, by its amount or by lot."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from reparations.eligibility.errors import PolicyPublished, PolicyRefused, SamePersonConfirms
from reparations.eligibility.models import BASIS_POINTS, DecidedOutcome, DecidingPolicy
from reparations.principal import Principal

LOT_MODULUS = 2**31 - 1
LOT_DIGITS = 10
LOT_LETTERS = 16
"""The last letters of a claim's id: the random ones."""
_ID_LETTERS = 26
_PREFIX = 4


def make_weights(seed: str) -> str:
    """Make the weights of a lot out of its seed: one for each letter and one more, ten digits each, put together.

    Weight ``i`` is the first eight bytes of SHA-256 of ``seed:i``, big-endian, modulo `LOT_MODULUS`.
    """
    digests = (sha256(f"{seed}:{index}".encode()).digest() for index in range(LOT_LETTERS + 1))
    return "".join(f"{int.from_bytes(digest[:8], 'big') % LOT_MODULUS:0{LOT_DIGITS}}" for digest in digests)


def compute_lot(weights: str, claim_id: str) -> int:
    """Draw a claim's lot, 0 to 9,999: below the rate, a third person confirms.

    A weighted sum of the last letters' codes, modulo a prime: over the choice of weights any two claims' lots are
    even and independent, and plain SQL computes the same on both engines, which is how the database holds us to it.

    Source:
        Multilinear hashing, strongly universal: Carter and Wegman, *New Hash Functions and Their Use in Authentication
        and Set Equality*, J. Comput. Syst. Sci. 22 (1981).
    """
    letters = claim_id[_PREFIX + _ID_LETTERS - LOT_LETTERS : _PREFIX + _ID_LETTERS]
    first, *others = (
        int(weights[start : start + LOT_DIGITS]) for start in range(0, LOT_DIGITS * (LOT_LETTERS + 1), LOT_DIGITS)
    )
    total = first + sum(weight * ord(letter) for weight, letter in zip(others, letters, strict=False))
    return total % LOT_MODULUS % BASIS_POINTS


def asks_third(policy: DecidingPolicy | None, *, claim_id: str, outcome: str, amount_minor: int | None) -> bool:
    """Say whether a third person has to confirm a decision; without a policy nobody is asked but the two."""
    if policy is None or outcome == DecidedOutcome.ASK:
        return False
    is_above = (
        policy.threshold_minor is not None
        and outcome == DecidedOutcome.ELIGIBLE
        and amount_minor is not None
        and amount_minor > policy.threshold_minor
    )
    return is_above or compute_lot(policy.weights, claim_id) < policy.second_rate_bp


def check_publishable(
    policy: DecidingPolicy, *, latest: date | None, officer: Principal, today: date, reference: str
) -> None:
    """Refuse to publish one's own policy, one that is published, and one that would change what was.

    Raises:
        PolicyPublished: it is published.
        SamePersonConfirms: the officer proposed it.
        PolicyRefused: its first day is past, or not after that of the policy published last.
    """
    if policy.published_by is not None:
        raise PolicyPublished(f"The policy of {reference} is published already.", record=policy.id)
    if policy.proposed_by == officer.person_id:
        raise SamePersonConfirms(
            f"You proposed the policy of {reference}; somebody else publishes it.",
            record=policy.id,
            remedy="Ask another fund administrator.",
        )
    check_first_day(policy.valid_from, latest=latest, today=today)


def check_first_day(valid_from: date, *, latest: date | None, today: date) -> None:
    """Refuse a policy that holds from a day past, or not after the last one.

    Raises:
        PolicyRefused: one of these.
    """
    if valid_from < today or (latest is not None and valid_from <= latest):
        raise PolicyRefused(
            "A policy holds from today or later, and after the one before it.",
            field="valid_from",
            remedy="Choose a later first day." if latest is None else f"Choose a day after {latest}, and not past.",
        )
