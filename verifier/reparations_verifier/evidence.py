"""Adding up the evidence of a report, without knowing the report.

The evidence says of itself which numbers are sums of which others (``sums``), and what a reader must find on the pages
(``visible``).  Every row of ``identity`` must balance besides: what came in
is what was paid, spent and given back and what is still held.  `SIDES` says what each version of the evidence counts.
"""

from __future__ import annotations

from typing import Any

from reparations_verifier.canonical import read_canonical
from reparations_verifier.pdf import squeeze
from reparations_verifier.verdict import Refused

MONEY_IN = ("received_minor", "interest_minor")
MONEY_OUT = ("paid_minor", "in_flight_minor", "returned_minor", "fees_minor", "costs_minor", "balance_minor")
_WIDER = (
    (*MONEY_IN, "opening_minor", "exchange_minor", "interfund_minor", "paid_back_minor"),
    (*MONEY_OUT, "refunds_minor"),
)
SIDES = {"1": (MONEY_IN, MONEY_OUT), "2": _WIDER, "3": _WIDER}
"""The two sides of the identity, by version: later books know more ways in and out.  Version 3 says more beneath."""
SCHEMAS = tuple(f"reparations/{kind}-report/{version}" for version in SIDES for kind in ("donor", "auditor"))


def read_report(raw: bytes) -> dict[str, Any]:
    """Parse evidence; Refused unless it is canonical and of a kind known here."""
    try:
        report = read_canonical(raw, ascii_only=True)
    except ValueError as error:
        raise Refused("evidence_malformed", why=str(error)) from None
    if report.get("schema") not in SCHEMAS:
        raise Refused("evidence_unknown", schema=str(report.get("schema"))[:80])
    for name in ("identity", "sums", "visible"):
        if not isinstance(report.get(name), list) or not report[name]:
            raise Refused("evidence_malformed", why=f"no {name}")
    return report


def check_identity(report: dict[str, Any]) -> int:
    """Check that every fund's money is accounted for; return how many rows there were."""
    names_in, names_out = SIDES[report["schema"].rpartition("/")[2]]
    for position, row in enumerate(report["identity"]):
        if not isinstance(row, dict):
            raise Refused("evidence_malformed", why="identity")
        place = f"/identity/{position}"
        money_in = sum(_whole(row.get(name), f"{place}/{name}") for name in names_in)
        money_out = sum(_whole(row.get(name), f"{place}/{name}") for name in names_out)
        if money_in != money_out:
            raise Refused("identity_broken", fund=str(row.get("fund", place))[:80], left=money_in, right=money_out)
    return len(report["identity"])


def check_sums(report: dict[str, Any]) -> int:
    """Recompute every declared sum; return how many there were."""
    for declared in report["sums"]:
        total, parts = _read_sum(declared)
        stated = _whole(_only(_find(report, total), total), total)
        added = sum(_whole(value, part) for part in parts for value in _find(report, part))
        if stated != added:
            raise Refused("sum_wrong", total=total, stated=stated, added=added)
    return len(report["sums"])


def check_visible(report: dict[str, Any], text: str) -> int:
    """Check that the pages show what the evidence says they show; return how many figures were looked for."""
    for shown in report["visible"]:
        if not isinstance(shown, str) or not squeeze(shown):
            raise Refused("evidence_malformed", why="visible")
        if squeeze(shown) not in text:
            raise Refused("figure_not_visible", figure=shown[:80])
    return len(report["visible"])


def _read_sum(declared: object) -> tuple[str, list[str]]:
    """Read one declared sum: the pointer to its total, and the pointers to its parts."""
    if isinstance(declared, dict):
        total, parts = declared.get("total"), declared.get("parts")
        if isinstance(total, str) and isinstance(parts, list) and all(isinstance(part, str) for part in parts):
            return total, parts
    raise Refused("evidence_malformed", why="sums")


def _find(report: dict[str, Any], pointer: str) -> list[Any]:
    """Return what a JSON pointer (RFC 6901) points to; ``*`` stands for every element of a list."""
    if not pointer.startswith("/"):
        raise Refused("evidence_malformed", why="a pointer that does not begin with /")
    found: list[Any] = [report]
    for step in pointer[1:].split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        found = [inner for value in found for inner in _step(value, name, pointer)]
    return found


def _step(value: Any, name: str, pointer: str) -> list[Any]:  # noqa: ANN401 any JSON
    if isinstance(value, list) and name == "*":
        return value
    if isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
        return [value[int(name)]]
    if isinstance(value, dict) and name in value:
        return [value[name]]
    raise Refused("evidence_malformed", why=f"nothing at {pointer[:80]}")


def _only(found: list[Any], pointer: str) -> Any:  # noqa: ANN401 any JSON
    if len(found) != 1:
        raise Refused("evidence_malformed", why=f"nothing at {pointer[:80]}")
    return found[0]


def _whole(value: Any, place: str) -> int:  # noqa: ANN401 any JSON
    """Return an amount, given as a whole number or as money with `amount_minor`."""
    if isinstance(value, dict):
        value = value.get("amount_minor")
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused("evidence_malformed", why=f"no whole number at {place[:80]}")
    return value
