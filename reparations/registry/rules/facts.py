"""The shape of facts.  The registry holds them to it without knowing what any of them means.

A fact is a name, a value and how well it is proven.  Values are true or false, whole numbers, days and category tokens:
there is no room for free text, where names would end up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from reparations.registry.errors import InvalidFacts
from reparations.registry.rules.values import Facts, Proof

MAX_FACTS = 60
MAX_LISTS = 10
MAX_ENTRIES = 50
MAX_FIELDS = 12
MAX_INTEGER = 2**53 - 1

_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_REMEDY = (
    'Send facts as {"name": {"value": true, "proof": "established"}}; a value is true or false, a whole number, a day '
    "(YYYY-MM-DD) or a category such as other_relative; leave out what is not known."
)


def check_facts(facts: Mapping[str, object]) -> Facts:
    """Return `facts` if they are facts.

    The error names the fact at fault by its position: its name is the sender's text, and not ours to repeat.

    Raises:
        InvalidFacts: a name, a value, a proof level or a number of them is not allowed.
    """
    lists = sum(1 for content in facts.values() if _is_list(content))
    if len(facts) - lists > MAX_FACTS or lists > MAX_LISTS:
        raise InvalidFacts(
            f"A claim may have {MAX_FACTS} facts and {MAX_LISTS} lists of facts.", field="facts", remedy=_REMEDY
        )
    checked: dict[str, Mapping[str, bool | int | str] | list[Mapping[str, Mapping[str, bool | int | str]]]] = {}
    for position, (name, content) in enumerate(facts.items()):
        where = f"facts.{position}"
        _check_name(name, where)
        if isinstance(content, Sequence) and _is_list(content):
            checked[name] = _check_list(content, where)
        else:
            checked[name] = _check_fact(content, where)
    return checked


def _is_list(content: object) -> bool:
    return isinstance(content, Sequence) and not isinstance(content, str)


def _check_list(entries: Sequence[object], where: str) -> list[Mapping[str, Mapping[str, bool | int | str]]]:
    if len(entries) > MAX_ENTRIES:
        raise InvalidFacts(f"A list of facts may have {MAX_ENTRIES} entries.", field=where, remedy=_REMEDY)
    checked: list[Mapping[str, Mapping[str, bool | int | str]]] = []
    for position, entry in enumerate(entries):
        place = f"{where}.{position}"
        if not isinstance(entry, Mapping) or not 1 <= len(entry) <= MAX_FIELDS:
            raise InvalidFacts(
                f"An entry of a list of facts has 1 to {MAX_FIELDS} named fields.", field=place, remedy=_REMEDY
            )
        for name in entry:
            _check_name(name, place)
        checked.append({name: _check_fact(content, place) for name, content in entry.items()})
    return checked


def _check_name(name: object, where: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidFacts(
            "The name of a fact is up to 48 small letters, digits and underscores.", field=where, remedy=_REMEDY
        )


def _check_fact(content: object, where: str) -> dict[str, bool | int | str]:
    if not isinstance(content, Mapping) or set(content) != {"value", "proof"}:
        raise InvalidFacts("A fact has a value and a proof, and nothing else.", field=where, remedy=_REMEDY)
    value, proof = content["value"], content["proof"]
    if not isinstance(proof, str) or proof not in set(Proof):
        raise InvalidFacts(f"A proof is one of: {', '.join(Proof)}.", field=f"{where}.proof", remedy=_REMEDY)
    if not (isinstance(value, (bool, int, str)) and _is_value(value)):
        raise InvalidFacts("The value of a fact is of no kind that is kept.", field=f"{where}.value", remedy=_REMEDY)
    return {"value": value, "proof": str(proof)}


def _is_value(value: bool | int | str) -> bool:  # noqa: FBT001 the value of a fact may be a boolean
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) <= MAX_INTEGER
    return bool(_NAME.fullmatch(value)) or is_day(value)


def is_day(text: str) -> bool:
    """Say whether `text` is a day that exists, as ``YYYY-MM-DD``."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
