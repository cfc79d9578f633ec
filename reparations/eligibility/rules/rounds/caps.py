"""The cap of a family over its claims: applied first, so that what it takes off one family is there for the others."""

from __future__ import annotations

from collections import defaultdict

from reparations.eligibility.rules.rounds.entries import Entries
from reparations.eligibility.rules.rounds.shares import Lots, share_by_largest_remainder


def cap_groups(entries: Entries, cap_minor: int, lots: Lots) -> tuple[list[int], list[bool]]:
    """Return what is open of each award under the cap, and which claims the cap took something off.

    A family above the cap has it in proportion to its awards, to the last unit.  What its members were paid before
    counts; a member paid more than that share leaves so much less to the others, never more.
    """
    opens = [entitled - before for entitled, before in zip(entries.entitlements, entries.befores, strict=True)]
    members: defaultdict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(entries.groups):
        if group:
            members[group].append(index)
    capped = [False] * entries.count
    for indices in members.values():
        entitled = [entries.entitlements[index] for index in indices]
        if sum(entitled) <= cap_minor:
            continue
        among = lots.among(indices)
        shares = share_by_largest_remainder(cap_minor, entitled, among)
        wanted = [max(0, share - entries.befores[index]) for index, share in zip(indices, shares, strict=True)]
        available = max(0, cap_minor - sum(entries.befores[index] for index in indices))
        if sum(wanted) > available:
            wanted = share_by_largest_remainder(available, wanted, among)
        for index, amount in zip(indices, wanted, strict=True):
            capped[index] = amount < opens[index]
            opens[index] = amount
    return opens, capped
