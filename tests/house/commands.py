"""Commands of the README, taken out of it and run."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.house.tree import ROOT

BIN = Path(sys.executable).parent
START_TIMEOUT_S = 30


def section(title: str) -> str:
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section {title!r}"
    return found[1]


def blocks(section: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def replaced(text: str, stand_ins: dict[str, str]) -> str:
    for written, meant in stand_ins.items():
        text = text.replace(written, meant)
    return text


def exports(block: str) -> str:
    return "\n".join(line for line in block.splitlines() if line.startswith("export "))


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REPARATIONS_", "DATABASE_"))}
    return kept | {"PATH": f"{BIN}:{os.environ['PATH']}"}


def run(block: str, folder: Path, settings: dict[str, str]) -> str:
    """Run a block of commands, each of which must succeed, and return what it printed."""
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env=environment() | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def ask(url: str) -> bytes:
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


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
