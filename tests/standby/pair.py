"""A primary and its synchronous standby, on sockets in a temporary folder: what a small installation survives with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg
from sqlalchemy.engine import URL

from tests.postgres import APP_ROLE, OWNER, become_plain_user, find_binaries, scratch_folder

STANDBY = "standby"
_WAIT_S = 15


class Pair:
    """Two servers.  Every commit on the first is on the second's disk before it is acknowledged."""

    def __init__(self) -> None:
        """Start the primary alone; `add_standby` once it holds what both shall hold."""
        self.folder = Path(tempfile.mkdtemp(prefix="rep-sb-", dir=scratch_folder()))
        self._binaries = find_binaries()
        self._as_user = become_plain_user(self.folder)
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        self._run("initdb", "-D", self._data("primary"), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self._start("primary")

    def add_standby(self) -> None:
        """Copy the primary, follow it, and let no commit be acknowledged before the copy has it."""
        follow = f"host={self._socket('primary')} user={OWNER} application_name={STANDBY}"
        self._run("pg_basebackup", "-D", self._data(STANDBY), "-d", follow, "-R", "-X", "stream", "-c", "fast", "-N")
        self._start(STANDBY)
        self.execute("primary", f"ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 ({STANDBY})'")
        self.execute("primary", "SELECT pg_reload_conf()")
        self._wait_until("primary", "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")

    def kill_primary(self) -> None:
        """Kill the primary and each of its processes at once: nothing is flushed, nobody is told."""
        server = self._servers.pop("primary")
        server.send_signal(signal.SIGSTOP)  # it forks no more
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="ascii").split()
        for process in (server.pid, *map(int, children)):
            with suppress(ProcessLookupError):  # a process may end by itself meanwhile
                os.kill(process, signal.SIGKILL)
        server.wait()

    def promote(self) -> None:
        """Make the standby the primary, as an administrator or Patroni does."""
        self.execute(STANDBY, "SELECT pg_promote()")
        self._wait_until(STANDBY, "SELECT NOT pg_is_in_recovery()")

    def wait_for_replay(self) -> None:
        """Wait until a reader of the standby sees all that was committed so far: later than its being safe there."""
        self._wait_until("primary", "SELECT replay_lsn >= pg_current_wal_lsn() FROM pg_stat_replication")

    def url(self, *servers: str, user: str = APP_ROLE) -> str:
        """Return the URL of the books on these servers."""
        hosts = tuple(str(self._socket(server)) for server in servers)
        url = URL.create("postgresql+psycopg", username=user, database="books", query={"host": hosts})
        return url.render_as_string(hide_password=False)

    def execute(self, server: str, statement: str) -> tuple[object, ...] | None:
        """Run one statement as the owner; return its first row, if it gives any."""
        dsn = f"host={self._socket(server)} user={OWNER} dbname=postgres"
        with psycopg.connect(dsn, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchone() if cursor.description else None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what still runs, the standby first, and remove the folder."""
        for server in reversed(list(self._servers.values())):
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _data(self, server: str) -> Path:
        return self.folder / server

    def _socket(self, server: str) -> Path:
        return self.folder / f"{server}-socket"

    def _run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run([*self._as_user, self._binaries / program, *arguments], check=True, capture_output=True, cwd="/")

    def _start(self, server: str) -> None:
        self._socket(server).mkdir()
        shutil.chown(self._socket(server), self.folder.owner())
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket(server)),
            "log_min_messages": "fatal",
            "shared_buffers": "16MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._servers[server] = subprocess.Popen(
            [*self._as_user, self._binaries / "postgres", "-D", self._data(server), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        self._wait_until(server, "SELECT true")

    def _wait_until(self, server: str, question: str) -> None:
        deadline = time.monotonic() + _WAIT_S
        while True:
            try:
                if self.execute(server, question) == (True,):
                    return
            except psycopg.OperationalError:
                if self._servers[server].poll() is not None:
                    raise
            assert time.monotonic() < deadline, f"{server} did not come to: {question}"
            time.sleep(0.02)
