"""The tour of the README, taken through the walked and served example."""

from __future__ import annotations

import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.house import commands
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.example.conftest import Walked

pytestmark = [pytest.mark.xdist_group("walk"), pytest.mark.timeout(600)]


def test_the_tour_goes_as_written(walked_on_sqlite: Walked, tmp_path: Path) -> None:
    section = commands.section("A tour")
    port = commands.free_port()
    names = {":8000": f":{port}", ".venv/bin": str(commands.BIN), "data/example": f"{tmp_path}/example"}
    shutil.copytree(walked_on_sqlite.data_dir, tmp_path / "example")
    walk = [
        str(commands.BIN / "reparations"),
        "example",
        "walk",
        "--port",
        str(port),
        "--data-dir",
        names["data/example"],
    ]
    served = subprocess.Popen(walk, cwd=ROOT, env=commands.environment(), stdout=subprocess.PIPE, text=True)
    try:
        assert served.stdout is not None
        assert any("Serving until" in line for line in served.stdout), "the example did not come to its end"
        printed = commands.run(commands.replaced("\n".join(commands.blocks(section, "sh")), names), tmp_path, {})
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=30)

    promised = "".join(commands.blocks(section, "text")).splitlines()
    assert len(promised) > 5
    assert [line for line in promised if line not in printed.splitlines()] == []
    assert served.returncode in {0, -signal.SIGINT, 130}
