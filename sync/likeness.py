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
from canvas.client.seen import Key
from sync.transform.decode import VERIFIER, without_verifiers
from sync.transform.rows import Row

# Source and table whose records have marks, and the tables of the rows embedded in them. Only where
# one source tells of all of these: what another source writes, a mark would not know of.
MARKED: Final = "submissions"
COMMENTS: Final = "submission_comments"
ASSESSMENTS: Final = "rubric_assessments"
EMBEDDED: Final = (COMMENTS, ASSESSMENTS)
# Those that Canvas sends with every record, if with few rows; the others only where it has some.
_ALWAYS: Final = frozenset({COMMENTS})
# Digits of the column `payload_hash`, one behind the other.
MARK_DIGITS: Final = 16
_STATE_DIGITS, _VERSION_DIGITS = 12, 4
# Signed anew at every reading, and cut before they are stored. Canvas's own address of a preview
# (`?preview=1&version=2`) is none of them: it is stored as it is.
_SIGNED: Final = re.compile(rb'("(?:thumbnail_url|preview_url)":"[^"?\\]*)\?(?!preview=1)[^"]*"')
_KEY_LIMIT: Final = 2**63  # what a key in the database can be
_LATE: Final = b'"late":'
_FLIPS: Final = re.compile(
    rb'"late":(true|false|null),"missing":(true|false|null),"seconds_late":(?:-?\d+|null)(?=[,}])'
)
_FLAGS: Final = {b"true": True, b"false": False, b"null": None}


class Look(NamedTuple):
    """What is seen of a record at a glance. Most records are unchanged, and more is not needed.

    `digest`: of all bytes but for what flips with the clock (`late`, `missing`), what is signed
    anew at every reading included. A row that was stored with this digest is of the very same
    bytes; one that was not may still be alike, which its mark tells.
    """

    record: bytes
    key: int
    digest: str
    late: bool | None
    missing: bool | None
    course: int


class Mark(NamedTuple):
    """`digest`: of the bytes but for what flips with the clock and what is signed anew.

    `signed`: there was something of the latter.
    """

    key: int
    digest: str
    signed: bool = False


def looks_of(
    records: Sequence[bytes], keys: Sequence[Key | None], *, course: int
) -> list[Look | None]:
    """One for each record; None for one whose bytes are not as Canvas writes them."""
    whose, looks = _whose(course), list[Look | None]()
    for record, key in zip(records, keys, strict=True):
        at = record.rfind(_LATE)  # near the end
        flips = _FLIPS.match(record, at) if at >= 0 else None
        if flips is None or not isinstance(key, int) or not -_KEY_LIMIT <= key < _KEY_LIMIT:
            looks.append(None)
            continue
        digest = _digest(whose + record[:at] + record[flips.end() :])
        late, missing = flips.groups()
        looks.append(Look(record, key, digest, _FLAGS[late], _FLAGS[missing], course))
    return looks


def mark_of(look: Look) -> Mark | None:
    """None for a record that nothing but decoding it can tell from others.

    What flips with the clock must be there exactly once: another one would be of another object,
    deeper inside, and nobody could tell which is which.
    """
    record = look.record
    holds_objects = record.find(b"{", 1) >= 0  # seldom
    if holds_objects and record.count(_LATE) > 1:
        return None
    has_thumbnail = holds_objects and b'"thumbnail_url":' in record  # a file has one, of any kind
    if not has_thumbnail and VERIFIER not in record:
        return Mark(look.key, look.digest)
    flips = _FLIPS.match(record, at := record.rfind(_LATE))
    assert flips is not None
    said = record[:at] + record[flips.end() :]
    constant = without_verifiers(said)
    if has_thumbnail:
        constant = _SIGNED.sub(rb'\1"', constant)
    return Mark(look.key, _digest(_whose(look.course) + constant), constant is not said)


def _whose(course: int) -> bytes:
    return b"%d " % course


def _digest(constant: bytes) -> str:
    return sha256(constant).hexdigest()[:MARK_DIGITS]


def stamp(rows: Sequence[Row], mark: Mark | None) -> None:
    """Give the record's own row its mark, if its rows are all that its bytes can mean.

    They are not where Canvas left out a list that it sends with every record.
    """
    for row in rows:
        if row.table == MARKED:
            fits = set(row.whole) >= _ALWAYS and _are_known(rows)
            embedded = (embedded_key(one.table, one.key) for one in rows if one.table in EMBEDDED)
            row.mark = payload_hash(mark, embedded) if mark and fits else ""


def plain_hashes(
    marks: Sequence[Mark], comments: Iterable[Sequence[int]], *, whole: Collection[str]
) -> list[str]:
    """As `stamp` gives them to rows of plain records, in each of which these are embedded."""
    if not set(whole) >= _ALWAYS:
        return [""] * len(marks)
    nothing = payload_hash_end(())
    return [
        mark.digest + (payload_hash_end(_keys_of_comments(keys)) if keys else nothing)
        for mark, keys in zip(marks, comments, strict=True)
    ]


def _keys_of_comments(comments: Iterable[int]) -> Iterable[str]:
    return (embedded_key(COMMENTS, key) for key in comments)


def embedded_key(table: str, key: int | str) -> str:
    """What tells a row embedded in a record from all others in it."""
    return f"{table}:{key}"


def no_embedded_key(table: str) -> str:
    """For a row that is there in another way than a record could have told."""
    return f"{table}{_APART}"


_APART: Final = "\0"  # which is in no value that was stored (see `decode`)


def payload_hash(mark: Mark, embedded: Iterable[str]) -> str:
    """The mark with the keys of the rows embedded in the record: those must be there as well."""
    return mark.digest + payload_hash_end(embedded)


def payload_hash_end(embedded: Iterable[str]) -> str:
    """What follows the mark's own digits."""
    return _state(embedded) + version()


def _state(embedded: Iterable[str]) -> str:
    keys = _APART.join(sorted(embedded))
    return sha256(keys.encode()).hexdigest()[:_STATE_DIGITS] if keys else _EMPTY


_EMPTY: Final = "0" * _STATE_DIGITS


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
    return sha256(texts).hexdigest()[:_VERSION_DIGITS]
