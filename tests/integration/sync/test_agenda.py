"""What is read of each source: when a full reading is due, and else what changed."""

import datetime as dt
from collections.abc import Callable

import pytest
from pytest_django.fixtures import Settings

from sync.models import Reject
from sync.plan import PLAN
from sync.proof import Mode
from sync.reach import Reach
from tests.integration.sync.agenda_site import AN_HOUR_AGO, NOW, mark, reach
from tests.integration.sync.loading import Mirror

OTHERS = [source.name for source in PLAN if not source.ways]


@pytest.mark.parametrize("source", OTHERS)
def test_a_source_without_a_filter_is_read_in_full(known: Mirror, source: str) -> None:
    assert reach(known, source) == Reach()


@pytest.mark.parametrize("source", ["submissions", "group_memberships"])
def test_the_first_reading_is_a_full_one(loaded: Mirror, source: str) -> None:
    assert reach(loaded, source) == Reach(because="it has never been read completely")


def test_changes_are_asked_for_with_an_overlap(known: Mirror, settings: Settings) -> None:
    settings.SYNC_OVERLAP_MINUTES = 20
    since = AN_HOUR_AGO - dt.timedelta(minutes=20)
    assert reach(known) == Reach(mode=Mode.UPDATED_SINCE, since=since)


def test_of_quiet_groups_nothing_is_read(known: Mirror) -> None:
    assert reach(known, "group_memberships") == Reach(mode=Mode.CHANGED_PARENTS)


@pytest.mark.parametrize("source", ["submissions", "group_memberships"])
@pytest.mark.parametrize(
    ("due", "because"),
    [
        (lambda m, s: mark(s, full_because="deletions are held"), "deletions are held"),
        (
            lambda m, s: mark(s, complete_at=None, full_because="deletions are held"),
            "deletions are held",
        ),
        (lambda m, s: mark(s, run=None), "its last full reading is not known"),
        (lambda m, s: mark(s, complete_at=None), "its last full reading is not known"),
        (
            lambda m, s: mark(s, complete_at=NOW - dt.timedelta(hours=24)),
            "its last full reading is 24 hours old",
        ),
        (
            lambda m, s: Reject.objects.create(run=m.run, source=s, table=s, reason="odd"),
            "records of it were set aside",
        ),
    ],
    ids=["held", "held at first", "run forgotten", "never complete", "age", "rejects"],
)
def test_what_makes_a_full_reading_due(
    known: Mirror, source: str, due: Callable[[Mirror, str], object], because: str
) -> None:
    due(known, source)
    assert reach(known, source) == Reach(because=because)


def test_who_asks_for_everything_gets_it(known: Mirror) -> None:
    assert reach(known, full=True) == Reach(because="it was asked for")


def test_a_reject_that_was_settled_is_none(known: Mirror) -> None:
    Reject.objects.create(
        run=known.run, source="submissions", table="submissions", reason="odd", resolved_at=NOW
    )
    assert reach(known).mode is Mode.UPDATED_SINCE
