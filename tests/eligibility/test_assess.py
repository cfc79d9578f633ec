"""Outcomes: no refusal for want of a fact, no presumption against anybody, and always the next thing to ask."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reparations.eligibility.language import (
    Assessor,
    FactSchema,
    Finding,
    Outcome,
    decode_codes,
    encode_codes,
    load_rule_set,
)
from tests.eligibility.files import FACTS, PERSON, bent, facts, found, invented, katanga
from tests.eligibility.strategies import claims

SCHEMES = {"katanga": katanga(), "invented": invented()}
WITHOUT_PRESUMPTION = Assessor(
    load_rule_set(bent("presumptions:\n  presence: {cite: Order 6, fact: present, when: site = north}\n", ""), FACTS)
)
EITHER = pytest.mark.parametrize("assessor", SCHEMES.values(), ids=SCHEMES)


@EITHER
def test_nothing_known_is_never_a_refusal(assessor: Assessor) -> None:
    findings = assessor.assess({})

    assert findings.outcome is Outcome.MORE_INFORMATION_NEEDED
    assert findings.asks
    assert set(findings.criteria.values()) == {Finding.UNKNOWN}


def _without(recorded: dict[str, Any], dropped: set[str], schema: FactSchema) -> dict[str, Any]:
    """Forget facts; who forgets records of a list no longer says that the list is complete."""
    closing = {schema.lists[name].complete_when for name in dropped if name in schema.lists}
    return {name: content for name, content in recorded.items() if name not in dropped | closing}


@EITHER
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_missing_fact_never_refuses(assessor: Assessor, data: st.DataObject) -> None:
    schema = assessor.rule_set.schema
    recorded = data.draw(claims(schema))
    dropped = data.draw(st.sets(st.sampled_from([*schema.facts, *schema.lists])))

    all_known, less_known = assessor.assess(recorded), assessor.assess(_without(recorded, dropped, schema))

    if less_known.outcome is Outcome.NOT_ELIGIBLE:
        assert all_known.outcome is Outcome.NOT_ELIGIBLE
        for code in less_known.grounds:
            assert all_known.criteria[code] is Finding.NOT_MET


@EITHER
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_is_only_asserted_is_as_good_as_missing_and_never_worse(assessor: Assessor, data: st.DataObject) -> None:
    recorded = data.draw(claims(assessor.rule_set.schema))
    proven = {
        name: content
        for name, content in recorded.items()
        if isinstance(content, list)
        or content["proof"] != "asserted"
        or not assessor.rule_set.schema.facts[name].needs_proof
    }

    assert assessor.assess(recorded).codes == assessor.assess(proven).codes


@EITHER
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_refusal_has_a_ground_and_everything_else_open_has_a_question(
    assessor: Assessor, data: st.DataObject
) -> None:
    findings = assessor.assess(data.draw(claims(assessor.rule_set.schema)))

    if findings.outcome is Outcome.NOT_ELIGIBLE:
        assert findings.grounds
        assert all(findings.criteria[code] is Finding.NOT_MET for code in findings.grounds)
        assert findings.amount_minor == 0
    elif findings.outcome is Outcome.ELIGIBLE:
        assert not findings.asks
        assert findings.amount_minor is not None
    else:
        assert findings.asks
        assert findings.amount_minor is None


@EITHER
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_who_answers_all_questions_is_decided(assessor: Assessor, data: st.DataObject) -> None:
    schema = assessor.rule_set.schema
    recorded = data.draw(claims(schema))
    for _ in range(20):
        findings = assessor.assess(recorded)
        if findings.outcome in {Outcome.ELIGIBLE, Outcome.NOT_ELIGIBLE}:
            return
        for name in findings.asks:
            listed, _, field = name.partition(".")
            fact = schema.lists[listed].fields[field] if field else schema.facts[name]
            known = found({"yes_no": True, "date": "2003-02-24"}.get(fact.type.kind, 1))
            if fact.type.category:
                known = found(data.draw(st.sampled_from(schema.categories[fact.type.category])))
            for record in recorded[listed] if field else [recorded]:
                if not (field and _is_proven(record, field)):
                    record[field or name] = known
    pytest.fail("the questions never end")


def _is_proven(record: dict[str, Any], name: str) -> bool:
    return name in record and record[name]["proof"] == "established"


@EITHER
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_trace_changes_nothing_and_codes_keep_everything(assessor: Assessor, data: st.DataObject) -> None:
    recorded = data.draw(claims(assessor.rule_set.schema))

    plain, traced = assessor.assess(recorded), assessor.assess(recorded, trace=True)

    assert (plain.codes, plain.outcome, plain.asks) == (traced.codes, traced.outcome, traced.asks)
    assert decode_codes(plain.codes, len(plain.criteria)) == list(plain.criteria.values())


@given(st.lists(st.sampled_from(list(Finding)), max_size=64))
def test_findings_take_two_bits_each(findings: list[Finding]) -> None:
    packed = encode_codes(findings)

    assert len(packed) == (2 * len(findings) + 7) // 8
    assert decode_codes(packed, len(findings)) == findings


@pytest.mark.parametrize(("codes", "count"), [(b"", 1), (b"\x00\x00", 4), (b"\x03", 1)])
def test_bytes_that_are_no_findings_are_refused(codes: bytes, count: int) -> None:
    with pytest.raises(ValueError, match=r"findings|finding"):
        decode_codes(codes, count)


def test_a_presumption_supplies_a_yes_and_says_so() -> None:
    findings = invented().assess(facts(**PERSON), trace=True)

    assert findings.outcome is Outcome.ELIGIBLE
    assert [(use.name, use.state) for use in findings.uses["PRESENCE"]] == [("site", "known"), ("present", "presumed")]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_presumption_only_ever_helps(data: st.DataObject) -> None:
    recorded = data.draw(claims(invented().rule_set.schema))

    with_it, without_it = invented().assess(recorded), WITHOUT_PRESUMPTION.assess(recorded)

    if with_it.outcome is Outcome.NOT_ELIGIBLE:
        assert without_it.outcome is Outcome.NOT_ELIGIBLE
    if without_it.outcome is Outcome.ELIGIBLE:
        assert (with_it.outcome, with_it.amount_minor) == (Outcome.ELIGIBLE, without_it.amount_minor)


def test_a_finding_overrides_a_presumption() -> None:
    recorded = facts(**PERSON) | {"present": found(value=True, proof="not_established")}

    findings = invented().assess(recorded)

    assert (findings.outcome, findings.grounds) == (Outcome.NOT_ELIGIBLE, ("PRESENCE",))


def test_a_presumption_never_supplies_a_no() -> None:
    findings = invented().assess(facts(**(PERSON | {"site": "south"})))

    assert (findings.outcome, findings.asks) == (Outcome.MORE_INFORMATION_NEEDED, ("present",))


def test_a_refusal_names_only_what_concerns_the_claimant() -> None:
    findings = invented().assess(facts(**(PERSON | {"attacked_on": "2004-01-01", "succession": False})))

    assert findings.criteria["SUCCESSION"] is Finding.NOT_MET
    assert findings.grounds == ("TIME",)


def test_an_heir_is_eligible_and_has_no_award_of_his_own() -> None:
    findings = invented().assess(facts(standing="heir", succession=True))

    assert (findings.outcome, findings.by_succession, findings.amount_minor) == (Outcome.ELIGIBLE, True, 0)


def test_an_amount_that_lacks_a_fact_is_pending_and_asked_for() -> None:
    known = {name: value for name, value in PERSON.items() if name != "days_held"}

    findings = invented().assess(facts(**known))

    assert (findings.outcome, findings.asks) == (Outcome.ELIGIBLE_AMOUNT_PENDING, ("days_held",))


def test_who_fits_no_route_is_asked_and_not_refused() -> None:
    rules = bent("open_to: standing = heir", "open_to: standing = heir and present")
    assessor = Assessor(load_rule_set(rules, FACTS))

    findings = assessor.assess(facts(standing="heir", present=False))

    assert findings.outcome is Outcome.MORE_INFORMATION_NEEDED
    assert findings.asks == ("standing", "present")


def test_a_value_that_cannot_be_read_is_unknown_and_told() -> None:
    broken = {
        "site": found("mars"),
        "attacked_on": found("2002-02-30"),
        "present": found(1),
        "days_held": found(5_000),
        "succession": {"value": True, "proof": ["established"]},
        "harms": "many",
        "moon": found(value=True),
    }

    findings = invented().assess(broken)

    assert findings.outcome is Outcome.MORE_INFORMATION_NEEDED
    assert set(findings.unreadable) == {"site", "attacked_on", "present", "days_held", "succession", "all_told"}
    assert findings.undeclared == ("moon",)


def test_a_programme_may_take_what_is_asserted() -> None:
    rules = bent("level: established", "level: asserted")
    asserted = {name: found(value, "asserted") for name, value in PERSON.items() if name != "harms"}
    told = facts(**PERSON) | asserted

    assert Assessor(load_rule_set(rules, FACTS)).assess(told).outcome is Outcome.ELIGIBLE
    assert invented().assess(told).outcome is Outcome.MORE_INFORMATION_NEEDED
