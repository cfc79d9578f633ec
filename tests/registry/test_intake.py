"""Reading a file of claimants: what a row becomes, and what is wrong with one."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from reparations.registry import intake
from reparations.registry.intake import COLUMNS, FaultCode, read_claims
from reparations.registry.rules.facts import check_facts
from tests.house.tree import ROOT

DIRECT = {
    "row_id": "K-0001",
    "capacity": "direct",
    "case_key": "C-0001",
    "kind": "person",
    "family_name": "Exemple-Ngoma",
    "given_names": "Jean",
    "birth_date": "1971-03-04",
    "identity_proof": "established",
    "attack_place": "bogoro",
    "attack_date": "2003-02-24",
    "present_at_attack": "yes",
    "presence_proof": "asserted",
    "harm_kinds": "physical; moral",
    "harm_proof": "established",
    "harms_complete": "yes",
    "rail": "bank_file",
    "account_holder": "Jean Exemple-Ngoma",
    "iban_or_account": "DE41 0000 0000 0000 0000 07",
    "abroad": "no",
}
YES = {"value": True, "proof": "established"}
HEIR = {
    "row_id": "K-0002",
    "capacity": "heir",
    "case_key": "C-0001",
    "through_row_id": "K-0001",
    "kind": "person",
    "family_name": "Exemple-Ngoma",
    "relation_to_victim": "child",
    "relation_proof": "established",
    "succession_proof": "asserted",
}


def write(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def faults_of(*rows: dict[str, str]) -> list[tuple[str, str, str]]:
    read = read_claims(write(*rows))
    return [(fault.row, fault.column, fault.code) for fault in read.faults]


def fact(value: object, proof: str = "established") -> dict[str, Any]:
    return {"value": value, "proof": proof}


def test_a_row_becomes_a_request() -> None:
    (row,) = read_claims(write(DIRECT)).rows

    assert row.body(programme="KATANGA", through_claim_id=None) == {
        "programme": "KATANGA",
        "source_row": "K-0001",
        "case_key": "C-0001",
        "capacity": "direct",
        "party": {
            "kind": "person",
            "family_name": "Exemple-Ngoma",
            "given_names": "Jean",
            "birth_date": "1971-03-04",
        },
        "facts": {
            "capacity": fact("direct"),
            "identity_established": YES,
            "attack_site": fact("bogoro"),
            "attack_date": fact("2003-02-24"),
            "present_at_attack": YES | {"proof": "asserted"},
            "harms_complete": YES,
            "resettled_abroad": YES | {"value": False},
            "harms": [
                {"kind": fact("physical"), "established": YES},
                {"kind": fact("moral"), "established": YES},
            ],
        },
        "harms": [
            {"kind": "physical", "proof": "established"},
            {"kind": "moral", "proof": "established"},
        ],
        "destination": {
            "rail": "bank_file",
            "account_holder": "Jean Exemple-Ngoma",
            "account": "DE41 0000 0000 0000 0000 07",
        },
    }


def test_an_heir_names_the_claim_of_who_died() -> None:
    row = read_claims(write(DIRECT, HEIR)).rows[1]

    body = row.body(programme="KATANGA", through_claim_id="clm_1")

    assert (row.through_row_id, body["through_claim_id"]) == ("K-0001", "clm_1")
    assert body["ties"] == [{"kind": "child", "proof": "established"}]
    assert body["facts"] == {
        "capacity": fact("heir"),
        "heir_of_eligible_victim": YES,
        "succession_established": YES | {"proof": "asserted"},
    }


def test_a_blank_cell_is_no_fact() -> None:
    blank = {name: DIRECT[name] for name in intake.REQUIRED}

    (row,) = read_claims(write(blank)).rows

    assert row.request["facts"] == {"capacity": fact("direct")}
    assert "destination" not in row.request


def test_columns_may_stand_in_any_order() -> None:
    assert read_claims(write(DIRECT, columns=COLUMNS[::-1])).rows == read_claims(write(DIRECT)).rows


def test_a_byte_order_mark_and_blank_lines_are_passed_over() -> None:
    read = read_claims(b"\xef\xbb\xbf" + write(DIRECT) + b"\n\n")

    assert (len(read.rows), read.faults) == (1, [])


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"row_id": ""}, "row_id", "intake.missing"),
        ({"row_id": "Jean"}, "row_id", "intake.not_allowed"),
        ({"case_key": "the case of Jean"}, "case_key", "intake.not_allowed"),
        ({"capacity": "victim"}, "capacity", "intake.not_a_code"),
        ({"family_name": ""}, "family_name", "intake.missing"),
        ({"family_name": "N" * 201}, "family_name", "intake.too_long"),
        ({"family_name": "N" * 101}, "family_name", "intake.not_allowed"),
        ({"birth_date": "4 March 1971"}, "birth_date", "intake.not_a_date"),
        ({"attack_date": "2003-02-30"}, "attack_date", "intake.not_a_date"),
        ({"attack_place": "Bogoro"}, "attack_place", "intake.not_a_code"),
        ({"presence_proof": ""}, "presence_proof", "intake.missing"),
        ({"harm_proof": ""}, "harm_proof", "intake.missing"),
        ({"harm_kinds": "physical;fear"}, "harm_kinds", "intake.not_a_code"),
        ({"identity_proof": "yes"}, "identity_proof", "intake.not_a_code"),
        ({"language": "Swahili"}, "language", "intake.not_allowed"),
        ({"iban_or_account": "DE42000000000000000007"}, "iban_or_account", "registry.invalid_destination"),
        ({"bic": "EXAM"}, "bic", "registry.invalid_destination"),
        ({"rail": ""}, "rail", "intake.not_allowed"),
        ({"kind": "organisation"}, "capacity", "registry.capacity_mismatch"),
        ({"through_row_id": "K-0000"}, "through_row_id", "intake.not_allowed"),
    ],
)
def test_a_fault_names_row_column_and_code(changes: dict[str, str], column: str, code: str) -> None:
    row = DIRECT | changes

    assert (row["row_id"] if row["row_id"] == "K-0001" else "line 2", column, code) in faults_of(row)
    assert read_claims(write(row)).rows == []


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"through_row_id": ""}, "through_row_id", "intake.not_allowed"),
        ({"through_row_id": "K-0003"}, "through_row_id", "intake.through_unknown"),
        ({"case_key": "C-0002"}, "case_key", "intake.not_allowed"),
    ],
)
def test_an_heir_needs_an_earlier_row_of_the_same_case(changes: dict[str, str], column: str, code: str) -> None:
    assert faults_of(DIRECT, HEIR | changes) == [("K-0002", column, code)]


def test_a_row_id_is_given_once() -> None:
    assert faults_of(DIRECT, DIRECT) == [("K-0001", "row_id", "intake.repeated")]


def test_a_row_of_another_length_is_a_fault() -> None:
    read = read_claims(write(DIRECT).rstrip(b"\n") + b",more\n")

    assert [fault.code for fault in read.faults] == ["intake.cells_miscounted"]


def test_columns_are_named_once_and_as_documented() -> None:
    header = ",".join([*COLUMNS[1:], "Jean Ngoma", COLUMNS[1]]).encode()

    faults = read_claims(header + b"\n").faults

    assert [(fault.column, fault.code) for fault in faults] == [
        ("row_id", "intake.column_missing"),
        (f"number {len(COLUMNS)}", "intake.column_unknown"),
        (f"number {len(COLUMNS) + 1}", "intake.column_unknown"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", FaultCode.NOT_READABLE),
        (b'row_id\n"never closed', FaultCode.NOT_READABLE),
        (b"x" * (intake.MAX_FILE_BYTES + 1), FaultCode.TOO_LARGE),
        (b"row_id\n" * (intake.MAX_ROWS + 2), FaultCode.TOO_LARGE),
    ],
)
def test_a_file_that_cannot_be_read(content: bytes, code: str) -> None:
    assert [fault.code for fault in read_claims(content).faults] == [code]


def test_an_empty_file_lacks_every_column() -> None:
    assert [fault.column for fault in read_claims(b"").faults] == list(COLUMNS)


def test_faults_never_say_what_stood_in_the_cell() -> None:
    secret = "Zanzibar"
    rows = [dict.fromkeys(COLUMNS, secret), DIRECT | {"national_id": secret, "birth_date": secret}]

    shown = "".join(
        f"{fault.row}{fault.column}{fault.code}{fault.remedy}" for fault in read_claims(write(*rows)).faults
    )

    assert secret not in shown


def test_every_fact_a_row_gives_is_a_fact() -> None:
    everything = DIRECT | {
        "relation_to_victim": "none",
        "relation_proof": "established",
        "tie_proof": "not_established",
        "death_proof": "asserted",
        "organisation_type": "education",
        "property_proof": "established",
        "succession_proof": "established",
    }

    (row,) = read_claims(write(everything)).rows

    assert check_facts(row.request["facts"]) == row.request["facts"]
    assert "ties" not in row.request


def test_the_documentation_names_every_column_and_code() -> None:
    document = (ROOT / "docs/claimants-csv.md").read_text("utf-8")

    assert [name for name in COLUMNS if f"| `{name}` |" not in document] == []
    assert [code for code in FaultCode if f"| `{code}` |" not in document] == []
    assert [code for codes in intake.CODES.values() for code in codes if f"`{code}`" not in document] == []
