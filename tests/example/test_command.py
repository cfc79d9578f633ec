"""The example's command answers a mistake with a sentence, before it touches anything."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.example.conftest import ROOT, environment_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_real_providers_key_is_refused_in_a_sentence_that_does_not_quote_it(tmp_path: Path) -> None:
    folder = tmp_path / "example"
    command = [sys.executable, "-m", "reparations", "example", "walk", "--no-serve", "--data-dir", str(folder)]
    environment = environment_of(folder) | {"REPARATIONS_STRIPE_API_KEY": "sk_live_canary"}

    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "a demonstration takes a test key" in done.stderr
    assert "[misconfigured]" in done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert not (folder / "keys").exists()
