"""Who was seen in a run: exact counts per resource, each row counted once however often it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from canvas.models.upsert import Fate
from sync.tables import BY_NAME


@dataclass(slots=True, kw_only=True)
class Tally:
    """One table. `fates` is primary key → what became of the row in this run.

    `set_aside` has the Canvas id of every record that could not be stored, None where it has none.
    `missing` are rows which their parent, that lists every child, no longer had.
    """

    fates: dict[int, Fate] = field(default_factory=dict)
    set_aside: list[str | None] = field(default_factory=list)
    missing: set[int] = field(default_factory=set)
    deleted: int = 0

    def add(self, fates: Mapping[int, Fate]) -> None:
        """A row that came before keeps what says more: created, then updated, then unchanged."""
        for pk, fate in fates.items():
            self.fates[pk] = max(fate, self.fates.get(pk, fate))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCounts:
    seen: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    rejected: int = 0
    complete: bool = False

    def __add__(self, other: ResourceCounts) -> ResourceCounts:
        return ResourceCounts(
            seen=self.seen + other.seen,
            created=self.created + other.created,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            deleted=self.deleted + other.deleted,
            rejected=self.rejected + other.rejected,
            complete=self.complete and other.complete,
        )


class Census:
    """The tallies of one run by table name."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}

    def of(self, table: str) -> Tally:
        return self._tallies.setdefault(table, Tally())

    def counts(self, complete: Mapping[str, bool]) -> dict[str, ResourceCounts]:
        """Resource → counts, for the tables in `complete` (table → was its whole list read)."""
        totals: dict[str, ResourceCounts] = {}
        for name, whole in complete.items():
            resource = BY_NAME[name].reported_as
            counts = self._count(name, complete=whole)
            totals[resource] = totals[resource] + counts if resource in totals else counts
        return totals

    def so_far(self) -> dict[str, ResourceCounts]:
        """Resource → counts of what a run that did not come to its end has stored."""
        return self.counts(dict.fromkeys(self._tallies, False))

    def _count(self, table: str, *, complete: bool) -> ResourceCounts:
        tally = self.of(table)
        fates = list(tally.fates.values())
        return ResourceCounts(
            seen=len(fates) + len(tally.set_aside),
            created=fates.count(Fate.CREATED),
            updated=fates.count(Fate.UPDATED),
            unchanged=fates.count(Fate.UNCHANGED),
            deleted=tally.deleted,
            rejected=len(tally.set_aside),
            complete=complete,
        )
