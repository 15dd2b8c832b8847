"""One at a time sets a database up: by a file beside SQLite, by a lock of the session elsewhere."""

import threading
import time
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from management.setting_up import _file_turn, turn


def test_the_file_is_gone_afterwards(tmp_path: Path) -> None:
    file = tmp_path / "mirror.sqlite3.setup"
    with _file_turn(file):
        assert file.exists()
    assert not file.exists()


def test_never_two_are_in_at_once_though_each_removes_the_file(tmp_path: Path) -> None:
    file, inside, most = tmp_path / "mirror.sqlite3.setup", [], []

    def visit() -> None:
        for _ in range(20):
            with _file_turn(file):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    visitors = [threading.Thread(target=visit) for _ in range(5)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert (max(most), len(most)) == (1, 100)


@pytest.mark.django_db(transaction=True)
def test_another_session_of_postgres_has_to_wait() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the other lock is tested above")
    connection.ensure_connection()
    held = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
    )
    with psycopg.connect(connection.connection.info.dsn, password=_password()) as other:
        with turn(connection):
            assert other.execute(held).fetchone() == (1,)
        assert other.execute(held).fetchone() == (0,)


def _password() -> str:
    return str(connection.settings_dict["PASSWORD"])
