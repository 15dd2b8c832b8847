"""Rubrics whose criterion ids are shared between them and whose rating ids repeat."""

from __future__ import annotations

from typing import Any

from simulator.world import rows
from simulator.world.world import World


def ratings(points: float) -> list[dict[str, Any]]:
    """Three ratings, best first; every criterion has these same ids."""
    return [
        {"id": "blank_2", "description": "Full marks", "points": points},
        {"id": "r_half", "description": "Half way", "points": points / 2},
        {"id": "r_none", "description": "No marks", "points": 0.0},
    ]


def criterion(criterion_id: str, description: str, points: float) -> dict[str, Any]:
    """A criterion with the usual ratings."""
    return {
        "id": criterion_id,
        "description": description,
        "long_description": f"<em>{description}</em> in detail",
        "points": points,
        "ratings": ratings(points),
    }


def add_rubrics(world: World, course_id: int) -> tuple[rows.Rubric, rows.Rubric]:
    """One bookmarked, one known only through its assignment, one unused."""
    lab = _rubric(world, course_id, "Lab rubric")
    lab.criteria = [criterion("_8013", "Method", 12.0), criterion("blank", "Clarity", 8.0)]
    essay = _rubric(world, course_id, "Essay rubric ✍️", bookmarked=False)
    essay.criteria = [
        criterion("blank", "Argument", 60.0),
        criterion("_8013", "Language", 40.0) | {"criterion_use_range": True},
    ]
    unused = _rubric(world, course_id, "Free-form rubric", free_form_criterion_comments=True)
    unused.criteria = [criterion(f"{unused.id}_4711", "Anything", 5.0)]
    for rubric in (lab, essay, unused):
        rubric.points_possible = sum(part["points"] for part in rubric.criteria)
    return lab, essay


def _rubric(world: World, course_id: int, title: str, **fields: Any) -> rows.Rubric:
    row_id = world.new_id("rubrics", course_id)
    return world.rubrics.add(rows.Rubric(id=row_id, course_id=course_id, title=title, **fields))
