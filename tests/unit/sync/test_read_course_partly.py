"""Reading a part of a source: what was decided is read, and what it proves says so."""

import datetime as dt

from sync.proof import Mode
from sync.reach import Reach
from sync.runner import Course
from tests.unit.sync.fakes import Reading
from tests.unit.sync.site import PATHS, memberships_of, pages

SINCE = dt.datetime(2026, 9, 15, 8, tzinfo=dt.UTC)
OF_ONE_GROUP = Reach(mode=Mode.CHANGED_PARENTS, parents=frozenset({412}))
CHANGES = Reach(mode=Mode.UPDATED_SINCE, since=SINCE)


async def read(**reaches: Reach) -> tuple[Course, Reading]:
    reading = Reading(pages() | {"/api/graphql": [[]]})
    reading.store.reaches = reaches
    return await reading.of(101), reading


def places(reading: Reading, source: str) -> list[int]:
    """Of each batch of the source, in how many places of listings it was."""
    return [len(batch.progress) for batch in reading.store.batches if batch.source == source]


async def test_only_the_groups_that_changed_are_asked_for_their_members() -> None:
    course, reading = await read(group_memberships=OF_ONE_GROUP)
    asked = {path for path, _ in reading.reader.asked if "memberships" in path}
    assert asked == {memberships_of(412)}
    assert course.proofs()["group_memberships"].parents == frozenset({412})


async def test_of_submissions_only_changes_are_asked_for() -> None:
    course, reading = await read(submissions=CHANGES)
    asked = [path for path, _ in reading.reader.asked]
    assert PATHS["submissions"] not in asked
    assert course.proofs()["submissions"].mode is Mode.UPDATED_SINCE
    assert course.complete["submissions"]


async def test_a_reading_of_changes_keeps_no_place_to_go_on_from() -> None:
    _, reading = await read(submissions=CHANGES, group_memberships=OF_ONE_GROUP)
    assert places(reading, "submissions") == [0]
    assert places(reading, "group_memberships") == [0]
    assert sum(places(reading, "enrollments")) == 2


async def test_what_was_read_in_full_proves_it_of_every_parent() -> None:
    course, _ = await read()
    proofs = course.proofs()
    assert {proof.mode for proof in proofs.values()} == {Mode.FULL}
    assert proofs["group_memberships"].parents == frozenset({411, 412, 413})
    assert proofs["submissions"].parents is None


async def test_the_report_knows_how_each_resource_was_read() -> None:
    course, _ = await read(submissions=CHANGES)
    modes = course.modes()
    assert modes["submission_comments"] == modes["submissions"] == "updated_since"
    assert modes["quizzes"] == modes["users"] == "full"
