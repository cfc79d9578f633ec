"""What gets installed: whole, and without a checkout."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.house.tree import ROOT, parse, python_files, repository_files

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_IMPORTED = {
    "alembic": "imported by migrations/",
    "psycopg": "the driver SQLAlchemy loads by its name in the URL",
    "python-multipart": "FastAPI loads it to read uploads",
}
"""Dependencies that no import of the package shows, and why they are there."""
PART_OF = {"pydantic-core": "pydantic"}
"""Distributions that a declared one is made of, and cannot be without."""


@pytest.mark.parametrize(
    ("project", "packages"),
    [(".", ("reparations", "migrations")), ("verifier", ("reparations_verifier",))],
    ids=["server", "verifier"],
)
def test_the_wheel_holds_every_file_of_its_packages(project: str, packages: tuple[str, ...], tmp_path: Path) -> None:
    folder = ROOT / project
    wanted = {
        path.relative_to(folder).as_posix()
        for path in repository_files()
        for package in packages
        if path.is_relative_to(folder / package)
    }

    built = _build_wheel(folder, tmp_path)

    packed = {name for name in zipfile.ZipFile(built).namelist() if not name.partition("/")[0].endswith("info")}
    assert packed == wanted


@pytest.mark.parametrize(("project", "package"), [(".", "reparations"), ("verifier", "reparations_verifier")])
def test_every_library_that_is_imported_is_declared(project: str, package: str) -> None:
    declared = tomllib.loads((ROOT / project / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    names = {_normal(re.split(r"[\[>=<; ]", requirement)[0]) for requirement in declared}
    distributions = metadata.packages_distributions()

    imported = {
        module.partition(".")[0] for path in python_files(f"{project}/{package}") for module in _imports(parse(path))
    }
    foreign = imported - sys.stdlib_module_names - {"reparations", "reparations_verifier", "migrations"}

    undeclared = sorted(name for name in foreign if not names & {_owner(found) for found in distributions[name]})
    assert not undeclared, f"declare these in pyproject.toml: {undeclared}"
    used = {_owner(found) for name in foreign for found in distributions[name]}
    idle = sorted(names - used - NOT_IMPORTED.keys())
    assert not idle, f"declared and not used: {idle}"


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _owner(distribution: str) -> str:
    return PART_OF.get(_normal(distribution), _normal(distribution))


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")


def _build_wheel(project: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    outside = _copied(project, folder / "source")
    subprocess.run([*command, "--wheel-dir", folder, outside], check=True, cwd=folder, timeout=120)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _copied(project: Path, target: Path) -> Path:
    """Copy a project, so that building it leaves nothing in the checkout."""
    for path in repository_files():
        if path.is_relative_to(project):
            place = target / path.relative_to(project)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    return target
