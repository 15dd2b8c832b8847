"""What course 101 asks for: groups, assignments of every kind, overrides, quizzes, rubrics."""

from __future__ import annotations

from typing import Any

from simulator.clock import days_from_anchor
from simulator.world import rows
from simulator.world.text import long_name
from simulator.world.tiny.people import BIOLOGY_ID, MOHAMMED
from simulator.world.tiny.rubrics import add_rubrics
from simulator.world.world import World

DESCRIPTION = (
    '<p>Read <a href="/files/{id}/download?verifier=v{id}x7Qk" '
    'data-api-endpoint="/api/v1/files/{id}">the sheet</a>, then write.</p>'
)


def add_work(world: World) -> None:
    """Everything there is to do."""
    _add_groups(world)
    lab_rubric, essay_rubric = add_rubrics(world, BIOLOGY_ID)
    _add_writing(world, lab_rubric.id, essay_rubric.id)
    _add_odd_writing(world)
    _add_late_assignments(world)
    _add_quizzes(world)
    _add_overrides(world)


def _add_groups(world: World) -> None:
    for position, (name, weight) in enumerate(
        (("Labs", 40.0), ("Essays", 35.0), ("Quizzes", 25.0))
    ):
        row_id = world.new_id("assignment_groups", BIOLOGY_ID)
        world.assignment_groups.add(
            rows.AssignmentGroup(
                id=row_id,
                course_id=BIOLOGY_ID,
                name=name,
                position=position + 1,
                group_weight=weight,
                integration_data={"oneroster": str(row_id)} if position == 2 else {},
            )
        )
    labs = world.assignment_groups.of("course_id", BIOLOGY_ID)[0]
    labs.rules = {"drop_lowest": 1, "never_drop": [BIOLOGY_ID * 1_000_000 + 1]}


def assign(world: World, group_number: int, name: str, **fields: Any) -> rows.Assignment:
    """A published assignment in the course's n-th group."""
    groups = world.assignment_groups.of("course_id", BIOLOGY_ID)
    row_id = world.new_id("assignments", BIOLOGY_ID)
    defaults: dict[str, Any] = {
        "description": DESCRIPTION.format(id=row_id),
        "position": row_id % 100,
        "sis_assignment_id": f"ASG-{row_id}",
    }
    return world.assignments.add(
        rows.Assignment(
            id=row_id,
            course_id=BIOLOGY_ID,
            assignment_group_id=groups[group_number].id,
            name=name,
            **(defaults | fields),
        )
    )


def _add_writing(world: World, lab_rubric_id: int, essay_rubric_id: int) -> None:
    day = days_from_anchor
    assign(
        *(world, 0, "Lab report 1: Cells"),
        points_possible=20.0,
        due_at=day(-10),
        lock_at=day(40),
        rubric_id=lab_rubric_id,
        use_rubric_for_grading=True,
    )
    assign(
        *(world, 1, "Essay: Photosynthesis 🌱"),
        points_possible=100.0,
        due_at=day(-5),
        grading_type="letter_grade",
        submission_types=["online_upload"],
        allowed_extensions=["pdf", "docx"],
        rubric_id=essay_rubric_id,
    )


def _add_odd_writing(world: World) -> None:
    day = days_from_anchor
    assign(
        *(world, 1, "Participation"),
        points_possible=None,
        submission_types=["none"],
        description=None,
    )
    assign(
        *(world, 0, long_name("Field notebook", 255)),
        due_at=day(-20),
        grading_type="pass_fail",
        submission_types=["on_paper"],
    )
    assign(world, 1, "Draft: Final essay", due_at=day(30), workflow_state="unpublished")
    assign(
        *(world, 1, "Anonymous reflection"),
        due_at=day(-3),
        anonymous_grading=True,
        post_manually=True,
        submission_types=["online_text_entry", "online_url"],
    )


def _add_late_assignments(world: World) -> None:
    day = days_from_anchor
    projects = world.group_categories.of("course_id", BIOLOGY_ID)[0]
    assign(
        *(world, 0, "Group project: Ecosystem"),
        points_possible=50.0,
        due_at=day(20),
        group_category_id=projects.id,
    )
    assign(
        *(world, 2, "Quiz 1: Cell structure"),
        points_possible=5.0,
        due_at=day(-7),
        submission_types=["online_quiz"],
        quiz_id=BIOLOGY_ID * 1_000_000 + 1,
    )
    assign(
        *(world, 2, "Unit check (New Quizzes)"),
        points_possible=8.0,
        due_at=day(10),
        grading_type="percent",
        submission_types=["external_tool"],
        new_quiz=True,
    )
    assign(
        *(world, 0, "Extra lab for the evening section"),
        due_at=day(12),
        only_visible_to_overrides=True,
    )


def _add_quizzes(world: World) -> None:
    graded, new = world.assignments.of("course_id", BIOLOGY_ID)[7:9]
    world.quizzes.add(
        rows.Quiz(
            id=BIOLOGY_ID * 1_000_000 + 1,
            course_id=BIOLOGY_ID,
            title=graded.name,
            description="<p>Closed book.</p>",
            assignment_id=graded.id,
            assignment_group_id=graded.assignment_group_id,
            time_limit=20,
            access_code="sesame-open",
            ip_filter="192.168.10.0/24",
        )
    )
    # Same id as the New Quiz's assignment, and neither is the other.
    practice: dict[str, Any] = {
        "quiz_type": "practice_quiz",
        "allowed_attempts": -1,
        "points_possible": None,
    }
    world.quizzes.add(
        rows.Quiz(id=new.id, course_id=BIOLOGY_ID, title="Practice: Organelles", **practice)
    )
    world.quizzes.add(
        rows.Quiz(
            id=BIOLOGY_ID * 1_000_000 + 2,
            course_id=BIOLOGY_ID,
            title="How is the course going? 🙂",
            quiz_type="survey",
            anonymous_submissions=True,
            question_types=["essay_question", "multiple_choice_question"],
        )
    )


def add_override(world: World, assignment: rows.Assignment, **fields: Any) -> rows.Override:
    """An override of an assignment; `dates` holds the keys it overrides."""
    row_id = world.new_id("assignment_overrides", assignment.course_id)
    return world.assignment_overrides.add(
        rows.Override(
            id=row_id, assignment_id=assignment.id, course_id=assignment.course_id, **fields
        )
    )


def _add_overrides(world: World) -> None:
    day = days_from_anchor
    found = world.assignments.of("course_id", BIOLOGY_ID)
    lab, project, extra = found[0], found[6], found[9]
    evening = world.sections.of("course_id", BIOLOGY_ID)[1]
    team = world.groups.of("course_id", BIOLOGY_ID)[0]
    section_target = {"course_section_id": evening.id, "title": evening.name}
    add_override(world, lab, **section_target, dates={"due_at": day(-8)})
    add_override(
        *(world, lab),
        student_ids=[MOHAMMED],
        title="1 student",
        dates={"due_at": None, "lock_at": None},
    )
    dates = {"due_at": "2026-10-10T21:59:59Z", "unlock_at": day(5), "lock_at": day(40)}
    add_override(world, project, group_id=team.id, title=team.name, dates=dates)
    add_override(world, extra, **section_target, dates={"due_at": day(12)})
