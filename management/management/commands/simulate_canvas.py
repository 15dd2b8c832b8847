"""manage.py simulate_canvas: the bundled Canvas, for the demo, for trying things, for tests."""

from __future__ import annotations

import json
import time
from textwrap import shorten
from typing import Any

from django.core.management.base import CommandParser

import simulator
from management.command import OperatorCommand
from management.errors import usage
from management.exits import Exit
from simulator.live_events import check_address
from simulator.oauth import LIFETIME_S, OAuth

# Of the one developer key that is served; no secret of anybody.
CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = "1", "simulated-secret", "simulated-refresh"


class Command(OperatorCommand):
    help = "Serve a simulated Canvas over HTTP until Ctrl-C."
    needs_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8100, metavar="N", help="0: any free port")
        parser.add_argument("--host", default="127.0.0.1", help="default: only this machine")
        parser.add_argument("--preset", choices=("tiny", "course", "school"), default="tiny")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="which world")
        parser.add_argument(
            "--token", action="append", default=[], metavar="T", help="accept only this token"
        )
        parser.add_argument("--latency-ms", type=float, default=0.0, metavar="MS")
        parser.add_argument(
            "--developer-key", action="store_true", help="serve one, and say how it is used"
        )
        parser.add_argument(
            "--token-life",
            type=float,
            default=LIFETIME_S,
            metavar="S",
            help="with the key: seconds",
        )
        parser.add_argument("--no-throttle", action="store_true", help="no rate limit")
        parser.add_argument(
            "--cost-scale",
            type=float,
            default=1.0,
            metavar="X",
            help="what an answer costs, times X",
        )
        parser.add_argument(
            "--events-to",
            action="append",
            default=[],
            metavar="URL",
            help="post a Live Event to this address after each change; more than once: to each",
        )
        parser.add_argument(
            "--lively", type=float, metavar="S", help="let something change every S seconds"
        )
        parser.add_argument(
            "--now",
            action="store_true",
            help="it lives today; else its clock begins on a fixed day",
        )
        parser.add_argument("--json", action="store_true", help="say what is served as JSON")

    def work(self, **options: Any) -> Exit:
        self._as_json, self._lives_now = bool(options["json"]), bool(options["now"])
        self._receivers = _receivers(options["events_to"])
        self._oauth = OAuth(lifetime_s=options["token_life"]) if options["developer_key"] else None
        try:
            simulator.run(
                options["preset"],
                options["port"],
                host=options["host"],
                seed=options["seed"],
                tokens=tuple(options["token"]),
                oauth=self._oauth,
                latency_s=options["latency_ms"] / 1000,
                throttle=not options["no_throttle"],
                cost_scale=options["cost_scale"],
                lively_s=_pause(options["lively"]),
                on_ready=self._say_ready,
            )
        except (OSError, OverflowError) as error:
            raise usage(
                f"cannot listen on {options['host']} port {options['port']}: {error}",
                next_step="choose another --port, or 0 for any free one",
            ) from error
        return Exit.DONE

    def _say_ready(self, canvas: simulator.Canvas) -> None:
        for url in self._receivers:
            canvas.live_events.subscribe(url)
        if self._lives_now:
            with canvas.world.lock:
                canvas.world.go_to(time.time())
        served = canvas.describe()
        if self._oauth is not None:
            served |= _with_key(self._oauth)
        if self._as_json:
            self.stdout.write(json.dumps(served))
        else:
            self._show(served)
        self.stdout.flush()

    def _show(self, served: dict[str, Any]) -> None:
        courses = served["courses"]
        more = f" and {len(courses) - 3} more" if len(courses) > 3 else ""
        names = ", ".join(
            f"{one['id']} {shorten(one['name'], 40, placeholder='…')}" for one in courses[:3]
        )
        self.stdout.write(f"Simulated Canvas at {served['url']} ({served['preset']})")
        self.stdout.write(f"  courses  {names}{more}")
        self.stdout.write(f"  token    {served['token']}")
        if "developer_key" in served:
            self.stdout.write(
                f"  connect  printf '{CLIENT_SECRET}\\n{REFRESH_TOKEN}\\n' | "
                "CANVAS_ALLOW_INSECURE=1 manage.py connect trial "
                f"--url {served['url']} --client-id {CLIENT_ID}"
            )
        else:
            self.stdout.write(
                f"  sync     CANVAS_URL={served['url']} CANVAS_TOKEN=t CANVAS_ALLOW_INSECURE=1 "
                f"manage.py sync_course {courses[0]['id']}"
            )
        self.stdout.write(f"  events   {self._told(served['events']['keys_url'])}")
        self.stdout.write("  end      Ctrl-C")

    def _told(self, keys_url: str) -> str:
        named = f"WEBHOOK_KEYS_URL={keys_url}"
        return f"{named}, posted to {', '.join(self._receivers)}" if self._receivers else named


def _receivers(urls: list[str]) -> list[str]:
    for url in urls:
        try:
            check_address(url)
        except ValueError as error:
            next_step = "give --events-to the whole address of the receiver"
            raise usage(str(error), next_step=next_step) from error
    return urls


def _pause(seconds: float | None) -> float | None:
    if seconds is not None and not 0 < seconds < float("inf"):
        raise usage(
            f"nothing can change every {seconds:g} seconds",
            next_step="give --lively a number of seconds above 0",
        )
    return seconds


def _with_key(oauth: OAuth) -> dict[str, Any]:
    oauth.add_key(CLIENT_ID, CLIENT_SECRET)
    oauth.authorise(CLIENT_ID, refresh_token=REFRESH_TOKEN)
    return {
        "developer_key": {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN,
        }
    }
