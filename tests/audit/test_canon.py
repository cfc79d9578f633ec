"""The one spelling of an event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from reparations.audit.canon import MAX_BYTES, MAX_INTEGER, canonical
from reparations.audit.errors import NotRecordable

if TYPE_CHECKING:
    from reparations.audit.canon import JsonValue

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=30)
VALUES = TEXTS | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.booleans() | st.none()
EVENTS = st.dictionaries(
    KEYS,
    VALUES | st.lists(VALUES, max_size=4) | st.dictionaries(KEYS, VALUES | st.lists(VALUES, max_size=3), max_size=4),
)


@given(EVENTS)
def test_what_is_accepted_is_spelled_as_rfc_8785_spells_it(event: dict[str, Any]) -> None:
    try:
        written = canonical(event)
    except NotRecordable:
        return

    assert written == rfc8785.dumps(event)
    assert json.loads(written) == event


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"body": 1.0}, "float"),
        ({"body": {"at": object()}}, "object"),
        ({"Body": 1}, "key"),
        ({"b" * 41: 1}, "key"),
        ({"1a": 1}, "key"),
        ({"body": MAX_INTEGER + 1}, "integer"),
        ({"body": "x" * 513}, "longer"),
        ({"body": "e\u0301"}, "normal form"),
        ({"body": "a\nb"}, "control"),
        ({"body": "a\u202eb"}, "bidirectional"),
        ({"body": "\ud800"}, "control"),
        ({"a": {"b": {"c": {"d": {}}}}}, "deep"),
        ({"a": [[[[1]]]]}, "deep"),
        ({"body": b"bytes"}, "bytes"),
        ({f"k{n}": "x" * 500 for n in range(17)}, str(MAX_BYTES)),
    ],
)
def test_what_other_readers_could_misread_is_refused(value: Any, why: str) -> None:  # noqa: ANN401 not JSON, mostly
    with pytest.raises(NotRecordable, match=why):
        canonical(value)


def test_a_refusal_says_where_and_never_quotes_the_value() -> None:
    event: dict[str, JsonValue] = {"body": {"reason": "Amina\u202e"}}

    with pytest.raises(NotRecordable) as caught:
        canonical(event)

    assert caught.value.field == "body.reason"
    assert "Amina" not in str(caught.value)


def test_four_containers_deep_is_allowed() -> None:
    assert (
        canonical({"a": {"b": {"c": [1, "\u0645\u0631\u062d\u0628\u0627"]}}})
        == '{"a":{"b":{"c":[1,"مرحبا"]}}}'.encode()
    )
