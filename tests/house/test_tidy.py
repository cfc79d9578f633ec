"""The house rules that no linter knows.  Each exception stands in this file, with its reason."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tests.house.tree import (
    ROOT,
    code_lines,
    functions_of,
    name_of,
    parse,
    python_files,
    repository_files,
    text_files,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 60

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}

BANNED_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "core", "misc"})
PRODUCTION = ("reparations", "verifier/reparations_verifier", "migrations")
MONEY_ROOMS = (
    "reparations/money.py",
    "reparations/ledger",
    "reparations/eligibility",
    "reparations/payments",
    "reparations/recovery",
)


def test_files_are_short_enough_to_read_in_one_sitting() -> None:
    lengths = {
        name_of(path): len(path.read_text("utf-8").splitlines())
        for path in python_files()
        if not path.is_relative_to(ROOT / "migrations/versions")  # a migration is one list of statements
    }

    too_long = {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES and name not in LONG_FILES}

    assert not too_long, _listed("split by subject: a room becomes a folder of the same name", too_long.items())


def test_functions_are_short_enough_to_hold_in_mind() -> None:
    lengths = {
        f"{name_of(path)}:{function.name}": code_lines(function)
        for path in python_files()
        if not path.is_relative_to(ROOT / "migrations")  # DDL is one list of statements
        for function in functions_of(parse(path))
    }

    too_long = {name: n for name, n in lengths.items() if n > MAX_FUNCTION_LINES and name not in LONG_FUNCTIONS}

    assert not too_long, _listed("a function does one thing", too_long.items())


def test_exceptions_are_still_needed() -> None:
    names = {name_of(path) for path in python_files()}

    stale = [name for name in (*LONG_FILES, *LONG_FUNCTIONS) if name.partition(":")[0] not in names]

    assert not stale, _listed("these exceptions are no longer needed", stale)


def test_no_module_is_named_after_nothing() -> None:
    paths = [path.relative_to(ROOT) for path in python_files()]

    vague = [str(path) for path in paths for part in path.parts if BANNED_NAMES & set(_words(part))]

    assert not vague, _listed("name it after what it holds", vague)


def test_no_class_is_named_after_nothing() -> None:
    vague = [
        f"{name_of(path)}:{node.name}"
        for path in python_files(*PRODUCTION)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef) and node.name.lower().endswith(tuple(BANNED_NAMES))
    ]

    assert not vague, _listed("name it after what it is", vague)


def test_no_float_comes_near_money() -> None:
    floats = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files(*MONEY_ROOMS)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Name) and node.id == "float"
    ]

    assert not floats, _listed("money is whole minor units", floats)


def test_only_the_database_room_commits() -> None:
    commits = [
        f"{name_of(path)}:{call.lineno}"
        for path in python_files(*PRODUCTION)
        if not path.is_relative_to(ROOT / "reparations/db")
        for call in _calls(parse(path))
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}
    ]

    assert not commits, _listed("one deed, one transaction: Database.transaction() commits", commits)


def test_nothing_in_production_code_is_left_for_later() -> None:
    unfinished = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files(*PRODUCTION)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Name) and node.id == "NotImplementedError"
    ]

    assert not unfinished, _listed("finish these", unfinished)


def test_every_silenced_lint_says_why() -> None:
    silenced = re.compile(r"# noqa(?P<codes>: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*)?(?P<reason>.*)")

    mute = [
        f"{name_of(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        for match in silenced.finditer(line)
        if path.name != "test_tidy.py" and (not match["codes"] or len(match["reason"].split()) < 2)
    ]

    assert not mute, _listed("write `# noqa: CODE the reason`", mute)


def test_every_test_asserts_something() -> None:
    idle = [
        f"{name_of(path)}:{function.name}"
        for path in python_files("tests")
        for function in functions_of(parse(path))
        if function.name.startswith("test_") and not _asserts(function)
    ]

    assert not idle, _listed("these tests assert nothing", idle)


def test_no_test_is_skipped_and_nothing_of_ours_is_mocked() -> None:
    evasive = re.compile(r"pytest\.(skip|importorskip|xfail)\b|mark\.(skip|skipif|xfail)\b|unittest\.mock|\bmocker\b")

    found = [
        f"{name_of(path)}: {match[0]}"
        for path in python_files("tests")
        if path.name != "test_tidy.py"
        for match in evasive.finditer(path.read_text("utf-8"))
    ]

    assert not found, _listed("test the real thing, always", found)


def test_no_file_names_a_machine_or_a_package_index() -> None:
    patterns = {
        "a path of one machine": re.compile(r"(?<![\w.$~-])/(?:home|root|work|Users)/"),
        "an index option": re.compile(
            r"(?<!no-emit)-(?:extra-)?index[-_]url|(?<!no-emit)-find[-_]links|trusted[-_]host", re.IGNORECASE
        ),
        "an index": re.compile(r"https?://[^\s/]*(?:artifact|mirror|registry|proxy|npm|pypi)[^\s]*", re.IGNORECASE),
    }

    found = [
        f"{name_of(path)}: {what}: {match[0]}"
        for path in text_files()
        if path.name != "test_tidy.py"
        for what, pattern in patterns.items()
        for match in pattern.finditer(path.read_text("utf-8"))
    ]

    assert not found, _listed("this repository stands alone", found)


def test_locks_name_every_package_by_version_and_hash_and_no_address() -> None:
    for lock in ("runtime", "dev"):
        text = (ROOT / f"requirements/{lock}.lock").read_text("utf-8")
        requirements = re.split(r"\n(?=[a-z0-9])", text)

        loose = [part.split()[0] for part in requirements if not _is_pinned(part)]

        assert len(requirements) > 50
        assert loose == []
        assert "://" not in text
        assert re.search(r"^-", text, re.MULTILINE) is None


def test_development_and_production_are_locked_to_the_same_versions() -> None:
    runtime, development = (_versions(ROOT / f"requirements/{lock}.lock") for lock in ("runtime", "dev"))

    assert runtime.items() <= development.items()


def test_no_file_is_left_empty_or_unreadable() -> None:
    empty = [name_of(path) for path in repository_files() if not path.read_bytes() and path.name != "__init__.py"]

    assert not empty, _listed("fill or remove", empty)


def _listed(advice: str, found: Iterable[object]) -> str:
    return "\n  ".join([f"{advice}:", *map(str, found)])


def _words(name: str) -> list[str]:
    return re.split(r"[_.\-]", name.lower())


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _asserts(function: ast.AST) -> bool:
    """Does it assert, expect an error, or call a function that says it does (`check_…` raises, `assert_…` asserts)?"""
    if any(isinstance(node, ast.Assert) for node in ast.walk(function)):
        return True
    called = {ast.unparse(call.func).rpartition(".")[2] for call in _calls(function)}
    return any(
        name in {"fail", "raises", "refused"} or name.startswith(("assert_", "_assert_", "check")) for name in called
    )


def _is_pinned(requirement: str) -> bool:
    return bool(re.match(r"[a-z0-9._-]+==[^ ]+ ", requirement)) and "--hash=sha256:" in requirement


def _versions(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", lock.read_text("utf-8"), re.MULTILINE))
