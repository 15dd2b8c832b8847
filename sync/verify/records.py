"""From a record of a listing to all it tells: itself, what is embedded in it, families. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Payload: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, ...]
Members: TypeAlias = dict[Key, Payload]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A record of a kind, by its own id."""

    kind: str
    key: int
    payload: Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """All records of a kind that one parent has."""

    kind: str
    parent: int
    members: Members = field(default_factory=dict)


def told_by(listing: str, payload: Payload) -> Iterator[Told | Family]:
    """The record first, then what it holds. Raises KeyError, TypeError or ValueError for a record
    without an id or with something else in the place of a list."""
    yield Told(
        kind=_KINDS.get(listing, listing), key=int(payload["id"]), payload=_itself(listing, payload)
    )
    match listing:
        case "course":
            yield from _one("terms", payload.get("term"))
        case "enrollments":
            yield from _one("users", payload.get("user"))
        case "assignments":
            yield from _of_assignment(payload)
        case "submissions":
            yield from _of_submission(payload)
        case "rubrics":
            criteria = payload["data"] if "data" in payload else payload.get("criteria")
            yield from _of_rubric(int(payload["id"]), criteria)


_KINDS = {"course": "courses"}


def _itself(listing: str, payload: Payload) -> Payload:
    """The record with its relations and columns under the names they have in the mirror."""
    match listing:
        case "course" if isinstance(payload.get("original_name"), str):
            # A nickname of the token's user stands in the place of the name (trap 24).
            return payload | {"name": payload["original_name"], "nickname": payload.get("name")}
        case "enrollments" if isinstance(payload.get("grades"), dict):
            return payload | {n: payload["grades"][n] for n in _GRADES if n in payload["grades"]}
        case "assignments" if isinstance(payload.get("rubric_settings"), dict):
            return payload | {"rubric_id": payload["rubric_settings"].get("id")}
        case "submissions" if payload.get("attempt") == 0:
            return payload | {"attempt": None}  # work never handed in (trap 56)
        case "new_quizzes":
            return payload | {"assignment_id": payload["id"]}  # its id is its assignment's (68)
    return payload


_GRADES = ("current_score", "current_grade", "final_score", "final_grade")
_DATES = ("due_at", "all_day", "all_day_date", "unlock_at", "lock_at")


def _one(kind: str, payload: Any) -> Iterator[Told]:
    if isinstance(payload, dict):
        yield Told(kind=kind, key=int(payload["id"]), payload=payload)


def _of_assignment(payload: Payload) -> Iterator[Told | Family]:
    settings = payload.get("rubric_settings")
    if isinstance(settings, dict):
        # How this assignment uses the rubric is kept with the assignment.
        shared = {name: value for name, value in settings.items() if name not in _OF_ITS_USE}
        yield Told(kind="rubrics", key=int(settings["id"]), payload=shared)
        yield from _of_rubric(int(settings["id"]), payload.get("rubric"))
    if isinstance(payload.get("overrides"), list):
        members: Members = {
            (str(one["id"]),): one | {"overridden_dates": [name for name in _DATES if name in one]}
            for one in payload["overrides"]
        }
        yield Family(kind="assignment_overrides", parent=int(payload["id"]), members=members)


_OF_ITS_USE = frozenset({"free_form_criterion_comments", "hide_points", "hide_score_total"})


def _of_submission(payload: Payload) -> Iterator[Family]:
    """Left out of the answer, comments say nothing; marks by a rubric are then not there."""
    parent = int(payload["id"])
    if isinstance(comments := payload.get("submission_comments"), list):
        members: Members = {(str(one["id"]),): one for one in comments}
        yield Family(kind="submission_comments", parent=parent, members=members)
        marks = payload.get("rubric_assessment") or {}
        given: Members = {
            (str(name),): mark | {"criterion_id": name} for name, mark in marks.items()
        }
        yield Family(kind="rubric_assessments", parent=parent, members=given)


def _of_rubric(rubric: int, criteria: Any) -> Iterator[Family]:
    if not isinstance(criteria, list):
        return
    placed: Members = {(str(one["id"]),): one | {"position": at} for at, one in enumerate(criteria)}
    yield Family(kind="rubric_criteria", parent=rubric, members=placed)
    ratings: Members = {
        (str(one["id"]), str(rating["id"])): rating | {"position": at}
        for one in criteria
        for at, rating in enumerate(one.get("ratings") or [])
    }
    yield Family(kind="rubric_ratings", parent=rubric, members=ratings)
