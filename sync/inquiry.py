"""How Canvas is asked for rows that no listing had: one row of a table for each of ours.

Every request only reads (canvas-api 7.7), and goes to another address than the listing's, so that
what hid the row there does not hide it here, too. Where the address is the same, something that
must be in the answer shows whether the answer can be trusted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from canvas.errors import ContractError, ForbiddenError, GoneError
from canvas.types import ENROLLMENT_STATES
from sync.candidates import Candidate
from sync.transform.rows import Payload

Params: TypeAlias = tuple[tuple[str, str], ...]

_EVERY_STATE: Final = tuple(("state[]", state) for state in ENROLLMENT_STATES)
_BAD_REQUEST, _NOT_FOUND = 400, 404


@dataclass(slots=True, kw_only=True)
class Answer:
    """What Canvas said of rows, by primary key; of one that is in none of these it said nothing.

    `moved`: to the course with that Canvas id. `unsure`: not found where they were, and perhaps
    elsewhere; another complete listing must tell. `contradicts_itself`: another time it may say
    more.
    """

    gone: set[int] = field(default_factory=set)
    unsure: set[int] = field(default_factory=set)
    there: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)
    contradicts_itself: bool = False

    def add(self, other: Answer) -> None:
        self.gone |= other.gone
        self.unsure |= other.unsure
        self.there |= other.there
        self.moved |= other.moved
        self.contradicts_itself |= other.contradicts_itself


class Asker(Protocol):
    """Whoever sends the requests. `course` is Canvas's id."""

    course: int

    async def record(self, path: str) -> Payload:
        """The object at a path. Raises CanvasError."""
        ...

    async def records(self, path: str, *, params: Params = ()) -> list[Payload] | None:
        """A whole listing; None when it may not be whole. Raises CanvasError."""
        ...

    async def is_there(self, user: int) -> bool:
        """Whether Canvas has that user, and has merged it into no other."""
        ...

    def known(self, table: str) -> int | None:
        """The Canvas id of a row of the table that was listed just now."""
        ...


Ask: TypeAlias = Callable[[Asker, list[Candidate]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """`ask` is given rows that are alike in `together`; each by itself unless that is set."""

    ask: Ask
    together: Callable[[Candidate], Hashable] = lambda row: row.pk


def _number(value: object) -> int | None:
    """An id, which some of Canvas's addresses send as text."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else None


def _is(record: Payload, row: Candidate) -> bool:
    return _number(record.get("id")) == row.canvas_id


def _path(template: str, asker: Asker, row: Candidate) -> str:
    return template.format(
        course=asker.course,
        id=row.canvas_id,
        parent=row.parent,
        user=row.user,
        anonymous=row.anonymous,
    )


def _by_itself(template: str) -> Ask:
    """404: gone."""

    async def ask(asker: Asker, rows: list[Candidate]) -> Answer:
        [row] = rows
        try:
            record = await asker.record(_path(template, asker, row))
        except GoneError:
            return Answer(gone={row.pk})
        return Answer(there={row.pk}) if _is(record, row) else Answer()

    return ask


async def _section(asker: Asker, rows: list[Candidate]) -> Answer:
    """One that is cross-listed answers from its new course (trap 28)."""
    [row] = rows
    try:
        record = await asker.record(f"/api/v1/sections/{row.canvas_id}")
    except GoneError:
        return Answer(gone={row.pk})
    return _where(record, row, asker) if _is(record, row) else Answer()


def _where(record: Payload, row: Candidate, asker: Asker) -> Answer:
    home = _number(record.get("course_id"))
    if home is None or home == asker.course:
        return Answer(there={row.pk})
    return Answer(moved={row.pk: home})


async def _submission(asker: Asker, rows: list[Candidate]) -> Answer:
    """While the name is hidden there is another address (trap 58)."""
    [row] = rows
    work = "/api/v1/courses/{course}/assignments/{parent}/"
    if row.user is not None:
        answer = await _by_itself(work + "submissions/{user}")(asker, rows)
        return await _not_with(row.user, answer.gone, asker) if answer.gone else answer
    if row.anonymous:
        return await _by_itself(work + "anonymous_submissions/{anonymous}")(asker, rows)
    return Answer()


async def _enrollments(asker: Asker, rows: list[Candidate]) -> Answer:
    """Of one person in one section, in every state; by the section, wherever that is now."""
    [(section, user)] = {(row.parent, row.user) for row in rows}
    if user is None:
        return Answer()
    params = (*_EVERY_STATE, ("user_id", str(user)))
    try:
        found = await asker.records(f"/api/v1/sections/{section}/enrollments", params=params)
    except GoneError:
        # A section that ended takes no enrollment with it: the person still has them.
        found = await asker.records(f"/api/v1/users/{user}/enrollments", params=_EVERY_STATE)
    if found is None:
        return Answer()
    by_id = {_number(record.get("id")): record for record in found}
    answer = Answer()
    for row in rows:
        if row.canvas_id in by_id:
            answer.add(_where(by_id[row.canvas_id], row, asker))
    if lost := {row.pk for row in rows if row.canvas_id not in by_id}:
        answer.add(await _not_with(user, lost, asker))
    return answer


async def _not_with(user: int, pks: set[int], asker: Asker) -> Answer:
    """Of rows the user does not have: they are gone, or somebody else's by a merge (trap 36)."""
    return Answer(gone=pks) if await asker.is_there(user) else Answer(unsure=pks)


async def _memberships(asker: Asker, rows: list[Candidate]) -> Answer:
    """Of one group, once more: there must be as many as the group itself says."""
    [group] = {row.parent for row in rows}
    record = await asker.record(f"/api/v1/groups/{group}")
    found = await asker.records(f"/api/v1/groups/{group}/memberships")
    accepted = [one for one in found or () if one.get("workflow_state") == "accepted"]
    if found is None or len(accepted) != record.get("members_count"):
        return Answer(contradicts_itself=True)
    ids = {_number(one.get("id")) for one in found}
    there = {row.pk for row in rows if row.canvas_id in ids}
    return Answer(there=there, gone={row.pk for row in rows} - there)


async def _assignment(asker: Asker, rows: list[Candidate]) -> Answer:
    """By its id in the listing: the single address marks modules as read. 400: no such id."""
    [row] = rows
    path = f"/api/v1/courses/{asker.course}/assignments"
    try:
        found = await asker.records(path, params=_of_assignment(row.canvas_id))
    except ContractError as refusal:
        if refusal.status != _BAD_REQUEST or not await _another_is_listed(asker, path):
            raise
        return Answer(gone={row.pk})
    return Answer(there={row.pk} if any(_is(one, row) for one in found or ()) else set())


async def _another_is_listed(asker: Asker, path: str) -> bool:
    """Whether a request of this kind is answered when the id is right."""
    known = asker.known("assignments")
    if known is None:
        return False
    found = await asker.records(path, params=_of_assignment(known))
    return [_number(one.get("id")) for one in found or ()] == [known]


def _of_assignment(canvas_id: int) -> Params:
    return (("assignment_ids[]", str(canvas_id)), ("override_assignment_dates", "false"))


async def _rubric(asker: Asker, rows: list[Candidate]) -> Answer:
    """Its 404 looks like that of a page switched off: another one must still be answered."""
    [row] = rows
    try:
        return await _by_itself("/api/v1/courses/{course}/rubrics/{id}")(asker, rows)
    except ForbiddenError as refusal:
        known = asker.known("rubrics") if refusal.status == _NOT_FOUND else None
        if known is None:
            raise
    await asker.record(f"/api/v1/courses/{asker.course}/rubrics/{known}")
    return Answer(gone={row.pk})


INQUIRIES: Final[dict[str, Inquiry]] = {
    "sections": Inquiry(ask=_section),
    "enrollments": Inquiry(ask=_enrollments, together=lambda row: (row.parent, row.user)),
    "group_categories": Inquiry(ask=_by_itself("/api/v1/group_categories/{id}")),
    "groups": Inquiry(ask=_by_itself("/api/v1/groups/{id}")),
    "group_memberships": Inquiry(ask=_memberships, together=lambda row: row.parent),
    "assignment_groups": Inquiry(ask=_by_itself("/api/v1/courses/{course}/assignment_groups/{id}")),
    "rubrics": Inquiry(ask=_rubric),
    "assignments": Inquiry(ask=_assignment),
    "submissions": Inquiry(ask=_submission),
    "quizzes": Inquiry(ask=_by_itself("/api/v1/courses/{course}/quizzes/{id}")),
    "new_quizzes": Inquiry(ask=_by_itself("/api/quiz/v1/courses/{course}/quizzes/{id}")),
}
