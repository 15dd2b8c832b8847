"""Course 101 as it was read an hour ago, for tests of what is read now."""

import datetime as dt
from typing import Any

from asgiref.sync import async_to_sync

from sync.agenda import reach_of
from sync.models import Watermark
from sync.plan import BY_NAME
from sync.reach import Question, Reach
from tests.integration.sync.loading import Mirror
from tests.unit.transform.payloads import COURSE, group
from tests.unit.transform.work_payloads import assignment

NOW = dt.datetime(2026, 9, 15, 12, tzinfo=dt.UTC)
AN_HOUR_AGO = NOW - dt.timedelta(hours=1)


def plain(number: int, **changes: Any) -> dict[str, Any]:
    """An assignment without exceptions."""
    return assignment(id=number, **{"overrides": []} | changes)


MANY = [plain(number) for number in range(801, 809)]


def read_everything(mirror: Mirror) -> None:
    """Everything was read an hour ago. Eight more assignments, seven groups: of few none is a part.

    The run that did is still the one of the mirror.
    """
    mirror.load("assignments", *MANY)
    mirror.load("groups", *(group(id=number) for number in range(431, 438)), parent=401)
    for source in ("submissions", "group_memberships"):
        Watermark.objects.create(
            integration=mirror.integration,
            course=COURSE,
            source=source,
            run=mirror.run,
            read_at=AN_HOUR_AGO,
            complete_at=AN_HOUR_AGO,
        )


def begin_run(mirror: Mirror) -> None:
    mirror.new_run()
    mirror.target.read_since = NOW


def reach(mirror: Mirror, source: str = "submissions", **question: Any) -> Reach:
    asked = Question(course=COURSE, **question)
    return async_to_sync(reach_of)(BY_NAME[source], asked, mirror.target)


def mark(source: str = "submissions", **changes: Any) -> None:
    assert Watermark.objects.filter(source=source).update(**changes) == 1
