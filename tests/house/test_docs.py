"""What the documentation promises, held against the code."""

from __future__ import annotations

import re

from tests.house import documents
from tests.house.tree import ROOT, name_of, repository_files

LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")


def test_every_problem_code_is_documented() -> None:
    assert documents.PROBLEMS.read_text("utf-8") == documents.problems_page(), "run script/document"


def test_every_setting_and_command_is_documented() -> None:
    text = documents.README.read_text("utf-8")

    assert text == documents.readme_with_tables(text), "run script/document"


def test_every_error_names_its_room_and_means_one_thing() -> None:
    by_code: dict[str, set[str]] = {}
    for error in documents.problem_classes():
        by_code.setdefault(error.code, set()).add(f"{error.__module__}.{error.__name__}")
        assert error.__doc__, f"{error.__name__} does not say what happened"
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", error.code), f"{error.__name__}: {error.code}"

    shared = {code: classes for code, classes in by_code.items() if len(classes) > 1 and "." in code}
    assert shared == {}, "a code is one error"


def test_decisions_are_numbered_without_gaps_and_say_why() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))

    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text("utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. ")
        assert "**Decided.**" in text
        assert "**Why.**" in text
        assert "**What it costs.**" in text or "**What follows.**" in text


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    broken = [
        f"{name_of(path)}: {target}"
        for path in repository_files()
        if path.suffix == ".md"
        for target in LINK.findall(path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ]

    assert broken == []


def test_every_page_is_reached_from_the_index() -> None:
    linked = set(LINK.findall((ROOT / "docs/index.md").read_text("utf-8")))

    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}

    assert sorted(pages - linked) == ["index.md"]


def test_every_path_the_readme_names_exists() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    folders = r"(?:reparations|verifier|migrations|tests|docs|examples|script|requirements)"

    named = set(re.findall(rf"`({folders}/[\w./-]*)`", text))

    assert named
    assert sorted(path for path in named if not (ROOT / path).exists()) == []
