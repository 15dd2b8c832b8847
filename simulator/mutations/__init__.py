"""Changes as they happen in a real Canvas, each with what a sync must find afterwards."""

from __future__ import annotations

from simulator.mutations import demo, grading, people, places, raw, teams, work
from simulator.mutations.registry import OPERATIONS, make_named_courses, mutate

__all__ = [
    "OPERATIONS",
    "demo",
    "grading",
    "make_named_courses",
    "mutate",
    "people",
    "places",
    "raw",
    "teams",
    "work",
]
