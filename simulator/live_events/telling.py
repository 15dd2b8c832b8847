"""From one change of the world to the events Canvas sends about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.live_events.changes import Change, Watched, changes, watch
from simulator.live_events.rules import RULES, SILENT, WATCHED, Rule
from simulator.world.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An event to be made about a row; `old` has earlier values of what changed."""

    event: str
    row: Any
    old: Mapping[str, Any]
    job: str | None


def before(world: World) -> Watched:
    """What has to be known of a world to tell afterwards what a change did."""
    return watch(world, WATCHED)


def after(world: World, op: str, known: Watched) -> Iterator[News]:
    """What Canvas says about an operation, in the order of the tables."""
    silent = SILENT.get(op, frozenset())
    for change in changes(world, WATCHED, known):
        if change.table not in silent:
            yield from _of(world, change)


def _of(world: World, change: Change) -> Iterator[News]:
    rules = RULES[change.table]
    for rule in rules.created if change.is_new else rules.updated:
        if change.is_new or _concerns(rule, change):
            for one in rule.about(world, change):
                yield News(event=rule.event, row=one.row, old=one.old, job=rule.job)


def _concerns(rule: Rule, change: Change) -> bool:
    return any(name in change.old for name in rule.fields) and rule.holds(change)


def course_of(row: Any) -> int | None:
    """The course an event happens in; a course itself and a user happen in none."""
    course_id: int | None = getattr(row, "course_id", None)
    return course_id


def actor_of(world: World, news: News) -> int:
    """Who caused it: whoever handed in or wrote a comment, the teacher of everything else."""
    told = {"submission_created": "user_id", "submission_comment_created": "author_id"}
    name = told.get(news.event)
    actor: int | None = None if name is None else getattr(news.row, name)
    return world.teacher_id if actor is None else actor
