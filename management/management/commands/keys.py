"""manage.py keys: the keys stored secrets are encrypted with."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from canvas.models.secrets import key_id, new_key
from management.command import OperatorCommand
from management.exits import Exit
from management.field_keys import UNNAMED, Rotation, Sealed, rotate, verify
from sync.report import SCHEMA, ErrorReport
from workers.bridge import bridge

_PLACES = {True: "newest", False: "older"}


class Command(OperatorCommand):
    help = "Make a key for FIELD_KEYS, open every stored secret, or seal all with the newest key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=("generate", "verify", "rotate"))
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        # Where the first key is made, there need not be a database yet.
        self.needs_database = options["verb"] != "generate"
        super().handle(*args, **options)

    def work(self, **options: Any) -> Exit:
        as_json = options["json"]
        if options["verb"] == "generate":
            return self._generate(as_json=as_json)
        if options["verb"] == "verify":
            return self._verify(bridge.run(verify()), as_json=as_json)
        return self._rotate(bridge.run(rotate()), as_json=as_json)

    def _generate(self, *, as_json: bool) -> Exit:
        key = new_key()
        if as_json:
            self.show_json({"schema": SCHEMA, "key": key, "id": key_id(key)})
        else:
            self.stdout.write(key)
        if settings.FIELD_KEY_FILE:
            self.note(
                f"FIELD_KEYS is not set: make this the first line of {settings.FIELD_KEY_FILE}"
            )
        else:
            self.note("put it first in FIELD_KEYS, with a comma before the keys that are there")
        self.note(f"it is key {key_id(key)}; next: restart what runs, then 'manage.py keys rotate'")
        return Exit.DONE

    def _verify(self, found: Sealed, *, as_json: bool) -> Exit:
        error = _unreadable(found)
        if as_json:
            self.show_json(_document(found, error=error))
        else:
            self._show(found)
        if found.older:
            self.note(f"not under the newest key: {found.older}; next: 'manage.py keys rotate'")
        return self._ended(found, error=error)

    def _rotate(self, rotation: Rotation, *, as_json: bool) -> Exit:
        found = rotation.now
        error = _unreadable(found) or _not_done(found)
        if as_json:
            self.show_json(_document(found, error=error) | {"resealed": rotation.resealed})
        else:
            self.stdout.write(f"sealed anew with key {found.keys[0]}: {rotation.resealed}")
            self._show(found)
        if error is None:
            self.note(_what_to_remove(found))
        return self._ended(found, error=error)

    def _show(self, found: Sealed) -> None:
        for row in _by_key(found):
            name = f"key {row['id']}" if row["id"] else "no key named"
            self.stdout.write(f"{name} ({row['place']}): {row['secrets']}")

    def _ended(self, found: Sealed, *, error: ErrorReport | None) -> Exit:
        for one in found.unreadable:
            self.note(f"{one.cause}; next: {one.next_step}")
        if error is None:
            return Exit.DONE
        self.note(f"{error.cause}; next: {error.next_step}")
        return Exit.FAILED


def _unreadable(found: Sealed) -> ErrorReport | None:
    if not found.unreadable:
        return None
    return ErrorReport(
        code="secret_unreadable",
        cause=f"{len(found.unreadable)} of {found.secrets.total()} stored secrets do not open",
        effect="they stay as they are; the others were opened",
        next_step="do for each what is said of it, then run 'manage.py keys verify'",
    )


def _not_done(found: Sealed) -> ErrorReport | None:
    if not found.older:
        return None
    return ErrorReport(
        code="secret_under_old_key",
        cause=f"{found.older} secrets were sealed with an older key meanwhile",
        effect="the older keys are still needed",
        next_step="restart what runs with the old FIELD_KEYS, then run 'manage.py keys rotate'",
    )


def _what_to_remove(found: Sealed) -> str:
    """After a rotation that left nothing behind."""
    newest, *older = found.keys
    if older:
        return f"next: remove {', '.join(older)} from FIELD_KEYS; nothing needs more than {newest}"
    return f"{newest} is the only key; to replace it, begin with 'manage.py keys generate'"


def _by_key(found: Sealed) -> list[dict[str, Any]]:
    """Keys of FIELD_KEYS, then those that are only named in the database."""
    rows = [
        {"id": key, "place": _PLACES[key == found.keys[0]], "secrets": found.secrets[key]}
        for key in found.keys
    ]
    for key in sorted(found.secrets.keys() - set(found.keys)):
        place = "older format" if key == UNNAMED else "not in FIELD_KEYS"
        rows.append({"id": key or None, "place": place, "secrets": found.secrets[key]})
    return rows


def _document(found: Sealed, *, error: ErrorReport | None) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "state": "failed" if error else "succeeded",
        "keys": _by_key(found),
        "not_under_newest": found.older,
        "unreadable": [asdict(one) for one in found.unreadable],
        "error": asdict(error) if error else None,
    }
