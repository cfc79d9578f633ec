"""The commands of the README, run as they stand there; only folders, addresses and roles are the test's own."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import make_url

from tests.house import commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import Cluster


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """Return an empty folder with a first password in it."""
    (tmp_path / "first-password.txt").write_text("four quite unrelated words\n", encoding="utf-8")
    (tmp_path / "first-password.txt").chmod(0o600)
    return tmp_path


@pytest.fixture
def stand_ins(cluster: Cluster, workshop: Path) -> Iterator[dict[str, str]]:
    """Give what the README's names stand for here; its roles and database are removed afterwards."""
    unique = f"readme_{os.getpid()}"
    server = make_url(cluster.owner_url(unique))
    place = f"{server.host or ''}{f':{server.port}' if server.port else ''}/{unique}"
    query = server.render_as_string(hide_password=False).partition("?")
    (workshop / "pgpass").write_text(f"*:*:*:{unique}_tables:choose one\n*:*:*:{unique}_app:choose another\n", "utf-8")
    (workshop / "pgpass").chmod(0o600)
    names = {
        "reparations_tables": f"{unique}_tables",
        "reparations_app": f"{unique}_app",
        "DATABASE reparations": f"DATABASE {unique}",
        "@localhost/reparations": f"@{place}{query[1]}{query[2]}",
        "/var/lib/reparations": str(workshop / "data"),
        "/etc/reparations/keys": str(workshop / "keys"),
        "--port 8000": f"--port {commands.free_port()}",
    }
    yield names
    cluster.execute(
        f"DROP DATABASE IF EXISTS {unique} WITH (FORCE)",
        f"DROP ROLE IF EXISTS {unique}_app",
        f"DROP ROLE IF EXISTS {unique}_tables",
    )


def test_running_it_for_real_works_as_written(cluster: Cluster, workshop: Path, stand_ins: dict[str, str]) -> None:
    section = commands.section("Running it for real")
    for statement in commands.blocks(section, "sql")[0].split(";"):
        if statement.strip():
            cluster.execute(commands.replaced(statement, stand_ins))
    set_up, serve = (commands.replaced(block, stand_ins) for block in commands.blocks(section, "sh"))
    ours = {"PGPASSFILE": str(workshop / "pgpass"), "REPARATIONS_APP_ROLE": stand_ins["reparations_app"]}

    commands.run(set_up, workshop, ours)
    service = subprocess.Popen(
        ["/bin/bash", "-euc", f"{commands.exports(set_up)}\nexec {serve}"],
        cwd=workshop,
        env=commands.environment() | ours,
        stderr=subprocess.PIPE,
    )
    try:
        assert commands.ask(f"http://127.0.0.1:{stand_ins['--port 8000'].split()[1]}/ready") == b'{"status":"ok"}'
    finally:
        service.terminate()
        service.communicate(timeout=30)
