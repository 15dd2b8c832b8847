"""Every transform with a full payload of it and where those of its keys go that are no columns."""

from dataclasses import dataclass
from typing import Any

from sync.transform.assignments import assignment_group_rows, assignment_rows
from sync.transform.courses import course_rows, section_rows
from sync.transform.groups import category_rows, group_rows, membership_rows
from sync.transform.people import enrollment_rows
from sync.transform.quizzes import classic_quiz_rows, new_quiz_rows
from sync.transform.rows import Payload, Row, Transform
from sync.transform.rubrics import listed_rubric_rows
from sync.transform.submissions import submission_rows
from tests.unit.transform import payloads, work_payloads


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`links`: key → relation of the record's own row; `children`: key → table of its parts."""

    transform: Transform
    payload: Payload
    links: dict[str, str]
    children: dict[str, str]

    @property
    def name(self) -> str:
        return self.transform.__name__.removesuffix("_rows")

    def keeps(self, key: str, payload: Payload, rows: list[Row]) -> bool:
        """Whether what stands under `key` of the payload can be read from the rows."""
        own = next(row for row in rows if str(row.key) == str(payload["id"]))
        value = payload[key]
        if key == "id" or key in own.values or key in own.values["extra"]:
            return True
        if key in self.links:
            return str(own.links[self.links[key]]) == str(value)
        parts = [row for row in rows if row.table == self.children.get(key)]
        return bool(parts) and len(parts) == _parts(value)


def _parts(value: Any) -> int:
    embedded_object = isinstance(value, dict) and "id" in value
    return 1 if embedded_object else len(value)


def _case(
    transform: Transform,
    payload: Payload,
    *,
    links: dict[str, str] | None = None,
    children: dict[str, str] | None = None,
) -> Case:
    return Case(transform=transform, payload=payload, links=links or {}, children=children or {})


COURSE_LINK = {"course_id": "course"}
QUIZ_LINKS = {"assignment_id": "assignment", "assignment_group_id": "assignment_group"}
CASES = (
    _case(course_rows, payloads.course(), children={"term": "terms"}),
    _case(section_rows, payloads.section(), links=COURSE_LINK),
    _case(enrollment_rows, payloads.enrollment(), links=COURSE_LINK, children={"user": "users"}),
    _case(category_rows, payloads.category(), links=COURSE_LINK),
    _case(group_rows, payloads.group(), links=COURSE_LINK | {"group_category_id": "category"}),
    _case(membership_rows, payloads.membership(), links={"group_id": "group"}),
    _case(classic_quiz_rows, payloads.quiz(), links=QUIZ_LINKS),
    _case(new_quiz_rows, payloads.new_quiz(), links=QUIZ_LINKS),
    _case(assignment_group_rows, work_payloads.assignment_group()),
    _case(listed_rubric_rows, work_payloads.rubric(), children={"data": "rubric_criteria"}),
    _case(
        assignment_rows,
        work_payloads.assignment(),
        links=COURSE_LINK | {"assignment_group_id": "assignment_group"},
        children={"overrides": "assignment_overrides", "rubric": "rubric_criteria"},
    ),
    _case(
        submission_rows,
        work_payloads.submission(),
        links={"assignment_id": "assignment"},
        children={
            "submission_comments": "submission_comments",
            "rubric_assessment": "rubric_assessments",
        },
    ),
)
