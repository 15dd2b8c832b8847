"""What a test or an operator holds of the Live Events of one simulated Canvas."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulator.live_events import envelope, telling
from simulator.live_events.bodies import BODIES
from simulator.live_events.changes import Watched
from simulator.live_events.delivery import Postman
from simulator.live_events.envelope import Body, Event
from simulator.live_events.keys import Key, KeySet
from simulator.live_events.subscriptions import Delivery, Subscription, check_address
from simulator.world.world import ROOT_ACCOUNT_ID, World

JWKS_PATH = "/_simulator/jwks"


class LiveEvents:
    """Events of a world that may be replaced (`Canvas.reset`): `world` asks for the one of now.

    `sent` holds every event that was sent so far, oldest first, whoever listened. `backoff_s` of
    the `postman` is the first pause after a failed try.
    """

    def __init__(
        self, world: Callable[[], World], *, address: Callable[[], str], seed: int = 1
    ) -> None:
        self._world, self._address = world, address
        self.keys = KeySet()
        self.key_fetches = 0
        self.sent: list[Event] = []
        self.postman = Postman(lambda event: self.sign(event), seed=seed)
        self._numbers = itertools.count(1)

    @property
    def keys_url(self) -> str:
        """Where the key set is read."""
        return f"{self._address()}{JWKS_PATH}"

    @property
    def root_account_uuid(self) -> str:
        """What tells this Canvas from others whose events bear the same signature."""
        return self._world().accounts[ROOT_ACCOUNT_ID].uuid

    @property
    def subscriptions(self) -> list[Subscription]:
        """Who is told."""
        return list(self.postman.subscriptions)

    @property
    def deliveries(self) -> list[Delivery]:
        """How each telling went so far."""
        return list(self.postman.deliveries)

    def subscribe(
        self,
        url: str,
        *,
        signed: bool = True,
        content_type: str | None = None,
        copies: int = 0,
        shuffle: bool = False,
        delay_s: float = 0.0,
    ) -> Subscription:
        """Tell this address of every event from now on. Raises ValueError for no web address."""
        check_address(url)
        one = Subscription(
            url=url,
            signed=signed,
            content_type=content_type,
            copies=copies,
            shuffle=shuffle,
            delay_s=delay_s,
        )
        self.postman.subscribe(one)
        return one

    def unsubscribe(self, url: str | None = None) -> None:
        """Tell this address, or nobody at all, any more."""
        self.postman.unsubscribe(url)

    def make(
        self,
        name: str,
        *,
        body: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        user_id: int | None = None,
        course_id: int | None = None,
        job: str | None = None,
    ) -> Event:
        """An event that nobody sends yet, caused by a person (the teacher unless said) in a
        course, or by a job with that tag. `metadata` goes over what Canvas would say; a key
        given as None is left out."""
        world, number = self._world(), next(self._numbers)
        with world.lock:
            told = envelope.metadata(world, name)
            if job is not None:
                told |= envelope.of_job(world, number=number, tag=job)
            else:
                actor = user_id if user_id is not None else world.teacher_id
                told |= envelope.of_request(
                    world, number=number, user_id=actor, course_id=course_id
                )
        return {"metadata": _over(told, metadata or {}), "body": dict(body or {})}

    def about(
        self,
        name: str,
        row_id: int,
        *,
        old: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Event:
        """An event about a row as it is now, that nobody sends yet. `old` has earlier values of
        fields. Raises KeyError for an event of no table, LookupError for no such row."""
        table, _ = BODIES[name]
        world = self._world()
        with world.lock:
            row = world.find(table, row_id)
            if row is None:
                raise LookupError(f"no row {row_id} in {table}")
            news = telling.News(event=name, row=row, old=old or {}, job=None)
            return self._made(world, news, metadata=metadata)

    def burst(
        self, count: int, *, course_id: int, over: int, name: str = "grade_change"
    ) -> list[Event]:
        """So many events about so many submissions of a course by turns, that nobody sends yet."""
        world = self._world()
        with world.lock:
            world.ensure(course_id)
            ids = world.submissions.ids("course_id", course_id)[:over]
            return [self.about(name, ids[nth % len(ids)]) for nth in range(count)]

    def send(self, events: Sequence[Event]) -> None:
        """Send these events as they are."""
        self.sent.extend(events)
        self.postman.send(events)

    def sign(self, event: Event, *, key: Key | None = None) -> bytes:
        """The event as Canvas posts it, signed by the current key unless another is given."""
        return (key or self.keys.current).sign({"iss": envelope.ISSUER, **event})

    def wait(self, timeout_s: float = 60.0) -> None:
        """Until every event is delivered or given up. Raises TimeoutError."""
        self.postman.wait(timeout_s)

    def key_set(self) -> dict[str, list[dict[str, str]]]:
        """The key set, for somebody who fetched it."""
        self.key_fetches += 1
        return self.keys.jwks()

    def tell(self, op: str, known: Watched) -> None:
        """Send what Canvas says after an operation; `known` is of before it."""
        world = self._world()
        news = telling.after(world, op, known)
        self.send([self._made(world, one, metadata=None) for one in news])

    def clear(self) -> None:
        """Forget what was sent; receivers and keys stay."""
        self.sent.clear()
        self.postman.clear()

    def _made(
        self, world: World, news: telling.News, *, metadata: Mapping[str, Any] | None
    ) -> Event:
        _, write = BODIES[news.event]
        return self.make(
            news.event,
            body=write(world, news.row, news.old),
            metadata=metadata,
            user_id=telling.actor_of(world, news),
            course_id=telling.course_of(news.row),
            job=news.job,
        )


def _over(told: Body, given: Mapping[str, Any]) -> Body:
    return {name: value for name, value in {**told, **given}.items() if value is not None}
