"""What events are about: their ids made canonical, and what they leave out looked up in the mirror.

Reads the database and nothing of Canvas; a few queries for many events of one integration.
Source: canvas-api 6.4, 6.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import QuerySet

from canvas.events.ids import canonical, shard_of
from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasGroup,
    CanvasQuiz,
    CanvasSubmission,
)
from canvas.models.stored import in_parts
from sync.marks_of import About

_SIZE: Final = 500
# Whose `user_id` is not the student's: who wrote the comment.
_OF_AUTHOR: Final = frozenset({"submission_comment_created"})
# Whose `submission_id` is that of a quiz submission.
_OF_QUIZ: Final = frozenset({"quiz_submitted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The ids an event says, canonical."""

    course: int | None = None
    assignment: int | None = None
    submission: int | None = None
    enrollment: int | None = None
    quiz: int | None = None
    group: int | None = None
    user: int | None = None
    student: int | None = None

    @property
    def is_of_a_person(self) -> bool:
        """Whether nothing but a person is named, whose course may be any."""
        others = (self.course, self.assignment, self.submission, self.enrollment, self.group)
        return self.user is not None and not any(others)


def said_by(event_name: str, document: Mapping[str, Any]) -> Said:
    """Of a stored event; whatever its shape, ids that cannot be read are not said."""
    metadata, body = _mapping(document, "metadata"), _mapping(document, "body")
    shard = shard_of(metadata.get("root_account_id"))

    def of(name: str, fields: Mapping[str, Any] = body) -> int | None:
        return canonical(fields.get(name), shard=shard)

    submission = of("submission_id")
    if body.get("artifact_type") == "Submission":
        submission = of("artifact_id")
    user = of("user_id")
    return Said(
        course=of("course_id") or _context(body, of) or _context(metadata, of),
        assignment=of("assignment_id"),
        submission=None if event_name in _OF_QUIZ else submission,
        enrollment=of("enrollment_id"),
        quiz=of("quiz_id"),
        group=of("group_id"),
        user=user,
        student=of("student_id") or (None if event_name in _OF_AUTHOR else user),
    )


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _context(
    fields: Mapping[str, Any], of: Callable[[str, Mapping[str, Any]], int | None]
) -> int | None:
    return of("context_id", fields) if fields.get("context_type") == "Course" else None


@dataclass(slots=True, kw_only=True)
class Mirrored:
    """What the mirror knows of the ids that some events of one integration say."""

    courses: set[int] = field(default_factory=set)
    submissions: dict[int, tuple[int, int, int | None]] = field(default_factory=dict)
    assignments: dict[int, int] = field(default_factory=dict)
    enrollments: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    quizzes: dict[int, int] = field(default_factory=dict)
    groups: dict[int, int] = field(default_factory=dict)
    homes: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, said: Iterable[Said], *, integration: int) -> Mirrored:
        """Blocks."""
        every, found = list(said), cls()
        found._find_works(every, integration)
        found._find_people(every, integration)
        named = {one.course for one in every} | {about.course for about in map(found.about, every)}
        courses = CanvasCourse.objects.live().filter(integration=integration)
        for part in _parts(named):
            found.courses.update(
                key
                for key in courses.filter(canvas_id__in=part).values_list("canvas_id", flat=True)
                if key is not None
            )
        return found

    def about(self, said: Said) -> About:
        """What the event says, and what the mirror adds to it."""
        home, assignment, student = self.submissions.get(
            said.submission or 0, (None, said.assignment, said.student)
        )
        if said.assignment is None and said.quiz is not None and assignment is None:
            assignment = self.quizzes.get(said.quiz)
        assignment = said.assignment or assignment
        place, user = self.enrollments.get(said.enrollment or 0, (None, None))
        course = said.course or self.assignments.get(assignment or 0) or home or place
        course = course or self.groups.get(said.group or 0)
        user = said.user or user
        return About(
            course=self.homes.get(user or 0) if said.is_of_a_person else course,
            assignment=assignment,
            student=student or said.student,
            user=user,
            known=(assignment or 0) in self.assignments,
            is_quiz=(assignment or 0) in set(self.quizzes.values()),
        )

    def _find_works(self, said: list[Said], integration: int) -> None:
        works = CanvasSubmission.objects.filter(integration=integration)
        columns = ("canvas_id", "assignment__course__canvas_id", "assignment__canvas_id", "user_id")
        for part in _parts(one.submission for one in said):
            for key, *place in works.filter(canvas_id__in=part).values_list(*columns):
                self.submissions[key] = (place[0], place[1], place[2])
        quizzes: QuerySet[Any] = CanvasQuiz.objects.filter(
            integration=integration, engine=CanvasQuiz.Engine.CLASSIC, assignment__isnull=False
        ).values_list("canvas_id", "assignment__canvas_id")
        for part in _parts(one.quiz for one in said):
            self.quizzes.update(quizzes.filter(canvas_id__in=part))
        named = {one.assignment for one in said} | {*self.quizzes.values()}
        named |= {assignment for _, assignment, _ in self.submissions.values()}
        assignments = CanvasAssignment.objects.filter(integration=integration)
        for part in _parts(named):
            rows: QuerySet[Any] = assignments.filter(canvas_id__in=part)
            self.assignments.update(rows.values_list("canvas_id", "course__canvas_id"))
            self.quizzes.update(quizzes.filter(assignment__canvas_id__in=part))

    def _find_people(self, said: list[Said], integration: int) -> None:
        rows = CanvasEnrollment.objects.filter(integration=integration)
        columns = ("canvas_id", "course__canvas_id", "user_id")
        for part in _parts(one.enrollment for one in said if one.course is None or not one.user):
            for key, course, user in rows.filter(canvas_id__in=part).values_list(*columns):
                self.enrollments[key] = (course, user)
        groups = CanvasGroup.objects.filter(integration=integration, course__isnull=False)
        for part in _parts(one.group for one in said if one.course is None):
            found: QuerySet[Any] = groups.filter(canvas_id__in=part)
            self.groups.update(found.values_list("canvas_id", "course__canvas_id"))
        # Each course tells of the same person.
        for part in _parts(one.user for one in said if one.is_of_a_person):
            living = rows.live().filter(course__in=CanvasCourse.objects.live())
            homes: QuerySet[Any] = living.filter(user_id__in=part).order_by("pk")
            self.homes.update(homes.values_list("user_id", "course__canvas_id"))


def _parts(keys: Iterable[int | None]) -> Iterator[set[int]]:
    return in_parts({key for key in keys if key is not None}, _SIZE)
