"""Criteria and ratings as JSON (canvas-api 4.16)."""

from __future__ import annotations

from simulator.call import Json
from simulator.world import rows


def criteria_json(rubric: rows.Rubric) -> list[Json]:
    """The criteria of a rubric with their ratings, ids as free text."""
    return [
        {
            "id": criterion["id"],
            "description": criterion["description"],
            "long_description": criterion.get("long_description"),
            "points": criterion["points"],
            "criterion_use_range": criterion.get("criterion_use_range", False),
            "ignore_for_scoring": criterion.get("ignore_for_scoring", False),
            "ratings": [_rating_json(rating) for rating in criterion["ratings"]],
        }
        for criterion in rubric.criteria
    ]


def _rating_json(rating: Json) -> Json:
    return {
        "id": rating["id"],
        "description": rating["description"],
        "long_description": rating.get("long_description"),
        "points": rating["points"],
    }
