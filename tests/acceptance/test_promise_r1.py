"""R1: killed at any instant, every batch is there with its checkpoint or not at all.

And R2 at the same places: gone on with, it ends as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from canvas.models import CanvasUser
from tests.acceptance.resuming import (
    OFTEN_PASSED,
    PLACES,
    SOAK,
    QuickMirror,
    Undisturbed,
)

TIMES = ("first", "second", "last") if SOAK else ("first", "last")
PEOPLE = CanvasUser._meta.db_table
LINKED = "student_id IS NOT NULL"
TOLD = "SELECT count(*) FROM sync_change WHERE resource = 'submissions' AND kind = 'updated'"
DATABASES = ("sqlite", "postgres")
RELINK = tuple(place for place in PLACES if place.startswith("relink."))
CASES = [
    (place, time)
    for place in PLACES
    for time in TIMES
    if place not in RELINK and (place in OFTEN_PASSED or time == "first")
]


def number(time: str, place: str, undisturbed: Undisturbed) -> int:
    return {"first": 1, "second": 2}.get(time) or undisturbed.last(place)


def on_databases() -> Iterator[tuple[str, str, str]]:
    """Every place on either database; each time on one of them but for the soak."""
    for number, (place, time) in enumerate(CASES):
        kinds = DATABASES if SOAK or time == "first" else (DATABASES[number % 2],)
        yield from ((kind, place, time) for kind in kinds)


@pytest.mark.parametrize(
    ("quick_mirror", "place", "time"), list(on_databases()), indirect=["quick_mirror"]
)
def test_r1_a_run_killed_there_left_whole_batches_and_is_gone_on_with(
    quick_mirror: QuickMirror, undisturbed: Undisturbed, place: str, time: str
) -> None:
    quick_mirror.killed_at(place, number(time, place, undisturbed))
    stored = quick_mirror.stored()
    assert stored == quick_mirror.told() == quick_mirror.feed()
    said, digest = quick_mirror.sync_and_digest()
    assert digest == undisturbed.digest
    if place == "run.closed":
        assert quick_mirror.runs() == [(1, "succeeded", 1), (2, "succeeded", 1)]
    else:
        assert quick_mirror.runs() == [(1, "succeeded", 2)]
        assert said.report["resources"] == undisturbed.resources


@pytest.mark.parametrize("place", RELINK)
def test_r1_rows_that_find_their_parents_are_told_of_in_the_feed_or_have_not_found_them(
    quick_mirror: QuickMirror, place: str
) -> None:
    assert quick_mirror.sync("101", "--only", "submissions").code == 0
    quick_mirror.killed_at(place)
    linkable = quick_mirror.count("submission", f"user_id IN (SELECT canvas_id FROM {PEOPLE})")
    linked = quick_mirror.count("submission", LINKED)
    assert quick_mirror.sql(TOLD) == [(linked,)]
    assert (linked == linkable) == (place == "relink.after_commit")
    assert quick_mirror.sync().counts("updated")["submissions"] == linkable
    assert quick_mirror.count("submission", LINKED) == linkable
    assert quick_mirror.manage("verify_course", "101").code == 0


def test_r1_every_place_is_tried_and_often_ones_at_different_times(
    undisturbed: Undisturbed,
) -> None:
    assert undisturbed.batches > 12
    assert {place for place, _time in CASES} | set(RELINK) == set(PLACES)
