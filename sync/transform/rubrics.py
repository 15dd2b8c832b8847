"""Rubrics with criteria and ratings, from a course's list or an assignment (canvas-api 4.16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec import UNSET

from sync.errors import UnreadableRecordError
from sync.transform.rows import Payload, Ref, Row, Scope
from sync.transform.shape import (
    Id,
    OptBool,
    OptFloat,
    OptId,
    OptText,
    Shape,
    columns,
    items,
    read,
)

# What an assignment says of these is true of its own use of the rubric; another assignment, or the
# course's list, may say otherwise.
_OF_ASSOCIATION = frozenset({"free_form_criterion_comments", "hide_score_total", "hide_points"})


class RubricShape(Shape):
    # A listing calls the criteria `data`, some styles `criteria`; both become rows.
    elsewhere: ClassVar[frozenset[str]] = frozenset({"data", "criteria"})

    id: Id
    title: OptText = UNSET
    context_id: OptId = UNSET
    context_type: OptText = UNSET
    points_possible: OptFloat = UNSET
    reusable: OptBool = UNSET
    public: OptBool = UNSET
    read_only: OptBool = UNSET
    free_form_criterion_comments: OptBool = UNSET
    hide_score_total: OptBool = UNSET
    hide_points: OptBool = UNSET
    workflow_state: OptText = UNSET


class CriterionShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset({"ratings"})

    id: str | int
    description: OptText = UNSET
    long_description: OptText = UNSET
    points: OptFloat = UNSET
    criterion_use_range: OptBool = UNSET
    ignore_for_scoring: OptBool = UNSET
    learning_outcome_id: OptId = UNSET
    outcome_id: OptId = UNSET
    mastery_points: OptFloat = UNSET


class RatingShape(Shape):
    elsewhere: ClassVar[frozenset[str]] = frozenset({"criterion_id"})

    id: str | int
    description: OptText = UNSET
    long_description: OptText = UNSET
    points: OptFloat = UNSET


def listed_rubric_rows(payload: Payload, scope: Scope) -> Iterator[Row]:
    """A rubric of the course's list. One that an account owns is linked to no course."""
    rubric = read(payload, RubricShape)
    links: dict[str, Ref | None] = {}
    if rubric.context_type == "Course" and isinstance(rubric.context_id, int):
        links["course"] = rubric.context_id
    name = "data" if "data" in payload else "criteria"
    whole = ("rubric_criteria",) if isinstance(payload.get(name), list) else ()
    yield Row(
        table="rubrics",
        key=rubric.id,
        values=columns(payload, rubric),
        links=links,
        whole=whole,
    )
    yield from _criterion_rows(items(payload, name), rubric.id)


def attached_rubric_rows(assignment: Payload, scope: Scope) -> Iterator[Row]:
    """The rubric inside an assignment, the only complete source of it (trap 74).

    It knows less than the list does, and the absent fields keep what is stored. Where nothing is
    stored yet, the course it was found in is taken for its own.
    """
    settings = assignment.get("rubric_settings")
    if not isinstance(settings, dict):
        return
    rubric = read(settings, RubricShape)
    whole = ("rubric_criteria",) if isinstance(assignment.get("rubric"), list) else ()
    values = columns(settings, rubric)
    yield Row(
        table="rubrics",
        key=rubric.id,
        values={name: value for name, value in values.items() if name not in _OF_ASSOCIATION},
        first_values={name: values[name] for name in _OF_ASSOCIATION & values.keys()},
        first_links={"course": scope.course},
        whole=whole,
    )
    yield from _criterion_rows(items(assignment, "rubric"), rubric.id)


def _criterion_rows(criteria: list[Payload], rubric: int) -> Iterator[Row]:
    for position, payload in enumerate(criteria):
        criterion = read(payload, CriterionShape)
        yield Row(
            table="rubric_criteria",
            key=str(criterion.id),
            values=columns(payload, criterion) | {"position": position},
            links={"rubric": rubric},
            whole=("rubric_ratings",) if isinstance(payload.get("ratings"), list) else (),
        )
        for place, rating in enumerate(items(payload, "ratings")):
            yield _rating_row(rating, rubric, str(criterion.id), place)


def _rating_row(payload: Payload, rubric: int, criterion: str, position: int) -> Row:
    named = payload.get("criterion_id")
    if named is not None and str(named) != criterion:
        raise UnreadableRecordError("a rating names another criterion than the one it is in")
    rating = read(payload, RatingShape)
    return Row(
        table="rubric_ratings",
        key=str(rating.id),
        values=columns(payload, rating) | {"position": position},
        links={"criterion": (rubric, criterion)},
    )
