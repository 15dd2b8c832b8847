from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from settings.env import BadSettingError
from settings.keys import (
    KEY_FILE,
    SECRET_FILE,
    field_key_file,
    field_keys,
    load_field_keys,
    local_secret_key,
    new_key,
)


def test_given_keys_keep_their_order(tmp_path: Path) -> None:
    keys = [new_key(), new_key()]
    assert list(field_keys(keys, var_dir=tmp_path, production=True)) == keys


def test_a_made_key_is_a_fernet_key_that_only_the_owner_reads(tmp_path: Path) -> None:
    keys = load_field_keys(tmp_path / "var")
    assert Fernet(keys[0]).decrypt(Fernet(keys[0]).encrypt(b"x")) == b"x"
    assert (tmp_path / "var" / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_key_is_made_only_when_it_is_asked_for(tmp_path: Path) -> None:
    keys = field_keys([], var_dir=tmp_path, production=False)
    assert not (tmp_path / KEY_FILE).exists()
    assert len(keys) == 1
    assert (tmp_path / KEY_FILE).exists()


def test_many_first_starts_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(load_field_keys, [tmp_path] * 64))
    assert len({keys[0] for keys in found}) == 1
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


def test_production_must_be_given_its_keys(tmp_path: Path) -> None:
    with pytest.raises(BadSettingError, match=r"^FIELD_KEYS: it is required in production"):
        field_keys([], var_dir=tmp_path, production=True)


def test_a_bad_key_is_refused_by_its_number_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(BadSettingError, match=r"^FIELD_KEYS: key 2 ") as refusal:
        field_keys([new_key(), "hush"], var_dir=tmp_path, production=True)
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize("content", ["", "hush\n", "ä"])
def test_a_spoiled_key_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(BadSettingError, match=rf"^FIELD_KEYS: .*{KEY_FILE}"):
        load_field_keys(tmp_path)


def test_a_file_of_keys_may_hold_one_a_line(tmp_path: Path) -> None:
    first, second = new_key(), new_key()
    keys = field_keys([f"{first}\n{second}"], var_dir=tmp_path, production=True)
    assert list(keys) == [first, second]


def test_it_is_known_where_keys_come_from(tmp_path: Path) -> None:
    made = field_keys([], var_dir=tmp_path, production=False)
    assert field_key_file(made, var_dir=tmp_path) == tmp_path / KEY_FILE
    given = field_keys([new_key()], var_dir=tmp_path, production=True)
    assert field_key_file(given, var_dir=tmp_path) is None


def test_the_secret_of_one_machine_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    secret = local_secret_key(tmp_path / "var")
    assert len(secret) > 40
    assert local_secret_key(tmp_path / "var") == secret
    assert (tmp_path / "var" / SECRET_FILE).stat().st_mode & 0o777 == 0o600


def test_a_secret_file_that_is_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).touch()
    with pytest.raises(BadSettingError, match=r"^SECRET_KEY: it is not set, and .* is empty"):
        local_secret_key(tmp_path)
