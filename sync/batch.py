"""A batch: the rows of some pages, what of them was unreadable, how far the listings are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from canvas.models.upsert import Fresh
from sync.earlier import ListingEnd
from sync.errors import UnreadableRecordError
from sync.excerpt import excerpt
from sync.likeness import Mark, stamp
from sync.transform.decode import decode, record_id
from sync.transform.rows import Row, Scope, Transform
from sync.transform.sheet import Sheet

# A transaction costs as much as some hundred rows: short listings wait for more of them.
PAGES_PER_BATCH = 20
MOST_PAGES_PER_BATCH = 60
ENOUGH_RECORDS = 500
# Where Canvas is slow, the next page ends the batch: whoever looks on must see the run alive.
LONGEST_WAIT_S = 30.0
# The source whose batches may be written while the one before commits: long, and of rows that have
# no parents among themselves but those in their own batch.
OVERLAPPING = "submissions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A record set aside, and why. `reason` and `excerpt` hold no value of it but ids."""

    source: str
    table: str
    canvas_id: str | None
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one listing is with this page. `next_url` is None on its last page.

    `began_at`: when the first one was asked for, by Canvas's clock. `end` comes with the last one.
    """

    scope: Scope
    pages: int
    records: int
    next_url: str | None
    began_at: datetime | None = None
    end: ListingEnd | None = None


@dataclass(slots=True, kw_only=True)
class Batch:
    """`rows` one by one and `sheets` of many: no record is in both.

    `prepared`: what is ready to be inserted of each sheet, None where it must go row by row;
    nothing at all where nobody has made it ready.

    `dropped`: tables whose rows Canvas has left out of records of this source so far.

    `records` is how many Canvas sent, whatever became of them.
    `unchanged` is table → primary keys of rows whose records were recognized and not decoded,
    `read_since` when the oldest page was asked for, by Canvas's clock.
    """

    source: str
    rows: list[Row] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    prepared: list[Fresh | None] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    records: int = 0
    dropped: frozenset[str] = frozenset()
    unchanged: dict[str, list[int]] = field(default_factory=dict)
    read_since: datetime | None = None

    def absorb(self, following: Batch) -> None:
        """Become both, in this order."""
        self.rows += following.rows
        self.sheets += following.sheets
        self.prepared += following.prepared
        self.rejects += following.rejects
        self.progress += following.progress
        self.records += following.records
        for table, pks in following.unchanged.items():
            self.unchanged.setdefault(table, []).extend(pks)
        since = (self.read_since, following.read_since)
        self.read_since = min((at for at in since if at is not None), default=None)

    @property
    def writes_rows(self) -> bool:
        """Whether there is more in it than where the listings have come to."""
        return bool(self.rows or self.sheets or self.rejects)

    @property
    def pages(self) -> int:
        return len(self.progress)

    @property
    def row_count(self) -> int:
        in_sheets = sum(len(sheet) for sheet in self.sheets)
        return len(self.rows) + in_sheets + sum(map(len, self.unchanged.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """One page as rows. A record becomes all of its rows or a reject, never a part of them."""

    rows: list[Row]
    rejects: list[Rejected]
    progress: Progress


def read_page(
    records: list[bytes],
    *,
    source: str,
    table: str,
    transform: Transform,
    progress: Progress,
    asked_at: datetime | None = None,
    dated: Collection[str] = (),
    marks: Sequence[Mark | None] = (),
) -> ReadPage:
    """Decode and transform every record; an unreadable one is set aside, its siblings go on.

    Rows of the tables in `dated` know when Canvas was asked for them. `marks`: one for each record,
    or none at all.
    """
    rows: list[Row] = []
    rejects: list[Rejected] = []
    for place, record in enumerate(records):
        identity, payload = None, None
        try:
            payload = decode(record)
            identity = record_id(payload)
            made = list(transform(payload, progress.scope))
        except UnreadableRecordError as error:
            rejects.append(
                Rejected(
                    source=source,
                    table=table,
                    canvas_id=identity,
                    reason=str(error),
                    excerpt=excerpt(payload),
                )
            )
            continue
        if marks:
            stamp(made, marks[place])
        for row in made:
            # What several sources tell a part of is put together; none of them is the older one.
            row.read_at = asked_at if row.table in dated else None
        rows += made
    return ReadPage(rows=rows, rejects=rejects, progress=progress)
