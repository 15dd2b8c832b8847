"""R41: times are kept in UTC to the second Canvas sends; offsets and summer time move nothing."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
from django.db import models
from django.utils import timezone

from canvas.models import CanvasAssignment, CanvasSubmission
from tests.integration.sync.fuzz import as_bytes, load_bytes, siblings
from tests.integration.sync.loading import Mirror

ZONES = ("UTC", "America/New_York", "Europe/Zurich", "Asia/Kathmandu", "Pacific/Chatham")
TIMES = ("submitted_at", "graded_at", "posted_at", "cached_due_date")
# Clocks are put back, and so name one hour twice, in these hours of UTC.
AMBIGUOUS = (dt.datetime(2026, 10, 25, 0, 30), dt.datetime(2026, 11, 1, 5, 30))  # noqa: DTZ001


def instants(rng: random.Random) -> list[dt.datetime]:
    chosen = [dt.datetime(1970, 1, 1) + dt.timedelta(seconds=rng.randrange(2**32)) for _ in ZONES]  # noqa: DTZ001
    around = [one + dt.timedelta(minutes=30 * n) for one in AMBIGUOUS for n in range(-4, 5)]
    return [one.replace(tzinfo=dt.UTC) for one in chosen + around]


@pytest.mark.parametrize("zone", ZONES)
def test_an_instant_is_the_same_whatever_offset_it_is_written_in(
    loaded: Mirror, zone: str, rng: random.Random
) -> None:
    wanted = {9_000 + n: at for n, at in enumerate(instants(rng))}
    records = siblings("submissions", *wanted)
    for record in records:
        local = wanted[record["id"]].astimezone(ZoneInfo(zone)).isoformat()
        record |= dict.fromkeys(TIMES, local)
    load_bytes(loaded, "submissions", as_bytes(records))
    for row in CanvasSubmission.objects.filter(canvas_id__gte=9_000):
        assert {getattr(row, name) for name in TIMES} == {wanted[row.canvas_id or 0]}


def test_an_instant_in_another_offset_is_no_change(loaded: Mirror) -> None:
    (record,) = siblings("submissions", 9_000)
    load_bytes(loaded, "submissions", as_bytes([record | {"graded_at": "2026-03-29T01:30:00Z"}]))
    loaded.new_run()
    again = record | {"graded_at": "2026-03-29T03:30:00+02:00"}
    load_bytes(loaded, "submissions", as_bytes([again]))
    assert loaded.fates("submissions") == (0, 0, 1)


@pytest.mark.parametrize("local", ZONES)
def test_the_time_zone_of_the_process_moves_nothing(loaded: Mirror, local: str) -> None:
    (record,) = siblings("assignments", 9_000)
    with timezone.override(local):
        load_bytes(loaded, "assignments", as_bytes([record | {"due_at": "2026-10-25T00:30:00Z"}]))
    row = CanvasAssignment.objects.get(canvas_id=9_000)
    assert row.due_at == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


def test_no_time_of_a_mirrored_row_is_naive(loaded: Mirror) -> None:
    row = CanvasSubmission.objects.get()
    fields = (f for f in row._meta.concrete_fields if isinstance(f, models.DateTimeField))
    values = {field.name: getattr(row, field.name) for field in fields}
    aware = {name: timezone.is_aware(value) for name, value in values.items() if value is not None}
    assert aware == dict.fromkeys(aware, True)
    assert "submitted_at" in aware
