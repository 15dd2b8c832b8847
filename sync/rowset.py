"""A set of primary keys in little memory: one bit for each where they are dense."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from heapq import nlargest
from typing import Final

import msgspec

_BITS = 15  # a chunk of 2^15 keys is 4 KiB
_KEYS_PER_CHUNK = 1 << _BITS
_WITHIN = _KEYS_PER_CHUNK - 1
_LONG: Final = re.compile(rb"\xff{16,}")  # shorter ones are not worth naming


class RowSet:
    """Half a million keys of one table are about 64 KiB; a lone one costs 4 KiB."""

    __slots__ = ("_chunks", "_size")

    def __init__(self, keys: Iterable[int] = ()) -> None:
        self._chunks: dict[int, bytearray] = {}
        self._size = 0
        self.update(keys)

    def add(self, key: int) -> bool:
        """Whether it was not there yet."""
        chunk = self._chunks.get(key >> _BITS) or self._new_chunk(key >> _BITS)
        place, bit = (key & _WITHIN) >> 3, 1 << (key & 7)
        if chunk[place] & bit:
            return False
        chunk[place] |= bit
        self._size += 1
        return True

    def update(self, keys: Iterable[int]) -> None:
        """`add` of many, in half the time; at once if they are all from the first to the last."""
        if keys and isinstance(keys, Mapping | Set):  # where none comes twice
            first, last = min(keys), max(keys)
            if last - first + 1 == len(keys):
                self._add_all_from(first, last)
                return
        chunk, chunk_high = bytearray(), -1
        for key in keys:
            high = key >> _BITS
            if high != chunk_high:
                chunk = self._chunks.get(high) or self._new_chunk(high)
                chunk_high = high
            place, bit = (key & _WITHIN) >> 3, 1 << (key & 7)
            byte = chunk[place]
            if not byte & bit:
                chunk[place] = byte | bit
                self._size += 1

    def _add_all_from(self, first: int, last: int) -> None:
        for high in range(first >> _BITS, (last >> _BITS) + 1):
            low = max(first - (high << _BITS), 0)
            count = min(last - (high << _BITS), _WITHIN) - low + 1
            chunk = self._chunks.get(high) or self._new_chunk(high)
            self._put_into(chunk, ((1 << count) - 1) << low)

    def _put_into(self, chunk: bytearray, bits: int) -> None:
        before = int.from_bytes(chunk, "little")
        both = before | bits
        chunk[:] = both.to_bytes(_KEYS_PER_CHUNK // 8, "little")
        self._size += both.bit_count() - before.bit_count()

    def discard(self, key: int) -> None:
        chunk = self._chunks.get(key >> _BITS)
        place, bit = (key & _WITHIN) >> 3, 1 << (key & 7)
        if chunk is not None and chunk[place] & bit:
            chunk[place] ^= bit
            self._size -= 1

    def merge(self, others: RowSet) -> None:
        """Add all that the others hold."""
        for high, theirs in others._chunks.items():
            mine = self._chunks.get(high) or self._new_chunk(high)
            self._put_into(mine, int.from_bytes(theirs, "little"))

    def __contains__(self, key: int) -> bool:
        chunk = self._chunks.get(key >> _BITS)
        return chunk is not None and bool(chunk[(key & _WITHIN) >> 3] & 1 << (key & 7))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[int]:
        """In ascending order."""
        for high in sorted(self._chunks):
            for place, byte in enumerate(self._chunks[high]):
                if byte:
                    first = (high << _BITS) + (place << 3)
                    yield from (first + bit for bit in range(8) if byte >> bit & 1)

    def stretches(self, most: int) -> list[tuple[int, int]]:
        """First and last key of the longest runs of keys without a gap, in ascending order.

        At most `most`, none of fewer than 128 keys; a run may go on for 7 keys at either end.
        """
        runs: list[tuple[int, int]] = []
        for high in sorted(self._chunks):
            for full in _LONG.finditer(self._chunks[high]):
                first = (high << _BITS) + (full.start() << 3)
                if runs and runs[-1][1] + 1 == first:
                    first = runs.pop()[0]
                runs.append((first, (high << _BITS) + (full.end() << 3) - 1))
        return sorted(nlargest(most, runs, key=lambda run: run[1] - run[0]))

    def _new_chunk(self, high: int) -> bytearray:
        chunk = self._chunks[high] = bytearray(_KEYS_PER_CHUNK // 8)
        return chunk

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowSet) and list(self) == list(other)

    def __hash__(self) -> int:
        raise TypeError("a RowSet changes and cannot be a key")

    def dump(self) -> bytes:
        """As bytes that `load` reads; empty ends of the chunks are left out."""
        return msgspec.msgpack.encode(
            {high: bytes(chunk.rstrip(b"\0")) for high, chunk in self._chunks.items()}
        )

    @classmethod
    def load(cls, dumped: bytes) -> RowSet:
        """Raises msgspec.DecodeError for bytes that `dump` did not make."""
        rows = cls()
        for high, chunk in msgspec.msgpack.decode(dumped, type=dict[int, bytes]).items():
            rows._chunks[high] = bytearray(chunk.ljust(_KEYS_PER_CHUNK // 8, b"\0"))
            rows._size += int.from_bytes(chunk, "little").bit_count()
        return rows
