"""The comparison of one course: listing by listing, page by page, then what no page told of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Final, Protocol

from canvas.errors import BadRecordError, SkippableError
from sync.verify.comparison import Comparison
from sync.verify.kinds import KINDS
from sync.verify.records import Family, Payload, Told, told_by
from sync.verify.result import Verification


class Reader(Protocol):
    """As `canvas.client.rereading.Rereader`: another way to Canvas than a sync's."""

    async def course(self, course_id: int) -> Payload: ...

    def pages(
        self, listing: str, *, course: int, parent: int | None = None
    ) -> AsyncIterator[list[Payload]]: ...


class Progress(Protocol):
    """Told what is going on, page by page."""

    def started(self, source: str) -> None: ...

    def stored(self, source: str, *, pages: int, rows: int) -> None: ...

    def finished(self, source: str, *, complete: bool) -> None: ...


# Each listing with the one whose records are its parents.
LISTINGS: Final = (
    ("sections", ""),
    ("enrollments", ""),
    ("group_categories", ""),
    ("groups", "group_categories"),
    ("group_memberships", "groups"),
    ("assignment_groups", ""),
    ("rubrics", ""),
    ("assignments", ""),
    ("submissions", ""),
    ("quizzes", ""),
    ("new_quizzes", ""),
)
# New Quizzes are not installed everywhere: that they cannot be read is an answer.
_OPTIONAL: Final = frozenset({"new_quizzes"})


class CourseUnknownError(Exception):
    """The mirror has never had this course."""


async def verify(course: int, *, integration: int, reader: Reader, watch: Progress) -> Verification:
    """Compare one course. Raises CanvasError as `reader` does, CourseUnknownError."""
    record = await reader.course(course)
    # Asked for by a global id, Canvas answers with the local one.
    reading = _Reading(int(record["id"]), integration=integration, reader=reader)
    if not await reading.comparison.mirror.knows_course():
        raise CourseUnknownError(course)
    await reading.comparison.page(_all_told("course", [record]))
    for listing, parents in LISTINGS:
        watch.started(listing)
        await reading.of(listing, parents=parents, watch=watch)
        watch.finished(listing, complete=listing not in reading.unread)
    await reading.comparison.close(_told_whole(reading.unread))
    return Verification(
        course=course,
        resources=reading.comparison.resources,
        unread={name: why for name, why in reading.unread.items() if name not in _OPTIONAL},
    )


class _Reading:
    """The listings of a course, one after the other, each page compared as it comes."""

    def __init__(self, course: int, *, integration: int, reader: Reader) -> None:
        self.comparison = Comparison(integration=integration, course=course)
        self.unread: dict[str, str] = {}
        self._course, self._reader = course, reader

    async def of(self, listing: str, *, parents: str, watch: Progress) -> None:
        """A listing that Canvas does not show to its end is noted; other errors are raised."""
        if parents in self.unread:
            self.unread[listing] = self.unread[parents]
            return
        owners = sorted(self.comparison.seen[parents]) if parents else [None]
        try:
            for owner in owners:
                pages = self._reader.pages(listing, course=self._course, parent=owner)
                async for page in pages:
                    await self.comparison.page(_all_told(listing, page))
                    watch.stored(listing, pages=1, rows=len(page))
        except SkippableError as refusal:
            self.unread[listing] = str(refusal)


def _all_told(listing: str, page: Iterable[Payload]) -> list[Told | Family]:
    """Raises BadRecordError for a record that has no id, or no list where one belongs."""
    try:
        return [part for payload in page for part in told_by(listing, payload)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadRecordError(source=listing) from error


def _told_whole(unread: Iterable[str]) -> list[str]:
    """The kinds of which every record was read."""
    return [kind.name for kind in KINDS if not set(kind.told_by).intersection(unread)]
