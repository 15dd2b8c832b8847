"""The `tiny` preset: one course in which every oddity of Canvas occurs, and two small ones."""

from __future__ import annotations

from simulator.world.build import campus
from simulator.world.grades import recompute
from simulator.world.lifecycle import refresh_course
from simulator.world.tiny.hand_ins import hand_in_all
from simulator.world.tiny.others import fill_long_names, fill_restricted
from simulator.world.tiny.people import BIOLOGY_ID, TEACHER, add_biology, add_people, enroll_people
from simulator.world.tiny.teams import add_teams
from simulator.world.tiny.work import add_work
from simulator.world.world import World


def fill_tiny(world: World) -> None:
    """Courses 101 to 103."""
    campus(world)
    add_people(world)
    world.teacher_id = TEACHER
    add_biology(world)
    enroll_people(world)
    add_teams(world)
    add_work(world)
    refresh_course(world, BIOLOGY_ID)
    hand_in_all(world)
    recompute(world, BIOLOGY_ID)
    fill_long_names(world)
    fill_restricted(world)
