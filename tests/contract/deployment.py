"""`manage.py check --deploy` with the settings of production; warnings count as failures."""

import secrets
import subprocess
import sys

from tests.command import manage

_FERNET_KEY = "A" * 43 + "="


def check_deployment(**changes: str) -> subprocess.CompletedProcess[str]:
    """The answer of the deployment check for an environment as our documents describe it."""
    production = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "mirror.example.org",
        "FIELD_KEYS": _FERNET_KEY,
        "DATABASE_URL": "postgres://mirror:none@127.0.0.1:1/mirror",
        "LOG_FORMAT": "json",
    }
    return manage("check", "--deploy", "--fail-level", "WARNING", env=production | changes)


if __name__ == "__main__":
    answer = check_deployment()
    sys.stderr.write(answer.stdout + answer.stderr)
    sys.exit(answer.returncode)
