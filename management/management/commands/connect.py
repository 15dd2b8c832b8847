"""manage.py connect: store a Canvas, after its token was tried."""

from __future__ import annotations

import getpass
import re
import sys
from argparse import ArgumentTypeError
from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.errors import usage
from management.exits import Exit
from management.operations import all_good, connect
from management.tables import findings_table
from workers.bridge import bridge

_NAME: Final = re.compile(r"[\w.-]{1,100}")


class Command(OperatorCommand):
    help = "Store a Canvas under a name. The token comes from CANVAS_TOKEN, stdin or a prompt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", type=_name, metavar="NAME")
        parser.add_argument("--url", required=True, help="such as https://school.instructure.com")
        parser.add_argument("--account", metavar="ID", default="self", help="default: self")

    def work(self, **options: Any) -> Exit:
        integration, findings = bridge.run(
            connect(options["name"], url=options["url"], account=options["account"], token=_token())
        )
        self.console().print(findings_table(findings))
        self.stdout.write(f"integration {integration.name} stored: {integration.base_url}")
        exit_code = all_good(findings)
        if exit_code is not Exit.DONE:
            self.note("some of it cannot be read; syncs will leave that out and end with exit 3")
        return exit_code


def _name(text: str) -> str:
    """Typed again in other commands and shown in tables, so it is kept plain."""
    if not _NAME.fullmatch(text):
        raise ArgumentTypeError(
            f"{text[:40]!r} is no name: use at most 100 letters, digits, '_', '.' or '-'"
        )
    return text


def _token() -> str:
    """Never from a flag: those are seen in the list of processes."""
    token = str(settings.CANVAS_TOKEN or "")
    if not token:
        token = getpass.getpass("Access token: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not token.strip():
        raise usage(
            "no access token was given",
            next_step="set CANVAS_TOKEN, or pipe the token into the command",
        )
    return token.strip()
