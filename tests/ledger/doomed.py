"""Processes that do deeds until they are killed.

To start Python and import the application takes a hundred times as long as a deed.  One process does that once, never
opens the database, and forks another for every run of deeds; those are the ones that are killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from sqlalchemy import text
from sqlalchemy.engine import make_url

from reparations.db import Database
from reparations.errors import ReparationsError
from reparations.vault import Keyring
from tests.ledger.deeds import DEEDS, Deed

ROOT = Path(__file__).parents[2]
_NAME = "doomed"
_GONE_WITHIN_S = 20


class Outcome(NamedTuple):
    """What a process said before its end."""

    acknowledged: int
    """Deeds it was told are committed."""
    refused: str | None
    """Code of the error at which it stopped."""
    killed: bool


class Doomed:
    """Does deeds in processes of their own.  Use as a context manager."""

    def __init__(self, url: str, keys_dir: Path) -> None:
        """Start the process that forks the others."""
        command = [sys.executable, "-m", "tests.ledger.doomed", url, str(keys_dir)]
        self._parent = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def do(self, deeds: Sequence[Deed], *, kill_after: int = 0, delay_s: float | None = None) -> Outcome:
        """Do deeds one after another; kill the process `delay_s` after the acknowledgement of `kill_after` of them."""
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(deeds) + "\n")
        self._parent.stdin.flush()
        process, acknowledged, refused = 0, 0, None
        while True:
            word, _, rest = self._read().partition(" ")
            if word == "begun":
                process = int(rest)
            elif word == "done":
                acknowledged += 1
            elif word == "refused":
                refused = rest
            elif word == "ended":
                assert int(rest) in {0, -signal.SIGKILL}
                return Outcome(acknowledged, refused, killed=int(rest) == -signal.SIGKILL)
            if delay_s is not None and word in {"begun", "done"} and acknowledged == kill_after:
                time.sleep(delay_s)
                with suppress(ProcessLookupError):  # it was quicker
                    os.kill(process, signal.SIGKILL)
                delay_s = None

    def _read(self) -> str:
        assert self._parent.stdout is not None
        line = self._parent.stdout.readline()
        assert line, "the process that forks the others has ended"
        return line.strip()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process that forks the others."""
        self._parent.communicate(timeout=30)


def main(url: str, keys_dir: str) -> None:
    keyring = Keyring.load(Path(keys_dir))
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            _do(url, keyring, json.loads(line))
        _, status = os.waitpid(process, 0)
        _say(f"ended {os.waitstatus_to_exitcode(status)}")


def _do(url: str, keyring: Keyring, deeds: Sequence[Deed]) -> None:
    """Do deeds and end the process, whatever happens."""
    code = 1
    try:
        database = Database(_named(url), keyring=keyring)
        with database.reading():
            pass  # connected; what is to be killed is a deed
        _say(f"begun {os.getpid()}")
        for name, arguments in deeds:
            with database.transaction() as session:
                DEEDS[name](session, **arguments)
            _say("done")
        code = 0
    except ReparationsError as error:
        _say(f"refused {error.code}")
        code = 0
    finally:
        os._exit(code)


def wait_until_gone(database: Database) -> None:
    """Wait until the server has noticed that the killed process is gone: until then it may still commit for it."""
    if database.engine.dialect.name == "sqlite":
        return  # it was the process itself that wrote
    question = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name")
    deadline = time.monotonic() + _GONE_WITHIN_S
    while True:
        with database.reading() as session:
            if session.execute(question, {"name": _NAME}).scalar_one() == 0:
                return
        assert time.monotonic() < deadline, "the server holds on to a process that was killed"
        time.sleep(0.002)


def _named(url: str) -> str:
    if url.startswith("sqlite"):
        return url
    return make_url(url).update_query_dict({"application_name": _NAME}).render_as_string(hide_password=False)


def _say(line: str) -> None:
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
