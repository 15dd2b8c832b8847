"""Course 101 of a Canvas in a mirror, read in pages so small that every listing has several."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final

from asgiref.sync import async_to_sync

from canvas.client import CanvasClient, Page
from canvas.client.batches import IdWalk
from canvas.models import CanvasIntegration
from simulator import Canvas
from sync.models import Run
from sync.outcome import Course, Order
from sync.runner import read_course
from sync.store import MirrorStore
from sync.tables import TABLES
from tests.acceptance.fault_walks import client_in_haste
from tests.acceptance.first_readings import FirstReadings
from tests.unit.sync.fakes import Diary, Never

COURSE: Final = 101
# Source → records a page, so that the listing has two or three; and where it is asked for.
PAGE_SIZES: Final = {
    "sections": 1,
    "enrollments": 8,
    "group_categories": 1,
    "groups": 1,
    "group_memberships": 1,
    "assignment_groups": 1,
    "rubrics": 1,
    "assignments": 4,
    "submissions": 35,
    "quizzes": 1,
    "new_quizzes": 1,
}
PATHS: Final = {
    **{name: rf"v1/courses/{COURSE}/{name}\?" for name in PAGE_SIZES},
    "groups": r"/group_categories/\d+/groups\?",
    "group_memberships": r"/groups/\d+/memberships\?",
    "submissions": r"/students/submissions\?",
    "new_quizzes": rf"quiz/v1/courses/{COURSE}/quizzes\?",
}
Params = Iterable[tuple[str, str]]


class SmallPages:
    """The client, asking for less at once. `before_page` is called with each page's source."""

    def __init__(self, client: CanvasClient, sizes: Mapping[str, int]) -> None:
        self._client, self.stats, self._sizes = client, client.stats, sizes
        self.fetch, self.graphql = client.fetch, client.graphql
        self.walk_ids: Callable[..., IdWalk] = client.walk_ids
        self.before_page: Callable[[str, int], None] = lambda source, number: None

    async def walk(
        self,
        path: str,
        *,
        params: Params = (),
        source: str,
        start_url: str | None = None,
        optional: Iterable[str] = (),
    ) -> AsyncIterator[Page]:
        size = self._sizes.get(source, 100)
        pages = self._client.walk(
            path,
            params=(*params, ("per_page", str(size))),
            source=source,
            start_url=start_url,
            optional=optional,
        )
        self.before_page(source, 1)
        async for page in pages:
            yield page
            self.before_page(source, page.number + 1)


class SmallMirror:
    """In the test's own database. Counts of live rows are by table."""

    def __init__(self, canvas: Canvas, *, sizes: Mapping[str, int] = PAGE_SIZES) -> None:
        self.canvas, self._sizes = canvas, sizes
        self.integration, _ = CanvasIntegration.objects.get_or_create(
            name="small", base_url=canvas.url
        )
        self.before_page: Callable[[str, int], None] = lambda source, number: None

    @classmethod
    def read_before(
        cls, canvas: Canvas, readings: FirstReadings, *, sizes: Mapping[str, int] = PAGE_SIZES
    ) -> SmallMirror:
        """One that has the course as `canvas` shows it at its first moment."""

        def read() -> None:
            course, _ = cls(canvas, sizes=sizes).read()
            assert course.fatal is None

        readings.begin(("small", canvas.url, *sizes), canvas, read=read)
        return cls(canvas, sizes=sizes)

    def read(self, *only: str, hurried: bool = False, **order: Any) -> tuple[Course, int]:
        """What a full reading came to, and how many rows it deleted."""
        return async_to_sync(self._read)(
            Order(course=COURSE, only=only, full=True, **order), hurried
        )

    async def _read(self, order: Order, hurried: bool) -> tuple[Course, int]:
        run = await Run.objects.acreate(integration=self.integration, course=COURSE)
        store = MirrorStore(self.integration, run=run.pk)
        async with client_in_haste(self.canvas, hurried=hurried) as client:
            reader = SmallPages(client, self._sizes)
            reader.before_page = self.before_page
            course = await read_course(
                order, reader=reader, store=store, watch=Diary(), stop=Never()
            )
        return course, sum(store.census.of(table.name).deleted for table in TABLES)

    def live(self) -> Mapping[str, int]:
        return {
            table.name: table.model.objects.live().filter(table.only).count() for table in TABLES
        }
