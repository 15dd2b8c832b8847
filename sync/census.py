"""Who was seen in a run: exact counts per resource, each row counted once however often it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from canvas.models.upsert import Fate
from sync.rowset import RowSet
from sync.tables import BY_NAME


@dataclass(slots=True, kw_only=True)
class Tally:
    """One table, by primary keys. `seen` has every row, `created` and `updated` some of them.

    `set_aside` has the Canvas id of every record that could not be stored, None where it has none.
    `missing` are rows which their parent, that lists every child, no longer had.
    """

    seen: RowSet = field(default_factory=RowSet)
    created: RowSet = field(default_factory=RowSet)
    updated: RowSet = field(default_factory=RowSet)
    missing: RowSet = field(default_factory=RowSet)
    set_aside: list[str | None] = field(default_factory=list)
    deleted: int = 0

    def add(self, fates: Mapping[int, Fate]) -> None:
        """A row that came before keeps what says more: created, then updated, then unchanged."""
        self.seen.update(fates)
        found = list(fates.values())
        if found.count(Fate.UNCHANGED) == len(found):
            return
        if found.count(Fate.CREATED) == len(found) and not self.updated:
            self.created.update(fates)
            return
        self.created.update(pk for pk, fate in fates.items() if fate is Fate.CREATED)
        for pk, fate in fates.items():
            if fate is Fate.UPDATED and pk not in self.created:
                self.updated.add(pk)
            elif fate is Fate.CREATED and self.updated:
                self.updated.discard(pk)


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
        seen, created, updated = len(tally.seen), len(tally.created), len(tally.updated)
        return ResourceCounts(
            seen=seen + len(tally.set_aside),
            created=created,
            updated=updated,
            unchanged=seen - created - updated,
            deleted=tally.deleted,
            rejected=len(tally.set_aside),
            complete=complete,
        )
