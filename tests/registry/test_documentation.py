"""What docs/registry.md and the glossary promise is what the models are."""

from __future__ import annotations

import re

import pytest

from reparations.db import Row
from reparations.registry import models
from reparations.registry.models import DutyKind, MatchKeyKind
from reparations.registry.rules.values import Purpose, ResolutionReason, RevealField
from tests.house.tree import ROOT

REGISTRY = (ROOT / "docs/registry.md").read_text("utf-8")
TABLES = sorted(
    (model for name in models.__all__ if isinstance(model := getattr(models, name), type) and issubclass(model, Row)),
    key=lambda model: str(model.__tablename__),
)


def line_of(table: object) -> str:
    (line,) = (line for line in REGISTRY.splitlines() if line.startswith(f"| `{table}` |"))
    return line


def is_hidden(column: str) -> bool:
    return column == "key" or column.endswith(("_sealed", "_index", "_commitment"))


@pytest.mark.parametrize("model", TABLES, ids=lambda model: str(model.__tablename__))
def test_every_legible_column_is_listed_and_those_that_change_are_marked(model: type[Row]) -> None:
    columns = {column.name for column in model.__table__.columns}  # type: ignore[attr-defined]  # given by SQLAlchemy
    line = line_of(model.__tablename__).partition("` |")[2]

    named = set(re.findall(r"`(\w+)`", line))
    assert {column for column in columns if not is_hidden(column)} == named - {"died_on_sealed"}
    assert set(re.findall(r"\*`(\w+)`\*", line)) == model.mutable_columns


@pytest.mark.parametrize("code", [*DutyKind, *MatchKeyKind, *Purpose, *ResolutionReason, *RevealField])
def test_every_code_is_explained(code: str) -> None:
    assert f"`{code}`" in REGISTRY


def test_the_glossary_names_nothing_that_does_not_exist() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text("utf-8")
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "reparations").rglob("*.py"))
    in_code = [name for line in glossary.splitlines() for name in re.findall(r"`([A-Z]\w+)`", line.rpartition("| ")[2])]

    missing = [name for name in in_code if not re.search(rf"^class {name}\b", sources, re.MULTILINE)]

    assert in_code
    assert missing == []
