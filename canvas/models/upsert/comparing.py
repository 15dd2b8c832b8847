"""Rows compared as Canvas means them: the hash of what was said, and what differs from the store.

Pure: knows models as lists of names, and no database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from canvas.models.stored import Row

if TYPE_CHECKING:  # models are made of what is made of this
    from canvas.models.mirrored import MirroredRow

# What holds nothing else; nearly every value is one of these.
_PLAIN = frozenset({bool, dt.datetime, float, int, str})
_EXACT_TO = dt.timedelta(seconds=1)
_encoder = msgspec.json.Encoder(order="deterministic")


@cache
def ignored_names(model: type[MirroredRow]) -> frozenset[str]:
    """Columns and `extra` keys that never make a row a changed one."""
    return model.volatile | model.quiet | {"read_at"}


def content_hash(model: type[MirroredRow], row: Mapping[str, Any]) -> str:
    """32 hex digits over what Canvas said; volatile and quiet values and `read_at` left out.

    Raises ValueError or OverflowError for text or numbers no JSON can carry. Hashes are stored:
    another way to compute them makes every row of every mirror be read in full.
    """
    ignored = ignored_names(model)
    facts = dict(row)
    for name in ignored:
        facts.pop(name, None)
    extra = facts.get("extra")
    if extra and not ignored.isdisjoint(extra):
        facts["extra"] = {name: value for name, value in extra.items() if name not in ignored}
    return blake2b(_encoder.encode(facts), digest_size=16).hexdigest()


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
