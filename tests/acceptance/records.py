"""From the listings of a course to single records: what is embedded becomes a record of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Payload = dict[str, Any]
Listings = dict[str, list[Payload]]
Key = tuple[Any, ...]
Records = dict[str, dict[Key, list[Payload]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How records of one kind name their parents, and what a row says that no record does.

    `relations`: key of the record → the relation of the row. `owned`: keys that are records of
    their own. `derived`: columns the mirror fills from the place or the presence of a record.
    """

    relations: dict[str, str] = field(default_factory=dict)
    owned: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()


_SCORES = ("current_score", "current_grade", "final_score", "final_grade")
# What an assignment says of these is true of its own use of the rubric, and kept with it.
OF_ITS_USE = ("free_form_criterion_comments", "hide_score_total", "hide_points")
KINDS: dict[str, Kind] = {
    "term": Kind(),
    "course": Kind(owned=("term",), derived=("access_restricted_by_date", "term")),
    "section": Kind(relations={"course_id": "course"}),
    "user": Kind(),
    "enrollment": Kind(
        relations={"course_id": "course"}, owned=("user",), derived=(*_SCORES, "student", "section")
    ),
    "groupcategory": Kind(relations={"course_id": "course"}),
    "group": Kind(relations={"course_id": "course", "group_category_id": "category"}),
    "groupmembership": Kind(relations={"group_id": "group"}, derived=("student",)),
    "assignmentgroup": Kind(derived=("course",)),
    "assignment": Kind(
        relations={"course_id": "course", "assignment_group_id": "assignment_group"},
        owned=("overrides", "rubric"),
        derived=("rubric",),
    ),
    "assignmentoverride": Kind(
        relations={"assignment_id": "assignment", "group_id": "group"},
        derived=("section", "overridden_dates"),
    ),
    "submission": Kind(
        relations={"assignment_id": "assignment"},
        owned=("submission_comments", "rubric_assessment"),
        derived=("student",),
    ),
    "submissioncomment": Kind(derived=("submission",)),
    "rubricassessment": Kind(derived=("submission", "criterion")),
    "quiz": Kind(
        relations={"assignment_id": "assignment", "assignment_group_id": "assignment_group"},
        derived=("engine", "course", "assignment"),
    ),
    "rubric": Kind(owned=("data",), derived=("course", *OF_ITS_USE)),
    "rubriccriterion": Kind(owned=("ratings",), derived=("rubric", "position")),
    "rubricrating": Kind(derived=("criterion", "position")),
}


def records_of(listings: Listings) -> Records:
    """Kind → key → every record Canvas sent of it. Shape: `listings` is source → payloads."""
    found: Records = {kind: {} for kind in KINDS}
    for kind, key, payload in _all(listings):
        found[kind].setdefault(key, []).append(payload)
    return found


def _all(listings: Listings) -> Iterator[tuple[str, Key, Payload]]:
    plain = {
        "course": "course",
        "sections": "section",
        "enrollments": "enrollment",
        "group_categories": "groupcategory",
        "groups": "group",
        "group_memberships": "groupmembership",
        "assignment_groups": "assignmentgroup",
        "assignments": "assignment",
        "submissions": "submission",
    }
    for source, kind in plain.items():
        for payload in listings[source]:
            yield kind, (payload["id"],), payload
            yield from _EMBEDDED.get(source, _nothing)(payload)
    for engine, source in (("classic", "quizzes"), ("new", "new_quizzes")):
        for payload in listings[source]:
            yield "quiz", (engine, int(payload["id"])), payload
    for payload in listings["rubrics"]:
        yield "rubric", (payload["id"],), payload
        yield from _criteria(payload["id"], payload["data"])


def _nothing(payload: Payload) -> Iterator[tuple[str, Key, Payload]]:
    yield from ()


def _of_course(payload: Payload) -> Iterator[tuple[str, Key, Payload]]:
    yield "term", (payload["term"]["id"],), payload["term"]


def _of_enrollment(payload: Payload) -> Iterator[tuple[str, Key, Payload]]:
    yield "user", (payload["user"]["id"],), payload["user"]


def _of_assignment(payload: Payload) -> Iterator[tuple[str, Key, Payload]]:
    for override in payload["overrides"]:
        yield "assignmentoverride", (override["id"],), override
    if "rubric" in payload:
        settings = payload["rubric_settings"]
        shared = {name: value for name, value in settings.items() if name not in OF_ITS_USE}
        yield "rubric", (settings["id"],), shared
        yield from _criteria(settings["id"], payload["rubric"])


def _criteria(rubric: int, criteria: list[Payload]) -> Iterator[tuple[str, Key, Payload]]:
    for criterion in criteria:
        yield "rubriccriterion", (rubric, criterion["id"]), criterion
        for rating in criterion["ratings"]:
            yield "rubricrating", (rubric, criterion["id"], rating["id"]), rating


def _of_submission(payload: Payload) -> Iterator[tuple[str, Key, Payload]]:
    for comment in payload["submission_comments"]:
        yield "submissioncomment", (comment["id"],), comment
    for criterion, given in payload.get("rubric_assessment", {}).items():
        yield "rubricassessment", (payload["id"], criterion), given


_EMBEDDED = {
    "course": _of_course,
    "enrollments": _of_enrollment,
    "assignments": _of_assignment,
    "submissions": _of_submission,
}
