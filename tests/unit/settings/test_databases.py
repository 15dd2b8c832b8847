import sqlite3
from pathlib import Path

import pytest

from settings.databases import database
from settings.env import BadSettingError

VAR = Path("/nowhere")


def test_the_default_is_a_file_in_a_private_folder(tmp_path: Path) -> None:
    entry = database("", var_dir=tmp_path / "var")
    assert entry["NAME"] == str(tmp_path / "var" / "mirror.sqlite3")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_sqlite_opens_for_many_writers(tmp_path: Path) -> None:
    options = database(f"sqlite:///{tmp_path}/a.db", var_dir=VAR)["OPTIONS"]
    assert (options["timeout"], options["transaction_mode"]) == (20, "IMMEDIATE")
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.executescript(options["init_command"])
    modes = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in
             ("journal_mode", "synchronous", "foreign_keys")]  # fmt: skip
    connection.close()
    assert modes == ["wal", 1, 1]


def test_a_relative_file_is_taken_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert database("sqlite:///a.db", var_dir=VAR)["NAME"] == str(tmp_path / "a.db")


def test_a_path_may_hold_blanks_and_escapes(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    entry = database(f"sqlite:///{tmp_path}/a%20b/c.db", var_dir=VAR)
    assert entry["NAME"] == str(tmp_path / "a b" / "c.db")


def test_postgres_connections_are_kept_and_checked() -> None:
    entry = database("postgres://u:p%40w@db.example:5433/mirror?sslmode=require", var_dir=VAR)
    assert (entry["USER"], entry["PASSWORD"], entry["PORT"]) == ("u", "p@w", 5433)
    assert (entry["CONN_MAX_AGE"], entry["CONN_HEALTH_CHECKS"]) == (600, True)
    assert entry["OPTIONS"] == {
        "connect_timeout": 10, "application_name": "canvas-mirror", "sslmode": "require",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite://:memory:", "in memory"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite://a.db", "three slashes"),
        ("sqlite:///a.db?mode=ro", "without options"),
        ("sqlite:////no/such/folder/a.db", "does not exist"),
        ("mysql://u:hush@h/d", "only SQLite and PostgreSQL"),
        ("mirror.sqlite3", "only SQLite and PostgreSQL"),
        ("postgres://u:hush@h:port/d", "not a valid PostgreSQL address"),
        ("postgres://u:hush@h", "names no database"),
    ],
)
def test_a_bad_address_is_refused_by_name_without_its_password(url: str, reason: str) -> None:
    with pytest.raises(BadSettingError, match=rf"^DATABASE_URL: .*{reason}") as refusal:
        database(url, var_dir=VAR)
    assert "hush" not in str(refusal.value)


def test_a_default_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(BadSettingError, match=rf"^DATABASE_URL: .*{tmp_path}/var"):
        database("", var_dir=tmp_path / "var")
