"""The worlds there are."""

from __future__ import annotations

from collections.abc import Callable

from simulator.clock import Clock
from simulator.world.big_course import fill_course
from simulator.world.school import fill_school
from simulator.world.tiny import fill_tiny
from simulator.world.world import World

PRESETS: dict[str, Callable[[World], None]] = {
    "tiny": fill_tiny,
    "course": fill_course,
    "school": fill_school,
}


def make_world(preset: str, *, seed: int, clock: Clock) -> World:
    """A fresh world. Raises ValueError for a preset that does not exist."""
    fill = PRESETS.get(preset)
    if fill is None:
        raise ValueError(f"no preset {preset!r}; there are: {', '.join(PRESETS)}")
    world = World(preset, seed=seed, clock=clock)
    fill(world)
    world.is_made = True
    return world
