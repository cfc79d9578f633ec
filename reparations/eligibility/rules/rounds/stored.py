"""Terms, inputs and results of a round in one spelling: what is kept, and what is hashed.

Canonical JSON: sorted keys, no spaces, whole numbers only; a ratio is written ``19/100``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple, assert_never

from reparations.eligibility.errors import RoundRefused
from reparations.eligibility.rules.rounds.entries import Quota, Round, Unspent
from reparations.eligibility.rules.rounds.terms import (
    ByDate,
    ByPriority,
    EqualOrLess,
    IfShort,
    Instalments,
    Method,
    PerHead,
    Phase,
    ProRata,
    Reserve,
    ReserveAt,
    Terms,
    Threshold,
)


@dataclass(frozen=True, slots=True)
class StoredTerms:
    """What a round is computed by, and whom it is for."""

    terms: Terms
    stream: str | None = None
    """The one stream it is for; None for every claim."""
    queue_days: tuple[str, ...] = ()
    """Names of the date facts that order the queue, the first deciding."""


class EntryInput(NamedTuple):
    """What a round knows of one claim before it is computed."""

    claim_id: str
    decision_id: str
    entitled_minor: int
    before_minor: int
    stream: str
    group: str
    points: int
    days: tuple[int | None, ...]


class FundInput(NamedTuple):
    """What one fund puts into a round, minor units."""

    fund_id: str
    asked_minor: int
    cash_minor: int


class LineResult(NamedTuple):
    """What a round gives one claim, and out of which funds."""

    claim_id: str
    allotted_minor: int
    reason: str
    place: int | None
    shares: tuple[tuple[str, int], ...]
    """(fund, minor units), by fund."""


def compute_seed(programme_id: str, earlier: int) -> str:
    """Return the seed of a programme's next round: however often it is proposed, the lots stay the same.

    Args:
        programme_id: whose.
        earlier: how many of its rounds have been confirmed.
    """
    return sha256(f"round\n{programme_id}\n{earlier}".encode()).hexdigest()


def write_terms(stored: StoredTerms) -> str:
    """Write terms in their one spelling; `read_terms` reads them back."""
    terms = stored.terms
    written: dict[str, Any] = {"method": _write_method(terms.method)}
    if terms.reserve is not None:
        written["reserve"] = {"at": terms.reserve.at.value, "per_claim_minor": terms.reserve.per_claim_minor}
    if terms.group_cap_minor is not None:
        written["group_cap_minor"] = terms.group_cap_minor
    if terms.unit_paid_together:
        written["unit_paid_together"] = True
    if stored.stream is not None:
        written["stream"] = stored.stream
    if stored.queue_days:
        written["queue_days"] = list(stored.queue_days)
    return _canonical(written)


def read_terms(text: str) -> StoredTerms:
    """Read terms that `write_terms` wrote.

    Raises:
        RoundRefused: they name a method that does not exist; somebody changed the row.
    """
    written = json.loads(text)
    reserve = written.get("reserve")
    return StoredTerms(
        Terms(
            method=_read_method(written["method"]),
            reserve=Reserve(reserve["per_claim_minor"], ReserveAt(reserve["at"])) if reserve else None,
            group_cap_minor=written.get("group_cap_minor"),
            unit_paid_together=written.get("unit_paid_together", False),
        ),
        stream=written.get("stream"),
        queue_days=tuple(written.get("queue_days", ())),
    )


def write_outcome(done: Round) -> str:
    """Write a round's quotas, its level and what it does not spend, by reason."""
    return _canonical(
        {
            "level_minor": done.level_minor,
            "quotas": {
                name: {"claims": quota.claims, "ratio": _ratio(quota.ratio)} for name, quota in done.quotas.items()
            },
            "unspent": {why.value: amount for why, amount in done.unspent.items()},
        }
    )


def read_quotas(outcome: str) -> dict[str, Quota]:
    """Read the quotas of an outcome back."""
    quotas = json.loads(outcome)["quotas"]
    return {name: Quota(Fraction(quota["ratio"]), quota["claims"]) for name, quota in quotas.items()}


def read_unspent(outcome: str) -> dict[Unspent, int]:
    """Read what a round does not spend back, by reason."""
    return {Unspent(why): amount for why, amount in json.loads(outcome)["unspent"].items()}


def read_level(outcome: str) -> int | None:
    """Read the level of an outcome back."""
    level = json.loads(outcome)["level_minor"]
    return None if level is None else int(level)


def compute_inputs_digest(
    stored: StoredTerms,
    *,
    rules_sha256: str,
    seed: str,
    cut_off_on: date,
    undecided: int,
    funds: Iterable[FundInput],
    entries: Iterable[EntryInput],
) -> bytes:
    """Hash all that a round is computed from, so that a change between proposal and confirmation is seen.

    What a fund has beyond what it puts in does not count, nor does a fact that changes no stream, point or day.
    """
    head = {
        "cut_off_on": cut_off_on.isoformat(),
        "funds": sorted(map(list, funds)),
        "rules_sha256": rules_sha256,
        "seed": seed,
        "terms": write_terms(stored),
        "undecided": undecided,
    }
    hashed = sha256(f"{_canonical(head)}\n".encode())
    for entry in sorted(entries):
        hashed.update(f"{_canonical([*entry[:-1], list(entry.days)])}\n".encode())
    return hashed.digest()


def compute_result_digest(outcome: str, lines: Iterable[LineResult]) -> bytes:
    """Hash what a round gives everybody: the outcome, then a line for each claim, by claim."""
    hashed = sha256(f"{outcome}\n".encode())
    for line in sorted(lines, key=lambda line: line.claim_id):
        written = [*line[:-1], [list(share) for share in sorted(line.shares)]]
        hashed.update(f"{_canonical(written)}\n".encode())
    return hashed.digest()


def _write_method(method: Method) -> dict[str, Any]:  # noqa: PLR0911 one answer for each of seven methods
    match method:
        case ProRata():
            pools = dict(method.stream_pools_minor)
            return {"kind": "pro_rata", "at_most": _ratio(method.at_most), "stream_pools_minor": pools}
        case Threshold():
            return {
                "kind": "threshold",
                "at_most": _ratio(method.at_most),
                "threshold_minor": method.threshold_minor,
            }
        case EqualOrLess():
            phases = [{"at_most_minor": one.at_most_minor, "streams": list(one.streams)} for one in method.phases]
            return {"kind": "equal_or_less", "phases": phases, "then_pro_rata": method.then_pro_rata}
        case ByPriority():
            return {
                "kind": "by_priority",
                "at_least_points": method.at_least_points,
                "at_most_minor": method.at_most_minor,
                "last_in_part": method.last_in_part,
            }
        case ByDate():
            return {"kind": "by_date", "at_most_minor": method.at_most_minor, "last_in_part": method.last_in_part}
        case Instalments():
            return {
                "kind": "instalments",
                "up_to": {name: _ratio(rate) for name, rate in method.up_to.items()},
                "if_short": method.if_short.value,
                "only_when_all_decided": method.only_when_all_decided,
            }
        case PerHead():
            return {
                "kind": "per_head",
                "pot_minor": method.pot_minor,
                "at_most_minor": method.at_most_minor,
                "multiple_of_minor": method.multiple_of_minor,
            }
        case _:
            assert_never(method)


def _read_method(written: Mapping[str, Any]) -> Method:  # noqa: PLR0911 one answer for each of seven methods
    rest = {name: value for name, value in written.items() if name != "kind"}
    match written["kind"]:
        case "pro_rata":
            return ProRata(Fraction(rest["at_most"]), rest["stream_pools_minor"])
        case "threshold":
            return Threshold(rest["threshold_minor"], Fraction(rest["at_most"]))
        case "equal_or_less":
            phases = tuple(Phase(one["at_most_minor"], tuple(one["streams"])) for one in rest["phases"])
            return EqualOrLess(phases, rest["then_pro_rata"])
        case "by_priority":
            return ByPriority(**rest)
        case "by_date":
            return ByDate(**rest)
        case "instalments":
            rates = {name: Fraction(rate) for name, rate in rest["up_to"].items()}
            return Instalments(rates, IfShort(rest["if_short"]), rest["only_when_all_decided"])
        case "per_head":
            return PerHead(**rest)
        case _:
            raise RoundRefused("The stored terms name no method.", remedy="Run `reparations audit verify`.")


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _canonical(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
