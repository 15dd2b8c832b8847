"""Columns whose text is ciphertext; owns which there are, and that nothing is read by accident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core import checks
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from canvas.models.secrets import Place, is_sealed, seal, unseal

if TYPE_CHECKING:
    _TextField = models.TextField[str | None, str | None]
else:
    _TextField = models.TextField


class SealedField(_TextField):
    """Text encrypted at rest: the attribute holds the ciphertext, or None for no secret.

    `context` names the field of the same row whose value the ciphertext is bound to; choose one
    that never changes. The secret itself is had only with `read_secret` and put in only with
    `store_secret`; a text that is not sealed is not saved.
    """

    def __init__(self, *args: Any, context: str, **kwargs: Any) -> None:
        self.context = context
        kwargs |= {"null": True, "blank": True, "default": None, "editable": False}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("null", "blank", "default", "editable"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs | {"context": self.context}

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_context()]

    def _check_context(self) -> list[checks.CheckMessage]:
        if self.context in _columns(self.model):
            return []
        return [
            checks.Error(
                f"The context of this sealed field, {self.context!r}, is no column of its table.",
                hint="Name a field of the same row that never changes, such as its uuid.",
                obj=self,
                id="canvas.E006",
            )
        ]

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Raises ValueError for text in the clear; the message names the field, never the text."""
        if isinstance(value, str) and not is_sealed(value):
            raise ValueError(
                f"{self.model._meta.label}.{self.name} takes sealed text only; "
                "put a secret in with store_secret()"
            )
        return super().get_db_prep_save(value, connection)

    def place_in(self, row: models.Model) -> Place:
        """Where a secret of this column in `row` belongs."""
        kind = (row._meta.model_name or "").removeprefix("canvas")
        secret = self.name.removeprefix("sealed_").replace("_", " ")
        context = _columns(row)[self.context]
        return Place(
            row=str(context.to_python(getattr(row, context.attname))),
            column=f"{row._meta.db_table}.{self.column}",
            title=f"{secret} of {kind} {row}",
        )


def store_secret(row: models.Model, field_name: str, *, secret: str | None) -> None:
    """Seal `secret` into a column of `row`, or empty the column; the caller saves.

    Raises ConfigError (no key).
    """
    field = _sealed_field(row, field_name)
    sealed = None if secret is None else seal(secret, place=field.place_in(row))
    setattr(row, field.attname, sealed)


def read_secret(row: models.Model, field_name: str) -> str | None:
    """The secret in the clear, None when the column is empty.

    Raises ConfigError when it does not open, with the integration, the key and the next step.
    """
    field = _sealed_field(row, field_name)
    sealed = getattr(row, field.attname)
    return None if sealed is None else unseal(sealed, place=field.place_in(row))


def sealed_columns() -> Iterator[tuple[type[models.Model], list[SealedField]]]:
    """Every table of the installation that has sealed columns, with those columns."""
    for model in apps.get_models():
        fields = [field for field in model._meta.local_fields if isinstance(field, SealedField)]
        if fields and not model._meta.proxy:
            yield model, fields


def _columns(
    of: models.Model | type[models.Model],
) -> dict[str, models.Field[Any, Any]]:
    return {field.name: field for field in of._meta.concrete_fields}


def _sealed_field(row: models.Model, name: str) -> SealedField:
    field = row._meta.get_field(name)
    if not isinstance(field, SealedField):
        raise TypeError(f"{row._meta.label}.{name} is not a sealed field")
    return field
