"""Whether rows that no listing had are really gone: asked of Canvas before they end.

A page can be empty, short or cut and still look whole, so a row that is missing is a suspicion and
no more. A refusal or an error confirms nothing. How each kind of row is asked for is the business
of `inquiry`; tables are nobody's here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import structlog

from canvas.errors import (
    BadRecordError,
    CanvasError,
    ContractError,
    FatalError,
    RetryableError,
    SkippableError,
)
from sync.candidates import Candidate, Candidates
from sync.errors import UnreadableRecordError
from sync.extract import Reader, Stop
from sync.inquiry import INQUIRIES, Answer, Params
from sync.transform.decode import decode
from sync.transform.rows import Payload

log = structlog.get_logger(__name__)

# In one run; who is left over is looked for a second time, by the next complete reading.
MOST_REQUESTS: Final = 200
_AT_ONCE: Final = 4
_SOURCE: Final = "deletions"


@dataclass(slots=True, kw_only=True)
class Findings:
    """By table, what asking came to; `not_asked` are primary keys there was no request left for,
    or of which the answer is not sure.

    `unanswered`: tables for which Canvas did not answer as it will another time.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    not_asked: dict[str, set[int]] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)

    def of(self, table: str) -> Answer:
        return self.answers.setdefault(table, Answer())

    def left_over(self, table: str) -> set[int]:
        return self.not_asked.setdefault(table, set())

    def not_listed(self) -> list[str]:
        """Tables of which a complete listing did not have what is there."""
        return [table for table, answer in self.answers.items() if answer.there]


async def confirm(candidates: Candidates, *, reader: Reader, stop: Stop) -> Findings:
    """Ask for every candidate, by at most MOST_REQUESTS requests. Raises no error of Canvas."""
    findings = Findings()
    inquest = _Inquest(candidates, reader=reader, stop=stop, findings=findings)
    # Where a section went its enrollments went, too: one question for all of them.
    await inquest.ask(_inquiries(candidates, ("sections",)))
    _move_along(candidates, findings)
    await inquest.ask(_inquiries(candidates, [name for name in INQUIRIES if name != "sections"]))
    await inquest.check_that_404_means_gone()
    _log(candidates, findings)
    return findings


def _inquiries(
    candidates: Candidates, tables: Iterable[str]
) -> Iterator[tuple[str, list[Candidate]]]:
    for table in tables:
        together: dict[object, list[Candidate]] = {}
        # Those first for whom no request was left the last time.
        for row in sorted(candidates.rows.get(table, ()), key=lambda row: not row.missed_before):
            together.setdefault(INQUIRIES[table].together(row), []).append(row)
        yield from ((table, rows) for rows in together.values())


def _move_along(candidates: Candidates, findings: Findings) -> None:
    """Settle the enrollments of sections that moved; they keep their ids (canvas-api 4.4)."""
    moved, sections = findings.of("sections").moved, candidates.rows.get("sections", ())
    homes = {row.canvas_id: moved[row.pk] for row in sections if row.pk in moved}
    enrollments = candidates.rows.get("enrollments", ())
    along = {row.pk: homes[row.parent] for row in enrollments if row.parent in homes}
    findings.of("enrollments").moved |= along


def _log(candidates: Candidates, findings: Findings) -> None:
    for table, rows in candidates.rows.items():
        answer, left_over = findings.of(table), findings.left_over(table)
        settled = answer.gone | answer.moved.keys()
        if any(row.pk not in settled for row in rows):
            log.info(
                "delete.unconfirmed",
                resource=table,
                missing=len(rows),
                still_there=len(answer.there),
                not_asked=len(left_over),
            )


class _NoRequestLeft(Exception):
    """The run has asked as often as it may."""


class _Inquest:
    """Asks, a few at a time, and counts the requests; an `inquiry.Asker`."""

    def __init__(
        self, candidates: Candidates, *, reader: Reader, stop: Stop, findings: Findings
    ) -> None:
        self.course = candidates.course
        self._candidates, self._findings = candidates, findings
        self._reader, self._stop = reader, stop
        self._useless = False
        self._people: dict[int, bool] = {}
        self._left = MOST_REQUESTS - 1  # one for the course itself, at the end

    async def ask(self, inquiries: Iterator[tuple[str, list[Candidate]]]) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._one_after_another(inquiries))

    async def check_that_404_means_gone(self) -> None:
        """Where the course itself can no longer be read, nothing of it is found either."""
        gone = {table: a.gone for table, a in self._findings.answers.items() if a.gone}
        if not gone:
            return
        self._left += 1
        try:
            await self.record(f"/api/v1/courses/{self.course}")
        except CanvasError as error:
            log.warning("delete.not_believed", code=error.code)
            for table, pks in gone.items():
                pks.clear()
                self._note_silence(table, error)

    async def record(self, path: str) -> Payload:
        self._spend()
        page = await self._reader.fetch(path, source=_SOURCE, listing=False)
        return _decoded(bytes(page.records[0]))

    async def records(self, path: str, *, params: Params = ()) -> list[Payload] | None:
        self._spend()
        found: list[Payload] = []
        whole = False
        async for page in self._reader.walk(path, params=params, source=_SOURCE):
            found += [_decoded(bytes(record)) for record in page.records]
            if page.next_url is not None:
                self._spend()
            whole = page.completeness is not None and page.completeness.proven
        return found if whole else None

    async def is_there(self, user: int) -> bool:
        if user not in self._people:
            try:
                record = await self.record(f"/api/v1/users/{user}")
            except SkippableError:
                self._people[user] = False
            else:
                self._people[user] = record.get("merged_into_user_id") is None
        return self._people[user]

    def known(self, table: str) -> int | None:
        return self._candidates.known.get(table)

    async def _one_after_another(self, inquiries: Iterator[tuple[str, list[Candidate]]]) -> None:
        for table, rows in inquiries:
            settled = self._findings.of(table).moved
            if all(row.pk in settled for row in rows):
                continue
            if self._useless or self._stop.is_set():
                self._findings.unanswered.add(table)
            else:
                await self._settle(table, rows)

    async def _settle(self, table: str, rows: list[Candidate]) -> None:
        try:
            answer = await INQUIRIES[table].ask(self, rows)
        except _NoRequestLeft:
            self._findings.left_over(table).update(row.pk for row in rows)
        except CanvasError as error:
            log.info("delete.not_asked", resource=table, code=error.code, status=error.status)
            self._note_silence(table, error)
            whole_canvas = isinstance(error, RetryableError | FatalError)
            self._useless |= whole_canvas and not isinstance(error, ContractError)
        else:
            self._findings.of(table).add(answer)
            self._findings.left_over(table).update(answer.unsure)
            if answer.contradicts_itself:
                self._findings.unanswered.add(table)

    def _note_silence(self, table: str, error: CanvasError) -> None:
        """A refusal is an answer, and will be the same another time."""
        if not isinstance(error, SkippableError):
            self._findings.unanswered.add(table)

    def _spend(self) -> None:
        if self._left <= 0:
            raise _NoRequestLeft
        self._left -= 1


def _decoded(record: bytes) -> Payload:
    """Raises BadRecordError."""
    try:
        return decode(record)
    except UnreadableRecordError as error:
        raise BadRecordError(source=_SOURCE, cause=str(error)) from error
