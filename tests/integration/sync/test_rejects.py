"""What was set aside stays open until a later reading has read its whole list."""

from __future__ import annotations

from sync.models import Reject
from sync.rejects import open_rejects, settle_rejects
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import COURSE


def set_aside(mirror: Mirror, source: str) -> Reject:
    return Reject.objects.create(
        run=mirror.run, source=source, table=source, canvas_id="7", reason="Expected `str`"
    )


def settle(mirror: Mirror, *sources: str) -> int:
    return settle_rejects(
        COURSE, integration=mirror.integration.pk, run=mirror.run.pk, sources=sources
    )


def test_a_later_run_settles_what_it_read_anew(mirror: Mirror) -> None:
    read, not_read = set_aside(mirror, "sections"), set_aside(mirror, "quizzes")
    mirror.new_run()
    assert settle(mirror, "sections") == 1
    read.refresh_from_db()
    assert read.resolved_at is not None
    assert list(open_rejects()) == [not_read]


def test_what_the_run_itself_set_aside_stays_open(mirror: Mirror) -> None:
    reject = set_aside(mirror, "sections")
    assert settle(mirror, "sections") == 0
    assert list(open_rejects()) == [reject]


def test_another_canvas_settles_nothing_here(mirror: Mirror, other: Mirror) -> None:
    set_aside(mirror, "sections")
    other.new_run()
    assert settle(other, "sections") == 0
