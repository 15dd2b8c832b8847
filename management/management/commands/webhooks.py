"""manage.py webhooks: the Live Events that came, what came of them, and handling some again."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from management.command import OperatorCommand
from management.errors import usage
from management.events import (
    OUTCOMES,
    detail,
    event_detail,
    heartbeats,
    newest_events,
    replay,
    summary,
)
from management.exits import Exit
from management.tables import events_table
from workers.bridge import bridge


class Command(OperatorCommand):
    help = "List the newest Live Events, show one, or handle some once more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", nargs="?", choices=("list", "show", "replay"), default="list")
        parser.add_argument("events", nargs="*", type=int, metavar="ID")
        parser.add_argument("--integration", metavar="NAME", help="of this integration only")
        parser.add_argument("--outcome", choices=OUTCOMES, help="those it came to this with only")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def work(self, **options: Any) -> Exit:
        if options["verb"] == "show":
            self._show(options["events"], as_json=options["json"])
        elif options["verb"] == "replay":
            self._replay(options["events"], as_json=options["json"])
        elif options["events"]:
            raise usage("'webhooks list' takes no event", next_step="use 'webhooks show ID'")
        else:
            self._list(options)
        return Exit.DONE

    def _list(self, options: dict[str, Any]) -> None:
        name = options["integration"]
        beats = bridge.run(heartbeats(name))
        found = bridge.run(newest_events(integration=name, outcome=options["outcome"]))
        if options["json"]:
            events = [summary(event) for event in found]
            self.show_json({"heartbeats": [beat.as_json() for beat in beats], "events": events})
            return
        for beat in beats:
            (self.note if beat.is_silent else self.stdout.write)(str(beat))
        if found:
            self.console().print(events_table(found))
        elif not beats:
            self.note("no integration is stored; 'manage.py connect NAME --url URL' stores one")

    def _show(self, pks: list[int], *, as_json: bool) -> None:
        if len(pks) != 1:
            raise usage(
                "'webhooks show' needs one event", next_step="see 'manage.py webhooks list'"
            )
        found = bridge.run(event_detail(pks[0]))
        if as_json:
            self.show_json(detail(found))
            return
        self.console().print(events_table([found.event]))
        self.stdout.write(json.dumps(found.event.document, indent=2, ensure_ascii=False))
        for course, source, target in found.marks:
            self.stdout.write(f"marks {source} {target or '(all)'} of course {course}")

    def _replay(self, pks: list[int], *, as_json: bool) -> None:
        if not pks:
            raise usage("'webhooks replay' needs events", next_step="see 'manage.py webhooks list'")
        drained = bridge.run(replay(pks))
        if as_json:
            self.show_json({"replayed": sorted(set(pks)), "refreshes_queued": drained.runs})
            return
        self.note(f"handled once more: {len(set(pks))}; refreshes queued: {drained.runs}")
