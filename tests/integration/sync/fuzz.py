"""Records spoilt at random: one value somewhere in them is replaced by what Canvas never sends."""

from __future__ import annotations

import json
import random
from typing import Any, Final

import msgspec

from sync.batch import Batch, Progress, read_page
from sync.transform.rows import Payload, Scope
from tests.integration.sync.loading import SOURCES, Mirror, little_course
from tests.unit.transform.payloads import COURSE

PARENTS: Final = {"groups": 301, "group_memberships": 401}


class Written(str):
    """JSON as it is to stand in the record, whether a parser takes it or not."""

    __slots__ = ()


WRONG: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    0.5,
    2**63,
    -(2**70),
    "",
    "x" * 3_000,
    "2026-13-45T99:00:00Z",
    [],
    {},
    [None],
    {"id": []},
    Written("NaN"),
    Written("-Infinity"),
    Written("1e999"),
    Written('"\\u0000"'),
    Written('"\\ud800"'),
    Written("[" * 150 + "]" * 150),
    Written("1" * 400),
)
DROPPED: Final = object()


def spoilt(record: Payload, chance: random.Random) -> bytes:
    """The record as bytes with one value, at any depth, replaced or taken out."""
    copy = json.loads(json.dumps(record))
    holder, key = chance.choice(list(_places(copy)))
    wrong = chance.choice((*WRONG, DROPPED))
    if wrong is DROPPED:
        del holder[key]
        return json.dumps(copy).encode()
    holder[key] = "@here@" if isinstance(wrong, Written) else wrong
    text = json.dumps(copy)
    return (text.replace('"@here@"', wrong) if isinstance(wrong, Written) else text).encode()


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with a key or an index of it."""
    keys = range(len(value)) if isinstance(value, list) else list(value)
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], list | dict):
            found += _places(value[key])
    return found


def siblings(source: str, *ids: int) -> list[Payload]:
    """Good records of a source under ids of their own."""
    (record,) = little_course()[source]
    kind = type(record["id"])
    return [json.loads(json.dumps(record)) | {"id": kind(number)} for number in ids]


def load_bytes(mirror: Mirror, source: str, records: list[bytes]) -> None:
    """A page of records as they came over the wire."""
    plan = SOURCES[source]
    scope = Scope(course=COURSE, parent=PARENTS.get(source))
    progress = Progress(scope=scope, pages=1, records=len(records), next_url=None)
    read = read_page(
        records,
        source=source,
        table=plan.table,
        transform=plan.transform,
        progress=progress,
        dated=plan.dated,
    )
    mirror.write(Batch(source=source, rows=read.rows, rejects=read.rejects, progress=[progress]))


def as_bytes(records: list[Payload]) -> list[bytes]:
    return [msgspec.json.encode(record) for record in records]
