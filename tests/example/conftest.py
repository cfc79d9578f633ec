"""The example, walked by its own command in processes of their own: once in peace, once killed again and again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]
KILLED_AT = ("[ 5/", "[11/", "[14/", "[15/", "[15/")
"""The steps at which the second walk is killed, a moment after each began.  Not while it sends, where the next worker
would wait until the dead one's five minutes are up: `tests/payments` kills it there."""
WALK_TIMEOUT_S = 600


@dataclass(frozen=True)
class Walked:
    """A walk that came to its end."""

    data_dir: Path
    environment: dict[str, str]
    owner_url: str
    app_url: str
    summary: dict[str, Any]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours over what the walk left."""
        return subprocess.run(
            [sys.executable, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )

    def report(self, kind: str) -> Path:
        """Return the file of a report."""
        return self.data_dir / "files" / f"{kind}-report.pdf"


@pytest.fixture(scope="session")
def walked_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Return the example walked on the embedded database, undisturbed."""
    data_dir = tmp_path_factory.mktemp("walked-sqlite")
    environment = environment_of(data_dir)
    summary = _walk(data_dir, environment)
    url = f"sqlite:///{data_dir / 'reparations.sqlite3'}"
    return Walked(data_dir, environment, url, url, summary)


@pytest.fixture(scope="session")
def walked_on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, walked_on_sqlite: Walked, cluster: Cluster
) -> Iterator[Walked]:
    """Give the example walked on PostgreSQL with the same keys, by a process killed (SIGKILL) at step after step."""
    data_dir = tmp_path_factory.mktemp("walked-postgresql")
    signed_last = shutil.ignore_patterns("*.checkpoint")
    shutil.copytree(walked_on_sqlite.data_dir / "keys", data_dir / "keys", ignore=signed_last)
    name = f"rep_walk_{os.getpid()}"
    cluster.execute(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    environment = environment_of(data_dir) | {
        "REPARATIONS_DATABASE_URL": cluster.app_url(name),
        "REPARATIONS_MIGRATION_DATABASE_URL": cluster.owner_url(name),
    }
    for step in KILLED_AT:
        _walk_until(step, data_dir, environment)
    summary = _walk(data_dir, environment)
    yield Walked(data_dir, environment, cluster.owner_url(name), cluster.app_url(name), summary)
    cluster.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def walked(request: pytest.FixtureRequest) -> Walked:
    """Give the walk on each engine in turn."""
    walked: Walked = request.getfixturevalue(f"walked_on_{request.param}")
    return walked


def _walk(data_dir: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Walk to the end, and return the summary."""
    done = subprocess.run(
        _command(data_dir, "--json"),
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=WALK_TIMEOUT_S,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def _walk_until(step: str, data_dir: Path, environment: dict[str, str]) -> None:
    """Start the walk, and kill it a moment after it announced `step`."""
    process = subprocess.Popen(_command(data_dir), env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(step):
            time.sleep(0.3)
            break
    process.kill()
    process.wait()
    process.stdout.close()


def _command(data_dir: Path, *options: str) -> list[str]:
    return [
        sys.executable,
        *("-m", "reparations", "example", "walk", "--no-serve", "--port", "0", "--data-dir", str(data_dir)),
        *options,
    ]


def environment_of(data_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REPARATIONS_")}
    return kept | {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'verifier'}",
        "PYTHONUNBUFFERED": "1",
        "REPARATIONS_MODE": "demo",
        "REPARATIONS_DATA_DIR": str(data_dir),
        "REPARATIONS_KEYS_DIR": str(data_dir / "keys"),
    }
