"""From a file of claimants to requests of the API, without touching either: text in, requests or faults out.

A file is checked whole before anything of it is registered.  A fault names row, column, code and remedy, and never what
stood in the cell.  `docs/claimants-csv.md` describes the columns for those who fill them in.

A blank cell says that nothing is known: the fact is left out.  It never means *no*.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from reparations.errors import ReparationsError
from reparations.registry.models import Capacity, PartyKind, Rail
from reparations.registry.rules.destinations import check_destination
from reparations.registry.rules.facts import is_day
from reparations.registry.rules.registration import check_capacity
from reparations.registry.rules.values import HarmKind, Proof, Sex, Tie
from reparations.registry.schemas import ClaimIn

MAX_ROWS = 50_000
MAX_FILE_BYTES = 32 * 2**20
MAX_CELL = 200

_YES_NO = ("yes", "no")
_SITES = ("bogoro", "elsewhere")
_RELATIONS = (*(tie.value for tie in Tie), "none")
_ORGANISATION_TYPES = ("education", "religion", "health", "humanitarian", "other")
_PROOFS = tuple(proof.value for proof in Proof)
_ROW_ID = re.compile(r"[A-Z]{1,4}-[0-9]{1,8}")
_YEAR = re.compile(r"[0-9]{4}")
_NAMING = "letters and a number, such as K-0042"

CODES: Mapping[str, tuple[str, ...]] = {
    "capacity": tuple(capacity.value for capacity in Capacity),
    "kind": tuple(kind.value for kind in PartyKind),
    "sex": tuple(sex.value for sex in Sex),
    "relation_to_victim": _RELATIONS,
    "relation_proof": _PROOFS,
    "tie_proof": _PROOFS,
    "death_proof": _PROOFS,
    "succession_proof": _PROOFS,
    "identity_proof": _PROOFS,
    "attack_place": _SITES,
    "present_at_attack": _YES_NO,
    "presence_proof": _PROOFS,
    "harm_proof": _PROOFS,
    "harms_complete": _YES_NO,
    "organisation_type": _ORGANISATION_TYPES,
    "property_proof": _PROOFS,
    "rail": tuple(rail.value for rail in Rail),
    "abroad": _YES_NO,
}
"""Columns that hold one of a few words."""
COLUMNS = (
    "row_id",
    "capacity",
    "case_key",
    "through_row_id",
    "kind",
    "family_name",
    "given_names",
    "birth_date",
    "sex",
    "national_id",
    "phone",
    "language",
    "place_of_residence",
    "identity_proof",
    "relation_to_victim",
    "relation_proof",
    "tie_proof",
    "death_proof",
    "succession_proof",
    "attack_place",
    "attack_date",
    "present_at_attack",
    "presence_proof",
    "harm_kinds",
    "harm_proof",
    "harms_complete",
    "organisation_type",
    "property_proof",
    "rail",
    "account_holder",
    "iban_or_account",
    "bic",
    "stripe_account",
    "abroad",
)
REQUIRED = ("row_id", "capacity", "case_key", "kind", "family_name")
_PROVEN_BY = {
    "relation_to_victim": "relation_proof",
    "present_at_attack": "presence_proof",
    "harm_kinds": "harm_proof",
}
"""Columns whose statement another column must grade."""
_COLUMN_OF = {
    "source_row": "row_id",
    "case_key": "case_key",
    "capacity": "capacity",
    "ties": "relation_to_victim",
    "harms": "harm_kinds",
    "destination": "rail",
    "destination.account": "iban_or_account",
}
"""Where a field of the request stands in the file, if not under its own name."""


class FaultCode(StrEnum):
    """What can be wrong with a file."""

    NOT_READABLE = "intake.not_readable"
    TOO_LARGE = "intake.too_large"
    COLUMN_MISSING = "intake.column_missing"
    COLUMN_UNKNOWN = "intake.column_unknown"
    CELLS_MISCOUNTED = "intake.cells_miscounted"
    MISSING = "intake.missing"
    TOO_LONG = "intake.too_long"
    NOT_A_CODE = "intake.not_a_code"
    NOT_A_DATE = "intake.not_a_date"
    NOT_ALLOWED = "intake.not_allowed"
    REPEATED = "intake.repeated"
    THROUGH_UNKNOWN = "intake.through_unknown"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to put right."""

    row: str
    """The row's own id if it has one, else ``line 17``."""
    column: str
    code: str
    remedy: str


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """One row, ready to be registered."""

    row_id: str
    through_row_id: str | None
    request: dict[str, Any]

    def body(self, *, programme: str, through_claim_id: str | None) -> dict[str, Any]:
        """Complete the request with what only the importer knows."""
        through = {"through_claim_id": through_claim_id} if through_claim_id else {}
        return {**self.request, "programme": programme, **through}


@dataclass(frozen=True, slots=True)
class ClaimsFile:
    """What a file holds: if it has a fault, nothing of it is to be registered."""

    rows: Sequence[IntakeRow]
    faults: Sequence[Fault]


def read_claims(content: bytes) -> ClaimsFile:
    """Read and check a whole file: UTF-8, comma separated, the first line naming the columns in any order."""
    if len(content) > MAX_FILE_BYTES:
        return _refused(FaultCode.TOO_LARGE, f"split the file; one file may have {MAX_FILE_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return _refused(FaultCode.NOT_READABLE, "save the file as CSV in UTF-8, with commas between the cells")
    if len(lines) - 1 > MAX_ROWS:
        return _refused(FaultCode.TOO_LARGE, f"split the file; one file may have {MAX_ROWS} rows")
    header = [name.strip() for name in lines[0]] if lines else []
    faults = _check_header(header)
    if faults:
        return ClaimsFile((), faults)
    rows: list[IntakeRow] = []
    cases: dict[str, str] = {}
    for number, cells in enumerate(lines[1:], start=2):
        if not cells:
            continue
        reader = _RowReader(dict(zip(header, cells, strict=False)), number)
        if len(cells) != len(header):
            reader.fault("row_id", FaultCode.CELLS_MISCOUNTED, f"give the row {len(header)} cells, blank ones too")
        else:
            row = reader.read(cases)
            if row is not None:
                cases[row.row_id] = row.request["case_key"]
                rows.append(row)
        faults += reader.faults
    return ClaimsFile(rows, faults)


def _refused(code: FaultCode, remedy: str) -> ClaimsFile:
    return ClaimsFile((), [Fault("file", "", code, remedy)])


def _check_header(header: Sequence[str]) -> list[Fault]:
    missing = [
        Fault("line 1", name, FaultCode.COLUMN_MISSING, "add the column") for name in COLUMNS if name not in header
    ]
    strange = [
        Fault(
            "line 1", f"number {position}", FaultCode.COLUMN_UNKNOWN, "remove the column, or name it once as documented"
        )
        for position, name in enumerate(header, start=1)
        if name not in COLUMNS or name in header[: position - 1]
    ]
    return missing + strange


class _RowReader:
    """Reads one row and remembers what is wrong with it."""

    def __init__(self, cells: Mapping[str, str], number: int) -> None:
        self.cells = {name: cell.strip() for name, cell in cells.items()}
        row_id = self.cells.get("row_id", "")
        self.name = row_id if _ROW_ID.fullmatch(row_id) else f"line {number}"
        self.faults: list[Fault] = []

    def fault(self, column: str, code: str, remedy: str) -> None:
        self.faults.append(Fault(self.name, column, code, remedy))

    def read(self, earlier: Mapping[str, str]) -> IntakeRow | None:
        """Return the row if nothing is wrong with it; `earlier` has the case of each row before it."""
        self._check_cells()
        self._check_dates()
        self._check_row(earlier)
        if self.faults:
            return None
        request = self._request()
        self._check_request(request)
        if self.faults:
            return None
        return IntakeRow(self.cells["row_id"], self.cells["through_row_id"] or None, request)

    def _check_cells(self) -> None:
        for column in REQUIRED:
            if not self.cells[column]:
                self.fault(column, FaultCode.MISSING, "fill in the cell")
        for column, cell in self.cells.items():
            if len(cell) > MAX_CELL:
                self.fault(column, FaultCode.TOO_LONG, f"use at most {MAX_CELL} characters")
        for column, codes in CODES.items():
            self._check_code(column, self.cells[column], codes)
        for kind in self.cells["harm_kinds"].split(";"):
            self._check_code("harm_kinds", kind.strip(), [kind.value for kind in HarmKind])
        for column, proof in _PROVEN_BY.items():
            if self.cells[column] and not self.cells[proof]:
                self.fault(proof, FaultCode.MISSING, f"say how well {column} is proven: {', '.join(_PROOFS)}")

    def _check_code(self, column: str, cell: str, codes: Collection[str]) -> None:
        if cell and cell not in codes:
            self.fault(column, FaultCode.NOT_A_CODE, f"use one of: {', '.join(codes)}; or leave the cell blank")

    def _check_dates(self) -> None:
        for column in ("attack_date", "birth_date"):
            cell = self.cells[column]
            if cell and not is_day(cell) and not (column == "birth_date" and _YEAR.fullmatch(cell)):
                self.fault(column, FaultCode.NOT_A_DATE, "write the day as YYYY-MM-DD, or leave the cell blank")

    def _check_row(self, earlier: Mapping[str, str]) -> None:
        row_id, through = self.cells["row_id"], self.cells["through_row_id"]
        if row_id and not _ROW_ID.fullmatch(row_id):
            self.fault("row_id", FaultCode.NOT_ALLOWED, f"use {_NAMING}")
        if row_id in earlier:
            self.fault("row_id", FaultCode.REPEATED, "give every row an id of its own")
        if (self.cells["capacity"] == Capacity.HEIR) != bool(through):
            self.fault("through_row_id", FaultCode.NOT_ALLOWED, "name the row of the person who died, for heirs only")
        elif through and through not in earlier:
            self.fault("through_row_id", FaultCode.THROUGH_UNKNOWN, "name a row further up in this file")
        elif through and earlier[through] != self.cells["case_key"]:
            self.fault("case_key", FaultCode.NOT_ALLOWED, "give an heir the case_key of the person who died")

    def _request(self) -> dict[str, Any]:
        cells = self.cells
        party = {
            name: cells[name]
            for name in (
                "kind",
                "family_name",
                "given_names",
                "birth_date",
                "sex",
                "national_id",
                "phone",
                "language",
                "place_of_residence",
            )
            if cells[name]
        }
        request: dict[str, Any] = {
            "source_row": cells["row_id"],
            "case_key": cells["case_key"],
            "capacity": cells["capacity"],
            "party": party,
            "facts": derive_facts(cells),
            "harms": [{"kind": kind, "proof": cells["harm_proof"]} for kind in _harm_kinds(cells)],
        }
        if cells["relation_to_victim"] not in {"", "none"}:
            request["ties"] = [{"kind": cells["relation_to_victim"], "proof": cells["relation_proof"]}]
        destination = {
            "rail": cells["rail"],
            "account_holder": cells["account_holder"],
            "account": cells["iban_or_account"],
            "bic": cells["bic"],
            "stripe_account": cells["stripe_account"],
        }
        if any(destination.values()):
            request["destination"] = {name: cell for name, cell in destination.items() if cell}
        return request

    def _check_request(self, request: dict[str, Any]) -> None:
        """Hold the request to what the API itself will hold it to."""
        try:
            claim = ClaimIn.model_validate({**request, "programme": "FILE"})
            if claim.party is not None:
                check_capacity(claim.capacity, kind=claim.party.kind)
            if claim.destination is not None:
                check_destination(claim.destination.to_value())
        except ValidationError as error:
            for one in error.errors(include_input=False, include_url=False):
                path = ".".join(str(part) for part in one["loc"] if isinstance(part, str))
                self.fault(_column_of(path), FaultCode.NOT_ALLOWED, "write it as docs/claimants-csv.md describes")
        except ReparationsError as error:
            self.fault(_column_of(error.field or ""), error.code, error.remedy or error.message)


def _column_of(path: str) -> str:
    return _COLUMN_OF.get(path) or path.rpartition(".")[2]


def _harm_kinds(cells: Mapping[str, str]) -> list[str]:
    return [kind.strip() for kind in cells["harm_kinds"].split(";") if kind.strip()]


def derive_facts(cells: Mapping[str, str]) -> dict[str, Any]:
    """Say in facts what a row says.  A blank cell gives no fact at all.

    A column that only grades a statement (`tie_proof`, `death_proof` and the like) makes the statement: blank says
    nothing, ``not_established`` says it was looked into and not found so.
    """
    facts: dict[str, Any] = {"capacity": _fact(cells["capacity"], Proof.ESTABLISHED)}
    for fact, column in (
        ("identity_established", "identity_proof"),
        ("close_tie_established", "tie_proof"),
        ("victim_died_in_attack", "death_proof"),
        ("succession_established", "succession_proof"),
        ("organisation_property_damaged", "property_proof"),
    ):
        if cells[column]:
            facts[fact] = _fact(True, cells[column])  # noqa: FBT003 the value of the fact
    for fact, column in (
        ("attack_site", "attack_place"),
        ("attack_date", "attack_date"),
        ("organisation_type", "organisation_type"),
    ):
        if cells[column]:
            facts[fact] = _fact(cells[column], Proof.ESTABLISHED)
    if cells["present_at_attack"]:
        facts["present_at_attack"] = _fact(cells["present_at_attack"] == "yes", cells["presence_proof"])
    for fact, column in (("harms_complete", "harms_complete"), ("resettled_abroad", "abroad")):
        if cells[column]:
            facts[fact] = _fact(cells[column] == "yes", Proof.ESTABLISHED)
    return facts | _relation_facts(cells) | _harm_facts(cells)


def _relation_facts(cells: Mapping[str, str]) -> dict[str, Any]:
    """An heir's relation is to the claimant who died; anybody else's to the victim of the case."""
    relation, proof = cells["relation_to_victim"], cells["relation_proof"]
    if not relation:
        return {}
    if cells["capacity"] == Capacity.HEIR:
        return {"heir_of_eligible_victim": _fact(True, proof)}  # noqa: FBT003 the value of the fact
    return {"relation_to_victim": _fact(relation, proof)}


def _harm_facts(cells: Mapping[str, str]) -> dict[str, Any]:
    kinds, proof = _harm_kinds(cells), cells["harm_proof"]
    if not kinds and cells["harms_complete"] != "yes":
        return {}
    return {"harms": [{"kind": _fact(kind, proof), "established": _fact(True, proof)} for kind in kinds]}  # noqa: FBT003 as above


def _fact(value: bool | str, proof: str) -> dict[str, bool | str]:  # noqa: FBT001 the value of a fact may be a boolean
    return {"value": value, "proof": str(proof)}
