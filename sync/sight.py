"""The part of the census that one source made, as bytes that outlive the process.

Rows created, updated and deleted are not in it: the change feed of the run has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from sync.census import Census
from sync.rowset import RowSet

Keys = Mapping[str, Iterable[int]]


class _Sight(msgspec.Struct, frozen=True, array_like=True):
    """By table. `dropped`: tables whose rows Canvas left out of records."""

    seen: dict[str, bytes]
    missing: dict[str, bytes]
    dropped: list[str]


def encode_sight(
    census: Census, tables: Iterable[str], *, seen: Keys, missing: Keys, dropped: Iterable[str]
) -> bytes:
    """Of `tables`: what is in the census, with what the batch under way saw (`seen`, `missing`)."""
    sight = _Sight(seen={}, missing={}, dropped=sorted(dropped))
    for table in tables:
        tally = census.of(table)
        sight.seen[table] = _with(tally.seen, seen.get(table, ())).dump()
        sight.missing[table] = _with(tally.missing, missing.get(table, ())).dump()
    return msgspec.msgpack.encode(sight)


def recall_sight(census: Census, rows: bytes) -> frozenset[str]:
    """Add what was seen to the census; returns the tables whose rows Canvas left out.

    Raises msgspec.DecodeError for bytes that `encode_sight` did not make.
    """
    sight = msgspec.msgpack.decode(rows, type=_Sight)
    for table, dumped in sight.seen.items():
        census.of(table).seen.merge(RowSet.load(dumped))
    for table, dumped in sight.missing.items():
        census.of(table).missing.merge(RowSet.load(dumped))
    return frozenset(sight.dropped)


def _with(rows: RowSet, more: Iterable[int]) -> RowSet:
    both = RowSet(more)
    both.merge(rows)
    return both
