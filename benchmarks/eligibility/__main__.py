"""Simulation, decisions and a traced decision over the same claims, beside a hand-written oracle and OpenFisca.

    python -m benchmarks.eligibility [--claims 1000000] [--stored 1000000] [--only-stored] [--json]

Every engine must say the same as the oracle of every claim (outcome, amount, all criteria); otherwise it fails.
Loading is never timed; OpenFisca-Core lives in an environment of its own (``.venv-benchmark``, made at the first run
from ``requirements/benchmark.lock``).  Shares, benefits and priority are not measured: the kernel does not compute
them.  What is stored is assessed and written to a database (SQLite; PostgreSQL too if `DATABASE_URL` names a server
where a database may be made and dropped again), each row with its codes, hash and event, and read back and compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.eligibility import oracle, ours, stored
from benchmarks.eligibility.population import Arrays, make_population

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv-benchmark"
LOCK = ROOT / "requirements" / "benchmark.lock"
TRACED = 2_000


def main() -> int:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--stored", type=int, default=1_000_000, help="claims to store; 0 stores none")
    parser.add_argument("--only-stored", action="store_true", help="leave out the other parts")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    found: dict[str, object] = {}
    if not options.only_stored:
        found = measure(options.claims, runs=options.runs, processes=options.processes)
    if options.stored:
        claims = make_population(options.stored)
        found["stored"] = stored.measure(claims, oracle.screen(claims), options.stored)
    sys.stdout.write(json.dumps(found) + "\n" if options.json else _written(found))
    return 0


def measure(count: int, *, runs: int, processes: int) -> dict[str, object]:
    """Run every engine over the same claims.

    Raises:
        AssertionError: one of them says something else than the oracle.
    """
    claims = make_population(count)
    kernel, columns = ours.kernel(), ours.columns(claims)
    times: dict[str, list[float]] = {"oracle": [], "kernel": []}
    expected: Arrays = {}
    for _ in range(runs):
        expected = _timed(times["oracle"], lambda: oracle.screen(claims))
        screened = _timed(times["kernel"], lambda: kernel.run(columns))
        _compare("kernel", ours.as_arrays(screened), expected)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "claims.npz", Path(folder) / "said.npz"
        np.savez(source, **claims)
        times["openfisca"] = _openfisca(source, runs, target)
        with np.load(target) as said:
            _compare("openfisca", dict(said), expected)
        said, wall, evaluating = ours.assess_all(source, count, processes)
    _compare("evaluator", said, expected)
    median = {name: statistics.median(one) for name, one in times.items()}
    outcomes = np.bincount(expected["outcome"], minlength=4).tolist()
    return {
        "claims": count,
        "outcomes": dict(zip(("eligible", "not_eligible", "more_information", "pending"), outcomes, strict=True)),
        "seconds": {
            name: {"median": median[name], "lowest": min(one), "highest": max(one)} for name, one in times.items()
        },
        "kernel_to_oracle": median["kernel"] / median["oracle"],
        "openfisca_to_kernel": median["openfisca"] / median["kernel"],
        "evaluator": {"processes": processes, "seconds": wall, "us_a_claim": evaluating / count * 1e6},
        "traced_us": _quartiles(ours.time_traced(claims, min(TRACED, count))),
    }


def _timed(times: list[float], run: Callable[[], Arrays]) -> Arrays:
    started = time.perf_counter()
    result = run()
    times.append(time.perf_counter() - started)
    return result


def _quartiles(values: list[float]) -> dict[str, float]:
    low, middle, high = statistics.quantiles(values, n=4)
    return {"median": middle, "lower_quartile": low, "upper_quartile": high}


def _compare(name: str, said: Arrays, expected: Arrays) -> None:
    for what, values in expected.items():
        different = np.count_nonzero(said[what] != values)
        if different or len(said[what]) != len(values):
            message = f"{name} differs from the oracle in {what} of {different} claims"
            raise AssertionError(message)


def _openfisca(source: Path, runs: int, target: Path) -> list[float]:
    python = _environment()
    command = [
        str(python),
        "-W",
        "ignore",
        "-m",
        "benchmarks.eligibility.openfisca",
        str(source),
        str(runs),
        str(target),
    ]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout  # noqa: S603 our own module
    times: list[float] = json.loads(printed)
    return times


def _environment() -> Path:
    """Make the environment of OpenFisca-Core, or take it as it is if the lock has not changed since."""
    python, stamp = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "lock"
    lock = LOCK.read_bytes()
    if not stamp.is_file() or stamp.read_bytes() != lock:
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        install = (
            "-m",
            "pip",
            "install",
            "--quiet",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
        )
        subprocess.run([str(python), *install, "--requirement", str(LOCK)], check=True)  # noqa: S603 as locked
        stamp.write_bytes(lock)
    return python


def _written(found: dict[str, object]) -> str:
    lines = _written_engines(found) if "seconds" in found else []
    parts: dict[str, dict[str, float]] = found.get("stored", {})  # type: ignore[assignment]
    for name, one in parts.items():
        lines.append(
            f"  stored, {name}: {one['claims']:,.0f} claims assessed and written in {one['seconds']:.1f} s "
            f"({one['claims_a_second']:,.0f} a second, {one['us_of_processor']:.0f} µs of processor each), of it "
            f"{one['storing_s']:.1f} s in inserts and commits ({one['stored_a_second']:,.0f} a second); "
            f"{one['memory_added_mb']:.0f} MB added after the first chunk; every row equal to the oracle"
        )
    return "\n".join(lines) + "\n"


def _written_engines(found: dict[str, object]) -> list[str]:
    seconds: dict[str, dict[str, float]] = found["seconds"]  # type: ignore[assignment]
    evaluator: dict[str, float] = found["evaluator"]  # type: ignore[assignment]
    traced: dict[str, float] = found["traced_us"]  # type: ignore[assignment]
    lines = [f"{found['claims']:,} claims, all engines equal on every claim: {found['outcomes']}"]
    for name, one in seconds.items():
        lines.append(f"  {name:<11}{one['median']:>8.3f} s   ({one['lowest']:.3f} to {one['highest']:.3f})")
    lines.append(f"  kernel / oracle      {found['kernel_to_oracle']:.2f}   (wanted: at most 1.5)")
    lines.append(f"  openfisca / kernel   {found['openfisca_to_kernel']:.1f}   (wanted: at least 3)")
    lines.append(
        f"  evaluator, {evaluator['processes']} processes: {evaluator['seconds']:.1f} s, "
        f"{evaluator['us_a_claim']:.1f} µs of evaluation a claim"
    )
    lines.append(
        f"  one traced decision: {traced['median']:.1f} µs "
        f"({traced['lower_quartile']:.1f} to {traced['upper_quartile']:.1f}; wanted: below 50)"
    )
    return lines


if __name__ == "__main__":
    sys.exit(main())
