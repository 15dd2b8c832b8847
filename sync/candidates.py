"""Rows that may be gone, and drops that wait for a person: what finding them hands on.

Knows neither tables nor Canvas.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Deletions that wait for a person."""

    resource: str
    missing: int
    live: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A live row that no proven listing had; `parent` and `user`, Canvas's ids, find it there.

    `anonymous` finds it while `user` is hidden. `missed_before`: an earlier complete listing did
    not have it either.
    """

    pk: int
    canvas_id: int
    parent: int | None = None
    user: int | None = None
    anonymous: str | None = None
    missed_before: bool = False


@dataclass(slots=True, kw_only=True)
class Candidates:
    """By table. `course` is Canvas's id of the one they belong to.

    `rows` are to be asked for; of `departed` (primary keys) another listing says that they are
    gone. `known` is the Canvas id of a row that was listed, if any. `held` are drops that wait:
    nothing of these tables is in `rows`. `accepted` are large drops that a person has allowed.
    `missing` are tables of which any row was not listed, whatever becomes of it. `unseen` has the
    primary keys of a table that the run has not seen, of whatever course, where these are few.
    `unheard` are tables with a row that was not listed, and may be there or not: its parent, in
    whose listing it would be, was not listed either, and does not go.
    """

    course: int
    rows: dict[str, list[Candidate]] = field(default_factory=dict)
    departed: dict[str, list[int]] = field(default_factory=dict)
    known: dict[str, int | None] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    unseen: dict[str, list[int]] = field(default_factory=dict)
    unheard: set[str] = field(default_factory=set)

    @property
    def missed(self) -> int:
        return sum(map(len, self.rows.values()))

    def pks(self, table: str) -> set[int]:
        return {row.pk for row in self.rows.get(table, ())}
