"""A running simulated Canvas: start it, look at it, change it, stop it."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable
from random import Random
from types import TracebackType
from typing import Any, Self

from simulator.auth import Doorkeeper
from simulator.clock import Clock
from simulator.control import Panel
from simulator.desk import Desk
from simulator.faults import FaultBook
from simulator.live_events import LiveEvents, telling
from simulator.lively import next_change
from simulator.mutations import make_named_courses, mutate
from simulator.oauth import OAuth
from simulator.requestlog import RequestLog
from simulator.server import Server
from simulator.throttle import Throttle
from simulator.world.presets import make_world
from simulator.world.world import World

Ticks = Callable[[], float]


class Canvas:
    """The handle of one simulator. `world` is live: change it with `mutate`, which keeps
    timestamps, derived fields and the lock right."""

    def __init__(self, preset: str, *, seed: int, ticks: Ticks, desk: dict[str, Any]) -> None:
        self.preset, self.seed, self.ticks = preset, seed, ticks
        world = make_world(preset, seed=seed, clock=Clock(ticks))
        self.desk = Desk(world=world, faults=FaultBook(), log=RequestLog(), **desk)
        self.desk.doorkeeper.teacher_id = world.teacher_id
        if self.desk.doorkeeper.oauth is not None:
            self.desk.doorkeeper.oauth.clock = lambda: self.world.clock.now_s()
        self.server: Server | None = None
        self.live_events = LiveEvents(lambda: self.world, address=lambda: self.url, seed=seed)

    @property
    def world(self) -> World:
        """The tables."""
        return self.desk.world

    @property
    def faults(self) -> FaultBook:
        """Faults waiting to happen."""
        return self.desk.faults

    @property
    def requests(self) -> RequestLog:
        """What was asked so far."""
        return self.desk.log

    @property
    def throttle(self) -> Throttle:
        """The rate-limit buckets."""
        return self.desk.throttle

    @property
    def port(self) -> int:
        """The port listened on."""
        assert self.server is not None, "the simulator is not listening; call listen() first"
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        """Base address for clients."""
        assert self.server is not None, "the simulator is not listening; call listen() first"
        return f"http://{self.server.server_address[0]!s}:{self.port}"

    def listen(self, host: str, port: int) -> None:
        """Open the port and serve in a daemon thread. Raises OSError when the port is taken."""
        panel = Panel(
            desk=self.desk,
            live_events=self.live_events,
            describe=self.describe,
            mutate=self.mutate,
            reset=self.reset,
        )
        self.server = Server((host, port), panel)
        serving = threading.Thread(
            target=self.server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name=f"simulator-{self.preset}",
            daemon=True,
        )
        serving.start()

    def mutate(self, op: str, **fields: Any) -> dict[str, Any]:
        """Change the world and say what a sync must find afterwards.

        Shape: {"resources": {name: {"created", "updated", "deleted"}}, "changed": {name: ids and
        fields}, "result": ids of what was touched}. Raises KeyError for an unknown operation.
        """
        with self.world.lock:
            make_named_courses(self.world, op, fields)
            known = telling.before(self.world)
            done = mutate(self.world, op, fields)
            self.live_events.tell(op, known)
        return done

    def live_on(self, chance: Random) -> None:
        """Make one ordinary change, if there is anything left to change."""
        with self.world.lock:
            step = next_change(self.world, chance)
            if step is not None:
                self.mutate(step[0], **step[1])

    def reset(self) -> None:
        """Back to the preset's first moment: world, faults, requests, buckets, events sent.
        Who is told of events, and the keys that sign them, stay."""
        world = make_world(self.preset, seed=self.seed, clock=Clock(self.ticks))
        with self.world.lock:
            self.desk.world = world
            self.faults.clear()
            self.requests.clear()
            self.throttle.buckets.clear()
            self.live_events.clear()

    def describe(self) -> dict[str, Any]:
        """Where it listens and what is in it."""
        with self.world.lock:
            courses = [{"id": row.id, "name": row.name} for row in self.world.courses]
            counts = {table.name: len(table) for table in self.world.tables()}
        hint = "any token" if not self.desk.doorkeeper.tokens else "one of the given tokens"
        if self.desk.doorkeeper.oauth is not None:
            hint = "what a developer key was granted"
        return {
            "url": self.url,
            "preset": self.preset,
            "seed": self.seed,
            "now": self.world.now(),
            "courses": courses,
            "rows": counts,
            "events": {
                "keys_url": self.live_events.keys_url,
                "root_account_uuid": self.live_events.root_account_uuid,
            },
            "token": f"{hint}; teacher…, revoked…, expired…, wrong… play those parts",
        }

    def stop(self) -> None:
        """Stop serving, deliver no more events and hang up on all clients."""
        self.live_events.postman.stop()
        if self.server is not None:
            self.server.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(
    preset: str = "tiny",
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    seed: int = 1,
    tokens: tuple[str, ...] = (),
    oauth: OAuth | None = None,
    latency_s: float = 0.0,
    throttle: bool = True,
    throttle_status: int = 429,
    cost_scale: float = 1.0,
    drop_includes: bool = False,
    ticks: Ticks = time.monotonic,
) -> Canvas:
    """A simulator serving in a daemon thread. `ticks` counts seconds for its clock and buckets;
    `oauth` holds developer keys, and is asked who else than `tokens` may come in; `cost_scale`
    multiplies what answers cost the bucket.

    Raises ValueError for an unknown preset, OSError for a port that is taken.
    """
    canvas = Canvas(
        preset,
        seed=seed,
        ticks=ticks,
        desk={
            "doorkeeper": Doorkeeper(tuple(tokens), oauth=oauth),
            "throttle": Throttle(
                enabled=throttle, status=throttle_status, cost_scale=cost_scale, ticks=ticks
            ),
            "latency_s": latency_s,
            "drop_includes": drop_includes,
        },
    )
    canvas.listen(host, port)
    return canvas


def run(
    preset: str = "tiny",
    port: int = 0,
    *,
    on_ready: Callable[[Canvas], None] | None = None,
    lively_s: float | None = None,
    **options: Any,
) -> None:
    """Serve until SIGINT or SIGTERM. `on_ready` is called once the port is open; with `lively_s`
    something changes every so many seconds; `options` are those of `start`. Call it from the main
    thread."""
    ended = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in numbers}
    try:
        with start(preset, port, **options) as canvas:
            gc.collect()
            gc.freeze()  # looking through a whole world would now and then hold up an answer
            if on_ready is not None:
                on_ready(canvas)
            chance = Random(canvas.seed)
            while not ended.wait(lively_s or 0.5):
                if lively_s:
                    canvas.live_on(chance)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
