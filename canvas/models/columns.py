"""The kinds of column a mirrored table has: whatever Canvas may leave out is nullable.

Text has no length limit: Canvas sends names of 300 characters and enum values nobody listed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models


def text() -> models.CharField[str | None, str | None]:
    """One line: a name, a state, a SIS id."""
    return models.CharField(null=True, blank=True, default=None)


def prose() -> models.TextField[str | None, str | None]:
    """Many lines, often HTML."""
    return models.TextField(null=True, blank=True, default=None)


def canvas_id(*, index: bool = False) -> models.BigIntegerField[int | None, int | None]:
    """A 64-bit id of Canvas that is not a relation here; cross-shard and negative ids fit."""
    return models.BigIntegerField(null=True, blank=True, default=None, db_index=index)


def whole() -> models.BigIntegerField[int | None, int | None]:
    """A count, a position, a number of seconds."""
    return models.BigIntegerField(null=True, blank=True, default=None)


def number() -> models.FloatField[float | None, float | None]:
    """Points and scores: JSON floats, without any range (canvas-api traps 53 and 54)."""
    return models.FloatField(null=True, blank=True, default=None)


def flag() -> models.BooleanField[bool | None, bool | None]:
    """True, false or not said."""
    return models.BooleanField(null=True, blank=True, default=None)


def instant(*, index: bool = False) -> models.DateTimeField[dt.datetime | None, dt.datetime | None]:
    """An aware UTC time."""
    return models.DateTimeField(null=True, blank=True, default=None, db_index=index)


def day() -> models.DateField[dt.date | None, dt.date | None]:
    """A date without a time, as Canvas writes `all_day_date`."""
    return models.DateField(null=True, blank=True, default=None)


def document() -> models.JSONField[Any, Any]:
    """A list or an object, kept as Canvas sent it."""
    return models.JSONField(null=True, blank=True, default=None)


def payload_hash() -> models.CharField[str, str]:
    """Hash of the record's own bytes, as of when all its rows were stored; "" when not known."""
    return models.CharField(max_length=32, default="", blank=True, editable=False)
