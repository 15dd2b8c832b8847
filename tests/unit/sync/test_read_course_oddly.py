"""Courses that answer otherwise than asked: another id, no record, includes left out."""

from canvas.errors import BadRecordError
from sync.runner import Order
from sync.transform.rows import Payload
from sync.verdict import judge
from tests.unit.sync.fakes import Reading
from tests.unit.sync.site import PATHS, pages
from tests.unit.transform.payloads import COURSE, course
from tests.unit.transform.work_payloads import assignment, submission

GLOBAL = 21070000000000101


def without(payload: Payload, name: str) -> Payload:
    return {key: value for key, value in payload.items() if key != name}


async def test_a_course_asked_for_by_its_global_id_is_read_by_the_id_it_answers_with() -> None:
    site = pages()
    site[f"/api/v1/courses/{GLOBAL}"] = site[PATHS["course"]]
    reading = Reading(site)
    found = await reading.of(GLOBAL)
    assert PATHS["submissions"] in dict(reading.reader.asked)
    assert found.complete["submissions"]


async def test_a_course_record_that_cannot_be_read_ends_the_run() -> None:
    reading = Reading(pages(course=[[course(start_at="some day")]]))
    found = await reading.of(COURSE)
    assert isinstance(found.readings["course"].error, BadRecordError)
    assert list(dict(reading.reader.asked)) == [PATHS["course"]]


async def test_records_without_what_was_asked_for_are_not_called_complete() -> None:
    bare = [[without(submission(), "submission_comments")]]
    found = await Reading(pages(submissions=bare)).of(COURSE)
    assert found.complete["submissions"]
    assert not found.complete["submission_comments"]
    proofs = found.proofs()
    assert proofs["submissions"].full_because == "Canvas left out submission_comments"
    assert not any(proof.full_because for name, proof in proofs.items() if name != "submissions")
    state, error = judge(Order(course=COURSE), found, {}, run=1)
    assert error is not None
    assert (state, error.code) == ("partial", "includes_dropped")


async def test_overrides_that_may_not_be_seen_are_not_called_complete() -> None:
    bare = [[without(assignment(), "overrides")]]
    found = await Reading(pages(assignments=bare)).of(COURSE)
    assert not found.complete["assignment_overrides"]


async def test_rubrics_are_complete_only_with_the_list_of_the_course() -> None:
    found = await Reading(pages()).of(COURSE, only=("assignments",))
    assert found.complete["assignments"]
    assert not found.complete["rubrics"]
