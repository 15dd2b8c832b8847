"""What an operator asks of the keys of FIELD_KEYS: which seal what, what opens, and a new one.

Every sealed column of the installation is looked at; which there are is asked, not listed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from django.db import models, transaction

from canvas.errors import ConfigError
from canvas.models.sealed import SealedField, read_secret, sealed_columns, store_secret
from canvas.models.secrets import key_ids, sealed_under
from sync.crashpoints import crashpoint

log = structlog.get_logger(__name__)

UNNAMED: Final = ""  # in place of a key id: sealed in the older format, which names no key


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A stored secret that does not open. `secret` is what it is called, never what it is."""

    secret: str
    key: str | None
    cause: str
    next_step: str


@dataclass(slots=True, kw_only=True)
class Sealed:
    """What is stored under which key.

    `keys` are those of FIELD_KEYS, newest first; `older` counts what opens with another of them.
    """

    keys: list[str]
    secrets: Counter[str] = field(default_factory=Counter)
    older: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """`resealed` secrets were moved to the newest key; `now` is what is stored after it."""

    resealed: int
    now: Sealed

    @property
    def complete(self) -> bool:
        """Nothing is under another key than the newest."""
        return not (self.now.older or self.now.unreadable)


async def verify() -> Sealed:
    """Open every stored secret. Raises ConfigError when FIELD_KEYS holds no key."""
    found = Sealed(keys=key_ids())
    async for row, column in _every_secret():
        under = sealed_under(getattr(row, column.attname)) or UNNAMED
        found.secrets[under] += 1
        try:
            read_secret(row, column.name)
            found.older += under != found.keys[0]
        except ConfigError as error:
            found.unreadable.append(_unreadable(row, column, error))
    return found


async def rotate() -> Rotation:
    """Seal everything that opens under the newest key.

    Each row is a transaction of its own, so it may be stopped anywhere and run again, while other
    programs store tokens. What does not open is left as it is and stops nothing.
    """
    newest = key_ids()[0]
    resealed = 0
    for model, columns in sealed_columns():
        keys = [key async for key in _rows(model).values_list("pk", flat=True)]
        for key in keys:
            resealed += await _rotate_row(model, key, columns=columns, newest=newest)
            crashpoint("keys.rotate.committed")
    return Rotation(resealed=resealed, now=await verify())


async def _rotate_row(
    model: type[models.Model], key: Any, *, columns: list[SealedField], newest: str
) -> int:
    """How many secrets of one row were sealed anew."""
    async with transaction.atomic():
        row = await _rows(model).select_for_update().filter(pk=key).afirst()
        if row is None:  # removed since the keys were listed
            return 0
        before = _resealed(row, columns, newest=newest)
        if not before:
            return 0
        # The row is locked, but where no lock is to be had the text decides.
        after = {name: getattr(row, name) for name in before}
        stored = await _rows(model).filter(pk=key, **before).aupdate(**after)
        crashpoint("keys.rotate.row")
    log.info("secrets.resealed", row=str(row), columns=sorted(before), key=newest)
    return len(before) if stored else 0


def _resealed(row: models.Model, columns: list[SealedField], *, newest: str) -> dict[str, str]:
    """Seal anew in memory what opens and is not under the newest key: column → text it had."""
    before: dict[str, str] = {}
    for column in columns:
        sealed = getattr(row, column.attname)
        if sealed is None or sealed_under(sealed) == newest:
            continue
        try:
            store_secret(row, column.name, secret=read_secret(row, column.name))
        except ConfigError:
            continue  # `verify` says which and why
        before[column.attname] = sealed
    return before


async def _every_secret() -> AsyncIterator[tuple[models.Model, SealedField]]:
    for model, columns in sealed_columns():
        async for row in _rows(model):
            for column in columns:
                if getattr(row, column.attname) is not None:
                    yield row, column


def _rows(model: type[models.Model]) -> models.QuerySet[Any]:
    return model._base_manager.order_by("pk")


def _unreadable(row: models.Model, column: SealedField, error: ConfigError) -> Unreadable:
    return Unreadable(
        secret=column.place_in(row).title,
        key=sealed_under(getattr(row, column.attname)),
        cause=error.cause,
        next_step=error.next_step,
    )
