import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from settings.env import BadSettingError
from tests.command import ROOT, clean_environment, manage

CANARY = "canary-token-value"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", f"mysql://u:{CANARY}@h/d"),
        ("CANVAS_URL", f"https://u:{CANARY}@school.example"),
        ("CANVAS_TOKEN", f"{CANARY} and more"),
        ("DEBUG", CANARY),
        ("CANVAS_ALLOW_INSECURE", CANARY),
        ("FIELD_KEYS", CANARY),
        ("LOG_LEVEL", CANARY),
        ("LOG_FORMAT", CANARY),
        ("REDIS_URL", CANARY),
        ("CANVAS_TOKEN_FILE", f"/nowhere/{CANARY}"),
    ],
)
def test_every_variable_refuses_a_bad_value_by_its_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSettingError, match=f"^{variable}: ") as refusal:
        runpy.run_path(str(ROOT / "settings" / "base.py"))
    assert CANARY not in str(refusal.value)


def test_a_bad_value_stops_the_start_in_one_line() -> None:
    answer = manage("check", env={"DATABASE_URL": f"mysql://u:{CANARY}@h/d"})
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("manage.py: DATABASE_URL: only SQLite and PostgreSQL")
    assert len(answer.stderr.splitlines()) == 1
    assert CANARY not in answer.stderr


def test_production_without_keys_does_not_start() -> None:
    answer = manage("check", env={"SECRET_KEY": "x" * 60})
    assert (answer.returncode, answer.stderr.split()[1]) == (2, "FIELD_KEYS:")


def test_a_bad_value_with_json_prints_one_document() -> None:
    answer = manage("check", "--json", env={"DATABASE_URL": "mysql://h/d"})
    document = json.loads(answer.stdout)
    assert (document["schema"], document["state"], document["resources"]) == (1, "failed", {})
    assert document["error"]["code"] == "bad_configuration"
    assert document["error"]["cause"].startswith("DATABASE_URL: ")


def test_commands_start_without_a_secret_key(tmp_path: Path) -> None:
    answer = manage("check", env={"DATABASE_URL": f"sqlite:///{tmp_path}/a.db"})
    assert (answer.returncode, answer.stderr) == (0, "")


def test_secrets_are_not_printed_with_the_settings(tmp_path: Path) -> None:
    secrets = {"CANVAS_TOKEN": CANARY, "SECRET_KEY": CANARY, "DEBUG": "1"}
    answer = manage("diffsettings", env=secrets | {"DATABASE_URL": f"sqlite:///{tmp_path}/a.db"})
    assert "CANVAS_TOKEN = '[redacted]'" in answer.stdout
    assert CANARY not in answer.stdout


def test_development_keeps_no_statements_in_memory(tmp_path: Path) -> None:
    program = (
        "from django.db import connection\n"
        "for _ in range(3): connection.cursor().execute('SELECT 1')\n"
        "print('kept', len(connection.queries_log))"
    )
    env = {"DEBUG": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/a.db"}
    assert "kept 0" in manage("shell", "-v", "0", "-c", program, env=env).stdout


@pytest.mark.parametrize("entry", ["settings.wsgi", "settings.asgi"])
def test_a_web_server_stops_in_one_line_too(entry: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", f"import {entry}"],
        cwd=ROOT,
        env=clean_environment(DEBUG=CANARY),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 2
    assert answer.stderr == "canvas-mirror: DEBUG: it is not a yes or a no. Use 1 or 0.\n"
