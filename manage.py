#!/usr/bin/env python3
"""The command line; every command lives in `management/management/commands`."""

import json
import os
import sys


def main(arguments: list[str]) -> None:
    """Run one command. Raises: SystemExit with the status the shell sees."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
    try:
        from django.core.management import execute_from_command_line

        from settings.env import BadSettingError
    except ImportError as error:
        sys.exit(f"manage.py: {error}. Run 'make setup', then use .venv/bin/python manage.py.")
    try:
        execute_from_command_line(arguments)
    except BadSettingError as error:
        refuse(
            error.variable, error.cause, next_step=error.next_step, as_json="--json" in arguments
        )


def refuse(variable: str, cause: str, *, next_step: str, as_json: bool) -> None:
    """Say in one line which variable stops the start. Raises: SystemExit(2)."""
    # Not at the top: without the environment of the project there is no package to import from.
    from management.output import write_and_forget

    if as_json:
        document = {
            "schema": 1,
            "run": None,
            "integration": None,
            "course": None,
            "state": "failed",
            "seconds": 0,
            "requests": 0,
            "throttle_wait_s": 0.0,
            "resources": {},
            "error": {
                "code": "bad_configuration",
                "cause": f"{variable}: {cause}",
                "effect": "Nothing was started.",
                "next_step": next_step,
            },
        }
        write_and_forget(json.dumps(document) + "\n")
    sys.stderr.write(f"manage.py: {variable}: {cause} {next_step}\n")
    sys.exit(2)


if __name__ == "__main__":
    main(sys.argv)
