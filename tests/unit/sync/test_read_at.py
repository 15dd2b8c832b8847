"""Rows know when Canvas was asked for them, where the listing tells the whole of them."""

import datetime as dt

import msgspec

from sync.batch import Progress, read_page
from sync.plan import PLAN
from sync.transform.rows import Payload, Scope
from tests.unit.transform.payloads import COURSE, enrollment
from tests.unit.transform.work_payloads import assignment

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SOURCES = {source.name: source for source in PLAN}


def read_at(source: str, record: Payload) -> dict[str, set[dt.datetime | None]]:
    """Table → the instants its rows have."""
    plan = SOURCES[source]
    progress = Progress(scope=Scope(course=COURSE), pages=1, records=1, next_url=None)
    page = read_page(
        [msgspec.json.encode(record)],
        source=source,
        table=plan.table,
        transform=plan.transform,
        progress=progress,
        asked_at=NOON,
        dated=plan.dated,
    )
    found: dict[str, set[dt.datetime | None]] = {}
    for row in page.rows:
        found.setdefault(row.table, set()).add(row.read_at)
    return found


def test_a_record_of_the_listing_has_the_instant_of_its_page() -> None:
    assert read_at("enrollments", enrollment())["enrollments"] == {NOON}


def test_rows_inside_a_record_have_it_too_unless_another_source_tells_of_them() -> None:
    assert read_at("enrollments", enrollment())["users"] == {NOON}
    inside = read_at("assignments", assignment())
    assert {table for table, instants in inside.items() if instants == {NOON}} == {
        "assignments",
        "assignment_overrides",
    }
    assert inside["rubrics"] == inside["rubric_criteria"] == {None}
