"""What all listings of a world show at one moment, resource by resource.

A record is what belongs to the resource itself: resources embedded in it (the user of an
enrollment, the overrides and the rubric of an assignment, the comments of a submission) are
records of their own, and values that move by themselves are left out (canvas-api 4.8, 4.12).
"""

from __future__ import annotations

from typing import Any

from simulator.auth import Caller
from simulator.call import Call
from simulator.clock import epoch
from simulator.query import Query
from simulator.views import guards
from simulator.views.accounts import term_json
from simulator.views.assignment_fields import assignment_json
from simulator.views.assignments import GROUP
from simulator.views.courses import listed
from simulator.views.enrollments import enrollment_json
from simulator.views.groups import category_json, group_json
from simulator.views.quizzes import new_quiz_json, quiz_json
from simulator.views.rubrics import rubric_json
from simulator.views.sections import section_json
from simulator.views.submission_fields import SUBMISSION, comments_json, lateness
from simulator.world import rows
from simulator.world.world import ADMIN_USER_ID, World

RESOURCES = (
    *("courses", "terms", "sections", "users", "enrollments", "assignment_groups", "assignments"),
    *("assignment_overrides", "submissions", "submission_comments", "rubric_assessments"),
    *("group_categories", "groups", "group_memberships", "quizzes", "rubrics"),
    *("rubric_criteria", "rubric_ratings"),
)
VOLATILE = {
    "assignments": frozenset(
        "needs_grading_count needs_grading_count_by_section secure_params url lock_info "
        "lock_explanation locked_for_user submission submissions_download_url can_duplicate "
        "unpublishable".split()
    ),
    "quizzes": frozenset({"locked_for_user", "lock_info", "unpublishable"}),
}
SUBMISSION_FIELDS = (*SUBMISSION.names, "attachments", "late", "missing")
Records = dict[str, dict[Any, Any]]


def snapshot(world: World) -> dict[int, Records]:
    """Records by resource for each listed course that exists already; under 0 the terms."""
    shot: dict[int, Records] = {0: {"terms": _terms(world)}}
    for course in world.courses:
        if course.workflow_state != "deleted" and course.id not in world.makers:
            shot[course.id] = _course_records(world, course)
    return shot


def _call(world: World, query: str = "") -> Call:
    return Call(
        world=world,
        caller=Caller(user_id=ADMIN_USER_ID, admin=True),
        query=Query(query),
        base="",
        path="",
        now=world.now(),
    )


def _terms(world: World) -> dict[Any, Any]:
    call = _call(world)
    return {row.id: term_json(call, row) for row in guards.alive(list(world.terms))}


def _course_records(world: World, course: rows.Course) -> Records:
    call, seen = _call(world), Records()
    with_count = _call(world, "include[]=total_students")
    seen["courses"] = {course.id: listed(with_count, course)}
    sections = guards.alive(world.sections.of("course_id", course.id))
    seen["sections"] = {row.id: section_json(call, row) for row in sections}
    _people(call, course, seen)
    _assignments(world, course, seen)
    _submissions(call, course, seen)
    _teams(call, course, seen)
    _quizzes(call, course, seen)
    _rubrics(world, course, seen)
    return seen


def _people(call: Call, course: rows.Course, seen: Records) -> None:
    seen["users"], seen["enrollments"] = {}, {}
    for row in call.world.enrollments.of("course_id", course.id):
        record = enrollment_json(call, row)
        user = record.pop("user")
        seen["users"][user["id"]] = user
        seen["enrollments"][row.id] = record


def _assignments(world: World, course: rows.Course, seen: Records) -> None:
    query = "override_assignment_dates=false&include[]=overrides"
    call, launches = _call(world, query), world.launches
    groups = guards.alive(world.assignment_groups.of("course_id", course.id))
    seen["assignment_groups"] = {row.id: GROUP(row) for row in groups}
    seen["assignments"], seen["assignment_overrides"] = {}, {}
    for row in guards.alive(world.assignments.of("course_id", course.id)):
        record = _steady("assignments", assignment_json(call, row))
        record.pop("rubric", None)
        for override in record.pop("overrides"):
            seen["assignment_overrides"][override["id"]] = override
        seen["assignments"][row.id] = record
    world.launches = launches


def _steady(resource: str, record: dict[str, Any]) -> dict[str, Any]:
    """The record without what moves by itself."""
    return {name: value for name, value in record.items() if name not in VOLATILE[resource]}


def _submissions(call: Call, course: rows.Course, seen: Records) -> None:
    """Tuples instead of records: there may be 50,000."""
    world, now_s = call.world, epoch(call.now)
    seen["submissions"], seen["submission_comments"], seen["rubric_assessments"] = {}, {}, {}
    commented = world.submission_comments.indexes["submission_id"]
    for assignment in world.assignments.of("course_id", course.id):
        if assignment.workflow_state != "published":
            continue
        for row in world.submissions.of("assignment_id", assignment.id):
            if row.workflow_state == "deleted":
                continue
            late, missing, _ = lateness(row, assignment, now_s=now_s)
            values = (*SUBMISSION.values(row), row.attachments, late, missing)
            seen["submissions"][row.id] = (values, assignment.anonymous_grading)
            for criterion_id, mark in (row.rubric_assessment or {}).items():
                seen["rubric_assessments"][f"{row.id}:{criterion_id}"] = mark
            if row.id in commented:
                for comment in comments_json(call, row):
                    seen["submission_comments"][comment["id"]] = comment


def _teams(call: Call, course: rows.Course, seen: Records) -> None:
    world = call.world
    seen["group_categories"], seen["groups"], seen["group_memberships"] = {}, {}, {}
    for category in guards.alive(world.group_categories.of("course_id", course.id)):
        seen["group_categories"][category.id] = category_json(call, category)
        for group in guards.alive(world.groups.of("group_category_id", category.id)):
            seen["groups"][group.id] = group_json(call, group)
            for row in guards.alive(world.group_memberships.of("group_id", group.id)):
                seen["group_memberships"][row.id] = (row.user_id, row.workflow_state, row.moderator)


def _quizzes(call: Call, course: rows.Course, seen: Records) -> None:
    world = call.world
    classic = guards.alive(world.quizzes.of("course_id", course.id))
    records = {f"classic:{r.id}": _steady("quizzes", quiz_json(call, r)) for r in classic}
    for row in guards.alive(world.assignments.of("course_id", course.id)):
        if row.new_quiz:
            records[f"new:{row.id}"] = new_quiz_json(row)
    seen["quizzes"] = {} if "quizzes" in course.hidden_tabs else records


def _rubrics(world: World, course: rows.Course, seen: Records) -> None:
    """Bookmarked rubrics, and those only an assignment shows."""
    seen["rubrics"], seen["rubric_criteria"], seen["rubric_ratings"] = {}, {}, {}
    for row in world.rubrics.of("course_id", course.id):
        used = guards.alive(world.assignments.of("rubric_id", row.id))
        if row.workflow_state == "deleted" or not (row.bookmarked or used):
            continue
        record = rubric_json(row)
        for criterion in record.pop("data"):
            place = f"{row.id}:{criterion['id']}"
            for rating in criterion.pop("ratings"):
                seen["rubric_ratings"][f"{place}:{rating['id']}"] = rating
            seen["rubric_criteria"][place] = criterion
        seen["rubrics"][row.id] = record if row.bookmarked else _settings(record)


def _settings(record: dict[str, Any]) -> dict[str, Any]:
    """The part of a rubric that an assignment shows."""
    names = ("id", "title", "points_possible", "free_form_criterion_comments", "hide_score_total")
    return {name: record[name] for name in names}
