"""What the documentation says about the code, made from the code: `script/document` writes it, a test compares.

* `docs/problems.md`: every problem code the service can answer with.
* The table of settings and the map of commands in `README.md`, between their markers.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

import typer.main

import reparations
from reparations.cli import build
from reparations.errors import ReparationsError
from reparations.settings import Settings
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click import Command

PROBLEMS = ROOT / "docs/problems.md"
README = ROOT / "README.md"

_PROBLEMS_HEAD = """\
# Problems

Every error of the HTTP API is a problem detail (RFC 9457, `application/problem+json`). Its `code` is stable and is
listed here; `type` is `urn:reparations:problem:` followed by the code. `detail` says what happened and why, `remedy`
what to do next, `field` and `errors` which fields are at fault, `record` which record is concerned, `request_id` where
to find the request in the log. None of them ever holds a personal datum. The command line prints the same codes.

This page is made by `script/document` from the classes themselves.
"""

_OF_THE_SERVICE = [
    ("not_found", 404, "There is no such address. A record that is missing has a code of its room."),
    ("method_not_allowed", 405, "The address exists, but not for this method; `Allow` names those it has."),
    ("internal", 500, "A fault of ours. Nothing was changed; the log has the rest under `request_id`."),
]


def import_everything() -> None:
    """Import every module of the server, so that every class it defines is known."""
    for module in pkgutil.walk_packages(reparations.__path__, "reparations."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def problem_classes() -> list[type[ReparationsError]]:
    """Return every error that can be raised, ordered by its code."""
    import_everything()
    found = {error for error in _below(ReparationsError) if error.__module__.partition(".")[0] == "reparations"}
    return sorted(found, key=lambda error: (error.code, error.__name__))


def _below(error: type[ReparationsError]) -> Iterator[type[ReparationsError]]:
    for child in error.__subclasses__():
        yield child
        yield from _below(child)


def problems_page() -> str:
    """Write `docs/problems.md`."""
    rows: dict[str, tuple[int, str]] = {code: (status, meaning) for code, status, meaning in _OF_THE_SERVICE}
    for error in problem_classes():
        rows.setdefault(error.code, (error.status, _meaning(error)))
    parts = [_PROBLEMS_HEAD]
    ordered = sorted(rows.items(), key=lambda row: (_room(row[0]), row[0]))
    for room, codes in groupby(ordered, key=lambda row: _room(row[0])):
        parts.append(f"\n## {room or 'Any room'}\n\n| code | status | meaning |\n|---|---|---|\n")
        for code, (status, meaning) in codes:
            parts.append(f"| `{code}` | {status} | {meaning} |\n")
    return "".join(parts)


def _room(code: str) -> str:
    return code.partition(".")[0] if "." in code else ""


def _meaning(error: type[ReparationsError]) -> str:
    """Return the first paragraph of an error's docstring, on one line, safe in a table."""
    paragraph = inspect.cleandoc(error.__doc__ or "").partition("\n\n")[0]
    return " ".join(paragraph.split()).replace("|", "\\|")


def settings_table() -> str:
    """Write the table of settings, from the attributes of `Settings` and their docstrings."""
    meanings = _attribute_docstrings(Settings)
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=False)
        shown = f"`{getattr(default, 'value', default)}`" if default not in {None, ""} else "none"
        meaning = " ".join(meanings[name].split()).replace("|", "\\|")
        lines.append(f"| `REPARATIONS_{name.upper()}` | {shown} | {meaning} |")
    return "\n".join(lines)


def _attribute_docstrings(cls: type) -> dict[str, str]:
    """Return the string below each annotated attribute of a class."""
    definition = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for attribute, below in zip(definition.body, definition.body[1:], strict=False):
        if not (isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
            found[attribute.target.id] = below.value.value
    return found


def commands_table() -> str:
    """Write the table of commands, from the command line itself."""
    lines = ["| command | does |", "|---|---|"]
    lines += [f"| `reparations {name}` | {first} |" for name, first in _commands(typer.main.get_command(build()), "")]
    return "\n".join(lines)


def _commands(command: Command, prefix: str) -> Iterator[tuple[str, str]]:
    children: dict[str, Command] | None = getattr(command, "commands", None)
    if children is None:
        help_text = (command.help or "").partition("\n\n")[0]
        yield prefix.strip(), " ".join(help_text.split()).replace("|", "\\|")
        return
    for name, child in children.items():
        yield from _commands(child, f"{prefix} {name}")


def readme_with_tables(text: str) -> str:
    """Return the README with its made parts renewed."""
    for marker, table in (("settings", settings_table()), ("commands", commands_table())):
        pattern = re.compile(rf"(<!-- {marker}: made by script/document -->\n).*?(<!-- end of {marker} -->)", re.DOTALL)
        parts = pattern.split(text)
        assert len(parts) == len(("before", "opening", "closing", "after")), f"README.md has lost its {marker} markers"
        text = f"{parts[0]}{parts[1]}\n{table}\n\n{parts[2]}{parts[3]}"
    return text


def write() -> None:
    """Write both documents."""
    PROBLEMS.write_text(problems_page(), encoding="utf-8")
    README.write_text(readme_with_tables(README.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
