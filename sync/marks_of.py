"""THE TABLE: what an event of Canvas makes dirty. Pure.

Closed: an event that is not in it changes nothing that is mirrored. An event says that something
may have changed and never what it is now, so none of its values is looked at; a deletion is an
update here, and what a source no longer lists ends by the rules of every reading. Source:
canvas-api 6.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from sync.plan import PLAN
from sync.targets import SUBMISSIONS, Dirty, of_person, of_source, of_work


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an event is about, by canonical ids; what it does not say is looked up in the mirror.

    `course`, `assignment` and `student` are of the work it names, `user` is the person. `known`:
    the mirror has the assignment; `is_quiz`: it knows it for a classic quiz.
    """

    course: int | None = None
    assignment: int | None = None
    student: int | None = None
    user: int | None = None
    known: bool = True
    is_quiz: bool = False


Marks: TypeAlias = Callable[[About], Iterable[Dirty]]


def _work(about: About) -> Iterable[Dirty]:
    """One submission. Its assignment must be there first, or its record could not be stored."""
    if about.assignment is None:
        return [of_source(SUBMISSIONS)]
    work = of_work(assignment=about.assignment, student=about.student)
    return [work] if about.known else [of_source("assignments"), work]


def _enrollment(about: About) -> Iterable[Dirty]:
    """With the person come and go placeholders of submissions (canvas-api 4.10)."""
    if about.user is None:
        return []
    return [of_person(about.user), of_work(student=about.user)]


def _totals(about: About) -> Iterable[Dirty]:
    return [] if about.user is None else [of_person(about.user)]


def _sources(*names: str) -> Marks:
    found = [of_source(name) for name in names]
    return lambda _about: found


def _assignment(about: About) -> Iterable[Dirty]:
    """Quizzes have no events of their own, and change with the assignments they are."""
    return map(of_source, ("assignments", "quizzes") if about.is_quiz else ("assignments",))


_everything = _sources(*(source.name for source in PLAN))

EVENTS: Final[dict[str, Marks]] = {
    "course_updated": _sources("course"),
    "course_section_created": _sources("sections", "enrollments"),
    "course_section_updated": _sources("sections", "enrollments"),
    "user_updated": _totals,
    "enrollment_created": _enrollment,
    "enrollment_updated": _enrollment,
    "enrollment_state_created": _enrollment,
    "enrollment_state_updated": _enrollment,
    "course_grade_change": _totals,
    "grade_override": _totals,
    "final_grade_custom_status": _totals,
    "assignment_group_created": _sources("assignment_groups"),
    "assignment_group_updated": _sources("assignment_groups"),
    "assignment_created": _assignment,
    "assignment_updated": _assignment,
    "assignment_override_created": _sources("assignments"),
    "assignment_override_updated": _sources("assignments"),
    "submission_created": _work,
    "submission_updated": _work,
    "submission_comment_created": _work,
    "submission_custom_grade_status": _work,
    "plagiarism_resubmit": _work,
    "grade_change": _work,
    "rubric_assessed": _work,
    "quiz_submitted": _work,
    "group_category_created": _sources("group_categories"),
    "group_category_updated": _sources("group_categories"),
    # Events of its first members may come before the mirror knows of which course the group is.
    "group_created": _sources("groups", "group_memberships"),
    "group_updated": _sources("groups"),
    "group_membership_created": _sources("group_memberships"),
    "group_membership_updated": _sources("group_memberships"),
    "content_migration_completed": _everything,
}
# Of courses that are not mirrored yet: then the account's courses are listed soon.
DISCOVERING: Final = frozenset({"course_created"})
# Of imports, which may have made courses, and the states of one that is over.
IMPORTS: Final = frozenset({"sis_batch_created", "sis_batch_updated"})
IMPORTED: Final = frozenset({"imported", "imported_with_messages"})


def marks_of(event_name: str, about: About) -> tuple[Dirty, ...] | None:
    """What is to be read again; None for an event that changes nothing mirrored.

    Empty when the event does not say what it is about.
    """
    marks = EVENTS.get(event_name)
    return None if marks is None else tuple(dict.fromkeys(marks(about)))
