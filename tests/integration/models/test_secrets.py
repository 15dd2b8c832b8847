"""Tokens at rest: bound to their row, opened by any of the keys, never handed out as ciphertext."""

import pytest
from pytest_django.fixtures import Settings

from canvas.errors import ConfigError
from canvas.models import CanvasIntegration
from canvas.models.secrets import seal, unseal
from settings.keys import new_key

TOKEN = "7~canarytokencanarytoken"


def refused(sealed: str, *, context: str) -> str:
    with pytest.raises(ConfigError) as error:
        unseal(sealed, context=context)
    assert sealed not in str(error.value)
    assert TOKEN not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("secret", [TOKEN, "", "ключ \x1f | ✓", "x" * 5000])
def test_a_secret_opens_in_its_own_context(secret: str) -> None:
    sealed = seal(secret, context="row 1")
    assert unseal(sealed, context="row 1") == secret
    assert not secret or secret not in sealed


def test_a_secret_is_sealed_differently_each_time() -> None:
    assert seal(TOKEN, context="a") != seal(TOKEN, context="a")


@pytest.mark.parametrize("context", ["row 2", "", "row 1 "])
def test_a_secret_moved_to_another_row_does_not_open(context: str) -> None:
    text = refused(seal(TOKEN, context="row 1"), context=context)
    assert "belongs to another integration" in text


def test_a_context_cannot_be_made_up_of_another_and_a_secret() -> None:
    assert "another integration" in refused(seal(TOKEN, context="a\x1fb"), context="a")


def test_the_wrong_key_is_named_and_never_yields_the_ciphertext(
    settings: Settings,
) -> None:
    sealed = seal(TOKEN, context="row 1")
    settings.FIELD_KEYS = [new_key()]
    assert "FIELD_KEYS" in refused(sealed, context="row 1")


@pytest.mark.parametrize("sealed", ["", "garbage", "gAAAAABnonsense", "ключ", TOKEN])
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(ConfigError, match="does not open"):
        unseal(sealed, context="row 1")


def test_a_changed_letter_is_noticed() -> None:
    sealed = seal(TOKEN, context="row 1")
    changed = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    refused(changed, context="row 1")


def test_an_older_key_still_opens_and_the_newest_seals(settings: Settings) -> None:
    old, new = new_key(), new_key()
    settings.FIELD_KEYS = [old]
    sealed_before = seal(TOKEN, context="row 1")
    settings.FIELD_KEYS = [new, old]
    assert unseal(sealed_before, context="row 1") == TOKEN
    sealed_now = seal(TOKEN, context="row 1")
    settings.FIELD_KEYS = [new]
    assert unseal(sealed_now, context="row 1") == TOKEN


def test_an_integration_keeps_its_token_sealed(integration: CanvasIntegration) -> None:
    integration.set_token(TOKEN)
    integration.save()
    found = CanvasIntegration.objects.get(pk=integration.pk)
    assert found.read_token() == TOKEN
    assert TOKEN not in str(CanvasIntegration.objects.values().get(pk=integration.pk))


def test_a_token_copied_to_another_integration_does_not_open(
    integration: CanvasIntegration, other_integration: CanvasIntegration
) -> None:
    integration.set_token(TOKEN)
    other_integration.sealed_token = integration.sealed_token
    with pytest.raises(ConfigError, match="another integration"):
        other_integration.read_token()


def test_an_integration_without_a_token_has_none(integration: CanvasIntegration) -> None:
    assert integration.read_token() is None
