"""Secrets at rest: bound to their place, opened by the key they name, never handed out sealed."""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import partial

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from canvas.errors import ConfigError
from canvas.models.secrets import Place, is_sealed, key_id, new_key, seal, sealed_under, unseal

TOKEN = "7~canarytokencanarytoken"
HERE = Place(row="row 1", column="table.sealed_token", title="token of integration school")


def refused(sealed: str, *, place: Place = HERE) -> str:
    with pytest.raises(ConfigError) as error:
        unseal(sealed, place=place)
    assert "token of integration school" in str(error.value)
    assert "'manage.py connect'" in error.value.next_step
    for shown in (str(error.value), repr(error.value), str(error.getrepr())):
        assert TOKEN not in shown
        assert len(sealed) < 20 or sealed not in shown
    return str(error.value)


def older(secret: str, *, key: str, row: str = HERE.row) -> str:
    """As it was sealed before the format had a name."""
    bound = base64.urlsafe_b64encode(row.encode()) + b"\x1f" + secret.encode()
    return Fernet(key).encrypt(bound).decode()


@pytest.fixture
def key(settings: Settings) -> str:
    settings.FIELD_KEYS = [new_key()]
    return str(settings.FIELD_KEYS[0])


@pytest.mark.parametrize("secret", [TOKEN, "", "ключ \x1f | ✓", "x" * 5000])
def test_a_secret_opens_in_its_own_place(secret: str) -> None:
    sealed = seal(secret, place=HERE)
    assert unseal(sealed, place=HERE) == secret
    assert not secret or secret not in sealed


@given(st.text(), st.text(), st.text())
def test_every_text_opens_in_its_own_place(secret: str, row: str, column: str) -> None:
    place = Place(row=row, column=column, title="token")
    assert unseal(seal(secret, place=place), place=place) == secret


def test_a_secret_is_sealed_differently_each_time() -> None:
    assert seal(TOKEN, place=HERE) != seal(TOKEN, place=HERE)


def test_a_sealed_text_names_its_key(key: str) -> None:
    sealed = seal(TOKEN, place=HERE)
    assert is_sealed(sealed)
    assert sealed_under(sealed) == key_id(key)
    assert key not in sealed


def test_the_name_of_a_key_does_not_depend_on_how_it_is_written() -> None:
    assert key_id("A" * 43 + "=") == key_id("A" * 42 + "B=")  # the two last bits are not used


@pytest.mark.parametrize("row", ["row 2", "", "row 1 ", "table.sealed_token row 1"])
def test_a_secret_moved_to_another_row_does_not_open(row: str) -> None:
    text = refused(seal(TOKEN, place=HERE), place=replace(HERE, row=row))
    assert "another integration or another column" in text


def test_a_secret_moved_to_another_column_does_not_open() -> None:
    there = replace(HERE, column="table.sealed_client_secret")
    assert "another column" in refused(seal(TOKEN, place=HERE), place=there)


def test_a_row_cannot_be_made_up_of_another_and_a_secret() -> None:
    there = replace(HERE, row="row 1\x1fb")
    assert "another integration" in refused(seal(TOKEN, place=there))


def test_the_older_format_opens_in_its_row(key: str) -> None:
    sealed = older(TOKEN, key=key)
    assert is_sealed(sealed)
    assert sealed_under(sealed) is None
    assert unseal(sealed, place=HERE) == TOKEN


def test_the_older_format_does_not_open_in_another_row(key: str) -> None:
    assert "another integration" in refused(older(TOKEN, key=key, row="row 2"))


def test_a_text_cannot_be_passed_off_as_one_of_the_older_format() -> None:
    bare = seal(TOKEN, place=HERE).rpartition(":")[2]
    assert "another column" in refused(bare)


def test_a_text_of_the_older_format_cannot_be_passed_off_as_a_newer_one(key: str) -> None:
    assert "another column" in refused(f"sealed1:{key_id(key)}:{older(TOKEN, key=key)}")


def test_a_missing_key_is_named_and_never_yields_the_ciphertext(settings: Settings) -> None:
    sealed, under = seal(TOKEN, place=HERE), key_id(settings.FIELD_KEYS[0])
    settings.FIELD_KEYS = [new_key(), new_key()]
    text = refused(sealed)
    assert f"put key {under} back into FIELD_KEYS" in text
    assert all(key_id(key) in text and key not in text for key in settings.FIELD_KEYS)


def test_a_missing_key_of_the_older_format_is_said(settings: Settings, key: str) -> None:
    sealed = older(TOKEN, key=key)
    settings.FIELD_KEYS = [new_key()]
    assert "older format, which names no key" in refused(sealed)


def test_a_key_under_the_name_of_another_does_not_open(settings: Settings) -> None:
    sealed = seal(TOKEN, place=HERE)
    settings.FIELD_KEYS = [new_key()]
    renamed = sealed.replace(str(sealed_under(sealed)), key_id(settings.FIELD_KEYS[0]))
    assert "altered" in refused(renamed)


def test_without_any_key_nothing_is_sealed_or_opened(settings: Settings) -> None:
    sealed = seal(TOKEN, place=HERE)
    settings.FIELD_KEYS = []
    for attempt in (partial(seal, TOKEN, place=HERE), partial(unseal, sealed, place=HERE)):
        with pytest.raises(ConfigError, match="FIELD_KEYS holds no key"):
            attempt()


@pytest.mark.parametrize("sealed", ["", "garbage", "gAAAAABnonsense", "ключ", TOKEN, "sealed1:::"])
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    assert not is_sealed(sealed)
    assert "does not open" in refused(sealed)


def test_every_changed_letter_is_noticed() -> None:
    sealed = seal(TOKEN, place=HERE)
    for at in range(len(sealed.rstrip("=")) - 1):  # of the last letter not every bit is used
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        assert "does not open" in refused(changed)


def test_every_cut_is_noticed() -> None:
    sealed = seal(TOKEN, place=HERE)
    for length in range(len(sealed.rstrip("="))):
        assert "does not open" in refused(sealed[:length])


def test_an_older_key_still_opens_and_the_newest_seals(settings: Settings) -> None:
    old, new = new_key(), new_key()
    settings.FIELD_KEYS = [old]
    sealed_before = seal(TOKEN, place=HERE)
    settings.FIELD_KEYS = [new, old]
    assert unseal(sealed_before, place=HERE) == TOKEN
    assert sealed_under(seal(TOKEN, place=HERE)) == key_id(new)


def test_a_secret_that_is_no_text_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="no text") as error:
        seal(TOKEN + "\ud800", place=HERE)
    assert TOKEN not in str(error.getrepr(style="long"))
    assert error.value.__cause__ is None
