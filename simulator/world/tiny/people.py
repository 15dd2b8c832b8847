"""Course 101, its sections, and everybody in it, in every enrollment state."""

from __future__ import annotations

from typing import Any

from simulator.world import rows
from simulator.world.build import enroll, person, section
from simulator.world.world import World

BIOLOGY_ID = 101
TEACHER, TA, DESIGNER, OBSERVER, LOST_OBSERVER = 11, 12, 13, 14, 15
AMINA, JONAS, MOHAMMED, LEE, SOREN, ZOE, HOA, PRIYA = 21, 22, 23, 24, 25, 26, 27, 28
RITA, DAVE, SAM, HARRIET, LONG_NAME, GHOST, TEST_STUDENT = 29, 30, 31, 32, 33, 77, 90
CASEY = 115370000000000073
HONORS_ROLE = {"role": "Honors Student", "role_id": 41}

NAMES = {
    TEACHER: "Mira Okonkwo",
    TA: "Theo Brandt",
    DESIGNER: "Dana Esposito",
    OBSERVER: "Olga Peters",
    LOST_OBSERVER: "Pavel Nikolić",
    AMINA: "Amina Haddad",
    JONAS: "Jonas Müller",
    MOHAMMED: "محمد العلي",
    LEE: "小龍 李",
    SOREN: "Søren 🦊 Kjær",
    ZOE: "Zoë O'Brien-Smith",
    HOA: "Hoa Nguyễn Thị",
    PRIYA: "Priya Raman",
    RITA: "Rita Abgelehnt",
    DAVE: "Dave Gegangen",
    SAM: "Sam Ünlisted",
    HARRIET: "Harriet 👩🏽‍🔬 Honors",
    GHOST: "Gil Ghost",
    CASEY: "Casey Remote",
}


def add_people(world: World) -> None:
    """All users of the preset."""
    for user_id, name in NAMES.items():
        person(world, user_id, name)
    world.users[AMINA].pronouns = "she/her"
    world.users[CASEY].sis_user_id = None
    world.users[SOREN].locale = "da"
    person(
        world,
        TEST_STUDENT,
        "Test Student",
        sortable_name="Student, Test",
        sis_user_id=None,
        login_id=None,
        email=None,
        last_login=None,
    )


def add_biology(world: World) -> None:
    """The course and its three sections, the last one deleted."""
    course = world.courses.add(
        rows.Course(
            id=BIOLOGY_ID,
            account_id=3,
            name="Introduction to Biology",
            course_code="BIO-101",
            enrollment_term_id=2,
            uuid="course-101-uuid-secret",
            start_at="2026-08-24T06:00:00Z",
            end_at="2026-12-18T22:00:00Z",
            apply_assignment_group_weights=True,
            syllabus_body="<p>Cells, energy, evolution. 🧬</p>",
            sis_course_id="2026-AU-BIO-101",
        )
    )
    section(world, course, "Section A – Morning")
    section(world, course, "Section B – Evening 🌙", end_at="2026-12-11T22:00:00Z")
    section(world, course, "Section C – Cancelled", workflow_state="deleted")


def enroll_people(world: World) -> None:
    """One user in two sections, one in two roles, all seven states, a custom role."""
    morning, evening, cancelled = world.sections.of("course_id", BIOLOGY_ID)
    staff: list[tuple[int, str, dict[str, Any]]] = [
        (TEACHER, "TeacherEnrollment", {}),
        (TA, "TaEnrollment", {"limit_privileges_to_course_section": True}),
        (DESIGNER, "DesignerEnrollment", {}),
        (OBSERVER, "ObserverEnrollment", {"associated_user_id": AMINA}),
        (LOST_OBSERVER, "ObserverEnrollment", {}),
        (TEST_STUDENT, "StudentViewEnrollment", {"last_activity_at": None}),
    ]
    for user_id, kind, fields in staff:
        enroll(world, user_id, morning, type=kind, **fields)
    enroll(world, JONAS, evening, type="TaEnrollment")
    students: list[tuple[int, rows.Section, dict[str, Any]]] = [
        (AMINA, morning, {}),
        (AMINA, evening, {}),
        (JONAS, morning, {}),
        (MOHAMMED, morning, {}),
        (LEE, evening, {"sis_import_id": 7}),
        (CASEY, morning, {}),
        (HARRIET, evening, HONORS_ROLE),
        (SOREN, morning, {"workflow_state": "invited"}),
        (PRIYA, evening, {"workflow_state": "creation_pending"}),
        (ZOE, evening, {"workflow_state": "inactive"}),
        (HOA, morning, {"workflow_state": "completed"}),
        (RITA, morning, {"workflow_state": "rejected"}),
        (DAVE, evening, {"workflow_state": "deleted"}),
        (SAM, cancelled, {}),
    ]
    for user_id, where, fields in students:
        enroll(world, user_id, where, **fields)
