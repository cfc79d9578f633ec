"""The shell functions behind script/run and script/test, with the machine's answers given by the test."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NEEDS_ADMINISTRATOR = 3
PLAIN_USER = "is_root() { return 1; }; can_sudo() { return 1; }"
ONLY_PANGO = 'is_installed() { [[ "$1" == libpango-1.0-0 ]]; }; dpkg-query() { :; }'


def test_who_may_not_install_is_told_exactly_what_is_missing() -> None:
    done = _bash(f"{PLAIN_USER}; {ONLY_PANGO}; need_packages libpango-1.0-0 python3 python3-venv")

    assert done.returncode == NEEDS_ADMINISTRATOR
    assert "apt-get install --no-install-recommends python3 python3-venv\n" in done.stderr
    assert "libpango" not in done.stderr


def test_nothing_is_installed_where_everything_is_there() -> None:
    done = _bash(f"{PLAIN_USER}; {ONLY_PANGO}; apt-get() {{ exit 9; }}; need_packages libpango-1.0-0")

    assert done.returncode == 0
    assert "All there." in done.stderr


def test_only_what_is_missing_is_installed_and_no_database_server_is_started() -> None:
    done = _bash(
        f'{ONLY_PANGO}; as_administrator() {{ echo "as administrator: $*" >&2; }};'
        "is_root() { return 0; }; need_packages libpango-1.0-0 postgresql"
    )

    assert done.returncode == 0
    assert "tee /etc/postgresql-common/createcluster.d/no-main-cluster.conf" in done.stderr
    assert "rm -f /etc/postgresql-common/createcluster.d/no-main-cluster.conf" in done.stderr
    assert "libpango" not in done.stderr


def test_a_python_that_is_too_old_is_not_taken(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)

    assert _bash(f"is_usable_python {old}").returncode == 1
    assert _bash(f"is_usable_python {sys.executable}").returncode == 0


def test_a_changed_lock_changes_what_the_environment_is_known_by(tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(sys.executable)
    (tmp_path / "one.lock").write_text("one==1\n", encoding="utf-8")
    (tmp_path / "other.lock").write_text("one==2\n", encoding="utf-8")

    keys = [_bash(f"BIN={tmp_path}; environment_key {tmp_path}/{name}.lock").stdout for name in ("one", "other", "one")]

    assert keys[0]
    assert keys[0] == keys[2] != keys[1]


def test_a_night_of_search_sets_what_each_test_reads_and_keeps_what_is_set() -> None:
    told = _bash("export REPARATIONS_TEST_KILLS=3; search_longer; env | grep ^REPARATIONS_TEST_ | sort").stdout
    read = {
        name
        for test in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r'environ\.get\("(REPARATIONS_TEST_\w+)"', test.read_text("utf-8"))
    }

    assert told.split() == [
        "REPARATIONS_TEST_FUZZ=20000",
        "REPARATIONS_TEST_KILLS=3",
        "REPARATIONS_TEST_MACHINES=100",
        "REPARATIONS_TEST_RULE_SETS=10000",
    ]
    assert {line.partition("=")[0] for line in told.split()} == read


PYTEST = "-m pytest -n 2 --dist loadgroup --max-worker-restart 0"


def test_a_night_of_search_hands_pytest_the_rest_of_the_words(tmp_path: Path) -> None:
    told = _run_tests(tmp_path, "--nightly", "tests/ledger", "-x")

    assert told[0] == f"{PYTEST} tests/ledger -x"
    assert {"REPARATIONS_TEST_FUZZ=20000", "REPARATIONS_TEST_KILLS=200"} < set(told)
    assert _run_tests(tmp_path, "tests/ledger") == [f"{PYTEST} tests/ledger"]


def _run_tests(folder: Path, *words: str) -> list[str]:
    """Run script/test where everything is set up, with a python that tells what it was given; return its lines."""
    scripts, python = folder / "script", folder / ".venv" / "bin" / "python"
    shutil.copytree(ROOT / "script", scripts, dirs_exist_ok=True)
    with (scripts / "lib.sh").open("a", encoding="utf-8") as lib:
        lib.write("set_up_to_test() { :; }\n")
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text('#!/bin/sh\necho "$*"\nenv | grep ^REPARATIONS_TEST_ | sort\n', encoding="utf-8")
    python.chmod(0o755)
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("REPARATIONS_TEST_")}
    done = subprocess.run(
        [scripts / "test", *words], env=quiet, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout.splitlines()


def _bash(commands: str) -> subprocess.CompletedProcess[str]:
    """Run commands in a shell that has read script/lib.sh."""
    return subprocess.run(
        ["/bin/bash", "-c", f"source script/lib.sh; {commands}"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
