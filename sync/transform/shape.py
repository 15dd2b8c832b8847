"""Shapes: the typed fields of a payload that have a column; everything else goes to `extra`.

Three-valued: a field is absent (UNSET, the column is left alone), null or a value.
"""

from __future__ import annotations

import datetime as dt
import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, ClassVar, NamedTuple, TypeAlias, TypeVar, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sync.errors import UnreadableRecordError
from sync.transform.rows import Payload

BigInt = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Id: TypeAlias = BigInt
OptId: TypeAlias = BigInt | UnsetType | None
OptInt: TypeAlias = BigInt | UnsetType | None
OptText: TypeAlias = str | UnsetType | None
# The text "NaN" would otherwise become a number that equals nothing, not even itself.
Finite = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
OptFloat: TypeAlias = Finite | UnsetType | None
OptBool: TypeAlias = bool | UnsetType | None
OptTime: TypeAlias = Annotated[dt.datetime, Meta(tz=True)] | UnsetType | None
OptDay: TypeAlias = dt.date | UnsetType | None
OptList: TypeAlias = list[Any] | UnsetType | None
OptDict: TypeAlias = dict[str, Any] | UnsetType | None

# Canvas's names that mean something else here; their values go to `extra`.
_SECRETS = frozenset(
    ["ics", "access_code", "ip_filter", "secure_params", "student_access_code", "filters"]
)
NOT_STORED = "[not stored]"


class Shape(msgspec.Struct, kw_only=True):
    """Fields are columns of the same name, but for `id`, which is the key.

    `elsewhere`: keys of the payload that become relations or rows of other tables.
    `guarded`: keys that may hold a secret at any depth. `signed`: keys in there whose address is
    signed anew at every reading, or carries a secret, behind the question mark (canvas-api 7.3).
    """

    elsewhere: ClassVar[frozenset[str]] = frozenset()
    guarded: ClassVar[frozenset[str]] = frozenset()
    signed: ClassVar[frozenset[str]] = frozenset({"thumbnail_url", "preview_url"})


_S = TypeVar("_S", bound=Shape)
_known: set[type[Shape]] = set()
_learning = threading.Lock()


def read(payload: Payload, shape: type[_S]) -> _S:
    """Raises UnreadableRecordError; its text has the field and the types, never a value.

    Safe in any thread.
    """
    if shape not in _known:
        _learn(shape)
    try:
        return msgspec.convert(payload, shape, strict=False)
    except msgspec.ValidationError as error:
        raise UnreadableRecordError(str(error)) from error


def _learn(shape: type[Shape]) -> None:
    """msgspec looks at a type when it is first used, and a second thread that comes meanwhile
    finds it half looked at: the process ends with SIGSEGV (msgspec 0.22)."""
    with _learning:
        msgspec.json.Decoder(shape)
        _known.add(shape)


def columns(payload: Payload, record: Shape) -> dict[str, Any]:
    """Column → value for what the payload has, with `extra` for the keys that have no column."""
    known = _told_by(type(record), tuple(payload))
    values = dict(zip(known.here, known.values_of(record), strict=True))
    for name in known.times:
        moment = values[name]
        if moment is not None and moment.tzinfo is not dt.UTC:
            values[name] = _utc(moment)
    extra = {name: payload[name] for name in known.extra}
    for name in record.guarded:
        if values.get(name) is not None:
            values[name] = without_secrets(values[name], signed=record.signed)
        if name in extra:
            extra[name] = without_secrets(extra[name], name, signed=record.signed)
    values["extra"] = extra
    return values


class _Told(NamedTuple):
    """What a payload with certain keys tells of a shape.

    `here`: the fields it tells, and those that mean something by their absence; `values_of` gets
    them from a record. `times`: which of them are times. `extra`: keys that have no column.
    """

    here: tuple[str, ...]
    values_of: Callable[[Any], tuple[Any, ...]]
    times: tuple[str, ...]
    extra: tuple[str, ...]


@lru_cache(maxsize=1024)
def _told_by(shape: type[Shape], keys: tuple[str, ...]) -> _Told:
    """Canvas sends records of one kind with the same keys in the same order, nearly always."""
    fields = {one.name: one for one in msgspec.structs.fields(shape)}
    named = [name for name in fields if name != "id"]
    here = tuple(name for name in named if name in keys or fields[name].default is not UNSET)
    return _Told(
        here=here,
        values_of=_getter(here),
        times=tuple(name for name in here if is_time(fields[name].type)),
        extra=tuple(key for key in keys if key not in fields and key not in shape.elsewhere),
    )


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """`attrgetter`, which gives no tuple for less than two names."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def is_time(kind: Any) -> bool:
    """Whether `kind` is a time, or a union or an annotation of one."""
    return kind is dt.datetime or any(map(is_time, get_args(kind)))


def without_secrets(value: Any, name: str = "", *, signed: frozenset[str] = frozenset()) -> Any:
    """The same value with secrets replaced by a mark; their keys stay visible."""
    if name in _SECRETS and value not in (None, "", [], {}):
        return NOT_STORED
    if name in signed and isinstance(value, str):
        return value.partition("?")[0]
    if isinstance(value, dict):
        return {key: without_secrets(part, key, signed=signed) for key, part in value.items()}
    if isinstance(value, list):
        return [without_secrets(part, signed=signed) for part in value]
    return value


def _utc(moment: dt.datetime) -> dt.datetime:
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise UnreadableRecordError("a time beyond the calendar") from error


def items(payload: Payload, name: str) -> list[Payload]:
    """The objects of an embedded list; an absent or null list is empty.

    Raises UnreadableRecordError when it is no list of objects.
    """
    found = payload.get(name)
    if found is None or found == []:
        return []
    if not isinstance(found, list) or not all(isinstance(part, dict) for part in found):
        raise UnreadableRecordError(f"Expected an array of objects - at `$.{name}`")
    return found


def reference(payload: Payload, name: str) -> int | None:
    """A Canvas id under `name`, whether sent as a number or as text.

    Raises UnreadableRecordError when it is neither.
    """
    value = payload.get(name)
    if value is None or (type(value) is int and abs(value) < 2**63):  # nearly always
        return value
    try:
        return msgspec.convert(value, BigInt, strict=False)
    except msgspec.ValidationError as error:
        raise UnreadableRecordError(f"{error} - at `$.{name}`") from error
