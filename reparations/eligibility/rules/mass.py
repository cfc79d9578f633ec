"""Mass decisions: how many claims of how many are reviewed, which, and what that says of the others.

All in whole numbers: an error rate is a ratio, and its bound is found by comparing integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from math import comb

from reparations.eligibility.errors import MassDecisionNotOpen, SamePersonConfirms, SampleOutOfTolerance
from reparations.eligibility.models import BASIS_POINTS, MassDecision, MassStatus
from reparations.principal import Principal

MAX_MASS = 10_000
MILLION = 1_000_000


def compute_sample_size(claims: int, *, tolerance_bp: int, confidence_bp: int, floor: int) -> int:
    """Return how many claims are reviewed: enough that a sample without an error proves the tolerance is kept.

    The smallest ``n`` with ``(1 - tolerance) ** n <= 1 - confidence``, at least `floor`, at most all of them.  At 1%
    and 95% it is 299.

    Source:
        Discovery sampling: Cochran, *Sampling Techniques*, 3rd ed. (1977), section 4.
    """
    kept, doubt = BASIS_POINTS - tolerance_bp, BASIS_POINTS - confidence_bp
    low, size = 0, claims
    while size - low > 1:
        middle = (low + size) // 2
        if kept**middle * BASIS_POINTS <= doubt * BASIS_POINTS**middle:
            size = middle
        else:
            low = middle
    return min(claims, max(size, floor))


def draw_sample(claim_ids: Sequence[str], *, seed: str, size: int) -> set[str]:
    """Draw a sample that anybody can draw again: the claims whose SHA-256 of ``seed:claim`` comes first."""
    return set(sorted(claim_ids, key=lambda claim_id: sha256(f"{seed}:{claim_id}".encode()).digest())[:size])


def compute_upper_bound_ppm(errors: int, *, sample_size: int, claims: int, confidence_bp: int) -> int:
    """Return the upper bound of the error rate among all claims, in parts per million, rounded up.

    The one-sided Clopper-Pearson bound: the smallest rate at which so few errors would be found with a probability of
    at most one minus the confidence.  Where every claim was reviewed it is the rate itself.

    Source:
        Clopper and Pearson, *The use of confidence or fiducial limits*, Biometrika 26 (1934).
    """
    if sample_size == claims:
        return -(-errors * MILLION // claims)
    if errors == sample_size:
        return MILLION
    low, high = 0, MILLION
    while high - low > 1:
        middle = (low + high) // 2
        if _is_unlikely(errors, sample_size, middle, doubt_bp=BASIS_POINTS - confidence_bp):
            high = middle
        else:
            low = middle
    return high


def _is_unlikely(errors: int, size: int, rate_ppm: int, *, doubt_bp: int) -> bool:
    """Say whether, at a rate, at most so many errors in a sample have a probability of at most the doubt."""
    wrong, right = rate_ppm, MILLION - rate_ppm
    inner = 0
    for count in range(errors + 1):
        inner = inner * right + comb(size, count) * wrong**count
    probable: int = inner * right ** (size - errors) * BASIS_POINTS
    certain: int = doubt_bp * MILLION**size
    return probable <= certain


def check_reviewable(mass: MassDecision, *, officer: Principal) -> None:
    """Refuse a review of what is settled, or of one's own proposal.

    Raises:
        MassDecisionNotOpen, SamePersonConfirms: these two.
    """
    if mass.status != MassStatus.PROPOSED:
        raise MassDecisionNotOpen(f"The mass decision is {mass.status} already.", record=mass.id)
    if mass.proposed_by == officer.person_id:
        raise SamePersonConfirms(
            "You proposed this mass decision; others review its sample and confirm it.",
            record=mass.id,
            remedy="Ask another decider.",
        )


def check_within_tolerance(mass: MassDecision, *, errors: int, upper_bound_ppm: int) -> None:
    """Refuse to confirm where the sample does not show that the tolerance is kept.

    Raises:
        SampleOutOfTolerance: the upper bound lies above it.
    """
    tolerated = Fraction(mass.tolerance_bp, BASIS_POINTS)
    if Fraction(upper_bound_ppm, MILLION) > tolerated:
        raise SampleOutOfTolerance(
            f"{errors} of {mass.sample_size} reviewed are wrong: up to {upper_bound_ppm} in a million of all may be,"
            f" and {mass.tolerance_bp} in ten thousand are tolerated.",
            record=mass.id,
            remedy="Return the mass decision; decide the claims again, in smaller groups or one by one.",
        )
