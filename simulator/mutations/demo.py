"""A fixed small mix of changes to one course, the same every time for the same world."""

from __future__ import annotations

from collections import Counter

from simulator.clock import DAY_S, iso
from simulator.mutations import grading, people, teams, work
from simulator.mutations.registry import Result, operation
from simulator.world import rows
from simulator.world.world import World


@operation
def demo(world: World, course_id: int | None = None) -> Result:
    """A few of each: grades, hand-ins, comments, people, work, groups, rubric, quiz.

    The course is the first one unless said. Where nothing fitting is left, that part is skipped.
    """
    course = world.courses[course_id if course_id is not None else min(world.courses.rows)]
    world.ensure(course.id)
    done: Result = {"course_id": course.id}
    for part in (_grade_some, _hand_in_some, _comment_some, _change_work, _change_people):
        part(world, course, done)
    for part in (_change_teams, _change_tests):
        part(world, course, done)
    return done


def _living(world: World, course: rows.Course) -> list[rows.Submission]:
    published = {
        row.id
        for row in world.assignments.of("course_id", course.id)
        if row.workflow_state == "published" and not row.anonymous_grading
    }
    found = world.submissions.of("course_id", course.id)
    return [r for r in found if r.workflow_state != "deleted" and r.assignment_id in published]


def _grade_some(world: World, course: rows.Course, done: Result) -> None:
    waiting = [row for row in _living(world, course) if row.workflow_state == "submitted"]
    for row in waiting[:3]:
        grading.grade_submission(world, row.id)
    done["graded"] = [row.id for row in waiting[:3]]


def _hand_in_some(world: World, course: rows.Course, done: Result) -> None:
    def open_to(row: rows.Submission) -> bool:
        assignment = world.assignments[row.assignment_id]
        untouched = row.workflow_state == "unsubmitted" and row.submitted_at is None
        return untouched and "online_text_entry" in assignment.submission_types

    idle = [row for row in _living(world, course) if open_to(row)]
    for row in idle[:2]:
        grading.submit(world, row.id)
    done["submitted"] = [row.id for row in idle[:2]]


def _comment_some(world: World, course: rows.Course, done: Result) -> None:
    listed = {row.id: row for row in _living(world, course)}
    existing = [
        comment
        for comment in world.submission_comments.of("course_id", course.id)
        if comment.submission_id in listed
    ]
    for comment in existing[:1]:
        grading.delete_comment(world, comment.id)
    graded = [row for row in listed.values() if row.workflow_state == "graded"]
    for row in graded[:2]:
        grading.add_comment(world, row.id, text="Have another look at the second part.")
    done["commented"] = [row.id for row in graded[:2]]


def _change_work(world: World, course: rows.Course, done: Result) -> None:
    """Delete an assignment nobody touched, rename one, add one, swap overrides."""
    plain = [
        row
        for row in world.assignments.of("course_id", course.id)
        if row.workflow_state == "published" and row.quiz_id is None and not row.new_quiz
    ]
    untouched = [row for row in plain if _untouched(world, row)]
    for row in untouched[-1:]:
        work.delete_assignment(world, row.id)
        done["deleted_assignment"] = row.id
        plain.remove(row)
    for row in plain[1:2]:
        work.edit_assignment(world, row.id)
    overrides = world.assignment_overrides.of("course_id", course.id)
    for override in [row for row in overrides if row.workflow_state != "deleted"][:1]:
        work.delete_override(world, override.id)
    for row in plain[:1]:
        students = [s.user_id for s in world.submissions.of("assignment_id", row.id)][:1]
        due_at = iso(world.clock.now_s() + 14 * DAY_S)
        work.add_override(world, row.id, student_ids=students, due_at=due_at)
    added = {"name": "Field trip report", "omit_from_final_grade": True}
    done["added_assignment"] = work.add_assignment(world, course.id, **added)["assignment_id"]


def _untouched(world: World, assignment: rows.Assignment) -> bool:
    found = world.submissions.of("assignment_id", assignment.id)
    overridden = world.assignment_overrides.ids("assignment_id", assignment.id)
    idle = all(row.submitted_at is None and row.graded_at is None for row in found)
    return idle and not overridden and assignment.rubric_id is None


def _change_people(world: World, course: rows.Course, done: Result) -> None:
    """The last student with a single enrollment leaves, another comes, one concludes."""
    done["enrolled"] = people.enroll(world, course.id)["enrollment_id"]
    active = [
        row
        for row in world.enrollments.of("course_id", course.id)
        if row.type == "StudentEnrollment"
        and row.workflow_state == "active"
        and row.id != done["enrolled"]
        and world.sections[row.course_section_id].workflow_state == "active"
    ]
    times = Counter(row.user_id for row in active)
    single = [row for row in active if times[row.user_id] == 1]
    for row in single[-1:]:
        done["unenrolled"] = people.unenroll(world, row.id)["enrollment_id"]
    for row in single[:1]:
        done["concluded"] = people.conclude_enrollment(world, row.id)["enrollment_id"]


def _change_teams(world: World, course: rows.Course, done: Result) -> None:
    groups = [g for g in world.groups.of("course_id", course.id) if g.workflow_state != "deleted"]
    if not groups:
        return

    def members(group: rows.Group) -> list[rows.GroupMembership]:
        found = world.group_memberships.of("group_id", group.id)
        return [row for row in found if row.workflow_state == "accepted"]

    made = teams.add_group(world, course.id)["group_id"]
    full = [group for group in groups if len(members(group)) > 1]
    for group in full[:1]:
        teams.move_member(world, members(group)[0].id, group_id=made)
    fewest = min(groups, key=lambda group: (len(members(group)), group.id))
    teams.delete_group(world, fewest.id)
    done["added_group"], done["deleted_group"] = made, fewest.id


def _change_tests(world: World, course: rows.Course, done: Result) -> None:
    for rubric in world.rubrics.of("course_id", course.id)[:1]:
        first = rubric.criteria[0]
        text = f"{first['description']} (revised)"
        work.edit_rubric(world, rubric.id, criteria={first["id"]: {"description": text}})
        done["edited_rubric"] = rubric.id
    practice = [
        quiz
        for quiz in world.quizzes.of("course_id", course.id)
        if quiz.assignment_id is None and quiz.workflow_state != "deleted"
    ]
    for quiz in practice[:1]:
        done["deleted_quiz"] = work.delete_quiz(world, quiz.id)["quiz_id"]
