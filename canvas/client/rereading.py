"""A course read once more, by canvasapi: its listings page by page, with nothing done to them.

A second way to the same records, for those who compare. One request at a time, in the same budget
as every other reader of the token; repeats and renews as the bulk client does. Keeps no page.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import httpx
from canvasapi.course import Course
from canvasapi.group import Group, GroupCategory

from canvas.client.asking import Asker
from canvas.client.auth import TokenSource
from canvas.client.budget import Budget
from canvas.client.call import Answer, Call, Limits
from canvas.client.guard import guarded_canvas, translating
from canvas.client.origin import parse_base_url
from canvas.client.quota import cost_of, remaining_of
from canvas.client.stats import Stats
from canvas.errors import ContractError, ThrottledError
from canvas.types import ENROLLMENT_STATES

Payload: TypeAlias = dict[str, Any]
Turn: TypeAlias = Callable[[], list[Payload]]

READ_TIMEOUT_S: Final = 100.0  # pages of work with everything along are slow (canvas-api 7.5)
MAX_ATTEMPTS: Final = 5
_NOT_TAKEN_YET: Final = "none"  # canvasapi wants a token before it is the turn of a request

# Name → the list of canvasapi, asked for with its requester and the id of the parent.
LISTINGS: Final[Mapping[str, Callable[[Any, int], Any]]] = {
    "sections": lambda asks, id_: _course(asks, id_).get_sections(),
    "enrollments": lambda asks, id_: _course(asks, id_).get_enrollments(state=ENROLLMENT_STATES),
    "group_categories": lambda asks, id_: _course(asks, id_).get_group_categories(),
    "groups": lambda asks, id_: GroupCategory(asks, {"id": id_}).get_groups(),
    "group_memberships": lambda asks, id_: Group(asks, {"id": id_}).get_memberships(),
    "assignment_groups": lambda asks, id_: _course(asks, id_).get_assignment_groups(),
    "rubrics": lambda asks, id_: _course(asks, id_).get_rubrics(),
    "assignments": lambda asks, id_: _course(asks, id_).get_assignments(
        include=["overrides"], override_assignment_dates=False
    ),
    "submissions": lambda asks, id_: _course(asks, id_).get_multiple_submissions(
        student_ids=["all"], include=["submission_comments", "rubric_assessment"]
    ),
    "quizzes": lambda asks, id_: _course(asks, id_).get_quizzes(),
    "new_quizzes": lambda asks, id_: _course(asks, id_).get_new_quizzes(),
}


def _course(requester: Any, course_id: int) -> Course:
    return Course(requester, {"id": course_id})


class Rereader:
    """One Canvas, one credential. Raises the errors of `canvas.errors`, as the bulk client does."""

    def __init__(
        self,
        base_url: str,
        *,
        tokens: TokenSource,
        budget: Budget,
        allow_insecure: bool = False,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.origin = parse_base_url(base_url, allow_insecure=allow_insecure)
        self.stats = Stats()
        self._tokens, self._budget, self._sleep, self._clock = tokens, budget, sleep, clock
        self._canvas = guarded_canvas(
            self.origin,
            token=_NOT_TAKEN_YET,
            timeout_s=READ_TIMEOUT_S,
            allow_private=allow_insecure,
        )
        self._requester = self._canvas._Canvas__requester

    def __repr__(self) -> str:
        return f"Rereader({self.origin})"

    async def course(self, course_id: int) -> Payload:
        """Raises GoneError when Canvas does not know it, ForbiddenError when it may not be read."""

        def turn() -> list[Payload]:
            self._canvas.get_course(course_id, include=["term", "total_students"])
            return [_last_answer(self._requester).json()]

        record, *_ = await self._ask(turn, source="course", course=course_id)
        return record

    async def pages(
        self, listing: str, *, course: int, parent: int | None = None
    ) -> AsyncIterator[list[Payload]]:
        """The pages of one of `LISTINGS`; `parent`: whose groups or members are listed.

        Raises ContractError for links that lead in a circle.
        """
        found = LISTINGS[listing](self._requester, course if parent is None else parent)
        found._content_class, found._extra_attribs = _Plain, {}
        asked: set[str] = set()
        while found._has_next():
            if found._next_url in asked:
                raise ContractError(cause="the pages of a listing never end", source=listing)
            asked.add(found._next_url)
            # One page at a time: iterated, the list of canvasapi would keep them all.
            yield await self._ask(found._get_next_page, source=listing, course=course)

    async def _ask(self, turn: Turn, *, source: str, course: int) -> list[Payload]:
        exchange = _Exchange(turn, self._requester, budget=self._budget, stats=self.stats)
        asker = Asker(
            exchange,
            tokens=self._tokens,
            stats=self.stats,
            limits=Limits(),
            max_attempts=MAX_ATTEMPTS,
            sleep=self._sleep,
            clock=self._clock,
        )
        url = httpx.URL(f"{self.origin}/api/v1/courses/{course}")
        call = Call(url=url, source=source, listing=True)
        return await asker.ask(call, read=lambda call, answer: exchange.records)


class _Plain(dict[str, Any]):
    """What canvasapi makes of a record: the record. Its own objects cost milliseconds each."""

    def __init__(self, requester: Any, attributes: Payload) -> None:
        super().__init__(attributes)


class _Exchange:
    """One request of canvasapi in the place of a wire: within a slot, with a token of its turn."""

    def __init__(self, turn: Turn, requester: Any, *, budget: Budget, stats: Stats) -> None:
        self.records: list[Payload] = []
        self._turn, self._requester = turn, requester
        self._budget, self._stats = budget, stats

    async def ask(self, call: Call, *, take: Callable[[], Awaitable[str]], attempt: int) -> Answer:
        async with self._budget.slot() as slot:
            self._requester.access_token = await take()
            self._stats.note_request(call.source)
            try:
                self.records = await asyncio.to_thread(self._sent, call)
            except ThrottledError as rejection:
                slot.rejected(retry_after_s=rejection.retry_after_s)
                raise
            headers = httpx.Headers(_last_answer(self._requester).headers)
            slot.answered(remaining=remaining_of(headers), cost=cost_of(headers))
        return Answer(status=httpx.codes.OK, headers=headers, body=b"")

    def _sent(self, call: Call) -> list[Payload]:
        with translating(source=call.source, path=call.url.path):
            return self._turn()


def _last_answer(requester: Any) -> Any:
    """The `requests.Response` of the request that just succeeded."""
    return requester._cache[0]
