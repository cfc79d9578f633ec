"""The files of this repository, as the house rules see them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
_NOT_OURS = {"__pycache__", ROOT / "build", ROOT / "data"}


@cache
def repository_files() -> list[Path]:
    """Return every file that belongs to the repository; what tools leave behind does not."""
    return sorted(_walk(ROOT))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _NOT_OURS or path in _NOT_OURS or path.name.endswith((".egg-info", "_cache")):
            continue
        if path.name.startswith(".") and path.name not in {".ci", ".editorconfig", ".gitignore"}:
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below `folders`, or all of them."""
    files = [path for path in repository_files() if path.suffix == ".py"]
    return [path for path in files if not folders or any(path.is_relative_to(ROOT / folder) for folder in folders)]


@cache
def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """Return the path as it is written in this repository."""
    return path.relative_to(ROOT).as_posix()


def text_files() -> list[Path]:
    """Return the files that people read: everything but fonts and pictures."""
    return [path for path in repository_files() if b"\0" not in path.read_bytes()[:4096]]


def functions_of(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function in a tree, methods and inner ones too."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function from `def` to its end, its docstring left out."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length
