"""What killed runs of the tests left behind is removed by the next."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.postgres import sweep


@pytest.mark.parametrize(
    ("age_s", "served_by", "what"),
    [
        (7_200, "none yet", "removed"),
        (7_200, "one that is gone", "removed"),
        (7_200, "one that runs", "kept"),
        (60, "none yet", "kept"),
        (60, "one that is gone", "kept"),
    ],
)
def test_only_what_is_old_and_served_by_nobody_is_removed(
    tmp_path: Path, age_s: int, served_by: str, what: str
) -> None:
    process = {"one that is gone": 2**30, "one that runs": os.getpid()}.get(served_by)
    left, foreign = tmp_path / "rep-pg-x1y2", tmp_path / "pytest-of-somebody"
    for folder in (left, foreign):
        (folder / "data").mkdir(parents=True)
        if process is not None:
            (folder / "data" / "postmaster.pid").write_text(f"{process}\n/data\n", encoding="ascii")
        os.utime(folder, (time.time() - age_s,) * 2)

    sweep(tmp_path)

    assert (left.exists(), foreign.exists()) == (what == "kept", True)
