"""Counting: each row once per run, whatever it was seen as."""

from canvas.models.upsert import Fate
from sync.census import Census, ResourceCounts


def test_a_row_that_comes_again_counts_once_with_what_says_more() -> None:
    census = Census()
    tally = census.of("users")
    tally.add({1: Fate.CREATED, 2: Fate.UNCHANGED, 3: Fate.UPDATED})
    tally.add({1: Fate.UNCHANGED, 2: Fate.UPDATED, 3: Fate.UNCHANGED})
    counts = census.counts({"users": True})["users"]
    assert (counts.seen, counts.created, counts.updated, counts.unchanged) == (3, 1, 2, 0)


def test_a_row_that_was_updated_and_then_is_new_counts_as_new() -> None:
    """It was removed in between, by others."""
    census = Census()
    census.of("users").add({1: Fate.UPDATED})
    census.of("users").add({1: Fate.CREATED, 2: Fate.CREATED})
    counts = census.counts({"users": True})["users"]
    assert (counts.seen, counts.created, counts.updated, counts.unchanged) == (2, 2, 0, 0)


def test_records_set_aside_were_seen_too() -> None:
    census = Census()
    census.of("sections").add({1: Fate.CREATED})
    census.of("sections").set_aside += ["2", None]
    counts = census.counts({"sections": True})["sections"]
    assert (counts.seen, counts.rejected) == (3, 2)


def test_deleted_rows_were_not_seen() -> None:
    census = Census()
    census.of("sections").deleted += 4
    assert census.counts({"sections": True}) == {
        "sections": ResourceCounts(deleted=4, complete=True)
    }


def test_both_engines_of_quizzes_are_one_resource() -> None:
    census = Census()
    census.of("quizzes").add({1: Fate.CREATED})
    census.of("new_quizzes").add({2: Fate.UNCHANGED})
    counts = census.counts({"quizzes": True, "new_quizzes": False})
    assert counts == {"quizzes": ResourceCounts(seen=2, created=1, unchanged=1, complete=False)}


def test_a_table_that_was_not_read_is_not_reported() -> None:
    census = Census()
    census.of("users").add({1: Fate.CREATED})
    assert census.counts({"sections": True}).keys() == {"sections"}
