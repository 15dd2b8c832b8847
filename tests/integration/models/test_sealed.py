"""Columns of ciphertext: read on request only, and never written in the clear."""

from __future__ import annotations

import json
import pickle

import pytest
from django.core import serializers
from django.db import connection, models
from django.test.utils import isolate_apps

from canvas.errors import ConfigError
from canvas.models import CanvasCourse, CanvasIntegration
from canvas.models.sealed import SealedField, read_secret, sealed_columns, store_secret

TOKEN = "7~canarytokencanarytoken"


@pytest.fixture
def sealed(integration: CanvasIntegration) -> CanvasIntegration:
    store_secret(integration, "sealed_token", secret=TOKEN)
    integration.save()
    return CanvasIntegration.objects.get(pk=integration.pk)


def test_a_secret_comes_back_from_the_database(sealed: CanvasIntegration) -> None:
    assert read_secret(sealed, "sealed_token") == TOKEN == sealed.read_token()


def test_no_ordinary_way_of_reading_a_row_shows_the_secret(sealed: CanvasIntegration) -> None:
    values = CanvasIntegration.objects.values().get(pk=sealed.pk)
    shown = [
        str(values),
        repr(vars(sealed)),
        serializers.serialize("json", [sealed]),
        pickle.dumps(sealed).decode("latin-1"),
    ]
    assert not [text for text in shown if TOKEN in text]


def test_a_dump_of_the_rows_can_be_loaded_again(sealed: CanvasIntegration) -> None:
    dump = serializers.serialize("json", [sealed])
    sealed.delete()
    for one in serializers.deserialize("json", dump):
        one.save()
    assert CanvasIntegration.objects.get().read_token() == TOKEN


def test_an_empty_column_holds_no_secret(integration: CanvasIntegration) -> None:
    assert read_secret(integration, "sealed_token") is None
    store_secret(integration, "sealed_token", secret=TOKEN)
    store_secret(integration, "sealed_token", secret=None)
    integration.save()
    assert CanvasIntegration.objects.filter(sealed_token=None).exists()


@pytest.mark.parametrize("text", [TOKEN, ""])
def test_text_in_the_clear_is_never_saved(integration: CanvasIntegration, text: str) -> None:
    integration.sealed_token = text
    rows = CanvasIntegration.objects.filter(pk=integration.pk)
    writes = (
        integration.save,
        lambda: rows.update(sealed_token=text),
        lambda: CanvasIntegration.objects.bulk_update([integration], ["sealed_token"]),
    )
    for write in writes:
        with pytest.raises(ValueError, match=r"canvas\.CanvasIntegration\.sealed_token") as error:
            write()
        assert TOKEN not in str(error.getrepr(style="long"))


def test_a_row_made_in_the_clear_is_never_stored(db: None) -> None:
    with pytest.raises(ValueError, match="store_secret"):
        CanvasIntegration.objects.create(name="new", base_url="https://x", sealed_token=TOKEN)


def test_what_somebody_wrote_into_the_column_is_not_taken_for_a_secret(
    sealed: CanvasIntegration,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE canvas_canvasintegration SET sealed_token = %s", ["clear"])
    sealed.refresh_from_db()
    with pytest.raises(ConfigError, match="token of integration school does not open"):
        sealed.read_token()


def test_a_token_copied_to_another_integration_does_not_open(
    sealed: CanvasIntegration, other_integration: CanvasIntegration
) -> None:
    other_integration.sealed_token = sealed.sealed_token
    with pytest.raises(ConfigError, match="another integration"):
        other_integration.read_token()


def test_a_renamed_integration_keeps_its_secret(sealed: CanvasIntegration) -> None:
    sealed.name = "renamed"
    sealed.save()
    assert CanvasIntegration.objects.get(name="renamed").read_token() == TOKEN


def test_only_sealed_columns_hold_secrets(integration: CanvasIntegration) -> None:
    with pytest.raises(TypeError, match=r"CanvasIntegration\.name is not a sealed field"):
        store_secret(integration, "name", secret=TOKEN)


def test_every_sealed_column_of_the_installation_is_found() -> None:
    found = {model: [column.name for column in columns] for model, columns in sealed_columns()}
    assert found.keys() == {CanvasIntegration}
    assert "sealed_token" in found[CanvasIntegration]


def test_a_column_that_looks_like_a_secret_is_sealed() -> None:
    words = ("token", "secret", "password")
    for model in (CanvasIntegration, CanvasCourse):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.TextField) and any(word in field.name for word in words):
                assert isinstance(field, SealedField), field


def test_a_migration_says_only_what_it_is_bound_to() -> None:
    _name, path, args, kwargs = SealedField(context="uuid").deconstruct()
    assert path == "canvas.models.sealed.SealedField"
    assert (args, json.dumps(kwargs)) == ([], '{"context": "uuid"}')


@isolate_apps("canvas")
def test_a_context_that_is_no_column_is_noticed() -> None:
    class Notebook(models.Model):
        sealed_note = SealedField(context="shelf")

        class Meta:
            app_label = "canvas"

        def __str__(self) -> str:
            return "notebook"

    assert [message.id for message in Notebook.check()] == ["canvas.E006"]
