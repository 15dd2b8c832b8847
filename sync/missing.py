"""Which rows complete readings no longer had; looks, and ends nothing.

Every source that could have listed a row must have been read to its last page without an error, and
no record that was set aside may have been the row. Not to be there is a suspicion: see `confirm`.
All that is asked is one hop to the database thread.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db.models import F, Q, QuerySet

from canvas.models.stored import in_parts
from sync.candidates import Candidate, Candidates, Held
from sync.course_rows import live_rows, read_through
from sync.departed import departed, work_of_departed
from sync.gaps import few_unseen, passing_over
from sync.proof import Mode, Proofs
from sync.tables import CLOSING, Table
from sync.target import Target
from sync.unseen import missed_before

# More than this share of a listing and more than this many rows (promise R13).
_HOLD_SHARE: Final = 0.30
_HOLD_ROWS: Final = 20
_READ_SIZE: Final = 2000
_SIZE: Final = 900
_CANVAS_ID: Final = re.compile(r"-?\d{1,18}")
# Table → by which other ids Canvas is asked for a row, and where the row has them.
_NAMES: Final[dict[str, dict[str, str]]] = {
    "enrollments": {"parent": "course_section_id", "user": "user_id"},
    "group_memberships": {"parent": "group__canvas_id"},
    "submissions": {
        "parent": "assignment__canvas_id",
        "user": "user_id",
        "anonymous": "anonymous_id",
    },
}


@dataclass(slots=True, kw_only=True)
class _Missing:
    """Of one table: which rows were not listed, and which go with a parent that was not.

    `listable` are all rows that could have been. `told`: a record that lists all of its children
    did not have them. `departed`: not asked for, and their students have left.
    """

    listable: QuerySet[Any]
    unlisted: list[int] = field(default_factory=list)
    going_along: list[int] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    departed: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        found = (self.unlisted, self.going_along, self.told, self.departed)
        return sum(map(len, found))

    def drop(self, table: Table) -> Held | None:
        """The drop that a person must look at, if it is as large as that."""
        if self.count <= _HOLD_ROWS:
            return None
        live = self.listable.count()
        large = self.count > live * _HOLD_SHARE
        return Held(resource=table.reported_as, missing=self.count, live=live) if large else None


async def find_candidates(
    course: int, proofs: Proofs, target: Target, *, accept_deletes: bool
) -> Candidates:
    """Rows of a course that proven sources no longer list. `course` is Canvas's id."""
    found = Candidates(course=course)
    await sync_to_async(_find)(found, proofs, target, accept_deletes=accept_deletes)
    return found


def is_proven(table: Table, proofs: Proofs) -> bool:
    return bool(table.proved_by) and proofs.keys() >= set(table.proved_by)


def still_unlisted(table: Table, pks: Collection[int], target: Target) -> set[int]:
    """Those of the rows that are live, unseen, not hidden, and stored by nobody since. Blocks."""
    if not pks:
        return set()
    seen, found = target.census.of(table.name).seen, set[int]()
    rows = _known_before(table.model.objects.live(), target)
    if table.hidden is not None:
        rows = rows.exclude(table.hidden(()))
    for part in in_parts(sorted(pks), _SIZE):
        alive = rows.filter(pk__in=part).values_list("pk", flat=True)
        found |= {pk for pk in alive.iterator() if pk not in seen}
    return found


def gone_along(table: Table, course: int, proofs: Proofs, target: Target) -> set[int]:
    """Unseen rows whose parent, in whose listing they would be, has ended. Blocks."""
    if table.listed_by is None or not is_proven(table, proofs):
        return set()
    relation, _ = table.listed_by
    rows = _candidates_among(_listable(table, course, target), table, target)
    rows = rows.filter(**{f"{relation}__deleted_at__isnull": False})
    seen = target.census.of(table.name).seen
    return {pk for pk in rows.values_list("pk", flat=True) if pk not in seen}


def _find(found: Candidates, proofs: Proofs, target: Target, *, accept_deletes: bool) -> None:
    for table in CLOSING:
        missing = _missing(table, proofs, target, found)
        missing.departed = _departed(table, proofs, target, found)
        if not missing.count:
            continue
        found.missing.add(table.name)
        drop = missing.drop(table)
        if drop and not accept_deletes:
            found.held[table.name] = drop
        elif missing.unlisted:
            _name(table, missing.unlisted, proofs, target, found)
            if drop:
                found.accepted.add(table.name)
        if missing.departed and table.name not in found.held:
            found.departed.setdefault(table.name, []).extend(missing.departed)


def _missing(table: Table, proofs: Proofs, target: Target, found: Candidates) -> _Missing:
    listable = _listable(table, found.course, target)
    if not is_proven(table, proofs):
        tally = target.census.of(table.name)
        told = [pk for pk in tally.missing if pk not in tally.seen]
        alive = still_unlisted(table, told, target)
        return _Missing(listable=listable, told=sorted(alive))
    if table.hidden is not None:
        listable = listable.exclude(table.hidden(found.pks("assignments")))
    # A drop is large or small beside the whole listing, however little of it was read.
    missing = _Missing(listable=listable)
    rows = _less_to_read(_candidates_among(listable, table, target), table, target, found)
    for pk, goes_along in _unlisted(rows, table, proofs, target, found):
        (missing.going_along if goes_along else missing.unlisted).append(pk)
    return missing


def _departed(table: Table, proofs: Proofs, target: Target, found: Candidates) -> list[int]:
    """Work nobody asked for, of people of whom it was asked whether they are still there."""
    own = proofs.get(table.name)
    if table.name != "submissions" or "enrollments" not in proofs or not own or not own.of_marks:
        return []
    return sorted(still_unlisted(table, work_of_departed(found.course, target), target))


def _less_to_read(
    rows: QuerySet[Any], table: Table, target: Target, found: Candidates
) -> QuerySet[Any]:
    seen = target.census.of(table.name).seen
    few = few_unseen(table.model, seen)
    if few is None:
        return passing_over(rows, seen)
    found.unseen[table.name] = few
    return rows.filter(pk__in=few)


def _candidates_among(listable: QuerySet[Any], table: Table, target: Target) -> QuerySet[Any]:
    """Without rows of which this reading says nothing; a record without an id could be any row."""
    unreadable = [_number(identity) for identity in target.census.of(table.name).set_aside]
    if None in unreadable:
        return listable.none()
    return _known_before(listable, target).exclude(canvas_id__in=unreadable)


def _unlisted(
    rows: QuerySet[Any], table: Table, proofs: Proofs, target: Target, found: Candidates
) -> Iterator[tuple[int, bool]]:
    """Primary keys of rows no listing had; whether that is because their parent goes."""
    own, seen = proofs[table.proved_by[-1]], target.census.of(table.name).seen
    if table.listed_by is None:
        if own.mode is Mode.FULL:
            pks = rows.values_list("pk", flat=True)
            yield from ((pk, False) for pk in read_through(pks, _READ_SIZE) if pk not in seen)
        return
    relation, parents = table.listed_by
    going, listed = found.pks(parents), target.census.of(parents).seen
    ended = f"{relation}__deleted_at"
    if own.mode is not Mode.FULL:
        goes = Q(**{f"{ended}__isnull": False}) | Q(**{f"{relation}__in": going})
        rows = rows.filter(goes | Q(**{f"{relation}__canvas_id__in": own.parents or ()}))
    # First the keys of all, which are many, then whose the few are.
    every = read_through(rows.values_list("pk", flat=True), _READ_SIZE)
    for part in in_parts([pk for pk in every if pk not in seen], _SIZE):
        columns = table.model.objects.filter(pk__in=part).values(
            "pk", parent=F(relation), parent_id=F(f"{relation}__canvas_id"), ended=F(ended)
        )
        for row in columns.iterator():
            if row["ended"] is not None or row["parent"] in going:
                yield row["pk"], True
            # A parent whose own listing was not read says nothing of its rows.
            elif (
                row["parent"] in listed if own.parents is None else row["parent_id"] in own.parents
            ):
                yield row["pk"], False
            else:
                found.unheard.add(table.name)


def _name(table: Table, pks: list[int], proofs: Proofs, target: Target, found: Candidates) -> None:
    """Put the candidates of a table into `found`, with the ids they are asked for by."""
    away = set[int]()
    if table.name == "submissions" and "enrollments" in proofs:
        away = departed(pks, found.course, target)
    before = missed_before(table.name, found.course, target)
    names = _NAMES.get(table.name, {})
    found.departed[table.name] = sorted(away)
    rows = found.rows[table.name] = []
    for part in in_parts(sorted(set(pks) - away), _SIZE):
        values = table.model.objects.filter(pk__in=part).order_by("pk")
        named = {name: F(path) for name, path in names.items()}
        records: QuerySet[Any] = values.values("pk", "canvas_id", **named)
        rows += [Candidate(missed_before=one["pk"] in before, **one) for one in records.iterator()]
    found.known[table.name] = _listed_just_now(table, found.course, target)


def _listed_just_now(table: Table, course: int, target: Target) -> int | None:
    """The Canvas id of any row that was seen."""
    seen = target.census.of(table.name).seen
    rows = _listable(table, course, target).values("pk", "canvas_id")
    for row in rows.iterator(chunk_size=_READ_SIZE):
        if row["pk"] in seen:
            return int(row["canvas_id"])
    return None


def _listable(table: Table, course: int, target: Target) -> QuerySet[Any]:
    return live_rows(table, course, integration=target.integration).filter(table.only)


def _known_before(rows: QuerySet[Any], target: Target) -> QuerySet[Any]:
    """Without rows that somebody else stored since: our older reading says nothing of them."""
    return rows.filter(changed_at__lt=target.began_at)


def _number(identity: str | None) -> int | None:
    return int(identity) if identity and _CANVAS_ID.fullmatch(identity) else None
