"""manage.py api_key: the keys programs ask the HTTP interface with."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.errors import usage
from management.exits import Exit
from management.keys import NAME, create_key, list_keys, revoke_key
from management.models import ApiKey
from management.tables import keys_table
from workers.bridge import bridge


class Command(OperatorCommand):
    help = "Make, list or revoke the keys programs ask the HTTP interface with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=("create", "list", "revoke"))
        parser.add_argument("name", nargs="?", type=_name, metavar="NAME", help="whose key it is")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def work(self, **options: Any) -> Exit:
        verb, name, as_json = options["verb"], options["name"], options["json"]
        if verb == "list":
            if name is not None:
                raise usage("'api_key list' takes no name", next_step="leave it out")
            self._list(as_json=as_json)
        elif name is None:
            raise usage(f"'api_key {verb}' needs a name", next_step=f"add it: api_key {verb} NAME")
        elif verb == "create":
            self._create(name, as_json=as_json)
        else:
            self._revoke(name, as_json=as_json)
        return Exit.DONE

    def _create(self, name: str, *, as_json: bool) -> None:
        row, key = bridge.run(create_key(name))
        if as_json:
            self.show_json(_summary(row) | {"key": key})
        else:
            self.stdout.write(key)
        self.note("keep the key now: it is shown once and stored nowhere")

    def _list(self, *, as_json: bool) -> None:
        rows = bridge.run(list_keys())
        if as_json:
            self.show_json([_summary(row) for row in rows])
        elif rows:
            self.console().print(keys_table(rows))
        else:
            self.note("no API key yet; 'manage.py api_key create NAME' makes one")

    def _revoke(self, name: str, *, as_json: bool) -> None:
        row = bridge.run(revoke_key(name))
        if as_json:
            self.show_json(_summary(row))
        else:
            self.stdout.write(f"API key {name} revoked")


def _name(text: str) -> str:
    """Typed again in `revoke` and shown in tables, so it is kept plain."""
    if not NAME.fullmatch(text):
        raise ArgumentTypeError(
            f"{text[:40]!r} is no name: use at most 100 letters, digits, '_', '.' or '-'"
        )
    return text


def _summary(row: ApiKey) -> dict[str, Any]:
    return {
        "name": row.name,
        "prefix": row.prefix,
        "created_at": row.created_at.isoformat(),
        "last_used_at": _iso(row.last_used_at),
        "revoked_at": _iso(row.revoked_at),
    }


def _iso(instant: dt.datetime | None) -> str | None:
    return instant.isoformat() if instant else None
