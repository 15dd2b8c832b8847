"""One number for a whole mirror: equal digests mean equal copies, whatever database holds them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import ForeignKey

from canvas.models import CanvasIntegration, MirroredRow
from sync.tables import TABLES

# Ours, not Canvas's: keys and clocks of this copy.
_LOCAL = frozenset(
    {
        "id",
        "integration",
        "content_hash",
        "payload_hash",
        "first_seen_at",
        "changed_at",
        "read_at",
    }
)


def digest() -> str:
    """SHA-256, as hex, over every mirrored row of every integration.

    Relations count as the Canvas ids of the parents, `deleted_at` only as yes or no; run ids, keys
    and clocks of this copy do not count, rows made locally do not either. Blocks.
    """
    lines: list[bytes] = []
    for model in dict.fromkeys(table.model for table in TABLES):
        lines += [hashlib.sha256(line).digest() for line in _lines(model)]
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()


def _lines(model: type[MirroredRow]) -> Iterator[bytes]:
    names = list(_columns(model))
    integrations = dict(CanvasIntegration.objects.values_list("pk", "name"))
    rows = model._default_manager.filter(canvas_id__isnull=False)
    for owner, *values in rows.values_list("integration_id", *names).iterator(chunk_size=2000):
        facts = {name: _canonical(value) for name, value in zip(names, values, strict=True)}
        facts["deleted_at"] = facts["deleted_at"] is not None
        line = [model.__name__, integrations.get(owner), facts]
        yield json.dumps(line, sort_keys=True, default=_plain).encode()


def _columns(model: type[MirroredRow]) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        if field.name in _LOCAL:
            continue
        if isinstance(field, ForeignKey):
            yield from _parent_columns(field.name, field.related_model)
        else:
            yield field.name


def _parent_columns(path: str, parent: Any) -> Iterator[str]:
    """The parent's Canvas key; a text id says nothing without its own parent."""
    for name in parent.canvas_key:
        field = parent._meta.get_field(name)
        if isinstance(field, ForeignKey) and name != "integration":
            yield from _parent_columns(f"{path}__{name}", field.related_model)
        elif name != "integration":
            yield f"{path}__{name}"


def _plain(value: object) -> str:
    """Times to the microsecond in UTC; anything else as text."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return str(value)


def _canonical(value: Any) -> Any:
    """Numbers in one form: a database may give back 1.0 as 1, and -0.0 as 0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _canonical(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_canonical(part) for part in value]
    return value
