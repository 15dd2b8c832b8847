"""GraphQL as Canvas answers it: fields, pages, limits, and errors inside HTTP 200."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from simulator import Canvas
from simulator.world.tiny.people import TEACHER
from tests.simulator.conftest import Starter
from tests.simulator.graphql_asking import answered, in_course, post

BY_ID = "orderBy: [{field: _id, direction: ascending}]"
ALL = "filter: {states: [submitted, unsubmitted, pending_review, graded]}"


def course(canvas: Canvas, inside: str, **more: Any) -> Any:
    answer = answered(canvas, in_course(inside), **more)
    assert "errors" not in answer, answer
    return answer["data"]["course"]


def nodes(canvas: Canvas, connection: str, wanted: str = "_id", **more: Any) -> list[Any]:
    inside = f"c: {connection} {{ nodes {{ {wanted} }} }}"
    return list(course(canvas, inside, **more)["c"]["nodes"])


def test_a_course_has_an_opaque_id_and_a_numeric_one_as_text(tiny: Canvas) -> None:
    found = course(tiny, "id _id name state __typename")
    assert base64.urlsafe_b64decode(found.pop("id")) == b"Course-101"
    name = tiny.world.courses[101].name
    assert found == {"_id": "101", "name": name, "state": "available", "__typename": "Course"}


def test_no_attempt_is_zero_and_not_null(tiny: Canvas) -> None:
    found = nodes(tiny, "submissionsConnection(filter: {states: [unsubmitted]})", "attempt state")
    assert found
    assert {(row["attempt"], row["state"]) for row in found} == {(0, "unsubmitted")}


def test_unsubmitted_rows_must_be_asked_for(tiny: Canvas) -> None:
    states = {row["state"] for row in nodes(tiny, "submissionsConnection(first: 100)", "state")}
    assert states
    assert states <= {"submitted", "pending_review", "graded"}


def test_rows_come_by_id_only_if_that_is_asked_for(tiny: Canvas) -> None:
    def order(arguments: str) -> list[int]:
        found = nodes(tiny, f"submissionsConnection(first: 100, {ALL}, {arguments})")
        return [int(row["_id"]) for row in found]

    assert order(BY_ID) == sorted(order(""))
    assert order("") != sorted(order(""))
    assert order(BY_ID.replace("ascending", "descending")) == order(BY_ID)[::-1]


def test_every_row_is_on_one_page_of_a_walk(tiny: Canvas) -> None:
    query = (
        "query ($n: Int = 7, $c: String) { course(id: 101) { submissionsConnection("
        f"first: $n, after: $c, {ALL}, {BY_ID}"
        ") { nodes { _id } pageInfo { hasNextPage endCursor } } } }"
    )
    found: list[int] = []
    paging: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while paging["hasNextPage"]:
        answer = answered(tiny, query, variables={"c": paging["endCursor"]})
        page = answer["data"]["course"]["submissionsConnection"]
        found, paging = [*found, *(int(row["_id"]) for row in page["nodes"])], page["pageInfo"]
    shown = [
        row.id
        for row in tiny.world.submissions.of("course_id", 101)
        if row.workflow_state != "deleted"
        and tiny.world.assignments[row.assignment_id].workflow_state == "published"
    ]
    assert found == shown


@pytest.mark.parametrize(("first", "expected"), [("", 20), ("(first: 500)", 21), ("(first: 3)", 3)])
def test_pages_have_twenty_rows_unless_told_and_a_hundred_at_most(
    tiny: Canvas, first: str, expected: int
) -> None:
    states = "invited creation_pending active deleted rejected completed inactive"
    every = f"filter: {{states: [{states}]}}"
    arguments = f"({first.strip('()')}, {every})" if first else f"({every})"
    assert len(nodes(tiny, f"enrollmentsConnection{arguments}")) == expected


def test_deleted_enrollments_must_be_asked_for(tiny: Canvas) -> None:
    states = {row["state"] for row in nodes(tiny, "enrollmentsConnection(first: 100)", "state")}
    assert "deleted" not in states
    assert {"active", "completed", "rejected"} <= states


def test_edges_carry_cursors_that_lead_behind_them(tiny: Canvas) -> None:
    inside = "sectionsConnection { edges { cursor node { _id } } nodes { _id } }"
    found = course(tiny, inside)["sectionsConnection"]
    assert [edge["node"] for edge in found["edges"]] == found["nodes"]
    after = found["edges"][0]["cursor"]
    assert nodes(tiny, f'sectionsConnection(after: "{after}")') == found["nodes"][1:]


@pytest.mark.parametrize("since", ["submittedSince", "gradedSince", "updatedSince"])
def test_since_is_strictly_later(tiny: Canvas, since: str) -> None:
    name = since.removesuffix("Since") + "At"
    every = [row[name] for row in nodes(tiny, "submissionsConnection(first: 100)", name)]
    edge = sorted(filter(None, every))[len(every) // 3]
    kept = f'submissionsConnection(first: 100, filter: {{{since}: "{edge}"}})'
    found = [row[name] for row in nodes(tiny, kept, name)]
    assert sorted(found) == sorted(moment for moment in every if moment and moment > edge)
    assert 0 < len(found) < len(every)


def test_a_grade_moves_updated_at(fresh: Starter) -> None:
    canvas = fresh()
    row = next(r for r in canvas.world.submissions.of("course_id", 101) if r.submitted_at)
    canvas.world.clock.advance(60)
    canvas.mutate("grade_submission", submission_id=row.id, score=1)
    since = 'submissionsConnection(filter: {updatedSince: "2026-09-15T08:00:30Z"})'
    assert nodes(canvas, since) == [{"_id": str(row.id)}]


def test_fragments_aliases_and_variables_are_understood(tiny: Canvas) -> None:
    query = """query Q($id: ID!) { a: course(id: $id) { ...Named ... on Course { _id } ... { _id } }
    } fragment Named on Course { title: name }"""
    found = answered(tiny, query, variables={"id": 101}, operationName="Q")
    assert found["data"]["a"] == {"title": tiny.world.courses[101].name, "_id": "101"}


def test_a_missing_course_and_a_hidden_one_are_null_alike(tiny: Canvas) -> None:
    for number, token in ((999, "t"), (103, "teacher")):
        answer = answered(tiny, in_course("name", number=number), token=token)
        assert answer == {"data": {"course": None}}


def test_the_roster_is_null_for_those_who_may_not_see_it(fresh: Starter) -> None:
    canvas = fresh()
    for row in canvas.world.enrollments.of("user_id", TEACHER):
        row.type = "StudentEnrollment"
    found = course(canvas, "name enrollmentsConnection { nodes { _id } }", token="teacher")
    assert found == {"name": canvas.world.courses[101].name, "enrollmentsConnection": None}


def test_an_anonymous_submission_hides_its_student(tiny: Canvas) -> None:
    found = nodes(tiny, "submissionsConnection(first: 100)", "user { _id } assignmentId")
    hidden = {row["assignmentId"] for row in found if row["user"] is None}
    anonymous = {str(row.id) for row in tiny.world.assignments if row.anonymous_grading}
    assert hidden
    assert hidden <= anonymous


def test_it_costs_what_its_rows_cost(tiny: Canvas) -> None:
    few, many = (
        post(tiny, in_course(f"enrollmentsConnection(first: {n}) {{ nodes {{ _id }} }}"))
        for n in (1, 20)
    )
    assert float(few.headers["X-Request-Cost"]) < float(many.headers["X-Request-Cost"])
