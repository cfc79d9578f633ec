"""A real PostgreSQL for the tests: the one `DATABASE_URL` names, or one of their own.

Their own is a private cluster in a temporary folder, started as a plain user (never root), listening on a socket in
that folder only, and taken down with the process that started it, however that ends.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg
from sqlalchemy.engine import URL, make_url

OWNER = "reparations_owner"
APP_ROLE = "reparations_app"
_START_TIMEOUT_S = 60
_LEFT_AFTER_S = 3600
"""A folder this old has its server running, or never will."""
_ROOM_BYTES = 6 * 2**30


class PostgresMissing(RuntimeError):
    """No PostgreSQL is to be had; the suite fails rather than test half of the promise."""


def scratch_folder() -> Path:
    """Return where the tests' databases live: in memory where the machine has room for it, else on its disk.

    Hundreds of databases are made and dropped; on a disk that is all waiting.  A socket's path must be short.
    """
    memory = Path("/dev/shm")  # noqa: S108 each run makes an unguessable folder of its own in it
    if memory.is_dir() and os.access(memory, os.W_OK):
        # What may be written there and what the machine can still give: either can be the smaller.
        room = min(shutil.disk_usage(memory).free, _memory_available())
        return memory if room > _ROOM_BYTES else Path("/tmp")  # noqa: S108 as above
    return Path("/tmp")  # noqa: S108 as above


def _memory_available() -> int:
    """Return the bytes of memory the machine can give before it starts killing processes."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        name, _, kilobytes = line.partition(":")
        if name == "MemAvailable":
            return int(kilobytes.split()[0]) * 1024
    return 0


def sweep(folder: Path) -> None:
    """Remove what servers of killed runs left in `folder`: in memory, a few of them would fill it."""
    for left in folder.glob("rep-??-*"):
        with suppress(OSError):  # another worker of the tests is faster, or it is somebody else's
            is_old = time.time() - left.stat().st_mtime > _LEFT_AFTER_S
            if is_old and not any(_is_served(served) for served in left.rglob("postmaster.pid")):
                shutil.rmtree(left)


def _is_served(postmaster: Path) -> bool:
    process = postmaster.read_text(encoding="ascii").split("\n", 1)[0]
    return Path("/proc", process).exists()


def find_binaries() -> Path:
    """Return the folder of `initdb` and `postgres`.

    Raises:
        PostgresMissing: with the package to install.
    """
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).resolve().parent / "postgres").exists():
        return Path(on_path).resolve().parent
    message = "The tests need a real PostgreSQL: install Debian's package `postgresql`, or set DATABASE_URL."
    raise PostgresMissing(message)


class Cluster:
    """A running PostgreSQL, ours or the operator's.  Use as a context manager."""

    def __init__(self, url: URL, process: subprocess.Popen[bytes] | None, folder: Path | None) -> None:
        """Hold what is to be stopped later."""
        self.url = url
        self._process = process
        self._folder = folder

    @classmethod
    def start(cls) -> Self:
        """Take the server of `DATABASE_URL`, or start one."""
        given = os.environ.get("DATABASE_URL", "")
        if given.startswith(("postgres://", "postgresql")):
            return cls(make_url(given).set(drivername="postgresql"), None, None)
        binaries = find_binaries()
        sweep(scratch_folder())
        folder = Path(tempfile.mkdtemp(prefix="rep-pg-", dir=scratch_folder()))
        as_user = become_plain_user(folder)
        subprocess.run(
            [
                *as_user,
                binaries / "initdb",
                "-D",
                folder / "data",
                "-U",
                OWNER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
            ],
            check=True,
            capture_output=True,
            cwd="/",
        )
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "log_min_messages": "fatal",
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        process = subprocess.Popen(
            [*as_user, binaries / "postgres", "-D", folder / "data", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        url = URL.create("postgresql", username=OWNER, database="postgres", query={"host": str(folder)})
        cluster = cls(url, process, folder)
        cluster._wait()
        return cluster

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server if we started it, and remove its folder."""
        if self._process is not None:
            self._process.send_signal(2)
            self._process.wait(timeout=30)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the owner, each on its own (CREATE DATABASE takes no transaction)."""
        with psycopg.connect(self._dsn(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def owner_url(self, database: str) -> str:
        """URL of the owner of the tables."""
        return self._render(self.url.set(database=database))

    def app_url(self, database: str) -> str:
        """URL of the application's role."""
        return self._render(self.url.set(database=database, username=APP_ROLE))

    def _dsn(self, database: str) -> str:
        return self.url.set(database=database).render_as_string(hide_password=False)

    @staticmethod
    def _render(url: URL) -> str:
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline or (self._process and self._process.poll() is not None):
                    raise
                time.sleep(0.05)
            else:
                return


def become_plain_user(folder: Path) -> list[str]:
    """Return the command prefix that drops root, and ties the server's life to ours."""
    tied = ["setpriv", "--pdeathsig", "INT"]
    if os.getuid() != 0:
        return tied
    names = {user.pw_name for user in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o755)
    return [*tied, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]
