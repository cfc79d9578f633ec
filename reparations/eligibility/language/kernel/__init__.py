"""Rules over columns: the same typed tree as the evaluator's, for a million claims in a fraction of a second.

For simulation and screening only.  What is stored is always computed by `language.assess`, claim by claim.
"""

from reparations.eligibility.language.kernel.columns import (
    ClaimColumns,
    Column,
    ListColumns,
    Truths,
    Values,
    columns_of,
    dtype_of,
    make_columns,
)
from reparations.eligibility.language.kernel.errors import NotInKernel
from reparations.eligibility.language.kernel.screening import OUTCOMES, Kernel, Screening

__all__ = [
    "OUTCOMES",
    "ClaimColumns",
    "Column",
    "Kernel",
    "ListColumns",
    "NotInKernel",
    "Screening",
    "Truths",
    "Values",
    "columns_of",
    "dtype_of",
    "make_columns",
]
