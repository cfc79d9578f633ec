"""Twelve faults that engines of this kind have shipped, each put into a copy of the language's package.

The copy lies in a folder of its own under another name; the product itself is never changed.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from reparations.eligibility import language

ORIGINAL = Path(language.__file__).parent
_NAME = "reparations.eligibility.language"
_WITHOUT_UNKNOWN = " & ~segments.any(_undecided(counts, counted, segments))"


@dataclass(frozen=True)
class Fault:
    """One wrong place: in `file`, `right` stands once and becomes `wrong`."""

    name: str
    file: str
    right: str
    wrong: str

    @property
    def in_kernel(self) -> bool:
        return self.file.startswith("kernel/")


FAULTS = (
    Fault(
        "a missing value is not in the set",
        "kernel/arrays.py",
        "        result = listed.take(item.value)\n    return truths_where(result, item.known)",
        "        result = listed.take(item.value)\n    return Truths(result & item.known, ~(result & item.known))",
    ),
    Fault(
        "the highest of what is known, as SQL's MAX",
        "kernel/arrays.py",
        f"found[found == LOWEST] = 0\n    return Values(found, complete{_WITHOUT_UNKNOWN})",
        "found[found == LOWEST] = 0\n    return Values(found, complete)",
    ),
    Fault(
        "the sum of what is known, as SQL's SUM",
        "kernel/arrays.py",
        f"np.where(counted, amount.value, 0))\n    return Values(found, complete{_WITHOUT_UNKNOWN})",
        "np.where(counted, amount.value, 0))\n    return Values(found, complete)",
    ),
    Fault(
        "a list nobody has finished asking about is taken for closed",
        "kernel/program.py",
        "        return column.met\n",
        "        return ~column.not_met\n",
    ),
    Fault(
        "half to even done as half up",
        "kernel/products.py",
        "(2 * rest == denominator) & (whole % 2 == 1)",
        "(2 * rest == denominator)",
    ),
    Fault(
        "the last odd cent is lost",
        "kernel/products.py",
        "more = rest > 0",
        "more = rest >= denominator",
    ),
    Fault(
        "born on 29 February: the two rules for other years are exchanged",
        "kernel/days.py",
        "    if ends_in_month:",
        "    if not ends_in_month:",
    ),
    Fault(
        "a presumption overrides a finding",
        "kernel/arrays.py",
        "found.met | (when.met & ~found.not_met), found.not_met",
        "found.met | when.met, found.not_met & ~when.met",
    ),
    Fault(
        "an unknown condition takes the «else»",
        "kernel/arrays.py",
        "known = (when.met & then.known) | (when.not_met & otherwise.known)",
        "known = np.where(when.met, then.known, otherwise.known)",
    ),
    Fault(
        "the smaller or larger of what is known, as SQL's GREATEST",
        "kernel/arrays.py",
        "return Values(value, all_known(items))\n\n\ndef look_up",
        "return Values(value, items[0].known | items[-1].known)\n\n\ndef look_up",
    ),
    Fault(
        "«some» forgets records of which it is not known",
        "evaluate.py",
        "unknown = unknown or found is None",
        "unknown = unknown and found is not None",
    ),
    Fault(
        "an «and» with a no and an unknown is unknown",
        "evaluate.py",
        "    if False in values:\n        return False\n    return None if None in values else True",
        "    if None in values:\n        return None\n    return False not in values",
    ),
)


@contextmanager
def faulty_copy(fault: Fault, folder: Path) -> Iterator[ModuleType]:
    """Import a copy of the language with one fault in it; it is forgotten at the end."""
    name = "language_with_a_fault"
    shutil.copytree(ORIGINAL, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder / name).rglob("*.py"):
        path.write_text(path.read_text("utf-8").replace(_NAME, name), "utf-8")
    path = folder / name / fault.file
    text = path.read_text("utf-8")
    assert text.count(fault.right) == 1, f"{fault.name}: what it replaces does not stand in {fault.file} once"
    path.write_text(text.replace(fault.right, fault.wrong), "utf-8")
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        importlib.import_module(f"{name}.kernel")
        yield sys.modules[name]
    finally:
        sys.path.remove(str(folder))
        for module in [module for module in sys.modules if module.partition(".")[0] == name]:
            del sys.modules[module]
