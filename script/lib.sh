# shellcheck shell=bash
# What script/run, script/test, script/lock and .ci/run share. Sourced, never run by itself.

set -euo pipefail
export LC_ALL=C.UTF-8

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
BIN=$ROOT/.venv/bin
SELF=$(realpath --relative-to="$ROOT" -- "$0")
cd -- "$ROOT"

# WeasyPrint draws the reports with Pango; the third package makes it embed only the letters a report uses.
RUN_PACKAGES=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)

EXIT_NEEDS_ADMINISTRATOR=3

say() { printf '\n==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
fail() {
  printf '\n%s: %s\n' "$SELF" "$*" >&2
  exit 1
}

# ── packages of the system ───────────────────────────────────────────────────────────────────────────────────────────

is_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

is_root() { [[ $EUID -eq 0 ]]; }

# Runs a command as the administrator: as root at once, otherwise through sudo. Returns 1 where neither is possible.
as_administrator() {
  if is_root; then
    "$@"
  elif can_sudo; then
    sudo -- "$@"
  else
    return 1
  fi
}

can_sudo() {
  command -v sudo >/dev/null || return 1
  sudo --non-interactive true 2>/dev/null && return 0
  # A password may be asked for only where a person sits at a terminal.
  [[ -t 0 && -t 2 ]] && sudo --validate
}

# Installs those of the named Debian packages that are missing, or names exactly those and stops with exit code 3.
need_packages() {
  local package missing=()
  if ! command -v dpkg-query >/dev/null; then
    note "This is not Debian: the equivalents of $* are taken to be installed."
    return
  fi
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  if [[ ${#missing[@]} -eq 0 ]]; then
    note "All there."
    return
  fi
  is_root || can_sudo || stop_for_administrator "${missing[@]}"
  install_packages "${missing[@]}" || fail "apt-get could not install ${missing[*]}."
}

# Debian's PostgreSQL would make and start a database server of its own, which nobody asked for: while it is being
# installed, a setting of its package says not to. The tests start theirs.
install_packages() {
  local status=0 log setting=/etc/postgresql-common/createcluster.d/no-main-cluster.conf
  log=$(mktemp)
  note "Installing from Debian: $*"
  as_administrator apt-get update --quiet=2 || note "The package lists could not be renewed; trying with those at hand."
  if [[ " $* " == *" postgresql "* ]]; then
    as_administrator mkdir -p "${setting%/*}"
    as_administrator tee "$setting" <<<"create_main_cluster = false" >/dev/null
  fi
  as_administrator env DEBIAN_FRONTEND=noninteractive \
    apt-get install --quiet=2 --yes --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || status=1
  as_administrator rm -f "$setting"
  [[ $status -eq 0 ]] || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

stop_for_administrator() {
  cat >&2 <<MESSAGE

$SELF: some Debian packages are missing, and this user may not install them.
An administrator must run, once:

    apt-get update && apt-get install --no-install-recommends $*

Then run $SELF again.
MESSAGE
  exit "$EXIT_NEEDS_ADMINISTRATOR"
}

# ── Python ───────────────────────────────────────────────────────────────────────────────────────────────────────────

# Can this Python make an environment for us? 3.11 or later, with venv and pip, and an SQLite that knows STRICT tables.
is_usable_python() {
  "$1" - 2>/dev/null <<'PYTHON'
import ensurepip, sqlite3, ssl, sys, venv
sys.exit(sys.version_info < (3, 11) or sqlite3.sqlite_version_info < (3, 37))
PYTHON
}

find_python() {
  local candidate
  for candidate in python3 /usr/bin/python3; do
    if command -v "$candidate" >/dev/null && is_usable_python "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# Everything that decides what the environment holds; a changed byte means the environment is brought up to date.
environment_key() {
  { "$BIN/python" --version && printf '%s\n' "$ROOT" && cat "$1" pyproject.toml verifier/pyproject.toml; } | sha256sum
}

# Brings .venv up to the named lock (runtime or dev): exactly the locked files, wheels only, each checked by its hash.
need_environment() {
  local lock=requirements/$1.lock stamp=.venv/.stamp-$1 python
  exec 9>.setup.lock # two at a time would tread on each other
  flock 9
  if ! "$BIN/python" -m pip --version >/dev/null 2>&1; then
    python=$(find_python) || fail "no Python 3.11 or later with venv was found, although Debian's is installed."
    note "Making the environment .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
  fi
  if [[ "$(cat "$stamp" 2>/dev/null)" != "$(environment_key "$lock")" ]]; then
    note "Installing the $(grep -c '^[a-z0-9].*==' "$lock") packages of $lock (about a minute the first time)"
    "$BIN/python" -m pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps \
      --require-hashes --only-binary :all: --requirement "$lock" >&2
    # The repository itself, in place: built with the locked setuptools, nothing fetched.
    "$BIN/python" -m pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps \
      --no-index --no-build-isolation --editable . --editable verifier >&2
    environment_key "$lock" >"$stamp"
  else
    note "Up to date with $lock."
  fi
  exec 9>&-
}

# Everything that running the programme takes.
set_up_to_run() {
  say "Debian packages"
  local packages=("${RUN_PACKAGES[@]}")
  find_python >/dev/null || packages+=(python3 python3-venv)
  need_packages "${packages[@]}"
  say "Python environment"
  need_environment runtime
}

# Everything that testing takes: the same, the tools, and a PostgreSQL server to start.
set_up_to_test() {
  say "Debian packages"
  local packages=("${RUN_PACKAGES[@]}")
  find_python >/dev/null || packages+=(python3 python3-venv)
  command -v curl >/dev/null || packages+=(curl) # the README's tour is run as it stands there
  has_postgresql || packages+=(postgresql)
  command -v hledger >/dev/null || packages+=(hledger) # reads our books a second time
  # Who leads when a server is lost. Named with it, its own store keeps apt from choosing one; no service starts.
  packages+=(patroni python3-pysyncobj)
  need_packages "${packages[@]}"
  say "Python environment, with the tools"
  need_environment dev
}

# How long the tests search where they search at random; each test reads its own variable.
search_longer() {
  export REPARATIONS_TEST_RULE_SETS=${REPARATIONS_TEST_RULE_SETS:-10000} # tests/eligibility/differential
  export REPARATIONS_TEST_FUZZ=${REPARATIONS_TEST_FUZZ:-20000}           # tests/eligibility/test_fuzz_shipped.py
  export REPARATIONS_TEST_KILLS=${REPARATIONS_TEST_KILLS:-200}           # tests/ledger/test_kill_at_any_moment.py
  export REPARATIONS_TEST_MACHINES=${REPARATIONS_TEST_MACHINES:-100}     # tests/ledger/test_machine.py
}

# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────

# A server that is named (DATABASE_URL), or the programs to start one of our own: the tests do that, as a plain user.
has_postgresql() {
  [[ -n "${DATABASE_URL:-}" ]] && return 0
  command -v initdb >/dev/null && command -v pg_ctl >/dev/null && return 0
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}
