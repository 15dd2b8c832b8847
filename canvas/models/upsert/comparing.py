"""Rows compared as Canvas means them: the hash of what was said, and what differs from the store.

Pure: knows models as lists of names, and no database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from canvas.models.stored import Row

if TYPE_CHECKING:  # models are made of what is made of this
    from canvas.models.mirrored import MirroredRow

# What holds nothing else; nearly every value is one of these.
_PLAIN = frozenset({bool, dt.datetime, float, int, str})
# Its SHA-256 is in the processor: over a record it takes half the time of the faster BLAKE2.
_HASH_DIGITS = 32
_EXACT_TO = dt.timedelta(seconds=1)
_encoder = msgspec.json.Encoder(order="deterministic")
_encode = _encoder.encode


@cache
def ignored_names(model: type[MirroredRow]) -> frozenset[str]:
    """Columns and `extra` keys that never make a row a changed one."""
    return model.volatile | model.quiet | {"read_at"}


def content_hash(model: type[MirroredRow], row: Mapping[str, Any]) -> str:
    """32 hex digits over what Canvas said; volatile and quiet values and `read_at` left out.

    Raises ValueError or OverflowError for text or numbers no JSON can carry. Hashes are stored:
    another way to compute them makes every row of every mirror be read in full.
    """
    said = _said_by(model, tuple(row))
    extra = row.get("extra")
    if extra and not said.ignored.isdisjoint(extra):
        row = {**row, "extra": {k: v for k, v in extra.items() if k not in said.ignored}}
    return sha256(said.names + _encode(said.values_of(row))).hexdigest()[:_HASH_DIGITS]


def content_hashes(model: type[MirroredRow], columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """`content_hash` of each of many rows, which are given as column → values."""
    said = _said_by(model, tuple(columns))
    extra = columns.get("extra", ())
    if len(said.of) < 2 or any(each and not said.ignored.isdisjoint(each) for each in extra):
        rows = zip(*columns.values(), strict=True)
        return [content_hash(model, dict(zip(columns, row, strict=True))) for row in rows]
    said_by_all = list(zip(*(columns[name] for name in said.of), strict=True))
    # One after the other takes twice the time. In JSON, a line of a text is no line.
    lines = _encoder.encode_lines(said_by_all).split(b"\n")[:-1]
    return [sha256(said.names + line).hexdigest()[:_HASH_DIGITS] for line in lines]


class _Said(NamedTuple):
    """The columns that count among those a row names, in the order of their names.

    `of`: these; `names`: what stands for them in the hash.
    """

    of: tuple[str, ...]
    names: bytes
    values_of: Callable[[Mapping[str, Any]], Any]
    ignored: frozenset[str]


@lru_cache(maxsize=1024)
def _said_by(model: type[MirroredRow], columns: tuple[str, ...]) -> _Said:
    """One source of a table names the same columns in every row, nearly always."""
    ignored = ignored_names(model)
    names = sorted({*columns} - ignored)
    return _Said(
        tuple(names),
        sha256(_encode(names)).digest(),
        itemgetter(*names) if names else _no_values,
        ignored,
    )


def _no_values(row: Mapping[str, Any]) -> tuple[()]:
    return ()


def merge(before: Row, row: Row, *, ignored: Collection[str]) -> tuple[Row, tuple[str, ...]]:
    """The stored row with the values of `row`; the sorted names of the columns that count.

    A column `row` does not name keeps its value, and so does an `extra` key.
    """
    after, changed = before | row, []
    for name, value in row.items():
        known = before[name]
        if name == "extra":
            after["extra"] = known | value
            if _extra_differs(known, value, ignored):
                changed.append(name)
        elif known is not value and name not in ignored and not _same(known, value):
            changed.append(name)
    return after, tuple(sorted(changed))


def moved(before: Row, row: Row, *, names: Collection[str]) -> bool:
    """Does `row` say another value for one of `names`?"""
    return any(name in row and not _same(before[name], row[name]) for name in names)


def is_older(row: Row, than: Row) -> bool:
    """Was Canvas surely asked for `row` before `than`? Who does not say when is never older.

    Canvas tells the time by the second, so instants that two machines read off it are that exact:
    within a second nobody knows, and the later call counts as the newer answer.
    """
    asked, other = row.get("read_at"), than.get("read_at")
    return asked is not None and other is not None and bool(other - asked > _EXACT_TO)


def latest_read_at(before: Row, row: Row) -> dt.datetime | None:
    """The later of the two times: it never goes back, or answers a second apart would let ever
    older ones in."""
    told = [one["read_at"] for one in (before, row) if one.get("read_at") is not None]
    return max(told, default=None)


def _extra_differs(before: Row, extra: Row, ignored: Collection[str]) -> bool:
    return any(
        name not in before or not _same(before[name], value)
        for name, value in extra.items()
        if name not in ignored
    )


def _same(stored: Any, sent: Any) -> bool:
    """Equal as Canvas means it: true is not 1, however deep inside."""
    if type(stored) is type(sent) and type(sent) in _PLAIN:
        return bool(stored == sent)
    if isinstance(stored, bool) or isinstance(sent, bool):
        return stored is sent
    if isinstance(stored, dict) and isinstance(sent, dict):
        return stored.keys() == sent.keys() and all(_same(stored[k], sent[k]) for k in sent)
    if isinstance(stored, list) and isinstance(sent, list):
        return len(stored) == len(sent) and all(map(_same, stored, sent))
    return bool(stored == sent)
