"""Runs `manage.py` as a user does: another process, only the environment the test names."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_OURS = (
    *("CANVAS_", "DATABASE_URL", "REDIS_URL", "BROKER_URL", "FIELD_KEYS", "SECRET_KEY", "DEBUG"),
    *("LOG_", "WEBHOOK_", "LEASE_", "TICK_", "REDISPATCH_", "SYNC_", "DISCOVERY_", "SCHEDULE_"),
)
_DJANGO = ("ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE")


def clean_environment(**ours: str) -> dict[str, str]:
    """The environment without any variable of the product, and with those of `ours`."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(_OURS + _DJANGO)}
    return kept | ours


def manage(
    *arguments: str, env: dict[str, str], cwd: Path = ROOT, timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """One command to its end, with its text on stdout and stderr."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=clean_environment(**env),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
