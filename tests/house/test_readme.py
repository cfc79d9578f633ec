"""The commands of the README, run as they stand there; only folders, addresses and roles are the test's own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import make_url

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import Cluster

BIN = Path(sys.executable).parent
START_TIMEOUT_S = 30


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
        "--port 8000": f"--port {_free_port()}",
    }
    yield names
    cluster.execute(
        f"DROP DATABASE IF EXISTS {unique} WITH (FORCE)",
        f"DROP ROLE IF EXISTS {unique}_app",
        f"DROP ROLE IF EXISTS {unique}_tables",
    )


def test_running_it_for_real_works_as_written(cluster: Cluster, workshop: Path, stand_ins: dict[str, str]) -> None:
    section = _section("Running it for real")
    for statement in _blocks(section, "sql")[0].split(";"):
        if statement.strip():
            cluster.execute(_replaced(statement, stand_ins))
    set_up, serve = (_replaced(block, stand_ins) for block in _blocks(section, "sh"))
    ours = {"PGPASSFILE": str(workshop / "pgpass"), "REPARATIONS_APP_ROLE": stand_ins["reparations_app"]}

    _run(set_up, workshop, ours)
    service = subprocess.Popen(  # noqa: S603 the README's own command
        ["/bin/bash", "-euc", f"{_exports(set_up)}\nexec {serve}"],
        cwd=workshop,
        env=_environment() | ours,
        stderr=subprocess.PIPE,
    )
    try:
        assert _ask(f"http://127.0.0.1:{stand_ins['--port 8000'].split()[1]}/ready") == b'{"status":"ok"}'
    finally:
        service.terminate()
        service.communicate(timeout=30)


def test_the_tour_goes_as_written(workshop: Path) -> None:
    section = _section("A tour")
    port = _free_port()
    example = [str(BIN / "reparations"), "example", "walk", "--port", str(port), "--data-dir", f"{workshop}/example"]
    names = {":8000": f":{port}", ".venv/bin": str(BIN), "data/example": str(workshop / "example")}
    served = subprocess.Popen(example, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, text=True)  # noqa: S603 our own
    try:
        assert _read_until(served, "Serving until"), "the example did not come to its end"
        printed = _run(_replaced("\n".join(_blocks(section, "sh")), names), workshop, {})
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=30)

    promised = "".join(_blocks(section, "text")).splitlines()
    assert len(promised) > 5
    assert [line for line in promised if line not in printed.splitlines()] == []
    assert served.returncode in {0, -signal.SIGINT, 130}


def _read_until(process: subprocess.Popen[str], words: str) -> bool:
    assert process.stdout is not None
    return any(words in line for line in process.stdout)


def _section(title: str) -> str:
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section {title!r}"
    return found[1]


def _blocks(section: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def _replaced(text: str, stand_ins: dict[str, str]) -> str:
    for written, meant in stand_ins.items():
        text = text.replace(written, meant)
    return text


def _exports(block: str) -> str:
    return "\n".join(line for line in block.splitlines() if line.startswith("export "))


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REPARATIONS_", "DATABASE_"))}
    return kept | {"PATH": f"{BIN}:{os.environ['PATH']}"}


def _run(block: str, folder: Path, settings: dict[str, str]) -> str:
    """Run a block of commands, each of which must succeed, and return what it printed."""
    done = subprocess.run(  # noqa: S603 the README's own commands
        ["/bin/bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env=_environment() | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _ask(url: str) -> bytes:
    """Ask until somebody answers."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 our own address
                content: bytes = answer.read()
                return content
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
