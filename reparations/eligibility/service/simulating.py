"""Simulations: a draft held against the rules in force over every open claim of a programme, saved and repeatable.

Nothing is decided and nothing about a claim changes.  That a simulation begins is on record before any fact or profile
is opened.  Stored in the open is only what `rules.simulations.show` lets through; exact counts, and who would come out
otherwise, are sealed under a key of the simulation's own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlmodel import Session

from reparations import audit
from reparations.eligibility import queries
from reparations.eligibility.errors import DecisionRefused, SimulationNotOpen
from reparations.eligibility.language import Outcome, load_rule_set
from reparations.eligibility.language.differing import Said, Screener
from reparations.eligibility.models import Simulation, SimulationPart, SimulationResult
from reparations.eligibility.rules.simulations import (
    KEY_SPACE,
    MOVED,
    SMALLEST,
    UNKNOWN,
    Counted,
    Tally,
    find_age_band,
    show,
)
from reparations.eligibility.service.funding import list_open_money
from reparations.eligibility.service.whatif import Judged, judge
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.models import Programme
from reparations.registry.queries import get_programme, list_claims_to_assess, open_many_profiles
from reparations.registry.rules.values import canonical_json
from reparations.vault import blind_index, create_subject, open_subject

SCHEMA = "reparations/simulation/1"
MAX_PART = 10_000
"""Claims in one part, and so in one transaction."""
_KEY_BYTES = 4


@dataclass(frozen=True, slots=True)
class WouldChange:
    """A claim that would come out otherwise."""

    reference: str
    before: Said
    after: Said


def start_simulation(
    session: Session,
    *,
    programme: Programme,
    base_rule_set_id: str | None,
    draft_rules: str,
    draft_facts: str,
    officer: Principal,
    at: datetime,
) -> Simulation:
    """Ask what a draft would do where another version is applied; parts are computed by `compute_part`.

    Raises:
        RuleFileRefused: the draft breaks the language.
        NoRuleSetInForce, RuleSetNotFound: there is nothing to hold it against.
        DecisionRefused: the draft pays in another currency than the programme.
    """
    base = (
        queries.get_rule_set_in_force(session, programme.id, on=at.date())
        if base_rule_set_id is None
        else queries.get_rule_set(session, base_rule_set_id)
    )
    draft = load_rule_set(draft_rules, draft_facts)
    if draft.currency != programme.currency or base.programme_id != programme.id:
        raise DecisionRefused(
            f"The draft pays in {draft.currency}, the programme in {programme.currency}."
            if draft.currency != programme.currency
            else "The rules to hold the draft against are another programme's.",
            record=programme.code,
            remedy="Correct the currency of the rule file, or name a version of this programme.",
        )
    simulation = Simulation(
        id=new_id("sim"),
        programme_id=programme.id,
        base_rule_set_id=base.id,
        base_sha256=base.ast_sha256,
        draft_sha256=draft.identity,
        draft_rules=draft_rules,
        draft_facts=draft_facts,
        currency=programme.currency,
        started_by=officer.person_id,
        started_at=at,
    )
    create_subject(session, simulation.id, at=at)
    session.add(simulation)
    body = {"programme": programme.code, "base": base.ast_sha256, "draft": draft.identity}
    audit.record(
        session, at=at, actor=officer, action="simulation.started", subject=simulation.id, body=body, rows=[simulation]
    )
    return simulation


def compute_part(
    session: Session, simulation_id: str, *, limit: int = MAX_PART, officer: Principal, at: datetime
) -> SimulationPart:
    """Judge the next claims; after the last of them the answer is stored with the part.

    Nothing is locked: of two who compute the same part, the primary key lets one store it.

    Raises:
        SimulationNotFound, SimulationNotOpen: there is none, or it is finished.
        SimulationUntrustworthy: kernel and evaluator differ; nothing of this part is stored.
    """
    simulation = queries.get_simulation(session, simulation_id)
    if queries.find_result(session, simulation.id) is not None:
        raise SimulationNotOpen("The simulation is finished.", record=simulation.id, remedy="Start another one.")
    last = queries.find_last_part(session, simulation.id)
    size = min(limit, MAX_PART)
    claims = list_claims_to_assess(
        session, simulation.programme_id, after=last.last_claim_id if last else None, limit=size
    )
    base = queries.get_assessor(queries.get_rule_set(session, simulation.base_rule_set_id)).rule_set
    old = _screener(base.source, base.schema.text)
    new = _screener(simulation.draft_rules, simulation.draft_facts)
    judged = judge(session, claims, old=old, new=new)
    tally = open_tally(session, last)
    for counted in _count(session, judged, on=simulation.started_at.date()):
        tally.count(counted)
    part = SimulationPart(
        simulation_id=simulation.id,
        number=last.number + 1 if last else 1,
        last_claim_id=claims[-1].id if len(claims) == size else None,
        claims=len(judged),
        input_sha256=_chain(last.input_sha256 if last else "", judged),
        tally_sealed=b"",
        changes_sealed=b"",
        computed_at=at,
    )
    sealed = open_subject(session, simulation.id)
    part.tally_sealed = sealed.seal(place=_place(part, "tally"), plaintext=canonical_json(tally.as_list()))
    part.changes_sealed = sealed.seal(place=_place(part, "changes"), plaintext=canonical_json(_changes(judged)))
    rows: list[SimulationPart | SimulationResult] = [part]
    session.add(part)
    session.flush()
    if part.last_claim_id is None:
        rows.append(_result(session, simulation, part, tally, at=at))
        session.add(rows[-1])
        session.flush()
    audit.record(
        session,
        at=at,
        actor=officer,
        action="simulation.finished" if len(rows) > 1 else "simulation.continued",
        subject=simulation.id,
        body={"part": part.number, "input_sha256": part.input_sha256},
        rows=rows,
    )
    return part


@lru_cache(maxsize=8)
def _screener(rules: str, facts: str) -> Screener:
    return Screener(load_rule_set(rules, facts))


def _place(part: SimulationPart, column: str) -> str:
    return f"simulation_part|{column}|{part.simulation_id}-{part.number}"


def open_tally(session: Session, part: SimulationPart | None) -> Tally:
    """Open what was counted up to a part, exactly; nothing before the first."""
    if part is None:
        return Tally()
    sealed = open_subject(session, part.simulation_id)
    return Tally.from_list(json.loads(sealed.open(place=_place(part, "tally"), sealed=part.tally_sealed)))


def _chain(before: str, judged: Sequence[Judged]) -> str:
    digest = hashlib.sha256(before.encode())
    for one in judged:
        digest.update(f"{one.claim.id} {one.revision_id}\n".encode())
    return digest.hexdigest()


def _changes(judged: Sequence[Judged]) -> list[list[str | int | None]]:
    return [
        [
            one.claim.reference,
            *(one.before.outcome.value, one.before.amount_minor),
            *(one.after.outcome.value, one.after.amount_minor),
        ]
        for one in judged
        if one.before != one.after
    ]


def _count(session: Session, judged: Sequence[Judged], *, on: date) -> list[Counted]:
    """Turn claims into what is counted; a claimant's profile is opened here and goes no further."""
    profiles = open_many_profiles(session, {one.claim.party_id for one in judged})
    awarded = queries.find_awarded(session, [one.claim.id for one in judged])
    counted = []
    for one in judged:
        profile = profiles[one.claim.party_id]
        key = blind_index(session, field="simulation|claim", value=one.claim.id)
        counted.append(
            Counted(
                key=int.from_bytes(key[:_KEY_BYTES], "big") % KEY_SPACE,
                before=one.before.outcome,
                after=one.after.outcome,
                before_minor=_cost(one.before),
                after_minor=_cost(one.after),
                groups={
                    "capacity": one.claim.capacity,
                    "award": "made" if one.claim.id in awarded else "not_made",
                    "sex": profile.get("sex", UNKNOWN),
                    "age": find_age_band(profile.get("birth_date"), on=on),
                    "place": " ".join(profile.get("place_of_residence", UNKNOWN).split()).casefold(),
                },
            )
        )
    return counted


def _cost(said: Said) -> int:
    return said.amount_minor or 0 if said.outcome is Outcome.ELIGIBLE else 0


def _result(
    session: Session, simulation: Simulation, part: SimulationPart, tally: Tally, *, at: datetime
) -> SimulationResult:
    programme = get_programme(session, simulation.programme_id)
    base = queries.get_assessor(queries.get_rule_set(session, simulation.base_rule_set_id)).rule_set
    draft = _screener(simulation.draft_rules, simulation.draft_facts).rule_set
    available, _order = list_open_money(session, programme)
    shown = canonical_json(
        {
            "schema": SCHEMA,
            "programme": programme.code,
            "title": programme.title,
            "currency": simulation.currency,
            "on": simulation.started_at.date().isoformat(),
            "base": {"scheme": base.name, "version": base.version, "ast_sha256": base.identity},
            "draft": {"scheme": draft.name, "version": draft.version, "ast_sha256": draft.identity},
            "rules": {"smallest": SMALLEST, "moved": MOVED},
            "uncommitted_minor": sum(fund.available.amount_minor for fund in available),
            **show(tally),
        }
    ).decode()
    return SimulationResult(
        simulation_id=simulation.id,
        parts=part.number,
        input_sha256=part.input_sha256,
        shown=shown,
        shown_sha256=hashlib.sha256(shown.encode()).hexdigest(),
        finished_at=at,
    )


def log_changes_opening(session: Session, simulation_id: str, *, officer: Principal, at: datetime) -> int:
    """Record that an officer reads who would come out otherwise; returns the event's number.

    Raises:
        SimulationNotFound: there is none.
    """
    simulation = queries.get_simulation(session, simulation_id)
    return audit.record(
        session,
        at=at,
        actor=officer,
        action="simulation.changes_opened",
        subject=simulation.id,
        body={"base": simulation.base_sha256, "draft": simulation.draft_sha256},
    )


def open_changes(session: Session, simulation_id: str, number: int) -> list[WouldChange]:
    """Open which claims of a part would come out otherwise, after `log_changes_opening` has been committed.

    Raises:
        SimulationNotFound: there is no such simulation, or no such part of it.
    """
    part = queries.get_part(session, simulation_id, number)
    sealed = open_subject(session, part.simulation_id)
    rows = json.loads(sealed.open(place=_place(part, "changes"), sealed=part.changes_sealed))
    return [
        WouldChange(reference, Said(Outcome(before), was), Said(Outcome(after), is_))
        for reference, before, was, after, is_ in rows
    ]
