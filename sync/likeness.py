"""What tells from a record's bytes alone, without decoding it, that nothing of it has changed.

Asks no database. Owns the marks that rows carry in `payload_hash`; whether the mirror still has
what a mark stands for is for `recognition` to say. A mark that cannot be had is no loss: the record
is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import canvas.models.submissions
import sync.place
import sync.tables
import sync.transform
from canvas.client.seen import key_of
from sync.transform.decode import without_verifiers
from sync.transform.rows import Row

# Source and table whose records have marks, and the tables of the rows embedded in them. Only where
# one source tells of all of these: what another source writes, a mark would not know of.
MARKED: Final = "submissions"
EMBEDDED: Final = ("submission_comments",)
_MARK_SIZE, _STATE_SIZE, _VERSION_SIZE = 8, 6, 2  # bytes; together the 32 digits of the column
# Signed anew at every reading, and cut before they are stored. Canvas's own address of a preview
# (`?preview=1&version=2`) is none of them: it is stored as it is.
_SIGNED: Final = re.compile(rb'("(?:thumbnail_url|preview_url)":"[^"?\\]*)\?(?!preview=1)[^"]*"')
_LATE: Final = b'"late":'
_FLIPS: Final = re.compile(
    rb'"late":(true|false|null),"missing":(true|false|null),"seconds_late":(?:-?\d+|null)(?=[,}])'
)
_FLAGS: Final = {b"true": True, b"false": False, b"null": None}


class Mark(NamedTuple):
    """`digest`: of the bytes but for what flips with the clock, which is told apart.

    `signed`: something of the bytes differs at every reading, and was left out.
    """

    key: int
    digest: str
    late: bool | None
    missing: bool | None
    signed: bool = False


def mark_of(record: bytes, *, course: int) -> Mark | None:
    """None for a record whose bytes are not as Canvas writes them.

    What flips with the clock must be there exactly once: another one would be of another object,
    deeper inside, and nobody could tell which is which.
    """
    at, key = record.rfind(_LATE), key_of(record)  # they are near the end
    flips = _FLIPS.match(record, at) if at >= 0 else None
    holds_objects = record.find(b"{", 1) >= 0  # seldom
    if flips is None or not isinstance(key, int):
        return None
    if holds_objects and record.find(_LATE, 0, at) >= 0:
        return None
    said = record[:at] + record[flips.end() :]
    constant = without_verifiers(said)
    if holds_objects and b'"thumbnail_url":' in constant:  # a file has one, whatever it is of
        constant = _SIGNED.sub(rb'\1"', constant)
    digest = sha256(b"%d " % course + constant).hexdigest()[: 2 * _MARK_SIZE]
    late, missing = _FLAGS[flips[1]], _FLAGS[flips[2]]
    return Mark(key, digest, late, missing, constant is not said)


def stamp(rows: Sequence[Row], mark: Mark | None) -> None:
    """Give the record's own row its mark, if its rows are all that its bytes can mean.

    They are not where a list Canvas embeds is left out, and where a row has a relation that may be
    found, or lost, without the record changing.
    """
    for row in rows:
        if row.table == MARKED:
            fits = set(EMBEDDED) <= set(row.whole) and _are_known(rows)
            embedded = (one.key for one in rows if one.table in EMBEDDED)
            row.mark = payload_hash(mark, embedded) if mark and fits else ""


def plain_hash(mark: Mark, embedded: Iterable[int | str], *, whole: Collection[str]) -> str:
    """As `stamp` gives it to the row of a plain record, in which these keys are embedded."""
    return payload_hash(mark, embedded) if set(EMBEDDED) <= set(whole) else ""


def payload_hash(mark: Mark, embedded: Iterable[int | str]) -> str:
    """The mark with the keys of the rows embedded in the record: those must be there as well."""
    return mark.digest + payload_hash_end(embedded)


def payload_hash_end(embedded: Iterable[int | str]) -> str:
    """What follows the mark's own digits."""
    return _state(embedded) + version()


def _state(embedded: Iterable[int | str]) -> str:
    keys = ",".join(sorted(map(str, embedded)))
    return sha256(keys.encode()).hexdigest()[: 2 * _STATE_SIZE] if keys else _EMPTY


_EMPTY: Final = "0" * 2 * _STATE_SIZE


def _are_known(rows: Iterable[Row]) -> bool:
    return all(row.table == MARKED or row.table in EMBEDDED for row in rows)


@cache
def version() -> str:
    """Of the code that makes rows of records: another one reads every record anew."""
    package = Path(sync.transform.__path__[0])
    others = (sync.place, sync.tables, canvas.models.submissions)
    files = [*sorted(package.glob("*.py")), *(Path(str(one.__file__)) for one in others)]
    files.append(Path(__file__))
    texts = b"".join(file.read_bytes() for file in files)
    return sha256(texts).hexdigest()[: 2 * _VERSION_SIZE]
