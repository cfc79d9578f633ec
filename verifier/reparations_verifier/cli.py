"""``reparations-verify``: one command for a report, one for a log, one for a closed period.

Exit status: 0 verified, 1 not verified, 2 the check could not be made.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from reparations_verifier import __version__
from reparations_verifier.catalogue import LANGUAGES, choose, say
from reparations_verifier.log import verify_log
from reparations_verifier.period import verify_period
from reparations_verifier.report import verify_report
from reparations_verifier.verdict import NOT_CHECKED, VERIFIED, NotChecked, Verdict


def main(arguments: list[str] | None = None) -> None:
    """Run one check and exit with its status."""
    options = _parser().parse_args(arguments)
    language = choose(options.language, os.environ)
    if options.command == "report":
        verdict, base = verify_report(options.file, options.policy)
        if verdict.status == VERIFIED and options.base_out is not None:
            _write_base(options.base_out, base, verdict)
        good = "report_verified"
    elif options.command == "period":
        verdict = verify_period(options.file, options.policy)
        good = "period_verified"
    else:
        verdict = verify_log(options.folder, options.policy, options.checkpoint)
        good = "log_verified"
    if options.json:
        answer = json.dumps(_as_json(verdict, language), sort_keys=True, ensure_ascii=False)
    else:
        answer = "\n".join(_as_text(verdict, good, language))
    sys.stdout.write(answer + "\n")
    sys.exit(verdict.status)


def _parser() -> argparse.ArgumentParser:
    description = "Check a report, a log or a closed period, offline."
    parser = argparse.ArgumentParser(prog="reparations-verify", description=description)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser("report", help="check an issued report (PDF)")
    report.add_argument("file", type=Path)
    report.add_argument(
        "--base-out", type=Path, metavar="FILE", help="write the report as it was logged; read that one"
    )
    log = commands.add_parser("log", help="check an exported log")
    log.add_argument("folder", type=Path)
    log.add_argument(
        "--checkpoint", type=Path, action="append", default=[], metavar="FILE", help="a checkpoint you kept yourself"
    )
    period = commands.add_parser("period", help="check a closed period and its signed trial balance")
    period.add_argument("file", type=Path)
    for command in (report, log, period):
        command.add_argument("--policy", type=Path, required=True, metavar="FILE", help="whom you believe")
        command.add_argument("--language", choices=sorted(LANGUAGES), help="of the verdict")
        command.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _write_base(path: Path, base: bytes, verdict: Verdict) -> None:
    try:
        path.write_bytes(base)
    except OSError:
        verdict.refuse(NotChecked("file_unreadable", file=path.name))
        return
    verdict.facts["file"] = path.name
    verdict.passed.append("base_written")


def _as_text(verdict: Verdict, good: str, language: str) -> list[str]:
    lines = [f"  ✓ {say(language, code, verdict.facts)}" for code in verdict.passed]
    lines += [f"  ✗ {say(language, code, details)}" for code, details in verdict.findings]
    if verdict.status == VERIFIED:
        return [*lines, "", say(language, good, verdict.facts)]
    bad = "not_checked" if verdict.status == NOT_CHECKED else "refused"
    return [*lines, f"  ✗ {say(language, verdict.code, verdict.details)}", "", say(language, bad, {})]


def _as_json(verdict: Verdict, language: str) -> dict[str, object]:
    found = [{"code": code, "message": say(language, code, details), **details} for code, details in verdict.findings]
    answer: dict[str, object] = {"verified": verdict.status == VERIFIED, "passed": verdict.passed, **verdict.facts}
    if verdict.status != VERIFIED:
        answer |= {"code": verdict.code, "message": say(language, verdict.code, verdict.details), "findings": found}
    return answer
