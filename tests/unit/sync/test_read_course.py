"""Reading a whole course: who waits for whom, and how far an error reaches."""

import threading

import pytest

from canvas.client import Gap
from canvas.errors import (
    AccessRevokedError,
    CanvasDownError,
    ForbiddenError,
    GoneError,
    ThrottledError,
)
from sync.errors import BadOrderError
from sync.plan import PLAN
from sync.runner import Order, read_course
from tests.unit.sync.fakes import Listing, Never, Reading, failing
from tests.unit.sync.site import API, PATHS, groups_of, memberships_of, pages
from tests.unit.transform.payloads import category, enrollment, section

NAMES = {source.name for source in PLAN}


async def test_everything_is_read_once_and_stored() -> None:
    reading = Reading(pages())
    course = await reading.of(101)
    assert reading.diary.read == NAMES
    assert reading.store.keys_of("enrollments") == [301, 302]
    assert sorted(reading.store.keys_of("group_memberships")) == [421, 422, 423]
    assert course.proven() == NAMES
    assert set(course.complete.values()) == {True}


async def test_each_path_is_asked_once_with_the_parameters_of_the_plan() -> None:
    reading = Reading(pages())
    await reading.of(101)
    asked = dict(reading.reader.asked)
    assert len(asked) == len(reading.reader.asked) == 15
    params = {PATHS[source.name]: source.params for source in PLAN if not source.per}
    assert {path: asked[path] for path in params} == params


async def test_a_source_starts_when_all_it_waits_for_have_finished() -> None:
    reading = Reading(pages())
    await reading.of(101)
    entries = reading.diary.entries
    for source in PLAN:
        start = entries.index(("started", source.name))
        assert all(entries.index(("finished", name)) < start for name in source.after)


async def test_sources_that_do_not_wait_for_each_other_are_read_at_the_same_time() -> None:
    reading = Reading(pages())
    await reading.of(101)
    entries = reading.diary.entries
    first_end = entries.index(("finished", "course")) + 1
    together = {"sections", "group_categories", "assignment_groups", "rubrics"}
    assert {name for _, name in entries[first_end : first_end + 4]} == together
    assert {what for what, _ in entries[first_end : first_end + 4]} == {"started"}


async def test_the_closing_gets_the_course_the_proof_and_the_wish() -> None:
    reading = Reading(pages())
    order = Order(course=101, accept_deletes=True)
    await read_course(
        order,
        reader=reading.reader,
        store=reading.store,
        watch=reading.diary,
        stop=Never(),
    )
    assert reading.store.closed == (101, NAMES, True)


async def test_only_what_was_asked_for_and_what_it_needs_is_read() -> None:
    reading = Reading(pages())
    course = await reading.of(101, only=("submissions",))
    assert reading.diary.read == {"course", "assignments", "submissions"}
    assert reading.store.closed == (101, {"course", "assignments", "submissions"}, False)
    assert "enrollments" not in course.complete


async def test_a_resource_nobody_knows_is_refused_before_anything_is_read() -> None:
    reading = Reading(pages())
    with pytest.raises(BadOrderError, match="unknown resource grades"):
        await reading.of(101, only=("grades",))
    assert reading.reader.asked == []


async def test_a_course_that_cannot_be_read_ends_the_run_before_the_rest() -> None:
    gone = GoneError()
    reading = Reading(pages(course=[gone]))
    course = await reading.of(101)
    # The second time, even if it is deleted.
    assert [path for path, _ in reading.reader.asked] == [API, API]
    assert course.readings["course"].refused is gone
    assert (reading.store.batches, reading.store.closed) == ([], None)


async def test_a_listing_that_may_not_be_read_does_not_end_the_others() -> None:
    refusal = ForbiddenError()
    reading = Reading(pages(sections=[refusal]))
    course = await reading.of(101)
    assert reading.diary.read == NAMES
    assert course.readings["sections"].refused is refusal
    assert course.proven() == NAMES - {"sections"}
    assert [table for table, whole in course.complete.items() if not whole] == ["sections"]


@pytest.mark.parametrize("error", [CanvasDownError(), ThrottledError(retry_after_s=5)])
async def test_a_retryable_error_ends_its_listing_and_what_needs_it(
    error: CanvasDownError | ThrottledError,
) -> None:
    reading = Reading(pages(assignments=[error]))
    course = await reading.of(101)
    assert course.not_read == {"submissions"}
    assert course.readings["assignments"].error is error
    assert course.proven() == NAMES - {"assignments", "submissions"}
    assert reading.store.closed is not None


async def test_what_came_before_an_error_is_stored() -> None:
    pages_before = [enrollment(id=number) for number in (1, 2)]
    listing = failing(pages_before, [enrollment(id=3)], error=CanvasDownError())
    reading = Reading(pages(enrollments=listing))
    course = await reading.of(101)
    assert reading.store.keys_of("enrollments") == [1, 2, 3]
    assert "enrollments" not in course.proven()


async def test_rubrics_are_whole_only_when_all_who_list_them_are() -> None:
    course = await Reading(pages(assignments=[CanvasDownError()])).of(101)
    unread = {table for table, whole in course.complete.items() if not whole}
    assert {"rubrics", "rubric_criteria", "rubric_ratings", "assignments"} <= unread
    assert {"sections", "users", "quizzes"}.isdisjoint(unread)


async def test_group_sets_that_may_not_be_read_leave_groups_unproven() -> None:
    course = await Reading(pages(group_categories=[ForbiddenError()])).of(101)
    assert "group_categories" not in course.proven()
    whole = {name: course.complete[name] for name in ("groups", "group_memberships")}
    assert whole == {"groups": False, "group_memberships": False}


async def test_one_group_set_that_may_not_be_read_leaves_the_others_groups() -> None:
    site = pages() | {groups_of(401): [ForbiddenError()]}
    reading = Reading(site)
    course = await reading.of(101)
    assert sorted(reading.store.keys_of("groups")) == [412, 413]
    assert sorted(reading.store.keys_of("group_memberships")) == [422, 423]
    assert {"groups", "group_memberships"} - course.proven() == {"groups"}
    assert course.complete["group_memberships"] is False


async def test_an_error_in_one_group_set_skips_the_memberships() -> None:
    reading = Reading(pages() | {groups_of(401): [CanvasDownError()]})
    course = await reading.of(101)
    assert "group_memberships" in course.not_read
    assert all("memberships" not in path for path, _ in reading.reader.asked)


async def test_a_fatal_error_ends_the_run_without_a_closing() -> None:
    revoked = AccessRevokedError()
    reading = Reading(pages(group_categories=[revoked]))
    course = await reading.of(101)
    assert course.fatal is revoked
    assert {"groups", "group_memberships", "submissions"} <= course.not_read
    assert reading.store.closed is None


async def test_a_fatal_error_ends_the_listings_under_way_after_their_page() -> None:
    listing: Listing = [[section(id=number)] for number in range(100)]
    reading = Reading(pages(group_categories=[AccessRevokedError()], sections=listing))
    course = await reading.of(101)
    assert len(reading.store.keys_of("sections")) < 10
    assert course.readings["sections"].stopped


async def test_an_optional_listing_that_is_not_there_is_fine_and_proves_nothing() -> None:
    reading = Reading(pages(new_quizzes=[GoneError()]))
    course = await reading.of(101)
    assert course.absent == {"new_quizzes"}
    assert course.readings["new_quizzes"].refused is None
    assert course.complete["new_quizzes"] is True
    assert course.proven() == NAMES - {"new_quizzes"}


async def test_an_optional_listing_that_fails_is_a_failure() -> None:
    down = CanvasDownError()
    course = await Reading(pages(new_quizzes=[down])).of(101)
    assert course.readings["new_quizzes"].error is down
    assert course.absent == set()


async def test_a_listing_whose_links_were_lost_proves_nothing() -> None:
    reading = Reading(pages())
    reading.reader.ends_proven = False
    course = await reading.of(101)
    assert course.proven() == {"course"}
    assert reading.diary.whole["sections"] is False
    assert course.readings["sections"].gap is Gap.LINKS_LOST


async def test_what_canvas_could_not_bear_to_send_along_is_not_complete() -> None:
    reading = Reading(pages())
    reading.reader.dropped = ("overrides",)
    course = await reading.of(101, only=("assignments",))
    assert course.left_out == {"assignment_overrides"}
    assert course.complete["assignments"]
    assert not course.complete["assignment_overrides"]
    because = course.proofs()["assignments"].full_because
    assert because == "Canvas left out assignment_overrides"


async def test_an_optional_listing_need_not_show_its_end_and_then_proves_nothing() -> None:
    reading = Reading(pages())
    reading.reader.ends_proven = False
    course = await reading.of(101, only=("new_quizzes",))
    assert (course.absent, course.complete["new_quizzes"]) == ({"new_quizzes"}, True)
    assert course.proven() == {"course"}


async def test_a_stopped_run_stores_what_it_has_and_closes_nothing() -> None:
    stop = threading.Event()
    listing: Listing = [[section(id=1)], [section(id=2)], [section(id=3)]]
    reading = Reading(pages(sections=listing))
    reading.reader.before_page = lambda path, number: (
        stop.set() if (path, number) == (PATHS["sections"], 2) else None
    )
    course = await reading.of(101, stop=stop)
    assert reading.store.keys_of("sections") == [1, 2]
    assert course.stopped
    assert {"assignments", "submissions", "enrollments"} <= course.not_read
    assert (reading.store.closed, course.complete["sections"]) == (None, False)


async def test_a_database_error_is_raised_as_it_is() -> None:
    reading = Reading(pages(), failure=OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        await reading.of(101)


async def test_groups_listed_twice_are_asked_for_their_members_once() -> None:
    reading = Reading(pages(group_categories=[[category()], [category()]]))
    await reading.of(101)
    asked = [path for path, _ in reading.reader.asked]
    assert asked.count(groups_of(401)) == 1
    assert asked.count(memberships_of(411)) == 1
