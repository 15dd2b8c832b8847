"""Plain records: one row each, and one for each object of a list, decoded straight into columns.

Most records of a long listing are plain. What a plain record may be is written as types for the
decoder; one that is anything else does not fit them, and is left to its transform function. Both
ways must make the same rows of it: that is what `tests/unit/transform/test_plain.py` is for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import chain
from operator import or_
from typing import Any, Final, NamedTuple, TypeAlias, get_args

import msgspec
from msgspec import UNSET, UnsetType

from sync.transform.shape import BigInt, Finite, Shape, is_time

# More ways to leave keys out than any Canvas has; a listing that has more is not plain.
MOST_LAYOUTS: Final = 8
# Values of keys that have no column. What is inside of lists and objects needs a second look.
_Loose: TypeAlias = str | bool | BigInt | Finite | None
# An object in which everything may be kept as it is.
FLAT: TypeAlias = dict[str, _Loose]
_KEYS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_UNUSUAL: Final = re.compile(r"[\x00-\x1f\"\\]")  # which the decoder takes in no name
_UNFIT: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plain:
    """What a record of a source must be to be plain.

    `needs`: keys without which it cannot be stored. `links`: relation → key of the payload.
    `types`: key → what it may hold, where that is less than the shape says, and for keys that are
    no columns. `lists`: key → what the objects are of which it lists all; plain ones, each a row of
    another table. `told_with`: such a key → further tables of which a record that has it has no
    rows.
    """

    table: str
    shape: type[Shape]
    needs: frozenset[str]
    links: Mapping[str, str]
    types: Mapping[str, Any]
    lists: Mapping[str, Plain] = field(default_factory=dict)
    told_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """How records with certain keys are decoded. `names`: the keys, in the order of the values.

    `times`: where among the values there are times. `lists`: where there are lists, with their key.
    """

    plain: Plain
    names: tuple[str, ...]
    times: tuple[int, ...]
    lists: tuple[tuple[int, str], ...]
    decode: Callable[[bytes], Any]


class Found(NamedTuple):
    """A plain record: its values in the order of `Layout.names`, and what is in its lists."""

    layout: Layout
    values: tuple[Any, ...]
    listed: tuple[Found, ...] = ()

    @property
    def key(self) -> int:
        key: int = self.values[self.layout.names.index("id")]
        return key


class Columns(NamedTuple):
    """What is in the records of one layout, column by column; `whole` as in `Row`."""

    keys: Sequence[int]
    values: dict[str, Sequence[Any]]
    links: dict[str, Sequence[int | None]]
    whole: tuple[str, ...]


def columns_of(layout: Layout, records: Sequence[tuple[Any, ...]]) -> Columns:
    """Of the values of records, at least one, that were read by this layout."""
    by_name: dict[str, Sequence[Any]] = dict(
        zip(layout.names, zip(*records, strict=True), strict=True)
    )
    told = _told_by(layout.plain, layout.names)
    values: dict[str, Sequence[Any]] = {name: by_name[name] for name in told.here}
    values |= {name: [default] * len(records) for name, default in told.absent.items()}
    loose = zip(*(by_name[name] for name in told.extra), strict=True)
    values["extra"] = (
        [dict(zip(told.extra, those, strict=True)) for those in loose]
        if told.extra
        else [{} for _ in records]
    )
    links = {name: by_name[key] for name, key in layout.plain.links.items() if key in by_name}
    return Columns(by_name["id"], values, links, told.whole)


class PlainReader:
    """Decodes the plain records of one source, and learns which keys those have."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain
        self._layouts: list[Layout] = []
        self._known: set[frozenset[str]] = set()
        self._inside = {name: PlainReader(listed) for name, listed in plain.lists.items()}

    def read(self, record: bytes) -> Found | None:
        """None for a record that is not plain, be it for one object in a list of it."""
        # No database takes NUL (see `decode`). A backslash alone is found in a third of the time.
        if b"\\" in record and b"\\u0000" in record:
            return None
        return self._fitting(record) or (self._fitting(record) if self._learns(record) else None)

    def _fitting(self, record: bytes) -> Found | None:
        for layout in self._layouts:
            try:
                values = msgspec.structs.astuple(layout.decode(record))
            except _UNFIT:
                continue
            if not _is_in_utc(values, layout.times):
                return None
            listed: list[Found] = []
            for place, name in layout.lists:
                for part in values[place]:
                    found = self._inside[name].read(bytes(part))
                    if found is None:
                        return None
                    listed.append(found)
            return Found(layout, values, tuple(listed))
        return None

    def _learns(self, record: bytes) -> bool:
        """Whether it shows keys not seen together so far, and may so be plain."""
        try:
            names = tuple(_KEYS.decode(record))
        except _UNFIT:
            return False
        keys = frozenset(names)
        if keys in self._known or len(self._layouts) == MOST_LAYOUTS:
            return False
        if not keys >= self._plain.needs or any(map(_UNUSUAL.search, names)):
            return False
        self._known.add(keys)
        self._layouts.append(_layout(self._plain, names))
        return True


class _Told(NamedTuple):
    """`absent`: columns that say something by their absence, and what; the rest as in `shape`."""

    here: tuple[str, ...]
    absent: dict[str, Any]
    extra: tuple[str, ...]
    whole: tuple[str, ...]


@lru_cache(maxsize=256)
def _layout(plain: Plain, names: tuple[str, ...]) -> Layout:
    """All of the keys, and no other one. Names that are no identifiers are renamed inside."""
    of_shape = {one.name: one.type for one in msgspec.structs.fields(plain.shape)}
    types: dict[str, Any] = dict.fromkeys(names, _Loose)
    types |= {name: _present(kind) for name, kind in of_shape.items() if name in types}
    types |= {name: None for name in plain.shape.guarded if name in types}
    types |= {name: kind for name, kind in plain.types.items() if name in types}
    types |= {name: list[msgspec.Raw] for name in plain.lists if name in types}
    places = {f"key{place}": name for place, name in enumerate(names)}
    struct = msgspec.defstruct(
        "PlainRecord",
        [(place, types[name]) for place, name in places.items()],
        rename=places,
        forbid_unknown_fields=True,
        gc=False,
    )
    times = (at for at, name in enumerate(names) if is_time(of_shape.get(name)))
    return Layout(
        plain=plain,
        names=names,
        times=tuple(times),
        lists=tuple((at, name) for at, name in enumerate(names) if name in plain.lists),
        decode=msgspec.json.Decoder(struct).decode,
    )


@lru_cache(maxsize=256)
def _told_by(plain: Plain, names: tuple[str, ...]) -> _Told:
    fields = {one.name: one for one in msgspec.structs.fields(plain.shape)}
    lists = [name for name in plain.lists if name in names]
    here = tuple(name for name in fields if name != "id" and name in names)
    defaults = {name: one.default for name, one in fields.items() if name not in names}
    apart = {*fields, *plain.shape.elsewhere}
    return _Told(
        here=here,
        absent={name: value for name, value in defaults.items() if value is not UNSET},
        extra=tuple(name for name in names if name not in apart),
        whole=tuple(
            chain.from_iterable(
                (plain.lists[name].table, *plain.told_with.get(name, ())) for name in lists
            )
        ),
    )


def _present(kind: Any) -> Any:
    """The type without the possibility that the key is absent."""
    kinds = [one for one in get_args(kind) if one is not UnsetType]
    return reduce(or_, kinds) if UnsetType in get_args(kind) else kind


def _is_in_utc(values: Sequence[Any], times: tuple[int, ...]) -> bool:
    for place in times:
        if values[place] is not None and values[place].tzinfo is not dt.UTC:
            return False
    return True
