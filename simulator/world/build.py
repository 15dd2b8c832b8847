"""Small constructors that presets share, so that a world reads like a list of what is in it."""

from __future__ import annotations

from typing import Any

from simulator.world import rows
from simulator.world.world import ADMIN_USER_ID, ID_BLOCK, ROOT_ACCOUNT_ID, World

ROLES = {
    "StudentEnrollment": 3,
    "TeacherEnrollment": 4,
    "TaEnrollment": 5,
    "DesignerEnrollment": 6,
    "ObserverEnrollment": 7,
    "StudentViewEnrollment": 8,
}


def person(world: World, user_id: int, name: str, **fields: Any) -> rows.User:
    """A user with the logins a school would give."""
    *given, family = name.split(" ")
    number = f"{user_id:06d}"[-9:]
    defaults: dict[str, Any] = {
        "sortable_name": f"{family}, {' '.join(given)}" if given else name,
        "short_name": name[:60],
        "sis_user_id": f"P{number}",
        "login_id": f"person{number}",
        "email": f"person{number}@example.edu",
        "uuid": f"user-{number}-uuid",
        "last_login": "2026-09-14T16:20:00Z",
    }
    return world.users.add(rows.User(id=user_id, name=name, **(defaults | fields)))


def section(world: World, course: rows.Course, name: str, **fields: Any) -> rows.Section:
    """A section of a course."""
    row_id = world.new_id("sections", course.id)
    defaults = {"sis_section_id": f"{course.course_code}-{row_id % 1000:02d}"}
    return world.sections.add(
        rows.Section(id=row_id, course_id=course.id, name=name, **(defaults | fields))
    )


def enroll(
    world: World,
    user_id: int,
    in_section: rows.Section,
    *,
    type: str = "StudentEnrollment",
    **fields: Any,
) -> rows.Enrollment:
    """An enrollment in a section, the role the built-in one of its type unless said."""
    defaults: dict[str, Any] = {"role": type, "role_id": ROLES[type]}
    if fields.get("workflow_state", "active") == "active":
        defaults |= {"last_activity_at": "2026-09-14T18:00:00Z", "total_activity_time": 5400}
    return world.enrollments.add(
        rows.Enrollment(
            id=world.new_id("enrollments", in_section.course_id),
            user_id=user_id,
            course_id=in_section.course_id,
            course_section_id=in_section.id,
            type=type,
            **(defaults | fields),
        )
    )


def attach(world: World, course_id: int, name: str) -> int:
    """A stored file; the answer is its id."""
    key = ("files", course_id)
    world.last_ids[key] = world.last_ids.get(key, course_id * ID_BLOCK) + 1
    file_id = world.last_ids[key]
    world.files[file_id] = {
        "uuid": f"verifier{file_id:016d}",
        "display_name": name,
        "filename": name.replace(" ", "+"),
        "content-type": "application/pdf",
        "size": 48_213,
        "created_at": "2026-09-08T10:00:00Z",
        "mime_class": "pdf",
    }
    return file_id


def campus(world: World) -> None:
    """The account tree, the terms and the administrator that every preset has."""
    root = ROOT_ACCOUNT_ID
    for account_id, name, parent in (
        (root, "Fixture University", None),
        (2, "School of Science", root),
        (3, "Department of Biology", 2),
        (4, "School of Arts", root),
    ):
        world.accounts.add(
            rows.Account(
                id=account_id,
                name=name,
                uuid=f"account-{account_id}-uuid",
                parent_account_id=parent,
                root_account_id=root if parent else None,
                sis_account_id=f"ACC-{account_id}",
                lti_guid=f"account-{account_id}:canvas-lms",
            )
        )
    _terms(world)
    person(world, ADMIN_USER_ID, "Ada Administrator", last_login="2026-09-15T07:00:00Z")


def _terms(world: World) -> None:
    for term_id, name, start, end in (
        (1, "Default Term", None, None),
        (2, "Autumn 2026", "2026-08-24T00:00:00Z", "2026-12-18T23:00:00Z"),
        (3, "Spring 2026", "2026-02-16T00:00:00Z", "2026-06-05T22:00:00Z"),
        (4, "Cancelled Summer School", "2026-07-01T00:00:00Z", "2026-07-31T22:00:00Z"),
    ):
        world.terms.add(
            rows.Term(
                id=term_id,
                name=name,
                start_at=start,
                end_at=end,
                sis_term_id=f"TERM-{term_id}",
                workflow_state="deleted" if term_id == 4 else "active",
            )
        )
