"""The trial reads behind `connect`: each thing a sync needs, asked for once.

One table of checks for an account, one for a course. A check reads one record and may look in it
for a key that must be there when an include was honoured: a developer key with enforced scopes
drops includes in silence (canvas-api 1.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from canvasapi import Canvas

from canvas.client.guard import account_of, first_of, translating
from canvas.errors import CanvasError, SkippableError
from canvas.types import ENROLLMENT_STATES

SAMPLE: Final = 1  # canvasapi takes tens of milliseconds to build a record
_SCOPED_KEY: Final = (
    "use a token made by hand in Canvas, or allow include parameters on the developer key"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinding:
    """One line for the operator; `next_step` is empty when `ok`."""

    name: str
    ok: bool
    detail: str
    next_step: str = ""

    @classmethod
    def good(cls, name: str, *, detail: str = "readable") -> Self:
        return cls(name=name, ok=True, detail=detail)

    @classmethod
    def of_error(cls, name: str, *, error: CanvasError) -> Self:
        return cls(name=name, ok=False, detail=error.cause, next_step=error.next_step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One trial read: a list of canvasapi or a plain one.

    `key` must be on the record read, else `advice` is the next step.
    `optional`: that Canvas refuses it is a normal state of a school, not a finding.
    """

    name: str
    read: Callable[[Any], Any]
    key: str | None = None
    advice: str = _SCOPED_KEY
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one check came to."""

    finding: ProbeFinding
    error: CanvasError | None = None
    records: tuple[Any, ...] = ()

    @property
    def ends_it(self) -> bool:
        """Whether every further request would meet the same error."""
        return self.error is not None and not isinstance(self.error, SkippableError)


def probe(canvas: Canvas, account_id: int | str, *, course_id: int | None) -> list[ProbeFinding]:
    """Findings in the order of the tables; none after an error that would meet every request."""
    findings = []
    for trial in _trials(canvas, account_id, course_id=course_id):
        findings.append(trial.finding)
        if trial.ends_it:
            break
    return findings


def _trials(canvas: Canvas, account_id: int | str, *, course_id: int | None) -> Iterator[Trial]:
    account = Check(name="account", read=lambda canvas: [account_of(canvas, account_id)])
    yield from _with_children(account, subject=canvas, checks=ACCOUNT_CHECKS, path="/accounts")
    if course_id is None:
        return
    course = Check(
        name="course",
        read=lambda canvas: [canvas.get_course(course_id, include=["term"])],
        key="workflow_state",
        advice="the course is hidden by its dates: use a user with an account role",
    )
    path = f"/courses/{course_id}"
    yield from _with_children(course, subject=canvas, checks=COURSE_CHECKS, path=path)


def _with_children(
    parent: Check, *, subject: Any, checks: Iterable[Check], path: str
) -> Iterator[Trial]:
    """The parent's trial, then those of its checks on the record it read."""
    first = _tried(parent, subject=subject, path=path)
    yield first
    if first.finding.ok:
        for check in checks:
            yield _tried(check, subject=first.records[0], path=path)


def _tried(check: Check, *, subject: Any, path: str) -> Trial:
    try:
        with translating(source=check.name, path=path):
            found = check.read(subject)
            records = tuple(found if isinstance(found, list) else first_of(found, count=SAMPLE))
    except CanvasError as error:
        if check.optional and isinstance(error, SkippableError):
            return Trial(finding=ProbeFinding.good(check.name, detail="not used here"))
        return Trial(finding=ProbeFinding.of_error(check.name, error=error), error=error)
    return Trial(finding=_judged(check, records=records), records=records)


def _judged(check: Check, *, records: tuple[Any, ...]) -> ProbeFinding:
    if check.key is None:
        return ProbeFinding.good(check.name)
    if not records:
        return ProbeFinding.good(check.name, detail="readable, empty; includes not checked")
    if all(check.key in vars(record) for record in records):
        return ProbeFinding.good(check.name)
    return ProbeFinding(
        name=check.name,
        ok=False,
        detail=f"Canvas leaves out {check.key!r}",
        next_step=check.advice,
    )


def _groups(course: Any) -> Any:
    """Of the first set: the course's own list is cut when its People tab is off."""
    group_sets = list(first_of(course.get_group_categories(), count=1))
    return group_sets[0].get_groups() if group_sets else []


ACCOUNT_CHECKS: Final = (Check(name="course list", read=lambda account: account.get_courses()),)
COURSE_CHECKS: Final = (
    Check(name="includes", read=lambda course: [course], key="term"),
    Check(name="sections", read=lambda course: course.get_sections()),
    Check(
        name="enrollments",
        read=lambda course: course.get_enrollments(state=ENROLLMENT_STATES),
        key="enrollment_state",
    ),
    Check(
        name="assignment_groups",
        read=lambda course: course.get_assignment_groups(),
    ),
    Check(
        name="assignments",
        read=lambda course: course.get_assignments(
            include=["overrides"], override_assignment_dates=False
        ),
        key="overrides",
        advice=f"give the user the right to manage assignments, or {_SCOPED_KEY}",
    ),
    Check(
        name="submissions",
        read=lambda course: course.get_multiple_submissions(
            student_ids=["all"],
            include=["submission_comments", "rubric_assessment"],
        ),
        key="submission_comments",
    ),
    Check(name="groups", read=_groups),
    Check(name="quizzes", read=lambda course: course.get_quizzes()),
    Check(
        name="new_quizzes",
        read=lambda course: course.get_new_quizzes(),
        optional=True,
    ),
    Check(name="rubrics", read=lambda course: course.get_rubrics()),
)
