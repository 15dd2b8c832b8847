"""Watermarks: what a proven reading leaves, and what it leaves of what was there."""

import datetime as dt
from dataclasses import replace

import pytest

from canvas.models import CanvasIntegration
from sync.models import Reject, Watermark
from sync.proof import Mode, Proof
from sync.target import Target
from sync.watermarks import keep_watermarks
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import COURSE

MORNING = dt.datetime(2026, 9, 15, 8, tzinfo=dt.UTC)
NOON = MORNING + dt.timedelta(hours=4)
FULL = Proof(began_at=MORNING, requests=501, cost=70.5, seconds=12.0)
CHANGES = Proof(mode=Mode.UPDATED_SINCE, began_at=NOON, requests=3, cost=0.4, seconds=0.2)


def keep(target: Target, proof: Proof, *, full_because: str = "") -> None:
    """The watermark of submissions and of nothing else."""
    keep_watermarks(
        COURSE,
        {"submissions": proof, "sections": proof},
        target,
        sources=["submissions", "quizzes"],
        full_because=full_because,
    )


def test_a_full_reading_says_when_everything_was_here_and_what_it_took(mirror: Mirror) -> None:
    keep(mirror.target, FULL)
    mark = Watermark.objects.get()
    assert (mark.source, mark.course, mark.run_id) == ("submissions", COURSE, mirror.run.pk)
    assert (mark.mode, mark.read_at, mark.complete_at) == ("full", MORNING, MORNING)
    assert (mark.full_requests, mark.full_cost, mark.full_seconds) == (501, 70.5, 12.0)
    assert mark.requests == 0


def test_a_reading_of_changes_does_not_say_that_everything_is_here(mirror: Mirror) -> None:
    keep(mirror.target, FULL)
    mirror.new_run()
    keep(mirror.target, CHANGES)
    mark = Watermark.objects.get()
    assert (mark.mode, mark.read_at, mark.complete_at) == ("updated_since", NOON, MORNING)
    assert (mark.requests, mark.full_requests) == (3, 501)
    assert mark.run_id == mirror.run.pk


def test_a_reason_to_read_everything_stays_until_everything_was_read(mirror: Mirror) -> None:
    keep(mirror.target, FULL, full_because="deletions are held")
    keep(mirror.target, CHANGES)
    assert Watermark.objects.get().full_because == "deletions are held"
    keep(mirror.target, Proof(began_at=NOON))
    assert Watermark.objects.get().full_because == ""


@pytest.mark.parametrize(
    ("later", "full_because"),
    [
        (Proof(began_at=NOON, requests=7), "deletions are held"),
        (Proof(began_at=NOON, requests=7, full_because="Canvas left out submission_comments"), ""),
    ],
)
def test_a_full_reading_that_leaves_something_to_settle_is_not_called_complete(
    mirror: Mirror, later: Proof, full_because: str
) -> None:
    keep(mirror.target, FULL)
    keep(mirror.target, later, full_because=full_because)
    mark = Watermark.objects.get()
    assert (mark.read_at, mark.complete_at, mark.full_requests) == (NOON, MORNING, 7)
    keep(mirror.target, Proof(began_at=NOON + (NOON - MORNING)))
    assert Watermark.objects.get().complete_at == NOON + (NOON - MORNING)


def test_a_reading_that_set_records_aside_is_not_called_complete(mirror: Mirror) -> None:
    keep(mirror.target, FULL)
    mirror.new_run()
    for source in ("submissions", "sections"):
        Reject.objects.create(run=mirror.run, source=source, table=source, reason="odd")
    keep(mirror.target, Proof(began_at=NOON))
    mark = Watermark.objects.get()
    assert (mark.read_at, mark.complete_at) == (NOON, MORNING)
    assert mark.full_because == "records of it were set aside"
    mirror.new_run()
    keep(mirror.target, Proof(began_at=NOON))
    assert Watermark.objects.get().complete_at == NOON


def test_what_a_reading_of_changes_could_not_settle_is_kept(mirror: Mirror) -> None:
    keep(mirror.target, Proof(began_at=NOON, full_because="changed rows were refused"))
    assert Watermark.objects.get().full_because == "changed rows were refused"


def test_an_older_reading_that_ends_later_changes_nothing(mirror: Mirror) -> None:
    keep(mirror.target, Proof(began_at=NOON))
    first = mirror.run.pk
    mirror.new_run()
    keep(mirror.target, FULL)
    mark = Watermark.objects.get()
    assert (mark.read_at, mark.run_id) == (NOON, first)


@pytest.mark.parametrize(
    ("older", "full_because"),
    [(FULL, "deletions are held"), (replace(FULL, full_because="deletions are held"), "")],
)
def test_an_older_reading_leaves_its_reason_to_read_everything(
    mirror: Mirror, older: Proof, full_because: str
) -> None:
    """Two readings within a second of Canvas's clock may seem to have begun the other way round."""
    keep(mirror.target, Proof(began_at=NOON))
    keep(mirror.target, older, full_because=full_because)
    mark = Watermark.objects.get()
    assert (mark.read_at, mark.full_because) == (NOON, "deletions are held")


def test_a_rehearsal_leaves_none(mirror: Mirror) -> None:
    keep(Target(integration=mirror.integration.pk, run=None), FULL)
    assert not Watermark.objects.exists()


def test_without_the_time_of_canvas_there_is_none(mirror: Mirror) -> None:
    keep(mirror.target, Proof())
    assert not Watermark.objects.exists()


@pytest.mark.django_db
def test_two_canvases_with_one_course_id_have_one_each(mirror: Mirror, other: Mirror) -> None:
    keep(mirror.target, FULL)
    keep(other.target, CHANGES)
    by_name = {mark.integration_id: mark.mode for mark in Watermark.objects.all()}
    assert by_name == {mirror.integration.pk: "full", other.integration.pk: "updated_since"}
    assert CanvasIntegration.objects.count() == 2
