"""Three members of a Patroni cluster on the loopback interface: nobody but they themselves decides who leads.

Patroni and its store of who leads (its own Raft, spoken by the members themselves, so that no further service is
installed or started) are Debian's package `patroni`.  The members keep what they know in a temporary folder and end
with the process that started them.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self, TypeVar

import psycopg
from sqlalchemy.engine import URL

from tests.postgres import APP_ROLE, OWNER, become_plain_user, find_binaries, scratch_folder

MEMBERS = ("alpha", "beta", "gamma")
HOST = "127.0.0.1"
TTL_S = 10
_LOOP_WAIT_S, _RETRY_TIMEOUT_S = 1, 3
_PORTS = range(20_000, 32_000)  # below those the system hands out by itself
_WAIT_S = 60
AnswerT = TypeVar("AnswerT")


class PatroniMissing(RuntimeError):
    """No Patroni is to be had; the suite fails rather than test half of the promise."""


def find_patroni() -> Path:
    """Return the program.

    Raises:
        PatroniMissing: with the package to install.
    """
    if found := shutil.which("patroni"):
        return Path(found)
    message = "The tests need a real Patroni: install Debian's package `patroni`."
    raise PatroniMissing(message)


def find_free_ports(number: int) -> list[int]:
    """Return ports of the loopback interface on which nothing listened a moment ago."""
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as tried:
            if tried.connect_ex((HOST, port)) != 0:
                found.append(port)
        if len(found) == number:
            return found
    message = "this machine has no free port left"
    raise RuntimeError(message)


class PatroniCluster:
    """Three servers, one of which leads; every commit is on one of the others' disk before it is acknowledged."""

    def __init__(self) -> None:
        """Write what each member is to know, and start them all: the first to be ready makes the database."""
        self.folder = Path(tempfile.mkdtemp(prefix="rep-pt-", dir=scratch_folder()))
        self._binaries = find_binaries()
        self._patroni = find_patroni()
        self._as_user = become_plain_user(self.folder)
        self._password = secrets.token_hex(16)
        ports = find_free_ports(3 * len(MEMBERS))
        self.ports = dict(zip(MEMBERS, ports, strict=False))
        self._rest_ports = dict(zip(MEMBERS, ports[len(MEMBERS) :], strict=False))
        self._raft_ports = dict(zip(MEMBERS, ports[2 * len(MEMBERS) :], strict=False))
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for member in MEMBERS:
            self._write_configuration(member)
            self.start(member)

    def start(self, member: str) -> None:
        """Start a member, for the first time or after it was killed."""
        log = self.folder / f"{member}.log"
        with log.open("ab") as output:
            self._running[member] = subprocess.Popen(
                [*self._as_user, self._patroni, self._folder(member) / "patroni.json"],
                stdout=output,
                stderr=output,
                cwd="/",
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            )

    def kill(self, member: str) -> None:
        """Kill Patroni, its PostgreSQL and each of that one's processes at once, as when the machine loses power."""
        patroni = self._running.pop(member)
        doomed = [patroni.pid]
        patroni.send_signal(signal.SIGSTOP)  # it starts nothing anew
        with suppress(FileNotFoundError, ProcessLookupError):  # it may not have started a server, or that one is gone
            postmaster = int((self._data(member) / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
            os.kill(postmaster, signal.SIGSTOP)  # it forks no more
            doomed += [postmaster, *_list_children(postmaster)]
        for process in doomed:
            with suppress(ProcessLookupError):  # a process may end by itself meanwhile
                os.kill(process, signal.SIGKILL)
        patroni.wait()

    def wait_for_leader(self, *, other_than: str | None = None) -> str:
        """Wait until a member accepts writing; return its name."""
        return self._wait(lambda: next((each for each in MEMBERS if each != other_than and self._leads(each)), None))

    def wait_for_followers(self, leader: str, number: int) -> None:
        """Wait until so many follow the leader, one of whom has every commit before it is acknowledged."""
        question = (
            f"SELECT count(*) = {number} AND count(*) FILTER (WHERE sync_state = 'sync') = 1"
            " FROM pg_stat_replication WHERE state = 'streaming'"
        )
        self._wait(lambda: self._ask(leader, question))

    def url(self, user: str = APP_ROLE) -> str:
        """Return the URL of the books on all members, whoever leads."""
        hosts = tuple(f"{HOST}:{port}" for port in self.ports.values())
        url = URL.create(
            "postgresql+psycopg", username=user, password=self._password, database="books", query={"host": hosts}
        )
        return url.render_as_string(hide_password=False)

    def make_books(self, leader: str) -> None:
        """Make the application's role and an empty database."""
        for statement in (f"CREATE ROLE {APP_ROLE} LOGIN PASSWORD '{self._password}'", "CREATE DATABASE books"):
            with self._connect(leader) as connection:
                connection.execute(statement.encode())

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what still runs, and remove the folder."""
        for member in list(self._running):
            self.kill(member)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _folder(self, member: str) -> Path:
        return self.folder / member

    def _data(self, member: str) -> Path:
        return self._folder(member) / "data"

    def _write_configuration(self, member: str) -> None:
        folder = self._folder(member)
        folder.mkdir()
        dcs = {
            "ttl": TTL_S,
            "loop_wait": _LOOP_WAIT_S,
            "retry_timeout": _RETRY_TIMEOUT_S,
            "synchronous_mode": True,
            "synchronous_mode_strict": True,
            "postgresql": {"use_pg_rewind": True, "parameters": {"max_connections": 50, "shared_buffers": "16MB"}},
        }
        configuration = {
            "scope": "books",
            "name": member,
            "restapi": _listening(self._rest_ports[member]),
            "raft": {
                "data_dir": str(folder / "raft"),
                "self_addr": f"{HOST}:{self._raft_ports[member]}",
                "partner_addrs": [f"{HOST}:{self._raft_ports[each]}" for each in MEMBERS if each != member],
            },
            "bootstrap": {"dcs": dcs, "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"]},
            "postgresql": {
                **_listening(self.ports[member]),
                "data_dir": str(self._data(member)),
                "bin_dir": str(self._binaries),
                "pgpass": str(folder / "pgpass"),
                "authentication": {
                    "superuser": {"username": OWNER, "password": self._password},
                    "replication": {"username": "replicator", "password": self._password},
                },
                "pg_hba": [
                    f"host replication replicator {HOST}/32 scram-sha-256",
                    f"host all all {HOST}/32 scram-sha-256",
                ],
                "parameters": {"unix_socket_directories": ""},
            },
        }
        file = folder / "patroni.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(configuration, indent=2), encoding="utf-8")
        user = self.folder.owner()
        shutil.chown(folder, user)
        shutil.chown(file, user)

    def _connect(self, member: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=HOST,
            port=self.ports[member],
            user=OWNER,
            password=self._password,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )

    def _ask(self, member: str, question: str) -> bool:
        try:
            with self._connect(member) as connection:
                return connection.execute(question.encode()).fetchone() == (True,)
        except psycopg.OperationalError:
            return False

    def _leads(self, member: str) -> bool:
        return self._ask(member, "SELECT NOT pg_is_in_recovery()")

    def _wait(self, question: Callable[[], AnswerT | None]) -> AnswerT:
        deadline = time.monotonic() + _WAIT_S
        while not (answer := question()):
            assert time.monotonic() < deadline, f"the cluster did not get there in time:\n{self._last_words()}"
            time.sleep(0.1)
        return answer

    def _last_words(self) -> str:
        logs = {member: self.folder / f"{member}.log" for member in MEMBERS}
        return "\n".join(f"{member}: {log.read_text(errors='replace')[-2_000:]}" for member, log in logs.items())


def _list_children(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()]


def _listening(port: int) -> dict[str, str]:
    return {"listen": f"{HOST}:{port}", "connect_address": f"{HOST}:{port}"}
