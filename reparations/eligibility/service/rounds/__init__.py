"""Rounds: computed and proposed by one person, confirmed by another, carried out part by part.

Rows are locked in this order: the round, claims by id, then the books; last the head of the log.
"""

from reparations.eligibility.service.rounds.arranging import arrange_round_parts
from reparations.eligibility.service.rounds.carrying_out import MAX_PART, CarriedOut, carry_out_round
from reparations.eligibility.service.rounds.declaring import AskedRound, Declared, resolve_round
from reparations.eligibility.service.rounds.gathering import NewRound, PoolPart
from reparations.eligibility.service.rounds.proposing import propose_round
from reparations.eligibility.service.rounds.settling import confirm_round, withdraw_round

__all__ = [
    "MAX_PART",
    "AskedRound",
    "CarriedOut",
    "Declared",
    "NewRound",
    "PoolPart",
    "arrange_round_parts",
    "carry_out_round",
    "confirm_round",
    "propose_round",
    "resolve_round",
    "withdraw_round",
]
