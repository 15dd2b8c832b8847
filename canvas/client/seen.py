"""Which records of a listing were there already, by their ids, in little memory.

Rows that move between pages come twice or not at all; what comes twice is noticed here.
"""

from __future__ import annotations

import operator
import re
from array import array
from collections.abc import Sequence
from typing import Final

import msgspec

Key = int | str
_LEADING_ID: Final = re.compile(rb'\s*\{\s*"id"\s*:\s*(?:(-?\d{1,20})|"(-?\d{1,20})")\s*[,}]')
_DIGITS: Final = re.compile(r"-?[0-9]{1,20}", re.ASCII)


class _Identified(msgspec.Struct):
    id: int | str | None = None


_DECODER: Final = msgspec.json.Decoder(_Identified)


def key_of(record: bytes | msgspec.Raw) -> Key | None:
    """The record's `id`, digits as a number; None for one that has none or cannot be read."""
    if found := _LEADING_ID.match(record):  # Canvas writes it first, which spares reading the rest
        return int(found[1] or found[2])
    try:
        key = _DECODER.decode(record).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return int(key) if isinstance(key, str) and _DIGITS.fullmatch(key) else key


class SeenIds:
    """A set that costs 8 bytes for each id as long as the ids ascend, as those of long lists do."""

    def __init__(self) -> None:
        self._ascending = array("q")
        self._others: set[Key] | None = None

    def add(self, key: Key) -> bool:
        """Whether it was not there yet."""
        if self._others is None:
            if self._fits(key):
                self._ascending.append(int(key))
                return True
            self._others = set(self._ascending)
            self._ascending = array("q")
        if key in self._others:
            return False
        self._others.add(key)
        return True

    def add_all(self, keys: Sequence[Key | None]) -> list[bool]:
        """Whether each was there already; None never was."""
        if self._others is None and self._continued_by(keys):
            self._ascending.extend(keys)  # type: ignore[arg-type]
            return [False] * len(keys)
        return [key is not None and not self.add(key) for key in keys]

    def _continued_by(self, keys: Sequence[Key | None]) -> bool:
        """Whether all of them fit, one behind the other."""
        if set(map(type, keys)) != {int} or not self._fits(keys[0]) or not self._fits(keys[-1]):
            return False
        return all(map(operator.lt, keys, keys[1:]))  # type: ignore[arg-type]

    def __contains__(self, key: Key) -> bool:
        return key in (self._as_set())

    def __or__(self, other: SeenIds) -> SeenIds:
        union = SeenIds()
        union._others = self._as_set() | other._as_set()
        return union

    def _as_set(self) -> set[Key]:
        if self._others is None:
            self._others = set(self._ascending)
            self._ascending = array("q")
        return self._others

    def _fits(self, key: Key | None) -> bool:
        if not isinstance(key, int) or not -(2**63) <= key < 2**63:
            return False
        return not self._ascending or key > self._ascending[-1]
