"""Whom a filter is about, an instance or an id, and the rows that are fetched with a parent."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models


def key_of(given: models.Model | int, *, of: str) -> Any:
    """The primary key of `given`, an instance of the model named `of` or already a key.

    Raises TypeError for an instance of another model and for None, which would otherwise find the
    rows without a parent; ValueError for an instance that is not saved.
    """
    if given is None:
        raise TypeError(f"expected a {of} or its id, not None")
    if not isinstance(given, models.Model):
        return given
    if not isinstance(given, apps.get_model("canvas", of)):
        raise TypeError(f"expected a {of} or its id, not a {type(given).__name__}")
    if given.pk is None:
        raise ValueError(f"this {of} is not saved yet: no row can belong to it")
    return given.pk


def children(
    parent: type[models.Model],
    relation: str,
    *,
    rows: models.QuerySet[Any] | None,
    with_parent: str,
) -> models.Prefetch[Any]:
    """The rows of `relation`, each with `with_parent` joined: one more query for all parents.

    `rows` narrows or orders them; without it nothing is hidden. Raises TypeError when `rows` are
    of another model.
    """
    model: Any = parent._meta.get_field(relation).related_model
    if rows is None:
        rows = model._default_manager.all()
    elif rows.model is not model:
        raise TypeError(
            f"{parent.__name__}.{relation} are {model.__name__} rows, not {rows.model.__name__}"
        )
    return models.Prefetch(relation, queryset=rows.select_related(with_parent))
