"""The files of a programme's rules in a folder: ``facts.yaml``, and ``v0001/rules.yaml`` with its examples."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from reparations.eligibility.errors import RuleFilesMissing

GOLDEN = "golden.json"
"""What a version said of a few dozen claims when it was fixed; see `language.golden`."""

_VERSION = re.compile(r"v\d{4}")


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """One version's text, and where it lies."""

    folder: Path
    rules: str
    facts: str
    examples: str


def list_versions(folder: Path) -> list[Path]:
    """List the version folders of a programme's rules; a version's own folder stands for itself.

    Raises:
        RuleFilesMissing: there is none.
    """
    if (folder / "rules.yaml").is_file():
        return [folder]
    versions = sorted(path for path in folder.glob("v*") if _VERSION.fullmatch(path.name) and path.is_dir())
    if not versions:
        raise RuleFilesMissing(
            "The folder holds no rules.yaml and no version such as v0001.",
            remedy="Lay the files out as docs/writing-rules.md shows.",
        )
    return versions


def read_version(folder: Path) -> VersionFiles:
    """Read one version; the fact schema lies beside the rules or one folder up.

    Raises:
        RuleFilesMissing: a file is missing, or is not UTF-8 text.
    """
    facts = folder / "facts.yaml"
    return VersionFiles(
        folder,
        rules=_read(folder / "rules.yaml"),
        facts=_read(facts if facts.is_file() else folder.parent / "facts.yaml"),
        examples=_read(folder / "examples.yaml"),
    )


def read_golden_file(folder: Path) -> str | None:
    """Read the golden vectors beside a version, if it has any.

    Raises:
        RuleFilesMissing: the file is not UTF-8 text.
    """
    return _read(folder / GOLDEN) if (folder / GOLDEN).is_file() else None


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise RuleFilesMissing(f"There is no {path.name} where it should be.", remedy=f"Write {path.name}.") from None
    except UnicodeDecodeError:
        raise RuleFilesMissing(f"{path.name} is not text in UTF-8.", remedy="Save it as UTF-8.") from None
