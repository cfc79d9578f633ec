"""Recompute the sums a report states, before it is issued: no report leaves with figures that do not add up."""

from __future__ import annotations

import json
from collections.abc import Iterator

from reparations.reports.errors import BooksBroken
from reparations.reports.evidence.parts import Part, Sum


def check_sums(evidence: Part) -> None:
    """Refuse evidence one of whose stated sums is wrong.

    Raises:
        BooksBroken: naming the first of them.
    """
    document = json.loads(evidence.canonical_bytes())
    for stated in (Sum.model_validate_json(json.dumps(item)) for item in document["sums"]):
        total = sum(_numbers(document, stated.total))
        added = sum(number for part in stated.parts for number in _numbers(document, part))
        if total != added:
            raise BooksBroken(
                f"The figures do not add up: {stated.total} says {total}, its parts sum to {added}.",
                record=stated.total,
                remedy="Run `reparations audit verify`: it names the record that was changed.",
            )


def _numbers(document: object, pointer: str) -> Iterator[int]:
    """The whole numbers a JSON pointer leads to; ``*`` stands for every index of a list."""
    found = [document]
    for key in pointer.split("/")[1:]:
        found = [inner for value in found for inner in _step(value, key)]
    for value in found:
        if not isinstance(value, int) or isinstance(value, bool):
            raise BooksBroken(f"{pointer} is not a whole number.", record=pointer)
        yield value


def _step(value: object, key: str) -> list[object]:
    if isinstance(value, list):
        return value if key == "*" else [value[int(key)]]
    if isinstance(value, dict) and key in value:
        return [value[key]]
    raise BooksBroken("A stated sum leads nowhere.", record=key)
