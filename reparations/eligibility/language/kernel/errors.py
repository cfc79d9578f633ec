"""What the kernel refuses."""

from __future__ import annotations

from reparations.errors import InvalidInput


class NotInKernel(InvalidInput):
    """A rule set uses what the fast kernel of simulations does not compute; claims can still be assessed by it."""

    code = "eligibility.not_in_kernel"
