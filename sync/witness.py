"""One source being read as far as was decided, and what that proves when it is done."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterable
from dataclasses import replace

from sync.changed_work import ChangedWork
from sync.extract import Reader, Reading
from sync.plan import Source
from sync.proof import Mode, Proof
from sync.reach import Reach
from sync.told import ChangeReader
from sync.transform.rows import Scope


class Witness:
    """Made before the source is read with its `reader`, asked for the `proof` afterwards."""

    def __init__(self, source: Source, reach: Reach, *, reader: ChangeReader, course: int) -> None:
        self._source, self._reach, self._stats = source, reach, reader.stats
        self._work = ChangedWork(reader, reach, course=course) if reach.since else None
        self.reader: Reader = self._work or reader
        self._began_s, self._before = time.monotonic(), self._stats.spent_on(source.name)

    @property
    def keeps_place(self) -> bool:
        """Whether it can be gone on with from where it was; what is short is read again."""
        return self._reach.is_full

    def of(self, scopes: Iterable[Scope]) -> list[Scope]:
        """Those of the scopes that are to be read."""
        if self._reach.is_full or not self._source.per:
            return list(scopes)
        return [scope for scope in scopes if scope.parent in self._reach.parents]

    def proof(
        self, reading: Reading, *, scopes: Iterable[Scope], begun: dt.datetime | None
    ) -> Proof:
        """What a complete reading of `scopes` proves.

        `begun`: when the run was, by Canvas's clock, for a source of which nothing had to be read.
        """
        spent = self._stats.spent_on(self._source.name)
        return Proof(
            mode=self._work.mode if self._work else self._reach.mode,
            parents=self._parents(scopes),
            began_at=reading.began_at or begun,
            counted=reading.counted,
            requests=spent.requests - self._before.requests + reading.pages_before,
            cost=spent.cost - self._before.cost,
            seconds=time.monotonic() - self._began_s,
            full_because=self._work.full_because if self._work else "",
        )

    def _parents(self, scopes: Iterable[Scope]) -> frozenset[int] | None:
        if self._work and self._work.mode is not Mode.FULL:
            return frozenset(self._work.parents)
        if not self._source.per:
            return None
        return frozenset(scope.parent for scope in scopes if scope.parent is not None)


class MarkedWitness(Witness):
    """Of a source of which only what is marked is read, by a `reader` of its own.

    `lists` says, once it was read, of which parents the whole lists were.
    """

    def __init__(
        self,
        source: Source,
        reader: Reader,
        *,
        asked: ChangeReader,
        course: int,
        lists: Collection[int] = (),
    ) -> None:
        super().__init__(source, Reach(mode=Mode.CHANGED_PARENTS), reader=asked, course=course)
        self.reader, self._lists = reader, lists

    def proof(
        self, reading: Reading, *, scopes: Iterable[Scope], begun: dt.datetime | None
    ) -> Proof:
        proof = super().proof(reading, scopes=scopes, begun=begun)
        return replace(proof, parents=frozenset(self._lists), of_marks=True)
