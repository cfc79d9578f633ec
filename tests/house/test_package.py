"""What gets installed: whole, and without a checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import ROOT, repository_files


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


def _build_wheel(project: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    outside = _copied(project, folder / "source")
    subprocess.run([*command, "--wheel-dir", folder, outside], check=True, cwd=folder, timeout=120)  # noqa: S603 our own
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
