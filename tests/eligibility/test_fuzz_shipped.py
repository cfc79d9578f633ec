"""The loader before hostile files: what we ship, mutilated; raw bytes; bombs; and nothing in them ever runs.

`REPARATIONS_TEST_FUZZ=20000` tries that many of each; `script/test --nightly` does.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reparations.eligibility.errors import ExampleFailed, RuleFileRefused, RuleFilesMissing
from reparations.eligibility.files import read_version
from reparations.eligibility.language import check_examples, load_examples, load_rule_set, load_schema
from tests.eligibility.files import FACTS, RULES, bent
from tests.eligibility.test_fuzz import mutilated
from tests.eligibility.test_shipped_rules import VERSIONS

TRIES = int(os.environ.get("REPARATIONS_TEST_FUZZ", "40"))
PATIENCE_S = 180 + TRIES
"""A second for each try: pytest's own three minutes ended 3,000 tries in their midst, which hypothesis reports as a try
that fails now and not the next time."""
FILES = {version: read_version(version) for version in VERSIONS}
NEVER = {"exec", "compile", "import", "open", "os.system", "os.exec", "os.fork", "subprocess.Popen", "socket.connect"}
_HEARD: list[str] | None = None


def _listen(event: str, _arguments: object) -> None:
    if _HEARD is not None and event in NEVER:
        _HEARD.append(event)


@pytest.mark.timeout(PATIENCE_S)
@settings(max_examples=TRIES, deadline=None)
@given(data=st.data(), version=st.sampled_from(VERSIONS), part=st.sampled_from(["rules", "facts", "examples"]))
def test_a_shipped_file_mutilated_is_refused_or_read(data: st.DataObject, version: Path, part: str) -> None:
    files = FILES[version]
    texts = {"rules": files.rules, "facts": files.facts, "examples": files.examples}
    texts[part] = data.draw(mutilated(texts[part]))

    with contextlib.suppress(RuleFileRefused, ExampleFailed):
        rule_set = load_rule_set(texts["rules"], texts["facts"])
        assert check_examples(rule_set, load_examples(texts["examples"], rule_set))


@pytest.mark.timeout(PATIENCE_S)
@settings(max_examples=TRIES, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.tuples(st.integers(0, 4_000), st.binary(max_size=8))))
def test_any_bytes_as_a_file_are_refused_or_read(content: bytes | tuple[int, bytes]) -> None:
    if isinstance(content, tuple):
        whole, (place, piece) = RULES.encode(), content
        content = whole[:place] + piece + whole[place + len(piece) :]
    with TemporaryDirectory() as folder:
        for name, data in (("rules", content), ("facts", FACTS.encode()), ("examples", b"")):
            (Path(folder) / f"{name}.yaml").write_bytes(data)

        with contextlib.suppress(RuleFileRefused, RuleFilesMissing):
            files = read_version(Path(folder))
            assert load_rule_set(files.rules, files.facts).identity


LAUGHS = "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))])
BOMBS = {
    "aliases": LAUGHS,
    "merge keys": "a: &a {b: c}\nd: {<<: *a}\n",
    "lists in lists": bent("when: succession", "when: " + "[" * 5_000 + "]" * 5_000),
    "all in all": bent("when: succession", "all: [" + "{all: [" * 200 + "succession" + "]}" * 200 + "]"),
    "parentheses": bent("when: succession", f"when: '{'(' * 600}succession{')' * 600}'"),
    "nots": bent("when: succession", f"when: '{'not ' * 240}succession'"),
    "a long number": bent("when: succession", f"when: 'days_held > {'9' * 900}'"),
    "a longer number": bent("daily * days_held", f"daily * {'9' * 3_900}"),
    "many keys": "a:\n" + "".join(f"  k{n}: v\n" for n in range(30_000)),
    "a large file": "# " + "x" * 600_000,
    "many documents": "---\na: b\n" * 1_000,
}
HOSTILE = {
    "a python object": bent("when: succession", "when: !!python/object/apply:os.system [id]"),
    "a python name": bent("when: succession", "when: !!python/name:os.system ''"),
    "a call": bent("when: succession", "when: \"__import__('os').system('id')\""),
    "an attribute": bent("when: succession", "when: succession.__class__.__mro__"),
    "a format": bent("when: succession", "when: '{0.__class__.__init__.__globals__}'"),
    "a percent": bent("when: succession", "when: '%(succession)s %s %n'"),
    "a template": bent("when: succession", "when: '${succession} {{ 7*7 }}'"),
    "an include": bent("when: succession", "when: !include /etc/passwd"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_grows(name: str) -> None:
    with pytest.raises(RuleFileRefused):
        load_rule_set(BOMBS[name], FACTS)
    with pytest.raises(RuleFileRefused):
        load_schema(BOMBS[name])


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_written_to_run_does_not_run(name: str) -> None:
    global _HEARD  # noqa: PLW0603 an audit hook stays for good; it listens only here
    load_rule_set(RULES, FACTS)  # whatever is loaded once is loaded here
    with contextlib.suppress(RuleFileRefused):
        load_rule_set(HOSTILE[name], FACTS)
    sys.addaudithook(_listen)
    _HEARD = []
    try:
        with pytest.raises(RuleFileRefused):
            load_rule_set(HOSTILE[name], FACTS)
        heard = list(_HEARD)
    finally:
        _HEARD = None

    assert heard == []
