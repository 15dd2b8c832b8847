"""The clock of the database, which decides every term: those of workers may be a day off."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now


def in_seconds(seconds: float) -> Combinable:
    """So many seconds from now, or before now where negative; for queries and as a value."""
    return after(Now(), seconds)


def after(instant: Combinable, seconds: float) -> Combinable:
    """So many seconds after another instant of the database."""
    later = instant + Value(timedelta(seconds=seconds))
    return ExpressionWrapper(later, output_field=DateTimeField())
