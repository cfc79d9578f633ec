"""Record ids say what they are, and sort by their making."""

from __future__ import annotations

import re
import time

from reparations.ids import new_id


def test_an_id_is_a_prefix_and_26_letters_that_cannot_be_misread() -> None:
    assert re.fullmatch(r"clm_[0-9A-HJKMNP-TV-Z]{26}", new_id("clm"))


def test_ids_never_repeat() -> None:
    assert len({new_id("x") for _ in range(10_000)}) == 10_000


def test_a_later_id_sorts_after_an_earlier_one() -> None:
    earlier = new_id("x")
    time.sleep(0.002)

    assert earlier < new_id("x")
