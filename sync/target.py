"""Where batches go, and what one of them came to before its transaction ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from canvas.models.upsert import Fate
from sync.batch import Batch, Rejected
from sync.census import Census
from sync.changes import Changed, Created
from sync.fence import Fence
from sync.links import LinkIndex
from sync.stale import Stale


@dataclass(slots=True, kw_only=True)
class Target:
    """Where batches go. `run` is None in a rehearsal, whose ledger nobody keeps.

    `fence`: the lease under which all of it is written. `began_at` is our clock, `read_since`
    Canvas's when it was asked for the oldest page stored. `set_aside`: rejects that an earlier
    attempt of the run has in the ledger and in the census.
    """

    integration: int
    run: int | None
    fence: Fence | None = None
    census: Census = field(default_factory=Census)
    began_at: dt.datetime = field(default_factory=timezone.now)
    read_since: dt.datetime | None = None
    set_aside: frozenset[Rejected] = frozenset()
    links: LinkIndex = field(init=False)

    def __post_init__(self) -> None:
        self.links = LinkIndex(self.integration)

    def note_reading(self, batch: Batch) -> None:
        asked = {row.read_at for row in batch.rows} | {self.read_since, batch.read_since}
        asked.update(*(sheet.read_at for sheet in batch.sheets))
        self.read_since = min((at for at in asked if at is not None), default=None)


@dataclass(slots=True, kw_only=True)
class Written:
    """What one batch came to, counted only after its transaction ended well.

    `unsure` is child table → parents of which a child was refused: it is listed all the same.
    `refused` records of the source's own table were set aside, now or by an earlier attempt.
    `stale` has rows that a later answer told of, by primary key: what this answer says of their
    children is as old.
    """

    fates: dict[str, dict[int, Fate]] = field(default_factory=dict)
    unsure: dict[str, set[int]] = field(default_factory=dict)
    stale: Stale = field(default_factory=dict)
    missing: dict[str, list[int]] = field(default_factory=dict)
    rejects: list[Rejected] = field(default_factory=list)
    refused: int = 0
    created: list[Created] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)
    is_stored: bool = False

    def note_commit(self) -> None:
        self.is_stored = True
